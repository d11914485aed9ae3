//! `pin_sets_team.json`: what a team pins.

use std::collections::BTreeSet;

use pinfold_core::crypto::sign::SigningKey;
use pinfold_core::document::{Tables, TeamDoc, TeamEntry};
use pinfold_core::ids::ChannelId;
use pinfold_core::json::{Object, Text, Value};
use pinfold_core::pins::entry::surviving_keys;
use pinfold_core::pins::rules::team_list;

use super::Verdict;
use super::pin_sets::{Folder, Lists, Outcome, after_reload, cipher, each, keys, local_hash, misderived};
use super::support::{Problem, field, flag, input, judge_expect, object, string};

pub(super) fn check(case: &Value) -> Verdict {
    judge_expect(case, compute(case))
}

fn compute(case: &Value) -> Result<Value, Problem> {
    let input = input(case)?;
    let (team, document) = (field(input, "teamData")?, field(input, "teamDocument")?);
    if can_sign(team) != flag(input, "canPin") {
        return Err(Problem::Failed("the key that signs a team's pins is where it should not be".into()));
    }
    let channel = ChannelId::parse(string(team, "channel")?);
    let channel = channel.ok_or_else(|| Problem::Failed("the team's channel is malformed".into()))?;
    let drive = document.get("drive").unwrap_or(&Value::Null);
    let links = cipher(input, "secondaryKey")?;
    let folders = Folder::all(input, drive, links.as_ref(), links.is_none())?;
    let views: Vec<_> = folders.iter().filter_map(Folder::view).collect();
    let members = field(input, "rosterState")?.get("members").and_then(Value::as_object);
    let found = team_list(TeamEntry::of(team), TeamDoc::of(document), members, links.as_ref(), &views);
    let skipped = found.skipped.first().map(|skipped| skipped.why);

    let mut tolerated: BTreeSet<Text> =
        links.as_ref().map(|links| misderived(drive, Some(links))).unwrap_or_default();
    for folder in &folders {
        if let Outcome::Loaded { content, links: Some(links) } = &folder.outcome {
            tolerated.extend(misderived(content, Some(links)));
        }
    }
    let lists = Lists::new(case, found, channel, None, unfiltered(team, document, members), tolerated)?;
    if let Some(why) = skipped {
        return Ok(object([("throws", why.into())]).into());
    }
    let (compare, reset) = (lists.compare_list(), lists.reset_list());
    let (local, reloaded) = (local_hash(&compare), after_reload(&reset));
    // What can only be read is not cleaned (PROTOCOL.md 14.4).
    let cleaned = match &links {
        Some(links) => surviving_keys(Tables::of(drive), Some(links)).cloned().map(Value::from).collect(),
        None => keys(drive.get("filesData")),
    };
    Ok(object([
        ("inSyncAfterReload", (local == reloaded).into()),
        ("localHash", local.into()),
        ("serverHashAfterReload", reloaded.into()),
        ("compareList", compare.into()),
        ("resetList", reset.into()),
        ("channelsFromDriveAndFolders", lists.drive_list().into()),
        ("filesDataKeysAfterCleaning", cleaned.into()),
    ])
    .into())
}

/// Whether the team's entry holds the key that signs its pins, and the public half fits.
fn can_sign(team: &Value) -> bool {
    let keys = team.get("keys").and_then(|keys| keys.get("drive"));
    let text = |key| keys.and_then(|keys| keys.get(key)).and_then(Value::as_str);
    let secret = text("edPrivate").and_then(|secret| SigningKey::from_base64(secret).ok());
    secret.is_some_and(|secret| Some(secret.verifying_key().to_base64().as_str()) == text("edPublic"))
}

/// What the real client takes into its list without looking at it, where it is there at all (17.3).
fn unfiltered<'v>(
    team: &'v Value,
    document: &'v Value,
    members: Option<&'v Object>,
) -> Vec<Option<&'v Value>> {
    let keys = team.get("keys");
    let of_team = ["chat", "roster", "mailbox"].map(|part| keys?.get(part)?.get("channel"));
    let pending = members.into_iter().flat_map(|members| members.values());
    let invitations = pending
        .filter(|member| member.get("pending").is_some_and(Value::truthy))
        .flat_map(|member| [member.get("inviteChannel"), member.get("previewChannel")]);
    let named = of_team.into_iter().chain(invitations).filter(|value| value.is_some_and(Value::truthy));
    named.chain(each(document.get("calendars"), "channel")).collect()
}
