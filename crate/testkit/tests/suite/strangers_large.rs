//! Large frames of strangers, while the drive is read, edited and a mailbox is open: nothing ends, and nothing of them is kept.

use pinfold_core::drive::complete::Drive;
use pinfold_core::drive::edit::{Edit, EntryId};
use pinfold_core::session::effect::Event;
use pinfold_core::session::inbox::Reading;
use pinfold_core::session::writing::Target;
use pinfold_testkit::account::{Plan, Variety, build_with};
use pinfold_testkit::harness::{Harness, InOrder};
use pinfold_testkit::server::UID;

const STRANGER: &str = "0123456789abcdef0123456789abcdef";

#[test]
fn frames_of_megabytes_into_every_state_leave_nothing_behind() {
    let plan = Plan { seed: 6, documents: 2, folders: 2, per_folder: 1 };
    let built = build_with(plan, &Variety { letters: 3, ..Variety::default() }).unwrap();
    let mut channels: Vec<String> = built.server.channels.keys().cloned().collect();
    channels.sort();
    channels.push(UID.to_owned());
    let large = "A".repeat(5_000_000);
    let frames: Vec<String> = channels
        .iter()
        .flat_map(|to| {
            let deep = format!("{}{}", "[".repeat(200_000), "]".repeat(200_000));
            [
                format!(r#"[0,"{STRANGER}","MSG","{to}","{large}",1]"#),
                format!(r#"[0,"{STRANGER}","MSG","{to}","cp|xzthVEO6Qss=|{large}"]"#),
                format!(r#"[0,"{STRANGER}","MSG","{to}",{deep}]"#),
            ]
        })
        .collect();
    let mut harness = Harness::new(built);
    harness.resume(&mut InOrder).unwrap();
    harness.session.open_mailbox(harness.now, "notifications", Reading::default()).unwrap();
    let loading = harness.session.load_drive(harness.now).unwrap();
    for frame in &frames {
        harness.interject(frame);
        harness.deliver_one();
        assert!(harness.session.waiting_bytes() < 64 << 20);
    }
    harness.run(loading, &mut InOrder).unwrap();
    let document = harness.session.document().unwrap();
    let files = document.document().get("drive").unwrap().get("filesData").unwrap().as_object().unwrap();
    let entry = EntryId::parse(files.keys().next().unwrap().as_str().unwrap()).unwrap();
    let edits = vec![Edit::Remove { entry }];
    let editing = harness.session.edit(harness.now, Target::Account, edits).unwrap();
    for frame in &frames {
        harness.interject(frame);
        harness.deliver_one();
    }
    harness.run(editing, &mut InOrder).unwrap();
    let drive = harness.load(&mut InOrder).unwrap();
    assert!(matches!(drive, Drive::Complete(_)));
    assert!(harness.pin(&drive, &mut InOrder).unwrap().confirmed());
    assert_eq!(harness.session.waiting_bytes(), 0);
    assert!(!harness.events.iter().any(|event| matches!(event, Event::Net { open: false, .. })));
}
