//! Letters to others, pages of older ones, and dismissals: what is under way.

mod calls;
mod dismissing;
mod letters;
mod paging;

use crate::channel::Page;
use crate::compact::SortedMap;
use crate::crypto::curve::CurvePublic;
use crate::error::{Code, Error};
use crate::ids::{ChannelId, MessageHash};
use crate::ports::{Delay, Due, UnixMillis};
use crate::session::effect::Ticket;
use core::time::Duration;
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
struct Sending {
    ticket: Ticket,
    due: Due,
}

/// The most letters of one page: opening them must not be felt.
pub const PAGE: usize = 50;

/// A page that is being read.
#[derive(Debug)]
struct Older {
    ticket: Ticket,
    channel: ChannelId,
    wanted: usize,
    messages: Page,
    due: Due,
}

/// What is under way of letters.
#[derive(Debug, Default)]
pub(super) struct Mail {
    /// Letters on their way, by transaction id.
    sending: SortedMap<String, Sending>,
    /// Pages of older letters that are being read, by transaction id.
    pages: SortedMap<u64, Older>,
    dismissing: Dismissing,
}

impl Mail {
    /// Whether no answer of the server is awaited.
    pub(super) fn is_idle(&self) -> bool {
        self.sending.is_empty() && self.pages.is_empty()
    }

    /// Whether a letter is on its way.
    pub(super) fn sends(&self) -> bool {
        !self.sending.is_empty()
    }

    pub(super) fn deadline(&self) -> Option<UnixMillis> {
        let letters = self.sending.values().map(|sending| sending.due.at());
        letters.chain(self.pages.values().map(|page| page.due.at())).min()
    }

    /// Part of a frame came.
    pub(super) fn put_off(&mut self, delay: Delay, progress: Duration, answer: Duration) {
        self.pages.values_mut().for_each(|page| page.due.put_off(delay, progress));
        self.sending.values_mut().for_each(|sending| sending.due.put_off(delay, answer));
    }

    /// How many bytes of pages have arrived.
    pub(super) fn bytes(&self) -> usize {
        self.pages.values().map(|page| page.messages.bytes()).sum()
    }
}

/// Dismissals that are on their way into the account document.
#[derive(Debug, Default)]
struct Dismissing {
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
