//! Texts that were not kept when they arrived, asked for again before their letters' turn.

use super::letters::Letters;
use super::{Ask, MailboxReader};
use crate::channel::{At, Range, Trouble};

/// A request for texts that is under way.
#[derive(Debug)]
pub(super) struct Fetch {
    txid: u64,
    /// How many are still to come, and their bytes.
    left: usize,
    bytes: usize,
    /// One letter by itself, wherever it stands in the log.
    alone: bool,
}

impl MailboxReader {
    /// Bytes of ciphertext that are held of letters that wait: as many as was agreed on, and one letter more at most.
    pub fn bytes(&self) -> usize {
        self.letters.bytes()
    }

    /// Whether it is time to [`MailboxReader::fetch`].
    pub fn lacks_texts(&self) -> bool {
        let Letters { desk, window, fetch, .. } = &self.letters;
        matches!(self.machine.at(), At::Reading | At::Live)
            && fetch.is_none()
            && desk.queue().bytes() <= window / 2
            && desk.queue().lacking().next().is_some()
    }

    /// Asks for the next texts, as many as there is room for.
    pub fn fetch(&mut self, txid: u64) -> Option<Ask> {
        let (alone, room) = (self.letters.fetch_alone, self.letters.room());
        let mut lacking = self.letters.desk.queue().lacking();
        let (first, mut bytes) = lacking.next()?;
        let (mut last, mut left) = (first, 1);
        for (hash, length) in lacking {
            if alone || bytes + length > room {
                break;
            }
            (last, left, bytes) = (hash, left + 1, bytes + length);
        }
        let (first, last) = (first.clone(), Some(last.clone()));
        let range = match alone {
            true => Range::Last { count: 1, until: last },
            false => Range::Between { first: Some(first), last },
        };
        self.letters.fetch = Some(Fetch { txid, left, bytes, alone });
        Some(Ask::Range { txid, range })
    }

    /// Whether texts were asked for under this number.
    pub fn fetches(&self, txid: u64) -> bool {
        self.letters.fetch.as_ref().is_some_and(|fetch| fetch.txid == txid)
    }
}

impl Letters {
    fn bytes(&self) -> usize {
        let held = self.held.as_ref().map_or(0, |held| held.bytes());
        self.desk.queue().bytes() + held + self.waiting.bytes()
    }

    /// How much more there is room for.
    pub(super) fn room(&self) -> usize {
        let coming = self.fetch.as_ref().map_or(0, |fetch| fetch.bytes);
        self.window.saturating_sub(self.bytes() + coming)
    }

    /// A text of those that were asked for. What is not the next one is left alone.
    pub(super) fn text_came(&mut self, txid: u64, text: &str) {
        let expected = self.fetch.as_ref().is_some_and(|fetch| fetch.txid == txid && fetch.left > 0);
        if expected
            && self.fill(text)
            && let Some(fetch) = &mut self.fetch
        {
            fetch.left -= 1;
            fetch.bytes = fetch.bytes.saturating_sub(text.len());
        }
    }

    /// No more of them comes. One that was in the way of the rest is asked for by itself, and if it does not come then,
    /// the log no longer holds it: it is delivered in its place without a text.
    ///
    /// # Errors
    /// When the server cannot read its log.
    pub(super) fn texts_ended(&mut self, txid: u64, readable: bool) -> Result<(), Trouble> {
        let Some(fetch) = self.fetch.take_if(|fetch| fetch.txid == txid) else { return Ok(()) };
        if !readable {
            return Err(Trouble::Log("the server cannot read the mailbox"));
        }
        let missing = fetch.left > 0;
        if missing && fetch.alone {
            self.desk.give_up();
        }
        self.fetch_alone = missing && !fetch.alone;
        Ok(())
    }
}
