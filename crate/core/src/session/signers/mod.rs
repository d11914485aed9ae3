//! The keys a session can sign with, and why calls were made under them.

mod calling;

use crate::ids::{ChannelId, EdPublic};
use crate::pins::set::PinBatch;
use crate::session::effect::Ticket;

/// Why a call was made.
#[derive(Debug)]
pub(super) enum Purpose {
    /// For the operation of this ticket.
    Operation(Ticket),
    /// To be told the server's time, with the cookie.
    Time,
    /// To be let into a restricted channel.
    Admission(ChannelId),
    /// To pin what has appeared, under this key.
    Keep(EdPublic, PinBatch),
    /// Before the same is asked once more: its result is not told.
    Before,
    /// To close a line that may be torn, before something is pinned under this key.
    Closing(EdPublic),
}
