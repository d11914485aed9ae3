//! Letters to others, pages of older ones, and dismissals: what is under way.

mod calls;
mod dismissing;
mod letters;
mod paging;

use crate::channel::Page;
use crate::crypto::curve::CurvePublic;
use crate::error::{Code, Error};
use crate::ids::{ChannelId, MessageHash};
use crate::ports::Due;
use crate::session::effect::Ticket;
use std::collections::HashMap;

/// Who gets a letter: what a contact, or somebody who asks to be one, says of themselves.
#[derive(Debug, Clone)]
pub struct Recipient {
    curve: CurvePublic,
    mailbox: ChannelId,
}

impl Recipient {
    /// A recipient by the curve key that letters are sealed to and the channel of the mailbox.
    ///
    /// # Errors
    /// `misuse/bad-argument` when one of them is not valid.
    pub fn new(curve_public: &str, mailbox: &str) -> Result<Self, Error> {
        let bad =
            |which| Error::new(Code::MisuseBadArgument, "no such recipient can be").with("argument", which);
        Ok(Self {
            curve: CurvePublic::from_base64(curve_public).map_err(|_| bad("curvePublic"))?,
            mailbox: ChannelId::parse(mailbox).ok_or_else(|| bad("notifications"))?,
        })
    }
}

/// A letter on its way.
#[derive(Debug)]
pub(super) struct Sending {
    ticket: Ticket,
    pub(super) due: Due,
}

/// The most letters of one page: opening them must not be felt.
pub const PAGE: usize = 50;

/// A page that is being read.
#[derive(Debug)]
pub(super) struct Older {
    ticket: Ticket,
    channel: ChannelId,
    wanted: usize,
    messages: Page,
    pub(super) due: Due,
}

impl Older {
    /// How many bytes of it have arrived.
    pub(super) fn bytes(&self) -> usize {
        self.messages.bytes()
    }
}

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
