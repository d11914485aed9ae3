//! `pinfold-companion lost`: what an account lost, from an operator's files or from a live server. It changes nothing.

mod print;

use std::path::PathBuf;
use std::process::ExitCode;

use pinfold_client::Changes;
use pinfold_core::error::Error;
use pinfold_recovery::{Intent, Investigation, Loss, Need, PinLog, Signs};

use crate::past::{Progress, Source, read_notice};

const AFTER_HELP: &str = "\
Environment:
  PINFOLD_PASSWORD  The password; without it there is a prompt. It is never an argument.

Exit codes:
  0  nothing is lost, or only what the user removed deliberately
  1  failed: the error is printed with its code
  2  the command line cannot be carried out
  3  something is lost that the user did not want to lose, or that somebody else removed, or the server does not have a folder,
     team or calendar that the account names
  4  nothing is known to be lost, and of something it cannot be told";

/// What `lost` can be told.
///
/// Reads with the account's own key: the account's drive, its teams and every shared folder that any of them ever named; in a
/// data directory also their archived copies. Nothing is changed. Titles are shown on a terminal, or with --titles.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Args {
    #[command(flatten)]
    source: Source,
    /// With --origin: tell also of the keys that this device kept: the directory that `sync --state` uses
    #[arg(long, value_name = "DIR", conflicts_with = "data")]
    state: Option<PathBuf>,
    /// What an operator tells of this account: when folders were archived and put back. It settles what the lines leave open
    #[arg(long, value_name = "FILE")]
    notice: Option<PathBuf>,
    /// Look for signs in this log of pin changes as well, as `pins --export` wrote it; it may be given more than once
    #[arg(long, value_name = "FILE")]
    pins: Vec<PathBuf>,
    /// Print one JSON object per line, the last of type `result`
    #[arg(long)]
    json: bool,
    /// Show titles also where no terminal is: they end up in logs
    #[arg(long)]
    titles: bool,
}

pub(crate) async fn run(args: &Args) -> ExitCode {
    match investigate(args).await {
        Ok(investigation) => {
            let losses = investigation.accidents(&Signs::default());
            print::losses(args, &investigation, &losses);
            let is_lost = losses.iter().any(|(loss, _)| is_unwanted(loss));
            if is_lost || !investigation.missing().is_empty() || !investigation.missing_calendars().is_empty()
            {
                ExitCode::from(3)
            } else if investigation.is_whole() {
                ExitCode::SUCCESS
            } else {
                ExitCode::from(4)
            }
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

async fn investigate(args: &Args) -> Result<Investigation, Error> {
    let notice = args.notice.as_deref().map(read_notice).transpose()?;
    let logs = args.pins.iter().map(|path| crate::pins::read(path)).collect::<Result<Vec<_>, _>>()?;
    let mut progress = Progress::new(false);
    let investigation = args.source.investigate(Need::Losses, args.state.as_deref(), &mut progress).await;
    progress.end();
    let mut investigation = investigation?;
    if let Some(notice) = &notice {
        investigation.noticed(notice);
    }
    let log = logs.into_iter().fold(Changes::default(), Changes::merge);
    investigation.pins_changed(&PinLog::of(&log));
    Ok(investigation)
}

/// Whether the user did not want it, or has to decide.
fn is_unwanted(loss: &Loss) -> bool {
    loss.cause.intent() != Intent::Deliberate
}
