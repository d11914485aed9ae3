//! New documents: that of an account (PROTOCOL.md 14.1 and 14.2) as a client expects to find it at the first log-in, and that
//! of a shared folder.

use super::field;
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
        let notifications = object([(field::CHANNEL, mailbox.into()), (field::VIEWED, Vec::new().into())]);
        let document = object([
            (field::DISPLAY_NAME, name.clone().into()),
            (field::CURVE_PRIVATE, curve.secret_base64().expose().into()),
            (field::CURVE_PUBLIC, curve.public().to_base64().into()),
            (field::DRIVE, empty_drive()),
            (field::ED_PRIVATE, sign.to_base64().expose().into()),
            (field::ED_PUBLIC, ed_public.as_str().into()),
            ("form_seed", form_seed.into()),
            (field::FRIENDS, object([])),
            ("loginToken", Value::from((u64::from_le_bytes(token) % MAX_SAFE_INTEGER) as f64)),
            ("login_name", name.clone().into()),
            (field::MAILBOXES, object([(field::NOTIFICATIONS, notifications)])),
            ("settings", object([])),
            (field::TEAMS, object([])),
            ("uid", uid.into()),
            (field::VERSION, Value::from(VERSION)),
        ]);
        Ok(Self { document, ed_public })
    }
}

fn empty_drive() -> Value {
    object([
        (field::FILES, object([])),
        (field::ROOT, object([])),
        (field::SHARED_FOLDERS, object([])),
        (field::SHARED_FOLDERS_TEMP, object([])),
        (field::STATICS, object([])),
        (field::TEMPLATE, Vec::new().into()),
        (field::TRASH, object([])),
    ])
}

/// The document of a new shared folder (PROTOCOL.md 15.2).
pub fn new_folder(title: &Text) -> Value {
    object([
        (field::FILES, object([])),
        (field::METADATA, object([(field::TITLE, title.clone().into())])),
        (field::ROOT, object([])),
        (field::STATICS, object([])),
        (field::VERSION, Value::from(2.0)),
    ])
}

fn object<const N: usize>(fields: [(&str, Value); N]) -> Value {
    let mut object = Object::new();
    for (key, value) in fields {
        object.insert(key, value);
    }
    Value::Object(object)
}
