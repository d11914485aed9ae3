//! The seeds of the fuzz targets, and what the fuzzers found, through the same functions on every run.

use std::fs;
use std::path::Path;

#[path = "../../fuzz/targets.rs"]
pub(crate) mod targets;

#[test]
fn every_seed_runs_through_its_target() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds");
    for (name, run) in targets::ALL {
        let mut seeds: Vec<_> =
            fs::read_dir(root.join(name)).unwrap().map(|seed| seed.unwrap().path()).collect();
        seeds.sort();
        assert!(!seeds.is_empty(), "{name} has no seeds");
        for seed in seeds {
            // The harness shows this when what follows fails.
            println!("{}", seed.display());
            run(&fs::read(&seed).unwrap());
        }
    }
}
