//! Whether a link is whole (PROTOCOL.md 5.1).
//!
//! Old entries stay readable whatever stands in them, so [`parse_href`] is as lenient as the real
//! client. What is *added* is looked at first: a link that was damaged on its way leads to no document, and what is
//! left of its key could end up as a channel. Lengths, alphabets and separators of each version tell most damage.
//! They cannot tell a character that became another one of the alphabet, a lost `p/`, another host or another name of
//! an application: those are links of the same grammar.

use super::hash::Grammar;
use super::link::parse_href;
use crate::compact::{find, split_around};
use crate::encoding::{decode_slash_safe, encode_link};
use crate::error::{Code, Error};

/// Characters of an edit or file key: 18 bytes.
const SEED: usize = 24;
/// Characters of a key of 32 bytes, without the `=` that some clients write behind it.
const KEY: usize = 43;
/// Characters of a channel in links of version 1: 16 bytes, and 24 of files.
const CHANNEL: usize = 22;
const FILE_ID: usize = 32;
/// Characters of an owner's key: 64 bytes.
const OWNER: usize = 86;
/// Version 0: hexadecimal digits of the channel, then the key.
const CHANNEL_HEX: usize = 32;

/// Checks a link that somebody wants to add. What has no hash, or one of a type that is never opened, passes: it
/// leads to no channel anyway.
///
/// # Errors
/// `href/malformed`; the sentence and the fact `damage` say what seems to have happened to it.
pub fn check_whole(link: &str) -> Result<(), Error> {
    characters(link)?;
    let parsed = parse_href(link);
    let (Some(kind), Some(hash)) = (parsed.kind, parsed.hash.as_deref()) else { return Ok(()) };
    let front = link.split('#').next().unwrap_or_default();
    let mut path = front.split('?').next().unwrap_or_default().trim_end_matches('/');
    while let Some((_, behind)) = split_around(path, "://") {
        path = behind;
    }
    let depth = path.split('/').count();
    if !is_name(kind) || depth != 2 {
        return Err(damaged("type", "the link does not name one type of document in front of its #"));
    }
    if !hash.starts_with('/') {
        return version_0(hash);
    }
    let Some(grammar) = Grammar::of(kind) else { return Ok(()) };
    let mut parts = hash.split('/').filter(|part| !part.is_empty());
    let mut next = || parts.next().unwrap_or_default();
    let version = next();
    let app = if version == "1" { "pad" } else { next() };
    if !is_name(app) {
        return Err(damaged("type", "the link does not name a type of document behind its #"));
    }
    match (version, grammar) {
        ("1", Grammar::Pad) => {
            let mode = next();
            base64(next(), CHANNEL)?;
            key_of_mode(mode, next())?;
        }
        ("1", Grammar::File) => {
            base64(next(), FILE_ID)?;
            base64(next(), KEY)?;
        }
        ("2", Grammar::Pad) => {
            let mode = next();
            key_of_mode(mode, next())?;
        }
        ("2", Grammar::File) => base64(next(), SEED)?,
        // No keys in these: nothing is opened with them.
        ("3" | "4", _) => return Ok(()),
        _ => return Err(damaged("version", "what stands behind # is no hash of any version")),
    }
    parts.try_for_each(option)
}

/// What no part of a link can hold.
fn characters(link: &str) -> Result<(), Error> {
    let (front, hash) = link.split_once('#').unwrap_or((link, ""));
    // A query string is dropped.
    let front = front.split('?').next().unwrap_or_default();
    let any = |test: fn(char) -> bool| front.contains(test) || hash.contains(test);
    if any(is_invisible) {
        return Err(damaged("invisible", "the link holds characters that cannot be seen"));
    }
    if any(char::is_whitespace) {
        return Err(damaged("white-space", "the link holds white space or was broken into lines"));
    }
    // Not of version 4, whose options are escaped; nothing is opened with those.
    if any(|c| c == '%') && !hash.starts_with("/4/") {
        return Err(damaged(
            "percent-escapes",
            "characters of the link were escaped with %: / became %2F, say",
        ));
    }
    if any(|c| matches!(c, '&' | ';' | '<' | '>' | '"')) {
        return Err(damaged("html-entities", "the link holds pieces of HTML"));
    }
    if hash.contains('#') {
        return Err(damaged("second-hash", "the link holds more than one #"));
    }
    match any(|c| !c.is_ascii()) {
        true => Err(damaged("alphabet", "the link holds characters that no link has")),
        false => Ok(()),
    }
}

fn version_0(hash: &str) -> Result<(), Error> {
    let hash = hash.trim_end_matches('/');
    let whole = hash.split_at_checked(CHANNEL_HEX).is_some_and(|(channel, key)| {
        let hex = channel.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        // Written before keys were spelt without slashes.
        hex && key.len() == SEED && key.bytes().all(|b| is_base64(b) || b == b'/')
    });
    whole.then_some(()).ok_or_else(|| damaged("version", "what stands behind # is no hash of any version"))
}

fn key_of_mode(mode: &str, key: &str) -> Result<(), Error> {
    match mode {
        "edit" => base64(key, SEED),
        "view" => base64(key, KEY),
        _ => Err(damaged("mode", "the link says neither edit nor view")),
    }
}

/// Slash-safe base64 of exactly so many characters, as an encoder writes it: no bit beyond the last byte is set.
fn base64(text: &str, length: usize) -> Result<(), Error> {
    let bare = text.strip_suffix('=').filter(|bare| bare.len() == KEY).unwrap_or(text);
    if !bare.bytes().all(is_base64) {
        return Err(damaged("alphabet", "the key of the link holds characters that no key has"));
    }
    if bare.len() != length {
        return Err(damaged("key-length", "the key of the link has lost characters, or gained some"));
    }
    match decode_slash_safe(bare).is_some_and(|bytes| encode_link(&bytes) == bare) {
        true => Ok(()),
        false => Err(damaged("key-end", "the last character of a key is not one that a key ends with")),
    }
}

fn option(part: &str) -> Result<(), Error> {
    let known = match part.split_once('=') {
        Some(("hash", value)) => !value.is_empty() && value.bytes().all(|b| is_base64(b) || b == b'='),
        // Written with and without padding; what was recorded first had an edit key's length.
        Some(("auditor", value)) => {
            return base64(value, KEY).or_else(|error| base64(value, SEED).map_err(|_| error));
        }
        Some(("newpad" | "login", _)) => true,
        _ => {
            matches!(part, "p" | "embed" | "present") || (part.len() == OWNER && part.bytes().all(is_base64))
        }
    };
    known.then_some(()).ok_or_else(|| damaged("unknown-part", "the link ends with a part that no link has"))
}

fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-')
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
}

/// Characters that mails and chats put into links: of no width, or that turn the direction of writing.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
        || (c.is_control() && !c.is_whitespace())
}

fn damaged(what: &'static str, sentence: &'static str) -> Error {
    Error::new(Code::HrefMalformed, sentence).with("damage", what)
}

/// Whether a text can be the channel that a link leads to, rather than a piece of the link: hexadecimal, or not in it.
pub fn is_piece_of(link: &str, channel: &str) -> bool {
    !channel.bytes().all(|b| b.is_ascii_hexdigit()) && find(link, channel).is_some()
}

#[cfg(test)]
mod tests;
