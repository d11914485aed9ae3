//! Edits of a team's drive and of its folders: by those who may write there, and by nobody else.

use std::time::Duration;

use pinfold_core::crypto::curve::CurvePair;
use pinfold_core::drive::edit::{Edit, EntryId, Kind, Put};
use pinfold_core::error::Code;
use pinfold_core::guard::vault::Decision;
use pinfold_core::json::{Object, Text, Value, canonical};
use pinfold_core::session::effect::Outcome;
use pinfold_core::session::writing::Target;
use pinfold_core::team::TeamKeys;
use pinfold_testkit::account::{BuiltFolder, BuiltTeam, Expected, Membership, Plan, Variety, build_with};
use pinfold_testkit::device::Device;
use pinfold_testkit::entropy::Seeded;
use pinfold_testkit::harness::{Harness, InOrder};
use pinfold_testkit::peer::Peer;

/// The account, with the teams in which it is owner, member and viewer, all of them loaded.
fn loaded() -> Harness {
    let plan = Plan { seed: 21, documents: 2, folders: 2, per_folder: 2 };
    let mut harness = Harness::new(build_with(plan, &Variety { teams: 3, ..Variety::default() }).unwrap());
    harness.resume(&mut InOrder).unwrap();
    for team in harness.built.teams.clone() {
        load(&mut harness, &team);
    }
    harness
}

fn load(harness: &mut Harness, team: &BuiltTeam) {
    let ticket = harness.session.load_team(harness.now, &team.id).unwrap();
    assert!(matches!(harness.run(ticket, &mut InOrder).unwrap(), Outcome::Drive(_)));
}

fn team_of(harness: &Harness, membership: Membership) -> BuiltTeam {
    harness.built.teams.iter().find(|team| team.membership == membership).unwrap().clone()
}

/// A folder that can be written, without a password.
fn own_folder(team: &BuiltTeam) -> BuiltFolder {
    let own = |folder: &&BuiltFolder| {
        folder.expected == Expected::Loaded { read_only: false } && folder.hash.split('/').nth(5) == Some("")
    };
    team.folders.iter().find(own).unwrap().clone()
}

fn target(team: &BuiltTeam, folder: Option<&str>) -> Target {
    Target::Team { id: team.id.clone(), folder: folder.map(|id| EntryId::parse(id).unwrap()) }
}

fn entry(id: u64) -> EntryId {
    EntryId::new(id).unwrap()
}

fn put(id: u64) -> Edit {
    let mut fields = Object::new();
    fields.insert("channel", format!("{id:032}"));
    fields.insert("href", "/pad/#/2/pad/edit/dwp81vGRSpB96Oh-2xXCwfsl/");
    fields.insert("title", format!("document {id}"));
    Edit::Put(Put::new(Kind::File, entry(id), fields))
}

fn written(harness: &mut Harness, target: Target, edits: Vec<Edit>) -> Result<(), Code> {
    let ticket = harness.session.edit(harness.now, target, edits).map_err(|error| error.code())?;
    harness.run(ticket, &mut InOrder).map(|_| ()).map_err(|error| error.code())
}

/// What the account document says of a team.
fn field<'a>(harness: &'a Harness, team: &BuiltTeam, path: &[&str]) -> Option<&'a str> {
    let entry = harness.built.document.get("teams")?.get(&team.id);
    path.iter().try_fold(entry?, |value, key| value.get(key))?.as_str()
}

/// Another member, at the document of the team's drive.
fn colleague(harness: &Harness, team: &BuiltTeam) -> Peer {
    let hash = field(harness, team, &["hash"]).unwrap();
    Peer::new(hash, field(harness, team, &["password"]), 5).unwrap()
}

fn messages(harness: &Harness) -> usize {
    harness.built.server.channels.values().map(|channel| channel.messages.len()).sum()
}

fn file<'a>(drive: &'a Value, id: &str) -> Option<&'a Value> {
    drive.get("filesData")?.get(id)
}

fn insert(document: &mut Value, id: u64) {
    let drive = document.as_object_mut().unwrap().get_mut("drive").and_then(Value::as_object_mut).unwrap();
    let files = drive.get_mut("filesData").and_then(Value::as_object_mut).unwrap();
    if !files.contains_key(&id.to_string()) {
        let mut fields = Object::new();
        fields.insert("channel", format!("{id:032}"));
        files.insert(id.to_string(), fields);
    }
}

#[test]
fn those_who_may_write_in_a_team_do_and_everybody_reads_the_same() {
    for membership in [Membership::Owner, Membership::Member] {
        let mut harness = loaded();
        let team = team_of(&harness, membership);
        let mut peer = colleague(&harness, &team);
        peer.read(&harness.built.server, usize::MAX).unwrap();
        written(&mut harness, target(&team, None), vec![put(1), put(2)]).unwrap();
        // The colleague has not heard of it: one of the two branches is written again.
        peer.want(insert, 900);
        let frame = peer.write(&mut harness.built.server).unwrap().unwrap();
        harness.relay(&team.channel, frame);
        let remove = Edit::Remove { entry: entry(2) };
        written(&mut harness, target(&team, None), vec![remove, put(3)]).unwrap();
        assert_eq!(
            harness.session.trash(Some(&team.id)).unwrap().iter().filter(|id| **id == entry(2)).count(),
            1
        );
        for _ in 0..6 {
            peer.read(&harness.built.server, usize::MAX).unwrap();
            if let Some(frame) = peer.write(&mut harness.built.server).unwrap() {
                harness.relay(&team.channel, frame);
            }
            harness.pass(harness.now + Duration::from_secs(60));
        }
        let document = peer.document().unwrap();
        let drive = document.get("drive").unwrap();
        assert!(["1", "2", "3", "900"].into_iter().all(|id| file(drive, id).is_some()));
        let href = file(drive, "1").and_then(|file| file.get("href")?.as_str()).unwrap();
        assert!(!href.contains('#'), "edit links of a team's drive are encrypted");
        let ticket = harness.session.load_team(harness.now, &team.id).unwrap();
        let Outcome::Drive(read) = harness.run(ticket, &mut InOrder).unwrap() else { panic!("no drive") };
        assert_eq!(canonical(read.root().document()), canonical(&document));
        written(&mut harness, target(&team, None), vec![Edit::EmptyTrash { entries: vec![entry(2)] }])
            .unwrap();
        peer.read(&harness.built.server, usize::MAX).unwrap();
        assert!(file(peer.document().unwrap().get("drive").unwrap(), "2").is_none());
    }
}

#[test]
fn folders_of_a_team_are_edited_and_what_appears_is_pinned_under_its_key() {
    let mut harness = loaded();
    let team = team_of(&harness, Membership::Owner);
    harness.session.follow_changes(harness.now);
    let folder = own_folder(&team);
    written(&mut harness, target(&team, Some(&folder.id)), vec![put(7)]).unwrap();
    harness.pass(harness.now + Duration::from_secs(2));
    let content = Device::new(&folder.hash, 1).unwrap().read(&harness.built.server).unwrap();
    let href = file(&content, "7").and_then(|file| file.get("href")?.as_str()).unwrap();
    assert!(!href.contains('#'), "edit links in folders are encrypted");
    let pinned = |key: &str| {
        let state = harness.built.server.pins.get(key);
        state.is_some_and(|state| state.pinned().contains(&format!("{:032}", 7)))
    };
    assert!(pinned(&team.ed_public));
    assert!(!pinned(&harness.built.ed_public), "the team pins it, not the user");
}

#[test]
fn a_key_of_a_team_s_folder_goes_back_into_that_folder() {
    let mut harness = loaded();
    let team = team_of(&harness, Membership::Owner);
    let folder = own_folder(&team);
    let files = folder.document.as_ref().unwrap().get("filesData").unwrap().as_object().unwrap();
    let (id, entry) = files.iter().next().unwrap();
    let channel = entry.get("channel").unwrap().as_text().unwrap().clone();
    let erase = Edit::Erase { entry: EntryId::parse(id.as_str().unwrap()).unwrap() };
    written(&mut harness, target(&team, Some(&folder.id)), vec![erase]).unwrap();
    load(&mut harness, &team);
    assert_eq!(harness.session.vault().key(&channel).unwrap().folder, Text::from(folder.channel.as_str()));
    let there = |harness: &Harness| {
        let content = Device::new(&folder.hash, 1).unwrap().read(&harness.built.server).unwrap();
        content.get("filesData").unwrap().as_object().unwrap().values().any(|file| file == entry)
    };
    assert!(!there(&harness));
    let ticket = harness.session.put_back(harness.now, &channel).unwrap();
    harness.run(ticket, &mut InOrder).unwrap();
    assert_eq!(harness.session.vault().key(&channel).unwrap().decision, Decision::Restored);
    assert!(there(&harness));
    // A session that did not load the team cannot say where the key stood.
    let mut other = Harness::new(harness.built);
    other.store = harness.store;
    other.resume(&mut InOrder).unwrap();
    assert_eq!(other.session.put_back(other.now, &channel).unwrap_err().code(), Code::EditAbsent);
}

#[test]
fn a_viewer_writes_nothing_and_is_told_why() {
    let mut harness = loaded();
    let team = team_of(&harness, Membership::Viewer);
    let before = messages(&harness);
    for folder in [None, Some(team.folders[0].id.as_str())] {
        let error = harness.session.edit(harness.now, target(&team, folder), vec![put(1)]).unwrap_err();
        assert_eq!((error.code(), error.code().blame().as_str()), (Code::TeamViewer, "user"));
    }
    assert_eq!(messages(&harness), before);
}

#[test]
fn a_member_who_became_a_viewer_writes_nothing_any_more() {
    let mut harness = loaded();
    let team = team_of(&harness, Membership::Member);
    written(&mut harness, target(&team, None), vec![put(1)]).unwrap();
    let own = harness.built.document.get("curvePublic").and_then(Value::as_str).unwrap().to_owned();
    let pair = harness.built.document.get("curvePrivate").and_then(Value::as_str).unwrap();
    let pair = CurvePair::from_base64(pair).unwrap();
    let keys = TeamKeys::from_seed(field(&harness, &team, &["keys", "roster", "edit"]).unwrap()).unwrap();
    let command = format!(r#"["DESCRIBE",{{"{own}":{{"role":"VIEWER"}}}}]"#);
    let message = keys.seal(&command, &pair, &mut Seeded::new(3)).unwrap();
    let frame = harness.built.server.write(keys.channel.as_str(), &message, 1);
    harness.relay(keys.channel.as_str(), frame);
    harness.drain();
    assert_eq!(written(&mut harness, target(&team, None), vec![put(2)]), Err(Code::TeamViewer));
}

#[test]
fn a_team_that_is_not_there_or_was_not_read_is_not_edited() {
    let plan = Plan { seed: 21, documents: 2, folders: 2, per_folder: 2 };
    let mut harness = Harness::new(build_with(plan, &Variety { teams: 1, ..Variety::default() }).unwrap());
    harness.resume(&mut InOrder).unwrap();
    let team = team_of(&harness, Membership::Owner);
    assert_eq!(written(&mut harness, target(&team, None), vec![put(1)]), Err(Code::DriveIncomplete));
    assert_eq!(harness.session.trash(Some(&team.id)).unwrap_err().code(), Code::DriveIncomplete);
    let absent = Target::Team { id: "1".into(), folder: None };
    assert_eq!(written(&mut harness, absent, vec![put(1)]), Err(Code::TeamAbsent));
    load(&mut harness, &team);
    assert_eq!(written(&mut harness, target(&team, Some("12345")), vec![put(1)]), Err(Code::EditAbsent));
    written(&mut harness, target(&team, None), vec![put(1)]).unwrap();
}
