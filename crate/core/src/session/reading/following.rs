//! The channels that are read and followed, whatever they are read for.

use crate::channel::{Ask, Input, Progress};
use crate::compact::sorted;
use crate::ids::ChannelId;
use crate::net::document::DocumentReader;
use crate::ports::{Due, UnixMillis};
use crate::session::effect::Effect;
use crate::session::parts::Parts;
use crate::session::reading::{IN_FLIGHT, Reading};
use crate::session::scope::Scope;

impl Parts {
    /// Starts to read a channel.
    pub(in crate::session) fn read(
        &mut self,
        now: UnixMillis,
        channel: &ChannelId,
        (mut reader, asks): (DocumentReader, Vec<Ask>),
    ) {
        // Up to where the account document was looked at before may be written in that document only.
        let home = self.who.home() == Some(channel);
        let raw = (home && self.known_place(channel.as_str()).is_none()).then(Default::default);
        if let Some(known) = self.known_place(channel.as_str()) {
            reader.expect(known);
        }
        if let Some(looked_at) = self.looked_at(channel.as_str()) {
            reader.mark(looked_at);
        }
        let kept = self.logs.are_kept()
            && !reader.stays_out()
            && channel.as_str().bytes().all(|byte| byte.is_ascii_alphanumeric());
        if kept {
            reader.keep_log();
        }
        let due = Due::within(now, self.deadlines.progress);
        let reading = Reading { reader, raw, lines: Vec::new(), due, waits_for_keeper: false };
        self.readers.each.insert(channel.clone(), Box::new(reading));
        if kept {
            self.recall(now, channel);
        }
        for ask in asks {
            self.ask(channel, ask);
        }
    }

    /// How many more folders may be read now.
    pub(in crate::session) fn free_slots(&self) -> usize {
        let root = self.who.home();
        let reading = self.readers.each.iter().filter(|(channel, r)| Some(*channel) != root && r.pending());
        IN_FLIGHT.saturating_sub(reading.count())
    }

    /// What was followed when a connection was lost goes on: the account document first.
    pub(in crate::session) fn resume_readers(&mut self, now: UnixMillis) {
        let root = self.who.home();
        let suspended = |reading: &Reading| reading.reader.progress() == Progress::Suspended;
        let (roots, folders): (Vec<_>, Vec<_>) = self
            .readers
            .each
            .iter()
            .filter(|(_, reading)| suspended(reading))
            .map(|(channel, _)| channel.clone())
            .partition(|channel| Some(channel) == root);
        for channel in roots.into_iter().chain(folders.into_iter().take(self.free_slots())) {
            let (txid, due) = (self.out.txids(), Due::within(now, self.deadlines.progress));
            let Some(reading) = self.readers.each.get_mut(&channel) else { continue };
            reading.due = due;
            for ask in reading.reader.resume(txid) {
                self.ask(&channel, ask);
            }
        }
    }

    /// Says what a drive needs followed. What no drive needs any longer is let go.
    pub(in crate::session) fn follow_only(&mut self, scope: &Scope, channels: Vec<ChannelId>) {
        self.readers.followed.insert(scope.clone(), channels);
        let root = self.who.home();
        let keep: Vec<&ChannelId> = self.readers.followed.values().flatten().chain(root).collect();
        let keep = sorted(keep, &|a, b| a.cmp(b));
        let needed = |channel: &ChannelId| keep.binary_search(&channel).is_ok();
        let mut dropped = Vec::new();
        // What is only looked into stays, except where a drive needs the channel.
        self.readers.each.retain(|channel, reading| {
            let (needed, stays_out) = (needed(channel), reading.reader.stays_out());
            if !needed && !stays_out {
                dropped.push(channel.clone());
            }
            needed != stays_out
        });
        self.readers.troubled.retain(|channel, _| needed(channel));
        dropped.iter().for_each(|channel| self.forget_log(channel.as_str()));
    }

    /// Stops reading a channel, and leaves it: only an operation needed it, and that is over.
    pub(in crate::session) fn leave(&mut self, channel: &ChannelId) {
        self.logs.await_no_more(channel);
        self.readers.troubled.remove(channel);
        if self.readers.each.remove(channel).is_none() {
            return;
        }
        self.forget_log(channel.as_str());
        if let Some(link) = self.wiring.link() {
            let frame = link.leave(channel);
            self.out.push(Effect::Send(frame));
        }
    }

    /// Whether a channel is read as one that a drive needs.
    pub(in crate::session) fn reads(&self, channel: &ChannelId) -> bool {
        self.readers.of_drive(channel).is_some()
    }

    /// A second attempt reads again what the first could not.
    pub(in crate::session) fn retry_unavailable(&mut self) {
        self.readers.each.retain(|_, reading| reading.reader.progress() != Progress::Unavailable);
    }

    /// Hands an event to the reader of a channel, if there is one, and carries out what it asks for. `false`:
    /// nothing came of it that could let anything else go on.
    pub(in crate::session) fn tell_reader(
        &mut self,
        now: UnixMillis,
        channel: &ChannelId,
        input: Input<'_>,
    ) -> bool {
        let Some(reading) = self.readers.each.get_mut(channel) else { return false };
        let stays_out = reading.reader.stays_out();
        let mut live = !stays_out && matches!(input, Input::ChannelError { .. });
        let from_others = matches!(input, Input::Live { .. });
        let joined = matches!(input, Input::Joined);
        if reading.reader.is_answer(&input) {
            reading.due = Due::within(now, self.deadlines.progress);
        }
        let before = reading.reader.progress();
        let (known, ignored) = (reading.reader.messages(), reading.reader.ignored());
        let (number, heard) = (reading.reader.next_number(), reading.reader.hears());
        let ask = reading.reader.handle(input);
        match input {
            Input::History { line, .. } => reading.note_line(line, number),
            // A message that was passed over has no author.
            Input::Live { line } if heard.is_some() && heard == reading.reader.hears() => {
                reading.note_line(line, number);
            }
            _ => {}
        }
        live |= from_others && !stays_out && reading.reader.messages() != known;
        let passed_over = reading.reader.ignored() - ignored;
        let moved = live || reading.reader.progress() != before;
        let moved_on = moved || ask.is_some();
        let asks_existence = joined && std::mem::take(&mut reading.waits_for_keeper);
        if live {
            self.readers.changed();
        }
        self.ignore(passed_over);
        if asks_existence {
            self.ask(channel, Ask::Existence);
        }
        if let Some(ask) = ask {
            self.ask(channel, ask);
        }
        if moved && !stays_out {
            self.keep_soon(now);
            self.store_log(channel);
            self.note_trouble(now, channel);
        }
        moved_on
    }

    pub(in crate::session) fn expire_readers(&mut self, now: UnixMillis) {
        let late = |reading: &Reading| reading.deadline().is_some_and(|deadline| deadline <= now);
        let late: Vec<ChannelId> =
            self.readers.each.iter().filter(|(_, r)| late(r)).map(|(channel, _)| channel.clone()).collect();
        for channel in late {
            self.tell_reader(now, &channel, Input::Deadline);
        }
    }
}
