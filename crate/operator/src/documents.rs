//! The documents of a survey, and those of a plan, 49 bytes for a channel: a store has millions.
//!
//! A document has three files with seven figures each. What is judged are sums and latest times of them, so those are what is kept:
//!
//! ```text
//! id 16, size of the main file 6, bytes of all files 6, last change 6, last sign of life 6, number of the main file 8, what is there 1
//! ```
//!
//! Sizes and times have six bytes: 256 TB, and four thousand years to either side of 1970; what lies beyond counts as the largest.
//! Whatever is no channel, or has an odd id, has 80 bytes in a table of its own. Copies of a table share it.

use pinfold_datadir::disk::Stat;
use pinfold_datadir::id::ItemId;
use pinfold_datadir::walk::Item;
use std::sync::Arc;

use crate::journal::Seen;

const BODY: u8 = 1;
const METADATA: u8 = 2;
const ACTIVITY: u8 = 4;
const PLACEHOLDER: u8 = 8;

const LARGEST: u64 = (1 << 48) - 1;
const LATEST: i64 = (1 << 47) - 1;

/// Six bytes of a number.
type Six = [u8; 6];

fn six(of: u64) -> Six {
    let [_, _, six @ ..] = of.min(LARGEST).to_be_bytes();
    six
}

fn number(of: Six) -> u64 {
    of.iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte))
}

/// A time in ms, moved so that it is no negative number.
fn time(of: i64) -> Six {
    six((of.clamp(-LATEST - 1, LATEST) + LATEST + 1).unsigned_abs())
}

fn ms(of: Six) -> i64 {
    number(of).cast_signed() - LATEST - 1
}

/// What is kept of a document beside its id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Figures {
    size: Six,
    bytes: Six,
    changed: Six,
    touched: Six,
    inode: [u8; 8],
    has: u8,
}

impl Figures {
    fn of(item: &Item) -> Self {
        let has = |part: &Option<Stat>, bit| if part.is_some() { bit } else { 0 };
        let main = item.body.as_ref().or(item.metadata.as_ref());
        let latest = |of: fn(&Stat) -> i64| item.parts().map(of).max().unwrap_or(-LATEST);
        Self {
            size: six(main.map_or(0, |stat| stat.size)),
            bytes: six(item.bytes()),
            changed: time(latest(|stat| stat.mtime)),
            touched: time(latest(|stat| stat.mtime.max(stat.atime).max(stat.ctime))),
            inode: main.map_or(0, |stat| stat.inode).to_be_bytes(),
            has: has(&item.body, BODY)
                | has(&item.metadata, METADATA)
                | has(&item.activity, ACTIVITY)
                | if item.has_placeholder { PLACEHOLDER } else { 0 },
        }
    }
}

/// A channel or a blob at one of its places, as a look at the store saw it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// Its id.
    pub id: ItemId,
    figures: Figures,
}

impl Document {
    fn has(&self, bits: u8) -> bool {
        self.figures.has & bits != 0
    }

    /// Whether the log or the body is there.
    pub fn has_body(&self) -> bool {
        self.has(BODY)
    }

    /// Whether any of its files is there, with the placeholder left out.
    pub fn is_there(&self) -> bool {
        self.has(BODY | METADATA | ACTIVITY)
    }

    /// Whether a placeholder stands beside it.
    pub fn has_placeholder(&self) -> bool {
        self.has(PLACEHOLDER)
    }

    /// The size of all its files in bytes.
    pub fn bytes(&self) -> u64 {
        number(self.figures.bytes)
    }

    /// When it was last changed, in ms: the newest of its files. A blob's activity file and its body both count, so that an old
    /// activity file does not outweigh a new body. `None` where nothing is there, and for a blob without a body: nobody can ask for it.
    pub fn changed(&self) -> Option<i64> {
        let asked_for = !self.id.is_blob() || self.has_body();
        (asked_for && self.is_there()).then(|| ms(self.figures.changed))
    }

    /// The latest of all times of its files, in ms: when somebody last changed, read, renamed or moved one.
    pub fn touched(&self) -> i64 {
        ms(self.figures.touched)
    }

    /// The size of its main file, the last change of any of its files, the number of its main file. If they are the same later, it did
    /// not change.
    pub fn seen(&self) -> Option<Seen> {
        let Figures { size, changed, inode, .. } = self.figures;
        self.has(BODY | METADATA).then(|| (number(size), ms(changed), u64::from_be_bytes(inode)))
    }
}

/// A table of documents: channels in the order in which they came, then everything else.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Documents {
    channels: Arc<Vec<([u8; 16], Figures)>>,
    others: Arc<Vec<(ItemId, Figures)>>,
}

impl Documents {
    /// Adds one.
    pub(crate) fn push(&mut self, item: &Item) {
        self.add(item.id.clone(), Figures::of(item));
    }

    /// Adds what a line of a plan says of one. Answers whether it is among the channels.
    pub(crate) fn push_seen(&mut self, id: ItemId, bytes: u64, seen: Option<Seen>) -> bool {
        let (size, changed, inode) = seen.unwrap_or_default();
        let figures = Figures {
            size: six(size),
            bytes: six(bytes),
            changed: time(changed),
            touched: time(changed),
            inode: inode.to_be_bytes(),
            has: if seen.is_some() { BODY } else { ACTIVITY },
        };
        self.add(id, figures)
    }

    fn add(&mut self, id: ItemId, figures: Figures) -> bool {
        match id {
            ItemId::Channel(bytes) => {
                Arc::make_mut(&mut self.channels).push((bytes, figures));
                true
            }
            other => {
                Arc::make_mut(&mut self.others).push((other, figures));
                false
            }
        }
    }

    /// Puts them in the order of ids, so that they can be found.
    pub(crate) fn sort(&mut self) {
        Arc::make_mut(&mut self.channels).sort_unstable_by_key(|(id, _)| *id);
        Arc::make_mut(&mut self.others).sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
    }

    /// How many there are, those included of which only a placeholder is left.
    pub fn len(&self) -> usize {
        self.channels.len() + self.others.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub(crate) fn channels(&self) -> impl Iterator<Item = Document> + '_ {
        self.channels.iter().map(|(id, figures)| Document { id: ItemId::Channel(*id), figures: *figures })
    }

    pub(crate) fn others(&self) -> impl Iterator<Item = Document> + '_ {
        self.others.iter().map(|(id, figures)| Document { id: id.clone(), figures: *figures })
    }

    /// Each of them: channels, then everything else.
    pub fn iter(&self) -> impl Iterator<Item = Document> + '_ {
        self.channels().chain(self.others())
    }

    /// Those of which any file is there.
    pub fn there(&self) -> impl Iterator<Item = Document> + '_ {
        self.iter().filter(Document::is_there)
    }

    /// The one with an id. Of a survey, whose documents are in order.
    pub fn find(&self, id: &ItemId) -> Option<Document> {
        let figures = match id {
            ItemId::Channel(bytes) => {
                let at = self.channels.binary_search_by_key(bytes, |(id, _)| *id).ok()?;
                self.channels.get(at)?.1
            }
            other => {
                let at = self.others.binary_search_by(|(id, _)| id.cmp(other)).ok()?;
                self.others.get(at)?.1
            }
        };
        Some(Document { id: id.clone(), figures })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use pinfold_datadir::disk::Kind;
    use proptest::prelude::*;

    fn stat() -> impl Strategy<Value = Option<Stat>> {
        let times = (-5_i64..1 << 45, -5_i64..1 << 45, -5_i64..1 << 45);
        let stat = (0_u64..1 << 40, times, any::<u64>()).prop_map(|(size, (mtime, atime, ctime), inode)| {
            Stat { kind: Kind::File, size, mtime, atime, ctime, inode, device: 1 }
        });
        prop::option::of(stat)
    }

    #[test]
    fn a_channel_has_49_bytes() {
        assert_eq!(size_of::<([u8; 16], Figures)>(), 49);
        for at in [0, -1, 1, i64::MIN, i64::MAX, LATEST, -LATEST] {
            assert_eq!(ms(time(at)), at.clamp(-LATEST - 1, LATEST));
        }
        assert_eq!((number(six(LARGEST)), number(six(u64::MAX)), number(six(258))), (LARGEST, LARGEST, 258));
    }

    proptest! {
        #[test]
        fn what_is_judged_is_what_the_files_say(
            ids in prop::collection::btree_set("[0-2]{32}|[0-1]{48}|[0A]{32}", 0..9),
            parts in prop::collection::vec((stat(), stat(), stat(), any::<bool>()), 9),
        ) {
            let items: Vec<Item> = ids.iter().zip(parts).map(|(id, (body, metadata, activity, has_placeholder))| {
                Item { id: id.parse().unwrap(), body, metadata, activity, has_placeholder }
            }).collect();
            let mut documents = Documents::default();
            items.iter().rev().for_each(|item| documents.push(item));
            documents.sort();
            prop_assert_eq!(documents.iter().count(), items.len());
            for item in &items {
                let found = documents.find(&item.id).unwrap();
                let all = || item.parts();
                prop_assert_eq!(found.bytes(), item.bytes());
                prop_assert_eq!((found.has_body(), found.has_placeholder()), (item.body.is_some(), item.has_placeholder));
                prop_assert_eq!(found.is_there(), all().next().is_some());
                let changed = all().map(|stat| stat.mtime).max();
                prop_assert_eq!(found.changed(), changed.filter(|_| !item.id.is_blob() || item.body.is_some()));
                let touched = all().flat_map(|stat| [stat.mtime, stat.atime, stat.ctime]).max();
                prop_assert_eq!(Some(found.touched()).filter(|_| found.is_there()), touched);
                let main = item.body.or(item.metadata);
                prop_assert_eq!(found.seen(), main.zip(changed).map(|(main, at)| (main.size, at, main.inode)));
            }
        }
    }
}
