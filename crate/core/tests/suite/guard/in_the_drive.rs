//! The entry in the account document: devices that write in any order end with the union.

use super::made_up::{ledger, text};
use pinfold_core::guard::entry::{EntryKeys, FIELD, add_ledger, add_vault, ledger as read, vault};
use pinfold_core::guard::ledger::{Ledger, State};
use pinfold_core::guard::vault::{Decision, Vanished, Vault};
use pinfold_core::json::{Object, Value, parse, stringify};
use pinfold_core::ports::UnixMillis;
use proptest::prelude::*;

const DAY: u64 = 86_400_000;

fn keys() -> EntryKeys {
    EntryKeys::derive(b"a signing key")
}

fn account() -> Value {
    parse("{\"drive\":{\"root\":{}},\"uid\":\"u\"}").unwrap()
}

/// What other clients do to the field.
fn foreign() -> impl Strategy<Value = Option<Value>> {
    let shapes = ["null", "7", "[]", "{}", "{\"ledger\":{}}", "{\"ledger\":\"AAAA\",\"vault\":\"%\"}"];
    prop_oneof![
        4 => Just(None),
        1 => proptest::sample::select(shapes.to_vec()).prop_map(|text| Some(parse(text).unwrap())),
    ]
}

fn without_times(ledger: &Ledger) -> Vec<String> {
    let mut facts = Vec::new();
    for letter in ["A", "B"] {
        let owner = pinfold_core::ids::EdPublic::parse(&letter.repeat(44)).unwrap();
        let book = ledger.book(&owner);
        facts.extend(book.records().map(|(id, record)| format!("{letter} {id:?} {:?}", record.state)));
    }
    facts
}

proptest! {
    /// Each device knows something, writes when its turn comes, and others scribble in between. Once each has had
    /// another turn, all of it is there, and nobody has anything to add.
    #[test]
    fn devices_in_any_order_end_with_the_union(
        devices in proptest::collection::vec(ledger(), 1..4),
        turns in proptest::collection::vec((any::<prop::sample::Index>(), foreign()), 0..8),
    ) {
        let keys = keys();
        let mut document = account();
        let mut known = devices.clone();
        let turn = |known: &mut Ledger, document: &mut Value| {
            *known = known.clone().merge(read(document, &keys));
            add_ledger(document, &keys, known, UnixMillis(DAY - 1)).unwrap()
        };
        for (who, scribble) in turns {
            if let Some(scribble) = scribble {
                document.as_object_mut().unwrap().insert(FIELD, scribble);
            }
            turn(who.get_mut(&mut known), &mut document);
        }
        for _ in 0..2 {
            for device in &mut known {
                turn(device, &mut document);
            }
        }
        let union = devices.into_iter().fold(Ledger::default(), Ledger::merge);
        prop_assert_eq!(without_times(&read(&document, &keys)), without_times(&union));
        let before = stringify(&document);
        for device in &mut known {
            prop_assert!(!turn(device, &mut document), "what is known is written again");
        }
        prop_assert_eq!(stringify(&document), before);
        prop_assert_eq!(document.get("drive").cloned(), account().get("drive").cloned());
    }

    /// The same change, applied again to whatever others made of the document, is done once.
    #[test]
    fn writing_twice_is_writing_once(a in ledger(), b in ledger()) {
        let keys = keys();
        let mut document = account();
        add_ledger(&mut document, &keys, &a, UnixMillis(DAY - 1)).unwrap();
        add_ledger(&mut document, &keys, &b, UnixMillis(DAY - 1)).unwrap();
        let once = stringify(&document);
        prop_assert!(!add_ledger(&mut document, &keys, &b, UnixMillis(DAY - 1)).unwrap());
        prop_assert!(!add_ledger(&mut document, &keys, &a, UnixMillis(DAY - 1)).unwrap());
        prop_assert_eq!(stringify(&document), once);
    }
}

/// Devices that know more than there is room for: the entry stays in bounds, and they do not outbid each other.
#[test]
fn more_than_there_is_room_for_is_written_in_bounds_and_once() {
    use pinfold_core::guard::ledger::{Book, Record};
    let owner = pinfold_core::ids::EdPublic::parse(&"A".repeat(44)).unwrap();
    let device = |first: u64| {
        let record = Record {
            at: UnixMillis(first),
            state: State::Held,
            by: text("d"),
            folder: text(format!("f{first}")),
            since: None,
        };
        let ids = (first..first + 2000).map(|n| (text(format!("{n:032x}")), record.clone())).collect();
        let mut ledger = Ledger::default();
        ledger.learn(&owner, Book::of(ids, Vec::new(), None));
        ledger
    };
    let (keys, mut document) = (keys(), account());
    let mut devices = [device(1), device(10_000)];
    let mut writes = 0;
    for _ in 0..4 {
        for known in &mut devices {
            *known = known.clone().merge(read(&document, &keys));
            writes += usize::from(add_ledger(&mut document, &keys, known, UnixMillis(20_000)).unwrap());
        }
    }
    assert_eq!(writes, 2);
    let size = stringify(document.get(FIELD).unwrap()).len();
    assert!((40_000..50_000).contains(&size), "{size}");
    assert!(read(&document, &keys).book(&owner).records().count() > 2100);
}

#[test]
fn newer_times_alone_are_written_once_a_day() {
    use pinfold_core::guard::ledger::{Book, Record};
    let owner = pinfold_core::ids::EdPublic::parse(&"A".repeat(44)).unwrap();
    let seen = |at| {
        let record = Record { at, state: State::Held, by: text("d"), folder: text("f"), since: None };
        let mut ledger = Ledger::default();
        ledger.learn(&owner, Book::of(vec![(text("a"), record)], Vec::new(), None));
        ledger
    };
    let (keys, mut document) = (keys(), account());
    let mut write = |at| add_ledger(&mut document, &keys, &seen(at), at).unwrap();
    assert_eq!(
        [5, 6, DAY + 4, DAY + 5, DAY + 6].map(UnixMillis).map(&mut write),
        [true, false, false, true, false]
    );
}

fn lost(name: &str, size: usize) -> Vanished {
    let mut entry = Object::new();
    entry.insert("channel", name);
    entry.insert("title", "x".repeat(size));
    Vanished { channel: text(name), entry: entry.into(), shared_folder: false }
}

#[test]
fn kept_keys_and_decisions_reach_other_devices_through_the_document() {
    let (keys, mut document) = (keys(), account());
    assert!(!add_vault(&mut document, &keys, &Vault::default()).unwrap());
    let (mut one, mut two) = (Vault::default(), Vault::default());
    one.keep(&lost("a", 1), &text("root"), UnixMillis(5));
    two.keep(&lost("b", 1), &text("root"), UnixMillis(6));
    two.bury(&text("b"), UnixMillis(6), "EXPIRED", &text("server"));
    assert!(add_vault(&mut document, &keys, &one).unwrap());
    assert!(add_vault(&mut document, &keys, &two).unwrap());
    assert!(!add_vault(&mut document, &keys, &one).unwrap());
    let mut there = vault(&document, &keys);
    assert_eq!((there.keys().count(), there.tombstones().count()), (2, 1));
    assert!(!stringify(&document).contains("title"), "no key lies open");
    there.decide(&text("a"), Decision::Discarded, UnixMillis(9)).unwrap();
    assert!(add_vault(&mut document, &keys, &there).unwrap());
    assert!(vault(&document, &keys).key(&text("a")).unwrap().entry().is_null());
    // Another account's key opens nothing, and its writing takes the place of what it cannot open.
    assert!(vault(&document, &EntryKeys::derive(b"another")).is_empty());
}

#[test]
fn the_vault_in_the_drive_holds_what_is_undecided_first() {
    let (keys, mut document) = (keys(), account());
    let mut vault_here = Vault::default();
    for number in 0..100u64 {
        let name = format!("k{number}");
        vault_here.keep(&lost(&name, 400), &text("root"), UnixMillis(number));
        if number >= 50 {
            vault_here.decide(&text(name), Decision::Restored, UnixMillis(number + 1000)).unwrap();
        }
    }
    add_vault(&mut document, &keys, &vault_here).unwrap();
    let there = vault(&document, &keys);
    assert!((20..50).contains(&there.keys().count()));
    assert!(there.keys().all(|(_, key)| key.decision == Decision::Open && key.at >= UnixMillis(15)));
    assert!(stringify(document.get(FIELD).unwrap()).len() < 24_000);
}
