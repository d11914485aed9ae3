//! Logs on their way from the store and to it.

use crate::drive::complete::Drive;
use crate::error::{Code, Error};
use crate::ids::ChannelId;
use crate::json::Text;
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
        let Some(names) = names else { return self.begin_with(channel, [None, None]) };
        if self.logs.old {
            for part in Part::BOTH {
                let key = [LOG, channel.as_str(), "-", part.as_str()].concat();
                self.out.push(Effect::Forget { key });
            }
        }
        for key in names.clone() {
            self.out.push(Effect::Recall { key });
        }
        let by = after(now, self.deadlines.store);
        self.logs.recalls.insert(channel.clone(), Recall { names, found: [None, None], answers: 0, by });
        self.logs.forgotten.remove(&channel.as_str().into());
    }

    /// An answer of the store; whether it was about a log.
    pub(in crate::session) fn recalled(&mut self, name: &str, result: &Result<Option<&[u8]>, Error>) -> bool {
        if !name.starts_with(LOG) {
            return false;
        }
        self.logs.late = false;
        let asked = |(channel, recall): (&ChannelId, &mut Recall)| {
            let at = recall.names.iter().position(|known| known == name)?;
            let text = result.as_ref().ok().copied().flatten();
            let text = text.and_then(|bytes| std::str::from_utf8(bytes).ok()).map(str::to_owned);
            if let Some(slot) = recall.found.get_mut(at) {
                *slot = text;
            }
            recall.answers += 1;
            Some((channel.clone(), recall.answers))
        };
        let answered = self.logs.recalls.iter_mut().find_map(asked);
        // Nobody waits any longer for an answer that comes too late.
        if let Some((channel, answers)) = answered
            && answers == Part::BOTH.len()
            && let Some(recall) = self.logs.recalls.remove(&channel)
        {
            self.begin_with(&channel, recall.found);
        }
        true
    }

    fn begin_with(&mut self, channel: &ChannelId, [base, tail]: [Option<String>; 2]) {
        let Some(reader) = self.readers.get_mut(channel) else { return };
        let ask = reader.recalled(base.as_deref(), tail.as_deref());
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

    /// Stores what has changed of a channel's log. While the store rests, that waits.
    pub(in crate::session) fn store_log(&mut self, channel: &ChannelId) {
        if self.guard.store_rests() {
            return;
        }
        let Some(names) = self.log_names(channel.as_str()) else { return };
        let Some(reader) = self.readers.get_mut(channel) else { return };
        for (part, text) in reader.take_log() {
            let [base, tail] = &names;
            let key = match part {
                Part::Base => base,
                Part::Tail => tail,
            };
            self.out.push(Effect::Store { key: key.clone(), bytes: text.into_bytes() });
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

    fn log_names(&self, channel: &str) -> Option<[String; 2]> {
        let names = self.guard.names()?;
        Some(Part::BOTH.map(|part| [LOG, &names.name(&[channel, part.as_str()])].concat()))
    }
}
