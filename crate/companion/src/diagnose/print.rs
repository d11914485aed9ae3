//! What was found, in words or as JSON.

use std::io::{IsTerminal, Write, stdout};

use pinfold_core::json::Text;
use pinfold_core::report::{Change, Difference, Fate, Signed};
use pinfold_recovery::{Found, Problem};
use serde_json::{Value, json};

use super::Args;
use crate::past::date;
use crate::sync::printable::printable;

pub(super) fn told(args: &Args, findings: &[Found], signed: &Signed, difference: Option<&Difference>) {
    let mut out = stdout().lock();
    // Whoever reads may have gone.
    let _ = if args.json {
        in_json(&mut out, args, findings, signed, difference)
    } else {
        in_words(&mut out, args, findings, signed, difference)
    };
}

fn title(found: &Found) -> Option<String> {
    found.title.as_ref().map(|title| Text::to_string_lossy(title).into_owned())
}

fn in_json(
    out: &mut impl Write,
    args: &Args,
    findings: &[Found],
    signed: &Signed,
    difference: Option<&Difference>,
) -> std::io::Result<()> {
    for found in findings {
        let line = json!({
            "type": "finding",
            "problem": found.problem.as_str(),
            "id": found.id.as_deref().map(|id| printable(id, 60)),
            "in": found.inside.as_deref().map(|id| printable(id, 60)),
            "state": found.state,
            "count": found.count,
            "since": found.since,
            "title": args.titles.then(|| title(found)).flatten(),
        });
        writeln!(out, "{line}")?;
    }
    for change in difference.iter().flat_map(|difference| &difference.changes) {
        writeln!(out, "{}", change_line(change))?;
    }
    let report = signed.report();
    let mut result = json!({
        "type": "result",
        "complete": report.complete,
        "findings": findings.len(),
        "rows": report.rows.as_ref().map(Vec::len),
        "pins": report.lists.iter().map(|list| json!({
            "key": list.key, "count": list.count, "digest": list.digest,
            "server": list.server, "confirmed": list.confirmed,
        })).collect::<Vec<_>>(),
        "begun": report.begun,
        "made": report.made,
    });
    if let (Some(difference), Some(result)) = (difference, result.as_object_mut()) {
        result.insert("difference".into(), sums(difference));
    }
    writeln!(out, "{result}")
}

pub(super) fn change_line(change: &Change) -> Value {
    json!({
        "type": "change",
        "fate": change.fate.as_str(),
        "id": printable(&change.id, 60),
        "kind": change.kind.as_str(),
        "was": change.was.map(|state| state.as_str()),
        "is": change.is.map(|state| state.as_str()),
    })
}

pub(super) fn sums(difference: &Difference) -> Value {
    let mut sums = json!({ "since": difference.since, "until": difference.until, "same": difference.same });
    for fate in Fate::ALL {
        if let Some(sums) = sums.as_object_mut() {
            sums.insert(fate.as_str().into(), difference.count(fate).into());
        }
    }
    sums
}

fn in_words(
    out: &mut impl Write,
    args: &Args,
    findings: &[Found],
    signed: &Signed,
    difference: Option<&Difference>,
) -> std::io::Result<()> {
    let titles = args.titles || stdout().is_terminal();
    for found in findings {
        let id = found.id.as_deref().unwrap_or("-");
        let shown = title(found).filter(|_| titles);
        let shown = shown.map(|title| format!("  {}", printable(&title, 60))).unwrap_or_default();
        let since = found.since.map(|since| format!(", since {}", date(since))).unwrap_or_default();
        let state = found.state.map(|state| format!(" ({state})")).unwrap_or_default();
        writeln!(out, "{}{shown}\n      {}{state}{since}", printable(id, 60), words(found.problem))?;
    }
    if let Some(difference) = difference {
        differences(out, difference)?;
    }
    let report = signed.report();
    for list in &report.lists {
        let confirmed =
            if list.confirmed { "confirmed by the server" } else { "NOT confirmed by the server" };
        writeln!(out, "{} ids to be pinned, {confirmed}.", list.count)?;
    }
    let complete = if report.complete { "" } else { " Not everything could be read." };
    let rows = report.rows.as_ref().map_or(0, Vec::len);
    writeln!(out, "{} findings; {rows} documents, folders and files looked at.{complete}", findings.len())
}

pub(super) fn differences(out: &mut impl Write, difference: &Difference) -> std::io::Result<()> {
    for change in difference.changes.iter().filter(|change| change.fate != Fate::Changed) {
        let is = change.is.map(|state| format!(" ({state})")).unwrap_or_default();
        writeln!(out, "{}  {}\n      {}{is}", printable(&change.id, 60), change.kind, fate(change.fate))?;
    }
    writeln!(
        out,
        "Between {} and {}: {} lost, {} that cannot be told any longer, {} no longer named, {} back, {} added, {} changed, {} the same.",
        date(difference.since),
        date(difference.until),
        difference.count(Fate::Lost),
        difference.count(Fate::Untold),
        difference.count(Fate::Unnamed),
        difference.count(Fate::Back),
        difference.count(Fate::Added),
        difference.count(Fate::Changed),
        difference.same,
    )
}

const fn fate(fate: Fate) -> &'static str {
    match fate {
        Fate::Lost => "it was there, and the server has it no longer",
        Fate::Untold => "it was there, and now it cannot be told",
        Fate::Unnamed => "the account names it no longer",
        Fate::Back => "it is there again",
        Fate::Added => "it is new",
        Fate::Changed => "somebody wrote in it",
    }
}

const fn words(problem: Problem) -> &'static str {
    match problem {
        Problem::FolderMissing => "the server has no folder behind its entry",
        Problem::FolderUnreadable => "the folder could not be read",
        Problem::FolderMadeAnew => "the folder was made anew, empty: what it held is not in it",
        Problem::FolderEmptied => "it is empty, and had content",
        Problem::FolderRolledBack => "the server shows an older state of it than before",
        Problem::DocumentMissing => "the server has no document behind its entry",
        Problem::DocumentEmpty => "the document has no message: it was cleared",
        Problem::DocumentUnreadable => "the newest message of the document could not be opened",
        Problem::FileMissing => "the server has no file behind its entry",
        Problem::KeyWeaker => "you could write in it, and now you can only read it",
        Problem::PinMissing => "it is pinned, and the server does not have it",
        Problem::ListDiffers => "the server keeps another list of pins than it should",
        Problem::ListUnanswered => "the server does not say which list of pins it keeps",
        Problem::EntryGone => "this device knew it, and nothing names it any longer",
        Problem::TeamUnreadable => "a team could not be read",
        Problem::RosterUnreadable => "the members of a team could not be read",
        Problem::MailboxMissing => "the server has no mailbox here",
        Problem::MailboxUnreadable => "the mailbox could not be read",
        Problem::Unanswered => "the server did not answer: nothing is known of it",
    }
}
