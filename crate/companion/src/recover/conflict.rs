//! `conflict`: an id that lies in the archive and live. The holder of the key decides, the operator moves, and of two folders
//! the holder then writes the difference.
//!
//! ```text
//! operator: export ─▶ conflict --decision FILE ─▶ operator: settle FILE ─▶ conflict --merge
//!                      reads only                  live set aside, archived back    pins, then one message
//! ```
//! Each step looks at what is there, so that it can be run again after it was cut.

use std::io::{IsTerminal, Write, stdout};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};

use pinfold_core::drive::complete::Drive;
use pinfold_core::error::{Code, Error};
use pinfold_core::exchange::Right;
use pinfold_core::json::Text;
use pinfold_recovery::{Conflict, Copy, LogLine, MergeAct, MergePlan, Verdict, tag_of};
use serde_json::json;
use tempfile::NamedTempFile;

use super::Account;
use super::live::Live;
use crate::sync::printable::printable;
use crate::sync::secrets;

const AFTER_HELP: &str = "\
Environment:
  PINFOLD_PASSWORD  The password; without it there is a prompt. It is never an argument.

Exit codes:
  0  the verdict is told, or with --merge the two folders are one
  1  failed: the error is printed with its code; running again goes on where it stopped
  2  the command line cannot be carried out
  3  both copies have to be kept as they are: the verdict says why";

/// What `conflict` can be told.
///
/// Compares the copies that `pinfold-operator export` handed out, with the account's own key. It reads only, unless --merge
/// is given: then what the live copy had is written into the archived one, once the operator has put that back.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Args {
    #[command(flatten)]
    account: Account,
    /// The document: the name of its folder below --export
    #[arg(long, value_name = "ID")]
    id: String,
    /// The folder into which the operator exported
    #[arg(long, value_name = "DIR")]
    export: PathBuf,
    /// Write the verdict here, for the operator's `settle`; an existing file is not overwritten
    #[arg(long, value_name = "FILE", conflicts_with = "merge")]
    decision: Option<PathBuf>,
    /// The operator has settled it: write the difference of the two folders, marked with the tag
    #[arg(long)]
    merge: bool,
    /// The tag [default: RESTORED-YYYYMMDD, of today]
    #[arg(long, value_name = "TAG")]
    tag: Option<String>,
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

async fn steps(args: &Args) -> Result<bool, Error> {
    let account = &args.account;
    let password = secrets::password_for(&account.user, &account.origin)?;
    let mut live = Live::open(account, &password).await?;
    let done = with(args, &mut live).await;
    live.close().await;
    done
}

async fn with(args: &Args, live: &mut Live) -> Result<bool, Error> {
    let drives: Vec<&Drive> = live.drives().collect();
    let mut conflict = Conflict::of(&drives, &args.id)?;
    let exported = exported(args, &mut conflict)?;
    let Some(decision) = conflict.decision(&exported) else {
        told(args, &conflict, None);
        return Ok(false);
    };
    if args.merge {
        let plan = merge(args, live, &conflict).await?;
        told(args, &conflict, Some(&plan));
        return Ok(true);
    }
    if let Some(path) = &args.decision {
        // The operator will take the live copy away from whoever has it open.
        live.check_alone(&conflict.channel).await?;
        write_new(path, &decision)?;
    }
    told(args, &conflict, None);
    Ok(true)
}

/// Reads both copies, and hands back the live one as it was exported: by it the operator knows that it is still that one.
fn exported(args: &Args, conflict: &mut Conflict) -> Result<Vec<u8>, Error> {
    let folder = args.export.join(&args.id);
    let mut read = |copy, name: &str| {
        let path = folder.join(name);
        let body = std::fs::read(&path).map_err(|error| {
            let refused = Error::new(Code::MisuseBadArgument, "the operator exported no such copy");
            refused.with("path", path.display()).with("reason", error)
        })?;
        conflict.lines(copy, &mut LogLine::all(&body), usize::MAX);
        Ok(body)
    };
    read(Copy::Archived, "archived.body")?;
    read(Copy::Live, "live.body")
}

async fn merge(args: &Args, live: &mut Live, conflict: &Conflict) -> Result<MergePlan, Error> {
    conflict.can_merge()?;
    // Written into the live copy, it would be lost when that is set aside. What both hold says nothing of which copy it is:
    // its log does.
    if !live.is_back(conflict).await? {
        return Err(conflict.not_back());
    }
    // What was read before that may be the other copy.
    live.reload().await?;
    let drives: Vec<&Drive> = live.drives().collect();
    let plan = conflict.merge_plan(&drives, &tag(args))?;
    let channel = &conflict.channel;
    for act in if args.account.dry_run { Vec::new() } else { plan.acts() } {
        match act {
            MergeAct::Alone => live.check_alone(channel).await?,
            MergeAct::Pin(ids) => live.pin(channel, ids).await?,
            MergeAct::Write(edits) => live.write(channel, edits.to_vec()).await?,
        }
    }
    Ok(plan)
}

fn tag(args: &Args) -> Text {
    let now = || SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis());
    let given = args.tag.as_deref().map(|tag| Text::from(tag.trim().trim_start_matches('#')));
    given.unwrap_or_else(|| tag_of(u64::try_from(now()).unwrap_or_default()))
}

/// Writes a file as a whole or not at all. Another one that is there stays, and is an error; the same text is what a run left that was
/// cut.
fn write_new(path: &Path, text: &str) -> Result<(), Error> {
    if std::fs::read_to_string(path).is_ok_and(|there| there == text) {
        return Ok(());
    }
    let beside = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let file = NamedTempFile::new_in(beside.unwrap_or_else(|| Path::new(".")));
    let written = file.and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        file.as_file().sync_all()?;
        file.persist_noclobber(path).map_err(|error| error.error)
    });
    written.map(drop).map_err(|error| {
        let refused = Error::new(Code::MisuseBadArgument, "the verdict cannot be written");
        refused.with("path", path.display()).with("reason", error)
    })
}

fn told(args: &Args, conflict: &Conflict, plan: Option<&MergePlan>) {
    let mut out = stdout().lock();
    let verdict = conflict.verdict();
    // The live copy is set aside with all that somebody wrote in it: this title.
    let title = conflict.title().map(|title| title.to_string_lossy().into_owned());
    let is_shown = args.titles || out.is_terminal() && !args.account.json;
    let title = title.filter(|_| is_shown);
    let right = verdict.right().map(Right::as_str);
    // Whoever reads may have gone.
    let _ = if args.account.json {
        let line = json!({
            "type": "result",
            "channel": args.id,
            "verdict": verdict.as_str(),
            "right": right,
            "title": title,
            "broughtIn": plan.map(|plan| plan.brought_in),
            "pinned": plan.map(|plan| plan.pins.len()),
            "namedTwice": plan.map(|plan| &plan.named_twice),
            "dryRun": args.account.dry_run,
        });
        writeln!(out, "{line}")
    } else {
        let brought = plan.map(|plan| format!(" {} entries were brought in.", plan.brought_in));
        let title = title.map(|title| format!(" Its title was: {}", printable(&title, 200)));
        let (brought, title) = (brought.unwrap_or_default(), title.unwrap_or_default());
        writeln!(out, "{}  {}: {}.{brought}{title}", args.id, verdict.as_str(), words(verdict))
    };
}

fn words(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Placeholder => "the live copy never held anything, so the archived one is to return",
        Verdict::PlaceholderTitled => {
            "the live copy never held more than a title, so the archived one is to return"
        }
        Verdict::Within => "the archived copy has everything that the live one has, and is to return",
        Verdict::Equal => "both hold the same, and the archived one has the history",
        Verdict::SameChain => "both are parts of one log: the operator can settle it without you",
        Verdict::Merge => "both hold something: the archived copy is to return, then run this with --merge",
        Verdict::MergeNeedsEditor => "both hold something, and you can only read: ask somebody who may edit",
        Verdict::KeepBoth => "both hold something that no program can bring together: both have to be kept",
        Verdict::Unknown => "one of them cannot be read as a whole: both have to be kept",
    }
}
