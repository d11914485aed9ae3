//! What came for an operation.

use crate::error::Error;
use crate::rpc::command::Reply;
use crate::session::effect::HttpReply;
use crate::wire::keeper::Existence;

/// What came for an operation. It names the operation by its ticket, so one that began later is never given it.
#[derive(Debug)]
pub(super) enum News {
    /// The answer over HTTP.
    Http(Result<HttpReply, Error>),
    /// A signed call ended.
    Called(Result<Reply, Error>),
    /// Whether a channel is there.
    Existence(Existence),
    /// What it wrote is in the document, or why it is not.
    Written(Result<(), Error>),
}
