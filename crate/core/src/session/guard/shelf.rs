//! The kinds of record in the host's store, and how far each is.

use crate::guard::sealed::StoreKey;
use crate::ports::UnixMillis;

/// What is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Ledger,
    Vault,
    Changes,
}

impl Kind {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Ledger => "ledger",
            Self::Vault => "vault",
            Self::Changes => "changes",
        }
    }
}

#[derive(Debug, Clone, Copy)]
pub(super) enum State {
    /// Asked for; by when there has to be an answer.
    Fetching(UnixMillis),
    Known,
    /// What cannot be read is set aside; by when the store has to answer.
    Aside(UnixMillis),
    /// Written; by when the store has to say that it was.
    Storing(UnixMillis),
    /// The store failed or did not answer; when it is asked again. An answer that comes late counts.
    Resting(UnixMillis),
}

/// One kind of record in the host's store.
#[derive(Debug)]
pub(super) struct Shelf {
    pub(super) kind: Kind,
    /// The name it has there. It says which shelf it is only to whoever has the account's keys.
    pub(super) name: String,
    /// The name it had until version 0.1: a hash of the account's channel, which a server can make, too.
    pub(super) old_name: String,
    /// Whether something is there under the old name that is to be written under the new one.
    pub(super) moves: bool,
    pub(super) key: StoreKey,
    pub(super) state: State,
    /// What could not be read and is not known to be set aside, and the number of the place where it is to be.
    pub(super) aside: Option<(Vec<u8>, u8)>,
    /// Whether the first answer came, or was waited for long enough.
    pub(super) opened: bool,
    /// Whether there is something to be written.
    pub(super) changed: bool,
    /// How often the store failed since it last did what it was asked.
    pub(super) failures: u32,
}

impl Shelf {
    /// Under which name what cannot be read is being set aside.
    pub(super) fn aside_name(&self) -> Option<String> {
        let (_, number) = self.aside.as_ref().filter(|_| matches!(self.state, State::Aside(_)))?;
        Some(match number {
            1 => [self.name.as_str(), "-unreadable"].concat(),
            number => [self.name.as_str(), "-unreadable-", &number.to_string()].concat(),
        })
    }
}
