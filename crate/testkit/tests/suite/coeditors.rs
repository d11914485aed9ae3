//! What a member with the edit key can do to a folder: no more to this client than to the real one.

use std::time::Duration;

use pinfold_core::chainpad::checkpoint::strip_prefix;
use pinfold_core::chainpad::{Chain, Mode};
use pinfold_core::drive::complete::Drive;
use pinfold_core::encoding::encode_base64;
use pinfold_core::href::secrets_from_hash;
use pinfold_core::json::{Object, Value};
use pinfold_core::net::unavailable::Unavailable;
use pinfold_testkit::account::{Built, Plan, build};
use pinfold_testkit::device::Device;
use pinfold_testkit::entropy::Seeded;
use pinfold_testkit::harness::{Harness, InOrder};
use pinfold_testkit::server::Stored;

const PLAN: Plan = Plan { seed: 6, documents: 2, folders: 2, per_folder: 1 };
const HOUR: Duration = Duration::from_secs(3_600);

fn loaded(built: Built) -> (Harness, Drive) {
    let mut harness = Harness::new(built);
    harness.resume(&mut InOrder).unwrap();
    let drive = harness.load(&mut InOrder).unwrap();
    (harness, drive)
}

fn missing(drive: &Drive) -> Vec<Unavailable> {
    match drive {
        Drive::Partial(partial) => partial.missing().map(|(_, why)| why.clone()).collect(),
        Drive::Complete(_) => Vec::new(),
    }
}

/// A text as somebody with the folder's key signs it.
fn signed(built: &Built, text: &[u8]) -> String {
    let keys = secrets_from_hash("drive", &built.folders[0].hash, None).unwrap().message_keys().unwrap();
    encode_base64(&keys.sign.as_ref().unwrap().sign(text))
}

/// A plain message, sealed as the folder's are.
fn sealed(built: &Built, plain: &str, seed: u64) -> String {
    let keys = secrets_from_hash("drive", &built.folders[0].hash, None).unwrap().message_keys().unwrap();
    keys.seal(plain, &mut Seeded::new(seed)).unwrap()
}

fn write(built: &mut Built, message: &str) {
    let channel = built.folders[0].channel.clone();
    built.server.write(&channel, message, 1_700_000_000_002);
}

fn chain(built: &Built) -> Chain {
    let keys = secrets_from_hash("drive", &built.folders[0].hash, None).unwrap().message_keys().unwrap();
    let mut chain = Chain::new(Mode::ListMap);
    for stored in &built.server.channels[&built.folders[0].channel].messages {
        if let Ok(plain) = keys.open(strip_prefix(&stored.message).0) {
            chain.push(&plain);
        }
    }
    chain
}

#[test]
fn what_is_signed_and_does_not_open_is_passed_over() {
    for garbage in [&b"not a box"[..], b"", b"AAAA|AAAA", &[0xFF; 300]] {
        let mut built = build(PLAN).unwrap();
        let message = signed(&built, garbage);
        write(&mut built, &message);
        let (_, drive) = loaded(built);
        assert_eq!(missing(&drive), []);
    }
    for plain in ["garbage", "[]", "[2]", r#"[3,["x"],"x"]"#] {
        let mut built = build(PLAN).unwrap();
        let message = sealed(&built, plain, 5);
        write(&mut built, &message);
        let (_, drive) = loaded(built);
        assert_eq!(missing(&drive), [], "{plain}");
    }
}

#[test]
fn what_was_damaged_in_the_log_is_a_doubt_until_others_wrote_on() {
    let mut built = build(PLAN).unwrap();
    let mut message = sealed(&built, "[2]", 5);
    let other = if message.ends_with("A=") || message.as_bytes()[100] != b'A' { "A" } else { "B" };
    message.replace_range(100..101, other);
    write(&mut built, &message);
    let mut device = Device::new(&built.folders[0].hash, 1).unwrap();
    let (_, drive) = loaded(built.clone());
    assert_eq!(missing(&drive).len(), 1);
    // The device skips what does not open only where the test makes it: take the damaged line out for it.
    let channel = built.folders[0].channel.clone();
    let damaged = built.server.channels.get_mut(&channel).unwrap().messages.pop().unwrap();
    let before = built.server.channels[&channel].messages.len();
    for key in ["71", "72"] {
        device
            .edit(&mut built.server, |document| {
                let files = document.as_object_mut().unwrap().get_mut("filesData").unwrap();
                files.as_object_mut().unwrap().insert(key, Value::Object(Object::new()));
            })
            .unwrap();
    }
    built.server.channels.get_mut(&channel).unwrap().messages.insert(before, damaged);
    assert_eq!(missing(&loaded(built).1), []);
}

#[test]
fn a_folder_of_which_nothing_is_understood_is_not_empty() {
    // Not one message opens, or those that do are no messages.
    for plain in [None, Some("[]")] {
        let mut built = build(PLAN).unwrap();
        let message = plain.map_or_else(|| signed(&built, b"not a box"), |plain| sealed(&built, plain, 5));
        let channel = built.folders[0].channel.clone();
        let log = &mut built.server.channels.get_mut(&channel).unwrap().messages;
        let whole = std::mem::replace(log, vec![Stored { message, time: 1 }]);
        assert!(whole.len() > 1);
        let (_, drive) = loaded(built);
        assert!(matches!(missing(&drive)[..], [Unavailable::Unreadable { .. }]), "{plain:?}");
    }
}

#[test]
fn what_hangs_on_garbage_hangs_on_something_missing() {
    let mut built = build(PLAN).unwrap();
    let mut chain = chain(&built);
    // Somebody's patch cannot be read by us, and the next one was written on it.
    let (document, best) = (chain.document_hash(), chain.best_hash().unwrap());
    let unread = format!(r#"[2,[[1,0,"\"a\":1,"],"{document}"],"{best}"]"#);
    assert_eq!(format!("{:?}", chain.push(&unread)), "Applied");
    let (document, best) = (chain.document_hash(), chain.best_hash().unwrap());
    let next = format!(r#"[2,[[1,0,"\"b\":1,"],"{document}"],"{best}"]"#);
    let garbage = signed(&built, b"not a box");
    write(&mut built, &garbage);
    let next = sealed(&built, &next, 6);
    write(&mut built, &next);
    let (_, drive) = loaded(built);
    assert!(matches!(missing(&drive)[..], [Unavailable::Unreadable { .. }]));
}

/// Puts a field into an entry of the folder, as a patch that every client takes.
fn with_field(built: &mut Built, field: &str) {
    let mut chain = chain(built);
    let text = chain.document_text().as_str().unwrap().to_owned();
    let at = text.find(r#""channel":"#).unwrap();
    let (hash, parent) = (chain.document_hash(), chain.best_hash().unwrap());
    let insert = pinfold_core::json::stringify(&Value::from(format!(r#""aa":{field},"#)));
    let plain = format!(r#"[2,[[{at},0,{insert}],"{hash}"],"{parent}"]"#);
    assert_eq!(format!("{:?}", chain.push(&plain)), "Applied");
    let message = sealed(built, &plain, 5);
    write(built, &message);
}

#[test]
fn a_field_of_any_depth_is_a_field() {
    for depth in [127, 128, 200, 5_000, 100_000] {
        for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
            let middle = if open == "[" { "" } else { "0" };
            let field = format!("{}{middle}{}", open.repeat(depth), close.repeat(depth));
            let mut built = build(PLAN).unwrap();
            let expected = loaded(built.clone()).1.additions().ids().clone();
            with_field(&mut built, &field);
            let (mut harness, drive) = loaded(built);
            assert_eq!(missing(&drive), [], "{depth}");
            assert_eq!(*drive.additions().ids(), expected);
            assert!(harness.pin(&drive, &mut InOrder).unwrap().confirmed());
            // What others add later is written beside it, and read.
            let mut device = Device::new(&harness.built.folders[0].hash.clone(), 1).unwrap();
            let frames = device
                .edit(&mut harness.built.server, |document| {
                    let files = document.as_object_mut().unwrap().get_mut("filesData").unwrap();
                    files.as_object_mut().unwrap().insert("99", Value::Object(Object::new()));
                })
                .unwrap();
            for frame in frames {
                harness.interject(&frame);
            }
            assert_eq!(missing(&harness.load(&mut InOrder).unwrap()), []);
        }
    }
}

#[test]
fn what_stays_unreadable_is_read_again_with_longer_and_longer_rests() {
    let mut built = build(PLAN).unwrap();
    let channel = built.folders[0].channel.clone();
    let log = &mut built.server.channels.get_mut(&channel).unwrap().messages;
    let whole = log.clone();
    log.truncate(1);
    let garbage = signed(&build(PLAN).unwrap(), b"not a box");
    built.server.channels.get_mut(&channel).unwrap().messages = vec![Stored { message: garbage, time: 1 }];
    let (mut harness, drive) = loaded(built);
    harness.pin(&drive, &mut InOrder).unwrap();
    harness.session.follow_changes(harness.now);
    harness.sent.clear();
    harness.pass(harness.now + 6 * HOUR);
    let asked = |harness: &Harness| harness.sent.iter().filter(|frame| frame.contains("GET_HISTORY")).count();
    let read = asked(&harness);
    assert!((5..20).contains(&read), "asked {read} times in six hours");
    // And once it is well again, that is noticed.
    harness.built.server.channels.get_mut(&channel).unwrap().messages = whole;
    harness.pass(harness.now + HOUR + Duration::from_secs(60));
    assert_eq!(missing(&harness.load(&mut InOrder).unwrap()), []);
}

#[test]
fn a_document_in_doubt_is_read_again_by_itself_and_without_the_others() {
    let (mut harness, drive) = loaded(build(PLAN).unwrap());
    harness.pin(&drive, &mut InOrder).unwrap();
    let channel = harness.built.folders[0].channel.clone();
    // A message is lost on the way to us, and the next one hangs on it.
    let mut device = Device::new(&harness.built.folders[0].hash.clone(), 1).unwrap();
    let mut frames = Vec::new();
    for key in ["71", "72"] {
        frames.extend(
            device
                .edit(&mut harness.built.server, |document| {
                    let files = document.as_object_mut().unwrap().get_mut("filesData").unwrap();
                    files.as_object_mut().unwrap().insert(key, Value::Object(Object::new()));
                })
                .unwrap(),
        );
    }
    harness.sent.clear();
    harness.interject(frames.last().unwrap());
    assert_eq!(missing(&harness.load(&mut InOrder).unwrap()).len(), 1);
    harness.pass(harness.now + Duration::from_secs(6));
    assert_eq!(missing(&harness.load(&mut InOrder).unwrap()), []);
    let asked: Vec<&String> = harness.sent.iter().filter(|frame| frame.contains("GET_HISTORY")).collect();
    assert!(matches!(asked[..], [only] if only.contains(&channel)), "{asked:?}");
}
