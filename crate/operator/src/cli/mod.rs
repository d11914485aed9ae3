//! The command line: options in, words or JSON out.

mod acts;
mod print;

use clap::{Args, Parser, Subcommand};
use pinfold_datadir::config::{Config, Plain};
use pinfold_datadir::decrees::Decrees;
use pinfold_datadir::disk::read_if_there;
use pinfold_datadir::paths::Paths;
use pinfold_datadir::real::RealDisk;
use pinfold_operator::policy::Policy;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};

/// Audit, archive and restore the data directory of a CryptPad server, losing nothing.
///
/// Nothing is deleted by any command. Exit codes: 0 all is well, 1 something was found or left undone, 2 called wrongly,
/// 3 refused to run and nothing was changed.
#[derive(Debug, Parser)]
#[command(name = "pinfold-operator", version)]
pub(crate) struct Program {
    #[command(flatten)]
    pub(crate) store: Store,
    #[command(subcommand)]
    pub(crate) action: Action,
}

/// Which store.
#[derive(Debug, Args)]
pub(crate) struct Store {
    /// The folder in which the server is started: relative paths begin there
    #[arg(long, global = true, default_value = ".")]
    base: PathBuf,
    /// CryptPad's configuration file [default: config/config.js below the base]
    #[arg(long, global = true)]
    config: Option<PathBuf>,
    /// Say that this store has no pin logs: without them nobody wants anything
    #[arg(long, global = true)]
    pub(crate) no_pin_logs: bool,
    /// Print JSON
    #[arg(long, global = true)]
    pub(crate) json: bool,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Action {
    /// Read all pin logs and tell of damage, bursts, and lists that shrank; changes nothing
    Audit,
    /// Judge every document and write down what a run would do; changes nothing but the record of walks
    Plan {
        /// Where to write the plan
        #[arg(long)]
        out: PathBuf,
        /// There are fewer pin logs or pins than at the last walk, and you know why
        #[arg(long)]
        accept_fewer: bool,
    },
    /// Carry out a plan: mark candidates, move to cold storage what has waited long enough
    Archive {
        /// The file that `plan` wrote
        plan: PathBuf,
        /// The digest of the plan: needed above the cap, and for ids that accounts named and have not reported on
        #[arg(long)]
        consent: Option<String>,
    },
    /// Move back from cold storage
    Restore {
        /// These ids
        ids: Vec<String>,
        /// All that were archived for this reason, as the placeholder tells it
        #[arg(long, conflicts_with = "ids")]
        reason: Option<String>,
    },
    /// List ids that lie in both places, and what can be proved about them without a key
    Conflicts,
    /// Move the live side of a conflict to a numbered place, so that the archived side can return
    Aside {
        /// The id
        id: String,
    },
    /// Stop every removal at once
    Hold {
        /// Why
        #[arg(long)]
        why: String,
        /// Who
        #[arg(long)]
        by: String,
    },
    /// End the hold
    Release,
    /// Finish what a killed run left half-done
    Finish,
    /// Compare accounts, places and journal
    Check,
}

/// A store that can be looked at.
pub(crate) struct Opened {
    pub(crate) paths: Paths,
    pub(crate) policy: Policy,
    pub(crate) now: i64,
}

/// Why nothing was done.
pub(crate) enum Failed {
    /// Refused, and nothing was changed.
    Refused(String),
    /// Called wrongly.
    Usage(String),
}

impl Failed {
    pub(crate) fn refused(error: impl ToString) -> Self {
        Self::Refused(error.to_string())
    }
}

/// Runs a command.
pub(crate) fn run(program: &Program) -> ExitCode {
    match open(&program.store).and_then(|store| acts::act(program, &store)) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(Failed::Refused(why)) => {
            eprintln!("refused, and nothing was changed: {why}");
            ExitCode::from(3)
        }
        Err(Failed::Usage(why)) => {
            eprintln!("{why}");
            ExitCode::from(2)
        }
    }
}

fn open(store: &Store) -> Result<Opened, Failed> {
    let file = store.config.clone().unwrap_or_else(|| store.base.join("config/config.js"));
    let text = std::fs::read_to_string(&file)
        .map_err(|error| Failed::Refused(format!("{}: {error}", file.display())))?;
    let config =
        Config::read(&text).map_err(|error| Failed::Refused(format!("{}: {error}", file.display())))?;
    if config.get("pinPath").is_none_or(|path| *path == Plain::Text(String::new())) {
        // Two programs of CryptPad have two defaults for this one path; guessing is how a run without pins begins.
        return Err(Failed::Refused(format!(
            "{} does not say where the pin logs lie: set pinPath",
            file.display()
        )));
    }
    let paths = config.paths(&store.base).map_err(Failed::refused)?;
    let decrees = read_if_there(&RealDisk, &paths.decree_log(), 1 << 28).map_err(Failed::refused)?;
    let policy =
        Policy::of(&config, &Decrees::read(&decrees.unwrap_or_default())).map_err(Failed::refused)?;
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_err(Failed::refused)?.as_millis();
    Ok(Opened { paths, policy, now: i64::try_from(now).unwrap_or(i64::MAX) })
}
