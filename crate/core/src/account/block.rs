//! The log-in block (PROTOCOL.md 4.4): a small file that leads from the password to the account's channel.
//!
//! ```text
//! version(1, ignored) | nonce(24) | secretbox(JSON)
//! ```

use zeroize::Zeroizing;

use crate::crypto::secretbox::{self, NONCE};
use crate::crypto::{hash, sign::SigningKey};
use crate::encoding::{encode_base64, encode_slash_safe};
use crate::error::{Code, Error};
use crate::ids::BlockId;
use crate::json::{self, Value};
use crate::ports::Entropy;
use crate::secret::{Secret, SecretText};

/// Bytes before the box.
const HEADER: usize = 1 + NONCE;
/// Larger than any block that a server stores.
const MAX_BLOCK: usize = 1 << 20;

/// The keys of a block.
#[derive(Clone, Debug)]
pub struct BlockKeys {
    /// The block's address.
    pub id: BlockId,
    /// Signs what is asked of `/api/auth/`.
    pub sign: SigningKey,
    /// Opens the block.
    pub symmetric: Secret<32>,
}

impl BlockKeys {
    /// The keys made of their two halves.
    ///
    /// # Errors
    /// `internal`, never in practice: every public key makes a block id.
    pub fn new(sign: SigningKey, symmetric: Secret<32>) -> Result<Self, Error> {
        let id = BlockId::parse(&encode_slash_safe(sign.verifying_key().as_bytes()))
            .ok_or_else(|| Error::new(Code::Internal, "a public key makes no block id"))?;
        Ok(Self { id, sign, symmetric })
    }

    /// The path on the block server: `/block/XX/ID`.
    pub fn path(&self) -> String {
        let id = self.id.as_str();
        format!("/block/{}/{id}", id.get(..2).unwrap_or_default())
    }

    /// What the web client keeps to find and open the block again: address, `#`, key.
    pub fn block_hash(&self, origin: &str) -> SecretText {
        let key = Zeroizing::new(encode_slash_safe(self.symmetric.expose()));
        SecretText::new([origin, &self.path(), "#", &key].concat())
    }

    /// Opens a block of these keys.
    ///
    /// # Errors
    /// As [`open`].
    pub fn open(&self, bytes: &[u8]) -> Result<Block, Error> {
        open(bytes, &self.symmetric)
    }

    /// The signature that a server wants with a block: over SHA-512 of its bytes.
    pub fn sign_block(&self, bytes: &[u8]) -> [u8; 64] {
        self.sign.sign_detached(&hash::sha512(bytes))
    }

    /// The `registrationProof` by which these keys vouch for their successors: a JSON list of the public
    /// key and its signature by itself, both base64.
    pub fn ancestor_proof(&self) -> String {
        let public = self.sign.verifying_key();
        let signature = encode_base64(&self.sign.sign_detached(public.as_bytes()));
        format!(r#"["{}","{signature}"]"#, public.to_base64())
    }
}

/// What a block says.
#[derive(Clone, Debug)]
pub struct Block {
    /// The hash of the account document, `/2/drive/edit/.../` or, for old accounts, `/1/edit/...`.
    pub user_hash: SecretText,
    /// The account's public signing key, base64. Old blocks may lack it.
    pub ed_public: Option<String>,
    /// Fields that this program does not know: an object without the two above. Kept when rewriting.
    pub extra: json::Object,
}

/// Opens a block.
///
/// # Errors
/// `block/foreign` when it does not open under the key, `block/malformed` when it is too short to open under any key,
/// or opens and does not hold what a block holds.
pub fn open(bytes: &[u8], symmetric: &Secret<32>) -> Result<Block, Error> {
    Block::from_json(open_json(bytes, symmetric)?)
}

/// Opens a block and reads its JSON, whatever it holds.
///
/// # Errors
/// As [`open`].
pub fn open_json(bytes: &[u8], symmetric: &Secret<32>) -> Result<Value, Error> {
    let foreign =
        || Error::new(Code::BlockForeign, "the log-in block does not open under this name and password");
    let bytes = (bytes.len() <= MAX_BLOCK).then_some(bytes).ok_or_else(foreign)?;
    // No password opens what is shorter than the header: to ask for another one would be wrong.
    let (header, boxed) = bytes.split_first_chunk::<HEADER>().ok_or_else(malformed)?;
    let (_version, nonce) = header.split_first_chunk::<1>().ok_or_else(malformed)?;
    let nonce = nonce.first_chunk::<NONCE>().ok_or_else(malformed)?;
    let plain = secretbox::open(symmetric, nonce, boxed).map(Zeroizing::new).map_err(|_| foreign())?;
    std::str::from_utf8(&plain).ok().and_then(|text| json::parse(text).ok()).ok_or_else(malformed)
}

/// Makes the bytes of a block.
///
/// # Errors
/// `host/no-entropy`.
pub fn seal(block: &Block, symmetric: &Secret<32>, entropy: &mut impl Entropy) -> Result<Vec<u8>, Error> {
    seal_text(&Zeroizing::new(json::stringify(&block.to_json())), symmetric, entropy)
}

/// Makes the bytes of a block out of its JSON text.
///
/// # Errors
/// `host/no-entropy`.
pub fn seal_text(text: &str, symmetric: &Secret<32>, entropy: &mut impl Entropy) -> Result<Vec<u8>, Error> {
    let mut nonce = [0; NONCE];
    entropy.fill(&mut nonce)?;
    let boxed = secretbox::seal(symmetric, &nonce, text.as_bytes())?;
    Ok([&[0], nonce.as_slice(), &boxed].concat())
}

impl Block {
    fn from_json(value: Value) -> Result<Self, Error> {
        let Value::Object(mut extra) = value else { return Err(malformed()) };
        let mut take = |key| match extra.remove(key) {
            Some(Value::String(text)) => text.into_string().ok(),
            _ => None,
        };
        let ed_public = take("edPublic");
        let user_hash = take("User_hash").filter(|hash| !hash.is_empty()).ok_or_else(malformed)?;
        Ok(Self { user_hash: SecretText::new(user_hash), ed_public, extra })
    }

    fn to_json(&self) -> Value {
        let mut object = json::Object::new();
        object.insert("User_hash", self.user_hash.expose());
        if let Some(ed_public) = &self.ed_public {
            object.insert("edPublic", ed_public.as_str());
        }
        self.extra.iter().for_each(|(key, value)| drop(object.insert(key.clone(), value.clone())));
        Value::Object(object)
    }
}

fn malformed() -> Error {
    Error::new(Code::BlockMalformed, "the log-in block does not hold what a block holds")
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Zero;

    impl Entropy for Zero {
        fn fill(&mut self, out: &mut [u8]) -> Result<(), Error> {
            out.fill(0);
            Ok(())
        }
    }

    fn key() -> Secret<32> {
        Secret::derive_with(|out| out.fill(4))
    }

    #[test]
    fn unknown_fields_survive_a_rewrite() {
        let text = r#"{"User_hash":"/2/drive/edit/x/","edPublic":"k=","new":{"a":[1]}}"#;
        let block = open(&seal_text(text, &key(), &mut Zero).unwrap(), &key()).unwrap();
        assert_eq!(block.user_hash.expose(), "/2/drive/edit/x/");
        let again = open_json(&seal(&block, &key(), &mut Zero).unwrap(), &key()).unwrap();
        assert_eq!(json::stringify(&again), text);
    }

    #[test]
    fn a_block_that_opens_and_is_none_is_told_from_a_foreign_one() {
        for text in ["", "no json", "[]", "{}", r#"{"User_hash":7}"#, r#"{"User_hash":""}"#] {
            let bytes = seal_text(text, &key(), &mut Zero).unwrap();
            assert_eq!(open(&bytes, &key()).unwrap_err().code(), Code::BlockMalformed, "{text}");
        }
        for bytes in [vec![], vec![0; 1], vec![0; 24]] {
            assert_eq!(open(&bytes, &key()).unwrap_err().code(), Code::BlockMalformed, "{}", bytes.len());
        }
        for bytes in [vec![0; 25], vec![0; 41], vec![0; 200], vec![0; MAX_BLOCK + 1]] {
            assert_eq!(open(&bytes, &key()).unwrap_err().code(), Code::BlockForeign, "{}", bytes.len());
        }
    }

    #[test]
    fn debug_shows_neither_key_nor_hash() {
        let keys = BlockKeys::new(SigningKey::from_seed(&key()), key()).unwrap();
        let block = Block {
            user_hash: SecretText::new("/2/drive/edit/secret/".into()),
            ed_public: None,
            extra: json::Object::new(),
        };
        let shown = format!("{keys:?} {block:?}");
        assert!(
            !shown.contains("/2/drive") && !shown.contains(&encode_slash_safe(key().expose())),
            "{shown}"
        );
    }
}
