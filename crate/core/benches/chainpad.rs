//! How long a reader takes for the history of a large account: `cargo bench -p pinfold-core --bench chainpad`.
//!
//! The history is what the server sends: a checkpoint, a hundred patches, a checkpoint every fifty. Time
//! should grow with the size of the document and no faster.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops at the first surprise"
)]

use pinfold_core::chainpad::{Chain, Message, Mode};
use pinfold_core::json::{Object, Text, Value, canonical};
use std::time::{Duration, Instant};

fn main() {
    for pads in [500, 1000, 2000, 4000] {
        let (log, document) = history(pads, 100);
        let texts: Vec<String> = log.iter().map(Message::to_json).collect();
        let times: Vec<Duration> = (0..10).map(|_| replay(&texts, &document)).collect();
        let best = times.iter().min().copied().unwrap_or_default();
        println!("{pads} pads, {} units, {} messages: {best:?}", document.len(), texts.len());
    }
}

fn replay(texts: &[String], expected: &[u16]) -> Duration {
    let start = Instant::now();
    let mut chain = Chain::new(Mode::ListMap);
    for text in texts {
        chain.push(text);
    }
    let time = start.elapsed();
    assert!(*chain.document() == *expected, "the replay ended elsewhere");
    time
}

/// The last checkpoints of a channel and what follows, and the document at the end.
fn history(pads: u32, patches: u32) -> (Vec<Message>, Vec<u16>) {
    let mut drive = Object::new();
    for pad in 0..pads {
        drive.insert(id(pad), entry(pad, 0));
    }
    let mut writer = Chain::new(Mode::ListMap);
    let mut log = Vec::new();
    let mut write = |drive: &Object, log: &mut Vec<Message>| {
        let wanted = Text::from(canonical(&drive.clone().into()));
        while let Ok(Some(message)) = writer.message_towards(&wanted) {
            writer.push_message(message.clone());
            log.push(message);
        }
    };
    for change in 0..50 + patches {
        let pad = change.wrapping_mul(2_654_435_761) % pads;
        drive.insert(id(pad), entry(pad, change + 1));
        write(&drive, &mut log);
    }
    let first = log.iter().position(|message| message.checkpoint).unwrap_or(0);
    let log = log.split_off(first);
    (log, writer.document().into_owned())
}

fn id(pad: u32) -> String {
    (u64::from(pad) * 2_251_799_813_685 + 1_000_000).to_string()
}

fn entry(pad: u32, change: u32) -> Value {
    let mut entry = Object::new();
    entry.insert("atime", 1_700_000_000_000.0 + f64::from(change) * 1000.0);
    entry.insert("channel", format!("{:032x}", u128::from(pad) << 64 | 0x5eed));
    entry.insert("ctime", 1_700_000_000_000.0);
    entry.insert("href", format!("/2/pad/edit/{pad:024}/"));
    entry.insert("owners", vec![Value::from(format!("{pad:043}="))]);
    entry.insert("roHref", format!("/2/pad/view/{pad:043}/"));
    entry.insert("title", format!("Größe {pad} 😀"));
    entry.into()
}
