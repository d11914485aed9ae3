//! What the user's own clients took out: it stays where it is, and is not put back.

use super::made_up::{HOUR, Sightings, read, text, unread};
use pinfold_core::error::Code;
use pinfold_core::guard::cause::Cause;
use pinfold_core::guard::ledger::Book;
use pinfold_core::guard::plan::{Moment, Plan, Policy, plan};
use pinfold_core::ids::{IdSet, PinId};
use pinfold_core::ports::UnixMillis;

const DAY: u64 = 24 * HOUR;
const NOW: u64 = 1_000 * DAY;

fn drive(ids: &[&str]) -> Sightings {
    Sightings::of(vec![read("root", &[&["root", "f"], ids].concat()), read("f", &["x"])])
}

fn look(book: &Book, seen: &Sightings, now: u64, own: &[&str]) -> (Plan, Book) {
    let own = &own.iter().map(|id| text(*id)).collect();
    let by = text(format!("me/{now}"));
    let moment = Moment {
        server: UnixMillis(now),
        by: Some(&by),
        own,
        ..Moment::at(UnixMillis(now), Policy::default())
    };
    let shown = plan(book, &seen.seen(), &moment);
    let mut after = shown.record(book, &seen.seen(), &moment, None, &by).unwrap();
    after.tell_server_time(UnixMillis(now));
    (shown, after)
}

fn ids(ids: &[&str]) -> IdSet {
    ids.iter().map(|id| PinId::parse(id).unwrap()).collect()
}

#[test]
fn what_a_client_of_the_users_took_out_is_not_put_back_and_not_taken_off() {
    let (_, book) = look(&Book::default(), &drive(&["a", "b", "c"]), NOW, &[]);
    let without = drive(&["c"]);
    let own = ["a", "b"];
    let (shown, book) = look(&book, &without, NOW + HOUR, &own);
    assert!(shown.asks && shown.removed.iter().all(|removal| removal.own));
    assert_eq!(shown.needed(&without.seen()), without.ids);
    assert_eq!(shown.taken_out(), [(text("root"), ids(&own))]);
    assert_eq!(shown.list(&without.seen()).len(), without.ids.len() + 2);
    // A session that knows nothing of how they left knows it from the ledger; so it stays, asked or not.
    for later in [1, 40, 400] {
        let (shown, _) = look(&book, &without, NOW + later * DAY, &[]);
        assert_eq!(shown.needed(&without.seen()), without.ids);
        assert!(shown.due.is_empty(), "nobody agreed");
    }
    // What is named again is needed, and when it goes once more nothing is known of how.
    let (_, book) = look(&book, &drive(&["a", "c"]), NOW + 2 * DAY, &[]);
    let (shown, _) = look(&book, &without, NOW + 3 * DAY, &[]);
    assert_eq!(shown.needed(&without.seen()), without.ids.clone().union(ids(&["a"])));
}

#[test]
fn what_left_in_another_way_is_put_back() {
    let (_, book) = look(&Book::default(), &drive(&["a", "b"]), NOW, &[]);
    let without = drive(&[]);
    let (shown, _) = look(&book, &without, NOW + HOUR, &["b"]);
    assert_eq!(shown.needed(&without.seen()), without.ids.clone().union(ids(&["a"])));
    // Nor is anything left out that belongs to a folder which is not settled.
    let seen = Sightings::of(vec![read("root", &["root", "f"]), unread("f", Code::FolderTimeout)]);
    let (shown, _) = look(&book, &seen, NOW + HOUR, &[]);
    assert_eq!(shown.needed(&seen.seen()), ids(&["a", "b", "f", "root", "x"]));
}

/// The account has a new password, and so its document another channel.
#[test]
fn the_document_of_an_old_password_is_not_put_back_and_asks_nothing() {
    let (_, book) = look(&Book::default(), &drive(&["a"]), NOW, &[]);
    let moved = Sightings::of(vec![read("next", &["next", "f", "a"]), read("f", &["x"])]);
    let (shown, book) = look(&book, &moved, NOW + HOUR, &[]);
    let causes: Vec<_> = shown.removed.iter().map(|removal| (removal.id.clone(), removal.cause)).collect();
    assert_eq!((causes, shown.asks), (vec![(text("root"), Cause::Moved)], false));
    assert_eq!(shown.needed(&moved.seen()), moved.ids);
    // What the old one held alone is judged as what the present one holds.
    let without = Sightings::of(vec![read("next", &["next", "f"]), read("f", &["x"])]);
    let (shown, _) = look(&book, &without, NOW + 2 * HOUR, &[]);
    let causes: Vec<_> = shown.removed.iter().map(|removal| (removal.id.clone(), removal.cause)).collect();
    assert_eq!((causes, shown.asks), (vec![(text("a"), Cause::RemovedElsewhere)], false));
}
