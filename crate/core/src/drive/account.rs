//! The parts of the account document that are not its drive (PROTOCOL.md section 14.1).

use crate::crypto::curve::CurvePair;
use crate::crypto::sign::SigningKey;
use crate::document::{AccountDoc, Mailbox, TeamEntry};
use crate::ids::{BlockId, ChannelId, EdPublic, MessageHash};
use crate::json::{Text, Value};
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
        let document = AccountDoc::of(document);
        let ed_public = document.ed_public().and_then(EdPublic::parse);
        let admin = ed_public.as_ref().is_some_and(|own| admin_keys.iter().any(|key| key == own.as_str()));
        let display_name = document.display_name().map(str::to_owned);
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
        let key = AccountDoc::of(document)
            .ed_private()
            .and_then(|text| SigningKey::from_base64(text).ok())
            .or_else(|| self.derived.clone())?;
        (self.ed_public.as_ref().map(EdPublic::as_str) == Some(key.verifying_key().to_base64().as_str()))
            .then_some(key)
    }

    /// The mailboxes that can be read (PROTOCOL.md 18.1).
    pub fn mailboxes(document: &Value) -> Vec<MailboxEntry> {
        let document = AccountDoc::of(document);
        let own = document.mailboxes().filter_map(|(name, entry)| mailbox(document, name.as_str()?, entry));
        let teams = document.teams().filter_map(team_mailbox);
        let own: Vec<MailboxEntry> = own.collect();
        // Whoever invites writes the entry of a team: it may name a box that is the account's own.
        let teams: Vec<MailboxEntry> =
            teams.filter(|team| own.iter().all(|own| own.channel != team.channel)).collect();
        own.into_iter().chain(teams).collect()
    }

    /// What of a mailbox is dismissed; `None` when the document names no such mailbox. Costs no keys, unlike
    /// [`Account::mailboxes`].
    pub fn dismissed(document: &Value, name: &str) -> Option<Dismissed> {
        let document = AccountDoc::of(document);
        let entry = match name.strip_prefix(TEAM) {
            Some(id) => document.team(id)?.mailbox()?,
            None => document.mailbox(name)?,
        };
        Some(dismissed(entry))
    }

    /// Who reads the mailboxes: contacts and muted people are named by their curve keys.
    pub fn reader(document: &Value) -> Reader {
        let document = AccountDoc::of(document);
        let plain = |key: &Text| key.as_str().map(str::to_owned);
        Reader {
            curve_public: document.curve_public().unwrap_or_default().to_owned(),
            muted: document.muted().filter_map(plain).collect(),
            friends: document.friends().filter_map(|(key, _)| plain(key)).collect(),
            broadcast: false,
        }
    }
}

/// What the name of a team's mailbox begins with, before the team's key in the account document.
pub const TEAM: &str = "team-";

fn team_mailbox(team: TeamEntry<'_>) -> Option<MailboxEntry> {
    let entry = team.mailbox()?;
    mailbox_of(format!("{TEAM}{}", team.id()?.as_str()?), entry, Some(entry.curve_private()?))
}

fn mailbox(document: AccountDoc<'_>, name: &str, entry: Mailbox<'_>) -> Option<MailboxEntry> {
    let key = match name {
        "notifications" => Some(document.curve_private()?),
        "supportteam" => Some(entry.curve_private()?),
        "broadcast" => None,
        // An old `support` box and whatever a later client may add are not for us to guess at.
        _ => return None,
    };
    mailbox_of(name.to_owned(), entry, key)
}

fn mailbox_of(name: String, entry: Mailbox<'_>, key: Option<&str>) -> Option<MailboxEntry> {
    let keys = match key {
        Some(key) => Some(MailboxKeys::new(CurvePair::from_base64(key).ok()?)),
        None => None,
    };
    Some(MailboxEntry {
        name,
        channel: ChannelId::parse(entry.channel()?.as_str()?)?,
        dismissed: dismissed(entry),
        keys,
    })
}

fn dismissed(entry: Mailbox<'_>) -> Dismissed {
    Dismissed {
        last_known: entry.last_known().and_then(MessageHash::parse),
        viewed: entry.viewed().filter_map(MessageHash::parse).collect(),
        trail: Trail::read(entry.get(Trail::KEY)),
    }
}
