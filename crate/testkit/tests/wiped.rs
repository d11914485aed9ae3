//! What a session leaves in the memory of a native program that gives memory back as zeros, as the package and the
//! companion do: nothing. A program of its own, because the allocator is the whole program's.
#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops at the first surprise"
)]

use std::alloc::System;
use std::fs::{self, File};
use std::os::unix::fs::FileExt;

use pinfold_core::crypto::kdf;
use pinfold_core::json::Value;
use pinfold_testkit::account::{Login, Plan, Variety, build_with};
use pinfold_testkit::harness::{Harness, InOrder};
use zeroizing_alloc::ZeroAlloc;

#[global_allocator]
static MEMORY: ZeroAlloc<System> = ZeroAlloc(System);

const ORIGIN: &str = "https://drive.example";
const MASK: u8 = 0xA5;

/// A secret to look for. It is kept masked: the search must not find itself.
struct Needle(&'static str, Vec<u8>);

impl Needle {
    fn new(name: &'static str, secret: &[u8]) -> Self {
        Self(name, secret.iter().map(|byte| byte ^ MASK).collect())
    }
}

/// The names of the needles that stand in the memory of this process.
fn found(needles: &[Needle]) -> Vec<&'static str> {
    const OVERLAP: usize = 256;
    let memory = File::open("/proc/self/mem").unwrap();
    let mut chunk = vec![0; 1 << 16];
    let mut found = Vec::new();
    // Not the stack: what a computation leaves there goes with the next one, and no allocator wipes it.
    let stack = u64::try_from((&raw const found).addr()).unwrap();
    for line in fs::read_to_string("/proc/self/maps").unwrap().lines() {
        let (range, rest) = line.split_once(' ').unwrap();
        let (from, to) = range.split_once('-').unwrap();
        let [mut from, to] = [from, to].map(|address| u64::from_str_radix(address, 16).unwrap());
        // What the program can write: heaps and statics.
        if !rest.starts_with("rw") || (from..to).contains(&stack) || rest.ends_with("[stack]") {
            continue;
        }
        while from < to {
            let length = usize::try_from(to - from).unwrap().min(chunk.len());
            // A map that has gone meanwhile.
            let Ok(read) = memory.read_at(&mut chunk[..length], from) else { break };
            chunk[..read].iter_mut().for_each(|byte| *byte ^= MASK);
            for Needle(name, secret) in needles {
                if chunk[..read].windows(secret.len()).any(|window| window == secret) {
                    found.push(*name);
                }
            }
            // What was read of the needles, which are masked, is a secret now: not to be found in here.
            chunk.fill(0);
            from += u64::try_from(if read > OVERLAP { read - OVERLAP } else { read.max(1) }).unwrap();
            if read < length || read <= OVERLAP {
                break;
            }
        }
    }
    found.sort_unstable();
    found.dedup();
    found
}

/// Texts of a document that are secret.
fn texts(document: &Value) -> Vec<Needle> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let drive = document.get("drive").unwrap();
    let entry = |table: &str, field: &str| {
        let entries = drive.get(table).and_then(Value::as_object).unwrap();
        text(entries.iter().find_map(|(_, entry)| entry.get(field)).unwrap())
    };
    let key = |link: String| link.split('/').max_by_key(|part| part.len()).unwrap().to_owned();
    vec![
        Needle::new("edPrivate", text(document.get("edPrivate").unwrap()).as_bytes()),
        Needle::new("curvePrivate", text(document.get("curvePrivate").unwrap()).as_bytes()),
        Needle::new("the link of a document", key(entry("filesData", "href")).as_bytes()),
        Needle::new("the link of a folder", key(entry("sharedFolders", "href")).as_bytes()),
    ]
}

fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

#[test]
fn a_session_that_ended_leaves_nothing() {
    // Put together while the test runs: as a constant it would stand in the program itself.
    let password = || ["what", "nobody", "else", "types"].join(" ");
    let login = Login::Block { username: "wiped".into(), password: password() };
    let plan = Plan { seed: 77, documents: 3, folders: 2, per_folder: 2 };
    let built = build_with(plan, &Variety { login, ..Variety::default() }).unwrap();
    let mut needles = vec![
        Needle::new("the password, UTF-8", password().as_bytes()),
        Needle::new("the password, UTF-16", &utf16(&password())),
        Needle::new("the user hash", built.user_hash().split('/').nth(4).unwrap().as_bytes()),
    ];
    let stretched = kdf::scrypt(password().as_bytes(), b"wiped").unwrap();
    needles.push(Needle::new("the block's signing key", &stretched.expose()[98..130]));
    needles.push(Needle::new("the block's symmetric key", &stretched.expose()[130..162]));
    drop(stretched);

    let mut harness = Harness::new(built);
    harness.pages = harness.built.pages(ORIGIN);
    let credentials = harness.built.credentials(ORIGIN).unwrap();
    harness.open(credentials).unwrap();
    let drive = harness.load(&mut InOrder).unwrap();
    assert!(harness.pin(&drive, &mut InOrder).unwrap().confirmed());
    needles.extend(texts(harness.session.document().unwrap().document()));

    // The search sees what is there: the account that was built for the test holds these itself.
    let alive = found(&needles);
    for name in
        ["edPrivate", "curvePrivate", "the link of a document", "the link of a folder", "the user hash"]
    {
        assert!(alive.contains(&name), "{name} among {alive:?}");
    }
    drop((harness, drive));
    assert_eq!(found(&needles), Vec::<&str>::new());
}
