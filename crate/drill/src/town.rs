//! Everybody whose drives lie on the server of the story, and everything that lies there beside them: all of it from one seed.
//!
//! Accounts have documents of their own and shared folders; a folder has one member or some. Beside them lie documents that nobody's
//! drive names: those are what an operator may take.

use crate::calendar::{Calendar, DAY, day};
use crate::failed::Done;
use pinfold_core::encoding::encode_base64;
use pinfold_core::json::{Value, stringify};
use pinfold_core::ports::Entropy;
use pinfold_datadir::id::{ItemId, KeyName};
use pinfold_datadir::paths::Paths;
use pinfold_testkit::account::{Built, BuiltFolder, Login, Plan, Variety, build_with};
use pinfold_testkit::entropy::Seeded;
use pinfold_testkit::server::Channel;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::thread::{available_parallelism, scope};

/// How large a town is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// Makes everything that is random.
    pub seed: u64,
    /// Accounts.
    pub accounts: usize,
}

/// The most folders that an account makes, of which the least is one.
const FOLDERS: usize = 5;
/// Documents in each folder, and in the drive beside its folders.
const DOCUMENTS: usize = 6;
/// So many of a hundred folders have a second member, and of those so many again a third.
const SHARED: u64 = 40;
/// So many of a hundred folders were last written in less than ninety days before the incident.
const YOUNG: u64 = 22;
/// One person in so many types a name and a password. The others stay signed in, as browsers do: what a password comes to was half of
/// the work of a drill.
const WITH_PASSWORD: usize = 10;
/// Documents that nobody's drive names, for each account.
const STRAYS: usize = 6;

/// When the files of the store were written last. The last two are within ninety days of the incident.
const WRITTEN: [(i64, i64, i64); 6] =
    [(2018, 9, 3), (2018, 11, 19), (2019, 1, 14), (2019, 2, 25), (2019, 4, 15), (2019, 5, 13)];
/// The first of those that is not old.
const FIRST_YOUNG: usize = 4;
/// The time of an entry in a drive, as the builder of accounts writes it: of the year of the recordings, and no part of the story.
const ENTERED: f64 = 1_700_000_000_000.0;
/// When the drives were written last, and everybody had pinned all of it.
const BEFORE: (i64, i64, i64) = (2019, 5, 20);

/// One account.
#[derive(Debug, Clone)]
pub struct Person {
    /// The account, and the keys of all of it.
    pub built: Built,
    /// The folders it is a member of: numbers in [`Town::folders`].
    pub folders: Vec<usize>,
    /// Documents of the drive itself.
    pub own: Vec<String>,
}

impl Person {
    /// The account's key as files are named after it.
    ///
    /// # Errors
    /// None for an account that was built.
    pub fn key(&self) -> Done<KeyName> {
        Ok(self.built.ed_public.parse::<KeyName>()?)
    }
}

/// One shared folder.
#[derive(Debug, Clone)]
pub struct Folder {
    /// Its channel.
    pub channel: String,
    /// What opens it.
    pub hash: String,
    /// The documents in it.
    pub documents: Vec<String>,
    /// Its members: numbers in [`Town::people`].
    pub members: Vec<usize>,
    /// When it and all in it was written last: a number in the list of days.
    written: usize,
}

impl Folder {
    /// Whether nobody wrote in it for ninety days when the incident came.
    pub const fn is_old(&self) -> bool {
        self.written < FIRST_YOUNG
    }
}

/// The whole town.
#[derive(Debug, Clone)]
pub struct Town {
    /// What it was made from.
    pub size: Size,
    /// How long after June 2019 it is, in ms.
    pub shift: i64,
    /// The accounts.
    pub people: Vec<Person>,
    /// The folders.
    pub folders: Vec<Folder>,
    /// Documents that nobody's drive names.
    pub strays: BTreeSet<String>,
    /// Their bytes, with everything beside them.
    pub stray_bytes: u64,
    /// The SHA-256 of each document as it was written.
    pub bodies: BTreeMap<String, [u8; 32]>,
}

impl Town {
    /// Builds a town.
    ///
    /// # Errors
    /// None with a working seed.
    pub fn build(size: Size) -> Done<Self> {
        Self::build_for(size, true)
    }

    /// The same; `to_sign_in`: whether some accounts have names and passwords, which is most of the work and changes nothing else.
    ///
    /// # Errors
    /// None with a working seed.
    pub fn build_for(size: Size, to_sign_in: bool) -> Done<Self> {
        let mut chance = Seeded::new(size.seed ^ 0x7077_6e00);
        let mut town = Self {
            size,
            shift: 0,
            people: Vec::new(),
            folders: Vec::new(),
            strays: BTreeSet::new(),
            stray_bytes: 0,
            bodies: BTreeMap::new(),
        };
        let plans: Vec<(usize, Plan)> = (0..size.accounts)
            .map(|number| {
                let seed = size.seed.wrapping_mul(1_000_003).wrapping_add(number as u64);
                let folders = 1 + chance.below(FOLDERS);
                (number, Plan { seed, documents: DOCUMENTS, folders, per_folder: DOCUMENTS })
            })
            .collect();
        for (number, built) in built(&plans, to_sign_in)?.into_iter().enumerate() {
            town.move_in(number, built, &mut chance);
        }
        town.share(&mut chance)?;
        Ok(town)
    }

    fn move_in(&mut self, number: usize, built: Built, chance: &mut Seeded) {
        let mut inside: BTreeSet<&String> = BTreeSet::from([&built.drive_channel]);
        let mut holds = Vec::new();
        for folder in &built.folders {
            inside.insert(&folder.channel);
            inside.extend(&folder.documents);
            let young = chance.next_u64() % 100 < YOUNG;
            let written = if young {
                FIRST_YOUNG + chance.below(WRITTEN.len() - FIRST_YOUNG)
            } else {
                chance.below(FIRST_YOUNG)
            };
            holds.push(self.folders.len());
            self.folders.push(Folder {
                channel: folder.channel.clone(),
                hash: folder.hash.clone(),
                documents: folder.documents.clone(),
                members: vec![number],
                written,
            });
        }
        let own = built.pins.iter().filter(|id| !inside.contains(id)).cloned().collect();
        self.people.push(Person { built, folders: holds, own });
    }

    /// Gives some folders more members than the one who made them.
    fn share(&mut self, chance: &mut Seeded) -> Done<()> {
        for number in 0..self.folders.len() {
            let mut more = 0;
            while more < 2 && chance.next_u64() % 100 < SHARED {
                let member = chance.below(self.people.len());
                more += 1;
                let (Some(folder), Some(person)) =
                    (self.folders.get_mut(number), self.people.get_mut(member))
                else {
                    continue;
                };
                if folder.members.contains(&member) {
                    continue;
                }
                folder.members.push(member);
                person.folders.push(number);
                enter(&mut person.built, folder, number)?;
            }
        }
        Ok(())
    }

    /// Writes the whole store, day by day, and is then at the evening before the story.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn write(&mut self, paths: &Paths, calendar: &Calendar) -> Done<()> {
        let mut chance = Seeded::new(self.size.seed ^ 0x5704_e000);
        for place in [&paths.channels, &paths.pins, &paths.blocks, &paths.blobs] {
            fs::create_dir_all(place)?;
        }
        let logs: BTreeMap<String, Channel> =
            self.people.iter().flat_map(|person| person.built.server.channels.clone()).collect();
        let strays = STRAYS * self.people.len();
        for (at, (year, month, date)) in WRITTEN.into_iter().enumerate() {
            calendar.go_to(day(year, month, date) + self.shift);
            for number in 0..self.folders.len() {
                let Some(folder) = self.folders.get(number).filter(|folder| folder.written == at).cloned()
                else {
                    continue;
                };
                if let Some(log) = logs.get(&folder.channel) {
                    put_log(paths, calendar, &folder.channel, log)?;
                }
                for document in &folder.documents {
                    self.put_document(paths, calendar, document, &mut chance, 1)?;
                }
            }
            for number in (at..self.people.len()).step_by(WRITTEN.len()) {
                let own = self.people.get(number).map(|person| person.own.clone()).unwrap_or_default();
                for document in &own {
                    self.put_document(paths, calendar, document, &mut chance, 1)?;
                }
            }
            // What nobody names is as old as the oldest third of the store, or not very old.
            self.put_strays(paths, calendar, (at..strays).step_by(WRITTEN.len()).count(), &mut chance)?;
        }
        let (year, month, date) = BEFORE;
        calendar.go_to(day(year, month, date) + self.shift);
        for person in &self.people {
            let drive = &person.built.drive_channel;
            if let Some(log) = logs.get(drive) {
                put_log(paths, calendar, drive, log)?;
            }
            if let Some(block) = &person.built.block {
                put(&paths.block(&block.id.parse()?), &block.bytes)?;
            }
            let ids: Vec<Value> = person.built.pin_list().into_iter().map(Value::from).collect();
            let line = Value::Array(vec!["PIN".into(), Value::Array(ids), number(calendar.now())]);
            put(&paths.pin_log(&person.key()?), format!("{}\n", stringify(&line)).as_bytes())?;
        }
        calendar.go_to(day(year, month, date) + self.shift + DAY);
        Ok(())
    }

    /// Writes documents that nobody's drive names.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn put_strays(
        &mut self,
        paths: &Paths,
        calendar: &Calendar,
        count: usize,
        chance: &mut Seeded,
    ) -> Done<()> {
        for _ in 0..count {
            let mut id = [0; 16];
            chance.fill(&mut id)?;
            let id = ItemId::Channel(id).to_string();
            self.stray_bytes += self.put_document(paths, calendar, &id, chance, 2)?;
            self.strays.insert(id);
        }
        Ok(())
    }

    /// Everything that somebody's drive names, and the drives.
    pub fn wanted(&self) -> BTreeSet<&str> {
        let inside = self.folders.iter().flat_map(|folder| folder.documents.iter().chain([&folder.channel]));
        let drives =
            self.people.iter().flat_map(|person| person.own.iter().chain([&person.built.drive_channel]));
        inside.chain(drives).map(String::as_str).collect()
    }

    /// Writes a document that no program of the drill ever opens: some lines of what might be ciphertext. Answers how many bytes.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn put_document(
        &mut self,
        paths: &Paths,
        calendar: &Calendar,
        id: &str,
        chance: &mut Seeded,
        larger: usize,
    ) -> Done<u64> {
        let messages = (0..1 + chance.below(3)).map(|_| {
            let mut text = vec![0; larger * (300 + chance.below(900))];
            chance.fill(&mut text)?;
            Ok(pinfold_testkit::server::Stored { message: encode_base64(&text), time: 0 })
        });
        let messages = messages.collect::<Done<Vec<_>>>()?;
        let log = Channel { metadata: Some("{}".into()), messages, ..Channel::default() };
        let (body, bytes) = put_log(paths, calendar, id, &log)?;
        self.bodies.insert(id.to_owned(), Sha256::digest(&body).into());
        Ok(bytes)
    }
}

/// Builds all accounts, on as many processors as there are: what a password comes to is slow on purpose.
fn built(plans: &[(usize, Plan)], to_sign_in: bool) -> Done<Vec<Built>> {
    let build = |(number, plan): &(usize, Plan)| -> Done<Built> {
        let login = match to_sign_in && number.is_multiple_of(WITH_PASSWORD) {
            true => Login::Block { username: format!("person{number}"), password: "not a secret".into() },
            false => Login::Hash,
        };
        Ok(build_with(*plan, &Variety { login, ..Variety::default() })?)
    };
    let share = plans.len().div_ceil(available_parallelism().map_or(1, Into::into)).max(1);
    let built: Vec<Done<Vec<Built>>> = scope(|scope| {
        let shares = plans.chunks(share).map(|some| scope.spawn(move || some.iter().map(build).collect()));
        let shares: Vec<_> = shares.collect();
        shares.into_iter().map(|share| share.join().unwrap_or_else(|_| Err("a thread died".into()))).collect()
    });
    built.into_iter().try_fold(Vec::new(), |mut all, some| {
        all.extend(some?);
        Ok(all)
    })
}

/// Enters a folder into the drive of somebody who did not make it.
fn enter(built: &mut Built, folder: &Folder, number: usize) -> Done<()> {
    let id = format!("{}", 7_000_000_000_u64 + number as u64);
    let mut device = built.device()?;
    device.edit(&mut built.server, |document| {
        let mut entry = pinfold_core::json::Object::new();
        entry.insert("atime", ENTERED);
        entry.insert("channel", folder.channel.as_str());
        entry.insert("ctime", ENTERED);
        entry.insert("href", format!("/drive/#{}", folder.hash));
        let part = |drive: &mut Value, name: &str, key: &str, value: Value| {
            let part = drive.as_object_mut().and_then(|drive| drive.get_mut(name));
            if let Some(part) = part.and_then(Value::as_object_mut) {
                part.insert(key, value);
            }
        };
        if let Some(drive) = document.as_object_mut().and_then(|document| document.get_mut("drive")) {
            part(drive, "sharedFolders", &id, entry.into());
            part(drive, "root", &format!("f{id}"), Value::from(7_000_000_000_f64 + number as f64));
        }
    })?;
    built.folders.push(BuiltFolder {
        id,
        channel: folder.channel.clone(),
        documents: folder.documents.clone(),
        expected: pinfold_testkit::account::Expected::Loaded { read_only: false },
        document: None,
        hash: folder.hash.clone(),
    });
    built.pins.extend(std::iter::once(&folder.channel).chain(&folder.documents).cloned());
    Ok(())
}

/// Writes a log and its metadata as they would lie there had everything been written now. Returns the log, and how many
/// bytes were written.
fn put_log(paths: &Paths, calendar: &Calendar, id: &str, log: &Channel) -> Done<(Vec<u8>, u64)> {
    let files = paths.live(&id.parse::<ItemId>()?);
    let now = calendar.now();
    let mut metadata = Value::parse(log.metadata.as_deref().unwrap_or("{}")).map_err(|_| "metadata")?;
    if let Some(metadata) = metadata.as_object_mut() {
        metadata.insert("channel", id);
        metadata.insert("created", number(now));
    }
    let metadata = format!("{}\n", stringify(&metadata));
    put(&files.metadata, metadata.as_bytes())?;
    let mut body = String::new();
    for (at, stored) in log.messages.iter().enumerate() {
        let time = number(now.saturating_add(i64::try_from(at).unwrap_or(0)));
        let author = format!("{:032x}", u128::from_str_radix(id.get(..24).unwrap_or("0"), 16).unwrap_or(0));
        let line = [0.0.into(), author.into(), "MSG".into(), id.into(), stored.message.as_str().into(), time];
        body.push_str(&stringify(&Value::Array(line.into())));
        body.push('\n');
    }
    put(&files.body, body.as_bytes())?;
    let bytes = metadata.len() + body.len();
    Ok((body.into_bytes(), bytes as u64))
}

fn put(path: &Path, bytes: &[u8]) -> Done<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    Ok(fs::write(path, bytes)?)
}

fn number(ms: i64) -> Value {
    Value::from(ms as f64)
}
