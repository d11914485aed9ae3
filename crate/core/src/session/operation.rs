//! What an operation is: a value that is asked to go on, and that nobody looks into.
//!
//! ```text
//! started ──advance, hear, late──▶ Goes ──…──▶ Over: its ticket is told the result
//!    │                              ╰──▶ another operation goes on under the same ticket
//!    ╰──lost, give_up──▶ Over
//! ```
//! One runs at a time. Each is a file of its own: opening, loading, pinning, making.

use core::time::Duration;

use crate::error::Error;
use crate::ports::UnixMillis;
use crate::session::effect::Outcome;
use crate::session::news::News;
use crate::session::parts::Parts;

/// Where an operation is after a step.
pub(super) enum Progress {
    /// It goes on, as this.
    Goes(Box<dyn Operation>),
    /// It ended, and has left nothing behind.
    Over(Result<Outcome, Error>),
}

impl Progress {
    pub(super) const fn failed(error: Error) -> Self {
        Self::Over(Err(error))
    }
}

/// See the module. Each step takes the operation and gives it back, or its end.
///
/// Not `Debug`: a trait object brings all that its methods need into the download, and that would be the text of every
/// type an operation holds.
pub(super) trait Operation: Send {
    /// Does what can be done now. Called when something may have changed, while the connection is of use: it depends
    /// on the state of the parts alone, not on how that came about.
    fn advance(self: Box<Self>, parts: &mut Parts, now: UnixMillis) -> Progress;

    /// Whether it changes something on the server that was asked for.
    fn writes(&self) -> bool {
        false
    }

    /// Takes in what came for it.
    fn hear(self: Box<Self>, parts: &mut Parts, now: UnixMillis, news: News) -> Progress;

    /// When [`Self::late`] is due.
    fn deadline(&self) -> Option<UnixMillis>;

    /// For so long nothing was taken in: what it awaits may be there.
    fn put_off(&mut self, _work: Duration) {}

    /// Its deadline has passed, or that of an answer over HTTP.
    fn late(self: Box<Self>, parts: &mut Parts, now: UnixMillis) -> Progress;

    /// The connection is gone, and why.
    fn lost(self: Box<Self>, parts: &mut Parts, now: UnixMillis, error: &Error) -> Progress;

    /// It is given up, and why. It withdraws what is not on the wire yet; an answer to what is on the wire goes to nobody.
    /// The error that comes back says what is not known because of that.
    fn give_up(self: Box<Self>, parts: &mut Parts, now: UnixMillis, error: &Error) -> Error;
}
