//! When a session says that it is safe to close, closing it there and then loses nothing (I9): after every step of every order, with
//! every fault at every request, and in random orders with several. Three mutants that judge by less are found.

use pinfold_core::error::Error;
use pinfold_testkit::account::Built;
use pinfold_testkit::entropy::Seeded;
use pinfold_testkit::explore::every_state;
use pinfold_testkit::schedule::Random;
use pinfold_testkit::trial::account;
use pinfold_testkit::world::client::{Guarded, Judge};
use pinfold_testkit::world::fault::Fault;
use pinfold_testkit::world::invariants::Violation;
use pinfold_testkit::world::{Key, Order, Outcome, Pending, World};

fn world(built: &Built, judge: Judge) -> World {
    let client = Guarded::that_may_be_closed(built, Seeded::new(1), judge);
    World::new(built.clone(), vec![Box::new(client)], Vec::new())
}

fn built(folders: usize) -> Result<Built, Error> {
    account(folders, 0, Some(2)).map(|tried| tried.built)
}

/// The first that is offered, and a note of what was.
struct Noting(Vec<Key>);

impl Order for Noting {
    fn choose(&mut self, _: &World, ready: &[&Pending]) -> Option<usize> {
        self.0.extend(ready.first().map(|first| first.key.clone()));
        Some(0)
    }
}

/// Every fault at every request of a run in order, then in a random order.
fn under_faults(built: &Built, judge: Judge) -> Result<usize, (Violation, Key, Fault)> {
    let mut noting = Noting(Vec::new());
    let plain = world(built, judge).run(&mut noting);
    plain.map_err(|violation| (violation, (0, String::new(), 0), Fault::Twice))?;
    let mut runs = 0;
    for (at, key) in noting.0.iter().enumerate() {
        for fault in Fault::ALL {
            let command = key.1.split(' ').next().unwrap_or_default();
            if !fault.applies(command) {
                continue;
            }
            let mut world = world(built, judge);
            world.plan(key.clone(), fault);
            runs += 1;
            match world.run(&mut Random(Seeded::new(at as u64))) {
                // Whether all ends well under lies is the explorer's question.
                Err(violation) if violation.invariant == "I9" => return Err((violation, key.clone(), fault)),
                _ => {}
            }
        }
    }
    Ok(runs)
}

#[test]
fn closing_when_it_is_safe_loses_nothing_in_any_order() {
    let built = built(2).unwrap();
    let (_, states) = every_state(|order| match world(&built, Judge::Session).run(order) {
        Err(violation) if violation.invariant != "I9" => Ok(Outcome::Covered),
        told => told,
    })
    .unwrap();
    assert!(states > 100, "{states}");
}

#[test]
fn closing_when_it_is_safe_loses_nothing_under_any_fault() {
    let runs = under_faults(&built(1).unwrap(), Judge::Session).unwrap();
    assert!(runs > 100, "{runs}");
}

/// An edit that was sent has not arrived; a run of pins has not ended; a folder's key is not in the drive.
#[test]
fn who_judges_by_less_is_found() {
    let built = built(1).unwrap();
    for judge in [Judge::ForgetsEdits, Judge::ForgetsPins, Judge::ForgetsFolders] {
        let (violation, key, fault) = under_faults(&built, judge).unwrap_err();
        assert_eq!(violation.invariant, "I9");
        println!("{judge:?}: {violation}, {fault:?} at {key:?}");
    }
}
