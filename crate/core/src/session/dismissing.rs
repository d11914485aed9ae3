//! Dismissing letters: done when the account document says so (PROTOCOL.md 18.4).

use std::collections::HashMap;

use crate::drive::account::TEAM;
use crate::drive::edit::{Edit, MailboxPlace, Viewed};
use crate::error::{Code, Error};
use crate::ids::{ChannelId, MessageHash};
use crate::ports::Millis;
use crate::session::Session;
use crate::session::effect::{Effect, Outcome, Ticket};
use crate::session::parts::Parts;
use crate::session::writing::Target;

/// Dismissals that are on their way into the account document.
#[derive(Debug, Default)]
pub(super) struct Dismissing {
    /// Which letter, by the ticket of the edit.
    letters: HashMap<Ticket, Letter>,
    /// The ticket of the edit, and of those who asked for the same while it was under way: all end together.
    asked: HashMap<Letter, (Ticket, Vec<Ticket>)>,
}

/// A letter of a mailbox.
type Letter = (ChannelId, MessageHash);

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
        let (channel, place, dismissal) = self.parts.dismiss_in_inbox(mailbox, message).ok_or_else(closed)?;
        let letter = (channel.clone(), message.clone());
        let ticket = match dismissal {
            Some(dismissal) => {
                let edit = Edit::MarkViewed(Viewed::new(place, dismissal));
                let ticket = self.edit(now, Target::Account, vec![edit]);
                match &ticket {
                    Ok(ticket) => self.parts.dismissing.add(*ticket, letter),
                    Err(_) => self.parts.not_dismissed_in_inbox(&channel, message),
                }
                ticket
            }
            None => {
                let ticket = self.parts.out.ticket();
                match self.parts.dismissing.asked.get_mut(&letter) {
                    Some((_, others)) => others.push(ticket),
                    // Dismissed before, or no longer in the log: there is nothing to write.
                    None => self.parts.out.push(Effect::Done(ticket, Ok(Outcome::Written))),
                }
                Ok(ticket)
            }
        };
        self.parts.serve_inbox(now, &channel);
        ticket
    }
}

impl Parts {
    /// Looks whether an operation that ended was a dismissal.
    pub(super) fn dismissal_ended(&mut self, ticket: Ticket, error: Option<&Error>) {
        let Some((letter, others)) = self.dismissing.end(ticket) else { return };
        if error.is_some() {
            self.not_dismissed_in_inbox(&letter.0, &letter.1);
        }
        for other in others {
            let result = error.map_or(Ok(Outcome::Written), |error| Err(error.clone()));
            self.out.push(Effect::Done(other, result));
        }
    }
}

impl Dismissing {
    /// An edit dismisses a letter. Who waits for an earlier one of the same letter waits for this one.
    fn add(&mut self, ticket: Ticket, letter: Letter) {
        self.letters.insert(ticket, letter.clone());
        self.asked.entry(letter).or_insert((ticket, Vec::new())).0 = ticket;
    }

    /// The letter that an edit dismissed, and who else waits for that.
    fn end(&mut self, ticket: Ticket) -> Option<(Letter, Vec<Ticket>)> {
        let letter = self.letters.remove(&ticket)?;
        let others = match self.asked.get(&letter) {
            Some((last, _)) if *last == ticket => self.asked.remove(&letter).map(|(_, others)| others),
            _ => None,
        };
        Some((letter, others.unwrap_or_default()))
    }
}

/// Where a mailbox of this name stands in the account document.
pub(super) fn place_of(name: &str) -> MailboxPlace {
    match name.strip_prefix(TEAM) {
        Some(id) => MailboxPlace::Team(id.to_owned()),
        None => MailboxPlace::Own(name.to_owned()),
    }
}
