//! Edits of a session: stored, signed, refused, taken back.

use pinfold_core::drive::edit::{Edit, EntryId, Put};
use pinfold_core::error::Code;
use pinfold_core::href::secrets_from_hash;
use pinfold_core::json::{Object, Value};
use pinfold_core::session::effect::Outcome;
use pinfold_core::session::writing::Target;
use pinfold_testkit::account::{Plan, build};
use pinfold_testkit::device::Device;
use pinfold_testkit::entropy::Seeded;
use pinfold_testkit::harness::{Harness, InOrder};
use pinfold_testkit::peer::Peer;
use pinfold_testkit::server::Whim;

mod editors;

const PLAN: Plan = Plan { seed: 9, documents: 3, folders: 1, per_folder: 2 };

fn loaded() -> Harness {
    let mut harness = Harness::new(build(PLAN).unwrap());
    harness.resume(&mut InOrder).unwrap();
    harness.load(&mut InOrder).unwrap();
    harness
}

fn entry(id: u64) -> EntryId {
    EntryId::new(id).unwrap()
}

fn folder(harness: &Harness) -> Target {
    Target::Folder(EntryId::parse(&harness.built.folders[0].id).unwrap())
}

/// A document whose channel is told by its id.
fn put(id: u64) -> Edit {
    let mut fields = Object::new();
    fields.insert("channel", format!("{id:032}"));
    fields.insert("href", "/pad/#/2/pad/edit/dwp81vGRSpB96Oh-2xXCwfsl/");
    fields.insert("title", format!("document {id}"));
    Edit::Put(Put::new(pinfold_core::drive::edit::Kind::File, entry(id), fields))
}

/// The object that holds `filesData`.
fn drive(document: &Value) -> &Value {
    document.get("drive").unwrap_or(document)
}

fn title(document: &Value, id: u64) -> Option<String> {
    Some(drive(document).get("filesData")?.get(&id.to_string())?.get("title")?.as_str()?.to_owned())
}

/// How often an entry is shown, `root` and trash apart.
fn shown(document: &Value, id: u64) -> (usize, usize) {
    let number = Value::from(id as f64);
    let root = drive(document).get("root").and_then(Value::as_object).unwrap();
    let trash = drive(document).get("trash").and_then(Value::as_object).into_iter().flat_map(Object::values);
    let trashed = trash.filter_map(Value::as_array).flatten().filter(|e| e.get("element") == Some(&number));
    (root.values().filter(|element| **element == number).count(), trashed.count())
}

fn written(harness: &mut Harness, target: Target, edits: Vec<Edit>) -> Result<(), Code> {
    let ticket = harness.session.edit(harness.now, target, edits).map_err(|error| error.code())?;
    let outcome = harness.run(ticket, &mut InOrder).map_err(|error| error.code())?;
    assert!(matches!(outcome, Outcome::Written));
    Ok(())
}

fn account_document(harness: &mut Harness) -> Value {
    harness.session.document().unwrap().document().clone()
}

/// What another client wants: an entry of its own.
fn insert(document: &mut Value, id: u64) {
    let object = document.as_object_mut().unwrap();
    let drive = match object.contains_key("drive") {
        true => object.get_mut("drive").and_then(Value::as_object_mut).unwrap(),
        false => object,
    };
    let mut fields = Object::new();
    fields.insert("channel", format!("{id:032}"));
    fields.insert("title", format!("document {id}"));
    let files = drive.get_mut("filesData").and_then(Value::as_object_mut).unwrap();
    if !files.contains_key(&id.to_string()) {
        files.insert(id.to_string(), fields);
        drive.get_mut("root").and_then(Value::as_object_mut).unwrap().insert(format!("d{id}"), id as f64);
    }
}

#[test]
fn an_edit_is_stored_signed_and_read_by_others() {
    let mut harness = loaded();
    written(&mut harness, Target::Account, vec![put(1), put(2)]).unwrap();
    let target = folder(&harness);
    written(&mut harness, target, vec![put(3), Edit::FolderTitle("New".into())]).unwrap();
    let other = harness.built.device().unwrap().read(&harness.built.server).unwrap();
    assert_eq!((shown(&other, 1), shown(&other, 2)), ((1, 0), (1, 0)));
    assert_eq!(other, account_document(&mut harness));
    let folder = pinfold_testkit::device::Device::new(&harness.built.folders[0].hash, 1).unwrap();
    let folder = folder.read(&harness.built.server).unwrap();
    assert_eq!(shown(&folder, 3), (1, 0));
    assert_eq!(folder.get("metadata").and_then(|m| m.get("title")).and_then(Value::as_str), Some("New"));
    let href = drive(&folder).get("filesData").and_then(|f| f.get("3")?.get("href")?.as_str()).unwrap();
    assert!(!href.contains('#'), "edit links in folders are encrypted");
}

#[test]
fn two_hundred_edits_cross_checkpoints_as_other_clients_expect() {
    let mut harness = loaded();
    for id in 1..=200 {
        written(&mut harness, Target::Account, vec![put(id)]).unwrap();
    }
    let log = &harness.built.server.channels[&harness.built.drive_channel].messages;
    let checkpoints: Vec<usize> = (0..log.len()).filter(|at| log[*at].message.starts_with("cp|")).collect();
    assert_eq!(checkpoints, [49, 99, 149, 199], "every message at a multiple of fifty");
    let other = harness.built.device().unwrap().read(&harness.built.server).unwrap();
    assert!((1..=200).all(|id| shown(&other, id) == (1, 0)));
}

#[test]
fn what_cannot_be_done_changes_nothing_and_says_so() {
    let mut harness = loaded();
    let before = harness.built.server.channels[&harness.built.drive_channel].messages.len();
    let rename = |id| Edit::Rename { entry: entry(id), title: "x".into() };
    assert_eq!(written(&mut harness, Target::Account, vec![put(1), rename(7)]), Err(Code::EditAbsent));
    assert_eq!(written(&mut harness, Target::Folder(entry(5)), vec![put(1)]), Err(Code::EditAbsent));
    let target = folder(&harness);
    let remove = Edit::Remove { entry: entry(1) };
    assert_eq!(written(&mut harness, target, vec![remove]), Err(Code::MisuseBadArgument));
    harness.built.server.whims.push_back(Some(Whim::Refuse));
    assert_eq!(written(&mut harness, Target::Account, vec![put(1)]), Err(Code::EditRefused));
    assert_eq!(harness.built.server.channels[&harness.built.drive_channel].messages.len(), before);
    written(&mut harness, Target::Account, vec![put(1)]).unwrap();
    let after = harness.built.server.channels[&harness.built.drive_channel].messages.len();
    written(&mut harness, Target::Account, vec![put(1)]).unwrap();
    assert_eq!(
        harness.built.server.channels[&harness.built.drive_channel].messages.len(),
        after,
        "done already"
    );
}

#[test]
fn nothing_is_written_to_a_document_in_doubt() {
    let mut harness = loaded();
    let channel = harness.built.drive_channel.clone();
    // Somebody with the key wrote on a message that never came.
    let secrets = secrets_from_hash("drive", harness.built.user_hash(), None).unwrap();
    let (hash, parent) = ("4".repeat(64), "5".repeat(64));
    let stray = format!(r#"[2,[[1,0,"x"],"{hash}"],"{parent}"]"#);
    let stray = secrets.message_keys().unwrap().seal(&stray, &mut Seeded::new(9)).unwrap();
    let stray = harness.built.server.write(&channel, &stray, 1);
    harness.relay(&channel, stray);
    harness.drain();
    let sent = harness.sent.len();
    let ticket = harness.session.edit(harness.now, Target::Account, vec![put(1)]).unwrap();
    harness.drain();
    assert_eq!(harness.sent.len(), sent);
    // Nobody waits for ever: whoever edits is told.
    assert_eq!(harness.run(ticket, &mut InOrder).unwrap_err().code(), Code::DriveIncomplete);

    // Another client, which the nonsense does not disturb, goes on. Its second message is after one that came
    // after the nonsense; then there is no doubt any more.
    let ticket = harness.session.edit(harness.now, Target::Account, vec![put(1)]).unwrap();
    let mut peer = Peer::new(harness.built.user_hash(), None, 4).unwrap();
    for id in [900, 901] {
        assert!(harness.ended(ticket).is_none());
        peer.want(insert, id);
        peer.read_sound(&harness.built.server);
        let frame = peer.write(&mut harness.built.server).unwrap().unwrap();
        harness.relay(&channel, frame);
        harness.drain();
    }
    harness.run(ticket, &mut InOrder).unwrap();
}

/// Somebody made the folder a document that is no object: nothing can be put into it, and nobody waits for that.
#[test]
fn an_edit_of_what_is_no_object_ends() {
    let mut harness = loaded();
    let hash = harness.built.folders[0].hash.clone();
    let mut device = Device::new(&hash, 1).unwrap();
    let frames = device.edit(&mut harness.built.server, |document| *document = Value::Array(Vec::new()));
    frames.unwrap().iter().for_each(|frame| harness.interject(frame));
    let target = folder(&harness);
    assert_eq!(written(&mut harness, target, vec![put(77)]), Err(Code::DriveIncomplete));
}

#[test]
fn a_server_that_never_answers_is_left_in_the_end() {
    let mut harness = loaded();
    harness.built.server.whims.extend([Some(Whim::CutBefore); 9]);
    assert_eq!(written(&mut harness, Target::Account, vec![put(1)]), Err(Code::EditUnconfirmed));
    harness.built.server.whims.clear();
    written(&mut harness, Target::Account, vec![put(2)]).unwrap();
}

#[test]
fn a_waiting_edit_can_be_taken_back_and_closing_ends_the_rest() {
    let mut harness = loaded();
    let sent = harness.session.edit(harness.now, Target::Account, vec![put(1)]).unwrap();
    let waiting = harness.session.edit(harness.now, Target::Account, vec![put(2)]).unwrap();
    harness.session.cancel(harness.now, waiting);
    assert_eq!(harness.ended(waiting).unwrap().unwrap_err().code(), Code::NetClosed);
    harness.session.close();
    assert_eq!(harness.ended(sent).unwrap().unwrap_err().code(), Code::EditUnconfirmed);
    let error = harness.session.edit(harness.now, Target::Account, vec![put(3)]).unwrap_err();
    assert_eq!(error.code(), Code::MisuseClosed);
}
