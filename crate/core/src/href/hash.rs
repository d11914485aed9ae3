//! The grammar of hashes (PROTOCOL.md 5.1).

use std::borrow::Cow;
use std::fmt;

use crate::encoding::{escape_slashes, unescape_slashes};

/// Length of a version-0 hash: 32 digits of channel, 24 characters of key.
const VERSION_0: usize = 56;
/// Length of the key by which the owner of a document is known in its link.
const OWNER_KEY: usize = 86;

/// Which shapes of a hash a type of document has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grammar {
    /// Documents with a history, and everything stored like them.
    Pad,
    /// Uploaded files.
    File,
    /// Invitations to teams: they lead to no channel by themselves.
    Invite,
}

impl Grammar {
    /// The grammar of a type; `None` for people, whose links are never opened.
    pub fn of(kind: &str) -> Option<Self> {
        match kind {
            "file" | "media" => Some(Self::File),
            "invite" => Some(Self::Invite),
            "user" => None,
            _ => Some(Self::Pad),
        }
    }
}

/// A hash taken apart. Keys and channels are as in standard base64 only where noted.
#[derive(Clone, PartialEq, Eq)]
pub struct ParsedHash<'h> {
    /// 0 to 4.
    pub version: u8,
    /// The grammar; versions up to 3 only.
    pub grammar: Option<Grammar>,
    /// The application named in the hash; versions 2 to 4. Means nothing for the keys.
    pub app: Option<&'h str>,
    /// `edit` or `view` (or a word that no client knows); pads only.
    pub mode: Option<&'h str>,
    /// The channel as it stands: hexadecimal in versions 0 and 3, base64 in version 1.
    pub channel: Option<Cow<'h, str>>,
    /// The key text, a secret. In version-1 file hashes in standard base64, else as it stands.
    pub key: Option<Cow<'h, str>>,
    /// What stands behind; `None` in version 0.
    pub options: Option<Options<'h>>,
}

/// The trailing parts of a hash.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Options<'h> {
    /// `p`: there is a password. Whether one is *used* depends on whether one is given.
    pub password: bool,
    /// `embed`
    pub embed: bool,
    /// `present`
    pub present: bool,
    /// `hash=`: a version of the document, as a message hash.
    pub version_hash: Option<String>,
    /// `auditor=`: the key to a form's answers, a secret.
    pub auditor_key: Option<String>,
    /// `newpad=`, as it stands.
    pub new_pad: Option<&'h str>,
    /// `login=`, as it stands.
    pub login: Option<&'h str>,
    /// The key of an owner.
    pub owner_key: Option<String>,
}

/// Takes a hash apart. `kind` is the type of the document and decides the grammar. `None` for what has no
/// known shape; a part that is missing is `None` in the result.
pub fn parse_hash<'h>(kind: &str, hash: &'h str) -> Option<ParsedHash<'h>> {
    let grammar = Grammar::of(kind)?;
    if !hash.starts_with('/') {
        return version_0(hash).filter(|_| grammar != Grammar::Invite);
    }
    // Empty segments are skipped, which is what collapsing duplicate slashes comes to.
    let mut segments = hash.split('/').filter(|segment| !segment.is_empty());
    let version = match segments.next()? {
        "1" => 1,
        "2" => 2,
        "3" => 3,
        "4" => 4,
        _ => return None,
    };
    if grammar == Grammar::Invite && version != 2 {
        return None;
    }
    let app = if version > 1 { segments.next() } else { None };
    let mode = if grammar != Grammar::File && version < 4 { segments.next() } else { None };
    let file_v1 = grammar == Grammar::File && version == 1;
    let standard = |text: &'h str| if file_v1 { unescaped(text) } else { Cow::Borrowed(text) };
    let channel = if version == 1 || version == 3 { segments.next().map(standard) } else { None };
    let key = if version < 3 { segments.next().map(standard) } else { None };
    Some(ParsedHash {
        version,
        grammar: (version < 4).then_some(grammar),
        app,
        mode,
        channel,
        key,
        options: Some(Options::read(segments)),
    })
}

fn version_0(hash: &str) -> Option<ParsedHash<'_>> {
    let (channel, key) = hash.get(..VERSION_0)?.split_at_checked(32)?;
    Some(ParsedHash {
        version: 0,
        grammar: Some(Grammar::Pad),
        app: None,
        mode: None,
        channel: Some(channel.into()),
        key: Some(key.into()),
        options: None,
    })
}

fn unescaped(text: &str) -> Cow<'_, str> {
    if text.contains('-') { unescape_slashes(text).into() } else { text.into() }
}

impl<'h> Options<'h> {
    fn read(segments: impl Iterator<Item = &'h str>) -> Self {
        let mut options = Self::default();
        for segment in segments {
            match segment.split_once('=') {
                Some(("hash", value)) => options.version_hash = Some(unescape_slashes(value)),
                Some(("auditor", value)) => options.auditor_key = Some(unescape_slashes(value)),
                Some(("newpad", value)) => options.new_pad = Some(value),
                Some(("login", value)) => options.login = Some(value),
                _ => match segment {
                    "p" => options.password = true,
                    "embed" => options.embed = true,
                    "present" => options.present = true,
                    key if key.len() == OWNER_KEY => options.owner_key = Some(unescape_slashes(key)),
                    _ => {}
                },
            }
        }
        options
    }
}

impl ParsedHash<'_> {
    /// The hash written anew, without the options that say how to show the document. Empty for version 4,
    /// which has no others.
    pub fn clean(&self) -> String {
        let Some(options) = &self.options else {
            return [self.channel.as_deref(), self.key.as_deref()]
                .into_iter()
                .flatten()
                .chain(["/"])
                .collect();
        };
        if self.version == 4 {
            return String::new();
        }
        let mut text = format!("/{}/", self.version);
        let mut push = |segment: &str| {
            text.push_str(segment);
            text.push('/');
        };
        [self.app, self.mode].into_iter().flatten().for_each(&mut push);
        [&self.channel, &self.key].into_iter().flatten().for_each(|part| push(&escape_slashes(part)));
        options.owner_key.iter().for_each(|key| push(&escape_slashes(key)));
        options.password.then(|| push("p"));
        options.version_hash.iter().for_each(|hash| push(&format!("hash={}", escape_slashes(hash))));
        options.auditor_key.iter().for_each(|key| push(&format!("auditor={}", escape_slashes(key))));
        text
    }
}

/// Shows no key.
impl fmt::Debug for ParsedHash<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ParsedHash")
            .field("version", &self.version)
            .field("grammar", &self.grammar)
            .field("app", &self.app)
            .field("mode", &self.mode)
            .finish_non_exhaustive()
    }
}

/// Shows no key.
impl fmt::Debug for Options<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options").field("password", &self.password).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn options_come_in_any_order_and_unknown_ones_are_skipped() {
        let owner = "o".repeat(OWNER_KEY);
        let text = format!("/2/pad/edit/key/embed/{owner}/what=ever/p/hash=a-b/present/");
        let hash = parse_hash("pad", &text).unwrap();
        let options = hash.options.clone().unwrap();
        assert!(options.password && options.embed && options.present);
        assert_eq!((options.version_hash.as_deref(), options.owner_key), (Some("a/b"), Some(owner.clone())));
        assert_eq!(hash.clean(), format!("/2/pad/edit/key/{owner}/p/hash=a-b/"));
    }

    #[test]
    fn missing_parts_are_missing() {
        let hash = parse_hash("pad", "/2/pad/edit/").unwrap();
        assert_eq!((hash.mode, hash.key), (Some("edit"), None));
        assert_eq!(parse_hash("pad", "/"), None);
        assert_eq!(parse_hash("pad", "/9/pad/edit/key/"), None);
        assert_eq!(parse_hash("user", "/2/pad/edit/key/"), None);
        for unknown in ["/1/invite/edit/key/", "/3/invite/edit/key/", "/4/invite/newpad=x/"] {
            assert_eq!(parse_hash("invite", unknown), None);
        }
        assert_eq!(parse_hash("pad", &"a".repeat(VERSION_0 - 1)), None);
    }

    #[test]
    fn debug_shows_no_key() {
        let shown = format!("{:?}", parse_hash("pad", "/2/pad/edit/secret/auditor=hidden/").unwrap());
        assert!(!shown.contains("secret") && !shown.contains("hidden"), "{shown}");
    }

    proptest! {
        #[test]
        fn what_is_cleaned_stays_clean(kind in "pad|file|drive", hash in "/[1-4]/[/a-z0-9=+-]{0,60}|[0-9a-zA-Z+/é]{50,70}") {
            if let Some(parsed) = parse_hash(&kind, &hash).filter(|parsed| parsed.version < 4) {
                let clean = parsed.clean();
                prop_assert_eq!(parse_hash(&kind, &clean).map(|parsed| parsed.clean()), Some(clean));
            }
        }
    }
}
