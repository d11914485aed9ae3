//! Mutants are found by their seed, and the product passes the same.

use pinfold_testkit::trial::{Kind, in_order, run, search};
use pinfold_testkit::world::unguarded::Policy;

const MUTANTS: [Policy; 3] = [Policy::Race, Policy::SecondFix, Policy::Cache];

/// In the order of the questions nobody loses anything: that is why twenty minutes of looking saw nothing.
#[test]
fn in_order_the_mutants_look_right() {
    for kind in MUTANTS.map(Kind::Mutant).into_iter().chain([Kind::Guarded]) {
        for folders in 1..=4 {
            let outcome = in_order(kind, folders).unwrap();
            assert!(outcome.is_ok(), "{kind}, {folders} folders: {outcome:?}");
        }
    }
}

#[test]
fn each_mutant_is_found_and_the_product_passes_the_same_seeds() {
    for policy in MUTANTS {
        let (found, runs) = search(Kind::Mutant(policy), 0..50).unwrap();
        let found = found.unwrap_or_else(|| panic!("{policy:?}: not found in {runs} runs"));
        println!("{}: run {runs}: {}", found.replay(), found.outcome.as_ref().unwrap_err());
        for seed in 0..=found.seed {
            let product = run(Kind::InPlaceOfMutant, seed, false).unwrap();
            assert!(product.outcome.is_ok(), "{:?}: {}", product.outcome, product.replay());
        }
    }
}

#[test]
fn a_seed_shows_the_same_run_again() {
    let (first, again) = (run(Kind::Guarded, 11, true).unwrap(), run(Kind::Guarded, 11, true).unwrap());
    assert_eq!(first.steps, again.steps);
    assert!(!first.steps.is_empty());
}

#[test]
fn the_product_under_faults_beside_another_device() {
    let given = std::env::var("PINFOLD_SEED").ok().and_then(|seed| seed.parse().ok());
    let seeds = given.map_or(0..400, |seed: u64| seed..seed + 1);
    let (found, _) = search(Kind::Guarded, seeds).unwrap();
    if let Some(found) = found {
        panic!(
            "{}\nfaults: {:?}\nreplay: {}",
            found.outcome.as_ref().unwrap_err(),
            found.faults,
            found.replay()
        );
    }
}
