//! Dismissing letters: done when the account document says so (PROTOCOL.md 18.4).

use crate::drive::account::TEAM;
use crate::drive::edit::{Edit, MailboxPlace, Viewed};
use crate::error::{Code, Error};
use crate::ids::{ChannelId, MessageHash};
use crate::ports::Millis;
use crate::session::Session;
use crate::session::effect::{Effect, Outcome, Ticket};
use crate::session::writing::Target;

/// A dismissal that is on its way into the account document.
#[derive(Debug)]
pub(super) struct Dismissing {
    channel: ChannelId,
    message: MessageHash,
    /// It was asked for again while it was under way: both end together.
    with: Option<Ticket>,
}

impl Session {
    /// Dismisses a message that a mailbox delivered; the next one may come. Ends with [`Outcome::Written`] once the
    /// account document that everybody reads holds it. Until then the message counts as dismissed here; a
    /// session that ends before has not dismissed it.
    ///
    /// # Errors
    /// `misuse/closed` when the mailbox is not open, `crypto/read-only`, `drive/incomplete` at once; what
    /// [`Session::edit`] may end with at the end. The message is then not dismissed.
    pub fn dismiss(&mut self, now: Millis, mailbox: Ticket, message: &MessageHash) -> Result<Ticket, Error> {
        self.check_open()?;
        let closed = || Error::new(Code::MisuseClosed, "the mailbox is not open");
        let (channel, place, dismissal) = self.dismiss_in_inbox(mailbox, message).ok_or_else(closed)?;
        let under_way = |(_, other): &(&Ticket, &Dismissing)| {
            other.with.is_none() && other.channel == channel && other.message == *message
        };
        let with = self.dismissals.iter().find(under_way).map(|(ticket, _)| *ticket);
        let with = with.filter(|_| dismissal.is_none());
        let ticket = match dismissal {
            None if with.is_some() => Ok(self.out.ticket()),
            Some(dismissal) => {
                let edit = Edit::MarkViewed(Viewed::new(place, dismissal));
                self.edit(now, Target::Account, vec![edit])
            }
            // Dismissed before, or no longer in the log: there is nothing to write.
            None => {
                let ticket = self.out.ticket();
                self.out.push(Effect::Done(ticket, Ok(Outcome::Written)));
                Ok(ticket)
            }
        };
        match &ticket {
            Ok(ticket) => {
                let dismissing = Dismissing { channel: channel.clone(), message: message.clone(), with };
                self.dismissals.insert(*ticket, dismissing);
            }
            Err(_) => self.not_dismissed_in_inbox(&channel, message),
        }
        self.serve_inbox(now, &channel);
        ticket
    }

    /// Looks whether an operation that ended was a dismissal.
    pub(super) fn dismissal_ended(&mut self, ticket: Ticket, error: Option<&Error>) {
        let Some(Dismissing { channel, message, .. }) = self.dismissals.remove(&ticket) else { return };
        if error.is_some() {
            self.not_dismissed_in_inbox(&channel, &message);
        }
        for (other, _) in self.dismissals.iter().filter(|(_, other)| other.with == Some(ticket)) {
            let result = error.map_or(Ok(Outcome::Written), |error| Err(error.clone()));
            self.out.push(Effect::Done(*other, result));
        }
    }
}

/// Where a mailbox of this name stands in the account document.
pub(super) fn place_of(name: &str) -> MailboxPlace {
    match name.strip_prefix(TEAM) {
        Some(id) => MailboxPlace::Team(id.to_owned()),
        None => MailboxPlace::Own(name.to_owned()),
    }
}
