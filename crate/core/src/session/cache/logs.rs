//! Logs on their way from the store and to it.

use crate::drive::complete::Drive;
use crate::error::{Code, Error};
use crate::ids::ChannelId;
use crate::json::Text;
use crate::net::document::DocumentReader;
use crate::net::kept_log::Part;
use crate::ports::{UnixMillis, after};
use crate::session::cache::Recall;
use crate::session::effect::Effect;
use crate::session::parts::Parts;

/// Every name of a log begins with this: by it a store that is full knows which records it may let go.
const LOG: &str = "log-";

impl Parts {
    /// The store is one that version 0.1 used.
    pub(in crate::session) fn logs_are_old(&mut self) {
        self.logs.old = true;
    }

    /// Begins a reading with what was kept of its channel.
    pub(in crate::session) fn recall(&mut self, now: UnixMillis, channel: &ChannelId) {
        let names = self.log_names(channel.as_str()).filter(|_| !self.logs.late && !self.guard.store_rests());
        let Some(names) = names else { return self.begin_with(channel, [None, None, None]) };
        if self.logs.old {
            for part in [Part::Base, Part::Tail] {
                let key = [LOG, channel.as_str(), "-", part.as_str()].concat();
                self.out.push(Effect::Forget { key });
            }
        }
        let [_, tail, state] = names.clone();
        self.out.push(Effect::Recall { key: tail });
        self.out.push(Effect::Recall { key: state });
        let by = after(now, self.deadlines.store);
        let recall = Recall { names, found: [None, None, None], answered: [false; 3], by };
        self.logs.recalls.insert(channel.clone(), recall);
        self.logs.forgotten.remove(&channel.as_str().into());
    }

    /// An answer of the store; whether it was about a log.
    pub(in crate::session) fn recalled(
        &mut self,
        now: UnixMillis,
        name: &str,
        result: &Result<Option<&[u8]>, Error>,
    ) -> bool {
        if !name.starts_with(LOG) {
            return false;
        }
        self.logs.late = false;
        let asked = |(channel, recall): (&ChannelId, &mut Recall)| {
            let at = recall.names.iter().position(|known| known == name)?;
            let bytes = result.as_ref().ok().copied().flatten().map(<[u8]>::to_vec);
            let (slot, answered) = recall.found.get_mut(at).zip(recall.answered.get_mut(at))?;
            // An answer that comes twice says nothing new.
            let again = std::mem::replace(answered, true);
            *slot = bytes;
            (!again).then(|| (channel.clone(), recall.answered))
        };
        let answered = self.logs.recalls.iter_mut().find_map(asked);
        // Nobody waits any longer for an answer that comes too late.
        let Some((channel, answered)) = answered else { return true };
        match answered {
            [true, true, true] => {
                let recall = self.logs.recalls.remove(&channel);
                recall.into_iter().for_each(|recall| self.begin_with(&channel, recall.found));
            }
            [false, true, true] if !self.goes_on(&channel) => {
                // The log, where there is one.
                if let Some(recall) = self.logs.recalls.get_mut(&channel) {
                    recall.by = after(now, self.deadlines.store);
                    let [base, ..] = &recall.names;
                    self.out.push(Effect::Recall { key: base.clone() });
                }
            }
            _ => {}
        }
        true
    }

    /// Begins where the last session ended, if what was kept of that will do.
    fn goes_on(&mut self, channel: &ChannelId) -> bool {
        let Some(Recall { found: [_, Some(tail), Some(state)], .. }) = self.logs.recalls.get(channel) else {
            return false;
        };
        let state = self.guard.states().and_then(|key| key.open_bytes(state).ok());
        let text = state.as_ref().and_then(|state| std::str::from_utf8(state).ok());
        let tail = std::str::from_utf8(tail).ok();
        let goes_on = |reader: &mut DocumentReader| {
            text.zip(tail).is_some_and(|(text, tail)| reader.go_on(text, tail)).then(|| reader.begin())
        };
        let Some(ask) = self.readers.get_mut(channel).and_then(goes_on) else { return false };
        self.logs.recalls.remove(channel);
        if let Some(ask) = ask {
            self.ask(channel, ask);
        }
        true
    }

    fn begin_with(&mut self, channel: &ChannelId, [base, tail, _]: [Option<Vec<u8>>; 3]) {
        let Some(reader) = self.readers.get_mut(channel) else { return };
        let [base, tail] = [&base, &tail].map(|found| std::str::from_utf8(found.as_deref()?).ok());
        let ask = reader.recalled(base, tail);
        if let Some(ask) = ask {
            self.ask(channel, ask);
        }
    }

    /// Channels whose logs the store did not find in time are read without them.
    pub(in crate::session) fn expire_recalls(&mut self, now: UnixMillis) {
        let late = |(channel, recall): (&ChannelId, &Recall)| (recall.by <= now).then(|| channel.clone());
        let late: Vec<ChannelId> = self.logs.recalls.iter().filter_map(late).collect();
        for channel in late {
            if !std::mem::replace(&mut self.logs.late, true) && !self.guard.store_rests() {
                self.tell_storage(Error::new(Code::HostStorage, "the local store does not answer"));
            }
            if let Some(recall) = self.logs.recalls.remove(&channel) {
                self.begin_with(&channel, recall.found);
            }
        }
    }

    /// Stores what has changed of a channel: its state, or where there is none its log. A log that was stored before stays: it is read
    /// only where a state will not do, and the server is asked for what came since. While the store rests, all that waits.
    pub(in crate::session) fn store_log(&mut self, channel: &ChannelId) {
        let rests = self.guard.store_rests();
        let Some(names) = self.log_names(channel.as_str()) else { return };
        let Some(reader) = self.readers.get_mut(channel) else { return };
        if rests {
            return reader.hold_no_log();
        }
        let changes = reader.take_log();
        let [base, tail, state] = names;
        let mut sealed = false;
        for (part, bytes) in changes {
            let (key, bytes) = match part {
                Part::State if bytes.is_empty() => {
                    self.out.push(Effect::Forget { key: state.clone() });
                    continue;
                }
                Part::State => {
                    let key = self.guard.states();
                    let record =
                        key.and_then(|key| key.seal_bytes(&bytes.into_vec(), &mut *self.entropy).ok());
                    let Some(record) = record else { continue };
                    sealed = true;
                    (&state, record.into())
                }
                Part::Base if sealed => continue,
                Part::Base => (&base, bytes),
                Part::Tail => (&tail, bytes),
            };
            self.out.push(Effect::Store { key: key.clone(), bytes });
        }
    }

    /// The store's word on a log, or on what was put aside. A log that was not stored is read anew from the server.
    pub(in crate::session) fn log_stored(&mut self, name: &str, result: Result<(), Error>) {
        let log = name.starts_with(LOG);
        match result {
            Ok(()) => self.logs.failing &= !log,
            Err(error) => {
                if !log || !std::mem::replace(&mut self.logs.failing, true) {
                    self.tell_storage(error);
                }
            }
        }
    }

    /// Takes the log of a channel away.
    pub(in crate::session) fn forget_log(&mut self, channel: &str) {
        if !self.logs.kept || self.logs.forgotten.insert(channel.into(), ()).is_some() {
            return;
        }
        for key in self.log_names(channel).into_iter().flatten() {
            self.out.push(Effect::Forget { key });
        }
    }

    /// Takes away the logs of folders that this drive named once and names no longer.
    pub(in crate::session) fn forget_logs(&mut self, drive: &Drive) {
        let Some(owner) = drive.whose().signed_by() else { return };
        let book = self.guard.ledger().book(owner);
        let declared = |channel: &Text| {
            drive.folders().iter().any(|folder| {
                let opens = folder.declared.opens.as_ref();
                opens.is_some_and(|opens| *channel == opens.channel.as_str())
                    || folder.declared.pinned.as_ref() == Some(channel)
            })
        };
        let read = |channel: &Text| self.readers.channels().any(|known| *channel == known.as_str());
        let left: Vec<String> = book
            .folders()
            .filter(|channel| !declared(channel) && !read(channel))
            .filter_map(|channel| channel.as_str().map(str::to_owned))
            .collect();
        left.iter().for_each(|channel| self.forget_log(channel));
    }

    fn log_names(&self, channel: &str) -> Option<[String; 3]> {
        let names = self.guard.names()?;
        Some(Part::ALL.map(|part| [LOG, &names.name(&[channel, part.as_str()])].concat()))
    }
}
