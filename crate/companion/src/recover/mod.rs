//! `pinfold-companion restore`, `undo`, `conflict` and `delete`: putting back what was lost, taking that back, bringing two copies
//! of one document together, and deleting only what was meant. Histories come from an operator's files; what is written goes to the server.

mod conflict;
mod delete;
mod live;
mod restore;
mod undo;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use pinfold_client::trust::certificates;
use pinfold_core::error::Error;

pub(crate) use conflict::Args as ConflictArgs;
pub(crate) use conflict::run as conflict;
pub(crate) use delete::Args as DeleteArgs;
pub(crate) use delete::run as delete;
pub(crate) use restore::Args as RestoreArgs;
pub(crate) use restore::run as restore;
pub(crate) use undo::Args as UndoArgs;
pub(crate) use undo::run as undo;

/// Whose account it is, and where.
#[derive(Debug, clap::Args)]
pub(crate) struct Account {
    /// The instance that is written to, as its pages are addressed: https://pad.example.org
    #[arg(long, value_name = "URL")]
    origin: String,
    /// The account's name, as typed when logging in
    #[arg(long, value_name = "NAME")]
    user: String,
    /// The instance's own salt for log-ins, if its operator has set one
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    login_salt: String,
    /// Remember here, encrypted, what was pinned and which keys left: the directory that `sync --state` uses
    #[arg(long, value_name = "DIR")]
    state: Option<PathBuf>,
    /// How long to wait for each next sign of progress
    #[arg(long, value_name = "DURATION", default_value = "30s", value_parser = humantime::parse_duration)]
    patience: Duration,
    /// Trust the certificates in this PEM file besides the system's
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
    /// Say what would be done, and change nothing
    #[arg(long)]
    dry_run: bool,
    /// Print one JSON object per line, the last of type `result`
    #[arg(long)]
    json: bool,
}

impl Account {
    fn extra_roots(&self) -> Result<Vec<Vec<u8>>, Error> {
        self.ca.as_deref().map_or_else(|| Ok(Vec::new()), certificates)
    }
}

/// The exit code of a command that tells how much it had to leave.
fn ended(left: Result<usize, Error>) -> ExitCode {
    match left {
        Ok(0) => ExitCode::SUCCESS,
        Ok(_) => ExitCode::from(3),
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
