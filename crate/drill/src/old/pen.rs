//! A person who changes a drive or a folder with a client of 2019: it reads the document and writes one patch.

use super::line::Line;
use crate::failed::{Done, Failed};
use crate::stage::Stage;
use crate::town::{Folder, Person};
use pinfold_core::chainpad::checkpoint::{id, is_checkpoint, strip_prefix};
use pinfold_core::chainpad::{Chain, Mode};
use pinfold_core::href::{Secrets, secrets_from_hash};
use pinfold_core::ids::ChannelId;
use pinfold_core::json::{Object, Text, Value, canonical, stringify};
use pinfold_core::wire::frame::{self, ServerFrame};
use pinfold_core::wire::keeper::{self, KeeperText};
use pinfold_datadir::id::ItemId;
use pinfold_server::Running;
use pinfold_testkit::entropy::Seeded;
use std::fs;
use std::path::Path;

/// Removes the entry of a folder, and its keys with it.
///
/// # Errors
/// Those of the connection.
pub async fn remove_folder(server: &Running, person: &Person, folder: &Folder, seed: u64) -> Done<()> {
    let of_folder = person.built.folders.iter().find(|built| built.channel == folder.channel);
    let entry = of_folder.map(|built| built.id.clone()).ok_or("a folder that is not in the drive")?;
    change(server, person.built.user_hash(), seed, |document| {
        let Some(drive) = part(document, "drive") else { return };
        for table in ["sharedFolders", "root"] {
            let Some(table) = drive.get_mut(table).and_then(Value::as_object_mut) else { continue };
            table.remove(&entry);
            table.remove(&format!("f{entry}"));
        }
    })
    .await
}

/// Puts a new document into a folder.
///
/// # Errors
/// Those of the connection.
pub async fn fill_folder(server: &Running, folder: &Folder, document: &str, seed: u64) -> Done<()> {
    // Two people may begin anew in one folder.
    let number = u64::from_str_radix(document.get(..12).unwrap_or_default(), 16)?;
    change(server, &folder.hash, seed, |content| {
        let mut entry = Object::new();
        entry.insert("channel", document);
        entry.insert("roHref", format!("/pad/#/2/pad/view/{document}/"));
        entry.insert("title", "Begun anew");
        if let Some(files) = part(content, "filesData") {
            files.insert(number.to_string(), entry);
        }
        if let Some(root) = part(content, "root") {
            root.insert(document, number as f64);
        }
    })
    .await
}

/// A table in a document.
pub fn part<'d>(document: &'d mut Value, name: &str) -> Option<&'d mut Object> {
    document.as_object_mut()?.get_mut(name)?.as_object_mut()
}

/// Reads a drive or a folder, and writes what somebody makes of it in one patch.
///
/// # Errors
/// Those of the connection.
pub async fn change(server: &Running, hash: &str, seed: u64, change: impl FnOnce(&mut Value)) -> Done<()> {
    change_in(server, &secrets_from_hash("drive", hash, None)?, seed, change).await
}

/// The same of any document of that kind.
///
/// # Errors
/// Those of the connection.
pub async fn change_in(
    server: &Running,
    secrets: &Secrets,
    seed: u64,
    change: impl FnOnce(&mut Value),
) -> Done<()> {
    let keys = secrets.message_keys()?;
    let channel = secrets.channel.as_deref().and_then(ChannelId::parse).ok_or("a hash without a channel")?;
    let mut line = Line::connect(server).await?;
    let (mut uid, mut keeper, mut chain) = (String::new(), String::new(), Chain::new(Mode::ListMap));
    loop {
        let text = line.next().await?;
        match frame::decode(&text)? {
            ServerFrame::Ident { uid: mine } => {
                uid = mine.into_owned();
                line.send(frame::join(1, &channel)).await?;
            }
            ServerFrame::Join { who, .. } if who.len() == 16 => keeper = who.into_owned(),
            ServerFrame::Join { who, .. } if who == uid => {
                let ask = keeper::history_request(channel.as_str(), 1, None);
                line.send(frame::message(2, &keeper, &ask)).await?;
            }
            ServerFrame::Message { text, .. } => match keeper::read(&text) {
                KeeperText::History { message, .. } => {
                    chain.push(&keys.open(strip_prefix(&message).0)?);
                }
                KeeperText::End { .. } => break,
                KeeperText::Error { code, .. } => return Err(Failed::from(format!("no history: {code}"))),
                _ => {}
            },
            _ => {}
        }
    }
    let mut document = chain.to_json().map_err(|_| "a document that is no JSON")?;
    change(&mut document);
    let wanted = Text::from(canonical(&document).as_str());
    let (mut entropy, mut seq) = (Seeded::new(seed), 2);
    while let Some(message) = chain.message_towards(&wanted).map_err(|_| "it cannot be written")? {
        let plain = message.to_json();
        let sealed = keys.seal(&plain, &mut entropy)?;
        let prefix = if is_checkpoint(&plain) { format!("cp|{}|", id(&plain)) } else { String::new() };
        seq += 1;
        line.send(frame::message(seq, channel.as_str(), &format!("{prefix}{sealed}"))).await?;
        chain.push(&plain);
    }
    while !line.is_settled() {
        line.next().await?;
    }
    line.close().await;
    Ok(())
}

/// What is left of a drive's log when its history was deleted: what it says now, and nothing of what was. No server may be running.
///
/// # Errors
/// Those of the disk.
pub fn forget_history(stage: &Stage, person: &Person) -> Done<()> {
    let channel = &person.built.drive_channel;
    let files = stage.paths.live(&channel.parse::<ItemId>()?);
    let secrets = secrets_from_hash("drive", person.built.user_hash(), None)?;
    let keys = secrets.message_keys()?;
    let document = read_log(&files.body, &secrets)?;
    let wanted = Text::from(canonical(&document).as_str());
    let (mut chain, mut entropy) = (Chain::new(Mode::ListMap), Seeded::new(stage.played.seed ^ 0xf0e6));
    let mut log = String::new();
    while let Some(message) = chain.message_towards(&wanted).map_err(|_| "it cannot be written")? {
        let sealed = keys.seal(&message.to_json(), &mut entropy)?;
        let (author, now) = ("0".repeat(32), stage.calendar.now() as f64);
        let line =
            [0.0.into(), author.into(), "MSG".into(), channel.as_str().into(), sealed.into(), now.into()];
        log.push_str(&stringify(&Value::Array(line.into())));
        log.push('\n');
        chain.push_message(message);
    }
    Ok(fs::write(&files.body, log)?)
}

/// What a document says whose log lies here.
///
/// # Errors
/// Those of the disk.
pub fn read_log(body: &Path, secrets: &Secrets) -> Done<Value> {
    let keys = secrets.message_keys()?;
    let mut chain = Chain::new(Mode::ListMap);
    for line in fs::read_to_string(body)?.lines() {
        let line = Value::parse(line).map_err(|_| "a line that is no JSON")?;
        let message = line.as_array().and_then(|line| line.get(4)).and_then(Value::as_str);
        chain.push(&keys.open(strip_prefix(message.unwrap_or_default()).0)?);
    }
    Ok(chain.to_json().map_err(|_| "a document that is no JSON")?)
}
