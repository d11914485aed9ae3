//! What a ledger in few bytes is counted to cost: never less than it takes, and little more, whatever it is made of.

use super::made_up::{hash, text};
use pinfold_core::guard::cause::Cause;
use pinfold_core::guard::ledger::{Book, FolderRecord, Ledger, Record, Sent, State};
use pinfold_core::guard::packed::{pack, unpack};
use pinfold_core::ids::EdPublic;
use pinfold_core::json::Text;
use pinfold_core::ports::UnixMillis;

fn owner(number: usize) -> EdPublic {
    EdPublic::parse(&format!("{number:A>44}")).unwrap()
}

fn common(number: usize) -> Text {
    text(format!("{number:032x}"))
}

fn record(at: u64, state: State) -> Record {
    Record { at: UnixMillis(at), state, by: text("device/one"), folder: common(0), since: None }
}

fn place(number: usize) -> (Text, FolderRecord) {
    let by = text("device/one");
    (
        common(number),
        FolderRecord { at: UnixMillis(90), count: 5, head: hash("head"), base: hash("base"), by },
    )
}

fn sent() -> Sent {
    let hashes = ["a", "b", "c"].map(|letter| letter.repeat(88));
    Sent { at: UnixMillis(90), count: 5, hashes, by: text("device/one") }
}

fn of(book: Book) -> Ledger {
    let mut ledger = Ledger::default();
    ledger.learn(&owner(0), book);
    ledger
}

fn held(ids: impl Iterator<Item = Text>) -> Vec<(Text, Record)> {
    ids.map(|id| (id, record(5, State::Held))).collect()
}

/// In every room it stays within, and nothing is left out of a room where more than `spare` bytes are left.
fn fills(ledger: &Ledger, spare: usize) {
    let whole = pack(ledger, 1 << 24).len();
    let mut left_out = 0;
    for room in (whole / 3..whole + 2 * spare).step_by(whole / 37) {
        let packed = pack(ledger, room);
        assert!(packed.len() <= room, "{} bytes in {room}", packed.len());
        if unpack(&packed).unwrap() != *ledger {
            left_out += 1;
            assert!(room - packed.len() <= spare, "{} bytes in {room}", packed.len());
        }
    }
    assert!(left_out > 10);
}

#[test]
fn ids_of_any_length() {
    fills(&of(Book::of(held((0..3000).map(common)), vec![], None)), 160);
    fills(&of(Book::of(held((0..2000).map(|n| text(format!("x{n}")))), vec![], None)), 160);
    let long = (0..100).map(|n| text(format!("{n:x>700}")));
    fills(&of(Book::of(held(long), vec![], None)), 160 + 703);
}

#[test]
fn ids_of_which_each_waits_on_its_own() {
    let waits = |n| (common(n), record(n as u64, State::Leaving(Cause::RemovedElsewhere)));
    // Each of them is a run of its own, and half of a run's margin is room for the words of its state.
    let waiting = of(Book::of((0..600).map(waits).collect(), vec![], None));
    let (room, whole) = (40_000, pack(&waiting, 1 << 24).len());
    let packed = pack(&waiting, room);
    assert!(whole > room && packed.len() <= room, "{} of {whole} bytes in {room}", packed.len());
}

#[test]
fn books_with_what_was_sent() {
    let mut ledger = of(Book::of(held((0..3000).map(common)), vec![], Some(sent())));
    (1..60).for_each(|n| ledger.learn(&owner(n), Book::of(vec![], vec![], Some(sent()))));
    let whole = pack(&ledger, 1 << 24).len();
    for room in [whole - 20_000, whole - 30_000] {
        let packed = pack(&ledger, room);
        // A list that is not named with all of it is not named at all.
        let unnamed = 300;
        assert!(
            (room - 60 * 32 - 160 - unnamed..=room).contains(&packed.len()),
            "{} bytes in {room}",
            packed.len()
        );
    }
}

#[test]
fn places_of_documents_take_a_quarter_at_most() {
    let ledger = of(Book::of(held((0..20_000).map(common)), (1..1500).map(place).collect(), None));
    let (_, book) = ledger.books().next().unwrap();
    let one = pack(&of(Book::of(vec![], vec![place(1), place(2)], None)), 1 << 24).len()
        - pack(&of(Book::of(vec![], vec![place(1)], None)), 1 << 24).len();
    for room in [40_000, 100_000, 200_000] {
        let packed = pack(&ledger, room);
        assert!((room - 160..=room).contains(&packed.len()), "{} bytes in {room}", packed.len());
        let part = unpack(&packed).unwrap().book(&owner(0)).clone();
        let ids = part.records().count();
        let places = (1..1500).filter(|n| part.folder(&common(*n)).is_some()).count();
        assert!(places * one <= room / 4 && places * one + 200 >= room / 4, "{places} places in {room}");
        assert!(ids < book.records().count() && ids * 16 + places * one + 300 >= room);
    }
}
