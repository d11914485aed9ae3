//! The keys of one-to-one chats (PROTOCOL.md 7.3). Their messages are channel messages
//! ([`MessageKeys`]) that both sides can sign.

use crate::crypto::curve::{CurvePair, CurvePublic};
use crate::crypto::message::MessageKeys;
use crate::crypto::sign::SigningKey;
use crate::crypto::{hash, part};
use crate::error::Error;

/// What is hashed before the shared secret.
const SALT: &[u8] = b"CryptPad.signingKeyGenerationSalt";

/// The keys that two people share.
///
/// # Errors
/// `crypto/malformed` for a public key nobody can own.
pub fn derive_keys(mine: &CurvePair, theirs: &CurvePublic) -> Result<MessageKeys, Error> {
    let stretched = hash::stretch(&[SALT, mine.shared_key(theirs)?.expose()]);
    let sign = SigningKey::from_seed(&part::<0, 32, 64>(&stretched));
    Ok(MessageKeys::writing(part::<32, 32, 64>(&stretched), sign))
}
