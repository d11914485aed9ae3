//! The ledger in few bytes: nothing else than the ledger, and never more than there is room for.

use super::made_up::{hash, ledger, owner, text};
use pinfold_core::error::Code;
use pinfold_core::guard::cause::Cause;
use pinfold_core::guard::ledger::{Book, FolderRecord, Ledger, Record, Sent, State};
use pinfold_core::guard::packed::{pack, unpack};
use pinfold_core::ids::EdPublic;
use pinfold_core::json::Text;
use pinfold_core::ports::UnixMillis;
use proptest::prelude::*;

const PLENTY: usize = 1 << 20;

proptest! {
    #[test]
    fn with_room_for_all_it_reads_back(ledger in ledger()) {
        prop_assert_eq!(unpack(&pack(&ledger, PLENTY)).unwrap(), ledger);
    }

    /// Whatever is left out: what is there is what the ledger says, and a list is named with all of its ids or not.
    #[test]
    fn with_less_it_is_a_part_of_it(ledger in ledger(), room in 0usize..1500, owner in owner()) {
        let packed = pack(&ledger, room);
        let part = unpack(&packed).unwrap();
        prop_assert!(room < 200 || packed.len() <= room, "{} bytes in {}", packed.len(), room);
        prop_assert_eq!(ledger.clone().merge(part.clone()), ledger.clone());
        let (whole, part) = (ledger.book(&owner), part.book(&owner));
        if part.sent().is_some() {
            let needed = whole.records().filter(|(_, record)| !matches!(record.state, State::Gone(_)));
            for (id, record) in needed {
                prop_assert_eq!(part.record(id), Some(record));
            }
        }
    }

    #[test]
    fn what_is_damaged_is_refused_or_a_ledger(ledger in ledger(), at: prop::sample::Index, byte: u8, cut: bool) {
        let mut packed = pack(&ledger, PLENTY);
        let at = at.index(packed.len());
        packed[at] = byte;
        if cut {
            packed.truncate(at);
        }
        if let Err(error) = unpack(&packed) {
            prop_assert_eq!(error.code(), Code::GuardUnreadable);
        }
    }
}

fn me() -> EdPublic {
    EdPublic::parse(&"A".repeat(44)).unwrap()
}

fn id(number: u64) -> Text {
    text(format!("{number:032x}"))
}

fn record(at: u64, state: State, folder: &Text) -> Record {
    Record { at: UnixMillis(at), state, by: text("device/one"), folder: folder.clone(), since: None }
}

/// The account's own document, which names itself, a folder that was read with it, and one that was not.
fn account(each: u64) -> Ledger {
    let (root, read, unread) = (id(1), id(2), id(3));
    let mut ids: Vec<_> =
        [&root, &read, &unread].map(|id| (id.clone(), record(90, State::Held, &root))).into();
    for (folder, at, first) in [(&root, 90, 10_000), (&read, 90, 20_000), (&unread, 50, 30_000)] {
        ids.extend((first..first + each).map(|number| (id(number), record(at, State::Held, folder))));
    }
    ids.push((id(7), record(60, State::Leaving(Cause::RemovedHere), &root)));
    ids.push((id(8), record(60, State::Gone(Cause::RemovedHere), &root)));
    let place =
        |at| FolderRecord { at, count: each, head: hash("head"), base: hash("base"), by: text("d/1") };
    let folders =
        vec![(root, place(UnixMillis(90))), (read, place(UnixMillis(90))), (unread, place(UnixMillis(50)))];
    let sent = Sent {
        at: UnixMillis(90),
        count: 3 * each,
        hashes: ["h".into(), "i".into(), "j".into()],
        by: text("d/1"),
    };
    let mut ledger = Ledger::default();
    ledger.learn(&me(), Book::of(ids, folders, Some(sent)));
    ledger
}

#[test]
fn an_id_costs_as_many_bytes_as_it_has() {
    let (few, many) = (pack(&account(10), PLENTY).len(), pack(&account(1010), PLENTY).len());
    assert_eq!((many - few).div_ceil(3000), 17, "16 and what the longer counts take");
}

#[test]
fn what_nobody_can_read_any_more_is_left_out_last() {
    let whole = account(500);
    let held = |room: usize| {
        let book = unpack(&pack(&whole, room)).unwrap().book(&me()).clone();
        let count = |first: u64| (first..first + 500).filter(|n| book.record(&id(*n)).is_some()).count();
        (count(30_000), count(20_000), count(10_000), book)
    };
    let (unread, read, root, book) = held(PLENTY);
    assert_eq!((unread, read, root, book.sent().is_some()), (500, 500, 500, true));
    assert!(book.record(&id(8)).is_some());
    // Without what went, and without some of the account's own, the list cannot be named.
    let (unread, read, root, book) = held(24_000);
    assert_eq!((unread, read, book.sent()), (500, 500, None));
    assert!((1..500).contains(&root) && book.record(&id(8)).is_none());
    let (unread, read, root, book) = held(12_000);
    assert_eq!((unread, root), (500, 0));
    assert!((1..500).contains(&read));
    // How many a document held, and where it was, is said of each; what waits to leave always.
    let folders = [1, 2, 3].map(|n| book.folder(&id(n)).map(|folder| folder.count));
    assert_eq!(folders, [Some(500); 3]);
    assert!(book.record(&id(7)).is_some());
}
