//! What goes wrong: documents that say nothing or cannot be read, lost connections, others who are at it as well.

use std::collections::BTreeSet;

use pinfold_core::drive::complete::Drive;
use pinfold_core::json::{Object, Value, canonical};
use pinfold_testkit::account::{Plan, build};
use pinfold_testkit::harness::{Harness, InOrder};
use pinfold_testkit::server::Whim;

use super::{
    Office, REAL_TIME, SECOND, add, content, current, elsewhere, entered, pinned, real_time_in, sent, with,
    writes,
};

#[test]
fn what_names_no_channel_changes_nothing() {
    let mut harness = current();
    let long = format!("{{\"content\":{{\"channel\":\"{}\"}}}}", "e".repeat(100_000));
    let texts = [
        "{}".to_owned(),
        "{\"content\":null}".to_owned(),
        "{\"content\":{\"channel\":7}}".to_owned(),
        "{\"content\":{\"channel\":[\"0123456789abcdef0123456789abcdef\"]}}".to_owned(),
        "{\"content\":[{\"channel\":\"0123456789abcdef0123456789abcdef\"}]}".to_owned(),
        "[\"0123456789abcdef0123456789abcdef\"]".to_owned(),
        content(""),
        content("0123456789abcdef0123456789abcde"),
        content("0123456789abcdef0123456789abcdef0"),
        content("0123456789abcdef0123456789abcdef0123456789abcdef"),
        content("../3456789abcdef0123456789abcdef"),
        content("0123456789abcdef0123456789abcd\u{e9}"),
        content("0123456789abcdef0123456789abcd\\u0000e"),
        content("0123456789abcdef0123456789abcde\\ud83d"),
        long,
    ];
    let offices: Vec<Office> = texts
        .into_iter()
        .enumerate()
        .map(|(at, text)| Office::of(1_000 + at as u64, "sheet", None, &[text]))
        .collect();
    offices.iter().for_each(|office| office.store(&mut harness));
    elsewhere(&mut harness, |document| {
        offices
            .iter()
            .enumerate()
            .for_each(|(at, office)| add(document, &(100 + at).to_string(), office.entry()));
    });
    let before = pinned(&harness);
    harness.pass(harness.now + 200 * SECOND);
    assert_eq!(writes(&harness, &harness.built.drive_channel), 0);
    let own: BTreeSet<String> = offices.iter().map(|office| office.channel().to_owned()).collect();
    assert_eq!(pinned(&harness), before.union(&own).cloned().collect());
    for office in &offices {
        assert_eq!(sent(&harness, "GET_HISTORY", office.channel()), 1, "it is looked into once");
    }
}

/// None of them is created, and the drive is complete all the while.
#[test]
fn what_cannot_be_read_changes_nothing() {
    let mut harness = current();
    let offices: Vec<Office> = (0..6).map(|at| Office::sheet(30 + at)).collect();
    for (at, office) in offices.iter().enumerate().skip(1) {
        office.store(&mut harness);
        let log = harness.built.server.channels.get_mut(office.channel()).unwrap();
        match at {
            1 => log.placeholder = Some("EXPIRED".into()),
            2 => log.silent = true,
            3 => log.messages[0].message = log.messages[0].message.chars().rev().collect(),
            4 => log.allowed = Some(vec!["B".repeat(44)]),
            _ => log.messages.clear(),
        }
    }
    elsewhere(&mut harness, |document| {
        offices
            .iter()
            .enumerate()
            .for_each(|(at, office)| add(document, &(100 + at).to_string(), office.entry()));
        // Links without keys, and texts that are not links.
        for (key, link) in
            [("200", "/sheet/#/3/sheet/edit/abc/"), ("201", "/sheet/#"), ("202", "/doc/#/2/doc/edit/x/")]
        {
            let mut entry = Object::new();
            entry.insert("href", link);
            add(document, key, entry);
        }
    });
    harness.pass(harness.now + SECOND);
    assert!(matches!(harness.load(&mut InOrder).unwrap(), Drive::Complete(_)), "nothing waits for them");
    harness.pass(harness.now + 300 * SECOND);
    assert_eq!(writes(&harness, &harness.built.drive_channel), 0);
    assert!(!harness.built.server.channels.contains_key(offices[0].channel()));
    for office in &offices {
        assert!(sent(&harness, "IS_NEW_CHANNEL", office.channel()) >= 1);
        assert!(sent(&harness, "GET_HISTORY", office.channel()) <= 1);
    }
}

#[test]
fn one_that_a_lost_connection_interrupted_is_looked_into_again_but_not_for_ever() {
    let mut harness = current();
    let office = Office::sheet(1);
    office.store(&mut harness);
    let asked = |harness: &Harness| sent(harness, "IS_NEW_CHANNEL", office.channel());
    let until_asked = |harness: &mut Harness, times: usize| {
        for _ in 0..2_000 {
            if asked(harness) == times {
                return;
            }
            harness.go_on(&mut InOrder);
        }
    };
    elsewhere(&mut harness, |document| add(document, "77", office.entry()));
    until_asked(&mut harness, 1);
    harness.cut();
    harness.pass(harness.now + 10 * SECOND);
    assert_eq!((asked(&harness), entered(&harness, "77").as_deref()), (2, Some(REAL_TIME)));
    assert!(pinned(&harness).contains(REAL_TIME));

    let mut harness = with(&office);
    for times in 1..=4 {
        until_asked(&mut harness, times);
        harness.cut();
    }
    harness.pass(harness.now + 200 * SECOND);
    assert_eq!((asked(&harness), entered(&harness, "77")), (3, None));
    assert!(pinned(&harness).contains(office.channel()), "all else goes on");
}

/// The edit is one like any other: kept through a lost connection, given up where the server does not take it.
#[test]
fn what_was_found_is_written_as_every_edit_is() {
    for (whim, there) in
        [(Whim::CutBefore, true), (Whim::CutAfter, true), (Whim::Forget, true), (Whim::Refuse, false)]
    {
        let mut harness = current();
        let office = Office::sheet(1);
        office.store(&mut harness);
        harness.built.server.whims = [Some(whim)].into();
        elsewhere(&mut harness, |document| add(document, "77", office.entry()));
        harness.pass(harness.now + 20 * SECOND);
        assert_eq!(entered(&harness, "77").is_some(), there, "{whim:?}");
        assert_eq!(pinned(&harness).contains(REAL_TIME), there, "{whim:?}");
    }
}

#[test]
fn several_devices_that_do_it_at_once_enter_it_once() {
    // Another device is first, and we hear of it before the document has answered.
    let office = Office::sheet(1);
    let mut harness = with(&office);
    while sent(&harness, "GET_HISTORY", office.channel()) == 0 {
        harness.go_on(&mut InOrder);
    }
    let enter = |document: &mut Value| {
        let mut entry = office.entry();
        entry.insert("rtChannel", REAL_TIME);
        add(document, "77", entry);
    };
    elsewhere(&mut harness, enter);
    harness.pass(harness.now + SECOND);
    assert_eq!(writes(&harness, &harness.built.drive_channel), 0);
    assert!(pinned(&harness).contains(REAL_TIME));

    // Both write on the same document: one of the two messages counts, and neither does anything twice.
    let mut harness = with(&office);
    while sent(&harness, "GET_HISTORY", office.channel()) == 0 {
        harness.go_on(&mut InOrder);
    }
    let mut device = harness.built.device().unwrap();
    let late = device.edit(&mut harness.built.server, enter).unwrap();
    harness.drain();
    for frame in late {
        harness.interject(&frame);
    }
    harness.pass(harness.now + 20 * SECOND);
    assert_eq!(entered(&harness, "77").as_deref(), Some(REAL_TIME));
    assert!(pinned(&harness).contains(REAL_TIME));
    assert!(writes(&harness, &harness.built.drive_channel) <= 1);
    let document = harness.session.document().unwrap();
    assert_eq!(real_time_in(document.document(), "77").as_deref(), Some(REAL_TIME));
}

#[test]
fn an_entry_that_is_gone_or_of_another_document_by_then_is_not_touched() {
    for replaced in [false, true] {
        let mut harness = current();
        let (office, other) = (Office::sheet(1), Office::of(2, "pad", None, &[content(REAL_TIME)]));
        office.store(&mut harness);
        elsewhere(&mut harness, |document| add(document, "77", office.entry()));
        while sent(&harness, "GET_HISTORY", office.channel()) == 0 {
            harness.go_on(&mut InOrder);
        }
        elsewhere(&mut harness, |document| {
            let drive = document.as_object_mut().unwrap().get_mut("drive").unwrap().as_object_mut().unwrap();
            let files = drive.get_mut("filesData").unwrap().as_object_mut().unwrap();
            files.remove("77");
            if replaced {
                files.insert("77", other.entry());
            }
        });
        harness.pass(harness.now + 20 * SECOND);
        let document = harness.built.device().unwrap().read(&harness.built.server).unwrap();
        assert!(!canonical(&document).contains(REAL_TIME));
        assert!(!pinned(&harness).contains(REAL_TIME));
    }
}

/// An entry may call any channel an office document, under any key (version 1). That of a folder which appears while it
/// is looked into is read as a folder.
#[test]
fn an_entry_that_names_a_folder_s_channel_delays_no_folder() {
    let mut harness = current();
    let other = build(Plan { seed: 60, folders: 1, per_folder: 3, documents: 0 }).unwrap();
    let shared = other.folders[0].clone();
    let channel = other.server.channels[&shared.channel].clone();
    harness.built.server.channels.insert(shared.channel.clone(), channel);
    let bytes = pinfold_core::encoding::decode_hex(&shared.channel).unwrap();
    let link = format!(
        "/sheet/#/1/edit/{}/{}/",
        pinfold_core::encoding::encode_link(&bytes),
        "dwp81vGRSpB96Oh-2xXCwfsl"
    );
    let mut entry = Object::new();
    entry.insert("href", link);
    elsewhere(&mut harness, |document| add(document, "77", entry));
    for _ in 0..100 {
        if sent(&harness, "IS_NEW_CHANNEL", &shared.channel) > 0 {
            break;
        }
        harness.go_on(&mut InOrder);
    }
    assert_eq!(sent(&harness, "IS_NEW_CHANNEL", &shared.channel), 1, "it is being looked into");
    elsewhere(&mut harness, |document| {
        let mut declared = Object::new();
        declared.insert("channel", shared.channel.as_str());
        declared.insert("href", format!("/drive/#{}", shared.hash).as_str());
        let drive = document.as_object_mut().unwrap().get_mut("drive").unwrap().as_object_mut().unwrap();
        drive.get_mut("sharedFolders").unwrap().as_object_mut().unwrap().insert("555", declared);
    });
    let Drive::Complete(drive) = harness.load(&mut InOrder).unwrap() else { panic!("the folder opens") };
    assert!(
        shared.documents.iter().all(|document| drive
            .pin_set()
            .ids()
            .iter()
            .any(|id| *id == document.as_str()))
    );
    harness.pass(harness.now + 100 * SECOND);
    assert!(shared.documents.iter().all(|document| pinned(&harness).contains(document)));
}
