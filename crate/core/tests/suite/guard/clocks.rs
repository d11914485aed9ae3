//! Time, as long as somebody lies about it: a device's clock, the server's, or nobody looks a second time.

use super::made_up::{HOUR, Sightings, read, text};
use pinfold_core::guard::cause::Cause;
use pinfold_core::guard::ledger::{Book, Record, Since, State};
use pinfold_core::guard::plan::{Moment, Plan, Policy, Why, plan};
use pinfold_core::guard::policy::Wait;
use pinfold_core::json::Text;
use pinfold_core::ports::{UnixMillis, whole_millis};
use proptest::prelude::*;

const DAY: u64 = 24 * HOUR;
/// When it all begins.
const START: u64 = 20_000 * DAY;

/// One look at the drive: what the clocks say, and in which session.
struct Look<'a> {
    device: u64,
    server: u64,
    by: &'a str,
}

fn drive() -> Sightings {
    Sightings::of(vec![read("root", &["root", "b"])])
}

fn look(book: &Book, look: &Look<'_>) -> (Book, Plan) {
    let (drive, by) = (drive(), text(look.by));
    let moment = Moment {
        server: UnixMillis(look.server),
        by: Some(&by),
        ..Moment::at(UnixMillis(look.device), Policy::default())
    };
    let shown = plan(book, &drive.seen(), &moment);
    let mut book = shown.record(book, &drive.seen(), &moment, None, &by).unwrap();
    if look.server > 0 {
        book.tell_server_time(UnixMillis(look.server));
    }
    (book, shown)
}

/// `a` was there, and is missing from the first look on.
fn before() -> Book {
    let record = |id: &str| {
        let record = Record {
            at: UnixMillis(START - DAY),
            state: State::Held,
            by: text("x/0"),
            folder: text("root"),
            since: None,
        };
        (text(id), record)
    };
    Book::of(["root", "a", "b"].map(record).into(), Vec::new(), None)
}

fn begun(first: &Look<'_>) -> Book {
    let (book, shown) = look(&before(), first);
    assert_eq!(shown.removed.len(), 1);
    book
}

fn due(book: &Book, at: &Look<'_>) -> bool {
    !look(book, at).1.due.is_empty()
}

const FIRST: Look<'_> = Look { device: START, server: START, by: "x/1" };

#[test]
fn by_both_clocks_and_in_another_session_it_is_due() {
    let book = begun(&FIRST);
    let later = START + 30 * DAY;
    assert!(due(&book, &Look { device: later, server: later, by: "x/2" }));
    assert!(due(&book, &Look { device: later, server: later, by: "y/1" }));
    assert!(!due(&book, &Look { device: later - 1, server: later, by: "x/2" }));
    assert!(!due(&book, &Look { device: later, server: later - 1, by: "x/2" }));
    assert!(!due(&book, &Look { device: later, server: later, by: "x/1" }));
}

#[test]
fn a_clock_that_runs_ahead_or_jumps_is_not_believed() {
    let minute = START + 60_000;
    for jump in [31 * DAY, 3_000 * DAY] {
        // One device's, another device's; and that of a server that lies.
        for by in ["x/2", "y/1"] {
            assert!(!due(&begun(&FIRST), &Look { device: minute + jump, server: minute, by }));
            assert!(!due(&begun(&FIRST), &Look { device: minute, server: minute + jump, by }));
        }
        // It ran behind when the wait began, and was put right.
        let behind = begun(&Look { device: START.saturating_sub(jump), ..FIRST });
        assert!(!due(&behind, &Look { device: minute, server: minute, by: "y/1" }));
        let lying = begun(&Look { server: START.saturating_sub(jump), ..FIRST });
        assert!(!due(&lying, &Look { device: minute, server: minute, by: "y/1" }));
    }
    assert!(!due(&begun(&FIRST), &Look { device: u64::MAX, server: minute, by: "y/1" }));
}

/// Where the server told no time, nothing leaves by the device's clock alone.
#[test]
fn without_the_servers_time_nothing_leaves() {
    let silent = Look { server: 0, ..FIRST };
    let book = begun(&silent);
    let later = START + 400 * DAY;
    assert!(
        !due(&book, &Look { device: later, server: later, by: "x/2" }),
        "it begins with the first that is told"
    );
    let (book, _) = look(&book, &Look { device: later, server: later, by: "x/2" });
    let end = later + 30 * DAY;
    assert!(due(&book, &Look { device: end, server: end, by: "x/3" }));
}

/// A clock far ahead when the wait began would have it last for years: a device that is not so far begins it anew.
#[test]
fn a_wait_that_began_in_the_future_begins_anew() {
    let book = begun(&Look { device: START + 30_000 * DAY, ..FIRST });
    let (book, shown) = look(&book, &Look { device: START + DAY, server: START + DAY, by: "y/1" });
    assert!(matches!(shown.retained[0].why, Why::Waiting(..)));
    let soon = START + 30 * DAY;
    assert!(!due(&book, &Look { device: soon, server: soon, by: "y/2" }));
    let later = START + 31 * DAY;
    assert!(due(&book, &Look { device: later, server: later, by: "y/2" }));
    // Not for the small differences that there always are.
    let book = begun(&Look { device: START + HOUR, ..FIRST });
    let (after, _) = look(&book, &Look { device: START, server: START, by: "y/1" });
    assert_eq!(after.record(&text("a")), book.record(&text("a")));
}

/// What an older version wrote does not say since when: it waits from the first look of this one on.
#[test]
fn an_old_ledger_waits_from_now_on() {
    let old = |id: &str, cause| {
        let (state, by, folder) = (State::Leaving(cause), text("x/0"), text("root"));
        (text(id), Record { at: UnixMillis(1), state, by, folder, since: None })
    };
    let rows = vec![old("a", Cause::RemovedElsewhere)];
    let book = before().merge(Book::of(vec![], Vec::new(), None));
    let book = Book::of(
        book.records()
            .filter(|(id, _)| **id != text("a"))
            .map(|(id, r)| (id.clone(), r.clone()))
            .chain(rows)
            .collect(),
        Vec::new(),
        None,
    );
    let (book, shown) = look(&book, &FIRST);
    assert!(matches!(shown.retained[0].why, Why::Waiting(_, until) if until == UnixMillis(START + 30 * DAY)));
    let later = START + 30 * DAY;
    assert!(!due(&book, &Look { device: later - 1, server: later, by: "x/2" }));
    assert!(due(&book, &Look { device: later, server: later, by: "x/2" }));
}

/// Looks of several devices with clocks of their own, each of which may be wrong by anything; the server is honest.
fn looks() -> impl Strategy<Value = Vec<(u64, usize, i64)>> {
    let wrong = prop_oneof![3 => Just(0i64), 1 => -60i64..60, 1 => Just(20_000), 1 => Just(-20_000)];
    prop::collection::vec((0u64..20, 0usize..3, wrong), 1..12)
}

proptest! {
    /// Whatever the devices' clocks say, in whatever order they look and however they hear of each other: nothing is
    /// due before the wait has passed. The same of a server that lies to honest devices.
    #[test]
    fn no_clock_alone_shortens_a_wait(looks in looks(), lies: bool) {
        let (mut book, mut truth, mut first) = (before(), START, None);
        for (session, (days, device, wrong)) in looks.into_iter().enumerate() {
            truth += days * DAY;
            let off = truth.saturating_add_signed(wrong * DAY as i64);
            let by = format!("{}/{session}", ["x", "y", "z"][device]);
            let (device, server) = if lies { (truth, off) } else { (off, truth) };
            let (next, shown) = look(&book, &Look { device, server, by: &by });
            if !shown.due.is_empty() {
                prop_assert!(truth >= first.unwrap() + whole_millis(Wait::of_days(30.0).unwrap().span()));
            }
            first.get_or_insert(truth);
            book = book.merge(next);
        }
    }

    #[test]
    fn two_devices_that_began_the_same_wait_have_one(a in since(), b in since()) {
        let of = |since| {
            let (state, by, folder) = (State::Leaving(Cause::RemovedElsewhere), text("x/1"), text("root"));
            Book::of(vec![(Text::from("a"), Record { at: UnixMillis(1), state, by, folder, since: Some(since) })], vec![], None)
        };
        prop_assert_eq!(of(a).merge(of(b)), of(b).merge(of(a)));
    }
}

fn since() -> impl Strategy<Value = Since> {
    (0u64..9, prop::option::of(0u64..9), any::<bool>()).prop_map(|(device, server, agreed)| Since {
        device: UnixMillis(device),
        server: server.map(UnixMillis),
        agreed,
        own: false,
    })
}
