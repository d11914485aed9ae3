//! What the rest of the session asks of the channels that are read.

use core::time::Duration;

use crate::ids::ChannelId;
use crate::json::Text;
use crate::net::departures::Left;
use crate::net::document::{DocumentReader, SyncedDoc};
use crate::net::unavailable::Unavailable;
use crate::ports::{Delay, UnixMillis};
use crate::session::reading::{Line, Readers};
use crate::session::scope::Scope;

impl Readers {
    /// The reader of a channel, whatever it is read for.
    pub(in crate::session) fn get(&self, channel: &ChannelId) -> Option<&DocumentReader> {
        self.each.get(channel).map(|reading| &reading.reader)
    }

    /// As [`Self::get`]: who writes into a channel, or keeps its log, works with its reader.
    pub(in crate::session) fn get_mut(&mut self, channel: &ChannelId) -> Option<&mut DocumentReader> {
        self.each.get_mut(channel).map(|reading| &mut reading.reader)
    }

    /// The reader of a channel that a drive needs.
    pub(in crate::session) fn of_drive(&self, channel: &ChannelId) -> Option<&DocumentReader> {
        self.get(channel).filter(|reader| !reader.stays_out())
    }

    /// What came of reading a channel; `None` while it is read, or is not.
    pub(in crate::session) fn outcome(
        &mut self,
        channel: &ChannelId,
    ) -> Option<Result<SyncedDoc, Unavailable>> {
        self.get_mut(channel)?.outcome()
    }

    /// The document of a channel as it stands, once read to its end; as it stood, while there is no connection.
    pub(in crate::session) fn last(&mut self, channel: &ChannelId) -> Option<SyncedDoc> {
        self.get_mut(channel)?.last()
    }

    /// The channels that are read, and those of which reading has failed.
    pub(in crate::session) fn channels(&self) -> impl Iterator<Item = &ChannelId> {
        self.each.iter().map(|(channel, _)| channel)
    }

    pub(in crate::session) fn is_empty(&self) -> bool {
        self.each.is_empty()
    }

    /// Forgets a reader. The session remains a member of the channel.
    pub(in crate::session) fn remove(&mut self, channel: &ChannelId) {
        self.each.remove(channel);
    }

    /// The drives that were loaded.
    pub(in crate::session) fn drives(&self) -> impl Iterator<Item = &Scope> {
        self.followed.iter().map(|(scope, _)| scope)
    }

    /// Whether a drive that was loaded needs a channel.
    pub(in crate::session) fn is_needed(&self, channel: &ChannelId) -> bool {
        self.followed.values().flatten().any(|needed| needed == channel)
    }

    /// The name of the state that the followed documents are in.
    pub(in crate::session) const fn version(&self) -> u64 {
        self.version
    }

    /// A new connection: its first state has this name.
    pub(in crate::session) fn begin_version(&mut self, version: u64) {
        self.version = version;
    }

    /// A followed document has changed: a pin set of before does not describe it.
    pub(in crate::session) fn changed(&mut self) {
        self.version = self.version.wrapping_add(1);
    }

    /// When the next answer is due. Documents in trouble are read again only where something can be asked.
    pub(in crate::session) fn deadline(&self, connected: bool) -> Option<UnixMillis> {
        let answers = self.each.values().filter_map(|reading| reading.deadline());
        let troubles = self.troubled.values().filter_map(|trouble| trouble.due).filter(|_| connected);
        answers.chain(troubles).min()
    }

    /// See [`Due::put_off`](crate::ports::Due::put_off).
    pub(in crate::session) fn put_off(&mut self, delay: Delay, progress: Duration) {
        self.each.values_mut().for_each(|reading| reading.due.put_off(delay, progress));
    }

    /// "Is it new?" is asked of this channel once the history keeper is known.
    pub(in crate::session) fn wait_for_keeper(&mut self, channel: &ChannelId) {
        if let Some(reading) = self.each.get_mut(channel) {
            reading.waits_for_keeper = true;
        }
    }

    /// A channel has to be joined again. Whether its reader can go on from where it was; otherwise it is gone.
    pub(in crate::session) fn suspend(&mut self, channel: &ChannelId) -> bool {
        let goes_on = self.each.get_mut(channel).is_some_and(|reading| reading.suspend());
        if !goes_on {
            self.each.remove(channel);
        }
        goes_on
    }

    /// The connection is gone. What can go on from where it was is suspended.
    pub(in crate::session) fn suspend_all(&mut self) {
        self.each.retain(|_, reading| reading.suspend());
    }

    /// The connection is gone, and nothing goes on.
    pub(in crate::session) fn end(&mut self) {
        self.each.clear();
    }

    /// Nothing of the account's drives is known any more.
    pub(in crate::session) fn forget_drives(&mut self) {
        self.followed.clear();
        self.troubled.clear();
    }

    /// What left the documents since they were looked at before, and the line that took it out: the first of its kind,
    /// because whoever sends it again did not write it.
    pub(in crate::session) fn departures(&self) -> impl Iterator<Item = (&ChannelId, Left, Option<&Line>)> {
        self.each.iter().flat_map(|(channel, reading)| {
            reading.reader.left().into_iter().map(move |left| {
                let line = reading.lines.iter().find(|line| line.message == left.message);
                (channel, left, line)
            })
        })
    }

    /// The messages of a channel, the last ones, in the order in which they came.
    #[cfg(feature = "recovery")]
    pub(in crate::session) fn lines(&self, channel: &ChannelId) -> &[Line] {
        self.each.get(channel).map(|reading| reading.lines.as_slice()).unwrap_or_default()
    }

    /// Who wrote what moved a document and was not taken here before.
    pub(in crate::session) fn take_authors(&mut self, channel: &ChannelId) -> Vec<Text> {
        let Some(reading) = self.each.get_mut(channel) else { return Vec::new() };
        let fresh = reading.reader.take_fresh();
        let is_fresh = |line: &&Line| line.number.is_some_and(|number| fresh.binary_search(&number).is_ok());
        reading.lines.iter().filter(is_fresh).filter_map(|line| line.author.clone()).collect()
    }

    /// The messages of a document, if it was not known where it was looked at before; taken once.
    pub(in crate::session) fn take_raw(&mut self, channel: &ChannelId) -> Option<Vec<String>> {
        self.each.get_mut(channel)?.raw.take().map(|(raw, _)| raw)
    }
}
