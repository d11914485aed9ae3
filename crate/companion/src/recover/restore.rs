//! `restore`: pins first, then entries with their tag, one message for each document, then the pins once more.

use std::io::{Write, stdout};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};

use pinfold_core::error::Error;
use pinfold_core::json::Text;
use pinfold_recovery::{Act, Choice, Investigation, Loss, Need, NoticeFile, RestorePlan, Wanted, tag_of};
use serde_json::json;

use super::Account;
use super::live::Live;
use crate::past::{self, read_notice};
use crate::sync::printable::printable;
use crate::sync::secrets;

const AFTER_HELP: &str = "\
Environment:
  PINFOLD_PASSWORD  The password; without it there is a prompt. It is never an argument.

Exit codes:
  0  everything that was asked for is back, or with --dry-run could be
  1  failed: the error is printed with its code; running again goes on where it stopped
  2  the command line cannot be carried out
  3  something cannot be put back: each is named, with the reason";

/// What `restore` can be told.
///
/// Puts back what an account lost: pins it first, then writes entry, place and tag in one message, then pins once more.
/// Nothing is removed. Entries return to their old places, or to the root where those are gone. A search for `#` and the
/// tag finds them; `undo` takes them back. It can be run again at any time.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP, group = clap::ArgGroup::new("what").args(["all", "id", "notice"]).required(true).multiple(true))]
pub(crate) struct Args {
    /// The server's data directory, for the histories: the folder that holds `datastore` and `block`. It is only read.
    /// Without it they come from the instance, and of archived copies nothing is known
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    #[command(flatten)]
    account: Account,
    /// Everything that is lost by accident, or perhaps so; what another member removed, or nobody knows who, only by its id
    #[arg(long)]
    all: bool,
    /// What is lost under this id, as `lost` names it: may be given more than once
    #[arg(long, value_name = "ID")]
    id: Vec<String>,
    /// What an operator has put back, as their notice says: lost entries return, all of them are tagged
    #[arg(long, value_name = "FILE")]
    notice: Option<PathBuf>,
    /// The tag [default: RESTORED-YYYYMMDD, of today or of the notice]
    #[arg(long, value_name = "TAG")]
    tag: Option<String>,
    /// Make plain folders again that are gone, rather than to use the root
    #[arg(long)]
    make_folders: bool,
}

pub(crate) async fn run(args: Args) -> ExitCode {
    super::ended(steps(&args).await)
}

/// How much stays lost.
async fn steps(args: &Args) -> Result<usize, Error> {
    let account = &args.account;
    let notice = args.notice.as_deref().map(read_notice).transpose()?;
    let password = secrets::password_for(&account.user, &account.origin)?;
    // What was lost is put back whether the server still has it or not; an erased team or calendar would go again.
    let read = past::Wanted { need: Need::Calendars, ..past::Wanted::default() };
    let (mut investigation, live) = Live::investigate(account, &password, args.data.as_deref(), read).await?;
    if let Some(notice) = &notice {
        investigation.noticed(notice);
    }
    let asked = Choice { channels: &args.id, notice: notice.as_ref(), accidents: args.all };
    let losses = asked.of(investigation.losses())?;
    let marked: Vec<String> = notice.iter().flat_map(|notice| notice.restored().map(str::to_owned)).collect();
    let tag = tag(args, notice.as_ref());
    let wanted =
        Wanted { losses: &losses, marked: &marked, tag: tag.clone(), make_folders: args.make_folders };
    let plan = investigation.restore_plan(&wanted);
    if !account.dry_run && !plan.steps.is_empty() {
        carry_out(account, &password, live, &investigation, &plan).await?;
    } else if let Some(live) = live {
        live.close().await;
    }
    told(args, &losses, &plan, &tag);
    Ok(plan.left.len())
}

async fn carry_out(
    account: &Account,
    password: &pinfold_core::secret::Password,
    live: Option<Live>,
    investigation: &Investigation,
    plan: &RestorePlan,
) -> Result<(), Error> {
    let mut live = match live {
        Some(live) => live,
        None => Live::open(account, password).await?,
    };
    let done = write(&mut live, investigation, plan).await;
    live.close().await;
    done
}

async fn write(live: &mut Live, investigation: &Investigation, plan: &RestorePlan) -> Result<(), Error> {
    let channel = |document: usize| investigation.documents().get(document).map(|document| &document.channel);
    for act in plan.acts() {
        match act {
            Act::Read => live.reload().await?,
            Act::Pin(document, ids) => {
                if let Some(channel) = channel(document) {
                    live.pin(channel, ids).await?;
                }
            }
            Act::Write(document, edits) => {
                if let Some(channel) = channel(document) {
                    live.write(channel, edits.to_vec()).await?;
                }
            }
        }
    }
    Ok(())
}

fn tag(args: &Args, notice: Option<&NoticeFile>) -> Text {
    if let Some(tag) = &args.tag {
        return Text::from(tag.trim().trim_start_matches('#'));
    }
    let of_notice = notice.and_then(NoticeFile::tag);
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis());
    of_notice.unwrap_or_else(|| tag_of(u64::try_from(now).unwrap_or_default()))
}

fn told(args: &Args, losses: &[Loss], plan: &RestorePlan, tag: &Text) {
    let mut out = stdout().lock();
    // Whoever reads may have gone.
    let _ = if args.account.json {
        in_json(&mut out, args, losses, plan, tag)
    } else {
        in_words(&mut out, args, losses, plan, tag)
    };
}

/// What the plan puts back, and what comes with a folder.
fn returned<'l>(plan: &'l RestorePlan, losses: &'l [Loss]) -> impl Iterator<Item = &'l Loss> {
    let written = plan.steps.iter().flat_map(|step| &step.losses);
    written.chain(&plan.with_folders).filter_map(|at| losses.get(*at))
}

fn in_json(
    out: &mut impl Write,
    args: &Args,
    losses: &[Loss],
    plan: &RestorePlan,
    tag: &Text,
) -> std::io::Result<()> {
    let returned = || returned(plan, losses);
    for loss in returned() {
        writeln!(
            out,
            "{}",
            json!({"type": "restored", "channel": printable(&loss.channel, 60), "kind": loss.what.as_str()})
        )?;
    }
    for (at, why) in &plan.left {
        let channel = losses.get(*at).map(|loss| printable(&loss.channel, 60));
        writeln!(out, "{}", json!({"type": "left", "channel": channel, "why": why.as_str()}))?;
    }
    let result = json!({
        "type": "result",
        "tag": tag.to_string_lossy(),
        "restored": returned().count(),
        "left": plan.left.len(),
        "documents": plan.steps.len(),
        "pinned": plan.pins.len(),
        "dryRun": args.account.dry_run,
    });
    writeln!(out, "{result}")
}

fn in_words(
    out: &mut impl Write,
    args: &Args,
    losses: &[Loss],
    plan: &RestorePlan,
    tag: &Text,
) -> std::io::Result<()> {
    let verb = if args.account.dry_run { "would return" } else { "returned" };
    for loss in returned(plan, losses) {
        writeln!(out, "{verb}  {:12}  {}", loss.what.as_str(), printable(&loss.channel, 60))?;
    }
    for (at, why) in &plan.left {
        let channel = losses.get(*at).map(|loss| printable(&loss.channel, 60)).unwrap_or_default();
        writeln!(out, "left  {channel}: {}", words(*why))?;
    }
    match plan.steps.is_empty() {
        true => writeln!(out, "Nothing was written."),
        false => writeln!(
            out,
            "Search the drive for #{} to find what {verb}.",
            printable(&tag.to_string_lossy(), 60)
        ),
    }
}

fn words(why: pinfold_recovery::Why) -> &'static str {
    use pinfold_recovery::Why;
    match why {
        Why::FolderMissing => {
            "the server does not have it: ask the operator to put it back, then run this again"
        }
        Why::FolderUnread => {
            "it could not be read: whoever owns it decides who may. Once it can be, run this again"
        }
        Why::MadeAnew => "it is there, made anew and empty: ask the operator for the archived copy",
        Why::PasswordChanged => "its password was changed: ask its owner",
        Why::WithItsFolder => "it is in a folder whose key is lost: it returns with that folder",
        Why::NoKey => "no link that can be opened is left of it",
        Why::ViewOnly => "it is a calendar of a team that you can only view: ask a member who can edit",
        Why::BesideTheDrive => "it is a link to the web, which no key belongs to",
    }
}
