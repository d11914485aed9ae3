//! `pinfold-companion lost`: what an account lost, from an operator's files. It reads and changes nothing.

pub(crate) mod files;
mod print;

use std::path::PathBuf;
use std::process::ExitCode;

use pinfold_core::error::Error;
use pinfold_recovery::{Intent, Investigation, Loss, Signs};

use crate::sync::secrets;

const AFTER_HELP: &str = "\
Environment:
  PINFOLD_PASSWORD  The password; without it there is a prompt. It is never an argument.

Exit codes:
  0  nothing is lost, or only what the user removed deliberately
  1  failed: the error is printed with its code
  2  the command line cannot be carried out
  3  something is lost that the user did not want to lose, or that somebody else removed";

/// What `lost` can be told.
///
/// Reads the data directory of a server with the account's own key: the account's drive, its teams and every shared
/// folder that any of them ever named, live and archived. Nothing is changed and nothing is sent. Titles are shown on a
/// terminal, or with --titles.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Args {
    /// The server's data directory: the folder that holds `datastore` and `block`
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// The account's name, as typed when logging in
    #[arg(long, value_name = "NAME")]
    user: String,
    /// The instance's own salt for log-ins, if its operator has set one
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    login_salt: String,
    /// Print one JSON object per line, the last of type `result`
    #[arg(long)]
    json: bool,
    /// Show titles also where no terminal is: they end up in logs
    #[arg(long)]
    titles: bool,
}

pub(crate) fn run(args: &Args) -> ExitCode {
    match investigate(args) {
        Ok(investigation) => {
            let losses = investigation.accidents(&Signs::default());
            print::losses(args, &investigation, &losses);
            if losses.iter().any(|(loss, _)| is_unwanted(loss)) {
                ExitCode::from(3)
            } else {
                ExitCode::SUCCESS
            }
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn investigate(args: &Args) -> Result<Investigation, Error> {
    let password = secrets::password_for(&args.user, &args.data.display().to_string())?;
    files::investigate(&args.data, &args.user, &password, &args.login_salt, None)
}

/// Whether the user did not want it, or has to decide.
fn is_unwanted(loss: &Loss) -> bool {
    loss.cause.intent() != Intent::Deliberate
}
