//! The connection as a session sees it.

mod asking;
mod routing;

use core::time::Duration;

use crate::compact::SortedMap;
use crate::error::{Code, Error};
use crate::ids::ChannelId;
use crate::net::link::Link;
use crate::ports::{UnixMillis, since};
use crate::session::effect::Ticket;

/// For whom it is asked whether a channel is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asker {
    /// Whoever reads the channel.
    Reader,
    /// The operation of this ticket.
    Operation(Ticket),
}

/// Whether what came may let something go on, beside its own channel. Each kind of frame says it for itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Moved {
    Nothing,
    Perhaps,
}

impl From<bool> for Moved {
    fn from(moved: bool) -> Self {
        if moved { Self::Perhaps } else { Self::Nothing }
    }
}

/// The socket.
#[derive(Debug, Default)]
enum Wire {
    #[default]
    Down,
    /// Lost while something was followed: dialled anew when the time has come, or when an operation asks.
    Resting {
        until: UnixMillis,
    },
    Dialing {
        deadline: UnixMillis,
    },
    /// Open; `named_by` for the server to name us.
    Up {
        link: Link,
        named_by: UnixMillis,
    },
}

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Wiring {
    wire: Wire,
    /// How often a connection was dialled since the last one that was of use.
    attempt: u32,
    /// How many connections in a row ended because of what the server said, and since when there is one.
    faults: u32,
    connected_at: UnixMillis,
    /// Which channel an anonymous "is it new?" asks about, and for whom.
    existence: SortedMap<String, (ChannelId, Asker)>,
    /// What other clients sent and nobody wanted.
    ignored: u64,
}

impl Wiring {
    pub(super) const fn is_down(&self) -> bool {
        matches!(self.wire, Wire::Down)
    }

    pub(super) const fn is_dialing(&self) -> bool {
        matches!(self.wire, Wire::Dialing { .. })
    }

    /// Whether there is a connection on which something can be asked.
    pub(super) fn is_open(&self) -> bool {
        matches!(&self.wire, Wire::Up { link, .. } if link.identified())
    }

    /// The connection, once something can be asked on it.
    pub(super) fn link(&mut self) -> Option<&mut Link> {
        match &mut self.wire {
            Wire::Up { link, .. } if link.identified() => Some(link),
            _ => None,
        }
    }

    pub(super) fn deadline(&self) -> Option<UnixMillis> {
        match &self.wire {
            Wire::Down => None,
            Wire::Resting { until: deadline } | Wire::Dialing { deadline } => Some(*deadline),
            Wire::Up { link, named_by } => {
                let named = link.identified();
                Some(if named { link.deadline() } else { (*named_by).min(link.deadline()) })
            }
        }
    }

    /// The connection is gone, or given up; when it is made anew, if ever. Whether there was one.
    pub(super) fn end(&mut self, retry_at: Option<UnixMillis>) -> bool {
        self.existence.clear();
        let next = retry_at.map_or(Wire::Down, |until| Wire::Resting { until });
        matches!(std::mem::replace(&mut self.wire, next), Wire::Up { .. })
    }

    /// A server that says the same wrong thing on each connection is dialled less and less often. One that was well for
    /// `long` begins anew.
    pub(super) fn count_fault(&mut self, now: UnixMillis, error: &Error, long: Duration) {
        let server_is_wrong = matches!(error.code(), Code::PeerMalformed | Code::PeerOversized);
        if !server_is_wrong || since(self.connected_at, now) > long {
            self.faults = 0;
        }
        self.faults += u32::from(server_is_wrong);
    }

    /// How many attempts in a row were of no use.
    pub(super) fn failures(&self) -> u32 {
        self.attempt.max(self.faults)
    }

    /// Something of other clients was passed over: the count, where it is to be told.
    pub(super) fn pass_over(&mut self) -> Option<u64> {
        self.ignored += 1;
        (self.ignored == 10_u64.pow(self.ignored.ilog10())).then_some(self.ignored)
    }

    /// How much of other clients was passed over.
    pub(super) const fn ignored(&self) -> u64 {
        self.ignored
    }
}
