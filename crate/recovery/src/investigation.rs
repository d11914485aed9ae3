//! Which documents have to be read, in which order, with which keys: the account's, its teams', and every shared folder
//! that any of them ever named.

use std::collections::{BTreeSet, HashMap, HashSet};

use pinfold_core::crypto::message::MessageKeys;
use pinfold_core::document::{Entry, Shape, TeamEntry};
use pinfold_core::drive::declared::opened_by;
use pinfold_core::guard::vault::Vault;
use pinfold_core::href::{HrefCipher, Secrets, secrets_from_hash};
use pinfold_core::ids::ChannelId;
use pinfold_core::json::Value;
use pinfold_core::names::names;

use crate::evidence::Evidence;
use crate::history::Author;
use crate::kept::{Kept, vault_in};
use crate::presence::{Presence, What};
use crate::reading::{Copy, Reading, Told};

/// The most documents that are read. Real accounts have some hundred folders.
const MOST: usize = 10_000;

names! {
    /// Whose document it is.
    Whose as DocumentOf, "Whose document it is.":
    /// The account's own drive.
    Account = "account",
    /// The drive of a team.
    Team = "team",
    /// A shared folder.
    Folder = "folder",
}

/// One document of the account, and its histories as far as they were read.
#[derive(Debug)]
pub struct Document {
    /// Whose it is.
    pub whose: Whose,
    /// Its channel.
    pub channel: ChannelId,
    /// What opens the edit links inside; viewers have none.
    pub links: Option<HrefCipher>,
    keys: MessageKeys,
    /// The history of the live copy. `None` where there is none, or it was not given.
    pub live: Option<Told>,
    /// The history of the archived copy.
    pub archived: Option<Told>,
}

impl Document {
    /// The history of one copy.
    pub fn told(&self, copy: Copy) -> Option<&Told> {
        match copy {
            Copy::Live => self.live.as_ref(),
            Copy::Archived => self.archived.as_ref(),
        }
    }

    const fn shape(&self) -> Shape {
        match self.whose {
            Whose::Account => Shape::Account,
            Whose::Team => Shape::Team,
            Whose::Folder => Shape::Folder,
        }
    }
}

/// What the server says of a channel today. Whoever hands the lines in may ask it ([`Investigation::server_says`]).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    /// It has it.
    Live,
    /// It has nothing under that name, and gives no reason.
    Missing,
    /// It was archived, for this reason.
    Archived(String),
}

impl Said {
    /// Whether clients can read it.
    pub const fn is_live(&self) -> bool {
        matches!(self, Self::Live)
    }

    /// The word that was left in its place, if one was.
    pub fn reason(&self) -> Option<&str> {
        match self {
            Self::Archived(reason) => Some(reason.as_str()).filter(|reason| !reason.is_empty()),
            Self::Live | Self::Missing => None,
        }
    }

    /// Its name in reports.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Missing => "missing",
            Self::Archived(_) => "archived",
        }
    }
}

/// Reads an account's documents and joins what they tell.
#[derive(Debug, Default)]
pub struct Investigation {
    pub(crate) documents: Vec<Document>,
    /// Readings that were not handed out yet.
    pub(crate) wanted: Vec<(usize, Copy)>,
    /// Channels of which nothing was read yet: their live copies are wanted.
    pending: HashSet<String>,
    /// The sessions that wrote in the account's own drive: they were the user's.
    own: HashSet<Author>,
    /// What is known beside the histories.
    pub(crate) evidence: Evidence,
    /// What the vault keeps.
    pub(crate) kept: Kept,
    by_channel: HashMap<String, usize>,
    said: HashMap<String, Said>,
    /// Of which of these it was asked beside the histories.
    answers: HashSet<String>,
    /// Channels that are there, as far as is known, and could not be read.
    unreadable: HashSet<String>,
    /// Documents that are named beyond the most that are read.
    beyond: HashSet<String>,
    /// The tag whose entries are followed.
    watched: Option<String>,
    /// Whether what each line did is remembered.
    keeps_diaries: bool,
}

impl Investigation {
    /// Of the account whose document is behind this hash (`User_hash`).
    ///
    /// # Errors
    /// `href/no-keys`, `href/malformed`: the hash is not one of an account's document.
    pub fn of_account(user_hash: &str) -> Result<Self, pinfold_core::error::Error> {
        Self::of_secrets(&secrets_from_hash("drive", user_hash, None)?)
    }

    /// Of the account whose document these open.
    ///
    /// # Errors
    /// `href/no-keys`: they are not those of an account's document.
    pub fn of_secrets(secrets: &Secrets) -> Result<Self, pinfold_core::error::Error> {
        let keys = secrets.message_keys()?;
        let channel = secrets.channel.as_deref().and_then(ChannelId::parse);
        let mut investigation = Self::default();
        if let Some(channel) = channel {
            let links = secrets.keys.as_ref().and_then(|keys| keys.secondary_key.as_ref());
            let links = links.and_then(|key| HrefCipher::new(key).ok());
            investigation.add(Whose::Account, channel, keys, links);
        }
        Ok(investigation)
    }

    /// Follows the entries with this tag as well, for [`Investigation::undo_plan`]: before the first reading.
    #[must_use]
    pub fn watch(mut self, tag: &str) -> Self {
        self.watched = Some(tag.to_owned());
        self
    }

    /// Whether the entries with this tag are followed.
    pub fn watches(&self, tag: &str) -> bool {
        self.watched.as_deref() == Some(tag)
    }

    /// Remembers what each line did, within bounds: before the first reading.
    #[must_use]
    pub const fn remember(mut self) -> Self {
        self.keeps_diaries = true;
        self
    }

    /// The next history that is wanted. `None` when there is no more.
    pub fn next_reading(&mut self) -> Option<Reading> {
        let (at, copy) = self.wanted.pop()?;
        self.reading_of(at, copy)
    }

    pub(crate) fn reading_of(&self, at: usize, copy: Copy) -> Option<Reading> {
        let document = self.documents.get(at)?;
        let asked = (self.watched.as_deref(), self.keeps_diaries);
        let (channel, keys) = (document.channel.clone(), document.keys.clone());
        Some(Reading::new(at, copy, channel, keys, document.shape(), asked))
    }

    /// Takes a history back that was read to its end. One without lines says that there is no such copy.
    pub fn done(&mut self, reading: Reading) {
        let copy = reading.copy();
        let (at, told) = reading.end();
        let Some(document) = self.documents.get_mut(at) else { return };
        match copy {
            Copy::Live => {
                document.live = told;
                self.pending.remove(document.channel.as_str());
            }
            Copy::Archived => document.archived = told,
        }
        self.learn(at, copy);
    }

    /// Notes whose sessions wrote in a document that was read, and wants what it names.
    pub(crate) fn learn(&mut self, at: usize, copy: Copy) {
        let Some(document) = self.documents.get(at) else { return };
        if document.whose == Whose::Account {
            let sessions = document.told(copy).into_iter().flat_map(|told| &told.sessions);
            self.own.extend(sessions.map(|session| session.author));
            let told = self.documents.get(at).and_then(|document| document.live.as_ref());
            if let Some(vault) = told.and_then(Told::state).and_then(vault_in) {
                self.vault(vault);
            }
        }
        self.want_what_it_names(at, copy);
    }

    /// Takes in the vault of a device, beside what the account's own document holds of it. What it keeps and no history tells of is lost as
    /// well ([`Investigation::losses`]), unless the user gave it up; the shared folders behind its keys are wanted as readings.
    /// So hand it in before the first reading, and again when it may have changed.
    pub fn vault(&mut self, vault: Vault) {
        let Some(home) = self.documents.first().map(|account| account.channel.as_str().to_owned()) else {
            return;
        };
        self.kept.join(vault, &home);
        let holders: Vec<String> = self.kept.holders().cloned().collect();
        holders.iter().for_each(|holder| self.want_kept(holder));
    }

    /// Wants the shared folders whose keys the vault keeps from this document.
    fn want_kept(&mut self, holder: &str) {
        let links = self.document_of(holder).and_then(|document| document.links.as_ref());
        for opens in self.kept.opened(holder, links) {
            self.add(Whose::Folder, opens.channel, opens.keys, opens.links);
        }
    }

    /// The documents, the account's first.
    pub fn documents(&self) -> &[Document] {
        &self.documents
    }

    /// The document of a channel.
    pub fn document_of(&self, channel: &str) -> Option<&Document> {
        self.documents.get(self.place_of(channel)?)
    }

    /// Which of the documents is that of a channel.
    pub(crate) fn place_of(&self, channel: &str) -> Option<usize> {
        self.by_channel.get(channel).copied()
    }

    /// The keys of the teams that the account ever had, under which their lists of pins are kept. Each once.
    pub fn team_keys(&self) -> BTreeSet<String> {
        let told = self.documents.iter().filter_map(|document| document.live.as_ref());
        let presences = told.flat_map(|told| told.timeline.presences());
        let teams = presences.filter(|presence| presence.what == What::Team).flat_map(Presence::said);
        teams.filter_map(|data| TeamEntry::of(data).ed_public()).map(str::to_owned).collect()
    }

    /// Takes in what the server says of a channel today.
    pub fn server_says(&mut self, channel: &str, said: Said) {
        self.unreadable.remove(channel);
        self.said.insert(channel.to_owned(), said);
    }

    /// Takes in that a channel could not be read, for a reason that does not say that it is gone: nothing is claimed of it.
    pub fn could_not_read(&mut self, channel: &str) {
        self.said.remove(channel);
        self.unreadable.insert(channel.to_owned());
    }

    /// How many documents were not read: they could not be ([`Self::could_not_read`]), nobody has yet, or there are more than are read.
    pub fn unread_documents(&self) -> usize {
        self.unreadable.len() + self.pending.len() + self.beyond.len()
    }

    /// Whether a channel is there, as far as is known, and was not read: it could not be, or nobody has yet.
    pub(crate) fn is_unreadable(&self, channel: &str) -> bool {
        self.unreadable.contains(channel) || self.pending.contains(channel)
    }

    /// Whether nothing can be claimed of what is in a document: it could not be read, or no line of it opens.
    pub(crate) fn is_unknown(&self, channel: &str) -> bool {
        let told = self.document_of(channel).and_then(|document| document.live.as_ref());
        self.is_unreadable(channel) || told.is_some_and(|told| told.unread >= told.lines)
    }

    /// What the server says of a channel today, if it was asked.
    pub fn said(&self, channel: &str) -> Option<&Said> {
        self.said.get(channel)
    }

    pub(crate) fn remember_answer(&mut self, channel: &str) {
        self.answers.insert(channel.to_owned());
    }

    pub(crate) fn forget_answers(&mut self) {
        for channel in std::mem::take(&mut self.answers) {
            self.said.remove(&channel);
            self.unreadable.remove(&channel);
        }
    }

    /// Whether this connection wrote in the account's own drive: then it was the user's.
    pub fn is_own(&self, author: Author) -> bool {
        self.own.contains(&author)
    }

    /// The sessions that wrote in the account's own drive.
    pub(crate) const fn own(&self) -> &HashSet<Author> {
        &self.own
    }

    fn add(&mut self, whose: Whose, channel: ChannelId, keys: MessageKeys, links: Option<HrefCipher>) {
        let known = self.by_channel.get(channel.as_str()).copied();
        if let Some(known) = known.and_then(|at| self.documents.get_mut(at)) {
            // An edit link opens what a view link does not.
            if known.links.is_none() {
                known.links = links;
            }
            return;
        }
        if self.documents.len() >= MOST {
            self.beyond.insert(channel.as_str().to_owned());
            return;
        }
        self.wanted.push((self.documents.len(), Copy::Archived));
        self.wanted.push((self.documents.len(), Copy::Live));
        self.pending.insert(channel.as_str().to_owned());
        self.by_channel.insert(channel.as_str().to_owned(), self.documents.len());
        self.documents.push(Document { whose, channel, links, keys, live: None, archived: None });
    }

    fn want_what_it_names(&mut self, at: usize, copy: Copy) {
        let Some(document) = self.documents.get(at) else { return };
        let Some(told) = document.told(copy) else { return };
        let mut found = Vec::new();
        for presence in told.timeline.presences() {
            match presence.what {
                // Also under the keys that it had before: whoever changes a password makes another channel.
                What::SharedFolder | What::OldFolder => {
                    let entries = presence.said().map(|data| Entry::alone(presence.kind(), data));
                    let opened = entries.filter_map(|entry| opened_by(entry, document.links.as_ref()));
                    found.extend(opened.map(|opens| (Whose::Folder, opens.channel, opens.keys, opens.links)));
                }
                What::Team => found.extend(presence.said().filter_map(team)),
                What::File | What::Link | What::Calendar => {}
            }
        }
        let holder = document.channel.as_str().to_owned();
        for (whose, channel, keys, links) in found {
            self.add(whose, channel, keys, links);
        }
        self.want_kept(&holder);
    }
}

type Opened = (Whose, ChannelId, MessageKeys, Option<HrefCipher>);

/// What opens the drive of a team, as its entry said last.
fn team(data: &Value) -> Option<Opened> {
    let entry = TeamEntry::of(data);
    let secrets = secrets_from_hash("team", entry.hash()?, entry.password()).ok()?;
    let channel = ChannelId::parse(secrets.channel.as_deref()?)?;
    let links = secrets.keys.as_ref().and_then(|keys| keys.secondary_key.as_ref());
    Some((
        Whose::Team,
        channel,
        secrets.message_keys().ok()?,
        links.and_then(|key| HrefCipher::new(key).ok()),
    ))
}
