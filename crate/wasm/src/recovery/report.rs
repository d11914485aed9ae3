//! What is told: plain objects of ids, counts, times and states. Titles only where they were asked for.

use std::borrow::Cow;
use std::collections::HashMap;

use pinfold_core::drive::edit::{Before, Edit};
use pinfold_core::json::Text;
use pinfold_recovery::{
    Affected, Document, Fate, Investigation, Loss, Moment, Outcome, Presence, Reason, RestorePlan, UndoPlan,
};
use serde::Serialize;

/// A line's place, time and author.
#[derive(Serialize)]
struct At {
    line: usize,
    time: Option<u64>,
    author: Option<String>,
    /// Whether that session wrote in the account's own drive.
    own: bool,
}

impl At {
    fn of(read: &Investigation, at: Moment) -> Self {
        let own = at.author.is_some_and(|author| read.is_own(author));
        Self { line: at.line, time: at.time, author: at.author.map(|author| author.to_string()), own }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct DocumentHistory {
    channel: String,
    of: &'static str,
    title: Option<String>,
    begins: &'static str,
    first: Option<At>,
    last: Option<At>,
    lines: usize,
    unread: usize,
    holes: usize,
    sessions: usize,
    /// What the server says of it, if it hands no history out.
    server: Option<&'static str>,
    can_edit: bool,
}

pub(super) fn documents(read: &Investigation, titles: bool) -> Vec<DocumentHistory> {
    let named = if titles { read.titles() } else { HashMap::new() };
    let of = |document: &Document| {
        let channel = document.channel.as_str();
        let told = document.live.as_ref();
        DocumentHistory {
            channel: channel.to_owned(),
            of: document.whose.as_str(),
            title: named.get(channel).map(ToString::to_string),
            begins: told.map_or("nothing", |told| told.begins.as_str()),
            first: told.map(|told| At::of(read, told.first)),
            last: told.map(|told| At::of(read, told.last)),
            lines: told.map_or(0, |told| told.lines),
            unread: told.map_or(0, |told| told.unread),
            holes: told.map_or(0, |told| told.holes),
            sessions: told.map_or(0, |told| told.sessions.len()),
            server: read.said(channel).filter(|said| !said.is_live()).map(pinfold_recovery::Said::as_str),
            can_edit: document.whose == pinfold_recovery::Whose::Account || document.links.is_some(),
        }
    };
    read.documents().iter().map(of).collect()
}

#[derive(Serialize)]
struct Change {
    document: String,
    id: String,
    channel: Option<String>,
    kind: &'static str,
    did: &'static str,
    at: At,
    title: Option<String>,
}

#[derive(Serialize)]
pub(super) struct HistoryPage {
    changes: Vec<Change>,
    /// How many there are in all.
    total: usize,
    /// How many older ones are not remembered.
    forgotten: usize,
}

/// # Errors
/// `misuse/bad-argument` for a channel that was not read.
pub(super) fn history(
    read: &Investigation,
    channel: Option<&str>,
    (skip, count): (usize, usize),
    titles: bool,
) -> Result<HistoryPage, pinfold_core::error::Error> {
    let asked: Vec<&Document> = match channel {
        Some(channel) => {
            let document = read.document_of(channel);
            vec![document.ok_or_else(|| super::selected::bad("of"))?]
        }
        None => read.documents().iter().collect(),
    };
    let told = || asked.iter().filter_map(|document| Some((*document, document.live.as_ref()?)));
    let diaries = || told().filter_map(|(document, told)| Some((document, told, told.diary.as_ref()?)));
    let mut all: Vec<_> = diaries()
        .flat_map(|(document, told, diary)| {
            diary.events().map(move |(at, event)| (at, event, document, told))
        })
        .collect();
    // The newest first; of one document in the order of its lines, whatever the clock did.
    all.reverse();
    if asked.len() > 1 {
        all.sort_by_key(|(at, ..)| std::cmp::Reverse(at.time));
    }
    let total = all.len();
    let changes = all.into_iter().skip(skip).take(count).filter_map(|(at, event, document, told)| {
        let presence = told.timeline.presences().get(event.presence)?;
        Some(Change {
            document: document.channel.as_str().to_owned(),
            id: lossy(&presence.id),
            channel: presence.entry().channel().map(lossy),
            kind: presence.what.as_str(),
            did: event.did.as_str(),
            at: At::of(read, at),
            title: titles.then(|| title(presence)).flatten(),
        })
    });
    let forgotten = diaries().map(|(.., diary)| diary.forgotten()).sum();
    Ok(HistoryPage { changes: changes.collect(), total, forgotten })
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct LostItem {
    channel: String,
    kind: &'static str,
    /// The document that held it.
    document: Option<String>,
    cause: &'static str,
    intent: &'static str,
    reasons: Vec<&'static str>,
    key_at: &'static str,
    /// What the server says of it, if it was asked.
    server: Option<&'static str>,
    /// The word that was left in its place.
    server_reason: Option<String>,
    at: Option<At>,
    since: Option<u64>,
    title: Option<String>,
    /// The folders that it stood in.
    path: Option<Vec<String>>,
    /// Why it cannot be put back; null if it can.
    left: Option<&'static str>,
    /// It returns with the folder that held it.
    with_folder: bool,
}

pub(super) fn lost(read: &Investigation, found: &[(Loss, Vec<Reason>)], titles: bool) -> Vec<LostItem> {
    let losses: Vec<Loss> = found.iter().map(|(loss, _)| loss.clone()).collect();
    // What a restoring of everything would come to.
    let plan = read.restore_plan(&pinfold_recovery::Wanted {
        losses: &losses,
        marked: &[],
        tag: Text::from("-"),
        make_folders: false,
    });
    let outcomes = plan.outcomes(losses.len());
    let item = |(outcome, (loss, reasons)): (Outcome, &(Loss, Vec<Reason>))| {
        let presence = read.presence_at(loss.place);
        LostItem {
            channel: loss.channel.clone(),
            kind: loss.what.as_str(),
            document: read.holder_of(loss.place).map(str::to_owned),
            cause: loss.cause.as_str(),
            intent: loss.cause.intent().as_str(),
            reasons: reasons.iter().map(|reason| reason.as_str()).collect(),
            key_at: loss.key_at.as_str(),
            server: read.said(&loss.channel).map(pinfold_recovery::Said::as_str),
            server_reason: read.said(&loss.channel).and_then(|said| said.reason().map(str::to_owned)),
            at: loss.at.map(|at| At::of(read, at)),
            since: loss.since,
            title: presence.filter(|_| titles).and_then(title),
            path: presence.filter(|_| titles).map(path),
            left: match outcome {
                Outcome::Left(why) => Some(why.as_str()),
                Outcome::Returns | Outcome::WithFolder => None,
            },
            with_folder: outcome == Outcome::WithFolder,
        }
    };
    outcomes.into_iter().zip(found).map(item).collect()
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct AffectedItem {
    channel: String,
    kind: &'static str,
    document: Option<String>,
    harm: &'static str,
    by: Option<&'static str>,
    at: Option<At>,
    last_active: Option<At>,
    visits: Vec<String>,
    title: Option<String>,
}

pub(super) fn affected(read: &Investigation, found: &[Affected], titles: bool) -> Vec<AffectedItem> {
    let item = |one: &Affected| {
        let presence = read.presence_at(one.place);
        AffectedItem {
            channel: one.channel.clone(),
            kind: one.what.as_str(),
            document: read.holder_of(one.place).map(str::to_owned),
            harm: one.harm.as_str(),
            by: one.by.map(pinfold_recovery::affected::By::as_str),
            at: one.at.map(|at| At::of(read, at)),
            last_active: one.last_active.map(|at| At::of(read, at)),
            visits: one.visits.iter().map(ToString::to_string).collect(),
            title: presence.filter(|_| titles).and_then(title),
        }
    };
    found.iter().map(item).collect()
}

#[derive(Serialize)]
pub(super) struct ThingFate {
    fate: &'static str,
    since: Option<u64>,
    cause: Option<&'static str>,
    channel: Option<String>,
}

pub(super) fn fate(fate: &Fate) -> ThingFate {
    ThingFate {
        fate: fate.as_str(),
        since: fate.since(),
        cause: fate.loss().map(|loss| loss.cause.as_str()),
        channel: fate.loss().map(|loss| loss.channel.clone()),
    }
}

#[derive(Serialize)]
pub(super) struct TaggedItem {
    document: Option<String>,
    id: String,
    channel: Option<String>,
    kind: &'static str,
    title: Option<String>,
}

pub(super) fn tagged(read: &Investigation, tag: &str, titles: bool) -> Vec<TaggedItem> {
    let named = if titles { read.titles() } else { HashMap::new() };
    let item = |tagged: pinfold_recovery::Tagged| {
        let channel = tagged.channel.as_ref().map(lossy);
        TaggedItem {
            document: channel_of(read, tagged.document),
            id: lossy(&tagged.id),
            title: channel.as_deref().and_then(|channel| named.get(channel)).map(ToString::to_string),
            channel,
            kind: tagged.what.as_str(),
        }
    };
    read.tagged(tag).into_iter().map(item).collect()
}

#[derive(Serialize)]
struct Named {
    channel: String,
    kind: &'static str,
}

#[derive(Serialize)]
struct Left {
    channel: Option<String>,
    why: &'static str,
}

#[derive(Serialize)]
pub(super) struct RestoreResult {
    tag: String,
    restored: Vec<Named>,
    left: Vec<Left>,
    documents: usize,
    pinned: usize,
    dry: bool,
}

pub(super) fn restored(plan: &RestorePlan, losses: &[Loss], tag: &Text, dry: bool) -> RestoreResult {
    let written = plan.steps.iter().flat_map(|step| &step.losses).chain(&plan.with_folders);
    let named = |loss: &Loss| Named { channel: loss.channel.clone(), kind: loss.what.as_str() };
    let channel = |number: usize| losses.get(number).map(|loss| loss.channel.clone());
    RestoreResult {
        tag: lossy(tag),
        restored: written.filter_map(|number| losses.get(*number)).map(named).collect(),
        left: plan.left.iter().map(|(at, why)| Left { channel: channel(*at), why: why.as_str() }).collect(),
        documents: plan.steps.len(),
        pinned: plan.pins.len(),
        dry,
    }
}

#[derive(Serialize)]
struct Undone {
    document: Option<String>,
    id: String,
    /// Whether it leaves; otherwise it only loses the tag.
    removed: bool,
}

#[derive(Serialize)]
pub(super) struct UndoResult {
    undone: Vec<Undone>,
    left: Vec<Left>,
    dry: bool,
}

pub(super) fn undone(read: &Investigation, plan: &UndoPlan, dry: bool) -> UndoResult {
    let edits =
        plan.steps.iter().flat_map(|(document, edits)| edits.iter().map(move |edit| (document, edit)));
    let undone = edits.filter_map(|(document, edit)| match edit {
        Edit::TakeBack(back) => Some(Undone {
            document: channel_of(read, *document),
            id: back.entry.key(),
            removed: back.before == Before::Nothing,
        }),
        Edit::TakeBeside(back) => Some(Undone {
            document: channel_of(read, *document),
            id: lossy(&back.key),
            removed: !back.was_there,
        }),
        _ => None,
    });
    let left = plan.left.iter();
    UndoResult {
        undone: undone.collect(),
        left: left
            .map(|kept| Left { channel: kept.channel.as_ref().map(lossy), why: kept.why.as_str() })
            .collect(),
        dry,
    }
}

fn channel_of(read: &Investigation, document: usize) -> Option<String> {
    read.documents().get(document).map(|document| document.channel.as_str().to_owned())
}

fn title(presence: &Presence) -> Option<String> {
    presence.title().map(Cow::into_owned)
}

/// The folders of names that it stood in last.
fn path(presence: &Presence) -> Vec<String> {
    let spot = presence.stood.first().or(presence.places.first());
    let above = spot.and_then(|spot| spot.names.split_last()).map(|(_, above)| above).unwrap_or_default();
    above.iter().map(lossy).collect()
}

pub(super) fn lossy(text: &Text) -> String {
    text.to_string_lossy().into_owned()
}
