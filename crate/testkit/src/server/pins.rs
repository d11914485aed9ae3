//! What a server keeps of one key's pins: the log, and the session's cache (PROTOCOL.md 11.3).

use std::collections::BTreeSet;

use pinfold_core::pins::hash::list_hash;
use pinfold_core::pins::log::{Command, Named};

use super::Quota;

/// The pins of one key.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct PinState {
    /// Every line written, in order.
    pub log: Vec<(Command, Vec<String>)>,
    /// What the session remembers: after a RESET exactly the list as sent, suffixes and all.
    cache: Option<BTreeSet<String>>,
    /// How many of the next lines are lost on the disk: one behind a line that was torn.
    pub torn: usize,
}

impl PinState {
    /// What is pinned, as the log is read.
    pub fn pinned(&self) -> BTreeSet<String> {
        let mut pinned = BTreeSet::new();
        for (command, ids) in &self.log {
            let named = ids.iter().map(|id| Named::read(id)).filter(|named| named.counts_for(*command));
            command.apply(&mut pinned, named.map(|named| named.id.to_owned()).collect(), |_, _| ());
        }
        pinned
    }

    /// The answer to GET_HASH.
    pub fn hash(&mut self) -> String {
        list_hash(self.cache().iter().map(String::as_str))
    }

    /// Carries a command out.
    pub fn apply(&mut self, command: &str, ids: &[String]) {
        let Some(command) = Command::named(command) else { return };
        let written: Vec<String> = match command {
            Command::Reset if !ids.is_empty() => {
                self.cache = Some(ids.iter().cloned().collect());
                ids.to_vec()
            }
            Command::Pin => {
                let new: Vec<String> = ids.iter().filter(|id| !self.cache().contains(*id)).cloned().collect();
                self.cache().extend(new.iter().cloned());
                new
            }
            Command::Unpin => {
                let old: Vec<String> = ids.iter().filter(|id| self.cache().contains(*id)).cloned().collect();
                for id in &old {
                    self.cache().remove(id);
                }
                old
            }
            Command::Reset => Vec::new(),
        };
        // What is glued to a torn line cannot be read again; the line break behind it ends the damage.
        if !written.is_empty() && self.torn > 0 {
            self.torn -= 1;
        } else if !written.is_empty() {
            self.log.push((command, written));
        }
    }

    /// The last line of the log is torn, as by a crash, and the server starts again: the line is lost, and so is the
    /// next one that is written, which the session that wrote it remembers all the same.
    pub fn tear(&mut self) {
        self.log.pop();
        self.torn = 1;
        self.expire();
    }

    /// The bytes of everything pinned.
    pub fn size(&mut self, quota: &Quota) -> u64 {
        self.cache().iter().filter_map(|id| quota.sizes.get(id)).sum()
    }

    /// Whether PIN of these ids is taken: all of them or none.
    pub(super) fn fits(&mut self, quota: &Quota, ids: &[String]) -> bool {
        let new: BTreeSet<&String> = ids.iter().filter(|id| !self.cache().contains(*id)).collect();
        let added: u64 = new.iter().filter_map(|id| quota.sizes.get(*id)).sum();
        // Above the limit even what has no size is refused.
        new.is_empty() || self.size(quota).saturating_add(added) <= quota.limit
    }

    /// The session ended.
    pub fn expire(&mut self) {
        self.cache = None;
    }

    fn cache(&mut self) -> &mut BTreeSet<String> {
        let read_back = if self.cache.is_none() { self.pinned() } else { BTreeSet::new() };
        self.cache.get_or_insert(read_back)
    }
}
