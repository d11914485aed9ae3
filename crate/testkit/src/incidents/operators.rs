//! What an operator tells: their journal, as far as the manifest has it, or the notice that they wrote for the account; and the
//! letters that clients write when a folder goes.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use pinfold_core::json::Value;
use pinfold_recovery::{Cause, Investigation, Loss, Notice, NoticeFile, What};

use super::score::{list, stay, text};
use super::{Report, dates};

/// A client writes the letter when it erases the key, in milliseconds.
const AT_ONCE: u64 = 10_000;

/// What an operator told.
pub(super) struct ByOperator {
    /// For claims: which channels were archived, and put back.
    pub(super) notices: Vec<Notice>,
    /// From when to when channels were in the archive, where clients were given a reason.
    away: Vec<(String, u64, Option<u64>)>,
}

/// The notice, where there is one; otherwise the journal.
pub(super) fn told(truth: &Value, data: &Path) -> io::Result<ByOperator> {
    match std::fs::read_to_string(data.with_file_name("notice.json")) {
        Ok(notice) => {
            let notice = NoticeFile::read(&notice).map_err(|error| io::Error::other(error.to_string()))?;
            let away = notice.times_away().into_iter();
            let away = away.map(|(channel, from, until)| (channel.to_owned(), from, until)).collect();
            Ok(ByOperator { notices: notice.items().to_vec(), away })
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(of_events(truth)),
        Err(error) => Err(error),
    }
}

fn of_events(truth: &Value) -> ByOperator {
    let mut told = ByOperator { notices: Vec::new(), away: Vec::new() };
    let mut open: BTreeMap<&str, u64> = BTreeMap::new();
    for event in list(truth, "events").iter().filter(|event| event.get("channel").is_some()) {
        let channel = text(event, "channel");
        let restored = text(event, "result") == "restored";
        told.notices.push(Notice { channel: channel.to_owned(), restored });
        let at = dates::read(text(event, "t"));
        let has_reason = event.get("reason").and_then(Value::as_str).is_some();
        match at {
            Some(at) if restored => {
                told.away.extend(open.remove(channel).map(|from| (channel.to_owned(), from, Some(at))));
            }
            Some(at) if has_reason => _ = open.entry(channel).or_insert(at),
            _ => {}
        }
    }
    told.away.extend(open.into_iter().map(|(channel, from)| (channel.to_owned(), from, None)));
    told
}

pub(super) fn take_in(told: &ByOperator, investigation: &mut Investigation) {
    for (channel, from, until) in &told.away {
        investigation.was_archived(channel, *from, *until);
    }
}

/// A letter names a folder that a client erased at that time.
pub(super) fn letters(truth: &Value, investigation: &Investigation, losses: &[Loss], report: &mut Report) {
    for letter in list(truth, "notice") {
        let (id, time) = (text(letter, "sfId"), letter.get("time").and_then(Value::as_u64));
        let (true, Some(time)) = (text(letter, "type") == "SF_DELETED", time) else {
            report.not_scored.push(format!("notice {}", text(letter, "type")));
            continue;
        };
        let of_letter = |loss: &&Loss| {
            let is_it = stay(investigation, loss).is_some_and(|(_, presence)| presence.id == id);
            let near = loss.at.and_then(|at| at.time).is_some_and(|at| at.abs_diff(time) <= AT_ONCE);
            loss.what == What::SharedFolder && is_it && near
        };
        let found = losses.iter().find(of_letter).map_or("nothing", |loss| loss.cause.as_str());
        let what = format_args!("letter of {}", text(letter, "title"));
        report.compare(what, Cause::ClientOnServerWord.as_str(), found);
    }
}
