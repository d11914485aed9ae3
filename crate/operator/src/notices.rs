//! One notice for each account of which documents were moved, moved back, or lie in both places. No contents: ids, days and sizes.

use crate::by_name;
use crate::conflicts::Conflict;
use crate::journal::{Act, Journal, Step, Target};
use crate::page::{bytes, escape};
use crate::when::date;
pub use pinfold_core::exchange::Happened as Event;
use pinfold_core::exchange::VERSION;
use pinfold_datadir::disk::{Disk, read_if_there};
use pinfold_datadir::id::{ItemId, KeyName};
use pinfold_datadir::pin_log::PinLog;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::io;
use std::path::Path;

/// One document of a notice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// Which.
    pub id: ItemId,
    /// What happened last.
    #[serde(with = "by_name")]
    pub event: Event,
    /// When, in ms; `None` for a conflict.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<i64>,
    /// From when to when it lay in cold storage, in ms, each time that it was moved back.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub away: Vec<(i64, i64)>,
    /// Its size in bytes.
    pub bytes: u64,
}

/// A notice for one account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// The version of this format.
    pub version: u32,
    /// The account.
    pub account: KeyName,
    /// When the notice was made, in ms.
    pub made: i64,
    /// What to search for in the drive: restored entries carry these tags.
    pub search: Vec<String>,
    /// The documents, in the order of ids.
    pub items: Vec<Item>,
}

/// Makes a notice for every account that named one of the documents. `logs`: each account with its pin log.
pub fn notices<'a>(
    logs: impl Iterator<Item = (&'a KeyName, &'a PinLog)>,
    journal: &Journal<'_>,
    conflicts: &[Conflict],
    now: i64,
) -> Vec<Notice> {
    let mut events: BTreeMap<ItemId, Item> = BTreeMap::new();
    for last in journal.lasts() {
        let away = journal.away(&last.id).to_vec();
        let Target::Item(id) = last.id else { continue };
        let event = match (last.act, last.step) {
            (Act::Mark, _) => Event::Marked,
            (Act::Archive, Step::Done) => Event::Archived,
            (Act::Restore, Step::Done) => Event::Restored,
            // Whatever came after that: it lay in cold storage, and is back.
            _ if !away.is_empty() => Event::Restored,
            _ => continue,
        };
        events.insert(id.clone(), Item { id, event, at: Some(last.at), away, bytes: last.bytes });
    }
    for conflict in conflicts {
        let bytes = conflict.live.bytes + conflict.archived.bytes;
        let id = conflict.id.clone();
        let away = journal.away(&Target::Item(id.clone())).to_vec();
        events.insert(id.clone(), Item { id, event: Event::Conflict, at: None, away, bytes });
    }
    let mut made = Vec::new();
    for (account, log) in logs {
        let mut items: Vec<Item> = log.named().filter_map(|id| events.get(&id).cloned()).collect();
        items.sort_unstable_by(|a, b| a.id.cmp(&b.id));
        if items.is_empty() {
            continue;
        }
        let days = items.iter().filter(|item| item.event == Event::Restored).filter_map(|item| item.at);
        let search: BTreeSet<String> =
            days.map(|at| format!("#RESTORED-{}", date(at).replace('-', ""))).collect();
        made.push(Notice {
            version: VERSION,
            account: account.clone(),
            made: now,
            search: search.into_iter().collect(),
            items,
        });
    }
    made
}

impl Notice {
    /// The notice as plain text. Operators put their own words around it.
    pub fn text(&self) -> String {
        let mut text = format!("Your documents on this server, {}\n\n", date(self.made));
        for (event, words) in WORDS {
            let items: Vec<&Item> = self.items.iter().filter(|item| item.event == event).collect();
            if items.is_empty() {
                continue;
            }
            let _ = writeln!(text, "{words}");
            for item in items {
                let day = item.at.map(|at| format!(", {}", date(at))).unwrap_or_default();
                let _ = writeln!(text, "  {} ({}{day})", item.id, bytes(item.bytes));
            }
            text.push('\n');
        }
        if !self.search.is_empty() {
            let _ = writeln!(
                text,
                "To find what was restored, search your drive for {}.",
                self.search.join(" or ")
            );
        }
        text
    }

    /// The notice as HTML.
    pub fn html(&self) -> String {
        let mut html = format!(
            "<!doctype html><html lang=en><meta charset=utf-8><title>Your documents</title><h1>Your documents on this server, {}</h1>",
            date(self.made)
        );
        for (event, words) in WORDS {
            let mut items = self.items.iter().filter(|item| item.event == event).peekable();
            if items.peek().is_none() {
                continue;
            }
            let _ = write!(html, "<p>{}<ul>", escape(words));
            for item in items {
                let day = item.at.map(|at| format!(", {}", date(at))).unwrap_or_default();
                let _ = write!(html, "<li><code>{}</code> ({}{day})", item.id, bytes(item.bytes));
            }
            html.push_str("</ul>");
        }
        if !self.search.is_empty() {
            let _ = write!(
                html,
                "<p>To find what was restored, search your drive for <b>{}</b>.",
                escape(&self.search.join(" or "))
            );
        }
        html.push_str("</html>\n");
        html
    }
}

const WORDS: [(Event, &str); 4] = [
    (
        Event::Marked,
        "Nobody used these for a long time and no account pins them. They are moved away unless somebody opens them:",
    ),
    (
        Event::Archived,
        "These were moved away because nobody used them for a long time. They can be brought back:",
    ),
    (Event::Restored, "These were brought back:"),
    (
        Event::Conflict,
        "These exist twice, an older and a newer version. Nothing is lost; open your account with the recovery program to choose:",
    ),
];

/// That a notice was really sent: who got which, and when. Each stage counts from the one before that was sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sent {
    /// The account.
    pub account: KeyName,
    /// When, in ms.
    pub at: i64,
}

/// When the last notice to each account was sent, in ms.
///
/// # Errors
/// An error of the file system. Damaged lines count as not sent.
pub fn sent(disk: &dyn Disk, state: &Path) -> io::Result<BTreeMap<KeyName, i64>> {
    let bytes = read_if_there(disk, &state.join("sent.ndjson"), 1 << 32)?.unwrap_or_default();
    let lines =
        bytes.split(|byte| *byte == b'\n').filter_map(|line| serde_json::from_slice::<Sent>(line).ok());
    let mut last = BTreeMap::new();
    for Sent { account, at } in lines {
        let known = last.entry(account).or_insert(at);
        *known = at.max(*known);
    }
    Ok(last)
}

/// Whether a notice to an account has to come first: one was sent to it before, so somebody knows where to write to, and none since a document was
/// marked, or not long enough ago. Each stage counts from the one before that was really sent.
pub(crate) fn is_due(
    sent: &BTreeMap<KeyName, i64>,
    account: &KeyName,
    marked: Option<i64>,
    before: i64,
) -> bool {
    sent.get(account).is_some_and(|at| marked.is_none_or(|marked| *at < marked) || *at > before)
}

/// Notes that a notice was sent.
///
/// # Errors
/// An error of the file system.
pub fn note_sent(disk: &dyn Disk, state: &Path, sent: &Sent) -> io::Result<()> {
    disk.make_folder(state)?;
    let mut line = b"\n".to_vec();
    line.extend(serde_json::to_vec(sent).map_err(io::Error::other)?);
    line.push(b'\n');
    disk.append(&state.join("sent.ndjson"), &line)
}
