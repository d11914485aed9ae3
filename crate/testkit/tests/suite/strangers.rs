//! What other clients send and the server hands on as it is (PROTOCOL.md 8.1, 9.5, trap 40): it ends nothing, raises no
//! doubt, and holds nobody up.

use std::time::Duration;

use pinfold_core::drive::complete::Drive;
use pinfold_core::error::Code;
use pinfold_core::json::{Object, Value, stringify};
use pinfold_core::session::effect::Event;
use pinfold_core::session::inbox::Reading;
use pinfold_testkit::account::{Built, Plan, Variety, build, build_with};
use pinfold_testkit::device::Device;
use pinfold_testkit::entropy::Seeded;
use pinfold_testkit::harness::{Harness, InOrder};
use pinfold_testkit::server::{KEEPER, UID};

pub(crate) const PLAN: Plan = Plan { seed: 6, documents: 2, folders: 2, per_folder: 1 };
const STRANGER: &str = "0123456789abcdef0123456789abcdef";
const DAY: Duration = Duration::from_secs(86_400);
const HOUR: Duration = Duration::from_secs(3_600);

/// Anything that JSON can say, down to some depth.
fn anything(entropy: &mut Seeded, depth: usize) -> String {
    let deep = |n: usize| format!("{}{}", "[".repeat(n), "]".repeat(n));
    match entropy.below(if depth == 0 { 9 } else { 12 }) {
        0 => "null".to_owned(),
        1 => "-1".to_owned(),
        2 => "1.5".to_owned(),
        3 => "1e300".to_owned(),
        4 => "1795937834811".to_owned(),
        5 => "true".to_owned(),
        6 => r#""\ud800\u0000""#.to_owned(),
        7 => deep(1 + entropy.below(3000)),
        8 => format!("{:?}", "x".repeat(entropy.below(5000))),
        9 => format!(r#"{{"a":{}}}"#, anything(entropy, depth - 1)),
        _ => format!("[{},{}]", anything(entropy, depth - 1), anything(entropy, depth - 1)),
    }
}

/// A text that looks like something: of the history keeper, of a channel, damaged or sent again.
fn text(entropy: &mut Seeded, built: &Built) -> String {
    let mut logs: Vec<_> = built.server.channels.iter().filter(|(_, log)| !log.messages.is_empty()).collect();
    logs.sort_by_key(|(channel, _)| channel.as_str());
    let (channel, log) = logs[entropy.below(logs.len())];
    let mut stored = log.messages[entropy.below(log.messages.len())].message.clone();
    match entropy.below(9) {
        0 => format!(r#"[1,null,"MSG","{channel}","x",1]"#),
        1 => format!(r#"{{"state":1,"channel":"{channel}","txid":1}}"#),
        2 => format!(r#"{{"error":"EDELETED","message":"ARCHIVE_OWNED","channel":"{channel}"}}"#),
        3 => stored,
        4 => format!("cp|xzthVEO6Qss=|{stored}"),
        5 => "cp|xzthVEO6Qss=|garbage".to_owned(),
        6 => {
            stored.truncate(stored.len() / 2);
            stored
        }
        7 => String::new(),
        _ => {
            let at = entropy.below(stored.len());
            stored.replace_range(at..=at, "A");
            stored
        }
    }
}

/// A frame as the server would hand it on.
pub(crate) fn frame(entropy: &mut Seeded, built: &Built) -> String {
    let mut channels: Vec<String> = built.server.channels.keys().cloned().collect();
    channels.sort();
    channels.extend([UID.to_owned(), "e".repeat(34), "__proto__".to_owned()]);
    let to = channels[entropy.below(channels.len())].clone();
    let (sender, command) = match entropy.below(10) {
        // Who writes through WRITE_PRIVATE_MESSAGE writes what the server checked, or into a mailbox.
        0 => ("null".to_owned(), "MSG"),
        1 => (format!("{STRANGER:?}"), "JOIN"),
        2 => (format!("{STRANGER:?}"), "LEAVE"),
        3 => (format!("{STRANGER:?}"), "LATER"),
        _ => (format!("{STRANGER:?}"), "MSG"),
    };
    let to = if entropy.below(12) == 0 { anything(entropy, 1) } else { format!("{to:?}") };
    let mut rest = String::new();
    for at in 0..entropy.below(4) {
        rest.push(',');
        rest.push_str(&match entropy.below(2) {
            0 if at == 0 => stringify(&Value::from(text(entropy, built))),
            _ => anything(entropy, 3),
        });
    }
    format!("[0,{sender},{command:?},{to}{rest}]")
}

/// Carries on with what is under way, a stranger's frame after each step.
pub(crate) fn among_strangers<T>(
    harness: &mut Harness,
    entropy: &mut Seeded,
    ticket: T,
    ended: impl Fn(&mut Harness, T) -> bool,
) where
    T: Copy,
{
    for _ in 0..10_000 {
        if ended(harness, ticket) {
            return;
        }
        let frame = frame(entropy, &harness.built);
        harness.interject(&frame);
        assert!(harness.go_on(&mut InOrder), "the session waits for nothing");
    }
    panic!("the session does not come to an end");
}

pub(crate) fn closed(harness: &Harness) -> bool {
    harness.events.iter().any(|event| matches!(event, Event::Net { open: false, .. }))
}

pub(crate) fn entry(id: &str) -> Value {
    let mut entry = Object::new();
    entry.insert("channel", id);
    entry.insert("href", "/pad/#/2/pad/edit/dwp81vGRSpB96Oh-2xXCwfsl/");
    Value::Object(entry)
}

/// Another member of a folder adds a document, properly.
fn add(harness: &mut Harness, folder: usize, key: &str, id: &str) {
    let mut device = Device::new(&harness.built.folders[folder].hash.clone(), 1).unwrap();
    let frames = device
        .edit(&mut harness.built.server, |document| {
            let files = document.as_object_mut().unwrap().get_mut("filesData").unwrap();
            files.as_object_mut().unwrap().insert(key, entry(id));
        })
        .unwrap();
    for frame in frames {
        harness.interject(&frame);
    }
}

pub(crate) fn is_pinned(harness: &Harness, id: &str) -> bool {
    harness.built.server.pins[&harness.built.ed_public].pinned().contains(id)
}

fn current() -> Harness {
    let mut harness = Harness::new(build(PLAN).unwrap());
    harness.resume(&mut InOrder).unwrap();
    let drive = harness.load(&mut InOrder).unwrap();
    harness.pin(&drive, &mut InOrder).unwrap();
    harness.session.follow_changes(harness.now);
    harness.pass(harness.now + Duration::from_secs(1));
    harness.events.clear();
    harness
}

#[test]
fn a_whole_session_among_strangers_ends_as_one_without() {
    for seed in 0..40 {
        let mut entropy = Seeded::new(seed);
        let built = build_with(PLAN, &Variety { mixed: true, letters: 3, ..Variety::default() }).unwrap();
        let mut alone = Harness::new(built.clone());
        alone.resume(&mut InOrder).unwrap();
        let drive = alone.load(&mut InOrder).unwrap();
        let receipt = alone.pin(&drive, &mut InOrder).unwrap();
        assert!(receipt.confirmed());

        let mut harness = Harness::new(built);
        let done = |harness: &mut Harness, ticket| {
            harness.ended(ticket).map(|ended| assert!(ended.is_ok(), "seed {seed}: {ended:?}")).is_some()
        };
        let signed_in = harness.built.signed_in().unwrap();
        let ticket = harness.session.resume(harness.now, signed_in).unwrap();
        among_strangers(&mut harness, &mut entropy, ticket, done);
        let ticket = harness.session.open_mailbox(harness.now, "notifications", Reading::default()).unwrap();
        among_strangers(&mut harness, &mut entropy, 0, |harness, _| harness.pending().is_empty());
        let drive = {
            let loading = harness.session.load_drive(harness.now).unwrap();
            for _ in 0..30 {
                let frame = frame(&mut entropy, &harness.built);
                harness.interject(&frame);
                harness.deliver_one();
            }
            match harness.run(loading, &mut InOrder).unwrap() {
                pinfold_core::session::effect::Outcome::Drive(drive) => *drive,
                other => panic!("{other:?}"),
            }
        };
        assert!(matches!(drive, Drive::Complete(_)), "seed {seed}");
        for _ in 0..20 {
            let frame = frame(&mut entropy, &harness.built);
            harness.interject(&frame);
        }
        // What nobody with a key wrote does not even make the set that was computed an old one.
        let receipt = harness.pin(&drive, &mut InOrder).unwrap();
        assert!(receipt.confirmed(), "seed {seed}");
        assert!(!closed(&harness), "seed {seed}");
        assert!(harness.session.ignored() > 0);
        let letters = |harness: &Harness| harness.deliveries.iter().filter(|(t, _)| *t == ticket).count();
        assert!(letters(&harness) > 0, "seed {seed}");

        harness.session.follow_changes(harness.now);
        harness.pass(harness.now + Duration::from_secs(1));
        let id = "d".repeat(32);
        add(&mut harness, 0, "77", &id);
        for _ in 0..20 {
            let frame = frame(&mut entropy, &harness.built);
            harness.interject(&frame);
        }
        harness.pass(harness.now + Duration::from_secs(1));
        assert!(is_pinned(&harness, &id), "seed {seed}");
        assert!(!closed(&harness), "seed {seed}");
    }
}

#[test]
fn it_is_counted_and_told_now_and_then() {
    let mut harness = current();
    for _ in 0..150 {
        harness.interject(&format!(r#"[0,"{STRANGER}","MSG","{UID}",[]]"#));
    }
    assert_eq!(harness.session.ignored(), 150);
    let told = |event: &Event| if let Event::Ignored { messages } = event { Some(*messages) } else { None };
    assert_eq!(harness.events.iter().filter_map(told).collect::<Vec<_>>(), [1, 10, 100]);
}

#[test]
fn an_unsigned_checkpoint_leaves_a_folder_as_it_was() {
    let mut harness = current();
    let channel = harness.built.folders[0].channel.clone();
    let unsigned = format!(r#"[0,"{STRANGER}","MSG","{channel}","cp|xzthVEO6Qss=|garbage"]"#);
    for round in 0..6 {
        harness.interject(&unsigned);
        let id = format!("{round}").repeat(32);
        add(&mut harness, 0, &format!("7{round}"), &id);
        harness.pass(harness.now + Duration::from_secs(1));
        assert!(is_pinned(&harness, &id), "round {round}");
    }
    harness.interject(&unsigned);
    assert!(matches!(harness.load(&mut InOrder).unwrap(), Drive::Complete(_)));
}

#[test]
fn old_messages_that_are_sent_again_raise_no_doubt() {
    // Whoever listened has the old messages, and needs no key to send them under the id of the last checkpoint.
    let mut harness = Harness::new(build(PLAN).unwrap());
    let (channel, hash) = (harness.built.folders[0].channel.clone(), harness.built.folders[0].hash.clone());
    let mut device = Device::new(&hash, 1).unwrap();
    for round in 0..260 {
        device
            .edit(&mut harness.built.server, |document| {
                let files = document.as_object_mut().unwrap().get_mut("filesData").unwrap();
                files.as_object_mut().unwrap().insert(format!("9{round}"), entry(&format!("{round:032x}")));
            })
            .unwrap();
    }
    let log = &mut harness.built.server.channels.get_mut(&channel).unwrap().messages;
    let is_checkpoint = |message: &&String| message.starts_with("cp|");
    let all: Vec<String> = log.iter().map(|stored| stored.message.clone()).collect();
    assert!(all.iter().filter(is_checkpoint).count() >= 4);
    // The server delivers from the last but one checkpoint on.
    let from = all.iter().rposition(|m| m.starts_with("cp|")).unwrap();
    let from = all[..from].iter().rposition(|m| m.starts_with("cp|")).unwrap();
    log.drain(..from);
    harness.resume(&mut InOrder).unwrap();
    let drive = harness.load(&mut InOrder).unwrap();
    harness.pin(&drive, &mut InOrder).unwrap();
    let id = all.iter().rfind(is_checkpoint).unwrap().split('|').nth(1).unwrap().to_owned();
    harness.sent.clear();
    for old in &all {
        let message = old.rsplit('|').next().unwrap();
        harness.interject(&format!(r#"[0,"{STRANGER}","MSG","{channel}","cp|{id}|{message}"]"#));
    }
    assert!(matches!(harness.load(&mut InOrder).unwrap(), Drive::Complete(_)));
    harness.pass(harness.now + HOUR);
    assert!(!harness.sent.iter().any(|frame| frame.contains("GET_HISTORY")), "nothing is read again");
}

#[test]
fn a_stranger_cannot_put_off_the_deadline_of_a_folder_that_does_not_answer() {
    let mut harness = Harness::new(build(PLAN).unwrap());
    harness.resume(&mut InOrder).unwrap();
    let channel = harness.built.folders[0].channel.clone();
    harness.built.server.channels.get_mut(&channel).unwrap().silent = true;
    let ticket = harness.session.load_drive(harness.now).unwrap();
    let begun = harness.now;
    // Somebody talks all the time: in this channel, in others, to us.
    for step in 0..200 {
        let to = [channel.as_str(), UID, "f"][step % 3];
        harness.interject(&format!(r#"[0,"{STRANGER}","MSG","{to}","x"]"#));
        harness.deliver_one();
        harness.now += Duration::from_secs(1);
        harness.session.handle(harness.now, pinfold_core::session::effect::Input::Tick);
        if harness.ended(ticket).is_some() {
            assert!(harness.now - begun < Duration::from_secs(60));
            return;
        }
    }
    panic!("it waits for a stranger");
}

#[test]
fn parts_of_a_frame_put_deadlines_off_and_not_for_ever() {
    use pinfold_core::session::effect::Input;
    for (minutes, in_time) in [(5, true), (60, false)] {
        let mut harness = Harness::new(build(PLAN).unwrap());
        harness.resume(&mut InOrder).unwrap();
        let ticket = harness.session.load_drive(harness.now).unwrap();
        harness.deliver_one();
        for _ in 0..minutes * 60 {
            harness.now += Duration::from_secs(1);
            harness.session.handle(harness.now, Input::Arriving);
            harness.session.handle(harness.now, Input::Tick);
        }
        let ended = harness.run(ticket, &mut InOrder);
        let complete = ended.is_ok_and(
            |outcome| matches!(outcome, pinfold_core::session::effect::Outcome::Drive(drive) if matches!(*drive, Drive::Complete(_))),
        );
        assert_eq!(complete, in_time, "{minutes} minutes");
    }
}

#[test]
fn no_fault_of_the_server_is_the_end_of_a_session_that_stays() {
    let mut harness = current();
    let mut rests = Vec::new();
    for _ in 0..8 {
        let lost_at = harness.now;
        harness.interject(r#"[0,"","PING",-1]"#);
        let last = harness.events.iter().rev().find_map(|event| match event {
            Event::Net { open: false, retry_at } => Some(*retry_at),
            _ => None,
        });
        rests.push(last.unwrap().expect("it is dialled again") - lost_at);
        harness.pass(harness.now + Duration::from_secs(61));
        // Just before it would count as well.
        harness.pass(harness.now);
    }
    assert!(rests.iter().all(|rest| *rest <= Duration::from_secs(60)), "{rests:?}");
    let id = "d".repeat(32);
    add(&mut harness, 0, "77", &id);
    harness.pass(harness.now + DAY);
    assert!(is_pinned(&harness, &id));
}

#[test]
fn a_server_that_repeats_its_fault_is_dialled_less_and_less_often() {
    let mut harness = current();
    let mut rests = Vec::new();
    for _ in 0..6 {
        let lost_at = harness.now;
        harness.interject(&format!(r#"[7,"{KEEPER}"#));
        let told = harness.events.iter().rev().find_map(|event| match event {
            Event::Net { open: false, retry_at } => *retry_at,
            _ => None,
        });
        let retry_at = told.unwrap();
        rests.push(retry_at - lost_at);
        // Until it is connected and in its channels again.
        harness.pass(retry_at + Duration::from_millis(10));
    }
    assert!(rests[5] > 8 * rests[0].min(Duration::from_secs(2)), "{rests:?}");
    assert!(
        !harness
            .events
            .iter()
            .any(|event| matches!(event, Event::Evidence(item) if item.code == Code::Internal))
    );
}
