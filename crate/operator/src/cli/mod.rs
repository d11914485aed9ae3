//! The command line: options in, words or JSON out.

mod acts;
mod columns;
mod conflicts;
mod elsewhere;
mod ending;
mod going;
mod grounds;
mod mounted;
mod opened;
mod print;
mod repair;
mod told;

use clap::{CommandFactory, Parser, Subcommand};
use going::INTERRUPTED;
use opened::{Opened, Store, open};
use std::path::PathBuf;
use std::process::ExitCode;

/// Audit, archive and restore the data directory of a CryptPad server, losing nothing.
///
/// It needs no running server, and may run beside one. It reads CryptPad's own configuration and decrees. Only `purge` deletes anything,
/// and only what has been in cold storage for long.
#[derive(Debug, Parser)]
#[command(name = "pinfold-operator", version, after_long_help = MORE)]
pub(crate) struct Program {
    #[command(flatten)]
    pub(crate) store: Store,
    #[command(subcommand)]
    pub(crate) action: Action,
}

/// What an operator needs at 3 a.m.
const MORE: &str = "\
Every day, in this order:
  pinfold-operator audit                      what happened to the lists of pins
  pinfold-operator plan --out PLAN            judge every document; nothing moves
  pinfold-operator archive PLAN               mark, and move what has waited long enough
  pinfold-operator check --plan PLAN          is everything there?

Something is wrong:
  pinfold-operator hold --by YOU --why WHY    stop every removal at once
  pinfold-operator restore --reason INACTIVE  move back what was archived for want of activity
  pinfold-operator conflicts                  what lies in both places

Exit codes:
  0    all is well
  1    something was found or left undone: the output says what
  2    called wrongly
  3    refused to run, and nothing was changed but what an earlier run had left under way
  4    stopped in the middle by a hold, a clock or an error: the output says what was done and how much is left
  130  ended by Ctrl+C or SIGTERM, between two ids: nothing is half-done, the output says what was done, and the next run goes on.
       A second Ctrl+C ends at once; the next run, or `finish`, then finishes what was under way

Files, below data/pinfold of the base:
  acts.ndjson    the journal: every mark and every move
  walks.ndjson   complete looks at the store
  acknowledged.ndjson  who looked at which damaged line of the journal
  cold.ndjson    since when what others archived lies in cold storage
  HOLD           who stopped every removal, and why
  lock           held while a command runs that changes anything; a second one is refused

How far a run is goes to standard error: a bar on a terminal, elsewhere a line every half minute.";

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Action {
    /// Read all pin logs and tell of damage, bursts, and lists that shrank; changes nothing
    Audit,
    /// What could safely go, what is doubtful and why, and how fast the disk fills; changes nothing
    Preflight {
        /// Also write a page with pictures to this file
        #[arg(long)]
        html: Option<PathBuf>,
    },
    /// Judge every document and write down what a run would do; changes nothing but the record of walks
    Plan {
        /// Where to write the plan
        #[arg(long)]
        out: PathBuf,
        /// Judge cold storage: what could be removed from it for ever
        #[arg(long)]
        purge: bool,
        /// There are fewer pin logs, pins or bytes than at the last walk, and you know why
        #[arg(long)]
        accept_fewer: bool,
        /// You looked at every strange name among the pin logs
        #[arg(long)]
        accept_strays: bool,
        /// You know why so many pin logs are doubtful
        #[arg(long)]
        accept_doubtful: bool,
    },
    /// Carry out a plan: mark candidates, move to cold storage what has waited long enough
    Archive {
        /// The file that `plan` wrote
        plan: PathBuf,
        /// The digest of the plan: needed above the cap, and for ids that accounts named and have not reported on
        #[arg(long)]
        consent: Option<String>,
    },
    /// Carry out a plan made with --purge: remove from cold storage, once a week at most, and for ever
    Purge {
        /// The file that `plan --purge` wrote
        plan: PathBuf,
        /// The digest of the plan: needed above the cap
        #[arg(long)]
        consent: Option<String>,
        /// The hours of the day, UTC, in which it may run
        #[arg(long, default_value = "1-5")]
        hours: String,
        /// The object store whose copies the plan removes too: s3://BUCKET/FOLDER or file:///FOLDER
        #[arg(long)]
        object_store: Option<String>,
    },
    /// Move older copies from archive/generations into an object store: written if absent only, read back and compared before the local
    /// copy goes
    Send {
        /// s3://BUCKET/FOLDER or file:///FOLDER. Credentials come from the environment (AWS_ACCESS_KEY_ID, ...), never from here
        #[arg(long)]
        object_store: String,
    },
    /// Bring older copies back from an object store into archive/generations; the store keeps its own
    Fetch {
        /// The ids
        #[arg(required = true)]
        ids: Vec<String>,
        /// s3://BUCKET/FOLDER or file:///FOLDER
        #[arg(long)]
        object_store: String,
    },
    /// Carry out tasks whose time has come: channels that end on a day that their owner chose
    Expire,
    /// Move a whole account to cold storage
    ArchiveAccount {
        /// Its public key
        key: String,
        /// Its log-in block, if its pin log does not name it
        #[arg(long)]
        block: Option<String>,
        /// Why: the users see it
        #[arg(long)]
        reason: String,
    },
    /// Move a whole account back
    RestoreAccount {
        /// Its public key
        key: String,
    },
    /// List what one account alone pins
    OnlyPinnedBy {
        /// Its public key
        key: String,
    },
    /// Move back from cold storage
    Restore {
        /// These ids
        ids: Vec<String>,
        /// All that were archived for this reason, as the placeholder tells it
        #[arg(long, conflicts_with = "ids")]
        reason: Option<String>,
        /// All archived ids for which no placeholder gives a reason
        #[arg(long, conflicts_with_all = ["ids", "reason"])]
        without_reason: bool,
        /// All that a run moved: its name is in the journal and in the output of `archive`
        #[arg(long, conflicts_with_all = ["ids", "reason", "without_reason"])]
        run: Option<String>,
        /// All that an account names, as far as it was archived for want of activity
        #[arg(long, conflicts_with_all = ["ids", "reason", "without_reason", "run"])]
        account: Option<String>,
        /// All that a plan took
        #[arg(long, conflicts_with_all = ["ids", "reason", "without_reason", "run", "account"])]
        plan: Option<PathBuf>,
        /// Of ids that are nowhere here, bring the newest copy back from this object store first
        #[arg(long, requires = "ids")]
        object_store: Option<String>,
    },
    /// List ids that lie in both places, and what can be proved about them without a key
    Conflicts,
    /// Move the live side of a conflict to a numbered place, so that the archived side can return
    Aside {
        /// The id
        id: String,
    },
    /// Make an older copy the newest one in cold storage again, so that it can be restored: so a verdict is taken back
    Promote {
        /// The id
        id: String,
        /// The number of the older copy: the name of its folder in archive/generations
        number: u32,
    },
    /// Copy both sides of a conflict and all older copies into a folder, for somebody who can open the document
    Export {
        /// The ids
        #[arg(required_unless_present = "parquet")]
        ids: Vec<String>,
        /// The folder; nothing in it is overwritten
        #[arg(long, required_unless_present = "parquet")]
        out: Option<PathBuf>,
        /// Instead: write the whole store as tables into this folder, partitioned Parquet files and plan.sql; ids, times and sizes, no
        /// contents
        #[arg(long, conflicts_with_all = ["ids", "out"])]
        parquet: Option<PathBuf>,
    },
    /// Carry out what the holders of the keys decided about conflicts
    Settle {
        /// A file {"version":1,"verdicts":[{"id":ID,"right":"archived-wins"|"live-wins"|"merge"}]}
        file: PathBuf,
    },
    /// Write a notice for every account whose documents were moved, moved back, or lie in both places
    Notices {
        /// The folder: KEY.json, KEY.txt and KEY.html
        #[arg(long, required_unless_present = "sent")]
        out: Option<PathBuf>,
        /// Note that the notice to these accounts was really sent
        #[arg(long, num_args = 1..)]
        sent: Vec<String>,
    },
    /// Stop every removal at once, also that by CryptPad's own scripts
    Hold {
        /// Why
        #[arg(long)]
        why: String,
        /// Who
        #[arg(long)]
        by: String,
        /// Write no decrees: CryptPad's own scripts go on
        #[arg(long)]
        no_decrees: bool,
    },
    /// End the hold
    Release,
    /// Finish what a killed run left half-done
    Finish {
        /// End the act on this id as it stands, without moving anything: for one that cannot be finished, after you looked at its places
        #[arg(long, requires_all = ["by", "why"])]
        give_up: Option<String>,
        /// Who says so
        #[arg(long)]
        by: Option<String>,
        /// Why
        #[arg(long)]
        why: Option<String>,
    },
    /// Look at lines of the journal that cannot be read
    Journal {
        #[command(subcommand)]
        what: OfJournal,
    },
    /// Print the man page: `pinfold-operator man > pinfold-operator.1`
    Man,
    /// Compare accounts, places and journal with each other and with the last complete walk; changes nothing. Its exit code can stop a
    /// rollout
    Check {
        /// Also look whether everything that this plan left is still there
        #[arg(long)]
        plan: Option<PathBuf>,
        /// Also look at the copies in this object store: all of them by size, one in a hundred to its end
        #[arg(long)]
        object_store: Option<String>,
    },
}

/// What to do with the journal.
#[derive(Debug, Subcommand)]
pub(crate) enum OfJournal {
    /// List the lines that cannot be read, with what they name, and who acknowledged them
    Damage,
    /// Say that you looked at a damaged line and at its disk: `check` tells of it no longer. Nothing of the journal is deleted
    Acknowledge {
        /// The number of the line
        line: usize,
        /// The digest of what cannot be read, as `check` and `journal damage` print it
        #[arg(long)]
        digest: String,
        /// Who looked
        #[arg(long)]
        by: String,
        /// What became of what the line may have said
        #[arg(long)]
        why: String,
    },
}

/// Why nothing was done.
pub(crate) enum Failed {
    /// Refused, and nothing was changed.
    Refused(String),
    /// Stopped in the middle. What was done before is done, and was told.
    Stopped(String),
    /// Called wrongly.
    Usage(String),
    /// Ended between two ids, because the operator wanted it.
    Ended,
}

impl Failed {
    pub(crate) fn refused(error: impl ToString) -> Self {
        Self::Refused(error.to_string())
    }
}

/// Runs a command.
pub(crate) fn run(program: &Program) -> ExitCode {
    if matches!(program.action, Action::Man) {
        // A closed pipe is no failure of the command.
        let _ = clap_mangen::Man::new(Program::command()).render(&mut std::io::stdout());
        return ExitCode::SUCCESS;
    }
    match open(&program.store).and_then(|store| acts::act(program, &store)) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(Failed::Refused(why)) => {
            eprintln!("{}: {why}", ending::refused());
            ExitCode::from(3)
        }
        Err(Failed::Stopped(why)) => {
            eprintln!("stopped in the middle, and what was done before is done: {why}");
            ExitCode::from(4)
        }
        Err(Failed::Ended) => {
            eprintln!("ended between two ids: nothing is half-done, and the next run goes on");
            ExitCode::from(INTERRUPTED)
        }
        Err(Failed::Usage(why)) => {
            eprintln!("{why}");
            ExitCode::from(2)
        }
    }
}

#[cfg(test)]
mod tests;
