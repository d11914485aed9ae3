//! Dismissing letters: done when the account document says so (PROTOCOL.md 18.4).

use crate::error::Error;
use crate::session::effect::{Effect, Outcome, Ticket};
use crate::session::parts::Parts;

impl Parts {
    /// Looks whether an operation that ended was a dismissal.
    pub(in crate::session) fn dismissal_ended(&mut self, ticket: Ticket, error: Option<&Error>) {
        let Some((letter, others)) = self.mail.dismissing.end(ticket) else { return };
        if error.is_some() {
            self.not_dismissed_in_inbox(&letter.0, &letter.1);
        }
        for other in others {
            let result = error.map_or(Ok(Outcome::Written), |error| Err(error.clone()));
            self.out.push(Effect::Done(other, result));
        }
    }
}
