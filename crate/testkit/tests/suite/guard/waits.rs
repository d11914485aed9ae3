//! How long the pin of a removed document waits, and whose clocks end it.

use std::time::Duration;

use pinfold_core::ports::whole_millis;
use pinfold_testkit::account::Built;
use pinfold_testkit::entropy::Seeded;
use pinfold_testkit::harness::{Harness, InOrder};

use super::{DAY, Store, after_a_first_session, another_device_removes_a_document, pinned, session};

/// The account after a first session, and the store and channel of a document whose removal began to wait in a second.
fn after_a_removal() -> (Built, Store, String) {
    let (mut built, store) = after_a_first_session();
    let (gone, _) = another_device_removes_a_document(&mut built);
    let mut harness = session(built, 2, store);
    let drive = harness.load(&mut InOrder).unwrap();
    assert!(harness.pin(&drive, &mut InOrder).unwrap().confirmed());
    harness.drain();
    (harness.built, harness.store, gone)
}

/// A clock that is far ahead, of this device or of another one without a store; a server that says it is far ahead;
/// and a session that stays for a month.
#[test]
fn no_clock_alone_ends_a_wait() {
    let (built, store, gone) = after_a_removal();
    for (ahead, behind, kept) in
        [(31 * DAY, 31 * DAY, true), (31 * DAY, 31 * DAY, false), (Duration::ZERO, Duration::ZERO, true)]
    {
        let mut harness = Harness::with_entropy(built.clone(), Seeded::new(4));
        harness.store = if kept { store.clone() } else { Store::new() };
        (harness.now, harness.server_behind) = (harness.now + ahead, behind);
        if ahead.is_zero() {
            // The server says that it is a month later.
            harness.now.0 -= whole_millis(31 * DAY);
            harness.server_behind = Duration::ZERO;
            for channel in harness.built.server.channels.values_mut() {
                channel.messages.iter_mut().for_each(|message| message.time += whole_millis(4_000 * DAY));
            }
        }
        harness.resume(&mut InOrder).unwrap();
        let drive = harness.load(&mut InOrder).unwrap();
        assert!(harness.plan(&drive).due.is_empty());
        assert!(harness.pin(&drive, &mut InOrder).unwrap().confirmed());
        assert!(pinned(&harness).contains(&gone));
    }
    let mut stays = session(built, 5, Store::new());
    let drive = stays.load(&mut InOrder).unwrap();
    assert_eq!(stays.plan(&drive).retained.len(), 1);
}

/// Another device, which the first told through the drive, ends the wait when both clocks agree that it is over.
#[test]
fn another_device_ends_the_wait_when_it_is_over() {
    let (built, _, gone) = after_a_removal();
    let mut other = Harness::with_entropy(built, Seeded::new(6));
    other.now += 30 * DAY + Duration::from_secs(3_600);
    other.resume(&mut InOrder).unwrap();
    let drive = other.load(&mut InOrder).unwrap();
    assert_eq!(other.plan(&drive).due.len(), 1);
    assert!(other.pin(&drive, &mut InOrder).unwrap().confirmed());
    assert!(!pinned(&other).contains(&gone));
}
