//! Why nothing may be taken.

use pinfold_datadir::walk::Odd;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// Why nothing may be taken after this survey.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Refusal {
    /// Something could not be listed or read.
    #[error("{path} could not be read: {reason}", path = .0.display(), reason = .1)]
    Incomplete(PathBuf, String),
    /// A folder that was named does not exist.
    #[error("{} does not exist or is not a folder", .0.display())]
    NoFolder(PathBuf),
    /// There is not a single pin log.
    #[error("there is no pin log at all below {}", .0.display())]
    NoPinLogs(PathBuf),
    /// There are accounts, and none of them has a pin log.
    #[error("there are {0} log-in blocks and no pin log")]
    BlocksWithoutLogs(usize),
    /// There are more accounts than pin logs, those in cold storage counted.
    #[error("there are {blocks} log-in blocks and only {logs} pin logs")]
    FewerLogsThanBlocks {
        /// Blocks at their live places.
        blocks: usize,
        /// Pin logs, live and in cold storage.
        logs: usize,
    },
    /// Something that is no pin log lies among them. It may be one under another name.
    #[error("{path} lies among the pin logs, and is no pin log ({what}). CryptPad's own scripts stop reading pins there", path = .0.display(), what = crate::words::odd(*.1))]
    AmongPins(PathBuf, Odd),
    /// Too many pin logs are doubtful for an accident of one account.
    #[error("{doubtful} of {logs} pin logs are doubtful")]
    Doubtful {
        /// How many are doubtful.
        doubtful: usize,
        /// How many there are.
        logs: usize,
    },
    /// The clocks cannot be trusted, or the process slept.
    #[error("{0}")]
    Clock(String),
    /// The operator ended it before the look at the store was complete.
    #[error("the look at the store was ended before it was complete")]
    Ended,
    /// Somebody else moved documents to cold storage while this looked.
    #[error(
        "CryptPad's evict-inactive moved {0} documents meanwhile: take it out of the cron table, and look again"
    )]
    Moving(usize),
    /// Much less is there than at the last run.
    #[error("there are {now} {what}, and there were {before} at the last run")]
    Fewer {
        /// What there is less of.
        what: String,
        /// How many there are.
        now: u64,
        /// How many there were.
        before: u64,
    },
}
