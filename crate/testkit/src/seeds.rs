//! Runs over many seeds, on all cores. Each seed is a run of its own.

use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::channel;
use std::thread::{available_parallelism, scope};

/// Runs each seed once and gives `take` what came of it, in the order in which the runs end. Where `take` says `false`, no
/// further seed is begun.
pub fn each<T: Send>(seeds: Range<u64>, run: impl Fn(u64) -> T + Sync, mut take: impl FnMut(T) -> bool) {
    let next = AtomicU64::new(seeds.start);
    let threads = available_parallelism().map_or(1, usize::from);
    let (results, taken) = channel();
    scope(|scope| {
        for _ in 0..threads {
            let results = results.clone();
            let (next, run) = (&next, &run);
            scope.spawn(move || {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= seeds.end || results.send(run(seed)).is_err() {
                        return;
                    }
                }
            });
        }
        drop(results);
        for result in taken {
            if !take(result) {
                next.store(seeds.end, Ordering::Relaxed);
                return;
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_seed_has_its_turn_once() {
        let mut seen = Vec::new();
        each(
            10..500,
            |seed| seed,
            |seed| {
                seen.push(seed);
                true
            },
        );
        seen.sort_unstable();
        assert_eq!(seen, (10..500).collect::<Vec<_>>());
    }

    #[test]
    fn none_is_begun_after_it_was_enough() {
        let (begun, mut taken) = (AtomicU64::new(0), 0);
        let most = 1_000_000;
        each(
            0..most,
            |_| begun.fetch_add(1, Ordering::Relaxed),
            |_| {
                taken += 1;
                taken < 5
            },
        );
        assert_eq!(taken, 5);
        assert!(begun.into_inner() < most);
    }
}
