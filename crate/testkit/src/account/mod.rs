//! Whole accounts made from a seed, of any size: real keys, real ciphertexts, real histories.
//!
//! [`build`] makes the plainest account, a drive with shared folders; [`build_with`] adds whatever a
//! [`Variety`] asks for. Both fill a [`MemoryServer`]; [`Built::write`] puts the same account into a data
//! directory. What must come out of reading it stands in [`Built`]: it is noted while the account is
//! made, by the protocol's rules for what is made, and never computed by the code that is under test.

mod disk;
mod entries;
mod folders;
mod log;
mod mail;
mod maker;
mod manifest;
mod parts;
mod people;
mod roster;
mod sign_in;
mod teams;

use std::collections::BTreeSet;

use pinfold_core::crypto::curve::CurvePair;
use pinfold_core::crypto::sign::SigningKey;
use pinfold_core::error::Error;
use pinfold_core::guard::sealed::StoreKey;
use pinfold_core::href::{Secrets, secrets_from_hash};
use pinfold_core::ids::BlockId;
use pinfold_core::json::{Object, Value};
use pinfold_core::secret::SecretText;
use pinfold_core::session::login::SignedIn;

use crate::device::Device;
use crate::entropy::Seeded;
use crate::server::MemoryServer;
use entries::{Holder, drive_object, entries};
pub use folders::{BuiltFolder, Expected};
use folders::{CLOSED, Folder, Form, OPEN, declare};
use mail::Sender;
pub use mail::{BuiltLetter, BuiltMailbox};
use maker::Maker;
use parts::{EPOCH, curve, number, object};
pub use sign_in::{BuiltBlock, Login};
pub use teams::{BuiltTeam, Membership};

/// How large the drive is.
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

/// What there is beyond a drive of pads and folders that open.
#[derive(Debug, Clone, Default)]
pub struct Variety {
    /// Documents and folders of every kind, an empty folder, long histories, friends, profile, calendars, mailboxes.
    pub mixed: bool,
    /// Folders on top of the plan's that do not open: restricted, deleted, moved, missing, without keys.
    pub closed: usize,
    /// Teams; of the first three the account is owner, member and viewer. The first shares a folder with the drive.
    pub teams: usize,
    /// Letters in the mailbox of notifications, and in that of each team.
    pub letters: usize,
    /// How the account is signed in to.
    pub login: Login,
}

/// An account that was built, and the server that holds it.
#[derive(Debug, Clone)]
pub struct Built {
    /// The server.
    pub server: MemoryServer,
    /// The folders.
    pub folders: Vec<BuiltFolder>,
    /// The teams.
    pub teams: Vec<BuiltTeam>,
    /// The mailboxes that the account document names.
    pub mailboxes: Vec<BuiltMailbox>,
    /// Everything that must be pinned under the account's key, unsorted; of a folder that does not open,
    /// its channel alone.
    pub pins: Vec<String>,
    /// The account document.
    pub document: Value,
    /// The key that signs the account's calls.
    pub ed_public: String,
    /// The account document's channel.
    pub drive_channel: String,
    /// The log-in block, of an account that has one.
    pub block: Option<BuiltBlock>,
    login: Login,
    /// Sealed files by id.
    blobs: Vec<(String, Vec<u8>)>,
    user_hash: String,
    entropy: Seeded,
    root: Secrets,
}

/// The keys that an account is made around.
struct Identity {
    user_hash: String,
    sign: SigningKey,
    curve: CurvePair,
    block: Option<BuiltBlock>,
}

/// Builds the plainest account.
///
/// # Errors
/// None with a working seed; those of the formats otherwise.
pub fn build(plan: Plan) -> Result<Built, Error> {
    build_with(plan, &Variety::default())
}

/// Builds an account.
///
/// # Errors
/// As [`build`]; `misuse/bad-argument` for a log-in without a name or password.
pub fn build_with(plan: Plan, variety: &Variety) -> Result<Built, Error> {
    let mut entropy = Seeded::new(plan.seed);
    let identity = sign_in::identity(&variety.login, &mut entropy)?;
    let root = secrets_from_hash("drive", &identity.user_hash, None)?;
    let mut maker = Maker {
        entropy,
        server: MemoryServer::default(),
        blobs: Vec::new(),
        mixed: variety.mixed,
        ed_public: identity.sign.verifying_key().to_base64(),
    };
    let mut pins = root.channel.iter().cloned().collect::<Vec<_>>();
    let folders = folders(plan, variety, &mut maker)?;
    let declared = folders
        .iter()
        .map(|folder| Ok((folder.built.id.clone(), folder.entry(None, &mut maker)?)))
        .collect::<Result<Vec<_>, Error>>()?;
    pins.extend(folders.iter().flat_map(|folder| folder.pins(folder.built.expected)).cloned());
    let entries = entries(plan.documents, Holder::Drive, &mut maker)?;
    pins.extend(entries.iter().flat_map(|entry| &entry.pins).cloned());

    let mut rest = match variety.login {
        Login::Anonymous => object([("version", Value::from(11.0))]),
        _ => identity.document(),
    };
    let mut around = Around { teams: Vec::new(), mailboxes: Vec::new() };
    if variety.mixed || variety.teams > 0 || variety.letters > 0 {
        around = surround(plan, variety, &identity, folders.first(), &mut rest, &mut pins, &mut maker)?;
    }
    let statics = if variety.mixed { static_links(&mut maker) } else { Object::new() };
    let content = |entries: &[entries::Entry]| {
        let mut drive = drive_object(entries);
        declare(&mut drive, &declared);
        drive.insert("static", statics.clone());
        drive.insert("sharedFoldersTemp", Object::new());
        let mut document = rest.clone();
        document.insert("drive", drive);
        Value::from(document)
    };
    let owners = [maker.ed_public.clone()];
    let (drive_channel, log, document) = maker.history(&root, &owners, &entries, &["drive"], content)?;
    maker.server.channels.insert(drive_channel.clone(), log);
    Ok(Built {
        server: maker.server,
        folders: folders.into_iter().map(|folder| folder.built).collect(),
        teams: around.teams,
        mailboxes: around.mailboxes,
        pins,
        document,
        ed_public: maker.ed_public,
        drive_channel,
        block: identity.block,
        login: variety.login.clone(),
        blobs: maker.blobs,
        user_hash: identity.user_hash,
        entropy: maker.entropy,
        root,
    })
}

fn folders(plan: Plan, variety: &Variety, maker: &mut Maker) -> Result<Vec<Folder>, Error> {
    let open = |at: usize| OPEN.get(at % OPEN.len()).filter(|_| variety.mixed).copied().unwrap_or(Form::Own);
    let closed = |at: usize| CLOSED.get(at % CLOSED.len()).copied().unwrap_or(Form::Missing);
    let empty = variety.mixed.then_some(Form::Empty);
    let forms = (0..plan.folders).map(open).chain(empty).chain((0..variety.closed).map(closed));
    forms.enumerate().map(|(at, form)| Folder::make(at, form, plan.per_folder, maker)).collect()
}

struct Around {
    teams: Vec<BuiltTeam>,
    mailboxes: Vec<BuiltMailbox>,
}

/// Everything in the account document that is not its drive.
fn surround(
    plan: Plan,
    variety: &Variety,
    identity: &Identity,
    shared: Option<&Folder>,
    document: &mut Object,
    pins: &mut Vec<String>,
    maker: &mut Maker,
) -> Result<Around, Error> {
    let senders =
        (0..3).map(|at| Sender::new(&format!("Friend {at}"), maker)).collect::<Result<Vec<_>, _>>()?;
    let people = people::people(&senders, maker)?;
    pins.extend(people.pins);
    document.insert("friends", people.friends);
    document.insert("profile", people.profile);
    document.insert("calendars", people.calendars);

    let size =
        teams::Size { documents: plan.per_folder, folders: plan.folders.min(2), letters: variety.letters };
    let (mut teams, mut entries) = (Vec::new(), Object::new());
    for at in 0..variety.teams {
        let (team, entry) = teams::team(at, size, &identity.curve, shared.filter(|_| at == 0), maker)?;
        entries.insert(team.id.as_str(), entry);
        teams.push(team);
    }
    document.insert("teams", entries);

    let notifications = mail::mailbox("notifications", &identity.curve, &senders, variety.letters, maker)?;
    let support_pair = curve(&mut maker.entropy)?;
    let support = mail::mailbox("supportteam", &support_pair, &senders, variety.letters.min(3), maker)?;
    let broadcast = mail::broadcast(maker)?;
    pins.extend([notifications.channel.clone(), support.channel.clone()]);
    document.insert(
        "mailboxes",
        object([
            ("broadcast", broadcast.entry(None)),
            ("notifications", notifications.entry(None)),
            ("supportteam", support.entry(Some(&support_pair))),
        ]),
    );
    Ok(Around { teams, mailboxes: vec![notifications, support, broadcast] })
}

/// Links to elsewhere; never pinned.
fn static_links(maker: &mut Maker) -> Object {
    let mut links = Object::new();
    for at in 0..2 {
        let link = object([
            ("atime", number(EPOCH)),
            ("ctime", number(EPOCH)),
            ("href", format!("https://example.org/{at}").into()),
            ("name", format!("link {at}").into()),
        ]);
        links.insert(parts::entry_id(&mut maker.entropy).to_string(), link);
    }
    links
}

impl Built {
    /// An account that was not built from a seed, but is held by a server under its hash and key.
    ///
    /// # Errors
    /// `href/malformed` when the hash is malformed.
    pub fn held_by(server: MemoryServer, user_hash: &str, ed_public: &str) -> Result<Self, Error> {
        let root = secrets_from_hash("drive", user_hash, None)?;
        Ok(Self {
            server,
            folders: Vec::new(),
            teams: Vec::new(),
            mailboxes: Vec::new(),
            pins: Vec::new(),
            document: Value::Null,
            ed_public: ed_public.to_owned(),
            drive_channel: root.channel.clone().unwrap_or_default(),
            block: None,
            login: Login::Hash,
            blobs: Vec::new(),
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

    /// The hash that opens the account document.
    pub fn user_hash(&self) -> &str {
        &self.user_hash
    }

    /// Under which name a host's store holds a record of this account: `ledger`, `vault`, `changes`.
    ///
    /// # Errors
    /// Those of [`Self::signed_in`].
    pub fn store_name(&self, kind: &str) -> Result<String, Error> {
        let keys = self.signed_in()?.secrets.message_keys()?;
        Ok(StoreKey::derive(keys.crypt_key.expose(), "names").name(&[kind]))
    }

    /// What a log-in would yield.
    ///
    /// # Errors
    /// Those of the formats.
    pub fn signed_in(&self) -> Result<SignedIn, Error> {
        SignedIn::from_user_hash(
            &SecretText::new(self.user_hash.clone()),
            self.block_id().as_deref().and_then(BlockId::parse),
            "ws://memory".into(),
            Vec::new(),
        )
    }

    /// The id of the log-in block; an account that is only known by its hash has an invented one.
    pub fn block_id(&self) -> Option<String> {
        match self.login {
            Login::Hash => Some("A".repeat(44)),
            _ => self.block.as_ref().map(|block| block.id.clone()),
        }
    }

    /// The list that is compared: sorted, each once, nothing tagged.
    pub fn pin_list(&self) -> Vec<String> {
        self.pins.iter().cloned().collect::<BTreeSet<_>>().into_iter().collect()
    }

    /// The list that is sent: the drive and the block are tagged (PROTOCOL.md 17.2, items 9 and 10).
    pub fn reset_list(&self) -> Vec<String> {
        let tag = |id: String| if id == self.drive_channel { format!("{id}#drive") } else { id };
        let block = self.block_id().map(|id| format!("{id}#block"));
        let list: BTreeSet<_> = self.pin_list().into_iter().map(tag).chain(block).collect();
        list.into_iter().collect()
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

impl Identity {
    /// The account document without its drive and everybody around it.
    fn document(&self) -> Object {
        object([
            ("curvePrivate", self.curve.secret_base64().expose().into()),
            ("curvePublic", self.curve.public().to_base64().into()),
            ("edPrivate", self.sign.to_base64().expose().into()),
            ("edPublic", self.sign.verifying_key().to_base64().into()),
            ("version", Value::from(11.0)),
        ])
    }
}
