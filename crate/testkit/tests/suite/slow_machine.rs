//! A machine that computes for longer than anybody waits: no deadline runs meanwhile, and nobody is late because of it.

use std::time::Duration;

use pinfold_core::drive::complete::Drive;
use pinfold_core::drive::edit::{Edit, EntryId, Put};
use pinfold_core::json::Text;
use pinfold_core::session::effect::{Event, Outcome};
use pinfold_core::session::inbox::Reading;
use pinfold_core::session::writing::Target;
use pinfold_testkit::account::{Login, Plan, Variety, build_with};
use pinfold_testkit::entropy::Seeded;
use pinfold_testkit::harness::{Harness, InOrder};

const ORIGIN: &str = "https://drive.example";
/// Longer than every deadline of a session.
const LONG: Duration = Duration::from_secs(100);

fn well(harness: &Harness) {
    for event in &harness.events {
        assert!(!matches!(event, Event::Net { open: false, .. } | Event::Storage(_)), "{event:?}");
    }
    assert!(harness.ended.is_empty(), "{:?}", harness.ended);
}

/// From the password to confirmed pins, a mailbox and an edit. A second session goes on from what the store holds.
#[test]
fn nothing_times_out_by_our_own_work() {
    for seed in 0..3 {
        let plan = Plan { seed, documents: 3, folders: 2, per_folder: 2 };
        let login = Login::Block { username: "slow".into(), password: "as it is".into() };
        let built = build_with(plan, &Variety { login, letters: 3, ..Variety::default() }).unwrap();
        let mut store = Default::default();
        for _ in 0..2 {
            let mut harness = Harness::new(built.clone());
            harness.pages = harness.built.pages(ORIGIN);
            harness.store = store;
            harness.session.keep_logs();
            harness.slow = Some((Seeded::new(seed), LONG));
            harness.open(harness.built.credentials(ORIGIN).unwrap()).unwrap();
            let drive = harness.load(&mut InOrder).unwrap();
            assert!(matches!(drive, Drive::Complete(_)));
            assert!(harness.pin(&drive, &mut InOrder).unwrap().confirmed());
            let names: Vec<String> =
                harness.session.mailboxes().into_iter().map(|entry| entry.name).collect();
            for name in &names {
                harness.session.open_mailbox(harness.now, name, Reading::default()).unwrap();
            }
            harness.drain();
            assert!(
                harness.deliveries.len() >= 3 && harness.deliveries.iter().all(|(_, told)| !told.unresolved)
            );
            let link = "/pad/#/2/pad/edit/dwp81vGRSpB96Oh-2xXCwfsl/";
            let title = Text::from("Made by a slow machine");
            let put = Put::document(EntryId::new(5).unwrap(), link, None, &title, harness.now).unwrap();
            let ticket = harness.session.edit(harness.now, Target::Account, vec![Edit::Put(put)]).unwrap();
            assert!(matches!(harness.run(ticket, &mut InOrder), Ok(Outcome::Written)));
            well(&harness);
            store = harness.store;
        }
    }
}

/// What the machine takes is given back, and no more: a server that is silent is too late all the same.
#[test]
fn a_silent_server_is_late_on_a_slow_machine_too() {
    let built =
        build_with(Plan { seed: 1, documents: 1, folders: 1, per_folder: 1 }, &Variety::default()).unwrap();
    let mut harness = Harness::new(built);
    harness.slow = Some((Seeded::new(7), LONG));
    harness.resume(&mut InOrder).unwrap();
    let began = harness.now;
    let folder = harness.built.folders[0].channel.clone();
    harness.built.server.channels.get_mut(&folder).unwrap().silent = true;
    assert!(matches!(harness.load(&mut InOrder), Ok(Drive::Partial(_))));
    assert!(harness.now - began < Duration::from_secs(3600), "{:?}", harness.now - began);
}

/// What nobody asked for keeps the machine at work without an end. The folder that does not come is late all the same.
#[test]
fn a_server_that_floods_does_not_put_its_own_silence_off_for_ever() {
    let built =
        build_with(Plan { seed: 2, documents: 1, folders: 1, per_folder: 1 }, &Variety::default()).unwrap();
    let mut harness = Harness::new(built);
    harness.resume(&mut InOrder).unwrap();
    let folder = harness.built.folders[0].channel.clone();
    harness.built.server.channels.get_mut(&folder).unwrap().silent = true;
    harness.slow = Some((Seeded::new(3), LONG));
    let began = harness.now;
    let ticket = harness.session.load_drive(harness.now).unwrap();
    harness.drain();
    let ended = loop {
        if let Some(ended) = harness.ended(ticket) {
            break ended;
        }
        harness.interject(r#"[0,"0123456789abcdef0123456789abcdef","MSG","nobody","not asked for"]"#);
        if harness.session.deadline().is_some_and(|at| at <= harness.now) {
            assert!(harness.go_on(&mut InOrder));
        }
        assert!(harness.now - began < Duration::from_secs(24 * 3600), "nothing is ever late");
    };
    assert!(matches!(ended, Ok(Outcome::Drive(drive)) if matches!(*drive, Drive::Partial(_))));
}
