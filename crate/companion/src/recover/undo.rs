//! `undo`: what was put back with a tag leaves again, if nobody touched it since.

use std::io::{Write, stdout};
use std::path::PathBuf;
use std::process::ExitCode;

use pinfold_core::drive::edit::{Before, Edit};
use pinfold_core::error::Error;
use pinfold_recovery::{Investigation, UndoPlan, WhyKept};
use serde_json::json;

use super::Account;
use super::live::Live;
use crate::past::Wanted;
use crate::sync::printable::printable;
use crate::sync::secrets;

const AFTER_HELP: &str = "\
Environment:
  PINFOLD_PASSWORD  The password; without it there is a prompt. It is never an argument.

Exit codes:
  0  nothing that was put back with this tag is left, or with --dry-run would be
  1  failed: the error is printed with its code; running again goes on where it stopped
  2  the command line cannot be carried out
  3  something stays: each is named, with the reason";

/// What `undo` can be told.
///
/// Takes back what `restore` put back with a tag: exactly those entries that nobody changed or moved since. What was there
/// before only loses the tag. The list of pins is left as it is.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Args {
    /// The server's data directory, for the histories: the folder that holds `datastore` and `block`. It is only read.
    /// Without it they come from the instance, and of archived copies nothing is known
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    #[command(flatten)]
    account: Account,
    /// The tag, with or without `#`
    #[arg(long, value_name = "TAG")]
    tag: String,
}

pub(crate) async fn run(args: Args) -> ExitCode {
    super::ended(steps(&args).await)
}

/// How much stays.
async fn steps(args: &Args) -> Result<usize, Error> {
    let account = &args.account;
    let password = secrets::password_for(&account.user, &account.origin)?;
    let data = args.data.as_deref();
    let read = Wanted { tag: Some(&args.tag), ..Wanted::default() };
    let (investigation, live) = Live::investigate(account, &password, data, read).await?;
    let mut plan = investigation.undo_plan();
    if !account.dry_run && !plan.steps.is_empty() {
        let live = match live {
            Some(live) => live,
            None => Live::open(account, &password).await?,
        };
        carry_out(live, &investigation, &mut plan).await?;
    } else if let Some(live) = live {
        live.close().await;
    }
    let mut out = stdout().lock();
    // Whoever reads may have gone.
    let _ = if account.json { in_json(&mut out, args, &plan) } else { in_words(&mut out, args, &plan) };
    Ok(plan.left.len())
}

async fn carry_out(mut live: Live, investigation: &Investigation, plan: &mut UndoPlan) -> Result<(), Error> {
    let done = write(&mut live, investigation, plan).await;
    live.close().await;
    done
}

/// Writes, and looks at what came of it: an entry that somebody changed meanwhile stayed.
async fn write(live: &mut Live, investigation: &Investigation, plan: &mut UndoPlan) -> Result<(), Error> {
    for (document, edits) in &plan.steps {
        let Some(document) = investigation.documents().get(*document) else { continue };
        live.write(&document.channel, edits.clone()).await?;
    }
    live.reload().await?;
    let channel = |at: usize| investigation.documents().get(at).map(|document| &document.channel);
    plan.compare(|document| live.tables(channel(document)?), |document| live.document(channel(document)?));
    Ok(())
}

/// Each entry that is taken back: its key, and whether it leaves.
fn taken(plan: &UndoPlan) -> impl Iterator<Item = (String, bool)> {
    let edits = plan.steps.iter().flat_map(|(_, edits)| edits);
    edits.filter_map(|edit| match edit {
        Edit::TakeBack(back) => Some((back.entry.key(), back.before == Before::Nothing)),
        // The key of a calendar is its channel, and a client may have written anything there.
        Edit::TakeBeside(back) => Some((printable(&back.key.to_string_lossy(), 60), !back.was_there)),
        _ => None,
    })
}

fn in_json(out: &mut impl Write, args: &Args, plan: &UndoPlan) -> std::io::Result<()> {
    for (entry, left) in taken(plan) {
        writeln!(out, "{}", json!({"type": "undone", "entry": entry, "removed": left}))?;
    }
    for kept in &plan.left {
        let channel = kept.channel.as_ref().map(|channel| printable(&channel.to_string_lossy(), 60));
        writeln!(out, "{}", json!({"type": "left", "channel": channel, "why": kept.why.as_str()}))?;
    }
    let result = json!({
        "type": "result",
        "undone": taken(plan).count(),
        "left": plan.left.len(),
        "dryRun": args.account.dry_run,
    });
    writeln!(out, "{result}")
}

fn in_words(out: &mut impl Write, args: &Args, plan: &UndoPlan) -> std::io::Result<()> {
    let verb = if args.account.dry_run { "would be" } else { "were" };
    let (gone, stayed): (Vec<_>, Vec<_>) = taken(plan).partition(|(_, left)| *left);
    writeln!(out, "{} entries {verb} taken out again, {} only lost the tag.", gone.len(), stayed.len())?;
    for kept in &plan.left {
        let channel = kept.channel.as_ref().map(|channel| printable(&channel.to_string_lossy(), 60));
        let channel = channel.as_deref().unwrap_or("-");
        writeln!(out, "stays  {channel}: {}", words(kept.why))?;
    }
    Ok(())
}

fn words(why: WhyKept) -> &'static str {
    match why {
        WhyKept::Touched => "somebody changed or moved it since",
        WhyKept::Moved => "somebody moved it here from another document since",
        WhyKept::NotSince => "the log was shortened: what was there before cannot be told",
        WhyKept::Closed => "its document can only be read, or is no longer in the account",
    }
}
