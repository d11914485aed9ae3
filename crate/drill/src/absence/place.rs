//! One account on a disk, and one thing of it that is archived.

use super::{Entry, Made, Row, Seen, Thing, Unpinned};
use crate::failed::Done;
use crate::holder::Holder;
use crate::old::pen::{self, part};
use crate::town::Person;
use pinfold_core::href::{Secrets, secrets_from_hash};
use pinfold_core::json::{Object, Value, stringify};
use pinfold_datadir::id::ItemId;
use pinfold_datadir::paths::Paths;
use pinfold_server::{DataOption, Options, Running, Server};
use pinfold_testkit::account::{Login, Plan, Variety, build_with};
use pinfold_testkit::server::{Channel, Stored};
use std::collections::BTreeSet;
use std::fs;

/// A time of the account's own, in ms.
const WHEN: u64 = 1_700_000_000_000;

/// The place of a row.
pub(super) struct Place {
    /// Whose account it is.
    pub(super) person: Person,
    /// What is archived.
    pub(super) channel: String,
    /// Its entry's key in the document that holds it, where it has one.
    pub(super) key: String,
    /// What is in it.
    inside: BTreeSet<String>,
    /// What opens the document that holds it.
    pub(super) holder: Secrets,
    paths: Paths,
    directory: tempfile::TempDir,
    before: Value,
    block: bool,
}

impl Place {
    /// Builds the account, writes it, and archives what the row says: but for what is archived while somebody has it open.
    pub(super) fn set(row: &Row, seed: u64) -> Done<Self> {
        let plan = Plan { seed, documents: 3, folders: 4, per_folder: 2 };
        let login = Login::Block { username: "alice".into(), password: "not a secret".into() };
        let login = if row.thing == Thing::Block { login } else { Login::Hash };
        let mut built = build_with(plan, &Variety { mixed: true, teams: 1, letters: 2, closed: 0, login })?;
        let folder = |at: usize| -> Done<(String, String, BTreeSet<String>)> {
            let folder = built.folders.get(at).ok_or("no folder")?;
            let pinned = |id: &&String| built.pins.contains(*id);
            Ok((
                folder.channel.clone(),
                folder.id.clone(),
                folder.documents.iter().filter(pinned).cloned().collect(),
            ))
        };
        let team = built.teams.first().ok_or("no team")?;
        let in_account = |path: &[&str]| {
            let found = path.iter().try_fold(&built.document, |value, name| value.get(name));
            found.and_then(Value::as_str).map(str::to_owned)
        };
        let alone = |channel: String, key: &str| (channel, key.to_owned(), BTreeSet::new());
        let (channel, key, inside) = match row.thing {
            Thing::OwnFolder | Thing::OpenFolder => folder(0)?,
            Thing::EditFolder => folder(1)?,
            Thing::ThrownFolder => folder(2)?,
            Thing::ViewFolder => folder(3)?,
            Thing::Document => {
                let files = built.document.get("drive").and_then(|drive| drive.get("filesData"));
                let entries = files.and_then(Value::as_object).into_iter().flat_map(Object::values);
                let mut ids = entries.filter_map(|entry| entry.get("channel")?.as_str().map(str::to_owned));
                let id = ids.find(|id| id.len() == 32 && built.pins.contains(id));
                alone(id.ok_or("no document")?, "")
            }
            Thing::Team => alone(team.channel.clone(), &team.id),
            Thing::Roster => {
                let path = ["teams", team.id.as_str(), "keys", "roster", "channel"];
                alone(in_account(&path).ok_or("no roster")?, &team.id)
            }
            Thing::TeamFolder => {
                let folder = team.folders.first().ok_or("no folder of the team")?;
                alone(folder.channel.clone(), &folder.id)
            }
            Thing::Calendar => {
                let calendars = built.document.get("calendars").and_then(Value::as_object);
                let key = calendars.and_then(|all| all.keys().next()).ok_or("no calendar")?;
                let key = key.to_string_lossy().into_owned();
                alone(key.clone(), &key)
            }
            Thing::Profile => {
                let edit = in_account(&["profile", "edit"]).ok_or("no profile")?;
                alone(secrets_from_hash("profile", &edit, None)?.channel.clone().ok_or("no channel")?, "")
            }
            Thing::Mailbox | Thing::FreshMailbox => {
                alone(built.mailboxes.first().ok_or("no mailbox")?.channel.clone(), "")
            }
            Thing::Drive => alone(built.drive_channel.clone(), ""),
            Thing::Block => alone(built.drive_channel.clone(), ""),
        };
        let mut holder = secrets_from_hash("drive", built.user_hash(), None)?;
        if row.thing == Thing::TeamFolder {
            let of = |name: &str| in_account(&["teams", team.id.as_str(), name]);
            holder = secrets_from_hash("team", &of("hash").ok_or("no key")?, of("password").as_deref())?;
        }
        let number = key.clone();
        let mut device = built.device()?;
        let mut server = built.server.clone();
        device.edit(&mut server, |document| match row.thing {
            Thing::ThrownFolder => throw(document, &number),
            Thing::Mailbox | Thing::FreshMailbox => {
                let boxes = part(document, "mailboxes").and_then(|it| it.get_mut("notifications"));
                let Some(entry) = boxes.and_then(Value::as_object_mut) else { return };
                entry.remove("lastKnownHash");
                if row.thing == Thing::Mailbox {
                    entry.insert("lastKnownHash", "A".repeat(64));
                }
            }
            _ => {}
        })?;
        built.server = server;
        built.document = device.read(&built.server)?;
        // Of some things the builder writes no log, because no test looks at it.
        let stands = Channel {
            metadata: Some(format!("{{\"channel\":\"{channel}\",\"created\":{WHEN}}}")),
            messages: vec![Stored { message: "what nobody here reads".into(), time: WHEN }],
            ..Channel::default()
        };
        built.server.channels.entry(channel.clone()).or_insert(stands);
        let directory =
            tempfile::Builder::new().prefix("pinfold-absence-").tempdir_in(crate::stage::place())?;
        let data = directory.path().join("account");
        built.write(&data)?;
        let paths = Paths::below(&data.join("data"));
        let person = Person { built, folders: Vec::new(), own: Vec::new() };
        let ids: Vec<Value> = person.built.pin_list().into_iter().map(Value::from).collect();
        let line = Value::Array(vec!["PIN".into(), Value::Array(ids), Value::from(WHEN as f64)]);
        let log = paths.pin_log(&person.key()?);
        fs::create_dir_all(log.parent().unwrap_or(&log))?;
        fs::write(log, format!("{}\n", stringify(&line)))?;
        let block = row.thing == Thing::Block;
        let mut place =
            Self { person, channel, key, inside, holder, paths, directory, before: Value::Null, block };
        place.before = place.document()?.ok_or("no document")?;
        if row.thing != Thing::OpenFolder {
            place.archive(row.reason)?;
        }
        Ok(place)
    }

    fn archive(&self, reason: Option<&str>) -> Done<()> {
        if self.block {
            let block = self.person.built.block.as_ref().ok_or("no block")?.id.parse()?;
            fs::remove_file(self.paths.block(&block))?;
            return Ok(fs::write(self.paths.block_placeholder(&block), reason.unwrap_or_default())?);
        }
        let id: ItemId = self.channel.parse()?;
        let (live, archived) = (self.paths.live(&id), self.paths.archived(&id));
        for (from, to) in live.moved().zip(archived.moved()) {
            if from.exists() {
                fs::create_dir_all(to.parent().unwrap_or(to))?;
                fs::rename(from, to)?;
            }
        }
        match reason {
            Some(reason) => Ok(fs::write(&live.placeholder, reason)?),
            None => Ok(()),
        }
    }

    pub(super) async fn serve(&self) -> Done<Running> {
        let path = self.directory.path().join("account/data");
        let options = Options { data: DataOption::Directory { path, fresh: false }, ..Options::default() };
        Ok(Server::start(options).await?)
    }

    /// The document that holds the entry, as it lies on the disk, live or archived.
    fn document(&self) -> Done<Option<Value>> {
        let id: ItemId = self.holder.channel.as_deref().unwrap_or_default().parse()?;
        for files in [self.paths.live(&id).body, self.paths.archived(&id).body] {
            if files.exists() {
                return pen::read_log(&files, &self.holder).map(Some);
            }
        }
        Ok(None)
    }

    /// These ids.
    pub(super) fn of(&self, unpinned: Unpinned) -> BTreeSet<String> {
        let itself = || BTreeSet::from([self.channel.clone()]);
        match unpinned {
            Unpinned::Nothing => BTreeSet::new(),
            Unpinned::Itself => itself(),
            Unpinned::Contents => self.inside.clone(),
            Unpinned::Both => self.inside.iter().cloned().chain(itself()).collect(),
        }
    }

    /// What is true afterwards.
    pub(super) fn look(&self, refused: Option<&'static str>) -> Done<Seen> {
        let pinned = crate::truth::pinned(&self.paths)?;
        let list = self.person.built.pin_list().into_iter();
        let unpinned = list.filter(|id| !pinned.contains(id)).collect();
        let now = self.document()?.unwrap_or_default();
        let entry = match refused {
            Some(words) => Entry::NoLogin(words),
            None => self.entry(&now),
        };
        let files = self.paths.live(&self.channel.parse::<ItemId>()?);
        let made = match (self.is_archived()?, files.body.exists(), files.metadata.exists()) {
            (true, true, _) => Made::Whole,
            (true, false, true) => Made::Metadata,
            _ => Made::Nothing,
        };
        Ok(Seen { entry, made, unpinned })
    }

    fn is_archived(&self) -> Done<bool> {
        Ok(self.paths.archived(&self.channel.parse::<ItemId>()?).body.exists())
    }

    fn entry(&self, now: &Value) -> Entry {
        let table = |of: &Value, path: &[&str]| {
            let found = path.iter().try_fold(of, |value, name| value.get(name));
            found.and_then(|table| table.get(&self.key)).is_some()
        };
        let aside = table(now, &["drive", "sharedFoldersTemp"]);
        let paths: [&[&str]; 3] = [&["drive", "sharedFolders"], &["teams"], &["calendars"]];
        let Some(path) = paths.into_iter().find(|path| table(&self.before, path)) else { return Entry::Same };
        if table(now, path) {
            return Entry::Same;
        }
        let number = format!(":{}", self.key);
        let in_tree = |part: &str| {
            let part = now.get("drive").and_then(|drive| drive.get(part));
            part.is_some_and(|part| stringify(part).contains(&number))
        };
        match (aside, in_tree("root") || in_tree("trash")) {
            (true, _) => Entry::Aside,
            (_, true) => Entry::NumberLeft,
            _ => Entry::Erased,
        }
    }

    /// The client of this project signs in, loads all there is, and pins.
    pub(super) async fn comes_with_pinfold(&self, server: &Running) -> Done<()> {
        let holder = Holder::open(server, &self.person, None).await?;
        holder.load_teams().await?;
        holder.pin().await?;
        holder.close().await;
        Ok(())
    }

    /// Where a block would be.
    pub(super) fn block_path(&self) -> Option<&str> {
        self.person.built.block.as_ref().map(|block| block.path.as_str())
    }
}

/// Moves a folder's place from the tree into the trash.
fn throw(document: &mut Value, number: &str) {
    let Some(drive) = part(document, "drive") else { return };
    let Some(root) = drive.get_mut("root").and_then(Value::as_object_mut) else { return };
    let name = format!("f{number}");
    let Some(place) = root.remove(&name) else { return };
    let mut thrown = Object::new();
    thrown.insert("element", place);
    thrown.insert("path", Value::from(vec![Value::from("root")]));
    if let Some(trash) = drive.get_mut("trash").and_then(Value::as_object_mut) {
        trash.insert(name, Value::from(vec![Value::from(thrown)]));
    }
}
