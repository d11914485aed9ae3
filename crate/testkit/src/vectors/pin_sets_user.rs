//! `pin_sets_user.json`: what an account pins.
//!
//! Four differences from the real client are deliberate (PROTOCOL.md 17.5) and computed from the input:
//! values that are no ids stay out of our list, an item that makes the real client throw is skipped and
//! everything else is listed, a missing channel is derived for each entry on its own, and what an account
//! without signing keys would have to keep is listed although nothing can be sent for it.

use std::collections::BTreeSet;

use pinfold_core::document::{AccountDoc, Tables};
use pinfold_core::drive::account::Account;
use pinfold_core::ids::{BlockId, ChannelId};
use pinfold_core::json::{Text, Value};
use pinfold_core::pins::entry::surviving_keys;
use pinfold_core::pins::rules::{Category, user_list};

use super::Verdict;
use super::pin_sets::{
    Folder, Lists, Outcome, after_reload, each, in_drive, in_session, keys, local_hash, misderived,
};
use super::support::{Problem, defined, field, flag, input, judge_expect, object, optional, string};

pub(super) fn check(case: &Value) -> Verdict {
    judge_expect(case, compute(case))
}

fn compute(case: &Value) -> Result<Value, Problem> {
    let input = input(case)?;
    let document = field(input, "account")?;
    let drive = document.get("drive").unwrap_or(&Value::Null);
    let malformed = |what: &str| Problem::Failed(format!("{what} is malformed"));
    let channel =
        ChannelId::parse(string(input, "driveChannel")?).ok_or_else(|| malformed("driveChannel"))?;
    let block = match optional(input, "blockId")? {
        Some(id) => Some(BlockId::parse(id).ok_or_else(|| malformed("blockId"))?),
        None => None,
    };
    let own_key = document.get("edPublic").and_then(Value::as_str).map(str::to_owned);
    let administrators: Vec<String> = own_key.into_iter().filter(|_| flag(input, "isAdmin")).collect();
    let account = Account::read(document, channel.clone(), block.clone(), &administrators);

    let folders = Folder::all(input, drive, None, false)?;
    let views: Vec<_> = folders.iter().filter_map(Folder::view).collect();
    let found = user_list(AccountDoc::of(document), &account.listed(), &views);
    let signs = document.get("edPublic").is_some_and(Value::truthy);
    let theirs = found.skipped.iter().find(|skipped| signs || !in_drive(&skipped.category));
    let skipped = theirs.map(|skipped| skipped.why);
    let elsewhere =
        found.ids.iter().filter(|(category, _)| !in_drive(category) && *category != Category::Drive);
    let elsewhere: BTreeSet<Text> = elsewhere.map(|(_, id)| id.text().clone()).collect();
    let mut lists =
        Lists::new(case, found, channel, block, unfiltered(document), misderived_in(drive, &folders))?;
    if !signs {
        lists = lists.without_keys(&elsewhere);
    }
    if let Some(why) = skipped {
        return Ok(object([("throws", why.into())]).into());
    }
    let (compare, reset) = (lists.compare_list(), lists.reset_list());
    let (local, reloaded) = (local_hash(&compare), after_reload(&reset));
    let unpinned: Vec<Value> =
        gone(&folders).filter_map(|f| f.declared.pinned.clone()).map(Value::from).collect();
    Ok(defined([
        ("inSyncAfterReload", Some((local == reloaded).into())),
        ("localHash", Some(local.into())),
        ("serverHashAfterReload", Some(reloaded.into())),
        ("serverHashSameSession", Some(in_session(&reset).into())),
        ("compareList", Some(compare.into())),
        ("resetList", Some(reset.into())),
        ("channelsFromDriveAndFolders", Some(lists.drive_list().into())),
        (
            "filesDataKeysAfterCleaning",
            Some(
                surviving_keys(Tables::of(drive), None).cloned().map(Value::from).collect::<Vec<_>>().into(),
            ),
        ),
        ("sharedFoldersAfterLoading", Some(kept_entries(&folders).into())),
        ("sharedFoldersTempAfterLoading", Some(set_aside(drive, &folders).into())),
        ("unpinnedOnLoad", Some(unpinned.into()).filter(|_| gone(&folders).next().is_some())),
    ]))
}

/// What the real client takes into its list without looking at it (17.2, part B).
fn unfiltered(document: &Value) -> Vec<Option<&Value>> {
    let friends = document.get("friends").and_then(Value::as_object);
    let friends = friends.into_iter().flat_map(|f| f.iter()).filter(|(key, _)| key.as_str() != Some("me"));
    let mut values: Vec<Option<&Value>> = friends.map(|(_, friend)| friend.get("channel")).collect();
    values.extend(each(document.get("calendars"), "channel"));
    let boxes = each(document.get("mailboxes"), "channel");
    values.extend(boxes.into_iter().filter(|channel| channel.is_some_and(Value::truthy)));
    values
}

fn misderived_in(drive: &Value, folders: &[Folder<'_>]) -> BTreeSet<Text> {
    let mut wrong = misderived(drive, None);
    for folder in folders {
        if let Outcome::Loaded { content, links: Some(links) } = &folder.outcome {
            wrong.extend(misderived(content, Some(links)));
        }
    }
    wrong
}

fn gone<'f>(folders: &'f [Folder<'f>]) -> impl Iterator<Item = &'f Folder<'f>> {
    folders.iter().filter(|folder| matches!(folder.outcome, Outcome::Gone { .. }))
}

fn kept_entries(folders: &[Folder<'_>]) -> Vec<Value> {
    let kept = folders.iter().filter(|folder| !matches!(folder.outcome, Outcome::Gone { .. }));
    kept.map(|folder| folder.declared.id.as_str().into()).collect()
}

/// Folders under a changed password wait for the new one, if they could be written to (15.2).
fn set_aside(drive: &Value, folders: &[Folder<'_>]) -> Vec<Value> {
    let mut entries = keys(drive.get("sharedFoldersTemp"));
    entries.retain(|id| !folders.iter().any(|f| id.as_str() == Some(&f.declared.id)));
    let editable = |f: &&Folder<'_>| f.declared.opens.as_ref().is_some_and(|opens| !opens.read_only);
    let moved = gone(folders)
        .filter(|f| matches!(f.outcome, Outcome::Gone { password_changed: true }))
        .filter(editable);
    entries.extend(moved.map(|folder| folder.declared.id.as_str().into()));
    entries
}
