//! Logs of channels in the host's store: what makes the second start fast, and settles nothing.

use crate::error::Error;
use crate::ids::ChannelId;
use crate::net::kept_log::Part;
use crate::ports::Millis;
use crate::session::Session;
use crate::session::effect::Effect;

/// The records of one channel as far as they were fetched.
#[derive(Debug, Default)]
pub(super) struct Recall {
    base: Option<String>,
    tail: Option<String>,
    answers: usize,
}

impl Session {
    /// Keeps the logs of what is read in the host's store, from the next reading on: ciphertexts, as the
    /// server has them. For hosts that have one.
    pub fn keep_logs(&mut self) {
        self.keeps_logs = true;
    }

    /// Begins a reading with what was kept of its channel.
    pub(super) fn recall(&mut self, channel: &ChannelId) {
        self.recalls.insert(channel.clone(), Recall::default());
        for part in Part::BOTH {
            self.out.push_back(Effect::Fetch { key: key(channel, part) });
        }
    }

    /// An answer of the store; whether it was about a log.
    pub(super) fn recalled(
        &mut self,
        now: Millis,
        name: &str,
        result: &Result<Option<&[u8]>, Error>,
    ) -> bool {
        let Some((channel, part)) = named(name) else { return false };
        let Some(recall) = self.recalls.get_mut(&channel) else { return true };
        // A store that fails is one that holds nothing: reading goes on without it.
        let text = result.as_ref().ok().copied().flatten();
        let text = text.and_then(|bytes| std::str::from_utf8(bytes).ok()).map(str::to_owned);
        *match part {
            Part::Base => &mut recall.base,
            Part::Tail => &mut recall.tail,
        } = text;
        recall.answers += 1;
        if recall.answers == Part::BOTH.len()
            && let Some(Recall { base, tail, .. }) = self.recalls.remove(&channel)
            && let Some(reading) = self.readers.get_mut(&channel)
        {
            let asks = reading.reader.recalled(base.as_deref(), tail.as_deref());
            self.stirred = true;
            for ask in asks {
                self.ask(now, &channel, ask);
            }
        }
        true
    }

    /// Stores what has changed of a channel's log.
    pub(super) fn store_log(&mut self, channel: &ChannelId) {
        let Some(reading) = self.readers.get_mut(channel) else { return };
        for (part, text) in reading.reader.take_log() {
            self.out.push_back(Effect::Store { key: key(channel, part), bytes: text.into_bytes() });
        }
    }
}

fn key(channel: &ChannelId, part: Part) -> String {
    ["log-", channel.as_str(), "-", part.as_str()].concat()
}

fn named(key: &str) -> Option<(ChannelId, Part)> {
    let (channel, part) = key.strip_prefix("log-")?.rsplit_once('-')?;
    let part = Part::BOTH.into_iter().find(|known| known.as_str() == part)?;
    Some((ChannelId::parse(channel)?, part))
}
