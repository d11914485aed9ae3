//! Letters (PROTOCOL.md 7.1): messages that anybody can seal to a public key.

use crate::crypto::curve::{CurvePair, CurvePublic};
use crate::crypto::double_box;
use crate::crypto::sign::{SIGNATURE, SigningKey};
use crate::encoding::encode_base64;
use crate::error::{Code, Error};
use crate::ports::Entropy;

pub use crate::crypto::double_box::{Letter, Workspace};

/// The keys that open the letters of a mailbox.
#[derive(Clone, Debug)]
pub struct MailboxKeys {
    curve: CurvePair,
    signed: bool,
}

impl MailboxKeys {
    /// The keys of an ordinary mailbox.
    pub fn new(curve: CurvePair) -> Self {
        Self { curve, signed: false }
    }

    /// The keys of a mailbox whose letters bear a signature in front (answers to forms). It is skipped:
    /// it tells the server who may write, and the reader nothing.
    pub fn signed(curve: CurvePair) -> Self {
        Self { curve, signed: true }
    }

    /// The key that letters are sealed to.
    pub fn public(&self) -> &CurvePublic {
        self.curve.public()
    }

    /// Opens a letter.
    ///
    /// # Errors
    /// `crypto/malformed` when it is no letter, `crypto/open` when it is not for these keys or not by the
    /// author it names.
    pub fn open(&self, message: &str) -> Result<Letter, Error> {
        self.open_with(message, &mut Workspace::default())
    }

    /// [`MailboxKeys::open`] for many letters: about twice as fast for authors seen before.
    ///
    /// # Errors
    /// As there.
    pub fn open_with(&self, message: &str, workspace: &mut Workspace) -> Result<Letter, Error> {
        workspace.open_base64(message, |bytes, authors| {
            let skipped = if self.signed { SIGNATURE } else { 0 };
            let letter = bytes.get_mut(skipped..);
            let letter = letter
                .ok_or_else(|| Error::new(Code::CryptoMalformed, "a letter is shorter than a signature"))?;
            double_box::open(&self.curve, letter, authors)
        })
    }
}

/// Seals a letter from `author`; `signing` is the key of a mailbox whose letters are signed.
///
/// Draws the inner nonce, the ephemeral key and the outer nonce, in this order.
///
/// # Errors
/// `host/no-entropy`; `crypto/malformed` for a recipient nobody can be.
pub fn seal(
    text: &str,
    author: &CurvePair,
    recipient: &CurvePublic,
    signing: Option<&SigningKey>,
    entropy: &mut impl Entropy,
) -> Result<String, Error> {
    let letter = double_box::seal(text, author, recipient, entropy)?;
    Ok(encode_base64(&signing.map_or_else(|| letter.clone(), |key| key.sign(&letter))))
}
