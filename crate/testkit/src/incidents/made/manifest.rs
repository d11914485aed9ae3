//! The incident as files: the server's data directory, and the manifest in the form of the recorded ones.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::incidents::logins::log_in;
use pinfold_core::account::block::{Block, seal};
use pinfold_core::crypto::sign::SigningKey;
use pinfold_core::document::Entry;
use pinfold_core::document::Kind;
use pinfold_core::error::Error;
use pinfold_core::href::HrefCipher;
use pinfold_core::json::{Object, Value, canonical, stringify};
use pinfold_core::ports::Entropy;
use pinfold_core::secret::{Secret, SecretText};
use pinfold_recovery::Moment;

use super::super::dates;
use super::things::Thing;
use super::world::World;
use crate::entropy::Seeded;
use crate::histories::logs::Log;
use crate::histories::plain::{self, Stay};

const PASSWORD: &str = "alice correct horse";
/// The second user's; only there where a story needs one.
const SECOND: &str = "bob";
/// The names are the same in every incident: deriving their keys would take most of the time.
const OWNER: &str = "alice";

/// Where something lies: in the directory that its first two characters name.
fn shelved(base: &Path, id: &str, suffix: &str) -> io::Result<PathBuf> {
    let shelf = base.join(id.get(..2).unwrap_or_default());
    fs::create_dir_all(&shelf)?;
    Ok(shelf.join(format!("{id}{suffix}")))
}

pub(super) fn write(world: &World, folder: &Path) -> io::Result<()> {
    let failed = |error: Error| io::Error::other(error.to_string());
    let data = folder.join("data");
    for part in ["datastore", "archive/datastore", "block", "pins"] {
        fs::create_dir_all(data.join(part))?;
    }
    let live = || world.logs.iter().enumerate().filter(|(at, _)| !world.gone.contains(at));
    let is_replaced = |at: usize| {
        let channel = world.logs.get(at).map(|log| &log.channel);
        live().any(|(other, log)| other > at && Some(&log.channel) == channel)
    };
    for log in live().filter(|(at, _)| !is_replaced(*at)).map(|(_, log)| log).chain(&world.opaque) {
        stored(&data.join("datastore"), log)?;
    }
    for (log, reason) in world.archived.values() {
        stored(&data.join("archive/datastore"), log)?;
        let is_live = live().any(|(_, of)| of.channel == log.channel);
        if let Some(reason) = reason.as_ref().filter(|_| !is_live) {
            fs::write(shelved(&data.join("datastore"), &log.channel, ".ndjson.placeholder")?, reason)?;
        }
    }
    account(world, OWNER, &world.account, &world.pins, &data).map_err(failed)??;
    if let Some((second, _)) = &world.second {
        account(world, SECOND, second, &[], &data).map_err(failed)??;
    }
    for (key, lines) in &world.team_pins {
        let lines: String = lines.iter().map(|line| stringify(line) + "\n").collect();
        fs::write(shelved(&data.join("pins"), &key.replace('/', "-"), ".ndjson")?, lines)?;
    }
    if world.seed.is_multiple_of(2) {
        by_operator(world, folder)?;
    }
    let manifest = manifest(world, OWNER).map_err(failed)?;
    fs::write(folder.join("manifest.json"), canonical(&manifest))
}

fn stored(base: &Path, log: &Log) -> io::Result<()> {
    let mut text = String::new();
    for line in &log.lines {
        let author = line.author.as_deref().map_or(Value::Null, Value::from);
        let time = line.time.map_or(Value::Null, |time| Value::from(time as f64));
        let message = line.message.as_str().into();
        let stored = vec![Value::from(0.0), author, "MSG".into(), log.channel.as_str().into(), message, time];
        text += &(stringify(&Value::from(stored)) + "\n");
    }
    fs::write(shelved(base, &log.channel, ".ndjson")?, text)
}

/// The block that name and password lead to, and the pin log of its key.
fn account(
    world: &World,
    name: &str,
    account: &Thing,
    pins: &[Value],
    data: &Path,
) -> Result<io::Result<()>, Error> {
    let mut entropy = Seeded::new(world.seed ^ name.len() as u64);
    let login = log_in(name, PASSWORD)?;
    let keys = &login.block;
    let sign = SigningKey::from_seed(&Secret::try_derive_with(|out| entropy.fill(out))?);
    let key = sign.verifying_key().to_base64();
    let hash = account.href.split_once('#').map(|(_, hash)| hash).unwrap_or_default();
    let block = Block {
        user_hash: SecretText::new(hash.to_owned()),
        ed_public: Some(key.clone()),
        extra: Object::new(),
    };
    let bytes = seal(&block, &keys.symmetric, &mut entropy)?;
    let pins: String = pins.iter().map(|line| stringify(line) + "\n").collect();
    let write = || {
        fs::write(shelved(&data.join("block"), keys.id.as_str(), "")?, &bytes)?;
        fs::write(shelved(&data.join("pins"), &key.replace('/', "-"), ".ndjson")?, &pins)
    };
    Ok(write())
}

fn manifest(world: &World, name: &str) -> Result<Value, Error> {
    let mut folders = Object::new();
    let mut teams = Object::new();
    for (at, log) in world.logs.iter().enumerate() {
        let Some(of) = world.of.get(at).and_then(Option::as_ref) else { continue };
        let is_live = !world.gone.contains(&at);
        // Of a folder that was made anew, the later log is the live one.
        let is_replaced = world.logs.iter().skip(at + 1).any(|other| other.channel == log.channel);
        if is_replaced {
            continue;
        }
        let links = of.cipher()?;
        let mut told = Object::new();
        told.insert("channel", log.channel.as_str());
        if of.href.starts_with("/team/") {
            if is_live {
                for (field, value) in history(log, links.as_ref()).iter() {
                    told.insert(field.clone(), value.clone());
                }
                teams.insert(of.title.as_str(), told);
            }
            continue;
        }
        if is_live {
            told.insert("live", history(log, links.as_ref()));
        }
        if let Some((log, _)) = world.archived.get(&log.channel) {
            told.insert("archived", history(log, links.as_ref()));
        }
        folders.insert(format!("{} {at}", of.title), told);
    }
    let mut user = Object::new();
    user.insert("username", name);
    user.insert("password", PASSWORD);
    if let Some(drive) = world.logs.first() {
        user.insert("drive", history(drive, None));
    }
    let second = world.second.as_ref().and_then(|(_, at)| world.logs.get(*at)).map(|drive| {
        let mut user = Object::new();
        user.insert("username", SECOND);
        user.insert("password", PASSWORD);
        user.insert("drive", history(drive, None));
        user
    });
    let list = |list: &[Object]| Value::from(list.iter().cloned().map(Value::from).collect::<Vec<_>>());
    let mut truth = Object::new();
    truth.insert("lost", list(&world.truth.lost));
    truth.insert("notLost", list(&world.truth.kept));
    truth.insert("conflicts", list(&world.truth.conflicts));
    truth.insert("events", list(&world.truth.events));
    truth.insert("claims", list(&world.truth.claims));
    truth.insert("notice", list(&world.truth.letters));
    let mut affected = Object::new();
    affected.insert("alice", world.truth.is_affected);
    let mut users = Object::new();
    users.insert("alice", user);
    if let Some(second) = second {
        affected.insert(SECOND, world.truth.is_second_affected);
        users.insert(SECOND, second);
    }
    truth.insert("affected", affected);
    let mut manifest = Object::new();
    manifest.insert("name", format!("made {}", world.seed));
    manifest.insert("users", users);
    manifest.insert("folders", folders);
    manifest.insert("teams", teams);
    manifest.insert("truth", truth);
    Ok(manifest.into())
}

/// What the operator hands out: the notice instead of the journal, and of each conflict the lines of both copies.
fn by_operator(world: &World, folder: &Path) -> io::Result<()> {
    // One item for each document, as the operator's program writes them: what happened last, and when it was away.
    let mut items: BTreeMap<&str, Object> = BTreeMap::new();
    for event in &world.truth.events {
        let restored = event.get("result").is_some();
        let told = restored || event.get("reason").and_then(Value::as_str).is_some();
        let at = event.get("t").and_then(Value::as_str).and_then(dates::read).filter(|_| told);
        let channel = event.get("channel").and_then(Value::as_str);
        let Some((channel, at)) = channel.zip(at) else { continue };
        let item = items.entry(channel).or_default();
        let from = item.get("at").cloned().filter(|_| restored);
        item.insert("id", channel);
        item.insert("event", if restored { "restored" } else { "archived" });
        item.insert("at", at as f64);
        if let Some(from) = from {
            item.insert("away", vec![Value::from(vec![from, Value::from(at as f64)])]);
        }
    }
    let mut notice = Object::new();
    notice.insert("version", 1.0);
    notice.insert("items", items.into_values().map(Value::from).collect::<Vec<_>>());
    fs::write(folder.join("notice.json"), stringify(&notice.into()))?;
    for conflict in &world.truth.conflicts {
        let id = conflict.get("channel").and_then(Value::as_str).unwrap_or_default();
        let exported = folder.join("exported").join(id);
        fs::create_dir_all(&exported)?;
        for (base, name) in [("data/datastore", "live.body"), ("data/archive/datastore", "archived.body")] {
            fs::copy(shelved(&folder.join(base), id, ".ndjson")?, exported.join(name))?;
        }
    }
    Ok(())
}

/// The lines of a log, and every stay of every entry: by the plain replay.
fn history(log: &Log, links: Option<&HrefCipher>) -> Object {
    let lines = log.lines.iter().enumerate().map(|(line, stored)| {
        let mut told = Object::new();
        told.insert("line", line as f64);
        told.insert("t", stored.time.map_or(Value::Null, |time| Value::from(time as f64)));
        Value::from(told)
    });
    let mut history = Object::new();
    history.insert("lines", lines.collect::<Vec<_>>());
    let stays = plain::stays(&plain::states(log));
    let told = stays.iter().map(|stay| Value::from(in_manifest(stay, links)));
    history.insert("timeline", told.collect::<Vec<_>>());
    history
}

fn in_manifest(stay: &Stay, links: Option<&HrefCipher>) -> Object {
    let moment = |at: Moment| {
        let mut told = Object::new();
        told.insert("line", at.line as f64);
        told.insert("t", at.time.unwrap_or_default() as f64);
        told.insert("author", at.author.map(|author| author.to_string()).unwrap_or_default());
        told
    };
    let entry = Entry::alone(Kind::File, &stay.data);
    let mut data = Object::new();
    if let Some(link) = entry.readable_href(links) {
        data.insert("href", &*link);
    }
    if let Some(view) = entry.view_href() {
        data.insert("roHref", view);
    }
    let mut told = Object::new();
    told.insert("kind", stay.what.as_str());
    told.insert("id", stay.id.clone());
    told.insert("from", moment(stay.from));
    told.insert("data", data);
    if let Some(to) = stay.to {
        told.insert("to", moment(to));
    }
    if let Some(thrown) = stay.thrown {
        told.insert("inTrash", moment(thrown));
    }
    told
}
