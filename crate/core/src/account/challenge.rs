//! The two requests of `POST /api/auth/` (PROTOCOL.md 4.5).
//!
//! The client sends a command with its public key and a nonce; the server answers with a transaction id
//! and a date; the client signs the text of all of it. What is signed is JavaScript's JSON, so the order
//! of the keys counts.

use crate::crypto::secretbox::NONCE;
use crate::crypto::sign::SigningKey;
use crate::encoding::encode_base64;
use crate::error::{Code, Error};
use crate::json::{self, Object, Value};
use crate::ports::Entropy;

/// Where the requests go, on the main origin.
pub const PATH: &str = "/api/auth/";

/// A command whose first request was made.
#[derive(Debug)]
pub struct Challenge {
    request: Object,
}

impl Challenge {
    /// Prepares a command: an object with `command` and what belongs to it.
    ///
    /// # Errors
    /// `host/no-entropy`; `misuse/bad-argument` when `command` is no object.
    pub fn new(command: Value, sign: &SigningKey, entropy: &mut impl Entropy) -> Result<Self, Error> {
        let Value::Object(mut request) = command else {
            return Err(Error::new(Code::MisuseBadArgument, "a command is an object"));
        };
        let mut nonce = [0; NONCE];
        entropy.fill(&mut nonce)?;
        request.insert("publicKey", sign.verifying_key().to_base64());
        request.insert("nonce", encode_base64(&nonce));
        Ok(Self { request })
    }

    /// The body of the first request.
    pub fn first_body(&self) -> String {
        json::stringify(&Value::Object(self.request.clone()))
    }

    /// The text that is signed: the command with the `txid` and `date` of the server's answer.
    ///
    /// # Errors
    /// `peer/malformed-frame` when the answer lacks either.
    pub fn signed_text(&self, answer: &Value) -> Result<String, Error> {
        let mut request = self.request.clone();
        for key in ["txid", "date"] {
            request.insert(key, field(answer, key)?);
        }
        Ok(json::stringify(&Value::Object(request)))
    }

    /// The body of the second request.
    ///
    /// # Errors
    /// As [`Challenge::signed_text`].
    pub fn second_body(&self, answer: &Value, sign: &SigningKey) -> Result<String, Error> {
        let signature = sign.sign_detached(self.signed_text(answer)?.as_bytes());
        let mut body = Object::new();
        body.insert("sig", encode_base64(&signature));
        body.insert("txid", field(answer, "txid")?);
        Ok(json::stringify(&Value::Object(body)))
    }
}

fn field(answer: &Value, key: &'static str) -> Result<Value, Error> {
    let found = answer.get(key).filter(|value| !value.is_null()).cloned();
    found.ok_or_else(|| {
        Error::new(Code::PeerMalformed, "the answer to a challenge lacks a field").with("field", key)
    })
}
