//! Whole accounts made from a seed: documents, folders, letters, with real keys and real ciphertexts.

use pinfold_core::chainpad::{Chain, Mode};
use pinfold_core::error::Error;
use pinfold_core::href::{Secrets, secrets_from_hash};
use pinfold_core::ids::BlockId;
use pinfold_core::json::{Object, Value, canonical};
use pinfold_core::ports::Entropy;
use pinfold_core::secret::SecretText;
use pinfold_core::session::login::SignedIn;

use crate::device::Device;
use crate::entropy::Seeded;
use crate::server::{Channel, MemoryServer, Stored};

/// The first message of every list-map channel (PROTOCOL.md 12.1).
const FIRST: &str = "[2,[[0,0,\"{}\"],\"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\"],\"a4b411975be1d48a91f0ebfcd967add000f69564b2dc5ee644b87bf2bbfd786f\"]";
/// Its hash, and the hash of the document `{}` after it.
const FIRST_HASH: &str = "b6129c7bfd4c713ea8c06b36405e2ea861e2f0116d1178d1ec5440e56001b5d8";
const BRACES_HASH: &str = "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";

/// What to build.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// Makes everything that is random.
    pub seed: u64,
    /// Documents in the drive itself.
    pub documents: usize,
    /// Shared folders.
    pub folders: usize,
    /// Documents in each folder.
    pub per_folder: usize,
}

/// A shared folder that was built.
#[derive(Debug, Clone)]
pub struct BuiltFolder {
    /// Its entry's key in the drive.
    pub id: String,
    /// Its channel.
    pub channel: String,
    /// The channels of the documents in it.
    pub documents: Vec<String>,
    /// Its edit hash.
    pub hash: String,
}

/// An account that was built, and the server that holds it.
#[derive(Debug, Clone)]
pub struct Built {
    /// The server.
    pub server: MemoryServer,
    /// The folders.
    pub folders: Vec<BuiltFolder>,
    /// Everything that must be pinned, unsorted.
    pub pins: Vec<String>,
    /// The key that signs the account's calls.
    pub ed_public: String,
    /// The account document's channel.
    pub drive_channel: String,
    user_hash: String,
    entropy: Seeded,
    root: Secrets,
}

/// Builds an account.
///
/// # Errors
/// None with a working seed; those of the formats otherwise.
pub fn build(plan: Plan) -> Result<Built, Error> {
    let mut entropy = Seeded::new(plan.seed);
    let mut server = MemoryServer::default();
    let user_hash = format!("/2/drive/edit/{}/", key_text(&mut entropy)?);
    let root = secrets_from_hash("drive", &user_hash, None)?;
    let identity = secrets_from_hash("pad", &format!("/2/pad/edit/{}/", key_text(&mut entropy)?), None)?;
    let sign = identity.keys.as_ref().and_then(|keys| keys.sign.clone());
    let (ed_public, ed_private) = sign
        .map(|key| (key.verifying_key().to_base64(), key.to_base64().expose().to_owned()))
        .unwrap_or_default();
    let drive_channel = root.channel.clone().unwrap_or_default();
    let mut pins = vec![drive_channel.clone()];
    let (mut tree, mut files, mut shared) = (Object::new(), Object::new(), Object::new());
    for number in 0..plan.documents {
        let (id, entry, channel) = document(number, &mut entropy)?;
        tree.insert(format!("d{id}"), Value::from(id as f64));
        files.insert(id.to_string(), entry);
        pins.push(channel);
    }
    let mut folders = Vec::new();
    for number in 0..plan.folders {
        let folder = folder(number, plan.per_folder, &mut entropy, &mut server, &mut shared)?;
        tree.insert(format!("f{}", folder.id), Value::from(folder.id.parse::<f64>().unwrap_or(0.0)));
        pins.push(folder.channel.clone());
        pins.extend(folder.documents.iter().cloned());
        folders.push(folder);
    }
    let drive = object([
        ("filesData", Value::Object(files)),
        ("root", Value::Object(tree)),
        ("sharedFolders", Value::Object(shared)),
        ("static", Value::Object(Object::new())),
    ]);
    let document = object([
        ("drive", drive),
        ("edPrivate", ed_private.as_str().into()),
        ("edPublic", ed_public.as_str().into()),
        ("version", Value::from(11.0)),
    ]);
    store(&mut server, &root, &document, &mut entropy)?;
    Ok(Built { server, folders, pins, ed_public, drive_channel, user_hash, entropy, root })
}

impl Built {
    /// An account that was not built from a seed, but is held by a server under its hash and key.
    ///
    /// # Errors
    /// `href/malformed` when the hash is none.
    pub fn held_by(server: MemoryServer, user_hash: &str, ed_public: &str) -> Result<Self, Error> {
        let root = secrets_from_hash("drive", user_hash, None)?;
        Ok(Self {
            server,
            folders: Vec::new(),
            pins: Vec::new(),
            ed_public: ed_public.to_owned(),
            drive_channel: root.channel.clone().unwrap_or_default(),
            user_hash: user_hash.to_owned(),
            entropy: Seeded::new(0),
            root,
        })
    }

    /// Another device of the same user.
    ///
    /// # Errors
    /// Those of the formats.
    pub fn device(&self) -> Result<Device, Error> {
        Device::new(&self.user_hash, 0xde)
    }

    /// What a log-in would yield.
    ///
    /// # Errors
    /// Those of the formats.
    pub fn signed_in(&self) -> Result<SignedIn, Error> {
        let block = BlockId::parse(&"A".repeat(44));
        SignedIn::from_user_hash(
            &SecretText::new(self.user_hash.clone()),
            block,
            "ws://memory".into(),
            Vec::new(),
        )
    }

    /// The frame by which another device adds a document to the drive, stored as well.
    ///
    /// # Errors
    /// Those of the formats.
    pub fn another_device_writes(&mut self, patch: &str) -> Result<String, Error> {
        let message = self.root.message_keys()?.seal(patch, &mut self.entropy)?;
        let channel = self.drive_channel.clone();
        Ok(self.server.write(&channel, &message, 1_700_000_000_000))
    }
}

fn folder(
    number: usize,
    documents: usize,
    entropy: &mut Seeded,
    server: &mut MemoryServer,
    shared: &mut Object,
) -> Result<BuiltFolder, Error> {
    let hash = format!("/2/drive/edit/{}/", key_text(entropy)?);
    let secrets = secrets_from_hash("drive", &hash, None)?;
    let channel = secrets.channel.clone().unwrap_or_default();
    let (mut tree, mut files) = (Object::new(), Object::new());
    let mut channels = Vec::new();
    for at in 0..documents {
        let (id, entry, channel) = document(at, entropy)?;
        tree.insert(format!("d{id}"), Value::from(id as f64));
        files.insert(id.to_string(), entry);
        channels.push(channel);
    }
    let content = object([
        ("filesData", Value::Object(files)),
        ("metadata", object([("title", format!("Folder {number}").into())])),
        ("root", Value::Object(tree)),
        ("version", Value::from(2.0)),
    ]);
    store(server, &secrets, &content, entropy)?;
    let id = (9_000_000 + number).to_string();
    let entry = object([
        ("channel", channel.as_str().into()),
        ("href", format!("/drive/#{hash}").into()),
        ("lastTitle", format!("Folder {number}").into()),
    ]);
    shared.insert(id.as_str(), entry);
    Ok(BuiltFolder { id, channel, documents: channels, hash })
}

fn document(number: usize, entropy: &mut Seeded) -> Result<(u64, Value, String), Error> {
    let hash = format!("/2/pad/edit/{}/", key_text(entropy)?);
    let channel = pinfold_core::href::href_to_channel(&format!("/pad/#{hash}"), None)?.unwrap_or_default();
    let entry = object([
        ("atime", Value::from(1_700_000_000_000.0)),
        ("channel", channel.as_str().into()),
        ("ctime", Value::from(1_700_000_000_000.0)),
        ("href", format!("/pad/#{hash}").into()),
        ("title", format!("Document {number}").into()),
    ]);
    let mut id = [0; 4];
    entropy.fill(&mut id)?;
    Ok((u64::from(u32::from_le_bytes(id)) + 1, entry, channel))
}

/// Stores a document as three messages, as a client would write them.
fn store(
    server: &mut MemoryServer,
    secrets: &Secrets,
    content: &Value,
    entropy: &mut Seeded,
) -> Result<(), Error> {
    let keys = secrets.message_keys()?;
    // Between the braces that are there: an operation must be in its simplest form (PROTOCOL.md 12.4).
    let text = canonical(content);
    let inside = crate::server::quoted(text.get(1..text.len() - 1).unwrap_or_default());
    let second = format!("[2,[[1,0,{inside}],\"{BRACES_HASH}\"],\"{FIRST_HASH}\"]");
    let mut chain = Chain::new(Mode::ListMap);
    chain.push(FIRST);
    chain.push(&second);
    let (document, parent) =
        (chain.document_hash(), chain.best_hash().map(|hash| hash.to_string()).unwrap_or_default());
    let end = chain.document().len().saturating_sub(1);
    // A third message, so that a log can lose one in the middle.
    let third = format!("[2,[[{end},0,\",\\\"zz\\\":1\"],\"{document}\"],\"{parent}\"]");
    let mut messages = Vec::new();
    for plain in [FIRST, &second, &third] {
        messages.push(Stored { message: keys.seal(plain, entropy)?, time: 1_700_000_000_000 });
    }
    let validate_key = keys.verify.as_ref().map(|key| key.to_base64()).unwrap_or_default();
    let channel = secrets.channel.clone().unwrap_or_default();
    let metadata = format!("{{\"channel\":\"{channel}\",\"validateKey\":\"{validate_key}\"}}");
    server.channels.insert(channel, Channel { metadata: Some(metadata), messages, ..Channel::default() });
    Ok(())
}

fn key_text(entropy: &mut Seeded) -> Result<String, Error> {
    let mut bytes = [0; 18];
    entropy.fill(&mut bytes)?;
    Ok(pinfold_core::encoding::encode_link(&bytes))
}

fn object<const N: usize>(fields: [(&str, Value); N]) -> Value {
    let mut object = Object::new();
    for (key, value) in fields {
        object.insert(key, value);
    }
    Value::Object(object)
}
