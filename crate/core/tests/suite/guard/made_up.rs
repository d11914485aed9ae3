//! Ids, documents and records out of small alphabets, so that they meet.

use pinfold_core::error::Code;
use pinfold_core::guard::cause::Cause;
use pinfold_core::guard::ledger::{Book, FolderRecord, Ledger, Record, Sent, Since, State};
use pinfold_core::ids::{EdPublic, IdSet, MessageHash, PinId};
use pinfold_core::json::Text;
use pinfold_core::pins::seen::{Place, Seen, SeenFolder, Sight};
use pinfold_core::ports::UnixMillis;
use proptest::prelude::*;

/// What one loading saw, owned.
#[derive(Debug, Clone)]
pub struct Sightings {
    pub ids: IdSet,
    pub folders: Vec<SeenFolder>,
}

impl Sightings {
    pub fn of(folders: Vec<SeenFolder>) -> Self {
        let ids = folders.iter().flat_map(|folder| folder.ids.iter().cloned()).collect();
        Self { ids, folders }
    }

    pub fn seen(&self) -> Seen<'_> {
        Seen { ids: &self.ids, folders: &self.folders }
    }
}

pub fn text(name: impl Into<String>) -> Text {
    Text::from(name.into())
}

pub fn hash(name: &str) -> Option<MessageHash> {
    MessageHash::of(name)
}

/// A document that was read, with these ids.
pub fn read(channel: &str, ids: &[&str]) -> SeenFolder {
    let ids = ids.iter().map(|id| PinId::parse(id).unwrap()).collect();
    let place = Place { base: hash("first"), head: hash("last"), rolled_back: false };
    SeenFolder { channel: text(channel), sight: Sight::Read(place), ids, made_anew: false }
}

/// One that was not.
pub fn unread(channel: &str, code: Code) -> SeenFolder {
    SeenFolder { channel: text(channel), sight: Sight::Unread(code), ids: IdSet::new(), made_anew: false }
}

/// One that was shown in an older state.
pub fn rolled_back(channel: &str, ids: &[&str]) -> SeenFolder {
    let mut folder = read(channel, ids);
    folder.sight = Sight::Read(Place { base: hash("first"), head: hash("before"), rolled_back: true });
    folder
}

/// One that was read, and that a client seems to have made anew.
pub fn made_anew(channel: &str, ids: &[&str]) -> SeenFolder {
    SeenFolder { made_anew: true, ..read(channel, ids) }
}

pub fn cause() -> impl Strategy<Value = Cause> {
    proptest::sample::select(Cause::ALL.to_vec())
}

fn state() -> impl Strategy<Value = State> {
    prop_oneof![Just(State::Held), cause().prop_map(State::Leaving), cause().prop_map(State::Gone)]
}

/// `root` and three folders.
pub fn channel() -> impl Strategy<Value = Text> {
    proptest::sample::select(vec!["root", "f1", "f2", "f3"]).prop_map(Text::from)
}

pub fn id() -> impl Strategy<Value = Text> {
    "[a-h]".prop_map(Text::from)
}

fn device() -> impl Strategy<Value = Text> {
    "[xyz]".prop_map(Text::from)
}

/// An hour: what the shortest wait lasts.
pub const HOUR: u64 = 3_600_000;

fn since() -> impl Strategy<Value = Since> {
    (0u64..6, prop::option::of(0u64..6), any::<bool>(), any::<bool>()).prop_map(
        |(device, server, agreed, own)| Since {
            device: UnixMillis(device * HOUR),
            server: server.map(|hours| UnixMillis(hours * HOUR)),
            agreed,
            own,
        },
    )
}

fn record() -> impl Strategy<Value = Record> {
    (0u64..6, state(), device(), channel(), prop::option::of(since())).prop_map(
        |(at, state, by, folder, since)| Record { at: UnixMillis(at * HOUR), state, by, folder, since },
    )
}

fn folder_record() -> impl Strategy<Value = FolderRecord> {
    (0u64..6, 0u64..3, "[a-c]?", "[a-c]?", device()).prop_map(|(at, count, head, base, by)| FolderRecord {
        at: UnixMillis(at),
        count,
        head: hash(&head),
        base: hash(&base),
        by,
    })
}

fn sent() -> impl Strategy<Value = Sent> {
    (0u64..6, 0u64..3, device(), "[a-c]").prop_map(|(at, count, by, hash)| Sent {
        at: UnixMillis(at),
        count,
        hashes: [hash.clone(), format!("{hash}#"), format!("{hash}##")],
        by,
    })
}

pub fn book() -> impl Strategy<Value = Book> {
    (
        proptest::collection::vec((id(), record()), 0..10),
        proptest::collection::vec((channel(), folder_record()), 0..5),
        proptest::option::of(sent()),
    )
        .prop_map(|(ids, folders, sent)| Book::of(ids, folders, sent))
}

pub fn owner() -> impl Strategy<Value = EdPublic> {
    "[AB]".prop_map(|letter| EdPublic::parse(&letter.repeat(44)).unwrap())
}

pub fn ledger() -> impl Strategy<Value = Ledger> {
    proptest::collection::vec((owner(), book()), 0..3).prop_map(|books| {
        let mut ledger = Ledger::default();
        books.into_iter().for_each(|(owner, book)| ledger.learn(&owner, book));
        ledger
    })
}

fn folder(channel: &'static str) -> impl Strategy<Value = SeenFolder> {
    let ids = || proptest::collection::vec(id(), 0..5);
    let code =
        proptest::sample::select(vec![Code::FolderTimeout, Code::FolderMissing, Code::FolderRestricted]);
    prop_oneof![
        4 => ids().prop_map(move |ids| {
            let ids: Vec<&str> = ids.iter().filter_map(Text::as_str).collect();
            read(channel, &ids)
        }),
        1 => ids().prop_map(move |ids| {
            let ids: Vec<&str> = ids.iter().filter_map(Text::as_str).collect();
            rolled_back(channel, &ids)
        }),
        1 => ids().prop_map(move |ids| {
            let ids: Vec<&str> = ids.iter().filter_map(Text::as_str).collect();
            made_anew(channel, &ids)
        }),
        1 => code.prop_map(move |code| unread(channel, code)),
    ]
}

/// A root that was read, and up to three folders in any state.
pub fn sightings() -> impl Strategy<Value = Sightings> {
    let root = proptest::collection::vec(id(), 0..5);
    let folders = (
        proptest::option::of(folder("f1")),
        proptest::option::of(folder("f2")),
        proptest::option::of(folder("f3")),
    );
    (root, folders).prop_map(|(root, (f1, f2, f3))| {
        let mut root: Vec<&str> = root.iter().filter_map(Text::as_str).collect();
        root.push("drive");
        let folders = [Some(read("root", &root)), f1, f2, f3].into_iter().flatten();
        Sightings::of(folders.collect())
    })
}
