//! `pinfold-companion compare`: two reports of one account. No password and no network.

use std::io::{Write, stdout};
use std::path::PathBuf;
use std::process::ExitCode;

use pinfold_core::error::Error;
use pinfold_core::report::Difference;

use super::{is_less, print, read_report};

const AFTER_HELP: &str = "\
Exit codes:
  0  everything that was there in the earlier report is there in the later one
  1  failed: one of them is no report, or was not signed by its account, or they are of two accounts
  2  the command line cannot be carried out
  3  something is no longer there, no longer named, or cannot be told any longer";

/// What `compare` can be told.
///
/// Checks both signatures, and tells what is no longer there and between which two times it went, what is new, and what was
/// written in. Nothing is asked of a server.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Args {
    /// A report that `diagnose --report` wrote
    #[arg(value_name = "FILE")]
    one: PathBuf,
    /// Another one, of the same account; which is earlier, they say themselves
    #[arg(value_name = "FILE")]
    other: PathBuf,
    /// Print one JSON object per line, the last of type `result`
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: &Args) -> ExitCode {
    match difference(args) {
        Ok(difference) => {
            // Whoever reads may have gone.
            let _ = told(args, &difference);
            if is_less(&difference) { ExitCode::from(3) } else { ExitCode::SUCCESS }
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn difference(args: &Args) -> Result<Difference, Error> {
    Difference::of(read_report(&args.one)?.report(), read_report(&args.other)?.report())
}

fn told(args: &Args, difference: &Difference) -> std::io::Result<()> {
    let mut out = stdout().lock();
    if !args.json {
        return print::differences(&mut out, difference);
    }
    for change in &difference.changes {
        writeln!(out, "{}", print::change_line(change))?;
    }
    let mut result = print::sums(difference);
    if let Some(result) = result.as_object_mut() {
        result.insert("type".into(), "result".into());
    }
    writeln!(out, "{result}")
}
