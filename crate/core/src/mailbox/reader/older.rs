//! Older letters, page by page, on demand (PROTOCOL.md 9.3).

use super::MailboxReader;
use super::letters::Letters;
use crate::channel::StoredLine;
use crate::error::{Code, Error};
use crate::ids::MessageHash;
use crate::mailbox::delivery::Delivery;

impl MailboxReader {
    /// Before which message the older ones are that were not read: the first of the last page, the first that
    /// was delivered, or the end of the dismissed prefix.
    pub fn begins(&self) -> Option<&MessageHash> {
        let Letters { begins, oldest, log, .. } = &self.letters;
        begins.as_ref().or(oldest.as_ref()).or(log.dismissed().last_known.as_ref())
    }

    /// Opens a page of the log that ends with the message of [`MailboxReader::begins`], without that one. They
    /// count their positions from 0.
    ///
    /// # Errors
    /// `mailbox/anchor-lost` when the page ends with another message: the log no longer holds it.
    pub fn older(&mut self, mut page: Vec<StoredLine>) -> Result<Vec<Delivery>, Error> {
        let last = page.pop().and_then(|line| MessageHash::of(&line.text));
        if last.is_none() || last.as_ref() != self.begins() {
            return Err(Error::new(
                Code::MailboxAnchorLost,
                "the log no longer holds where older messages end",
            ));
        }
        if let Some(first) = page.first().and_then(|line| MessageHash::of(&line.text)) {
            self.letters.begins = Some(first);
        }
        let named = page.iter().filter_map(|line| Some((MessageHash::of(&line.text)?, line)));
        let letters = named.enumerate();
        Ok(letters
            .map(|(at, (hash, line))| self.letters.desk.older(at as u64, hash, &line.text, line.time))
            .collect())
    }
}
