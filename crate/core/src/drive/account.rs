//! The parts of the account document that are not its drive (PROTOCOL.md section 14.1).

use crate::crypto::curve::CurvePair;
use crate::crypto::sign::SigningKey;
use crate::ids::{BlockId, ChannelId, EdPublic, MessageHash};
use crate::json::{Object, Value};
use crate::mailbox::Dismissed;
use crate::mailbox::habits::Reader;
use crate::mailbox::letter::MailboxKeys;
use crate::mailbox::trail::Trail;

/// Who signed in, and under which keys. The document may change; these do not during a session.
#[derive(Debug, Clone)]
pub struct Account {
    drive_channel: ChannelId,
    block_id: Option<BlockId>,
    ed_public: Option<EdPublic>,
    display_name: Option<String>,
    admin: bool,
    /// The signing key that name and password give, of an account from before there were blocks (PROTOCOL.md 4.6).
    derived: Option<SigningKey>,
}

/// What the rules need to know beyond the documents.
#[derive(Debug, Clone, Copy)]
pub struct Listed<'a> {
    /// The channel of the account document.
    pub drive_channel: &'a str,
    /// Whether the instance lists this account among its administrators.
    pub admin: bool,
}

/// A mailbox that the account names.
#[derive(Debug, Clone)]
pub struct MailboxEntry {
    /// `notifications`, `broadcast`, `supportteam`, or `team-` and the team's key in the account document.
    pub name: String,
    /// Where its letters are.
    pub channel: ChannelId,
    /// What of it is dismissed.
    pub dismissed: Dismissed,
    /// What opens the letters; `None` where they are plain text (broadcast).
    pub keys: Option<MailboxKeys>,
}

impl Account {
    /// Reads what a session needs from the document.
    pub fn read(
        document: &Value,
        drive_channel: ChannelId,
        block_id: Option<BlockId>,
        admin_keys: &[String],
    ) -> Self {
        let ed_public = document.get("edPublic").and_then(Value::as_str).and_then(EdPublic::parse);
        let admin = ed_public.as_ref().is_some_and(|own| admin_keys.iter().any(|key| key == own.as_str()));
        let display_name = document.get("cryptpad.username").and_then(Value::as_str).map(str::to_owned);
        Self { drive_channel, block_id, ed_public, display_name, admin, derived: None }
    }

    /// With the key that name and password gave, which counts where the document names none.
    #[must_use]
    pub fn with_derived(mut self, key: Option<SigningKey>) -> Self {
        let public = key.as_ref().and_then(|key| EdPublic::parse(&key.verifying_key().to_base64()));
        self.ed_public = self.ed_public.or(public);
        self.derived = key;
        self
    }

    /// The channel of the account document.
    pub fn drive_channel(&self) -> &ChannelId {
        &self.drive_channel
    }

    /// The log-in block, if the account has one (legacy accounts do not).
    pub fn block_id(&self) -> Option<&BlockId> {
        self.block_id.as_ref()
    }

    /// The key that signs the account's calls; an anonymous drive has none.
    pub fn ed_public(&self) -> Option<&EdPublic> {
        self.ed_public.as_ref()
    }

    /// The name the user chose to be shown under.
    pub fn display_name(&self) -> Option<&str> {
        self.display_name.as_deref()
    }

    /// What the pin rules need to know beyond the documents.
    pub fn listed(&self) -> Listed<'_> {
        Listed { drive_channel: self.drive_channel.as_str(), admin: self.admin }
    }

    /// The signing key in the document, or the one of the password, if it fits the public one.
    pub fn signing_key(&self, document: &Value) -> Option<SigningKey> {
        let key = document
            .get("edPrivate")
            .and_then(Value::as_str)
            .and_then(|text| SigningKey::from_base64(text).ok())
            .or_else(|| self.derived.clone())?;
        (self.ed_public.as_ref().map(EdPublic::as_str) == Some(key.verifying_key().to_base64().as_str()))
            .then_some(key)
    }

    /// The mailboxes that can be read (PROTOCOL.md 18.1).
    pub fn mailboxes(document: &Value) -> Vec<MailboxEntry> {
        let entries = |key| document.get(key).and_then(Value::as_object).into_iter().flat_map(Object::iter);
        let own = entries("mailboxes").filter_map(|(name, entry)| mailbox(document, name.as_str()?, entry));
        let teams = entries("teams").filter_map(|(id, team)| team_mailbox(id.as_str()?, team));
        let own: Vec<MailboxEntry> = own.collect();
        // Whoever invites writes the entry of a team: it may name a box that is the account's own.
        let teams: Vec<MailboxEntry> =
            teams.filter(|team| own.iter().all(|own| own.channel != team.channel)).collect();
        own.into_iter().chain(teams).collect()
    }

    /// What of a mailbox is dismissed; `None` when the document names no such mailbox. Costs no keys, unlike
    /// [`Account::mailboxes`].
    pub fn dismissed(document: &Value, name: &str) -> Option<Dismissed> {
        let entry = match name.strip_prefix(TEAM) {
            Some(id) => document.get("teams")?.get(id)?.get("keys")?.get("mailbox")?,
            None => document.get("mailboxes")?.get(name)?,
        };
        Some(dismissed(entry))
    }

    /// Who reads the mailboxes: contacts and muted people are named by their curve keys.
    pub fn reader(document: &Value) -> Reader {
        let keys = |field| {
            let people = document.get(field).and_then(Value::as_object);
            people
                .into_iter()
                .flat_map(Object::keys)
                .filter_map(|key| key.as_str().map(str::to_owned))
                .collect()
        };
        Reader {
            curve_public: document.get("curvePublic").and_then(Value::as_str).unwrap_or_default().to_owned(),
            muted: keys("mutedUsers"),
            friends: keys("friends"),
            broadcast: false,
        }
    }
}

/// What the name of a team's mailbox begins with, before the team's key in the account document.
pub const TEAM: &str = "team-";

fn team_mailbox(id: &str, team: &Value) -> Option<MailboxEntry> {
    let entry = team.get("keys")?.get("mailbox")?;
    mailbox_of(format!("{TEAM}{id}"), entry, Some(entry.get("keys")?))
}

fn mailbox(document: &Value, name: &str, entry: &Value) -> Option<MailboxEntry> {
    let keys_in = match name {
        "notifications" => Some(document),
        "supportteam" => Some(entry.get("keys")?),
        "broadcast" => None,
        // An old `support` box and whatever a later client may add are not for us to guess at.
        _ => return None,
    };
    mailbox_of(name.to_owned(), entry, keys_in)
}

fn mailbox_of(name: String, entry: &Value, keys_in: Option<&Value>) -> Option<MailboxEntry> {
    let keys = match keys_in {
        Some(holder) => Some(MailboxKeys::new(
            CurvePair::from_base64(holder.get("curvePrivate").and_then(Value::as_str)?).ok()?,
        )),
        None => None,
    };
    Some(MailboxEntry {
        name,
        channel: ChannelId::parse(entry.get("channel").and_then(Value::as_str)?)?,
        dismissed: dismissed(entry),
        keys,
    })
}

fn dismissed(entry: &Value) -> Dismissed {
    let hash = |value: &Value| value.as_str().and_then(MessageHash::parse);
    let viewed = entry.get("viewed").and_then(Value::as_array).unwrap_or_default();
    Dismissed {
        last_known: entry.get("lastKnownHash").and_then(hash),
        viewed: viewed.iter().filter_map(hash).collect(),
        trail: Trail::read(entry.get(Trail::KEY)),
    }
}
