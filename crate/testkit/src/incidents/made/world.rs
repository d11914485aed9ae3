//! The account, everybody who writes in it, the clock, and what happened.

use std::collections::BTreeMap;

use pinfold_core::document::Shape;
use pinfold_core::error::{Code, Error};
use pinfold_core::href::HrefCipher;
use pinfold_core::json::{Object, Text, Value};

use super::things::{Thing, channel};
use super::truth::Truth;
use super::with_claims::NOT_THERE;
use crate::entropy::Seeded;
use crate::histories::edits::holder;
use crate::histories::logs::{Log, Pen};
use crate::histories::places;

/// A connection that writes.
pub(super) type Session = u32;

const DAY: u64 = 86_400_000;
const SECOND: u64 = 1_000;

/// A document, by its place in [`World::logs`].
pub(super) type At = usize;

/// The account's own drive.
pub(super) const DRIVE: At = 0;

pub(super) struct World {
    pub(super) entropy: Seeded,
    pub(super) now: u64,
    /// The live copies, the account's drive first.
    pub(super) logs: Vec<Log>,
    /// What each of them is, but for the drive.
    pub(super) of: Vec<Option<Thing>>,
    /// What encrypts the links in each.
    links: Vec<Option<HrefCipher>>,
    /// Archived copies, by channel: a log, and the reason if one was given.
    pub(super) archived: BTreeMap<String, (Log, Option<String>)>,
    /// Live copies that are gone.
    pub(super) gone: Vec<At>,
    /// The account's pin log.
    pub(super) pins: Vec<Value>,
    /// The pin logs of teams, by their keys.
    pub(super) team_pins: BTreeMap<String, Vec<Value>>,
    pub(super) truth: Truth,
    /// Documents that are no drives and no folders, as they are live: two copies of one are compared.
    pub(super) opaque: Vec<Log>,
    /// Another account of the server: its drive, and where that is.
    pub(super) second: Option<(Thing, At)>,
    pub(super) account: Thing,
    pub(super) seed: u64,
    sessions: Session,
    named: usize,
}

impl World {
    pub(super) fn new(seed: u64) -> Result<Self, Error> {
        let mut entropy = Seeded::new(seed ^ 0x1dc1_de27);
        let account = Thing::of("drive", "account".into(), None, &mut entropy)?;
        let mut world = Self {
            now: 1_600_000_000_000 + entropy.next_u64() % (1_000 * DAY),
            entropy,
            logs: Vec::new(),
            of: Vec::new(),
            links: Vec::new(),
            archived: BTreeMap::new(),
            gone: Vec::new(),
            pins: Vec::new(),
            team_pins: BTreeMap::new(),
            truth: Truth::default(),
            opaque: Vec::new(),
            second: None,
            account: account.clone(),
            seed,
            sessions: 0x1000,
            named: 0,
        };
        world.open(Shape::Account, &account, None)?;
        world.begin_drive(DRIVE)?;
        world.days_pass();
        // Something that nothing happens to.
        let user = world.user()?;
        let kept = world.document(DRIVE, user)?;
        world.is_kept(&kept, "untouched");
        world.days_pass();
        Ok(world)
    }

    /// What a first log-in writes.
    fn begin_drive(&mut self, at: At) -> Result<(), Error> {
        let session = self.stranger();
        self.write(at, session, |document| {
            document.insert("teams", Object::new());
            let drive = places::part(document, "drive");
            for part in ["filesData", "root", "sharedFolders", "static", "trash"] {
                drive.insert(part, Object::new());
            }
            drive.insert("template", Vec::new());
        })
    }

    /// The drive of another account, which is made when it is asked for first.
    pub(super) fn second(&mut self) -> Result<At, Error> {
        if let Some((_, at)) = &self.second {
            return Ok(*at);
        }
        let account = Thing::of("drive", "second account".into(), None, &mut self.entropy)?;
        let at = self.open(Shape::Account, &account, None)?;
        self.second = Some((account, at));
        self.begin_drive(at)?;
        self.seconds_pass(60);
        Ok(at)
    }

    /// A session of the second user's.
    pub(super) fn second_user(&mut self) -> Result<Session, Error> {
        let at = self.second()?;
        let session = self.stranger();
        let token = channel(&mut self.entropy)?;
        self.write(at, session, |document| _ = document.insert("loginToken", token))?;
        self.seconds_pass(60);
        Ok(session)
    }

    /// A long time goes by in which nobody writes.
    pub(super) fn months_pass(&mut self) {
        self.now += 120 * DAY + self.entropy.next_u64() % (200 * DAY);
    }

    pub(super) fn below(&mut self, bound: usize) -> usize {
        self.entropy.below(bound)
    }

    pub(super) fn chance(&mut self) -> bool {
        self.below(2) == 0
    }

    /// Nothing of what comes belongs to what was.
    pub(super) fn days_pass(&mut self) {
        self.now += DAY + self.entropy.next_u64() % (30 * DAY);
    }

    pub(super) fn seconds_pass(&mut self, seconds: u64) {
        self.now += seconds * SECOND;
    }

    /// What people do together: every patch of a client takes its time.
    pub(super) fn a_moment_passes(&mut self) {
        self.now += 200 + self.entropy.next_u64() % 600;
    }

    /// A session of nobody's that is known.
    pub(super) fn stranger(&mut self) -> Session {
        self.sessions += 1;
        self.sessions
    }

    /// A session of the user's: it wrote something in the account's own document.
    pub(super) fn user(&mut self) -> Result<Session, Error> {
        let session = self.stranger();
        let token = channel(&mut self.entropy)?;
        self.write(DRIVE, session, |document| _ = document.insert("loginToken", token))?;
        self.seconds_pass(60);
        Ok(session)
    }

    /// A channel of which no line was written.
    pub(super) fn open(&mut self, shape: Shape, of: &Thing, links: Option<HrefCipher>) -> Result<At, Error> {
        let log = Log::new(&of.channel, shape, of.secrets()?.message_keys()?);
        self.logs.push(log);
        self.of.push((shape != Shape::Account).then(|| of.clone()));
        self.links.push(links);
        Ok(self.logs.len() - 1)
    }

    /// The account holds another link of a document than whoever made it.
    pub(super) fn is_seen_as(&mut self, at: At, seen: &Thing) {
        if let Some(of) = self.of.get_mut(at) {
            *of = Some(seen.clone());
        }
    }

    pub(super) fn log(&mut self, at: At) -> Result<&mut Log, Error> {
        let absent = || Error::new(Code::Internal, "a story about a document that is not there");
        self.logs.get_mut(at).ok_or_else(absent)
    }

    /// One patch, in the whole document.
    pub(super) fn write(
        &mut self,
        at: At,
        by: Session,
        change: impl FnOnce(&mut Object),
    ) -> Result<(), Error> {
        let pen = Pen { time: self.now, author: by };
        let mut entropy = self.entropy.clone();
        let log = self.log(at)?;
        if log.document.as_object().is_none() {
            log.document = Object::new().into();
        }
        if let Some(document) = log.document.as_object_mut() {
            change(document);
        }
        log.write(pen, &mut entropy)?;
        self.entropy = entropy;
        Ok(())
    }

    /// One patch, in what holds the tables.
    pub(super) fn edit(
        &mut self,
        at: At,
        by: Session,
        change: impl FnOnce(&mut Object),
    ) -> Result<(), Error> {
        let shape = self.log(at)?.shape;
        self.write(at, by, |document| change(holder(document, shape)))
    }

    pub(super) fn title(&mut self, kind: &str) -> String {
        self.named += 1;
        let odd = ["", " née", " 日本語", " \"x\"", " 😀"].get(self.named % 5).copied().unwrap_or_default();
        format!("{kind} {}{odd}", self.named)
    }

    pub(super) fn entry_of(&mut self, thing: &Thing, at: At) -> Result<Object, Error> {
        let (now, mut entropy) = (self.now, self.entropy.clone());
        let entry = thing.entry(self.links.get(at).and_then(Option::as_ref), now, &mut entropy);
        self.entropy = entropy;
        entry
    }

    /// Puts a thing into a document, in the root or a folder of names.
    pub(super) fn put(
        &mut self,
        at: At,
        by: Session,
        thing: &Thing,
        within: Option<&str>,
    ) -> Result<(), Error> {
        let entry = self.entry_of(thing, at)?;
        let table = if is_folder(thing) { "sharedFolders" } else { "filesData" };
        self.pin(std::slice::from_ref(&thing.channel));
        self.edit(at, by, |holder| {
            places::part(holder, table).insert(thing.key(), entry);
            let mut folder = places::part(holder, "root");
            if let Some(name) = within {
                folder = places::part(folder, name);
            }
            folder.insert(spot(thing), thing.number());
        })
    }

    /// A new document.
    pub(super) fn document(&mut self, at: At, by: Session) -> Result<Thing, Error> {
        let title = self.title("Document");
        let thing = Thing::document(title, &mut self.entropy)?;
        self.put(at, by, &thing, None)?;
        self.seconds_pass(30);
        Ok(thing)
    }

    pub(super) fn documents(&mut self, count: usize, at: At, by: Session) -> Result<Vec<Thing>, Error> {
        (0..count).map(|_| self.document(at, by)).collect()
    }

    /// A shared folder, with an entry in a drive or a team: made there, or received with a link.
    pub(super) fn folder(&mut self, within: At, by: Session) -> Result<(Thing, At), Error> {
        let title = self.title("Folder");
        let password = (self.below(6) == 0).then_some("sea 24");
        let mut folder = Thing::of("drive", title, password, &mut self.entropy)?;
        let maker = if self.chance() { by } else { self.stranger() };
        let cipher = folder.cipher()?;
        let at = self.open(Shape::Folder, &folder, cipher)?;
        self.fill_anew(at, maker, true)?;
        if maker != by {
            self.days_pass();
        }
        // Old entries hold no view link, and no title.
        if self.below(5) == 0 {
            folder.view = String::new();
        }
        self.put(within, by, &folder, None)?;
        self.seconds_pass(30);
        Ok((folder, at))
    }

    /// The first lines of a folder: as somebody makes one, or as a client makes it anew.
    pub(super) fn fill_anew(&mut self, at: At, by: Session, on_purpose: bool) -> Result<(), Error> {
        let title = self.of.get(at).and_then(Option::as_ref).map(|of| of.title.clone()).unwrap_or_default();
        self.write(at, by, |folder| {
            for part in ["filesData", "root", "static"] {
                folder.insert(part, Object::new());
            }
            if on_purpose {
                places::part(folder, "metadata").insert("title", title);
                folder.insert("version", 2.0);
            }
        })
    }

    /// A shared folder with documents in it.
    pub(super) fn filled(
        &mut self,
        within: At,
        by: Session,
        count: usize,
    ) -> Result<(Thing, At, Vec<Thing>), Error> {
        let (folder, at) = self.folder(within, by)?;
        let inside = self.documents(count, at, by)?;
        Ok((folder, at, inside))
    }

    /// Things leave a document with their data, in one patch.
    pub(super) fn remove(&mut self, at: At, by: Session, things: &[&Thing]) -> Result<(), Error> {
        self.edit(at, by, |holder| {
            for thing in things {
                forget(places::part(holder, "root"), thing);
                forget_data(holder, thing);
            }
        })
    }

    /// Things go to the trash, in one patch.
    pub(super) fn throw(&mut self, at: At, by: Session, things: &[&Thing]) -> Result<(), Error> {
        self.edit(at, by, |holder| {
            for thing in things {
                forget(places::part(holder, "root"), thing);
                let mut thrown = Object::new();
                thrown.insert("element", thing.number());
                thrown.insert("path", vec![Value::from("root")]);
                places::part(holder, "trash").insert(spot(thing), vec![Value::from(thrown)]);
            }
        })
    }

    /// The trash is emptied, in one patch.
    pub(super) fn empty_trash(&mut self, at: At, by: Session) -> Result<(), Error> {
        let shape = self.log(at)?.shape;
        let mut entropy = self.entropy.clone();
        self.write(at, by, |document| crate::histories::edits::empty_trash(document, shape, &mut entropy))
    }

    /// The drive as it is now.
    pub(super) fn drive(&mut self) -> Result<Value, Error> {
        let absent = || Error::new(Code::Internal, "the account has no drive");
        self.log(DRIVE)?.document.get("drive").cloned().ok_or_else(absent)
    }

    /// The last of all: the account is used as if nothing was.
    pub(super) fn end(&mut self) -> Result<(), Error> {
        self.user()?;
        let class = if self.truth.is_trimmed { "not-since" } else { "never-existed" };
        for claim in &mut self.truth.claims {
            if claim.get("class").and_then(Value::as_str) == Some(NOT_THERE) {
                claim.insert("class", class);
            }
        }
        Ok(())
    }
}

pub(super) fn is_folder(thing: &Thing) -> bool {
    thing.href.starts_with("/drive/") || thing.href.is_empty() && thing.view.starts_with("/drive/")
}

/// Its key in the tree.
pub(super) fn spot(thing: &Thing) -> String {
    format!("k{:x}", thing.id)
}

/// Its number leaves the tree, wherever it stands below the root.
pub(super) fn forget(folder: &mut Object, thing: &Thing) {
    let (mut numbers, mut folders) = (Vec::new(), Vec::new());
    places::walk(folder, &Vec::<Text>::new(), &mut numbers, &mut folders);
    for (names, _) in numbers.iter().filter(|(_, number)| *number == thing.id) {
        places::take(folder, names);
    }
}

pub(super) fn forget_data(holder: &mut Object, thing: &Thing) {
    for table in ["filesData", "sharedFolders"] {
        places::part(holder, table).remove(&thing.key());
    }
}
