//! Keys that no server and no other device can take away, and tombstones for what is said to be deleted (I3).
//!
//! An entry of a drive is the only copy of a document's keys. When one vanishes from the drive, or the server
//! says that its channel was deleted, what opens it is kept here until the user decides. A key is a channel *and* a
//! link ([`Link`]): nobody can take the place of another's key. What is kept of an entry is bounded
//! (`opens`), and what a folder may take (`room`): a co-editor who fills a folder pushes out no key of the drive or
//! of another folder. The vault merges like the ledger.

mod gone;
mod held;
mod opens;
mod room;
mod rows;

use crate::compact::sorted;
use crate::crypto::hash::sha256;
use crate::document::{Entry, Link, Links, Worth};
use crate::encoding::encode_hex;
use crate::error::{Code, Error};
use crate::guard::join::{find, join};
use crate::json::{Text, Value, canonical};
use crate::names::names;
use crate::ports::UnixMillis;
use crate::secret::SecretText;

pub use gone::{Vanished, gone, held, vanished};
pub use held::Held;

/// The longest reason that is kept of a server's notice, in characters.
const REASON: usize = 64;
/// The most notices that are kept.
const STONES: usize = 4096;
/// How many keys of one channel are kept from one document, beside those that certainly read it or write to it: links
/// that only claim to lead there cost nothing to make up. So many of the first, and as many of the last.
const VARIANTS: usize = 16;
/// The most that the keys of one folder take, in bytes, and all of them: some ten thousand, and eight times that.
const FOLDER_ROOM: usize = 4 * 1024 * 1024;
const ROOM: usize = 8 * FOLDER_ROOM;

names! {
    /// What the user decided about a key. In this order when two devices decided in the same moment.
    #[derive(PartialOrd, Ord)]
    Decision, "What the user decided about a key that is kept.":
    /// The user gave it up; the key itself is gone from the vault.
    Discarded = "discarded",
    /// It was put back into the drive.
    Restored = "restored",
    /// Nothing yet.
    Open = "open",
}

/// A key that is kept.
#[derive(Debug, Clone)]
pub struct KeptKey {
    /// When it was put here or decided about.
    pub at: UnixMillis,
    /// What the user decided.
    pub decision: Decision,
    /// The document whose entry it was.
    pub folder: Text,
    /// Whether it is the entry of a shared folder.
    pub shared_folder: bool,
    channel: Text,
    /// What its links can do ([`Link::name`]): the name of the key among those of its channel.
    link: Text,
    worth: Worth,
    /// What opens it, as canonical JSON: links, password, channel, title.
    entry: SecretText,
}

impl KeptKey {
    /// How to open it, and its title; `null` once it was discarded.
    pub fn entry(&self) -> Value {
        Value::parse(self.entry.expose()).unwrap_or_default()
    }

    /// What it was called, as far as that is known.
    pub fn title(&self) -> Option<String> {
        Entry::alone(gone::kind(self.shared_folder), &self.entry()).any_title().map(str::to_owned)
    }

    /// A name for this key among all that are kept. It says nothing about the link.
    pub fn id(&self) -> String {
        encode_hex(sha256(self.place().as_wtf8()).get(..8).unwrap_or_default())
    }

    /// How sure it is that it opens its channel.
    pub fn worth(&self) -> Worth {
        self.worth
    }

    fn place(&self) -> Text {
        place(&self.channel, &self.link)
    }

    fn order(&self) -> (UnixMillis, Decision, &Text, bool, Worth, &str) {
        let Self { at, decision, folder, shared_folder, worth, entry, .. } = self;
        (*at, *decision, folder, *shared_folder, *worth, entry.expose())
    }

    fn later(self, other: Self) -> Self {
        if self.order() >= other.order() { self } else { other }
    }
}

/// Where a key is in the list: by channel, and for each by link. No channel has a line break in it.
fn place(channel: &Text, link: &Text) -> Text {
    Text::from_utf16(&[channel, link].map(Text::to_utf16).join(&u16::from(b'\n')))
}

/// What somebody said about a channel: that it was deleted, and why.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Tombstone {
    /// When it was said.
    pub at: UnixMillis,
    /// The word for it, as the server gave it: `ARCHIVE_OWNED`, `EXPIRED`, `INACTIVE`, or any other.
    pub reason: Text,
    /// Who said so: `server`, or the device and session that saw its entry vanish.
    pub by: Text,
}

impl Tombstone {
    /// Whether it was not taken back: the channel was not read since.
    pub fn stands(&self) -> bool {
        !self.reason.is_empty()
    }
}

/// Kept keys and tombstones by channel.
#[derive(Debug, Clone, Default)]
pub struct Vault {
    /// By channel and link.
    keys: Vec<(Text, KeptKey)>,
    tombstones: Vec<(Text, Tombstone)>,
    /// Rows that this version does not know, as JSON: a later one may.
    unknown: Vec<(Text, SecretText)>,
    /// The user's own drive.
    home: Option<Text>,
}

impl Vault {
    /// Says which document is the user's own drive: in it only the user's devices write.
    pub fn at_home(&mut self, drive: &Text) {
        self.home = Some(drive.clone());
    }

    /// Somebody says that a channel was deleted. The reason changes nothing but what is shown.
    /// Whether that is news.
    pub fn bury(&mut self, channel: &Text, at: UnixMillis, reason: &str, by: &Text) -> bool {
        let reason: String = reason.chars().take(REASON).collect();
        // The first notice stands; the same words every session are no news.
        if find(&self.tombstones, channel).is_some_and(|known| known.reason == *reason.as_str()) {
            return false;
        }
        self.put_stone(channel, at, reason.into(), by);
        true
    }

    /// A channel that was said to be deleted was read again. Whether that is news.
    pub fn unbury(&mut self, channel: &Text, at: UnixMillis, by: &Text) -> bool {
        let buried = find(&self.tombstones, channel).is_some_and(Tombstone::stands);
        if buried {
            self.put_stone(channel, at, "".into(), by);
        }
        buried
    }

    fn put_stone(&mut self, channel: &Text, at: UnixMillis, reason: Text, by: &Text) {
        let at = find(&self.tombstones, channel).map_or(at, |known| at.max(known.at.next()));
        let stone = Tombstone { at, reason, by: by.clone() };
        self.tombstones =
            join(std::mem::take(&mut self.tombstones), vec![(channel.clone(), stone)], &Ord::max);
        if self.tombstones.len() > STONES {
            let newest = sorted(std::mem::take(&mut self.tombstones), &|(_, a), (_, b)| b.at.cmp(&a.at));
            let newest = newest.into_iter().take(STONES).collect();
            self.tombstones = sorted(newest, &|(a, _), (b, _)| a.cmp(b));
        }
    }

    /// Keeps the entry of a channel, whose links are plain. Whether that changed anything.
    pub fn keep(&mut self, vanished: &Vanished, folder: &Text, at: UnixMillis) -> bool {
        let link = Link::of(&vanished.channel, vanished.entry(), Links::Plain);
        self.keep_all(&[(vanished.clone(), link)], folder, at)
    }

    /// Keeps what vanished from a document, each with the links that it had. One that is kept already stays as it is,
    /// unless it was decided about before: then it is open again. Whether that changed anything.
    pub fn keep_all(&mut self, gone: &[(Vanished, Link<'_>)], folder: &Text, at: UnixMillis) -> bool {
        let mut new = Vec::new();
        for (vanished, link) in gone {
            let mut key = KeptKey {
                at,
                decision: Decision::Open,
                folder: folder.clone(),
                shared_folder: vanished.shared_folder,
                channel: vanished.channel.clone(),
                link: link.name(),
                worth: link.worth(),
                entry: SecretText::new(canonical(&opens::opening(vanished.entry()))),
            };
            let place = key.place();
            match find(&self.keys, &place) {
                // Where it stood in the user's own drive, it was as the user had it.
                Some(known)
                    if known.decision == Decision::Open
                        && (self.home.as_ref() != Some(folder) || known.folder == *folder) =>
                {
                    continue;
                }
                Some(known) => key.at = at.max(known.at.next()),
                None => {}
            }
            new.push((place, key));
        }
        let before = self.keys.len();
        let changed = new.iter().filter(|(place, _)| find(&self.keys, place).is_some()).count();
        let new = crate::guard::join::ordered(new, &KeptKey::later);
        self.keys = join(std::mem::take(&mut self.keys), new, &KeptKey::later);
        self.bound();
        changed > 0 || self.keys.len() > before
    }

    /// Leaves out what is more than the bounds allow.
    fn bound(&mut self) {
        let mut drop = Vec::new();
        for variants in self.keys.chunk_by(|(_, a), (_, b)| a.channel == b.channel) {
            if variants.len() <= 2 * VARIANTS {
                continue;
            }
            let unsure =
                variants.iter().filter(|(_, key)| !matches!(key.link.as_str(), Some("edit" | "view")));
            let order = |key: &KeptKey| (core::cmp::Reverse(key.worth), key.at);
            let unsure = sorted(unsure.collect(), &|(_, a), (_, b)| {
                a.folder.cmp(&b.folder).then_with(|| order(a).cmp(&order(b)))
            });
            for folder in unsure.chunk_by(|(_, a), (_, b)| a.folder == b.folder) {
                let middle = VARIANTS..folder.len().saturating_sub(VARIANTS);
                drop.extend(folder.get(middle).unwrap_or_default().iter().map(|(place, _)| place.clone()));
            }
        }
        if !drop.is_empty() {
            let drop = sorted(drop, &Text::cmp);
            self.keys.retain(|(place, _)| drop.binary_search(place).is_err());
        }
        let bytes = |key: &KeptKey| key.entry.expose().len() + rows::REST;
        if self.keys.iter().map(|(_, key)| bytes(key)).sum::<usize>() > FOLDER_ROOM {
            let kept = room::fill(self, ROOM, FOLDER_ROOM, &bytes).into_iter().map(KeptKey::place);
            let kept = sorted(kept.collect(), &Text::cmp);
            self.keys.retain(|(place, _)| kept.binary_search(place).is_ok());
        }
    }

    /// The user decided about the key of a channel that [`Self::key`] gives. A discarded key is wiped; there is no
    /// other way for a key to leave (I3).
    ///
    /// # Errors
    /// `misuse/bad-argument` when there is no such key, or it was discarded before.
    pub fn decide(&mut self, channel: &Text, decision: Decision, at: UnixMillis) -> Result<(), Error> {
        self.decide_on(channel, None, decision, at)
    }

    /// As [`Self::decide`], about the key of this id.
    ///
    /// # Errors
    /// As there.
    pub fn decide_on(
        &mut self,
        channel: &Text,
        id: Option<&str>,
        decision: Decision,
        at: UnixMillis,
    ) -> Result<(), Error> {
        let mut key = self
            .key_of(channel, id)
            .filter(|key| key.decision != Decision::Discarded)
            .cloned()
            .ok_or_else(|| Error::new(Code::MisuseBadArgument, "the vault holds no such key"))?;
        key.at = at.max(key.at.next());
        key.decision = decision;
        if decision == Decision::Discarded {
            key.entry = SecretText::new("null".to_owned());
        }
        self.put(key);
        Ok(())
    }

    /// Entries that stand in a drive close the kept keys that can do no more than they. Returns whether there were
    /// any.
    pub fn found(&mut self, held: &mut Held<'_>, folder: &Text, links: Links<'_>, at: UnixMillis) -> bool {
        let mut back = Vec::new();
        for (_, key) in &self.keys {
            if key.decision != Decision::Open || !held.names(&key.channel) {
                continue;
            }
            // Only there its links are encrypted as they were.
            let links = if key.folder == *folder { links } else { Links::Plain };
            let entry = key.entry();
            let entry = Entry::alone(gone::kind(key.shared_folder), &entry);
            if held.covers(&key.channel, &Link::of(&key.channel, entry, links)) {
                let at = at.max(key.at.next());
                back.push(KeptKey { decision: Decision::Restored, at, ..key.clone() });
            }
        }
        let found = !back.is_empty();
        back.into_iter().for_each(|key| self.put(key));
        found
    }

    /// Whether such a key is here, whatever was decided about it.
    pub fn knows(&self, vanished: &Vanished, link: &Link<'_>) -> bool {
        find(&self.keys, &place(&vanished.channel, &link.name())).is_some()
    }

    /// Whether the user has to decide about any key.
    pub fn asks(&self) -> bool {
        self.keys.iter().any(|(_, key)| key.decision == Decision::Open)
    }

    /// Whether nothing was ever kept or said.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty() && self.tombstones.is_empty() && self.unknown.is_empty()
    }

    /// The best key of a channel, also one that was decided about: one that certainly opens it before one that may, one
    /// of the user's own drive before one of a folder, then the one that vanished first.
    pub fn key(&self, channel: &Text) -> Option<&KeptKey> {
        self.key_of(channel, None)
    }

    /// The key of a channel with this id; without one, the best.
    pub fn key_of(&self, channel: &Text, id: Option<&str>) -> Option<&KeptKey> {
        let start = self.keys.partition_point(|(_, key)| key.channel < *channel);
        let keys = self.keys.iter().skip(start).map(|(_, key)| key);
        let mut keys = keys.take_while(|key| key.channel == *channel);
        let rank = |key: &KeptKey| {
            let home = self.home.as_ref() == Some(&key.folder);
            (key.decision != Decision::Discarded, key.worth, home, key.decision, core::cmp::Reverse(key.at))
        };
        match id {
            Some(id) => keys.find(|key| key.id() == id),
            None => keys.reduce(|best, key| if rank(key) > rank(best) { key } else { best }),
        }
    }

    /// Every key, in the order of the channels.
    pub fn keys(&self) -> impl Iterator<Item = (&Text, &KeptKey)> {
        self.keys.iter().map(|(_, key)| (&key.channel, key))
    }

    /// Every tombstone that stands, in the order of the channels.
    pub fn tombstones(&self) -> impl Iterator<Item = (&Text, &Tombstone)> {
        let stones = self.tombstones.iter().filter(|(_, stone)| stone.stands());
        stones.map(|(channel, stone)| (channel, stone))
    }

    /// What either kept, and the later decision.
    #[must_use]
    pub fn merge(self, other: Self) -> Self {
        Self {
            keys: join(self.keys, other.keys, &KeptKey::later),
            tombstones: join(self.tombstones, other.tombstones, &Ord::max),
            unknown: join(self.unknown, other.unknown, &|ours, _| ours),
            home: self.home.or(other.home),
        }
    }

    fn put(&mut self, key: KeptKey) {
        self.keys = join(std::mem::take(&mut self.keys), vec![(key.place(), key)], &KeptKey::later);
    }
}
