//! The fuzz targets on stable Rust: seeds, changed at random, through the same functions.
//!
//! A short run is part of the tests. A long one, of all targets or of those that are named:
//! `PINFOLD_MUTATIONS=1000000 PINFOLD_TARGETS=content,json cargo test -p pinfold-core --test suite mutated -- --nocapture`.
//! What fails is written to a file, which `npm run fuzz -- --keep` makes a seed.

use super::seeds::targets;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// Executions of each target where nobody asks for more: about a minute for all of them.
const FEW: u64 = 100_000;
/// Longer inputs are cut.
const LONGEST: usize = 1 << 14;
/// Pieces that formats are made of.
const PIECES: &[&str] = &[
    "\"",
    "\\",
    "[",
    "]",
    "{",
    "}",
    ",",
    ":",
    "/",
    "#",
    "|",
    "\n",
    "null",
    "true",
    "-1",
    "1e400",
    "9007199254740993",
    "0",
    "\\ud800",
    "\\udc00",
    "\u{0}",
    "\u{2028}",
    "é",
    "😀",
    "\u{ffff}",
    "[[[[[[[[",
    "{\"a\":{\"a\":",
    "cp|AAAAAAAAAAA=|",
    "0123456789abcdef0123456789abcdef",
    "[2,[[0,0,\"",
    "\"],\"",
    "==",
    "+",
    "-",
    "_",
    " ",
];

/// Numbers from a seed.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound.max(1) as u64) as usize
    }

    fn range(&mut self, len: usize) -> std::ops::Range<usize> {
        let start = self.below(len + 1);
        let most = if self.below(2) == 0 { 4 } else { 64 };
        start..(start + self.below(most)).min(len)
    }
}

fn mutate(random: &mut Random, seeds: &[Vec<u8>]) -> Vec<u8> {
    let mut input = seeds[random.below(seeds.len())].clone();
    for _ in 0..=random.below(6) {
        let range = random.range(input.len());
        let at = range.start;
        match random.below(8) {
            0 => drop(input.drain(range)),
            1 => {
                let piece = input[range].to_vec();
                input.splice(at..at, piece);
            }
            2 | 3 => {
                let piece = PIECES[random.below(PIECES.len())].as_bytes().repeat(1 + random.below(3));
                input.splice(at..at, piece);
            }
            4 => {
                let piece = PIECES[random.below(PIECES.len())].as_bytes().to_vec();
                input.splice(range, piece);
            }
            5 => {
                let other = &seeds[random.below(seeds.len())];
                let piece = other[random.range(other.len())].to_vec();
                input.splice(range, piece);
            }
            6 if !input.is_empty() => {
                let at = random.below(input.len());
                input[at] = if random.below(2) == 0 {
                    input[at] ^ (1 << random.below(8))
                } else {
                    0x20 + random.below(95) as u8
                };
            }
            _ => {
                let other = random.range(input.len());
                let piece = input[other].to_vec();
                input.splice(range, piece);
            }
        }
    }
    input.truncate(LONGEST);
    // What is no UTF-8 is no input to most of them: one in eight stays as it is.
    if random.below(8) > 0 { String::from_utf8_lossy(&input).into_owned().into_bytes() } else { input }
}

#[test]
fn a_mutated_seed_breaks_no_target() {
    let count = std::env::var("PINFOLD_MUTATIONS").ok().map_or(FEW, |count| count.parse().expect("a number"));
    let named = std::env::var("PINFOLD_TARGETS").ok();
    let seed = std::env::var("PINFOLD_SEED").ok().map_or(1, |seed| seed.parse().expect("a number"));
    let is_named = |name: &str| named.as_ref().is_none_or(|named| named.split(',').any(|it| it == name));
    let targets: Vec<_> = targets::ALL.iter().filter(|(name, _)| is_named(name)).collect();
    assert!(!targets.is_empty(), "there is no target {named:?}");
    let next = AtomicUsize::new(0);
    // On all cores: each takes the next target.
    thread::scope(|scope| {
        let work = || {
            while let Some((name, run)) = targets.get(next.fetch_add(1, Ordering::Relaxed)) {
                mutations_of(name, *run, seed, count);
            }
        };
        let cores = thread::available_parallelism().map_or(1, usize::from);
        for worker in (0..cores).map(|_| scope.spawn(work)).collect::<Vec<_>>() {
            worker.join().unwrap();
        }
    });
}

fn mutations_of(name: &str, run: fn(&[u8]), seed: u64, count: u64) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds");
    let mut paths: Vec<_> = fs::read_dir(root.join(name)).unwrap().map(|seed| seed.unwrap().path()).collect();
    paths.sort();
    let seeds: Vec<Vec<u8>> = paths.iter().map(|path| fs::read(path).unwrap()).collect();
    let mut random = Random(seed);
    for _ in 0..count {
        let input = mutate(&mut random, &seeds);
        if catch_unwind(AssertUnwindSafe(|| run(&input))).is_err() {
            let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("broke-{name}"));
            fs::write(&path, &input).unwrap();
            panic!("{name} breaks; the input is in {}", path.display());
        }
    }
    println!("{name}: {count} executions");
}
