//! `pinfold-companion diagnose` and `compare`: is everything there, what is not, and since when. They change nothing.

mod compare;
mod looking;
mod print;
#[cfg(feature = "serve")]
mod stored;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use pinfold_core::error::{Code, Error};
use pinfold_core::report::{Difference, Fate, Signed};
use pinfold_recovery::{Care, Found, Problem};

pub(crate) use compare::Args as CompareArgs;
pub(crate) use compare::run as compare;

use crate::past::read_notice;

const AFTER_HELP: &str = "\
Environment:
  PINFOLD_PASSWORD  The password; without it there is a prompt. It is never an argument.

Exit codes:
  0  everything that the account names is there
  1  failed: the error is printed with its code
  2  the command line cannot be carried out
  3  something was found, or is no longer there
  4  nothing is known to be wrong, and of something it cannot be told";

/// What `diagnose` can be told.
///
/// Reads the drive, the teams and all shared folders, asks the server after each thing that they name, and reads the newest
/// message of each document. It compares that with the histories, with what this device knew before (--state), and with
/// the server's list of pins. Nothing is changed on the server. Titles are shown on a terminal, or with --titles.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
#[command(group = clap::ArgGroup::new("source").args(["data", "origin"]).required(true))]
pub(crate) struct Args {
    /// The instance, as its pages are addressed: https://pad.example.org
    #[arg(long, value_name = "URL")]
    origin: Option<String>,
    /// Or the server's data directory, which is only read: the folder that holds `datastore` and `block`
    #[arg(long, value_name = "DIR", conflicts_with_all = ["tell_operator", "ca", "state"])]
    data: Option<PathBuf>,
    /// The account's name, as typed when logging in
    #[arg(long, value_name = "NAME")]
    user: String,
    /// The instance's own salt for log-ins, if its operator has set one
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    login_salt: String,
    /// What this device knew before: the directory that `sync --state` uses
    #[arg(long, value_name = "DIR")]
    state: Option<PathBuf>,
    /// How long to wait for each next sign of progress
    #[arg(long, value_name = "DURATION", default_value = "30s", value_parser = humantime::parse_duration)]
    patience: Duration,
    /// Trust the certificates in this PEM file besides the system's
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
    /// Only ask whether the server has each thing: no message and no history is read
    #[arg(long)]
    quick: bool,
    /// Write the signed report of completeness here; an existing file is not overwritten
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    /// Tell the operator, signed and without ids or titles, that everything was read, if it was
    #[arg(long)]
    tell_operator: bool,
    /// What an operator tells of this account: when documents were archived and put back
    #[arg(long, value_name = "FILE")]
    notice: Option<PathBuf>,
    /// Compare with this earlier report: what is no longer there, and since when
    #[arg(long, value_name = "FILE")]
    since: Option<PathBuf>,
    /// Print one JSON object per line, the last of type `result`
    #[arg(long)]
    json: bool,
    /// Show titles also where no terminal is: they end up in logs
    #[arg(long)]
    titles: bool,
}

impl Args {
    const fn care(&self) -> Care {
        if self.quick { Care::Quick } else { Care::Whole }
    }
}

pub(crate) async fn run(args: Args) -> ExitCode {
    match steps(&args).await {
        Ok(code) => code,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

async fn steps(args: &Args) -> Result<ExitCode, Error> {
    // What cannot be read or written is better known before the account is looked at.
    let earlier = args.since.as_deref().map(read_report).transpose()?;
    if let Some(path) = args.report.as_deref().filter(|path| path.exists()) {
        return Err(refused("the report is there already, and is not overwritten", path));
    }
    let notice = args.notice.as_deref().map(read_notice).transpose()?.unwrap_or_default();
    let (diagnosis, signed) = looking::look(looking::Look { args, notice }).await?;
    let difference = match &earlier {
        Some(earlier) => Some(Difference::of(earlier.report(), signed.report())?),
        None => None,
    };
    if let Some(path) = &args.report {
        write_report(path, &signed)?;
    }
    let findings = diagnosis.findings();
    print::told(args, &findings, &signed, difference.as_ref());
    Ok(code(&findings, difference.as_ref()))
}

fn code(findings: &[Found], difference: Option<&Difference>) -> ExitCode {
    let untold = |found: &Found| matches!(found.problem, Problem::Unanswered | Problem::ListUnanswered);
    if findings.iter().any(|found| !untold(found)) || difference.is_some_and(is_less) {
        ExitCode::from(3)
    } else if findings.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(4)
    }
}

/// Whether something is there no longer, or cannot be told any longer.
fn is_less(difference: &Difference) -> bool {
    [Fate::Lost, Fate::Untold, Fate::Unnamed].into_iter().any(|fate| difference.count(fate) > 0)
}

/// Reads a report and checks its signature.
///
/// # Errors
/// `misuse/bad-argument` for a file that cannot be read; those of [`Signed::read`].
fn read_report(path: &Path) -> Result<Signed, Error> {
    let text = std::fs::read_to_string(path);
    let text = text.map_err(|error| refused("the report cannot be read", path).with("reason", error))?;
    Signed::read(&text).map_err(|error| error.with("path", path.display()))
}

/// Writes a new file, whole or not at all.
fn write_report(path: &Path, signed: &Signed) -> Result<(), Error> {
    use std::io::Write;
    let failed = |error| refused("the report cannot be written", path).with("reason", error);
    let mut file = std::fs::OpenOptions::new().write(true).create_new(true).open(path).map_err(failed)?;
    let written = file.write_all(signed.to_json().as_bytes()).and_then(|()| file.sync_all());
    written.inspect_err(|_| drop(std::fs::remove_file(path))).map_err(failed)
}

fn refused(why: &'static str, path: &Path) -> Error {
    Error::new(Code::MisuseBadArgument, why).with("path", path.display())
}
