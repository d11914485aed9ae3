//! The account in a data directory, served from a copy: what is asked of a live server is asked of the embedded one, and nothing is
//! written to the directory itself.
//!
//! Copied is what the account's documents and pin logs name, and nothing else of the store. Uploaded files are linked where that can be
//! done: nobody writes to them.

use std::collections::{BTreeSet, HashSet};
use std::io::ErrorKind;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;

use pinfold_core::error::{Code, Error};
use pinfold_core::href_to_channel;
use pinfold_core::json::Value;
use pinfold_core::secret::Password;
use pinfold_datadir::id::KeyName;
use pinfold_datadir::paths::{ItemFiles, Paths};
use pinfold_datadir::pin_log::PinLog;
use pinfold_datadir::store_id::StoreId;
use pinfold_recovery::Investigation;
use pinfold_server::{DataOption, Options, Running, Server};
use tempfile::TempDir;

use crate::past::files::{self, NEVER};
use crate::past::{Progress, Wanted};

/// A server that has one account. It ends, and its copy goes, when this does.
pub(super) struct Stored {
    pub(super) server: Running,
    _copy: TempDir,
}

/// Copies the account, and serves it on this machine alone.
///
/// # Errors
/// As [`files::investigate`]; `host/storage` where there is no room for the copy.
pub(super) async fn serve(
    data: &Path,
    user: &str,
    password: &Password,
    login_salt: &str,
) -> Result<Stored, Error> {
    let mut progress = Progress::new(false);
    let account = files::account(data, user, password, login_salt)?;
    let read = files::histories(&account, Wanted::default(), &mut progress);
    progress.end();
    let copy = TempDir::new().map_err(|error| failed(&error))?;
    let to = Paths::below(copy.path());
    copied(&account.paths.block(&account.block_name), &to.block(&account.block_name))?;
    let (ids, keys) = named(&read?, &account);
    for key in &keys {
        copied(&account.paths.pin_log(key), &to.pin_log(key))?;
    }
    for id in &ids {
        item(&account.paths.live(id), &to.live(id), id.is_blob())?;
    }
    let options = Options {
        bind: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
        data: DataOption::Directory { path: copy.path().to_owned(), fresh: false },
        ..Options::default()
    };
    Ok(Stored { server: Server::start(options).await?, _copy: copy })
}

/// Every id and every key that the account's documents and pin logs name.
fn named(read: &Investigation, account: &files::Account) -> (HashSet<StoreId>, BTreeSet<KeyName>) {
    let mut ids: HashSet<StoreId> = HashSet::new();
    let mut keys: BTreeSet<KeyName> = account.ed_public.iter().filter_map(|key| key.parse().ok()).collect();
    for document in read.documents() {
        ids.extend(StoreId::channel(document.channel.as_str()));
        let mut said = document.live.iter().filter_map(|told| told.document()).collect::<Vec<Value>>();
        while let Some(value) = said.pop() {
            match value {
                Value::String(text) => {
                    let text = text.to_string_lossy();
                    ids.extend(StoreId::channel_or_blob(&text));
                    // Some things are named by a link alone: a picture, an older version.
                    if text.contains("#/") {
                        let led_to = href_to_channel(&text, None).ok().flatten();
                        ids.extend(led_to.and_then(|id| StoreId::channel_or_blob(&id)));
                    }
                    keys.extend(text.parse::<KeyName>());
                }
                Value::Array(items) => said.extend(items),
                Value::Object(object) => {
                    let names = object.keys().map(|name| Value::from(name.clone()));
                    said.extend(names.chain(object.values().cloned()));
                }
                _ => {}
            }
        }
    }
    // What only a pin still names is asked after as well.
    for key in &keys {
        let log = std::fs::read(account.paths.pin_log(key)).ok();
        let log = log.and_then(|bytes| PinLog::read(bytes.as_slice(), NEVER, drop).ok());
        let pins = log.iter().flat_map(|log| log.pins.iter());
        ids.extend(pins.filter_map(|id| StoreId::channel_or_blob(&id.to_string())));
    }
    (ids, keys)
}

/// Copies what there is of a channel or a file; its reason, if it was put away.
fn item(from: &ItemFiles, to: &ItemFiles, is_blob: bool) -> Result<(), Error> {
    copied(&from.metadata, &to.metadata)?;
    copied(&from.placeholder, &to.placeholder)?;
    if is_blob { linked(&from.body, &to.body) } else { copied(&from.body, &to.body) }
}

fn copied(from: &Path, to: &Path) -> Result<(), Error> {
    placed(from, to, |from, to| std::fs::copy(from, to).map(drop))
}

#[cfg(unix)]
fn linked(from: &Path, to: &Path) -> Result<(), Error> {
    let whole = from.canonicalize().unwrap_or_else(|_| from.to_owned());
    placed(&whole, to, |from, to| std::os::unix::fs::symlink(from, to))
}

#[cfg(not(unix))]
fn linked(from: &Path, to: &Path) -> Result<(), Error> {
    copied(from, to)
}

/// Nothing happens where there is no such file.
fn placed(from: &Path, to: &Path, place: fn(&Path, &Path) -> std::io::Result<()>) -> Result<(), Error> {
    // A link inside the store is not followed: it may lead out of it.
    match from.symlink_metadata() {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(failed(&error)),
        Ok(found) if !found.is_file() => return Ok(()),
        Ok(_) => {}
    }
    let made = to.parent().map_or(Ok(()), std::fs::create_dir_all);
    made.and_then(|()| place(from, to)).map_err(|error| failed(&error))
}

fn failed(error: &std::io::Error) -> Error {
    Error::new(Code::HostStorage, "the account cannot be copied out of the data directory")
        .with("reason", error)
}

#[cfg(all(test, unix))]
mod tests {
    use super::copied;

    #[test]
    fn a_link_inside_the_store_is_not_followed() {
        let place = tempfile::tempdir().unwrap();
        let at = |name: &str| place.path().join(name);
        std::fs::write(at("elsewhere"), "secret").unwrap();
        std::os::unix::fs::symlink(at("elsewhere"), at("link")).unwrap();
        copied(&at("link"), &at("copy/of-link")).unwrap();
        copied(&at("missing"), &at("copy/of-nothing")).unwrap();
        assert!(!at("copy").exists());
        copied(&at("elsewhere"), &at("copy/of-file")).unwrap();
        assert_eq!(std::fs::read_to_string(at("copy/of-file")).unwrap(), "secret");
    }
}
