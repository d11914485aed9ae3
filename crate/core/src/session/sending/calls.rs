//! Letters, for the host.

use crate::drive::edit::{Edit, Viewed};
use crate::error::{Code, Error};
use crate::ids::MessageHash;
use crate::json::Object;
use crate::ports::UnixMillis;
use crate::session::Session;
use crate::session::effect::{Effect, Outcome, Ticket};
use crate::session::sending::Recipient;
use crate::session::writing::Target;

impl Session {
    /// Dismisses a message that a mailbox delivered; the next one may come. Ends with [`Outcome::Written`] once the
    /// account document that everybody reads holds it. Until then the message counts as dismissed here; a
    /// session that ends before has not dismissed it.
    ///
    /// # Errors
    /// `misuse/closed` when the mailbox is not open, `crypto/read-only`, `drive/incomplete` at once; what
    /// [`Session::edit`] may end with at the end. The message is then not dismissed.
    pub fn dismiss(
        &mut self,
        now: UnixMillis,
        mailbox: Ticket,
        message: &MessageHash,
    ) -> Result<Ticket, Error> {
        self.check_open()?;
        let closed = || Error::new(Code::MisuseClosed, "the mailbox is not open");
        let (channel, place, dismissal) = self.parts.dismiss_in_inbox(mailbox, message).ok_or_else(closed)?;
        let letter = (channel.clone(), message.clone());
        let ticket = match dismissal {
            Some(dismissal) => {
                let edit = Edit::MarkViewed(Viewed::new(place, dismissal));
                let ticket = self.edit(now, Target::Account, vec![edit]);
                match &ticket {
                    Ok(ticket) => self.parts.mail.dismissing.add(*ticket, letter),
                    Err(_) => self.parts.not_dismissed_in_inbox(&channel, message),
                }
                ticket
            }
            None => {
                let ticket = self.parts.out.ticket();
                match self.parts.mail.dismissing.asked.get_mut(&letter) {
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

    /// Reads letters from before the oldest that a mailbox delivered, [`PAGE`](crate::session::sending::PAGE) at most, whether dismissed or not. Ends
    /// with [`Outcome::Older`]. They stand outside the order of deliveries, and need not be kept.
    ///
    /// # Errors
    /// `misuse/closed` when the mailbox is not open, `net/closed` at once; `net/*`, `peer/*`, `rpc/refused`,
    /// `mailbox/anchor-lost` at the end.
    pub fn older_letters(&mut self, now: UnixMillis, mailbox: Ticket, count: usize) -> Result<Ticket, Error> {
        self.check_open()?;
        self.parts.older_letters(now, mailbox, count)
    }

    /// Seals a message of this kind to somebody and sends it. What the account says of itself is added to the
    /// content, as `user`. Ends with [`Outcome::Sent`].
    ///
    /// # Errors
    /// `misuse/closed`, `drive/unreadable` when the account holds no key to write letters with, `net/closed`,
    /// `host/no-entropy`, `crypto/malformed` at once; `rpc/refused`, `net/*` at the end. After `net/*` the letter may
    /// have been stored; sent again, it is another letter.
    pub fn send_letter(
        &mut self,
        now: UnixMillis,
        recipient: &Recipient,
        kind: &str,
        content: Object,
    ) -> Result<Ticket, Error> {
        self.check_open()?;
        self.parts.send_letter(now, recipient, kind, content)
    }
}
