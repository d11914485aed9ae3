//! The socket as a session sees it.

mod asking;
mod routing;

use crate::net::link::Link;
use crate::ports::UnixMillis;
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

/// The socket as the session sees it.
#[derive(Debug)]
pub(super) enum Wire {
    Down,
    /// Lost while something was followed: dialled anew when the time has come, or when an operation asks.
    Resting {
        until: UnixMillis,
    },
    Dialing {
        deadline: UnixMillis,
    },
    /// Open; `deadline` for the server to name us.
    Up {
        link: Link,
        named_by: UnixMillis,
    },
}

impl Wire {
    pub(super) fn dialing(&self) -> bool {
        matches!(self, Self::Dialing { .. })
    }

    pub(super) fn deadline(&self) -> Option<UnixMillis> {
        match self {
            Self::Down => None,
            Self::Resting { until: deadline } | Self::Dialing { deadline } => Some(*deadline),
            Self::Up { link, named_by } => {
                let named = link.identified();
                Some(if named { link.deadline() } else { (*named_by).min(link.deadline()) })
            }
        }
    }

    pub(super) fn link(&mut self) -> Option<&mut Link> {
        match self {
            Self::Up { link, .. } if link.identified() => Some(link),
            _ => None,
        }
    }
}
