//! Compares the findings of the product with the manifest. Texts for people are not compared.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use pinfold_core::document::TeamEntry;
use pinfold_core::json::{Object, Text, Value};
use pinfold_recovery::{
    Affected, By, Cause, Claim, Copy, Document, Harm, Investigation, Loss, Moment, Notice, Presence,
    Question, Told, What,
};

use super::data::investigate;
use super::{Report, conflicts, operators};

pub(super) fn text<'v>(value: &'v Value, field: &str) -> &'v str {
    value.get(field).and_then(Value::as_str).unwrap_or_default()
}

pub(super) fn list<'v>(value: &'v Value, field: &str) -> &'v [Value] {
    value.get(field).and_then(Value::as_array).unwrap_or_default()
}

fn rows<'v>(value: &'v Value, field: &str) -> impl Iterator<Item = (&'v Text, &'v Value)> {
    value.get(field).and_then(Value::as_object).into_iter().flat_map(Object::iter)
}

pub(super) fn score(manifest: &Value, data: &Path, report: &mut Report) -> io::Result<()> {
    let mut users: Vec<(String, Investigation)> = Vec::new();
    for (name, user) in rows(manifest, "users") {
        let investigation = investigate(data, text(user, "username"), text(user, "password"))?;
        users.push((name.to_string_lossy().into_owned(), investigation));
    }
    timelines(manifest, &users, report);
    let Some(truth) = manifest.get("truth") else {
        report.not_scored.push("the manifest has no truth".to_owned());
        return Ok(());
    };
    let told = operators::told(truth, data)?;
    for (_, investigation) in &mut users {
        operators::take_in(&told, investigation);
    }
    // The first user is the one whose incident it is.
    let Some((_, investigation)) = users.first() else { return Ok(()) };
    let losses = investigation.losses();
    let notices = told.notices;
    operators::letters(truth, investigation, &losses, report);
    for wanted in list(truth, "lost") {
        lost(wanted, investigation, &losses, report);
    }
    for wanted in list(truth, "notLost") {
        let fate = investigation.fate_of(text(wanted, "channel"), &notices);
        report.compare(
            format_args!("class of {}", text(wanted, "name")),
            text(wanted, "class"),
            fate.as_str(),
        );
    }
    false_alarms(truth, investigation, &losses, report);
    claims(truth, investigation, &notices, report);
    for (name, investigation) in &users {
        let Some(wanted) = truth.get("affected").and_then(|all| all.get(name)) else { continue };
        // A text says why somebody is not.
        let wanted = wanted.as_bool().unwrap_or(false);
        report.compare(
            format_args!("{name} affected"),
            &wanted.to_string(),
            &is_affected(investigation).to_string(),
        );
    }
    for wanted in list(truth, "conflicts") {
        conflicts::compare(wanted, investigation, data, report)?;
    }
    Ok(())
}

/// Whether anything was harmed otherwise than by the user, or a folder that was harmed before.
fn is_affected(investigation: &Investigation) -> bool {
    let question = Question { folders_only: true, to: u64::MAX, ..Question::default() };
    let of_folders = investigation.affected(&question);
    let by_others = |one: &Affected| one.harm != Harm::Untouched && one.by != Some(By::User);
    // What clients erase beside folders: teams, calendars. And what the user removed because it looked empty.
    let harmed = |loss: &Loss| matches!(loss.cause, Cause::ClientOnServerWord | Cause::UserAfterLoss);
    let files = Question { to: u64::MAX, ..Question::default() };
    let is_gone = |one: &Affected| one.what == What::File && one.harm == Harm::Missing;
    of_folders.iter().any(by_others)
        || investigation.losses().iter().any(harmed)
        || investigation.affected(&files).iter().any(is_gone)
}

fn lost(wanted: &Value, investigation: &Investigation, losses: &[Loss], report: &mut Report) {
    let name = text(wanted, "name");
    let Some(loss) = losses.iter().find(|loss| loss.channel == text(wanted, "channel")) else {
        report.missed.push(format!("{name} is lost: {} was not found", text(wanted, "cause")));
        return;
    };
    let intent = wanted.get("intent");
    let intent = intent
        .and_then(Value::as_bool)
        .map_or_else(|| text(wanted, "intent"), |is| if is { "deliberate" } else { "accident" });
    report.compare(format_args!("cause of {name}"), text(wanted, "cause"), loss.cause.as_str());
    report.compare(format_args!("key of {name}"), text(wanted, "keyAt"), loss.key_at.as_str());
    report.compare(format_args!("intent of {name}"), intent, loss.cause.intent().as_str());
    let found =
        stay(investigation, loss).map(|(document, presence)| links(document, presence)).unwrap_or_default();
    // A viewer has the view link and never had the other. Of a team there may be hashes: links from the `#` on.
    let recorded = ["href", "roHref", "hash", "roHash"].map(|field| text(wanted, field));
    let of_hash = |link: &str| link.split_once('#').map_or(link, |(_, hash)| hash).to_owned();
    let recorded: Vec<String> =
        recorded.iter().filter(|link| !link.is_empty()).map(|link| of_hash(link)).collect();
    let is_it = found.iter().any(|link| !link.is_empty() && recorded.contains(&of_hash(link)));
    report.compare(format_args!("link of {name}"), "true", &is_it.to_string());
}

pub(super) fn stay<'i>(
    investigation: &'i Investigation,
    loss: &Loss,
) -> Option<(&'i Document, &'i Presence)> {
    let document = investigation.documents().get(loss.place.document()?)?;
    Some((document, investigation.presence_at(loss.place)?))
}

/// The edit link, readable, and the view link.
fn links(document: &Document, presence: &Presence) -> [String; 2] {
    let entry = presence.entry();
    let best = entry.readable_href(document.links.as_ref()).unwrap_or_default();
    if presence.what == What::Team {
        return [TeamEntry::of(&presence.data).hash().unwrap_or_default().to_owned(), String::new()];
    }
    [best.into_owned(), entry.view_href().unwrap_or_default().to_owned()]
}

/// What is lost only because its folder is lost needs no line of its own in the manifest; and where a folder was made
/// anew, the manifest may name the conflict instead of the loss.
fn false_alarms(truth: &Value, investigation: &Investigation, losses: &[Loss], report: &mut Report) {
    let named =
        |field: &str, channel: &str| list(truth, field).iter().any(|of| text(of, "channel") == channel);
    for loss in losses {
        let channel = loss.channel.as_str();
        let holder = investigation.holder_of(loss.place).unwrap_or_default();
        let in_conflict = named("conflicts", channel) || named("conflicts", holder);
        let follows = loss.cause == Cause::FolderLost || loss.cause == Cause::FolderMadeAnew && in_conflict;
        let follows = follows && !named("notLost", channel);
        if !named("lost", channel) && !follows {
            report.false_alarms.push(format!("{channel}: {}", loss.cause.as_str()));
        }
    }
}

fn claims(truth: &Value, investigation: &Investigation, notices: &[Notice], report: &mut Report) {
    for wanted in list(truth, "claims") {
        let claim = text(wanted, "claim");
        let title = claim.strip_prefix("title \"").and_then(|rest| rest.strip_suffix('"'));
        let fate = match (title, claim) {
            (Some(title), _) => investigation.fate(Claim::Title(title), notices),
            (None, "link") => investigation.fate(Claim::Link(text(wanted, "href"), None), notices),
            _ => {
                report.not_scored.push(format!("claim {claim}"));
                continue;
            }
        };
        report.compare(format_args!("claim {claim}"), text(wanted, "class"), fate.as_str());
    }
}

/// Every timeline of the manifest, against what the users' histories tell.
fn timelines(manifest: &Value, users: &[(String, Investigation)], report: &mut Report) {
    for (name, user) in rows(manifest, "users") {
        let name = name.to_string_lossy();
        let told = users.iter().find(|(user, _)| *user == name).and_then(|(_, investigation)| {
            investigation.documents().first().and_then(|document| Some((document, document.live.as_ref()?)))
        });
        timeline(&format!("drive of {name}"), user.get("drive"), told, report);
    }
    for (name, folder) in rows(manifest, "folders") {
        for (field, copy) in [("live", Copy::Live), ("archived", Copy::Archived)] {
            let what = format!("{} of {}", field, name.to_string_lossy());
            timeline(&what, folder.get(field), find(users, text(folder, "channel"), copy), report);
        }
    }
    for (name, team) in rows(manifest, "teams") {
        let told = find(users, text(team, "channel"), Copy::Live);
        timeline(&format!("team {}", name.to_string_lossy()), Some(team), told, report);
    }
}

fn find<'u>(
    users: &'u [(String, Investigation)],
    channel: &str,
    copy: Copy,
) -> Option<(&'u Document, &'u Told)> {
    let documents = users.iter().flat_map(|(_, investigation)| investigation.documents());
    let mut documents: Vec<&Document> =
        documents.filter(|document| document.channel.as_str() == channel).collect();
    // Who may edit reads the edit links inside.
    documents.sort_by_key(|document| document.links.is_none());
    documents.into_iter().find_map(|document| Some((document, document.told(copy)?)))
}

fn timeline(what: &str, wanted: Option<&Value>, told: Option<(&Document, &Told)>, report: &mut Report) {
    let Some(wanted) = wanted.filter(|wanted| wanted.get("timeline").is_some()) else { return };
    let Some((document, told)) = told else {
        report.missed.push(format!("{what}: not read"));
        return;
    };
    let recorded = list(wanted, "lines").len();
    report.compare(format_args!("{what}, lines"), &recorded.to_string(), &told.lines.to_string());
    let mut given: BTreeMap<String, usize> = BTreeMap::new();
    // Recorded timelines are of teams and of what has a number.
    let calendars =
        list(wanted, "timeline").iter().any(|entry| text(entry, "kind") == What::Calendar.as_str());
    let compared = told.timeline.presences().iter().filter(|one| calendars || one.what != What::Calendar);
    for presence in compared {
        *given.entry(in_words(document, presence)).or_default() += 1;
    }
    for entry in list(wanted, "timeline") {
        let words = recorded_in_words(entry);
        match given.get_mut(&words).filter(|count| **count > 0) {
            Some(count) => {
                *count -= 1;
                report.found += 1;
            }
            None => report.missed.push(format!("{what}: {words}")),
        }
    }
    let more = given.into_iter().filter(|(_, count)| *count > 0);
    report.false_alarms.extend(more.map(|(words, _)| format!("{what}: {words}")));
}

fn in_words(document: &Document, presence: &Presence) -> String {
    let moment = |moment: Option<Moment>| {
        moment.map_or_else(String::new, |moment| {
            let author = moment.author.map_or_else(String::new, |author| author.to_string());
            format!("{}/{}/{author}", moment.line, moment.time.unwrap_or_default())
        })
    };
    // Timelines hold the links of entries; those of teams are among their keys.
    let [edit, view] =
        if presence.what == What::Team { Default::default() } else { links(document, presence) };
    let thrown = moment(presence.thrown);
    let (from, to) = (moment(Some(presence.from)), moment(presence.to));
    let id = presence.id.to_string_lossy();
    format!("{} {id} from {from} to {to} trash {thrown} links {edit} {view}", presence.what.as_str())
}

fn recorded_in_words(entry: &Value) -> String {
    let moment = |field: &str| {
        entry.get(field).map_or_else(String::new, |moment| {
            let number = |field: &str| moment.get(field).and_then(Value::as_u64).unwrap_or_default();
            format!("{}/{}/{}", number("line"), number("t"), text(moment, "author"))
        })
    };
    let data = entry.get("data").unwrap_or(&Value::Null);
    let view = text(data, "roHref");
    let edit = Some(text(data, "href")).filter(|link| !link.is_empty()).unwrap_or(view);
    let (from, to, thrown) = (moment("from"), moment("to"), moment("inTrash"));
    format!(
        "{} {} from {from} to {to} trash {thrown} links {edit} {view}",
        text(entry, "kind"),
        text(entry, "id")
    )
}
