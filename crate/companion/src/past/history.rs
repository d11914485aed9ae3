//! `pinfold-companion history`: what happened to each entry, line by line, and which session did how much. Nothing is held of
//! it but one line: the events of a document are printed while its log is read.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{IsTerminal, Write, stdout};
use std::process::ExitCode;

use pinfold_core::error::Error;
use pinfold_recovery::{
    Author, Beginning, Copy, Did, Investigation, Moment, Need, Presence, Reading, Said, Whose,
};
use serde_json::json;

use super::{Hears, Progress, Source, channel, date, moment, title};
use crate::sync::printable::printable;

const AFTER_HELP: &str = "\
Environment:
  PINFOLD_PASSWORD  The password; without it there is a prompt. It is never an argument.

Exit codes:
  0  every history was read whole
  1  failed: the error is printed with its code
  2  the command line cannot be carried out
  3  a history has a hole, lines that do not open, or could not be read: nothing is claimed of that";

/// What `history` can be told.
///
/// Reads the account's drive, its teams and every shared folder that any of them ever named, and prints what each line did to
/// each entry, document by document. At the end: which session took something away, and from which documents.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Args {
    #[command(flatten)]
    source: Source,
    /// Only what happened to this document or folder
    #[arg(long, value_name = "ID")]
    id: Option<String>,
    /// Only from this time on: 2019-06-14, or with a time of day, in UTC
    #[arg(long, value_name = "TIME", value_parser = moment)]
    from: Option<u64>,
    /// Only up to this time
    #[arg(long, value_name = "TIME", value_parser = moment)]
    to: Option<u64>,
    /// Print one JSON object per line, the last of type `result`
    #[arg(long)]
    json: bool,
    /// Show titles also where no terminal is: they end up in logs
    #[arg(long)]
    titles: bool,
}

pub(crate) async fn run(args: Args) -> ExitCode {
    match steps(&args).await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(3),
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// What one session took away: how much, and from which documents.
#[derive(Default)]
struct Taken {
    entries: usize,
    documents: BTreeSet<String>,
}

/// Prints the events.
struct Teller<'a> {
    args: &'a Args,
    titles: bool,
    progress: Progress,
    events: usize,
    taken: BTreeMap<Author, Taken>,
}

/// Whether all of it was read.
async fn steps(args: &Args) -> Result<bool, Error> {
    let titles = args.titles || !args.json && stdout().is_terminal();
    let progress = Progress::new(true);
    let mut teller = Teller { args, titles, progress, events: 0, taken: BTreeMap::new() };
    let investigation = args.source.investigate(Need::Calendars, None, &mut teller).await;
    teller.progress.end();
    let investigation = investigation?;
    let whole = whole(&investigation);
    let mut out = stdout().lock();
    // Whoever reads may have gone.
    let _ = if args.json {
        teller.end_in_json(&mut out, &investigation)
    } else {
        teller.end(&mut out, &investigation)
    };
    Ok(whole)
}

/// Of a document without lines nothing is claimed either, whether the account still names it or not.
fn whole(investigation: &Investigation) -> bool {
    investigation.is_whole() && investigation.without_history().next().is_none()
}

const fn of(whose: Whose) -> &'static str {
    match whose {
        Whose::Account => "account",
        Whose::Team => "team",
        Whose::Folder => "folder",
    }
}

impl Hears for Teller<'_> {
    fn line(&mut self, reading: &Reading, at: Moment) {
        self.progress.line(reading, at);
        let mut out = stdout().lock();
        for (presence, did) in reading.events() {
            let id = channel(presence);
            let after = self.args.from.is_none_or(|from| at.time.is_none_or(|time| time >= from));
            let before = self.args.to.is_none_or(|to| at.time.is_none_or(|time| time <= to));
            let asked = self.args.id.as_ref().is_none_or(|wanted| id.as_ref() == Some(wanted));
            if !(after && before && asked) {
                continue;
            }
            self.events += 1;
            let is_live = reading.copy() == Copy::Live;
            if let (Some(author), true, Did::Vanished | Did::Erased | Did::Thrown) = (at.author, is_live, did)
            {
                let taken = self.taken.entry(author).or_default();
                taken.entries += 1;
                taken.documents.insert(reading.channel.as_str().to_owned());
            }
            // Whoever reads may have gone.
            let _ = self.event(&mut out, reading, at, presence, did, id.as_deref());
        }
    }

    fn answered(&mut self, answered: usize, asked: usize) {
        self.progress.answered(answered, asked);
    }
}

impl Teller<'_> {
    fn event(
        &self,
        out: &mut impl Write,
        reading: &Reading,
        at: Moment,
        presence: &Presence,
        did: Did,
        id: Option<&str>,
    ) -> std::io::Result<()> {
        let title = if self.titles { title(presence) } else { None };
        let copy = if reading.copy() == Copy::Live { "live" } else { "archived" };
        if self.args.json {
            let line = json!({
                "type": "event",
                "in": reading.channel.as_str(),
                "copy": copy,
                "line": at.line,
                "time": at.time,
                "author": at.author.map(|author| author.to_string()),
                "did": did.as_str(),
                "kind": presence.what.as_str(),
                "channel": id,
                "title": title,
            });
            return writeln!(out, "{line}");
        }
        let when = at.time.map_or_else(|| "-".into(), date);
        let author = at.author.map_or_else(|| "-".into(), |author| author.to_string());
        let title = title.map(|title| format!("  {}", printable(&title, 60))).unwrap_or_default();
        writeln!(
            out,
            "{when:20}  {}{} {:>6}  {:8}  {:10}  {:12}  {}{title}",
            reading.channel.as_str(),
            if copy == "live" { "" } else { " (archived)" },
            at.line,
            author.get(..8).unwrap_or(&author),
            did.as_str(),
            presence.what.as_str(),
            id.unwrap_or("-"),
        )
    }

    fn end_in_json(&self, out: &mut impl Write, investigation: &Investigation) -> std::io::Result<()> {
        for document in investigation.documents() {
            let told = document.live.as_ref();
            let line = json!({
                "type": "document",
                "channel": document.channel.as_str(),
                "whose": of(document.whose),
                "read": told.is_some(),
                "server": investigation.said(document.channel.as_str()).map(Said::as_str),
                "lines": told.map(|told| told.lines),
                "whole": told.map(|told| told.begins == Beginning::Whole),
                "unreadLines": told.map(|told| told.unread),
                "holes": told.map(|told| told.holes),
                "first": told.and_then(|told| told.first.time),
                "last": told.and_then(|told| told.last.time),
            });
            writeln!(out, "{line}")?;
        }
        for channel in investigation.calendars() {
            let server = investigation.said(&channel).map(Said::as_str);
            writeln!(out, "{}", json!({"type": "calendar", "channel": channel, "server": server}))?;
        }
        for (author, taken) in &self.taken {
            let line = json!({
                "type": "session",
                "author": author.to_string(),
                "own": investigation.is_own(*author),
                "took": taken.entries,
                "from": taken.documents,
            });
            writeln!(out, "{line}")?;
        }
        let live = || investigation.documents().iter().filter_map(|document| document.live.as_ref());
        let result = json!({
            "type": "result",
            "documents": live().count(),
            "lines": live().map(|told| told.lines).sum::<usize>(),
            "events": self.events,
            "shortened": live().filter(|told| told.begins == Beginning::Trimmed).count(),
            "broken": live().filter(|told| !told.is_unbroken()).count(),
            "notRead": investigation.unread_documents(),
        });
        writeln!(out, "{result}")
    }

    fn end(&self, out: &mut impl Write, investigation: &Investigation) -> std::io::Result<()> {
        let live = || {
            investigation.documents().iter().filter_map(|document| Some((document, document.live.as_ref()?)))
        };
        writeln!(out, "\n{} events in {} documents.", self.events, live().count())?;
        for (author, taken) in &self.taken {
            let whose = if investigation.is_own(*author) { "yours" } else { "not known to be yours" };
            let from = taken.documents.len();
            writeln!(
                out,
                "Session {author} ({whose}) took {} entries from {from} documents.",
                taken.entries
            )?;
        }
        for (document, told) in live().filter(|(_, told)| told.begins == Beginning::Trimmed) {
            let since = told.first.time.map_or_else(|| "its first line".into(), date);
            writeln!(
                out,
                "{} was shortened by its owner: nothing is told of the time before {since}.",
                document.channel.as_str()
            )?;
        }
        for (document, told) in live().filter(|(_, told)| !told.is_unbroken()) {
            writeln!(
                out,
                "{}: {} lines do not open, {} hang on a line that is not there.",
                document.channel.as_str(),
                told.unread,
                told.holes
            )?;
        }
        for document in investigation.without_history() {
            let said = investigation.said(document.channel.as_str()).map(Said::as_str);
            let said = said.map(|said| format!(" ({said})")).unwrap_or_default();
            writeln!(out, "{}: there is no history of it{said}.", document.channel.as_str())?;
        }
        for channel in investigation.missing_calendars() {
            writeln!(out, "The server does not have {}, a calendar.", printable(channel, 60))?;
        }
        match investigation.unread_documents() {
            0 => Ok(()),
            count => writeln!(out, "{count} documents could not be read. Nothing is told of them."),
        }
    }
}
