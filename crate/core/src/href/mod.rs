//! Links to documents and the keys they hold (PROTOCOL.md section 5).
//!
//! A link ("href") is `/<type>/#<hash>`, on its own or behind `https://host`. Its hash holds keys, or the
//! seed of keys; from them follow the channel and everything needed to read it.

mod cipher;
mod form;
mod fresh;
mod hash;
mod link;
mod secrets;
mod sound;
mod spelling;

pub use cipher::{HrefCipher, is_plain, readable_href};
pub use form::FormKeys;
pub use fresh::{EntryLinks, FreshChannel, entry_links};
pub use hash::{Grammar, Options, ParsedHash, parse_hash};
pub use link::{ParsedHref, encode_options, parse_href, relative_href};
#[cfg(test)]
pub(crate) use secrets::counted;
pub use secrets::{CryptKey, Keys, Secrets, channel_of_hash, secrets_from_hash};
pub use sound::{check_whole, is_piece_of};
pub use spelling::blob_path;

use crate::error::Error;

/// The channel of a link: 32 hexadecimal digits, or 48 for files (PROTOCOL.md 5.4). `None` for links
/// without keys, among them "safe links" (version 3), and for what is no link.
///
/// Costs two hashes and no curve arithmetic, unlike [`secrets_from_hash`].
///
/// # Examples
/// ```
/// let channel = pinfold_core::href_to_channel("/drive/#/2/drive/edit/Tbc-4FKr-ovBfDXO-nX1h8Ph/", None)?;
/// assert_eq!(channel.as_deref(), Some("0ead4982325111f87013ddd2c0d800e3"));
/// # Ok::<(), pinfold_core::Error>(())
/// ```
///
/// # Errors
/// `href/malformed` for malformed keys.
pub fn href_to_channel(href: &str, password: Option<&str>) -> Result<Option<String>, Error> {
    let parsed = parse_href(href);
    match (parsed.kind, &parsed.hash) {
        (Some(kind), Some(hash)) => channel_of_hash(kind, hash, password),
        _ => Ok(None),
    }
}
