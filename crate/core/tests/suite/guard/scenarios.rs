//! Single stories: what the plan says, and which cause it names.

use super::made_up::{Sightings, made_anew, read, rolled_back, text, unread};
use pinfold_core::compact::SortedSet;
use pinfold_core::error::Code;
use pinfold_core::guard::cause::Cause;
use pinfold_core::guard::consent::Consent;
use pinfold_core::guard::ledger::{Book, State};
use pinfold_core::guard::plan::{Moment, Plan, Policy, Why, plan};
use pinfold_core::json::Text;
use pinfold_core::ports::UnixMillis;

const DAY: u64 = 86_400_000;

struct Device {
    book: Book,
    now: u64,
    policy: Policy,
    here: SortedSet<Text>,
    by: Text,
}

impl Device {
    fn new() -> Self {
        Self {
            book: Book::default(),
            now: DAY,
            policy: Policy::default(),
            here: SortedSet::new(),
            by: text("me/1"),
        }
    }

    fn moment(&self) -> Moment<'_> {
        Moment {
            server: UnixMillis(self.now),
            by: Some(&self.by),
            here: &self.here,
            ..Moment::at(UnixMillis(self.now), self.policy)
        }
    }

    fn plan(&self, seen: &Sightings) -> Plan {
        plan(&self.book, &seen.seen(), &self.moment())
    }

    fn look(&mut self, seen: &Sightings, consent: Option<&Consent>) -> Plan {
        let shown = self.plan(seen);
        let moment = self.moment();
        self.book = shown.record(&self.book, &seen.seen(), &moment, consent, &self.by).unwrap();
        // The run of pins tells the server's time.
        self.book.tell_server_time(UnixMillis(self.now));
        self.now += 1;
        shown
    }
}

fn drive() -> Sightings {
    Sightings::of(vec![
        read("root", &["drive", "a", "b", "f1", "f2"]),
        read("f1", &["c", "d"]),
        read("f2", &["e"]),
    ])
}

/// The same after `a` was removed.
fn without_a() -> Sightings {
    Sightings::of(vec![
        read("root", &["drive", "b", "f1", "f2"]),
        read("f1", &["c", "d"]),
        read("f2", &["e"]),
    ])
}

fn causes(plan: &Plan) -> Vec<(String, Cause)> {
    plan.removed.iter().map(|removal| (removal.id.to_string_lossy().into_owned(), removal.cause)).collect()
}

#[test]
fn a_first_start_adds_everything_and_asks_nothing() {
    let mut device = Device::new();
    let shown = device.look(&drive(), None);
    assert_eq!(shown.added.len(), 8);
    assert!(shown.removed.is_empty() && shown.retained.is_empty() && !shown.asks);
    assert!(device.plan(&drive()).added.is_empty());
}

#[test]
fn one_document_may_go_without_a_question_and_two_may_not() {
    let mut device = Device::new();
    device.look(&drive(), None);
    device.here.insert(text("a"));
    let without_a = without_a();
    let shown = device.look(&without_a, None);
    assert_eq!((causes(&shown), shown.asks), (vec![("a".into(), Cause::RemovedHere)], false));
    let waiting = device.plan(&without_a);
    assert_eq!(
        waiting.retained[0].why,
        Why::Waiting(Cause::RemovedHere, UnixMillis(device.now - 1 + 30 * DAY))
    );
    device.now += 30 * DAY;
    assert!(device.plan(&without_a).due.is_empty(), "nobody has looked at it again");
    device.by = text("me/2");
    assert_eq!(device.plan(&without_a).due.len(), 1);

    let mut device = Device::new();
    device.look(&drive(), None);
    let without_both = Sightings::of(vec![
        read("root", &["drive", "f1", "f2"]),
        read("f1", &["c", "d"]),
        read("f2", &["e"]),
    ]);
    let shown = device.look(&without_both, None);
    assert!(shown.asks);
    assert_eq!(shown.removed.iter().map(|r| r.cause).collect::<Vec<_>>(), [Cause::RemovedElsewhere; 2]);
    assert_eq!(device.book.record(&text("a")).unwrap().state, State::Held);
    device.look(&without_both, Some(&Consent::to(shown.digest())));
    for id in ["a", "b"] {
        let record = device.book.record(&text(id)).unwrap();
        assert_eq!(record.state, State::Leaving(Cause::RemovedElsewhere));
    }
}

#[test]
fn a_folder_that_cannot_be_read_keeps_what_it_held() {
    for code in [Code::FolderMissing, Code::FolderRestricted, Code::FolderDeleted, Code::FolderTimeout] {
        let mut device = Device::new();
        device.look(&drive(), None);
        let seen = Sightings::of(vec![
            read("root", &["drive", "a", "b", "f1", "f2"]),
            unread("f1", code),
            read("f2", &["e"]),
        ]);
        let shown = device.look(&seen, None);
        assert!(shown.removed.is_empty());
        assert_eq!(shown.retained.iter().map(|k| k.why).collect::<Vec<_>>(), [Why::Unread(code); 2]);
        assert_eq!(shown.list(&seen.seen()), drive().ids);
        assert_eq!(shown.doubts.iter().map(|d| (d.code, d.held)).collect::<Vec<_>>(), [(code, 2)]);
    }
}

/// An entry that moved into a folder that cannot be read now is named by nobody, and not removed.
#[test]
fn what_may_have_moved_into_an_unread_folder_stays() {
    let mut device = Device::new();
    device.look(&drive(), None);
    let seen = Sightings::of(vec![
        read("root", &["drive", "b", "f1", "f2"]),
        unread("f1", Code::FolderTimeout),
        read("f2", &["e"]),
    ]);
    let shown = device.look(&seen, None);
    let a = shown.retained.iter().find(|kept| kept.id == text("a")).unwrap();
    assert_eq!(a.why, Why::Unsettled);
    assert!(shown.removed.is_empty());
}

#[test]
fn an_empty_folder_where_documents_were_needs_consent_and_stays_in_doubt_until_then() {
    let mut device = Device::new();
    device.look(&drive(), None);
    let seen = Sightings::of(vec![
        read("root", &["drive", "a", "b", "f1", "f2"]),
        read("f1", &["c", "d"]),
        read("f2", &[]),
    ]);
    for _ in 0..3 {
        let shown = device.look(&seen, None);
        assert_eq!(causes(&shown), [("e".into(), Cause::FolderEmptied)]);
        assert!(shown.asks);
        assert_eq!(shown.doubts[0].code, Code::FolderEmptied);
        assert!(shown.list(&seen.seen()).contains(&text("e")));
    }
    let shown = device.plan(&seen);
    device.look(&seen, Some(&Consent::to(shown.digest())));
    let after = device.plan(&seen);
    assert!(after.doubts.is_empty() && !after.asks);
    assert!(after.list(&seen.seen()).contains(&text("e")), "it still waits");
}

#[test]
fn a_rollback_needs_consent_also_where_one_document_is_missing() {
    let mut device = Device::new();
    device.look(&drive(), None);
    let seen = Sightings::of(vec![
        read("root", &["drive", "a", "b", "f1", "f2"]),
        rolled_back("f1", &["c"]),
        read("f2", &["e"]),
    ]);
    let shown = device.look(&seen, None);
    assert_eq!((causes(&shown), shown.asks), (vec![("d".into(), Cause::RolledBack)], true));
    assert_eq!(shown.doubts[0].code, Code::FolderRolledBack);
    // The place that is remembered is the newer one.
    assert_eq!(device.book.folder(&text("f1")).unwrap().head, super::made_up::hash("last"));
}

#[test]
fn what_a_folder_held_that_was_made_anew_stays_until_the_user_agrees() {
    let mut device = Device::new();
    device.look(&drive(), None);
    // Somebody put another document into it meanwhile: it is not empty.
    let seen = Sightings::of(vec![
        read("root", &["drive", "a", "b", "f1", "f2"]),
        read("f1", &["c", "d"]),
        made_anew("f2", &["g"]),
    ]);
    for _ in 0..3 {
        let shown = device.look(&seen, None);
        assert_eq!((causes(&shown), shown.asks), (vec![("e".into(), Cause::RolledBack)], true));
        assert_eq!((shown.doubts[0].code, shown.doubts[0].held), (Code::FolderMadeAnew, 1));
        assert!(!shown.unsettled() && shown.list(&seen.seen()).contains(&text("e")));
    }
    let shown = device.plan(&seen);
    device.look(&seen, Some(&Consent::to(shown.digest())));
    let after = device.plan(&seen);
    assert!(after.doubts.is_empty() && !after.asks, "it is asked about once");
    assert!(after.list(&seen.seen()).contains(&text("e")), "it still waits");
    // What the user takes out of it on this device is no doubt about it.
    device.here = ["g"].map(text).into_iter().collect();
    let [root, first, _] = seen.folders.try_into().unwrap();
    let seen = Sightings::of(vec![root, first, made_anew("f2", &[])]);
    let shown = device.plan(&seen);
    assert_eq!(causes(&shown), [("g".into(), Cause::RemovedHere)]);
}

/// A device that knows nothing: the server's list holds ids that nobody recorded, and such a folder may have held them.
#[test]
fn a_folder_that_was_made_anew_is_told_of_with_a_list_that_nobody_recorded() {
    let mut seen = drive();
    seen.folders[2].made_anew = true;
    let book = Book::default();
    let moment = Moment::at(UnixMillis(DAY), Policy::default());
    let shown = plan(&book, &seen.seen(), &moment);
    assert!(shown.doubts.is_empty() && !shown.asks, "nothing can be lost");
    let shown = plan(&book, &seen.seen(), &Moment { unknown: Some("a list"), ..moment });
    assert_eq!((shown.doubts[0].code, shown.doubts[0].held, shown.asks), (Code::FolderMadeAnew, 0, true));
}

#[test]
fn a_folder_that_is_gone_takes_its_contents_only_with_consent() {
    let mut device = Device::new();
    device.look(&drive(), None);
    let seen = Sightings::of(vec![read("root", &["drive", "a", "b", "f1"]), read("f1", &["c", "d"])]);
    let shown = device.look(&seen, None);
    let expected = [("e".to_owned(), Cause::FolderRemoved), ("f2".to_owned(), Cause::FolderRemoved)];
    assert_eq!((causes(&shown), shown.asks), (expected.to_vec(), true));
    assert_eq!(shown.list(&seen.seen()), drive().ids);
}

#[test]
fn a_removal_that_is_taken_back_is_held_again() {
    let mut device = Device::new();
    device.look(&drive(), None);
    let without_a = without_a();
    device.look(&without_a, None);
    assert_eq!(device.book.record(&text("a")).unwrap().state, State::Leaving(Cause::RemovedElsewhere));
    // The clock was set back: the later record wins all the same.
    device.now = 0;
    device.look(&drive(), None);
    assert_eq!(device.book.record(&text("a")).unwrap().state, State::Held);
    device.now += 40 * DAY;
    assert!(device.plan(&drive()).due.is_empty());
}

#[test]
fn what_left_long_ago_is_forgotten_and_what_is_held_never() {
    let mut device = Device::new();
    device.look(&drive(), None);
    let without_a = without_a();
    device.look(&without_a, None);
    device.now += 30 * DAY;
    device.by = text("me/2");
    let due = device.plan(&without_a).due;
    let sent = pinfold_core::guard::ledger::Sent {
        at: UnixMillis(device.now),
        count: 7,
        hashes: Default::default(),
        by: text("me"),
    };
    device.book = device.book.clone().confirmed(&due, sent);
    device.book.forget_gone(UnixMillis(device.now));
    assert!(device.book.record(&text("a")).is_some());
    device.book.forget_gone(UnixMillis(device.now + 2));
    assert!(device.book.record(&text("a")).is_none());
    assert_eq!(device.book.records().count(), 7);
}
