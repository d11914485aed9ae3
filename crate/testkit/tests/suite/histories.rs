//! Random histories: what recovery finds is what a plain replay of every state finds.

use pinfold_testkit::histories::{Tally, run};
use pinfold_testkit::seeds::each;

/// As many as a few seconds allow. `PINFOLD_HISTORIES=N` runs so many, `PINFOLD_SEED=N` begins with another seed.
#[test]
fn recovery_finds_in_random_histories_what_a_plain_replay_of_every_state_finds() {
    let number = |name: &str| std::env::var(name).ok().and_then(|value| value.parse::<u64>().ok());
    let (from, count) = (number("PINFOLD_SEED").unwrap_or(0), number("PINFOLD_HISTORIES").unwrap_or(1000));
    let mut sum = Tally::default();
    each(from..from + count, run, |tally| {
        sum += tally.unwrap_or_else(|difference| panic!("{difference}"));
        true
    });
    println!("{count} histories: {sum:?}");
    assert!(sum.events as u64 > count && sum.damaged > 0 || count < 20);
}
