//! The ids that were sent, and the contents that each document last had: a memory that a server cannot take away (A6, B5).
//!
//! A [`Ledger`] has a [`Book`] for each key that pins are signed with (the user's, each team's). Books only
//! grow and merge: [`Ledger::merge`] is a join, so two devices or two tabs end up knowing what either knew,
//! in whatever order and however often they hear of each other (I7).

use crate::guard::cause::Cause;
use crate::guard::join::{find, join, ordered};
use crate::ids::{EdPublic, MessageHash};
use crate::json::Text;
use crate::net::place::Known;
use crate::ports::UnixMillis;

/// Whether an id has to be in the list. In this order: of two records of one moment, keeping wins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// It left the server's list, for this cause.
    Gone(Cause),
    /// It will leave, for this cause, once it has waited long enough.
    Leaving(Cause),
    /// It is named, or was when its document could last be read.
    Held,
}

/// Since when a removal waits, by each clock there is; none of them is believed alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Since {
    /// By the clock of the device that recorded it.
    pub device: UnixMillis,
    /// By the server's. Not before the wait began; `None` until the server told its time.
    pub server: Option<UnixMillis>,
    /// Whether the user agreed to it. Removals without a question are counted together.
    pub agreed: bool,
    /// Whether a client of the user's own removed it on purpose, and its key is kept: then it is not put back.
    pub own: bool,
}

/// What is known of one id. The order decides between two records of one id: the later one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Record {
    /// When this was recorded; for a held id, when it was last seen. Later than what it replaces, whatever
    /// the clocks say.
    pub at: UnixMillis,
    /// What became of it.
    pub state: State,
    /// The device and session that recorded it.
    pub by: Text,
    /// The document it last stood in.
    pub folder: Text,
    /// Since when it waits, or waited, or, of a held one, since when it is not named; an older version of this
    /// ledger did not say.
    pub since: Option<Since>,
}

/// Where a document was when it was last read. The order decides between two: the later one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct FolderRecord {
    /// When.
    pub at: UnixMillis,
    /// How many ids it named.
    pub count: u64,
    /// Its last message.
    pub head: Option<MessageHash>,
    /// The first message the server delivered of it.
    pub base: Option<MessageHash>,
    /// The device and session that read it.
    pub by: Text,
}

/// A list that the server confirmed. The order decides between two: the later one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Sent {
    /// When.
    pub at: UnixMillis,
    /// How many ids.
    pub count: u64,
    /// The hashes it may answer under: plain, tagged, tagged with the bare drive (PROTOCOL.md 11.3).
    pub hashes: [String; 3],
    /// The device and session that sent it.
    pub by: Text,
}

/// The memory of one key's pins.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Book {
    pub(super) ids: Vec<(Text, Record)>,
    pub(super) folders: Vec<(Text, FolderRecord)>,
    pub(super) sent: Option<Sent>,
}

/// The memory of all of an account's keys.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Ledger {
    pub(super) books: Vec<(Text, Book)>,
}

impl Ledger {
    /// What is known of one key's pins; an empty book when nothing is.
    pub fn book(&self, owner: &EdPublic) -> &Book {
        find(&self.books, &Text::from(owner.as_str())).unwrap_or(Book::empty())
    }

    /// What is known of an id of one key's pins.
    pub fn record(&self, owner: &EdPublic, id: &Text) -> Option<&Record> {
        find(&self.books, &Text::from(owner.as_str()))?.record(id)
    }

    /// Every book, by the key that its pins are signed with.
    pub fn books(&self) -> impl Iterator<Item = (&Text, &Book)> {
        self.books.iter().map(|(owner, book)| (owner, book))
    }

    /// Whether an id of a key waits to leave.
    pub fn waits(&self, owner: &EdPublic) -> bool {
        let book = find(&self.books, &Text::from(owner.as_str()));
        book.is_some_and(|book| book.ids.iter().any(|(_, record)| matches!(record.state, State::Leaving(_))))
    }

    /// Adds what a book knows.
    pub fn learn(&mut self, owner: &EdPublic, book: Book) {
        let other = Self { books: vec![(Text::from(owner.as_str()), book)] };
        *self = std::mem::take(self).merge(other);
    }

    /// The latest record of a document, whoever's pins it counts for.
    pub fn last_seen(&self, channel: &Text) -> Option<&FolderRecord> {
        self.books.iter().filter_map(|(_, book)| book.folder(channel)).max()
    }

    /// Where a document was seen before, for the next reading of it.
    pub fn place(&self, channel: &Text) -> Option<Known> {
        let record = self.last_seen(channel)?;
        Some(Known { base: record.base.clone()?, head: record.head.clone()? })
    }

    /// What either knew.
    #[must_use]
    pub fn merge(self, other: Self) -> Self {
        Self { books: join(self.books, other.books, &Book::merge) }
    }
}

impl Book {
    /// A book in which nothing stands.
    pub(crate) const fn empty() -> &'static Self {
        static EMPTY: Book = Book { ids: Vec::new(), folders: Vec::new(), sent: None };
        &EMPTY
    }

    /// A book of rows in any order.
    pub fn of(ids: Vec<(Text, Record)>, folders: Vec<(Text, FolderRecord)>, sent: Option<Sent>) -> Self {
        Self { ids: ordered(ids, &Ord::max), folders: ordered(folders, &Ord::max), sent }
    }

    /// What either knew.
    #[must_use]
    pub fn merge(self, other: Self) -> Self {
        Self {
            ids: join(self.ids, other.ids, &Ord::max),
            folders: join(self.folders, other.folders, &Ord::max),
            sent: self.sent.max(other.sent),
        }
    }

    /// What is known of an id.
    pub fn record(&self, id: &Text) -> Option<&Record> {
        find(&self.ids, id)
    }

    /// Everything that is known, in the order of the ids.
    pub fn records(&self) -> impl Iterator<Item = (&Text, &Record)> {
        self.ids.iter().map(|(id, record)| (id, record))
    }

    /// Where a document was when it was last read.
    pub fn folder(&self, channel: &Text) -> Option<&FolderRecord> {
        find(&self.folders, channel)
    }

    /// The channels of all documents that were read for it.
    pub fn folders(&self) -> impl Iterator<Item = &Text> {
        self.folders.iter().map(|(channel, _)| channel)
    }

    /// The list that the server confirmed last.
    pub fn sent(&self) -> Option<&Sent> {
        self.sent.as_ref()
    }

    /// When a held id was last seen.
    pub(super) fn last_read(&self) -> UnixMillis {
        let held = self.ids.iter().filter(|(_, record)| record.state == State::Held);
        held.map(|(_, record)| record.at).max().unwrap_or_default()
    }

    /// The server told its time, which is later than whatever is recorded here: waits that did not know it began no
    /// later than this.
    pub fn tell_server_time(&mut self, server: UnixMillis) {
        for (_, record) in &mut self.ids {
            if let (State::Leaving(_), Some(since)) = (record.state, &mut record.since) {
                since.server.get_or_insert(server);
            }
        }
    }

    /// Forgets ids that left the server's list before a moment, so that a book does not grow for ever. What
    /// is held or leaving stays, however much it is.
    pub fn forget_gone(&mut self, before: UnixMillis) {
        self.ids.retain(|(_, record)| !matches!(record.state, State::Gone(_)) || record.at >= before);
    }
}
