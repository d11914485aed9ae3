//! How a run ended, as one number for shells.

use pinfold_core::drive::complete::Drive;
use pinfold_core::error::{Code, Error};
use pinfold_core::pin_run::Receipt;

/// The end of a run. The numbers are an interface: see docs/cli.md.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Everything was read, and the server confirmed that its list is exactly what the drive names.
    Complete,
    /// What would be done was shown, and nothing was done.
    Planned,
    /// It did not come to an end.
    Failed,
    /// The command line is not one that can be carried out.
    Usage,
    /// Something could not be read: what is known was added, nothing was removed.
    Partial,
    /// Pins were sent, and it is not known that the server's list is what it should be.
    Unconfirmed,
    /// Everything was read and is pinned; the server's list also holds what the drive does not name, which stays.
    Retained,
}

impl Verdict {
    pub(super) const fn code(self) -> u8 {
        match self {
            Self::Complete | Self::Planned => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::Partial => 3,
            Self::Unconfirmed => 4,
            Self::Retained => 5,
        }
    }

    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::Planned => "planned",
            Self::Failed => "failed",
            Self::Usage => "usage",
            Self::Partial => "partial",
            Self::Unconfirmed => "unconfirmed",
            Self::Retained => "retained",
        }
    }

    /// How much there is to do, of several that ended in one run.
    pub(super) const fn severity(&self) -> u8 {
        match self {
            Self::Complete | Self::Planned => 0,
            Self::Retained => 1,
            Self::Partial => 2,
            Self::Unconfirmed => 3,
            Self::Failed | Self::Usage => 4,
        }
    }

    /// After a run that ended with an error.
    pub(super) fn of_error(error: &Error) -> Self {
        match error.code() {
            Code::PinsUnconfirmed | Code::PinsMismatch | Code::PinsMoved => Self::Unconfirmed,
            Code::MisuseBadArgument => Self::Usage,
            _ => Self::Failed,
        }
    }

    /// After a run whose pins were answered.
    pub(super) fn of_receipt(drive: &Drive, receipt: &Receipt) -> Self {
        match drive {
            _ if !receipt.refused.is_empty() => Self::Failed,
            Drive::Partial(_) => Self::Partial,
            Drive::Complete(_) if receipt.confirmed() && receipt.retained == 0 => Self::Complete,
            Drive::Complete(_) => Self::Retained,
        }
    }
}
