//! Edits of a session while others edit the same documents and the connection is cut: every acknowledged edit
//! is in the final document exactly once, and everybody has the same document.

use std::time::Duration;

use pinfold_core::drive::edit::{Edit, EntryId, Put};
use pinfold_core::error::Code;
use pinfold_core::href::secrets_from_hash;
use pinfold_core::json::{Object, Value, canonical};
use pinfold_core::session::effect::{Outcome, Ticket};
use pinfold_core::session::writing::Target;
use pinfold_testkit::account::{Plan, build};
use pinfold_testkit::device::Device;
use pinfold_testkit::entropy::Seeded;
use pinfold_testkit::harness::{Harness, InOrder, Shuffled};
use pinfold_testkit::peer::Peer;
use pinfold_testkit::server::Whim;

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

/// An edit under way, the entry it is about and what must be so once it is acknowledged.
struct UnderWay {
    ticket: Ticket,
    in_folder: bool,
    id: u64,
    does: Does,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Does {
    Put,
    Rename,
    Remove,
}

struct Play {
    random: Seeded,
    harness: Harness,
    /// Two others in the account document, two in the folder.
    peers: Vec<Peer>,
    under_way: Vec<UnderWay>,
    next_id: u64,
}

impl Play {
    fn new(seed: u64) -> Self {
        let harness = loaded();
        let (account, folder) = (harness.built.user_hash().to_owned(), harness.built.folders[0].hash.clone());
        let peers = [&account, &account, &folder, &folder];
        let peers =
            peers.iter().enumerate().map(|(at, hash)| Peer::new(hash, None, seed * 10 + at as u64).unwrap());
        let mut peers: Vec<Peer> = peers.collect();
        peers.iter_mut().for_each(|peer| peer.read(&harness.built.server, usize::MAX).unwrap());
        Self { random: Seeded::new(seed), harness, peers, under_way: Vec::new(), next_id: 1 }
    }

    fn edit(&mut self) {
        let in_folder = self.random.below(3) == 0;
        // Entries of ours, so that no other client decides whether the edit applies.
        let earlier: Vec<u64> = self
            .under_way
            .iter()
            .filter(|e| e.in_folder == in_folder && e.does == Does::Put)
            .map(|e| e.id)
            .collect();
        let (does, id) = match self.random.below(3) {
            1 if !earlier.is_empty() => (Does::Rename, earlier[self.random.below(earlier.len())]),
            2 if !earlier.is_empty() && !in_folder => {
                (Does::Remove, earlier[self.random.below(earlier.len())])
            }
            _ => {
                self.next_id += 1;
                (Does::Put, self.next_id)
            }
        };
        let edit = match does {
            Does::Put => put(id),
            Does::Rename => Edit::Rename { entry: entry(id), title: format!("renamed {id}").as_str().into() },
            Does::Remove => Edit::Remove { entry: entry(id) },
        };
        let target = if in_folder { folder(&self.harness) } else { Target::Account };
        // After a cut the folder may have to be read again first.
        if let Ok(ticket) = self.harness.session.edit(self.harness.now, target, vec![edit]) {
            self.under_way.push(UnderWay { ticket, in_folder, id, does });
        }
    }

    fn peer_moves(&mut self, at: usize) {
        let (random, peer) = (&mut self.random, &mut self.peers[at]);
        match random.below(3) {
            0 => {
                self.next_id += 1;
                peer.want(insert, self.next_id + 10_000);
            }
            1 => peer.read(&self.harness.built.server, 1 + random.below(3)).unwrap(),
            _ => {}
        }
        if let Some(frame) = peer.write(&mut self.harness.built.server).unwrap() {
            let channel = peer.channel().to_owned();
            self.harness.relay(&channel, frame);
        }
    }

    fn step(&mut self, faults: bool) {
        match self.random.below(if faults { 14 } else { 11 }) {
            0 | 1 => self.edit(),
            2..5 => {
                let at = self.random.below(self.peers.len());
                self.peer_moves(at);
            }
            5..11 => self.deliver(),
            11 => self.harness.cut(),
            12 => {
                let whims = [Whim::Forget, Whim::CutBefore, Whim::CutAfter, Whim::Silence];
                self.harness.built.server.whims.push_back(Some(whims[self.random.below(whims.len())]));
            }
            _ => self.harness.built.server.whims.push_back(None),
        }
    }

    fn deliver(&mut self) {
        let mut schedule = Shuffled(Seeded::new(self.random.next_u64()));
        if !self.harness.pending().is_empty() {
            self.harness.go_on(&mut schedule);
        } else if self.random.below(8) == 0 {
            let later =
                self.harness.session.deadline().unwrap_or(pinfold_core::UnixMillis(0)).max(self.harness.now);
            self.harness.pass(later);
        }
    }

    /// Everybody hears of everything and writes what they still want, until nothing happens any more.
    fn come_to_rest(&mut self) {
        self.harness.built.server.whims.clear();
        for _ in 0..2000 {
            self.harness.pass(self.harness.now + Duration::from_secs(60));
            let stored: usize = self.harness.built.server.channels.values().map(|c| c.messages.len()).sum();
            for at in 0..self.peers.len() {
                self.peers[at].read(&self.harness.built.server, usize::MAX).unwrap();
                if let Some(frame) = self.peers[at].write(&mut self.harness.built.server).unwrap() {
                    let channel = self.peers[at].channel().to_owned();
                    self.harness.relay(&channel, frame);
                }
            }
            self.harness.drain();
            let now: usize = self.harness.built.server.channels.values().map(|c| c.messages.len()).sum();
            if now == stored {
                return;
            }
        }
        panic!("it does not come to rest");
    }

    fn check(&mut self) {
        let account = account_document(&mut self.harness);
        // Reads the folder anew if a cut made the session forget it.
        self.harness.load(&mut InOrder).unwrap();
        let folder = pinfold_testkit::device::Device::new(&self.harness.built.folders[0].hash, 1).unwrap();
        let folder = folder.read(&self.harness.built.server).unwrap();
        for (peer, ours) in self.peers.iter().zip([&account, &account, &folder, &folder]) {
            assert_eq!(canonical(&peer.document().unwrap()), canonical(ours), "everybody has the same");
        }
        for id in 10_000..=self.next_id + 10_000 {
            let ours = title(&account, id).is_some() || title(&folder, id).is_some();
            let wanted = self.peers.iter().any(|peer| peer.wants(id));
            assert_eq!(ours, wanted, "entry {id} of another client");
        }
        let mut acknowledged = 0;
        for UnderWay { ticket, in_folder, id, does } in std::mem::take(&mut self.under_way) {
            let document = if in_folder { &folder } else { &account };
            let ended = self.harness.ended(ticket).unwrap_or_else(|| panic!("{does:?} of {id} never ended"));
            if let Err(error) = ended {
                let codes = [
                    Code::EditUnconfirmed,
                    Code::EditAbsent,
                    Code::NetClosed,
                    Code::NetTimeout,
                    Code::DriveIncomplete,
                ];
                assert!(codes.contains(&error.code()), "{does:?} of {id}: {error}");
                continue;
            }
            acknowledged += 1;
            match does {
                Does::Put => {
                    let (root, trash) = shown(document, id);
                    assert_eq!(root + trash, 1, "{id} is shown once");
                }
                Does::Rename => assert_eq!(title(document, id), Some(format!("renamed {id}"))),
                Does::Remove => assert_eq!(shown(document, id), (0, 1), "{id} is in the trash once"),
            }
        }
        assert!(acknowledged > 0 || self.next_id < 4);
    }
}

fn play(seeds: std::ops::Range<u64>, faults: bool, test: &str) {
    let chosen = std::env::var("PINFOLD_SEED").ok().and_then(|seed| seed.parse().ok());
    let seeds = chosen.map_or(seeds, |seed: u64| seed..seed + 1);
    for seed in seeds {
        let result = std::panic::catch_unwind(|| {
            let mut play = Play::new(seed);
            for _ in 0..150 {
                play.step(faults);
            }
            play.come_to_rest();
            play.check();
        });
        if let Err(panic) = result {
            let command = "cargo test -p pinfold-testkit --test suite";
            eprintln!("replay: PINFOLD_SEED={seed} {command} writing::{test}");
            std::panic::resume_unwind(panic);
        }
    }
}

#[test]
fn many_editors_and_every_edit_once() {
    play(0..60, false, "many_editors");
}

#[test]
fn many_editors_and_a_bad_connection() {
    play(0..120, true, "bad_connection");
}
