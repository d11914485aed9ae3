//! Runs of the explorer, for those who want to see them: a whole client against a server in memory, decided by a seed.
//!
//! The text is the one that `pinfold-companion explore --json FILE` writes.

use crate::options::{Unfit, misuse};
use pinfold_core::error::Error;
use pinfold_core::json::stringify;
use pinfold_testkit::replay::side_by_side;
use pinfold_testkit::trial::{Kind, search};

/// Seeds that one call looks through. A mutant is found within a few.
pub const MOST_SEEDS: u32 = 100;
/// JavaScript holds no larger whole number exactly.
pub const LARGEST_SEED: u64 = (1 << 53) - 1;

/// The clients by their names.
pub const CLIENTS: [&str; 5] = ["guarded", "race-2019", "second-fix", "cache-race", "in-place-of-mutant"];

/// The run of this seed, and beside a mutant the product in its place.
///
/// # Errors
/// For a client that there is not, and a seed that is no whole number up to [`LARGEST_SEED`].
pub fn of_seed(client: &str, seed: f64) -> Result<String, Unfit> {
    shown(kind(client)?, whole(seed)?).map_err(Unfit::Build)
}

/// The first of so many seeds from this one on that shows a violation, as [`of_seed`] has it; `None` if each of them holds.
///
/// # Errors
/// As [`of_seed`], and for more than [`MOST_SEEDS`].
pub fn first_loss(client: &str, from: f64, seeds: u32) -> Result<Option<String>, Unfit> {
    let (kind, from) = (kind(client)?, whole(from)?);
    if seeds == 0 || seeds > MOST_SEEDS {
        return Err(misuse(&format!("one call looks through 1 to {MOST_SEEDS} seeds")));
    }
    let end = from.saturating_add(u64::from(seeds)).min(LARGEST_SEED + 1);
    let (found, _) = search(kind, from..end).map_err(Unfit::Build)?;
    found.map(|found| shown(kind, found.seed)).transpose().map_err(Unfit::Build)
}

fn shown(kind: Kind, seed: u64) -> Result<String, Error> {
    side_by_side(kind, seed).map(|runs| stringify(&runs))
}

fn kind(client: &str) -> Result<Kind, Unfit> {
    let unknown = || misuse(&format!("there is no client {client:?}; there are {}", CLIENTS.join(", ")));
    Kind::named(client).ok_or_else(unknown)
}

#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "it is whole, positive and small enough"
)]
fn whole(seed: f64) -> Result<u64, Unfit> {
    let fits = seed.fract() == 0.0 && seed >= 0.0 && seed <= LARGEST_SEED as f64;
    if fits { Ok(seed as u64) } else { Err(misuse("a seed is a whole number from 0 to 2^53 - 1")) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use pinfold_core::error::Code;
    use pinfold_core::json::Value;

    fn lost(run: &Value) -> usize {
        let steps = run.get("steps").and_then(Value::as_array).unwrap();
        steps.iter().map(|step| step.get("lost").and_then(Value::as_array).unwrap().len()).sum()
    }

    #[test]
    fn a_seed_that_loses_is_found_and_replayed_beside_the_product() {
        let found = first_loss("race-2019", 0.0, MOST_SEEDS).unwrap().unwrap();
        let parsed = Value::parse(&found).unwrap();
        let [mutant, product] = parsed.get("runs").and_then(Value::as_array).unwrap() else {
            panic!("two runs: {found}")
        };
        let seed = mutant.get("seed").and_then(Value::as_f64).unwrap();
        assert_eq!(of_seed("race-2019", seed).unwrap(), found);
        assert!(lost(mutant) > 0, "{found}");
        assert!(mutant.get("violation").and_then(Value::as_str).unwrap().starts_with("I1"), "{found}");
        assert_eq!((lost(product), product.get("violation")), (0, Some(&Value::Null)), "{found}");
    }

    #[test]
    fn every_client_that_is_named_is_known() {
        for client in CLIENTS {
            assert_eq!(kind(client).unwrap().to_string(), client);
        }
    }

    #[test]
    fn only_known_clients_and_exact_seeds_run() {
        let past = LARGEST_SEED as f64 + 1.0;
        for (client, seed) in [
            ("nobody", 1.0),
            ("race-2019", past),
            ("race-2019", -1.0),
            ("race-2019", 0.5),
            ("race-2019", f64::NAN),
        ] {
            assert_eq!(
                of_seed(client, seed).unwrap_err().told().0,
                Code::MisuseBadArgument,
                "{client} {seed}"
            );
            assert_eq!(
                first_loss(client, seed, 1).unwrap_err().told().0,
                Code::MisuseBadArgument,
                "{client} {seed}"
            );
        }
        for seeds in [0, MOST_SEEDS + 1] {
            assert!(first_loss("guarded", 0.0, seeds).is_err(), "{seeds}");
        }
    }

    #[test]
    fn nothing_is_looked_for_past_the_largest_seed() {
        assert_eq!(first_loss("guarded", LARGEST_SEED as f64, MOST_SEEDS), Ok(None));
    }
}
