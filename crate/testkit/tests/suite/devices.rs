//! Several devices of one account: what one knew, another that has never been here starts with.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use pinfold_core::drive::complete::Drive;
use pinfold_core::drive::edit::{Edit, EntryId};
use pinfold_core::error::Code;
use pinfold_core::guard::cause::Cause;
use pinfold_core::guard::entry::FIELD;
use pinfold_core::guard::plan::{Policy, Why};
use pinfold_core::guard::vault::Decision;
use pinfold_core::ids::EdPublic;
use pinfold_core::json::{Object, Text, Value, parse};
use pinfold_core::session::writing::Target;
use pinfold_testkit::account::{Built, Plan, build};
use pinfold_testkit::entropy::Seeded;
use pinfold_testkit::harness::{Harness, InOrder};

const PLAN: Plan = Plan { seed: 21, documents: 3, folders: 2, per_folder: 3 };

/// A device without anything in its store.
fn device(built: Built, seed: u64) -> Harness {
    let mut harness = Harness::with_entropy(built, Seeded::new(seed));
    harness.resume(&mut InOrder).unwrap();
    harness
}

/// One device pinned everything and is gone for ever.
fn after_another_device() -> Built {
    let mut first = device(build(PLAN).unwrap(), 1);
    let drive = first.load(&mut InOrder).unwrap();
    assert!(first.pin(&drive, &mut InOrder).unwrap().confirmed());
    first.drain();
    first.built.server.expire_sessions();
    first.built
}

fn entry_of(built: &Built) -> Value {
    built.device().unwrap().read(&built.server).unwrap().get(FIELD).cloned().unwrap_or_default()
}

/// Whoever writes the account document besides us.
fn other_client(built: &mut Built, change: impl FnOnce(&mut Object)) {
    let mut client = built.device().unwrap();
    client.edit(&mut built.server, |document| change(document.as_object_mut().unwrap())).unwrap();
}

fn drive_of(document: &mut Object) -> &mut Object {
    document.get_mut("drive").unwrap().as_object_mut().unwrap()
}

fn table<'d>(drive: &'d mut Object, name: &str) -> &'d mut Object {
    drive.get_mut(name).unwrap().as_object_mut().unwrap()
}

fn pinned(harness: &Harness) -> BTreeSet<String> {
    harness.built.server.pins[&harness.built.ed_public].pinned()
}

fn everything(harness: &Harness) -> BTreeSet<String> {
    harness.built.pins.iter().cloned().collect()
}

/// The server forgets the whole list.
fn forget_pins(built: &mut Built) {
    let owner = built.ed_public.clone();
    let ids: Vec<String> = built.server.pins[&owner].pinned().into_iter().collect();
    built.server.pins.get_mut(&owner).unwrap().apply("UNPIN", &ids);
}

/// Frames that write into the account document.
fn writes(harness: &Harness) -> usize {
    let channel = format!("\"{}\"", harness.built.drive_channel);
    harness.sent.iter().filter(|frame| frame.contains("\"MSG\"") && frame.contains(&channel)).count()
}

#[test]
fn a_new_device_keeps_what_a_folder_held_that_nobody_can_read_any_more() {
    let gone: [fn(&mut Built, &str); 3] = [
        |built, channel| built.server.channels.get_mut(channel).unwrap().claims_new = true,
        |built, channel| {
            built.server.channels.get_mut(channel).unwrap().placeholder = Some("ARCHIVE_OWNED".into());
        },
        |built, channel| {
            for stored in &mut built.server.channels.get_mut(channel).unwrap().messages {
                stored.message = stored.message.chars().rev().collect();
            }
        },
    ];
    for (seed, gone) in gone.into_iter().enumerate() {
        let mut built = after_another_device();
        let folder = built.folders[0].clone();
        gone(&mut built, &folder.channel);
        forget_pins(&mut built);
        let mut second = device(built, 2 + seed as u64);
        let drive = second.load(&mut InOrder).unwrap();
        assert!(matches!(drive, Drive::Partial(_)), "case {seed}");
        let plan = second.plan(&drive);
        assert_eq!(plan.retained.len(), folder.documents.len());
        assert!(plan.retained.iter().all(|kept| matches!(kept.why, Why::Unread(_))));
        second.pin(&drive, &mut InOrder).unwrap();
        assert_eq!(pinned(&second), everything(&second));
    }
}

/// Today's client removes the entry of a folder that the server calls deleted.
#[test]
fn a_new_device_asks_before_a_folder_goes_whose_entry_another_client_removed() {
    let mut built = after_another_device();
    let folder = built.folders[0].clone();
    other_client(&mut built, |document| {
        table(drive_of(document), "sharedFolders").remove(&folder.id);
    });
    let mut second = device(built, 2);
    second.session.set_policy(Policy { give_up_unknown: true, ..Policy::default() });
    let drive = second.load(&mut InOrder).unwrap();
    assert!(matches!(drive, Drive::Complete(_)));
    let plan = second.plan(&drive);
    assert!(plan.asks && plan.removed.iter().all(|removal| removal.cause == Cause::FolderRemoved));
    assert_eq!(plan.removed.len(), folder.documents.len() + 1);
    assert!(second.pin(&drive, &mut InOrder).unwrap().confirmed());
    assert_eq!(pinned(&second), everything(&second));
}

/// It knows which list is replaced: the confirmed one, which the other device made.
#[test]
fn a_new_device_knows_the_list_that_another_one_sent() {
    let second = device(after_another_device(), 2);
    let owner = pinfold_core::ids::EdPublic::parse(&second.built.ed_public).unwrap();
    let book = second.session.ledger().book(&owner);
    assert_eq!(book.sent().map(|sent| sent.count), Some(second.built.pins.len() as u64));
    assert_eq!(book.records().count(), second.built.pins.len());
}

/// Documents are rolled back for a device that has never seen them.
#[test]
fn a_new_device_notices_a_rollback_of_what_another_one_saw() {
    let mut built = after_another_device();
    let channel = built.folders[0].channel.clone();
    built.server.channels.get_mut(&channel).unwrap().messages.pop();
    let mut second = device(built, 2);
    let drive = second.load(&mut InOrder).unwrap();
    let codes: Vec<_> = second.plan(&drive).doubts.iter().map(|doubt| doubt.code).collect();
    assert_eq!(codes, [Code::FolderRolledBack]);
    let caught: Vec<_> = second.session.evidence().items().iter().map(|item| item.code).collect();
    assert_eq!(caught, [Code::PeerForked]);
}

#[test]
fn writing_it_moves_no_pins_and_is_not_repeated() {
    let mut harness = device(build(PLAN).unwrap(), 1);
    let drive = harness.load(&mut InOrder).unwrap();
    assert!(harness.pin(&drive, &mut InOrder).unwrap().confirmed());
    harness.drain();
    assert_eq!(writes(&harness), 1);
    // The same set still holds, although the document has another message: there is a surplus to replace.
    harness.give_up_unknown();
    let owner = harness.built.ed_public.clone();
    harness.built.server.pins.get_mut(&owner).unwrap().apply("PIN", &["e".repeat(32)]);
    let receipt = harness.pin(&drive, &mut InOrder).unwrap();
    assert!(receipt.reset && receipt.confirmed());
    let again = harness.load(&mut InOrder).unwrap();
    assert_eq!(again.additions().ids(), drive.additions().ids());
    harness.session.follow_changes(harness.now);
    harness.pass(harness.now + Duration::from_secs(5));
    assert_eq!(writes(&harness), 1, "what is known is not written again");
    // Nor by another device that knows no more than that.
    let mut second = device(harness.built, 2);
    let drive = second.load(&mut InOrder).unwrap();
    second.pin(&drive, &mut InOrder).unwrap();
    second.drain();
    assert_eq!(writes(&second), 0);
}

/// Somebody else was first, and the session ended before it heard of that: what it wrote is in no document. What it knew
/// is on the device, and reaches the drive with the next run, whatever that finds.
#[test]
fn what_a_closed_session_could_not_write_again_is_written_by_the_next_one() {
    let mut first = device(build(PLAN).unwrap(), 1);
    let drive = first.load(&mut InOrder).unwrap();
    // Of two branches the longer one stands.
    for words in ["was", "was first"] {
        other_client(&mut first.built, |document| drop(document.insert("somebody", words)));
    }
    assert!(first.pin(&drive, &mut InOrder).unwrap().confirmed());
    assert_eq!(writes(&first), 1);
    first.session.close();
    first.drain();
    assert_eq!(entry_of(&first.built), Value::Null, "what was written lost against the other's");
    let store = first.store;
    let mut next = Harness::with_entropy(first.built, Seeded::new(2));
    next.store = store;
    next.resume(&mut InOrder).unwrap();
    let drive = next.load(&mut InOrder).unwrap();
    let receipt = next.pin(&drive, &mut InOrder).unwrap();
    assert!(receipt.confirmed() && !receipt.reset, "the list was in place");
    next.drain();
    let known = |harness: &Harness| {
        let owner = EdPublic::parse(&harness.built.ed_public).unwrap();
        let book = harness.session.ledger().book(&owner);
        book.records().map(|(id, _)| id.to_string_lossy().into_owned()).collect::<BTreeSet<_>>()
    };
    let other = device(next.built, 3);
    assert_eq!(known(&other), everything(&other));
}

#[test]
fn other_clients_may_empty_it_or_fill_it_with_anything() {
    for garbage in ["null", "3", "[[]]", "{}", "{\"ledger\":7,\"vault\":[]}", "{\"ledger\":\"cGluZm9sZDE\"}"]
    {
        let mut built = after_another_device();
        other_client(&mut built, |document| drop(document.insert(FIELD, parse(garbage).unwrap())));
        let mut second = device(built, 2);
        let drive = second.load(&mut InOrder).unwrap();
        assert!(second.pin(&drive, &mut InOrder).unwrap().confirmed());
        second.drain();
        assert_eq!(pinned(&second), everything(&second));
        let third = device(second.built, 3);
        assert_eq!(third.session.ledger().books().count(), 1, "{garbage}");
    }
}

/// A host may keep what it knows to itself, and reads what others left all the same.
#[test]
fn a_device_that_may_not_write_it_reads_it() {
    let mut alone = device(build(PLAN).unwrap(), 1);
    alone.session.set_policy(Policy { in_drive: false, ..Policy::default() });
    let drive = alone.load(&mut InOrder).unwrap();
    alone.pin(&drive, &mut InOrder).unwrap();
    alone.drain();
    assert_eq!((writes(&alone), entry_of(&alone.built)), (0, Value::Null));
    let mut second = device(after_another_device(), 2);
    second.session.set_policy(Policy { in_drive: false, ..Policy::default() });
    assert_eq!(second.session.ledger().books().count(), 1);
}

#[test]
fn a_key_that_vanished_is_put_back_from_another_device_once_it_is_stored() {
    let mut built = after_another_device();
    let mut first = device(built.clone(), 2);
    first.load(&mut InOrder).unwrap();
    let mut client = first.built.device().unwrap();
    let mut lost = (String::new(), Value::Null);
    let frames = client.edit(&mut first.built.server, |document| {
        let files = table(drive_of(document.as_object_mut().unwrap()), "filesData");
        let (id, entry) = files.iter().next().map(|(id, entry)| (id.clone(), entry.clone())).unwrap();
        lost = (entry.get("channel").unwrap().as_str().unwrap().to_owned(), entry);
        files.remove(id.as_str().unwrap());
    });
    frames.unwrap().iter().for_each(|frame| first.interject(frame));
    first.load(&mut InOrder).unwrap();
    first.drain();
    built = first.built;
    // A device that has never been here is told of the key, and puts it back.
    let mut second = device(built, 3);
    let channel = Text::from(lost.0.as_str());
    second.load(&mut InOrder).unwrap();
    assert_eq!(second.session.vault().key(&channel).unwrap().entry(), lost.1);
    let ticket = second.session.put_back(second.now, &channel).unwrap();
    let decision = |harness: &Harness| harness.session.vault().key(&channel).unwrap().decision;
    assert_eq!(decision(&second), Decision::Open, "nothing is acknowledged yet");
    second.run(ticket, &mut InOrder).unwrap();
    assert_eq!(decision(&second), Decision::Restored);
    second.drain();
    let document = second.built.device().unwrap().read(&second.built.server).unwrap();
    let files = document.get("drive").unwrap().get("filesData").unwrap().as_object().unwrap();
    assert!(files.values().any(|entry| *entry == lost.1));
    // Everybody hears of the decision; there is nothing to put back of what was never kept.
    let mut third = device(second.built, 4);
    assert_eq!(decision(&third), Decision::Restored);
    let error = third.session.put_back(third.now, &"none".into()).unwrap_err();
    assert_eq!(error.code(), Code::MisuseBadArgument);
    third.session.decide(third.now, &channel, Decision::Discarded).unwrap();
    assert_eq!(third.session.put_back(third.now, &channel).unwrap_err().code(), Code::MisuseBadArgument);
}

#[test]
fn a_key_of_a_folder_goes_back_into_that_folder() {
    let mut harness = device(build(PLAN).unwrap(), 1);
    harness.load(&mut InOrder).unwrap();
    let folder = harness.built.folders[0].clone();
    let target = Target::Folder(EntryId::parse(&folder.id).unwrap());
    let files = folder.document.as_ref().unwrap().get("filesData").unwrap().as_object().unwrap();
    let (id, entry) = files.iter().next().map(|(id, entry)| (id.clone(), entry.clone())).unwrap();
    let entry_id = EntryId::parse(id.as_str().unwrap()).unwrap();
    let ticket = harness.session.edit(harness.now, target, vec![Edit::Erase { entry: entry_id }]).unwrap();
    harness.run(ticket, &mut InOrder).unwrap();
    harness.load(&mut InOrder).unwrap();
    let channel = entry.get("channel").unwrap().as_text().unwrap().clone();
    let kept = harness.session.vault().key(&channel).unwrap();
    assert_eq!(kept.folder, Text::from(folder.channel.as_str()));
    let ticket = harness.session.put_back(harness.now, &channel).unwrap();
    harness.run(ticket, &mut InOrder).unwrap();
    let drive = harness.load(&mut InOrder).unwrap();
    assert_eq!(harness.session.vault().key(&channel).unwrap().decision, Decision::Restored);
    assert!(drive.additions().ids().contains(&channel));
}

#[test]
fn what_this_session_removed_is_told_from_what_others_did() {
    let mut harness = device(build(PLAN).unwrap(), 1);
    let drive = harness.load(&mut InOrder).unwrap();
    harness.pin(&drive, &mut InOrder).unwrap();
    let document = harness.session.document().unwrap();
    let files = document.document().get("drive").unwrap().get("filesData").unwrap().as_object().unwrap();
    let ids: Vec<EntryId> = files.keys().map(|id| EntryId::parse(id.as_str().unwrap()).unwrap()).collect();
    let channels: Vec<Text> =
        files.values().map(|e| e.get("channel").unwrap().as_text().unwrap().clone()).collect();
    let edits = vec![Edit::Remove { entry: ids[0] }, Edit::EmptyTrash { entries: vec![ids[0]] }];
    let ticket = harness.session.edit(harness.now, Target::Account, edits).unwrap();
    harness.run(ticket, &mut InOrder).unwrap();
    let other = ids[1].key();
    let mut client = harness.built.device().unwrap();
    let frames = client.edit(&mut harness.built.server, |document| {
        table(drive_of(document.as_object_mut().unwrap()), "filesData").remove(&other);
    });
    frames.unwrap().iter().for_each(|frame| harness.interject(frame));
    let drive = harness.load(&mut InOrder).unwrap();
    let causes: BTreeMap<_, _> =
        harness.plan(&drive).removed.iter().map(|r| (r.id.clone(), r.cause)).collect();
    let expected =
        [(channels[0].clone(), Cause::RemovedHere), (channels[1].clone(), Cause::RemovedElsewhere)];
    assert_eq!(causes, BTreeMap::from(expected));
}

/// A folder that was emptied here is still asked about, and told from one that others emptied.
#[test]
fn a_folder_that_this_session_emptied_says_so() {
    let mut harness = device(build(PLAN).unwrap(), 1);
    let drive = harness.load(&mut InOrder).unwrap();
    harness.pin(&drive, &mut InOrder).unwrap();
    let folder = harness.built.folders[0].clone();
    let files = folder.document.as_ref().unwrap().get("filesData").unwrap().as_object().unwrap();
    let erase = |id: &Text| Edit::Erase { entry: EntryId::parse(id.as_str().unwrap()).unwrap() };
    let target = Target::Folder(EntryId::parse(&folder.id).unwrap());
    let ticket = harness.session.edit(harness.now, target, files.keys().map(erase).collect()).unwrap();
    harness.run(ticket, &mut InOrder).unwrap();
    let drive = harness.load(&mut InOrder).unwrap();
    let plan = harness.plan(&drive);
    assert_eq!(plan.removed.len(), folder.documents.len());
    assert!(plan.removed.iter().all(|removal| removal.cause == Cause::RemovedHere));
    assert_eq!(plan.doubts.iter().map(|doubt| doubt.code).collect::<Vec<_>>(), [Code::FolderEmptied]);
    assert!(plan.asks);
}

#[test]
fn what_the_server_was_caught_at_outlasts_the_session() {
    let mut built = build(PLAN).unwrap();
    let channel = built.folders[0].channel.clone();
    built.server.channels.get_mut(&channel).unwrap().claims_new = true;
    let mut first = device(built, 1);
    first.load(&mut InOrder).unwrap();
    first.drain();
    let (mut built, store) = (first.built, first.store);
    assert!(store.values().all(|bytes| !String::from_utf8_lossy(bytes).contains("missing")));
    built.server.channels.get_mut(&channel).unwrap().claims_new = false;
    let mut second = Harness::with_entropy(built, Seeded::new(2));
    second.store = store;
    second.resume(&mut InOrder).unwrap();
    let items = second.session.evidence().items();
    assert_eq!(
        items.iter().map(|item| (item.code, item.times)).collect::<Vec<_>>(),
        [(Code::FolderMissing, 1)]
    );
    assert_eq!(items[0].channel, Some(Text::from(channel.as_str())));
}
