//! Entries whose channel is no id: other members of a folder write what they like, and damaged links were stored. Such
//! a text never reaches the server as a pin, and every other entry is pinned and confirmed.

use std::collections::BTreeSet;
use std::time::Duration;

use pinfold_core::drive::complete::Drive;
use pinfold_core::error::Code;
use pinfold_core::json::{Object, Text, Value};
use pinfold_core::pins::rules::Category;
use pinfold_testkit::account::{Plan, build};
use pinfold_testkit::device::Device;
use pinfold_testkit::entropy::Seeded;
use pinfold_testkit::harness::{Harness, InOrder};

const PLAN: Plan = Plan { seed: 6, documents: 2, folders: 2, per_folder: 1 };
const LINK: &str = "/pad/#/2/pad/edit/dwp81vGRSpB96Oh-2xXCwfsl/";

fn add(document: &mut Value, key: &str, fields: &[(&str, Value)]) {
    let mut entry = Object::new();
    entry.insert("href", LINK);
    for (field, value) in fields {
        entry.insert(*field, value.clone());
    }
    let files = document.as_object_mut().unwrap().get_mut("filesData").unwrap();
    files.as_object_mut().unwrap().insert(key, Value::Object(entry));
}

fn text(unit: &str) -> Text {
    Text::from(unit.repeat(32).chars().take(32).collect::<String>())
}

/// What no id is, each with its place in an entry.
fn odd() -> Vec<(&'static str, Value)> {
    let mut half = text("a").units().collect::<Vec<_>>();
    half[7] = 0xd800;
    let of = |texts: Vec<Text>| Value::Array(texts.into_iter().map(Value::from).collect());
    vec![
        ("channel", format!("{}#{}", "a".repeat(20), "b".repeat(11)).as_str().into()),
        ("channel", format!("{}#drive", "a".repeat(26)).as_str().into()),
        ("channel", "#".repeat(32).as_str().into()),
        ("channel", "%2F2%2Fdoc%2Fview%2FyGMKP783XRYQ".into()),
        ("channel", "my notes about the meeting of la".into()),
        ("channel", "/2/form/view/yGMKP783XRYQnI+0Fpx".into()),
        ("channel", text("\u{0}").into()),
        ("channel", text("\"").into()),
        ("channel", Text::from_utf16(&half).into()),
        ("channel", "a".repeat(31).as_str().into()),
        ("answersChannel", text("b#").into()),
        ("rtChannel", text("c\n").into()),
        ("ooImages", of(vec![text("d."), text("e#")])),
        // What real clients pin, and the server takes as it is.
        ("channel", text("F").into()),
        ("channel", text("é").into()),
    ]
}

#[test]
fn every_other_entry_is_confirmed_in_every_session() {
    let mut built = build(PLAN).unwrap();
    let mut member = Device::new(&built.folders[0].hash, 1).unwrap();
    for (at, (field, value)) in odd().into_iter().enumerate() {
        let key = format!("70{at}");
        let good = format!("{at:032}").as_str().into();
        let fields =
            if field == "channel" { vec![(field, value)] } else { vec![("channel", good), (field, value)] };
        member.edit(&mut built.server, |d| add(d, &key, &fields)).unwrap();
    }
    let before: BTreeSet<String> = built.pins.iter().cloned().collect();
    let mut store = Default::default();
    for seed in 1..4 {
        let mut harness = Harness::with_entropy(built, Seeded::new(seed));
        harness.store = store;
        harness.now += Duration::from_secs(seed * 86_400);
        harness.resume(&mut InOrder).unwrap();
        let drive = harness.load(&mut InOrder).unwrap();
        assert!(matches!(drive, Drive::Complete(_)));
        assert!(harness.pin(&drive, &mut InOrder).unwrap().confirmed(), "session {seed}");
        let told: Vec<_> =
            drive.skipped().into_iter().map(|skipped| (skipped.category, skipped.code)).collect();
        assert_eq!(told.len(), 14);
        assert!(told.iter().all(|(_, code)| *code == Code::PinsNotAnId));
        assert_eq!(told.iter().filter(|(category, _)| *category == Category::Image).count(), 2);
        let held = harness.built.server.pins[&harness.built.ed_public].pinned();
        assert!(held.is_superset(&before));
        let new: Vec<String> = held.difference(&before).cloned().collect();
        assert_eq!(new.len(), 5, "{new:?}");
        (built, store) = (harness.built, harness.store);
        built.server.expire_sessions();
    }
    let sent = built.server.commands.iter().flat_map(|(_, ids)| ids);
    let tags = |id: &String| id.split_once('#').is_none_or(|(_, tag)| matches!(tag, "drive" | "block"));
    assert!(sent.into_iter().all(|id| tags(id) && !id.contains(['%', ' ', '/', '"', '\n', '\0', '.'])));
}

/// An older version stored damaged links, and took the beginning of one for its channel: 18 characters of the key.
#[test]
fn a_piece_of_a_link_is_no_channel() {
    let mut built = build(PLAN).unwrap();
    let key = "yGMKP783XRYQnI+0FpMOr7AmyRQXvBM-sZ0v4qHxRAY";
    let mut device = built.device().unwrap();
    for (at, hash) in [format!("{key}/auditor={key}/"), format!("ew-{key}-------------/")].iter().enumerate()
    {
        let fields = [("href", format!("/form/#{hash}").as_str().into()), ("channel", hash[..32].into())];
        let within = |d: &mut Value| {
            add(d.as_object_mut().unwrap().get_mut("drive").unwrap(), &format!("70{at}"), &fields)
        };
        device.edit(&mut built.server, within).unwrap();
    }
    let mut harness = Harness::new(built);
    harness.resume(&mut InOrder).unwrap();
    let drive = harness.load(&mut InOrder).unwrap();
    assert!(harness.pin(&drive, &mut InOrder).unwrap().confirmed());
    assert_eq!(drive.skipped().len(), 2);
    assert!(!harness.sent.iter().any(|frame| frame.contains(&key[..18])));
}
