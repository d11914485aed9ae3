//! How long a session takes to open a drive with a folder whose history has a long side branch:
//! `cargo bench --profile native -p pinfold-testkit --bench side_branch`.
//!
//! Everything is in it but the network: frames are parsed, signatures checked, messages opened, both branches replayed.
//! Time should grow with the number of messages and no faster, but for one part: each patch names the hash of the whole
//! document, and here all of them change its beginning.
//! Where the system tells (Linux), it is the processor's time, which a machine that does other work as well changes little.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops at the first surprise"
)]

use pinfold_core::chainpad::{Chain, Message, Mode, Operation};
use pinfold_core::drive::complete::Drive;
use pinfold_core::href::secrets_from_hash;
use pinfold_testkit::account::{Built, Plan, build};
use pinfold_testkit::entropy::Seeded;
use pinfold_testkit::harness::{Harness, InOrder};
use pinfold_testkit::server::Stored;
use std::time::{Duration, Instant};

/// So many messages are behind the branch that the others left.
const ON_THE_MAIN_BRANCH: usize = 200;

fn main() {
    for aside in [3_000, 6_000, 12_000, 24_000] {
        for (name, wins) in [("loses", false), ("wins late", true)] {
            let built = account(aside, wins);
            let times: Vec<Duration> = (0..5).map(|_| open(&built)).collect();
            let best = times.iter().min().copied().unwrap_or_default();
            println!("{aside} messages on a side branch that {name}: {best:?}");
        }
    }
}

/// Signs in and reads the drive.
fn open(built: &Built) -> Duration {
    let mut harness = Harness::new(built.clone());
    let start = (Instant::now(), on_processor());
    harness.resume(&mut InOrder).unwrap();
    let drive = harness.load(&mut InOrder).unwrap();
    let time = start.1.zip(on_processor()).map_or(start.0.elapsed(), |(before, after)| after - before);
    assert!(matches!(drive, Drive::Complete(_)), "it was read");
    time
}

/// How long this thread has been on a processor.
fn on_processor() -> Option<Duration> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    text.split(' ').next()?.parse().ok().map(Duration::from_nanos)
}

/// An account with a folder. A second branch of so many messages begins where its history does.
fn account(aside: usize, wins: bool) -> Built {
    let mut built = build(Plan { seed: 8, documents: 1, folders: 1, per_folder: 40 }).unwrap();
    let folder = built.folders[0].clone();
    let keys = secrets_from_hash("drive", &folder.hash, None).unwrap().message_keys().unwrap();
    let log = &mut built.server.channels.get_mut(&folder.channel).unwrap().messages;
    let mut entropy = Seeded::new(8);
    let mut chain = Chain::new(Mode::ListMap);
    for stored in log.iter() {
        let text = stored.message.rsplit('|').next().unwrap();
        chain.push(&keys.open(text).unwrap());
    }
    let fork = |chain: &Chain| (chain.best_hash().unwrap(), chain.document().into_owned());
    let main = if wins { ON_THE_MAIN_BRANCH } else { aside + 1 };
    let start = fork(&chain);
    for (count, space) in [(main, " "), (aside, "\t")] {
        let (mut tip, mut document) = start.clone();
        for _ in 0..count {
            let insert: Vec<u16> = space.encode_utf16().collect();
            let operation = Operation { offset: 1.0, remove: 0.0, insert: insert.clone() };
            let message = Message {
                checkpoint: false,
                operations: vec![operation],
                document_hash: pinfold_core::chainpad::Hash::of_units(&document).to_string().as_str().into(),
                parent: tip.to_string().as_str().into(),
            };
            document.splice(1..1, insert);
            tip = message.hash();
            let sealed = keys.seal(&message.to_json(), &mut entropy).unwrap();
            log.push(Stored { message: sealed, time: 1_700_000_000_001 });
        }
    }
    built
}
