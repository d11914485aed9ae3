//! Where a load takes long.
use pinfold_testkit::account::{Plan, Variety, build_with};
use pinfold_testkit::harness::{Harness, InOrder};
use std::time::Instant;
fn main() {
    let plan = Plan { seed: 1, documents: 10_000, folders: 200, per_folder: 100 };
    let built = build_with(plan, &Variety { mixed: true, letters: 3, ..Variety::default() }).unwrap();
    let mut harness = Harness::new(built);
    harness.session.keep_logs();
    harness.resume(&mut InOrder).unwrap();
    let ticket = harness.session.load_drive(harness.now).unwrap();
    let mut all = Vec::new();
    let mut n = 0;
    loop {
        let t = Instant::now();
        let more = harness.go_on(&mut InOrder);
        all.push((t.elapsed(), n));
        n += 1;
        if harness.ended(ticket).is_some() || !more {
            break;
        }
    }
    all.sort();
    for (d, n) in all.iter().rev().take(12) {
        println!("{n} {d:?}");
    }
    println!("steps {n}");
}
