//! The document of a new account (PROTOCOL.md 14.1 and 14.2): what a client expects to find at the first log-in.

use crate::crypto::curve::CurvePair;
use crate::crypto::sign::SigningKey;
use crate::encoding::encode_hex;
use crate::error::Error;
use crate::json::{MAX_SAFE_INTEGER, Object, Text, Value};
use crate::ports::Entropy;
use crate::secret::Secret;

/// The version of the format that is written: nothing has to be migrated.
const VERSION: f64 = 11.0;

/// A document with fresh identity keys.
pub struct NewAccount {
    /// The document.
    pub document: Value,
    /// The key that signs the account's calls, base64.
    pub ed_public: String,
}

impl NewAccount {
    /// Draws the keys of an account with this name.
    ///
    /// # Errors
    /// `host/no-entropy`.
    pub fn draw(name: &Text, entropy: &mut impl Entropy) -> Result<Self, Error> {
        let sign = SigningKey::from_seed(&Secret::try_derive_with(|out| entropy.fill(out))?);
        let curve = CurvePair::from_secret(Secret::try_derive_with(|out| entropy.fill(out))?);
        let mut id = || -> Result<String, Error> {
            let mut bytes = [0; 16];
            entropy.fill(&mut bytes)?;
            Ok(encode_hex(&bytes))
        };
        let (mailbox, uid, form_seed) = (id()?, id()?, id()?);
        let mut token = [0; 8];
        entropy.fill(&mut token)?;
        let ed_public = sign.verifying_key().to_base64();
        let notifications = object([("channel", mailbox.into()), ("viewed", Vec::new().into())]);
        let document = object([
            ("cryptpad.username", name.clone().into()),
            ("curvePrivate", curve.secret_base64().expose().into()),
            ("curvePublic", curve.public().to_base64().into()),
            ("drive", empty_drive()),
            ("edPrivate", sign.to_base64().expose().into()),
            ("edPublic", ed_public.as_str().into()),
            ("form_seed", form_seed.into()),
            ("friends", object([])),
            ("loginToken", Value::from((u64::from_le_bytes(token) % MAX_SAFE_INTEGER) as f64)),
            ("login_name", name.clone().into()),
            ("mailboxes", object([("notifications", notifications)])),
            ("settings", object([])),
            ("teams", object([])),
            ("uid", uid.into()),
            ("version", Value::from(VERSION)),
        ]);
        Ok(Self { document, ed_public })
    }
}

fn empty_drive() -> Value {
    object([
        ("filesData", object([])),
        ("root", object([])),
        ("sharedFolders", object([])),
        ("sharedFoldersTemp", object([])),
        ("static", object([])),
        ("template", Vec::new().into()),
        ("trash", object([])),
    ])
}

/// The document of a new shared folder (PROTOCOL.md 15.2).
pub fn new_folder(title: &Text) -> Value {
    object([
        ("filesData", object([])),
        ("metadata", object([("title", title.clone().into())])),
        ("root", object([])),
        ("static", object([])),
        ("version", Value::from(2.0)),
    ])
}

fn object<const N: usize>(fields: [(&str, Value); N]) -> Value {
    let mut object = Object::new();
    for (key, value) in fields {
        object.insert(key, value);
    }
    Value::Object(object)
}
