//! Why a run did not begin, or ended before its work was done.

use crate::archive::{ActError, Hands};
use crate::clock::ClockError;
use crate::hold;
use crate::refusal::Refusal;
use pinfold_datadir::id::KeyName;
use serde::{Serialize, Serializer};
use std::io;

/// Why a run did not begin, or ended before its plan did. As an error: nothing was done. In a result: what was done before is in it.
#[derive(Debug, thiserror::Error)]
pub enum Stop {
    /// There is a hold.
    #[error("a hold is set: {0}")]
    Hold(String),
    /// The plan is more than a day old, or of the future.
    #[error("the plan is more than a day old, or of the future: make a new one")]
    Expired,
    /// The plan itself, or a look at the store, says that nothing may be taken.
    #[error("nothing may be taken: {0}")]
    Refused(Refusal),
    /// The plan takes more than the cap and was not consented to.
    #[error("the plan takes more than the cap of one run, or sooner than 90 days: it needs --consent {0}")]
    Consent(String),
    /// The plan is for something else.
    #[error(
        "the plan was made for another command: `archive` takes what `plan` made, and `purge` what `plan --purge` made"
    )]
    Purpose,
    /// A pin log is not what the plan saw.
    #[error("the pin log {0} was replaced or cut since the plan was made, or is gone: make a new plan")]
    State(KeyName),
    /// Cold storage was emptied less than a week ago.
    #[error("cold storage was emptied less than a week ago: not before {} UTC", crate::when::moment(*.0))]
    TooSoon(i64),
    /// The clocks cannot be trusted, or the process slept.
    #[error(transparent)]
    Clock(#[from] ClockError),
    /// The store cannot be looked at again, or the journal cannot be written.
    #[error(transparent)]
    Disk(#[from] io::Error),
}

impl Stop {
    /// Whether the operator ended it before anything was done.
    pub fn is_end(&self) -> bool {
        matches!(self, Self::Refused(Refusal::Ended))
    }
}

impl From<ActError> for Stop {
    fn from(error: ActError) -> Self {
        Self::Disk(match error {
            ActError::Journal(error) | ActError::Shelf(error) => error,
            other => io::Error::other(other),
        })
    }
}

impl Serialize for Stop {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

/// A hold that cannot be read is a hold.
pub(crate) fn held(hands: &Hands<'_>) -> Result<(), Stop> {
    match hold::read(hands.disk, hands.paths)? {
        Some(hold) => Err(Stop::Hold(hold.to_string())),
        None => Ok(()),
    }
}
