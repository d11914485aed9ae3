//! What leaves little by little leaves all the same: consent counts over time.

use super::made_up::{HOUR, Sightings, read, text};
use pinfold_core::guard::cause::Cause;
use pinfold_core::guard::consent::Consent;
use pinfold_core::guard::ledger::{Book, Sent, State};
use pinfold_core::guard::plan::{Moment, Plan, Policy, plan};
use pinfold_core::ids::IdSet;
use pinfold_core::ports::UnixMillis;
use std::collections::BTreeSet;

const DAY: u64 = 24 * HOUR;
const ALL: [&str; 5] = ["a", "b", "c", "d", "e"];

/// A client that is started anew each time, and whose clock is right.
struct Device {
    book: Book,
    now: u64,
    session: u64,
}

impl Device {
    fn new() -> Self {
        let mut device = Self { book: Book::default(), now: 1_000 * DAY, session: 0 };
        device.run(&with(&ALL), None);
        device
    }

    /// A run of pins that ends well. The list that it leaves on the server.
    fn run(&mut self, seen: &Sightings, consent: Option<&Consent>) -> (Plan, IdSet) {
        self.session += 1;
        let by = text(format!("me/{}", self.session));
        let moment = Moment {
            server: UnixMillis(self.now),
            by: Some(&by),
            ..Moment::at(UnixMillis(self.now), Policy::default())
        };
        let shown = plan(&self.book, &seen.seen(), &moment);
        let book = shown.record(&self.book, &seen.seen(), &moment, consent, &by).unwrap();
        let after = plan(&book, &seen.seen(), &moment);
        let sent = Sent { at: UnixMillis(self.now), count: 0, hashes: Default::default(), by };
        self.book = book.confirmed(&after.due, sent);
        self.book.tell_server_time(UnixMillis(self.now));
        (shown, after.list(&seen.seen()))
    }

    /// Runs every `each` milliseconds until `end` from now. The list in the end.
    fn runs(&mut self, seen: &Sightings, each: u64, end: u64) -> IdSet {
        let end = self.now + end;
        while self.now < end {
            self.now += each;
            self.run(seen, None);
        }
        self.run(seen, None).1
    }
}

/// The drive with a folder that holds these.
fn with(folder: &[&str]) -> Sightings {
    Sightings::of(vec![read("root", &["root", "f", "x", "y"]), read("f", folder)])
}

/// The drive that holds these itself.
fn home(ids: &[&str]) -> Sightings {
    Sightings::of(vec![read("root", &[&["root"], ids].concat())])
}

fn questions(plan: &Plan) -> BTreeSet<(String, Cause)> {
    plan.removed.iter().map(|removal| (removal.id.to_string_lossy().into_owned(), removal.cause)).collect()
}

/// At once, or a document an hour: the question is the same, and so is its digest.
#[test]
fn a_folder_that_is_emptied_slowly_is_asked_about_as_one_that_is_emptied_at_once() {
    let mut at_once = Device::new();
    let whole = at_once.run(&with(&[]), None).0;
    assert!(whole.asks && whole.removed.len() == 5);
    for step in [HOUR, DAY, 5 * DAY] {
        let mut slow = Device::new();
        for left in (0..5).rev() {
            slow.now += step;
            slow.run(&with(&ALL[..left]), None);
        }
        let shown = slow.run(&with(&[]), None).0;
        assert_eq!(questions(&shown), questions(&whole), "{step}");
        assert!(shown.asks);
        assert_eq!(shown.digest(), whole.digest());
        // Without an answer nothing leaves, however long it takes and however often somebody looks.
        let list = slow.runs(&with(&[]), 7 * DAY, 200 * DAY);
        assert!(ALL.iter().all(|id| list.contains(&text(*id))), "{step}");
        // With one all of it waits, and leaves.
        let digest = slow.run(&with(&[]), None).0.digest();
        slow.run(&with(&[]), Some(&Consent::to(digest)));
        slow.now += 29 * DAY;
        assert_eq!(slow.run(&with(&[]), None).1.len(), 9);
        slow.now += DAY;
        assert_eq!(slow.run(&with(&[]), None).1.len(), 4);
    }
}

#[test]
fn the_drive_itself_is_no_other() {
    let mut device = Device::new();
    device.book = Book::default();
    device.run(&home(&ALL), None);
    for left in (1..5).rev() {
        device.now += HOUR;
        device.run(&home(&ALL[..left]), None);
    }
    let shown = device.run(&home(&ALL[..1]), None).0;
    assert_eq!((shown.asks, shown.removed.len()), (true, 4));
    assert_eq!(device.runs(&home(&ALL[..1]), DAY, 90 * DAY).len(), 6, "nothing has left");
}

/// Two devices let one document each begin to wait before they heard of each other.
#[test]
fn what_two_devices_began_unasked_is_two() {
    let mut one = Device::new();
    let mut two = Device { book: one.book.clone(), now: one.now, session: 100 };
    one.now += HOUR;
    one.run(&with(&["b", "c", "d", "e"]), None);
    two.run(&with(&["a", "c", "d", "e"]), None);
    one.book = one.book.merge(two.book);
    let shown = one.run(&with(&["c", "d", "e"]), None).0;
    assert_eq!((shown.asks, shown.removed.len()), (true, 2));
    assert_eq!(one.runs(&with(&["c", "d", "e"]), DAY, 90 * DAY).len(), 9);
}

/// One that left unasked counts for a while after; one that was agreed to does not.
#[test]
fn one_document_now_and_then_may_still_go() {
    let mut device = Device::new();
    device.now += HOUR;
    assert!(!device.run(&with(&["b", "c", "d", "e"]), None).0.asks);
    device.now += 31 * DAY;
    assert_eq!(device.run(&with(&["b", "c", "d", "e"]), None).1.len(), 8);
    // The next, soon after, is asked about; much later, not.
    assert!(device.run(&with(&["c", "d", "e"]), None).0.asks);
    device.now += 31 * DAY;
    assert!(!device.run(&with(&["c", "d", "e"]), None).0.asks);
    assert!(matches!(device.book.record(&text("b")).unwrap().state, State::Leaving(_)));
}

/// What began to wait unasked is named again: there is nothing to ask any more.
#[test]
fn what_comes_back_is_no_part_of_the_question() {
    let mut device = Device::new();
    device.now += HOUR;
    device.run(&with(&["b", "c", "d", "e"]), None);
    assert!(device.run(&with(&["c", "d", "e"]), None).0.asks);
    let shown = device.run(&with(&["a", "c", "d", "e"]), None).0;
    assert!(!shown.asks && shown.removed.len() == 1);
}
