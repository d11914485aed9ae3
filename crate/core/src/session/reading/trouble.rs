//! Documents that could not be read, or are in doubt: each is read again by itself, with longer and longer
//! rests, whatever becomes of the others.

use crate::ids::ChannelId;
use crate::net::document::Progress;
use crate::ports::{Due, UnixMillis, after, since};
use crate::session::parts::Parts;
use crate::session::reading::{LONGEST, Trouble};

impl Parts {
    /// Looks at whether a document has to be read again, and when.
    pub(in crate::session) fn note_trouble(&mut self, now: UnixMillis, channel: &ChannelId) {
        let Some(reading) = self.readers.each.get(channel).filter(|reading| !reading.reader.stays_out())
        else {
            return;
        };
        let doubt = reading.reader.in_doubt();
        let unread = self.keeping.is_on() && reading.reader.progress() == Progress::Unavailable;
        if !doubt && !unread {
            // It is well again, and its tries stay counted: somebody may damage it again and again.
            if let Some(trouble) = self.readers.troubled.get_mut(channel) {
                trouble.due = None;
            }
            return;
        }
        if !self.readers.troubled.contains_key(channel) {
            self.readers.troubled.insert(channel.clone(), Trouble::default());
        }
        if let Some(trouble) = self.readers.troubled.get_mut(channel) {
            if since(trouble.last, now) > 2 * LONGEST {
                trouble.tries = 0;
            }
            trouble.due.get_or_insert(after(now, trouble.rest(doubt)));
        }
    }

    /// The session stays current from now on: what could not be read is tried again.
    pub(in crate::session) fn note_troubles(&mut self, now: UnixMillis) {
        let channels: Vec<ChannelId> = self.readers.channels().cloned().collect();
        channels.iter().for_each(|channel| self.note_trouble(now, channel));
    }

    /// Reads again what is due.
    pub(in crate::session) fn tick_troubles(&mut self, now: UnixMillis) {
        if !self.wiring.is_open() {
            return;
        }
        let mut channels = Vec::new();
        for (channel, trouble) in self.readers.troubled.iter_mut() {
            if trouble.due.take_if(|due| *due <= now).is_some() {
                trouble.tries = trouble.tries.saturating_add(1);
                trouble.last = now;
                channels.push(channel.clone());
            }
        }
        for channel in channels {
            self.read_again(now, &channel);
        }
    }

    fn read_again(&mut self, now: UnixMillis, channel: &ChannelId) {
        let txid = self.out.txids();
        let Some(reading) = self.readers.each.get_mut(channel) else { return };
        if reading.reader.progress() == Progress::Unavailable {
            // The drive that declares it opens it anew.
            self.readers.each.remove(channel);
            self.keep_soon(now);
            return;
        }
        reading.due = Due::within(now, self.deadlines.progress);
        if let Some(ask) = reading.reader.read_again(txid) {
            self.ask(channel, ask);
        }
    }
}
