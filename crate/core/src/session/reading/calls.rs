//! What is read, for the host.

use crate::session::Session;

impl Session {
    /// How many bytes wait: live messages for the end of a history, letters for their turn, pages of older ones and of
    /// histories for their end, and frames, letters and pages for the host to take them. A figure to watch; it comes back to
    /// nothing once everything is answered and taken, and every letter was kept or dismissed.
    pub fn waiting_bytes(&self) -> usize {
        let parts = &self.parts;
        let early = parts.readers.each.values().map(|reading| reading.reader.waiting_bytes()).sum::<usize>();
        #[cfg(feature = "recovery")]
        let early = early + parts.histories.bytes();
        early + parts.inboxes.bytes() + parts.mail.bytes() + parts.out.waiting_bytes()
    }
}
