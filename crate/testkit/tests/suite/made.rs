//! Incidents that were made: everything that happened is found, and nothing else.

use pinfold_testkit::incidents::made::run;
use pinfold_testkit::seeds::each;

/// As many as a few seconds allow. `PINFOLD_MADE=N` runs so many, `PINFOLD_SEED=N` begins with another seed.
#[test]
fn everything_that_happened_in_made_incidents_is_found_and_nothing_else() {
    let number = |name: &str| std::env::var(name).ok().and_then(|value| value.parse::<u64>().ok());
    let (from, count) = (number("PINFOLD_SEED").unwrap_or(0), number("PINFOLD_MADE").unwrap_or(1000));
    let mut found = 0;
    each(from..from + count, run, |report| {
        found += report.unwrap_or_else(|difference| panic!("{difference}")).found;
        true
    });
    println!("{count} made incidents: {found} facts found");
    assert!(found as u64 > 10 * count);
}
