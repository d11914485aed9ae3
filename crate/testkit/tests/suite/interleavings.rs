//! Every order in which a server can answer while a drive loads, and what is sent in each.

use std::collections::BTreeSet;

use pinfold_core::drive::complete::Drive;
use pinfold_core::error::{Code, Error};
use pinfold_testkit::account::{Built, Plan, build};
use pinfold_testkit::entropy::Seeded;
use pinfold_testkit::explore::every_order;
use pinfold_testkit::harness::{Harness, InOrder, Schedule, Shuffled};

/// What happens to one folder.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Fate {
    Fine,
    Silent,
    Restricted,
    ClaimsNew,
    Undecryptable,
    Torn,
}

const FATES: [Fate; 6] =
    [Fate::Fine, Fate::Silent, Fate::Restricted, Fate::ClaimsNew, Fate::Undecryptable, Fate::Torn];

fn harness(folders: usize, fates: &[Fate]) -> Harness {
    thread_local! {
        static BUILT: std::cell::RefCell<std::collections::HashMap<usize, Built>> = Default::default();
    }
    let plan = Plan { seed: 7, documents: 1, folders, per_folder: 1 };
    let mut built =
        BUILT.with_borrow_mut(|known| known.entry(folders).or_insert_with(|| build(plan).unwrap()).clone());
    for (folder, fate) in built.folders.iter().zip(fates) {
        let channel = built.server.channels.get_mut(&folder.channel).unwrap();
        match fate {
            Fate::Fine => {}
            Fate::Silent => channel.silent = true,
            Fate::Restricted => channel.allowed = Some(vec!["nobody".into()]),
            Fate::ClaimsNew => channel.claims_new = true,
            Fate::Undecryptable => {
                channel.messages.iter_mut().for_each(|m| m.message = m.message.replace('A', "B"))
            }
            Fate::Torn => {
                // The first message every reader knows by itself; the second is what the rest hangs on.
                channel.messages.remove(1);
            }
        }
    }
    // Earlier sessions pinned everything, and one id that the drive no longer names.
    let mut pinned = built.pins.clone();
    pinned.push("f".repeat(32));
    let state = built.server.pins.entry(built.ed_public.clone()).or_default();
    state.apply("PIN", &pinned);
    state.expire();
    let mut harness = Harness::new(built);
    harness.give_up_unknown();
    harness
}

/// Loads and pins; checks what must hold whatever the order was.
fn load_and_pin(folders: usize, fates: &[Fate], schedule: &mut impl Schedule) -> Result<(), String> {
    let mut harness = harness(folders, fates);
    let all: BTreeSet<String> = harness.built.pins.iter().cloned().collect();
    harness.resume(&mut InOrder).map_err(|e| e.to_string())?;
    let drive = harness.load(schedule).map_err(|e| e.to_string())?;
    let complete = matches!(drive, Drive::Complete(_));
    if complete != fates.iter().all(|fate| *fate == Fate::Fine) {
        return Err(format!("complete: {complete}"));
    }
    let receipt = harness.pin(&drive, &mut InOrder).map_err(|e| e.to_string())?;
    let resets: Vec<_> = harness.built.server.commands.iter().filter(|(c, _)| c == "RESET").collect();
    if receipt.reset != complete || resets.len() != usize::from(complete) {
        return Err(format!("{} RESET, receipt {receipt:?}", resets.len()));
    }
    let pinned = harness.built.server.pins[&harness.built.ed_public].pinned();
    let lost: Vec<_> = all.difference(&pinned).collect();
    if !lost.is_empty() {
        return Err(format!("lost {lost:?}"));
    }
    if complete && pinned != all {
        return Err(format!("kept a surplus of {}", pinned.len() - all.len()));
    }
    Ok(())
}

#[test]
fn every_order_of_replies_for_up_to_three_folders() {
    for folders in 0..=3 {
        let orders = every_order(|path| load_and_pin(folders, &vec![Fate::Fine; folders], path)).unwrap();
        println!("{folders} folders: {orders} orders");
    }
}

#[test]
fn every_order_with_every_fate_of_two_folders() {
    for first in FATES {
        for second in FATES {
            every_order(|path| load_and_pin(2, &[first, second], path)).unwrap_or_else(|what| {
                panic!("{first:?}, {second:?}: {what}");
            });
        }
    }
}

/// Four folders have 5,913,600 orders when JOIN and "is it new?" are answered apart. Their two answers
/// commute (`net::document` is told of both before it asks on), so here they come together.
#[test]
fn every_order_of_histories_for_four_folders() {
    struct Together<'a>(&'a mut pinfold_testkit::explore::Path, Option<String>);
    impl Schedule for Together<'_> {
        fn choose(&mut self, pending: &[pinfold_testkit::server::Answer]) -> usize {
            let channel = |about: &str| about.rsplit(' ').next().unwrap_or_default().to_owned();
            if let Some(at) = self
                .1
                .take()
                .and_then(|c| pending.iter().position(|p| p.about == format!("IS_NEW_CHANNEL {c}")))
            {
                return at;
            }
            let first: Vec<usize> =
                (0..pending.len()).filter(|at| !pending[*at].about.starts_with("IS_NEW")).collect();
            let offered: Vec<_> = first.iter().map(|at| pending[*at].clone()).collect();
            let chosen = first[if offered.len() == 1 { 0 } else { self.0.choose(&offered) }];
            self.1 = Some(channel(&pending[chosen].about));
            chosen
        }
    }
    let orders = every_order(|path| load_and_pin(4, &[Fate::Fine; 4], &mut Together(path, None))).unwrap();
    assert_eq!(orders, 2520, "8! / 2!^4");
}

#[test]
fn seeded_orders_for_large_drives_with_faults() {
    let base = std::env::var("PINFOLD_SEED").ok().and_then(|s| s.parse().ok());
    let seeds: Vec<u64> = base.map_or_else(|| (0..150).collect(), |seed| vec![seed]);
    for seed in seeds {
        let mut random = Seeded::new(seed);
        let folders = 5 + random.below(30);
        let fates: Vec<Fate> = (0..folders)
            .map(|_| if random.below(6) == 0 { FATES[random.below(FATES.len())] } else { Fate::Fine })
            .collect();
        load_and_pin(folders, &fates, &mut Shuffled(random))
            .unwrap_or_else(|what| panic!("{what}\nreplay: PINFOLD_SEED={seed} cargo test -p pinfold-testkit --test suite interleavings::seeded"));
    }
}

/// The connection dies before any one answer: the operation says so, and the same session goes on after.
#[test]
fn a_cut_at_every_point_loses_nothing() {
    cut_everywhere(None, "net/closed");
}

/// The same, when the connection dies of what came over it.
#[test]
fn a_frame_too_large_at_every_point_loses_nothing() {
    cut_everywhere(Some(Error::new(Code::PeerOversized, "too large")), "peer/oversized");
}

fn cut_everywhere(because: Option<Error>, expected: &str) {
    let mut unconfirmed = 0;
    for cut in 0..60 {
        let mut harness = harness(3, &[Fate::Fine; 3]);
        harness.cut_because = because.clone();
        let all: BTreeSet<String> = harness.built.pins.iter().cloned().collect();
        harness.cut_at = Some(cut);
        let mut attempts = 0;
        let receipt = loop {
            attempts += 1;
            assert!(attempts < 4, "cut {cut}: it does not end");
            let done = harness
                .resume(&mut InOrder)
                .and_then(|()| harness.load(&mut InOrder))
                .and_then(|drive| harness.pin(&drive, &mut InOrder));
            let pinned = harness.built.server.pins[&harness.built.ed_public].pinned();
            assert!(all.is_subset(&pinned), "cut {cut}: lost pins");
            match done {
                Ok(receipt) => break receipt,
                Err(error) if error.code() == Code::PinsUnconfirmed => {
                    unconfirmed += 1;
                    assert!(error.detail().contains(&("cause", expected.to_owned())), "cut {cut}: {error}");
                }
                Err(error) => assert_eq!(error.code().as_str(), expected, "cut {cut}"),
            }
        };
        assert!(receipt.confirmed(), "cut {cut}");
    }
    assert!(unconfirmed > 0, "no cut was after a RESET or PIN");
}
