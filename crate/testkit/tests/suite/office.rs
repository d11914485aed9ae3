//! Entries of office documents that lack their real-time channel (PROTOCOL.md 17.1): what the document says is entered
//! and pinned, once, and nothing else happens.

mod trouble;

use std::collections::BTreeSet;
use std::time::Duration;

use pinfold_core::chainpad::checkpoint::{id as checkpoint_id, is_checkpoint};
use pinfold_core::chainpad::{Chain, Mode};
use pinfold_core::crypto::curve::CurvePair;
use pinfold_core::drive::complete::Drive;
use pinfold_core::drive::edit::{Edit, EntryId, Kind, Put};
use pinfold_core::href::{HrefCipher, Secrets, secrets_from_hash};
use pinfold_core::json::{Object, Text, Value};
use pinfold_core::ports::Entropy;
use pinfold_core::session::effect::{Event, Input, Outcome};
use pinfold_core::session::writing::Target;
use pinfold_core::team::TeamKeys;
use pinfold_testkit::account::{BuiltTeam, Membership, Plan, Variety, build, build_with};
use pinfold_testkit::device::Device;
use pinfold_testkit::entropy::Seeded;
use pinfold_testkit::harness::{Harness, InOrder};
use pinfold_testkit::server::{Channel, Stored};

const PLAN: Plan = Plan { seed: 17, documents: 2, folders: 2, per_folder: 1 };
const SECOND: Duration = Duration::from_secs(1);
const REAL_TIME: &str = "0123456789abcdef0123456789abcdef";

/// An office document: its link, and what the server holds of it.
struct Office {
    kind: &'static str,
    hash: String,
    password: Option<&'static str>,
    secrets: Secrets,
    log: Vec<String>,
}

impl Office {
    /// One in which these texts were written, one after the other, as a pad.
    fn of(seed: u64, kind: &'static str, password: Option<&'static str>, texts: &[String]) -> Self {
        let mut entropy = Seeded::new(seed);
        let mut key = [0; 18];
        entropy.fill(&mut key).unwrap();
        let flag = if password.is_some() { "p/" } else { "" };
        let hash = format!("/2/{kind}/edit/{}/{flag}", pinfold_core::encoding::encode_link(&key));
        let secrets = secrets_from_hash(kind, &hash, password).unwrap();
        let keys = secrets.message_keys().unwrap();
        let (mut chain, mut log) = (Chain::new(Mode::Pad), Vec::new());
        for text in texts {
            while let Some(message) = chain.message_towards(&Text::from(text.as_str())).unwrap() {
                let plain = message.to_json();
                let sealed = keys.seal(&plain, &mut entropy).unwrap();
                let checkpoint = is_checkpoint(&plain);
                log.push(if checkpoint { format!("cp|{}|{sealed}", checkpoint_id(&plain)) } else { sealed });
                chain.push(&plain);
            }
        }
        Self { kind, hash, password, secrets, log }
    }

    fn sheet(seed: u64) -> Self {
        Self::of(seed, "sheet", None, &[content(REAL_TIME)])
    }

    fn channel(&self) -> &str {
        self.secrets.channel.as_deref().unwrap()
    }

    fn store(&self, harness: &mut Harness) {
        let verify = self.secrets.message_keys().unwrap().verify.unwrap().to_base64();
        let messages = self.log.iter().map(|message| Stored { message: message.clone(), time: 1 }).collect();
        let metadata = Some(format!("{{\"validateKey\":\"{verify}\",\"channel\":\"{}\"}}", self.channel()));
        let log = Channel { metadata, messages, ..Channel::default() };
        harness.built.server.channels.insert(self.channel().to_owned(), log);
    }

    fn entry(&self) -> Object {
        let link = format!("/{}/#{}", self.kind, self.hash);
        let id = EntryId::new(1).unwrap();
        Put::document(
            id,
            &link,
            self.password,
            &Text::from("Sheet"),
            pinfold_core::UnixMillis(1_700_000_000_000),
        )
        .unwrap()
        .entry
    }
}

/// As the office application writes it, in no canonical order.
fn content(channel: &str) -> String {
    format!(
        "{{\"metadata\":{{\"title\":\"Bücher 😀\"}},\"content\":{{\"hashes\":{{\"10\":{{\"file\":\"/blob\"}},\"2\":[]}},\
         \"ids\":{{}},\"channel\":\"{channel}\",\"version\":7}}}}"
    )
}

fn add(document: &mut Value, key: &str, entry: Object) {
    let document = document.as_object_mut().unwrap();
    let drive = if document.contains_key("drive") {
        document.get_mut("drive").unwrap().as_object_mut().unwrap()
    } else {
        document
    };
    drive.get_mut("filesData").unwrap().as_object_mut().unwrap().insert(key, entry);
}

/// An account that has pinned everything.
fn pinned_up() -> Harness {
    let mut harness = Harness::new(build(PLAN).unwrap());
    harness.resume(&mut InOrder).unwrap();
    let drive = harness.load(&mut InOrder).unwrap();
    harness.pin(&drive, &mut InOrder).unwrap();
    harness.drain();
    harness.sent.clear();
    harness
}

fn current() -> Harness {
    let mut harness = pinned_up();
    harness.session.follow_changes(harness.now);
    harness.pass(harness.now + SECOND);
    harness.sent.clear();
    harness
}

/// Another device changes the drive, and the session hears of it.
fn elsewhere(harness: &mut Harness, change: impl FnOnce(&mut Value)) {
    let mut device = harness.built.device().unwrap();
    for frame in device.edit(&mut harness.built.server, change).unwrap() {
        harness.interject(&frame);
    }
}

fn real_time_in(document: &Value, key: &str) -> Option<String> {
    let drive = document.get("drive").unwrap_or(document);
    Some(drive.get("filesData")?.get(key)?.get("rtChannel")?.as_str()?.to_owned())
}

/// What the server holds in the drive's entry.
fn entered(harness: &Harness, key: &str) -> Option<String> {
    real_time_in(&harness.built.device().unwrap().read(&harness.built.server).unwrap(), key)
}

fn pinned(harness: &Harness) -> BTreeSet<String> {
    harness.built.server.pins[&harness.built.ed_public].pinned()
}

/// A session that stays current, and hears of a document whose entry, 77, lacks its real-time channel.
fn with(office: &Office) -> Harness {
    let mut harness = current();
    office.store(&mut harness);
    elsewhere(&mut harness, |document| add(document, "77", office.entry()));
    harness
}

/// How many frames of this kind the session sent about a channel.
fn sent(harness: &Harness, word: &str, channel: &str) -> usize {
    harness.sent.iter().filter(|frame| frame.contains(word) && frame.contains(channel)).count()
}

/// How many messages the session wrote into a channel.
fn writes(harness: &Harness, channel: &str) -> usize {
    sent(harness, &format!("\"MSG\",\"{channel}\""), channel)
}

#[test]
fn the_channel_is_found_entered_and_pinned() {
    let office = Office::sheet(1);
    let mut harness = with(&office);
    harness.pass(harness.now + SECOND);
    assert_eq!(entered(&harness, "77").as_deref(), Some(REAL_TIME));
    assert!(pinned(&harness).contains(REAL_TIME) && pinned(&harness).contains(office.channel()));
    assert_eq!(writes(&harness, &harness.built.drive_channel), 1);
    // The document is looked into from outside: nobody sees it, and nothing is written to it.
    assert_eq!(sent(&harness, "GET_HISTORY", office.channel()), 1);
    assert_eq!(sent(&harness, "JOIN", office.channel()) + writes(&harness, office.channel()), 0);
    let told = |event: &Event| matches!(event, Event::Changed { team: None, complete: true, .. });
    assert!(harness.events.iter().any(told));
    let drive = harness.load(&mut InOrder).unwrap();
    let Drive::Complete(complete) = &drive else { panic!("the drive is complete") };
    assert!(complete.pin_set().ids().iter().any(|id| *id == REAL_TIME));
    harness.session.follow_changes(harness.now);
    harness.pass(harness.now + 200 * SECOND);
    assert_eq!(sent(&harness, "GET_HISTORY", office.channel()), 1, "once in a session");
}

/// Of every type, with a password, and with a history of checkpoints; together, and before anybody keeps anything.
#[test]
fn what_was_lacking_before_is_entered_as_well_and_only_by_those_who_stay_current() {
    let mut harness = pinned_up();
    let channel = |at: usize| format!("{at:032x}");
    let mut texts: Vec<String> = (0..140).map(|at| content(&channel(1000 + at))).collect();
    texts.push(content(&channel(0)));
    let mut offices = vec![Office::of(50, "sheet", None, &texts)];
    for (at, kind) in ["doc", "presentation", "sheet"].into_iter().cycle().take(11).enumerate() {
        let password = at.is_multiple_of(2).then_some("päss");
        offices.push(Office::of(60 + at as u64, kind, password, &[content(&channel(at + 1))]));
    }
    offices.iter().for_each(|office| office.store(&mut harness));
    elsewhere(&mut harness, |document| {
        offices
            .iter()
            .enumerate()
            .for_each(|(at, office)| add(document, &(100 + at).to_string(), office.entry()));
    });
    harness.pass(harness.now + 100 * SECOND);
    assert_eq!(entered(&harness, "100"), None, "without keep() nothing is written");
    harness.session.follow_changes(harness.now);
    let until = harness.now + SECOND;
    while let Some(deadline) = harness.session.deadline().filter(|deadline| *deadline <= until) {
        harness.now = harness.now.max(deadline);
        harness.session.handle(harness.now, Input::Tick);
        let mut open = 0;
        harness.deliver_one();
        while !harness.pending().is_empty() {
            let office =
                |channel: Option<&str>| offices.iter().any(|office| Some(office.channel()) == channel);
            open = open.max(harness.pending().iter().filter(|answer| office(answer.channel())).count());
            harness.deliver_one();
        }
        assert!(open <= 4, "{open} at a time");
    }
    for at in 0..offices.len() {
        assert_eq!(entered(&harness, &(100 + at).to_string()), Some(channel(at)));
        assert!(pinned(&harness).contains(&channel(at)));
    }
}

#[test]
fn an_entry_that_names_one_is_left_alone() {
    let mut harness = current();
    let office = Office::sheet(1);
    office.store(&mut harness);
    let other = "f".repeat(32);
    elsewhere(&mut harness, |document| {
        let mut entry = office.entry();
        entry.insert("rtChannel", other.as_str());
        add(document, "77", entry);
        let pad = Office::of(2, "pad", None, &[content(REAL_TIME)]);
        add(document, "78", pad.entry());
    });
    harness.pass(harness.now + 100 * SECOND);
    assert_eq!(entered(&harness, "77"), Some(other));
    assert_eq!(entered(&harness, "78"), None, "a document of another type has none");
    assert_eq!(harness.sent.iter().filter(|frame| frame.contains("GET_HISTORY")).count(), 0);
}

/// An entry of a folder or a team: its edit link is encrypted.
fn sealed(office: &Office, holder: &Secrets) -> Object {
    let cipher = HrefCipher::new(holder.keys.as_ref().unwrap().secondary_key.as_ref().unwrap()).unwrap();
    let mut entry = office.entry();
    let link = entry.get("href").and_then(Value::as_str).unwrap().to_owned();
    entry.insert("href", cipher.encrypt(&link, &mut Seeded::new(3)).unwrap());
    entry
}

#[test]
fn a_document_in_a_folder_is_completed_there() {
    let mut harness = current();
    let office = Office::of(1, "doc", Some("secret"), &[content(REAL_TIME)]);
    office.store(&mut harness);
    let folder = harness.built.folders[1].clone();
    let holder = secrets_from_hash("drive", &folder.hash, None).unwrap();
    let mut device = Device::new(&folder.hash, 1).unwrap();
    let entry = sealed(&office, &holder);
    for frame in device.edit(&mut harness.built.server, |document| add(document, "77", entry)).unwrap() {
        harness.interject(&frame);
    }
    harness.pass(harness.now + SECOND);
    let document = device.read(&harness.built.server).unwrap();
    assert_eq!(real_time_in(&document, "77").as_deref(), Some(REAL_TIME));
    assert!(pinned(&harness).contains(REAL_TIME));
    assert_eq!(writes(&harness, &harness.built.drive_channel), 0);
}

#[test]
fn a_team_s_document_is_completed_by_those_who_may_write_and_pinned_by_the_team() {
    for (membership, demoted) in
        [(Membership::Owner, false), (Membership::Member, false), (Membership::Member, true)]
    {
        let mut harness =
            Harness::new(build_with(PLAN, &Variety { teams: 3, ..Variety::default() }).unwrap());
        let team = harness.built.teams.iter().find(|team| team.membership == membership).unwrap().clone();
        let office = Office::sheet(1);
        office.store(&mut harness);
        harness.resume(&mut InOrder).unwrap();
        let ticket = harness.session.load_team(harness.now, &team.id).unwrap();
        assert!(matches!(harness.run(ticket, &mut InOrder).unwrap(), Outcome::Drive(_)));
        let put = Edit::Put(Put::new(Kind::File, EntryId::new(77).unwrap(), office.entry()));
        let target = Target::Team { id: team.id.clone(), folder: None };
        let ticket = harness.session.edit(harness.now, target, vec![put]).unwrap();
        assert!(matches!(harness.run(ticket, &mut InOrder).unwrap(), Outcome::Written));
        if demoted {
            become_viewer(&mut harness, &team);
        }
        let before = harness.built.server.channels[&team.channel].messages.len();
        harness.session.follow_changes(harness.now);
        harness.pass(harness.now + SECOND);
        let after = harness.built.server.channels[&team.channel].messages.len();
        assert_eq!(after - before, usize::from(!demoted), "{membership:?}");
        let pins =
            |key: &str| harness.built.server.pins.get(key).map(|pins| pins.pinned()).unwrap_or_default();
        assert_eq!(pins(&team.ed_public).contains(REAL_TIME), !demoted, "{membership:?}");
        assert!(!pins(&harness.built.ed_public).contains(REAL_TIME), "the team pins it, not the user");
    }
}

/// The account's role in a team is lowered; it still holds the keys.
fn become_viewer(harness: &mut Harness, team: &BuiltTeam) {
    let text = |path: &[&str]| {
        let found = path.iter().try_fold(&harness.built.document, |value, key| value.get(key));
        found.and_then(Value::as_str).unwrap().to_owned()
    };
    let pair = CurvePair::from_base64(&text(&["curvePrivate"])).unwrap();
    let keys = TeamKeys::from_seed(&text(&["teams", &team.id, "keys", "roster", "edit"])).unwrap();
    let command = format!(r#"["DESCRIBE",{{"{}":{{"role":"VIEWER"}}}}]"#, text(&["curvePublic"]));
    let message = keys.seal(&command, &pair, &mut Seeded::new(3)).unwrap();
    let frame = harness.built.server.write(keys.channel.as_str(), &message, 1);
    harness.relay(keys.channel.as_str(), frame);
    harness.drain();
}

/// A folder that is held with its view key alone: what it lacks, others have to enter.
#[test]
fn a_read_only_folder_is_left_as_it_is() {
    let mut harness = pinned_up();
    let office = Office::sheet(1);
    office.store(&mut harness);
    let other = build(Plan { seed: 60, folders: 1, per_folder: 1, documents: 0 }).unwrap();
    let shared = other.folders[0].clone();
    let channel = other.server.channels[&shared.channel].clone();
    harness.built.server.channels.insert(shared.channel.clone(), channel);
    let secrets = secrets_from_hash("drive", &shared.hash, None).unwrap();
    let mut owner = Device::new(&shared.hash, 1).unwrap();
    let entry = sealed(&office, &secrets);
    owner.edit(&mut harness.built.server, |document| add(document, "77", entry)).unwrap();
    elsewhere(&mut harness, |document| {
        let mut declared = Object::new();
        declared.insert("channel", shared.channel.as_str());
        let view = secrets.view_hash("drive").unwrap();
        declared.insert("roHref", format!("/drive/#{}", view.expose()).as_str());
        let drive = document.as_object_mut().unwrap().get_mut("drive").unwrap().as_object_mut().unwrap();
        drive.get_mut("sharedFolders").unwrap().as_object_mut().unwrap().insert("555", declared);
    });
    harness.session.follow_changes(harness.now);
    harness.pass(harness.now + 100 * SECOND);
    assert!(pinned(&harness).contains(office.channel()), "the folder was read");
    assert_eq!(sent(&harness, "GET_HISTORY", office.channel()), 0);
    assert_eq!(writes(&harness, &shared.channel), 0);
    assert_eq!(real_time_in(&owner.read(&harness.built.server).unwrap(), "77"), None);
}

/// A pin set that was computed would be outdated by the edit: it waits until no operation runs.
#[test]
fn nothing_begins_while_an_operation_runs() {
    let mut harness = pinned_up();
    let office = Office::sheet(1);
    office.store(&mut harness);
    elsewhere(&mut harness, |document| add(document, "77", office.entry()));
    let drive = harness.load(&mut InOrder).unwrap();
    let Drive::Complete(complete) = &drive else { panic!("the drive is complete") };
    let ticket = harness.session.sync_pins(harness.now, &complete.pin_set(), None).unwrap();
    harness.session.follow_changes(harness.now);
    harness.now += SECOND;
    harness.session.handle(harness.now, Input::Tick);
    assert_eq!(sent(&harness, "IS_NEW_CHANNEL", office.channel()), 0);
    assert!(matches!(harness.run(ticket, &mut InOrder).unwrap(), Outcome::Pins(_)));
    harness.pass(harness.now + SECOND);
    assert_eq!(entered(&harness, "77").as_deref(), Some(REAL_TIME));
    assert!(pinned(&harness).contains(REAL_TIME));
}
