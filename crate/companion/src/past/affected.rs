//! `pinfold-companion affected`: what became of each thing that the account ever held, in the time of an incident.

use std::io::{IsTerminal, Write, stdout};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use pinfold_core::error::Error;
use pinfold_recovery::{Affected, By, Claim, Fate, Harm, Intent, Investigation, Need, NoticeFile, Question};
use serde_json::json;

use super::{Progress, Source, date, moment, read_notice, title};
use crate::sync::printable::printable;

const AFTER_HELP: &str = "\
Environment:
  PINFOLD_PASSWORD  The password; without it there is a prompt. It is never an argument.

Exit codes:
  0  nothing was affected
  1  failed: the error is printed with its code
  2  the command line cannot be carried out
  3  something was affected, or what was asked after is lost
  4  nothing is known to be affected, and of something it cannot be told";

/// What `affected` can be told.
///
/// Answers for an incident of a certain time: what was untouched, what is missing, what was made anew, whose key is gone, and
/// by whose doing.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Args {
    #[command(flatten)]
    source: Source,
    /// When the incident began: 2019-06-14, or with a time of day, in UTC
    #[arg(long, value_name = "TIME", value_parser = moment)]
    from: u64,
    /// When it was over, that moment included
    #[arg(long, value_name = "TIME", value_parser = moment)]
    to: u64,
    /// It was about shared folders and what is in them, and nothing else
    #[arg(long)]
    folders_only: bool,
    /// It was about folders that nobody had written in for so long before: 90d
    #[arg(long, value_name = "DURATION", value_parser = humantime::parse_duration)]
    idle: Option<Duration>,
    /// What an operator tells of this account: when documents were archived and put back
    #[arg(long, value_name = "FILE")]
    notice: Option<PathBuf>,
    /// Tells what happened to the document or folder with this title, also an earlier one; may be given more than once
    #[arg(long, value_name = "TITLE")]
    called: Vec<String>,
    /// Tells what happened to the document or folder with this id; may be given more than once
    #[arg(long, value_name = "ID")]
    id: Vec<String>,
    /// Name also what is untouched
    #[arg(long)]
    all: bool,
    /// Print one JSON object per line, the last of type `result`
    #[arg(long)]
    json: bool,
    /// Show titles also where no terminal is: they end up in logs
    #[arg(long)]
    titles: bool,
}

pub(crate) async fn run(args: Args) -> ExitCode {
    match steps(&args).await {
        Ok(answers) => answers.code(),
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// What was found.
struct Answers {
    /// What became of each thing.
    found: Vec<Affected>,
    /// And of what the person asked after.
    fates: Vec<Fate>,
}

impl Answers {
    fn code(&self) -> ExitCode {
        let of = |harm: fn(Harm) -> bool| self.found.iter().any(|one| harm(one.harm));
        let is_lost = |fate: &Fate| fate.loss().is_some_and(|loss| loss.cause.intent() != Intent::Deliberate);
        let untold = |fate: &Fate| matches!(fate, Fate::Unknown | Fate::NotSince(_));
        if of(|harm| !matches!(harm, Harm::Untouched | Harm::Unknown)) || self.fates.iter().any(is_lost) {
            ExitCode::from(3)
        } else if of(|harm| harm == Harm::Unknown) || self.fates.iter().any(untold) {
            ExitCode::from(4)
        } else {
            ExitCode::SUCCESS
        }
    }
}

async fn steps(args: &Args) -> Result<Answers, Error> {
    let notice = args.notice.as_deref().map(read_notice).transpose()?;
    let mut progress = Progress::new(false);
    let investigation = args.source.investigate(Need::Calendars, None, &mut progress).await;
    progress.end();
    let mut investigation = investigation?;
    if let Some(notice) = &notice {
        investigation.noticed(notice);
    }
    let idle = args.idle.map(|idle| u64::try_from(idle.as_millis()).unwrap_or(u64::MAX));
    let question = Question {
        from: args.from,
        to: args.to,
        folders_only: args.folders_only,
        idle_for: idle,
        ..Question::default()
    };
    let found = investigation.affected(&question);
    let told = notice.as_ref().map(NoticeFile::items).unwrap_or_default();
    let called = args.called.iter().map(|title| Claim::Title(title));
    let claims = called.chain(args.id.iter().map(|id| Claim::Channel(id)));
    let fates = claims.map(|claim| investigation.fate(claim, told)).collect();
    let answers = Answers { found, fates };
    let mut out = stdout().lock();
    // Whoever reads may have gone.
    let _ = if args.json {
        in_json(&mut out, args, &investigation, &answers)
    } else {
        in_words(&mut out, args, &investigation, &answers)
    };
    Ok(answers)
}

fn title_of(investigation: &Investigation, one: &Affected) -> Option<String> {
    title(investigation.presence_at(one.place)?)
}

fn shown<'f>(args: &Args, found: &'f [Affected]) -> impl Iterator<Item = &'f Affected> {
    let all = args.all;
    found.iter().filter(move |one| all || one.harm != Harm::Untouched)
}

fn count(found: &[Affected], harm: Harm) -> usize {
    found.iter().filter(|one| one.harm == harm).count()
}

fn in_json(
    out: &mut impl Write,
    args: &Args,
    investigation: &Investigation,
    Answers { found, fates }: &Answers,
) -> std::io::Result<()> {
    for one in shown(args, found) {
        let line = json!({
            "type": "affected",
            "channel": printable(&one.channel, 60),
            "kind": one.what.as_str(),
            "harm": one.harm.as_str(),
            "by": one.by.map(By::as_str),
            "in": investigation.holder_of(one.place).map(|holder| printable(holder, 60)),
            "line": one.at.map(|at| at.line),
            "time": one.at.and_then(|at| at.time),
            "author": one.at.and_then(|at| at.author).map(|author| author.to_string()),
            "lastActive": one.last_active.and_then(|at| at.time),
            "visits": one.visits.iter().map(ToString::to_string).collect::<Vec<_>>(),
            "title": args.titles.then(|| title_of(investigation, one)).flatten(),
        });
        writeln!(out, "{line}")?;
    }
    for (at, fate) in fates.iter().enumerate() {
        let line = json!({
            "type": "fate",
            "asked": at,
            "fate": fate.as_str(),
            "since": fate.since(),
            "cause": fate.loss().map(|loss| loss.cause.as_str()),
            "channel": fate.loss().map(|loss| printable(&loss.channel, 60)),
        });
        writeln!(out, "{line}")?;
    }
    let result = json!({
        "type": "result",
        "untouched": count(found, Harm::Untouched),
        "missing": count(found, Harm::Missing),
        "restored": count(found, Harm::Restored),
        "madeAnew": count(found, Harm::MadeAnew),
        "keyGone": count(found, Harm::KeyGone),
        "unknown": count(found, Harm::Unknown),
        "notRead": investigation.unread_documents(),
    });
    writeln!(out, "{result}")
}

fn in_words(
    out: &mut impl Write,
    args: &Args,
    investigation: &Investigation,
    Answers { found, fates }: &Answers,
) -> std::io::Result<()> {
    let titles = args.titles || stdout().is_terminal();
    for one in shown(args, found) {
        let when = one.at.and_then(|at| at.time).map_or_else(|| "-".into(), date);
        let title = if titles { title_of(investigation, one) } else { None };
        let title = title.map(|title| format!("  {}", printable(&title, 60))).unwrap_or_default();
        let by = one.by.map(|by| format!(", {}", doer(by))).unwrap_or_default();
        writeln!(
            out,
            "{when:20}  {:12}  {}{title}\n      {}{by}",
            one.what.as_str(),
            printable(&one.channel, 60),
            harm(one.harm)
        )?;
    }
    for (asked, fate) in args.called.iter().chain(&args.id).zip(fates) {
        let since = fate.since().map(|time| format!(" ({})", date(time))).unwrap_or_default();
        writeln!(out, "{}: {}{since}", printable(asked, 60), became(fate))?;
    }
    let affected = found.len() - count(found, Harm::Untouched) - count(found, Harm::Unknown);
    let unknown = count(found, Harm::Unknown);
    writeln!(out, "{affected} of {} were affected; of {unknown} it cannot be told.", found.len())
}

const fn harm(harm: Harm) -> &'static str {
    match harm {
        Harm::Untouched => "nothing happened to it in that time",
        Harm::Missing => "its entry is there, and the server has nothing behind it",
        Harm::Restored => "it was archived in that time, and is there again",
        Harm::MadeAnew => "it was made anew, empty",
        Harm::KeyGone => "its entry left, and its key with it",
        Harm::Unknown => "it cannot be told: its log could not be read",
    }
}

const fn became(fate: &Fate) -> &'static str {
    match fate {
        Fate::Untouched => "it is where it always was",
        Fate::Moved => "it is there, in another place",
        Fate::Renamed => "it is there, under another name",
        Fate::Restored => "an operator archived it, and put it back",
        Fate::Lost(_) => "it is lost: `lost` tells more",
        Fate::NeverExisted => "nothing of this account ever named it",
        Fate::NotSince(_) => "nothing names it, as far as the histories go back",
        Fate::Unknown => "nothing names it, and not everything could be read",
    }
}

const fn doer(by: By) -> &'static str {
    match by {
        By::User => "by you",
        By::OtherDevice => "by another device of yours",
        By::OtherMember => "by another member",
        By::Client => "by a client itself, on the server's word",
        By::Server => "by the server, and no line says why",
        By::Operator => "by an operator, as the notice says",
    }
}
