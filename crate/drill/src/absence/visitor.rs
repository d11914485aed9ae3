//! Today's client, as far as it reacts to what is not there: what it asks, what it makes of the answer, and what it writes.

use super::place::Place;
use super::{Row, Thing};
use crate::failed::Done;
use crate::old::caller::{Caller, key_of, list};
use crate::old::pen::{self, part};
use pinfold_core::json::{Object, Value};
use pinfold_core::wire::keeper::{Existence, KeeperText, creation_request};
use pinfold_server::Running;
use std::collections::BTreeSet;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// What is written into the drive about a folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Does {
    Nothing,
    /// Its entry goes with its keys.
    Erases,
    /// Its entry waits for the new password.
    Asks,
}

/// One visit. Answers why nobody could sign in, if so.
pub(super) async fn visit(server: &Running, place: &Place, row: &Row) -> Done<Option<&'static str>> {
    if let Some(path) = place.block_path()
        && status(server, path).await? == 404
    {
        return Ok(Some("deleted"));
    }
    let built = &place.person.built;
    let mut caller = Caller::enter(server, &built.drive_channel).await?;
    match caller.exists(&built.drive_channel).await? {
        Existence::Known => {}
        Existence::New { reason: Some(_) } => return Ok(Some("an error")),
        _ => {
            // The log-in page asks for the history with the metadata of a new drive.
            make(&mut caller, &built.drive_channel, &built.ed_public).await?;
            caller.close().await;
            return Ok(Some("no such user"));
        }
    }
    if row.thing == Thing::OpenFolder {
        caller.close().await;
        while_open(server, place).await?;
        return Ok(None);
    }
    let mut gone: BTreeSet<String> = BTreeSet::new();
    for folder in &built.folders {
        let is_edit = folder.id != place.key || row.thing != Thing::ViewFolder;
        let heard = caller.exists(&folder.channel).await?;
        let does = of_folder(&heard, is_edit);
        if heard != Existence::Known {
            // What is not loaded is in no list; without a word of the server's the entry itself is.
            gone.extend(folder.documents.iter().cloned());
        }
        if does != Does::Nothing {
            gone.insert(folder.channel.clone());
            erase(server, place, &folder.id, does).await?;
        }
    }
    beside(server, &mut caller, place, row, &mut gone).await?;
    let rest: Vec<String> = built.pin_list().into_iter().filter(|id| !gone.contains(id)).collect();
    caller.call(&key_of(built)?, "RESET", list(&rest)).await?;
    caller.close().await;
    Ok(None)
}

/// What becomes of a folder's entry.
fn of_folder(heard: &Existence, is_edit: bool) -> Does {
    match heard {
        Existence::New { reason: Some(reason) } if reason == "PASSWORD_CHANGE" && is_edit => Does::Asks,
        Existence::New { reason: Some(_) } => Does::Erases,
        _ => Does::Nothing,
    }
}

/// Teams, calendars, the profile, the mailbox: whatever the row is about.
async fn beside(
    server: &Running,
    caller: &mut Caller,
    place: &Place,
    row: &Row,
    gone: &mut BTreeSet<String>,
) -> Done<()> {
    let heard = caller.exists(&place.channel).await?;
    let Existence::New { reason } = heard else { return Ok(()) };
    let owner = &place.person.built.ed_public;
    let key = place.key.clone();
    match row.thing {
        Thing::Team | Thing::Roster => {
            if row.thing == Thing::Team && reason.is_none() {
                let mut team = Caller::enter(server, &place.channel).await?;
                make(&mut team, &place.channel, owner).await?;
                team.close().await;
            }
            pen::change_in(server, &place.holder, 1, |document| forget(document, &["teams"], &key)).await?;
        }
        Thing::TeamFolder => {
            pen::change_in(server, &place.holder, 1, |document| {
                forget(document, &["drive", "sharedFolders"], &key);
                forget(document, &["drive", "root"], &format!("f{key}"));
            })
            .await?;
        }
        Thing::Calendar => {
            pen::change_in(server, &place.holder, 1, |document| forget(document, &["calendars"], &key))
                .await?;
            gone.insert(place.channel.clone());
        }
        Thing::Profile if reason.is_none() => anew(server, &place.channel, owner).await?,
        Thing::FreshMailbox if reason.is_none() => anew(server, &place.channel, owner).await?,
        _ => {}
    }
    Ok(())
}

/// Enters a channel and asks for its history with the metadata of a new one: that makes it.
async fn make(caller: &mut Caller, channel: &str, owner: &str) -> Done<()> {
    caller.say(&creation_request(channel, 7, &format!("{{\"owners\":[\"{owner}\"]}}"))).await?;
    let is_end = |heard: KeeperText<'_>| matches!(heard, KeeperText::End { .. }).then_some(());
    caller.hears(is_end).await
}

/// Makes a channel, and writes its first line.
async fn anew(server: &Running, channel: &str, owner: &str) -> Done<()> {
    let mut caller = Caller::enter(server, channel).await?;
    make(&mut caller, channel, owner).await?;
    caller.write(channel, "what a client writes by itself").await?;
    caller.close().await;
    Ok(())
}

/// The entry of a folder at the next log-in: its data, then, in the cleaning pass, its place.
async fn erase(server: &Running, place: &Place, key: &str, does: Does) -> Done<()> {
    pen::change_in(server, &place.holder, 2, |document| {
        let Some(drive) = part(document, "drive") else { return };
        let entry =
            drive.get_mut("sharedFolders").and_then(Value::as_object_mut).and_then(|it| it.remove(key));
        if let (Does::Asks, Some(entry)) = (does, entry)
            && let Some(aside) = drive.get_mut("sharedFoldersTemp").and_then(Value::as_object_mut)
        {
            aside.insert(key, entry);
        }
    })
    .await?;
    let name = format!("f{key}");
    pen::change_in(server, &place.holder, 3, |document| {
        forget(document, &["drive", "root"], &name);
        forget(document, &["drive", "trash"], &name);
    })
    .await
}

/// A folder is archived while the client has it open: the entry goes at once, its number stays until the next log-in.
async fn while_open(server: &Running, place: &Place) -> Done<()> {
    let built = &place.person.built;
    let mut open = Caller::enter(server, &place.channel).await?;
    let mut owner = Caller::enter(server, &built.drive_channel).await?;
    let mut which = Object::new();
    which.insert("channel", place.channel.as_str());
    owner.call(&key_of(built)?, "REMOVE_OWNED_CHANNEL", which.into()).await?;
    let told = |heard: KeeperText<'_>| match heard {
        KeeperText::Error { code, .. } if code == "EDELETED" => Some(()),
        _ => None,
    };
    open.hears(told).await?;
    let key = place.key.clone();
    pen::change_in(server, &place.holder, 4, |document| forget(document, &["drive", "sharedFolders"], &key))
        .await?;
    owner.call(&key_of(built)?, "UNPIN", list([&place.channel])).await?;
    open.close().await;
    owner.close().await;
    Ok(())
}

/// Takes a row out of a table.
fn forget(document: &mut Value, path: &[&str], key: &str) {
    let table = path.iter().try_fold(document, |value, name| value.as_object_mut()?.get_mut(name));
    if let Some(table) = table.and_then(Value::as_object_mut) {
        table.remove(key);
    }
}

/// The status with which a page is answered.
async fn status(server: &Running, path: &str) -> Done<u16> {
    let mut stream = TcpStream::connect(server.addr).await?;
    let ask = format!("GET {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", server.addr);
    stream.write_all(ask.as_bytes()).await?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await?;
    let text = String::from_utf8_lossy(&answer);
    Ok(text.split(' ').nth(1).ok_or("no answer")?.parse()?)
}
