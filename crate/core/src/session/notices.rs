//! Messages from a part to the code above it. A part only calls code below it. Messages for the code above wait in one
//! queue. They are handed up when the step is over.

use std::collections::VecDeque;

use crate::error::Error;
use crate::ids::{ChannelId, EdPublic};
use crate::rpc::command::{Command, Reply};
use crate::session::effect::Ticket;
use crate::session::news::News;
use crate::session::signers::Purpose;
use crate::session::wiring::Asker;
use crate::wire::keeper::Existence;

/// One message.
#[derive(Debug)]
pub(super) enum Notice {
    /// For the operation of this ticket. If it has ended meanwhile, for nobody.
    Operation(Ticket, News),
    /// A signed call ended that no operation had made.
    Called(Purpose, Result<Reply, Error>),
    /// The server carried this out under a key. `followed`: a session that stays current sent it.
    CarriedOut { signer: EdPublic, command: Command, followed: bool },
    /// An edit of the host's ended.
    Edited(Ticket, Result<(), Error>),
    /// Nobody can be asked to let us into this channel.
    Denied(ChannelId),
    /// It could not be asked whether a channel is there.
    Existence(ChannelId, Asker, Existence),
}

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Notices {
    /// The oldest first.
    waiting: VecDeque<Notice>,
}

impl Notices {
    pub(super) fn leave(&mut self, notice: Notice) {
        self.waiting.push_back(notice);
    }

    pub(super) fn next(&mut self) -> Option<Notice> {
        self.waiting.pop_front()
    }
}
