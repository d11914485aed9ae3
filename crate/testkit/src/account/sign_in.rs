//! How an account is signed in to: a name and a password with a block, the same without one, or a hash.

use std::collections::BTreeMap;

use pinfold_core::account::block::{Block, seal};
use pinfold_core::account::login::derive_login;
use pinfold_core::error::Error;
use pinfold_core::json::Object;
use pinfold_core::secret::SecretText;
use pinfold_core::session::effect::{Credentials, HttpReply};

use super::parts::{curve, link_key, signing};
use super::{Built, Identity};
use crate::entropy::Seeded;

/// How an account is signed in to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Login {
    /// By the hash of its document, as a browser remembers it.
    #[default]
    Hash,
    /// By the hash of a drive that belongs to no account.
    Anonymous,
    /// With a name and a password, which lead to a log-in block.
    Block {
        /// The name.
        username: String,
        /// The password.
        password: String,
    },
    /// The same from before there were blocks: they lead to the document itself (PROTOCOL.md 4.6).
    Legacy {
        /// The name.
        username: String,
        /// The password.
        password: String,
    },
}

/// A log-in block.
#[derive(Debug, Clone)]
pub struct BuiltBlock {
    /// Its id: 44 characters.
    pub id: String,
    /// Where it is fetched: `/block/XX/ID`.
    pub path: String,
    /// What is fetched there.
    pub bytes: Vec<u8>,
}

/// What `/api/config` answers, as far as a client looks.
const CONFIG: &str = "define(function(){;\nreturn {\n\t\"adminKeys\": []\n};\n});";

pub(super) fn identity(login: &Login, entropy: &mut Seeded) -> Result<Identity, Error> {
    match login {
        Login::Hash | Login::Anonymous => random(entropy),
        Login::Block { username, password } => {
            let keys = derive_login(username.as_str(), password.as_str(), "")?.block;
            let identity = random(entropy)?;
            let block = Block {
                user_hash: SecretText::new(identity.user_hash.clone()),
                ed_public: Some(identity.sign.verifying_key().to_base64()),
                extra: Object::new(),
            };
            let bytes = seal(&block, &keys.symmetric, entropy)?;
            let block = BuiltBlock { id: keys.id.as_str().to_owned(), path: keys.path(), bytes };
            Ok(Identity { block: Some(block), ..identity })
        }
        Login::Legacy { username, password } => {
            let keys = derive_login(username.as_str(), password.as_str(), "")?.legacy;
            let user_hash = keys.user_hash.expose().to_owned();
            Ok(Identity { user_hash, sign: keys.sign, curve: keys.curve, block: None })
        }
    }
}

fn random(entropy: &mut Seeded) -> Result<Identity, Error> {
    Ok(Identity {
        user_hash: format!("/2/drive/edit/{}/", link_key(entropy)?),
        sign: signing(entropy)?,
        curve: curve(entropy)?,
        block: None,
    })
}

impl Built {
    /// The name and password, of an account that has them.
    pub fn name_and_password(&self) -> Option<(&str, &str)> {
        match &self.login {
            Login::Hash | Login::Anonymous => None,
            Login::Block { username, password } | Login::Legacy { username, password } => {
                Some((username, password))
            }
        }
    }

    /// What to sign in with at an instance.
    pub fn credentials(&self, origin: &str) -> Option<Credentials> {
        let (username, password) = self.name_and_password()?;
        Some(Credentials {
            origin: origin.into(),
            username: username.into(),
            password: password.into(),
            otp: None,
            login_salt: String::new(),
        })
    }

    /// What the instance answers over HTTP, by address.
    pub fn pages(&self, origin: &str) -> BTreeMap<String, HttpReply> {
        let ok = |body: &[u8]| HttpReply { status: 200, body: body.to_vec() };
        let block = self.block.iter().map(|block| (format!("{origin}{}", block.path), ok(&block.bytes)));
        block.chain([(format!("{origin}/api/config"), ok(CONFIG.as_bytes()))]).collect()
    }
}
