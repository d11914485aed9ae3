//! Takes in what is known beside the histories, and answers from it.

use std::collections::HashSet;

use pinfold_core::pins::log::Command;

use crate::investigation::Investigation;
use crate::pin_log::{PinCause, PinLog, PinStep};

impl Investigation {
    /// Takes in that one of the account's clients let go of these ids, as the account's pin log tells: who removed them
    /// at that time was the user.
    pub fn unpinned<'p>(&mut self, ids: impl IntoIterator<Item = &'p str>, time: u64) {
        for id in ids {
            enter(self.evidence.unpins.entry(id.to_owned()).or_default(), time);
        }
    }

    /// Takes in that a client of the account's, or of a team's ([`Self::team_keys`]), set its list of pins as a whole, as it does once it
    /// has read every folder: which ids are on that list. What is no document of the account is passed over. Ask once everything is read.
    pub fn listed<'p>(&mut self, ids: impl IntoIterator<Item = &'p str>, time: u64) {
        for id in ids {
            if self.place_of(id).is_some() {
                enter(self.evidence.listed.entry(id.to_owned()).or_default(), time);
            }
        }
    }

    /// When a list of pins that names a document was set as a whole, sorted.
    pub(crate) fn listed_times(&self, channel: &str) -> &[u64] {
        self.evidence.listed.get(channel).map(Vec::as_slice).unwrap_or_default()
    }

    /// Takes in that an operator had archived a channel from one time to another, in milliseconds since the epoch, and gave a
    /// reason that clients erase keys for; `until` is `None` where it was not put back. What leaves in that time was erased by a
    /// client: nobody else could remove it earlier.
    pub fn was_archived(&mut self, channel: &str, from: u64, until: Option<u64>) {
        self.evidence.away.entry(channel.to_owned()).or_default().push((from, until));
    }

    /// Whether an operator had archived a channel at that time.
    pub(crate) fn was_away(&self, channel: &str, at: u64) -> bool {
        let times = self.evidence.away.get(channel).map(Vec::as_slice).unwrap_or_default();
        times.iter().any(|(from, until)| *from <= at && until.is_none_or(|until| at < until))
    }

    /// What an operator says of a channel, as far as an incident goes: whether it is back that was in the archive then, or still is.
    pub(crate) fn is_back(&self, channel: &str, (from, to): (u64, u64)) -> Option<bool> {
        let times = self.evidence.away.get(channel)?;
        let still = times.iter().any(|(_, until)| until.is_none());
        let then =
            |(start, until): &(u64, Option<u64>)| *start <= to && until.is_some_and(|until| until >= from);
        (still || times.is_empty() || times.iter().any(then)).then_some(!still)
    }

    /// Takes in what a list of pins lost in changes of which something came back later (H3): the device's log of pin changes tells it
    /// ([`PinLog::gaps`](crate::PinLog::gaps)), or the server's.
    pub fn pins_regrew(&mut self, ids: impl IntoIterator<Item = String>) {
        self.evidence.gaps.extend(ids);
    }

    /// Whether a list of pins lost it, and got back what it lost with it.
    pub(crate) fn is_in_a_gap(&self, id: &str) -> bool {
        self.evidence.gaps.contains(id)
    }

    /// Takes in the log that the account's devices keep: what a list of pins lost when it shrank and grew again (H3); which documents were
    /// on a list that was set as a whole; and what the user removed on one of these devices, which erase no key. Its times are the
    /// devices'. Ask once everything is read.
    pub fn pins_changed(&mut self, log: &PinLog) {
        self.pins_regrew(log.gaps());
        self.evidence.removed_here.clear();
        // Key and id, with a space between them.
        let mut listed: HashSet<String> = HashSet::new();
        for rows in log.commands() {
            for row in rows {
                // Of other things nobody asks when they were on a list.
                let ids = row.ids.iter().flatten().filter(|id| self.place_of(id).is_some());
                match row.step {
                    PinStep::Came => listed.extend(ids.map(|id| format!("{} {id}", row.key))),
                    PinStep::Went => ids.for_each(|id| _ = listed.remove(&format!("{} {id}", row.key))),
                    PinStep::Same => {}
                }
                if let (PinCause::RemovedHere, Some(at)) = (row.cause, &row.document) {
                    let ids = row.ids.iter().flatten();
                    self.evidence.removed_here.extend(ids.map(|id| (at.clone(), id.clone(), row.time)));
                }
            }
            if let Some(row) = rows.first().filter(|row| row.command == Command::Reset) {
                let whole = listed.iter().filter_map(|entry| entry.strip_prefix(&row.key)?.strip_prefix(' '));
                self.listed(whole, row.time);
            }
        }
    }

    /// When the account's own clients let go of an id.
    pub(crate) fn unpins(&self, id: &str) -> &[u64] {
        self.evidence.unpins.get(id).map(Vec::as_slice).unwrap_or_default()
    }
}

/// Puts a time into a list that is sorted, once.
fn enter(times: &mut Vec<u64>, time: u64) {
    if let Err(at) = times.binary_search(&time) {
        times.insert(at, time);
    }
}
