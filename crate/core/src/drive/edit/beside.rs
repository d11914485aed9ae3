//! Putting back what stands beside the drive in the account document: teams and calendars.

use std::fmt;

use super::{object_in, unfit};
use crate::document::{EntryId, field};
use crate::error::Error;
use crate::ids::is_valid_channel;
use crate::json::{Object, Text, Value};

/// What stands beside the drive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Beside {
    /// A team, with all its keys.
    Team,
    /// A calendar.
    Calendar,
}

/// An entry of a team or a calendar that was lost. The format has no place for a tag in it. One of the same channel that is
/// there stays as it is.
#[derive(Clone, PartialEq)]
pub struct PutBeside {
    /// What it is.
    pub what: Beside,
    /// Its key in the account document. If another team has that key by now, the team
    /// gets a new key; nothing depends on its value.
    pub key: Text,
    /// The entry, keys included.
    pub entry: Object,
}

impl PutBeside {
    pub(super) fn apply(&self, document: &mut Object) -> Result<bool, Error> {
        let channel = self.entry.get(field::CHANNEL).and_then(Value::as_str);
        let channel = channel.filter(|channel| is_valid_channel(channel)).ok_or_else(unfit)?;
        let table = object_in(
            document,
            match self.what {
                Beside::Team => field::TEAMS,
                Beside::Calendar => field::CALENDARS,
            },
        )?;
        let is_it = |held: &Value| held.get(field::CHANNEL).and_then(Value::as_str) == Some(channel);
        if table.values().any(is_it) {
            return Ok(false);
        }
        let mut key = self.key.clone();
        if table.get_text(&key).is_some() {
            // The first number that is free, from one that the channel names.
            let start =
                channel.get(..12).and_then(|digits| u64::from_str_radix(digits, 16).ok()).unwrap_or(1);
            let mut numbers = (start..).filter_map(EntryId::new).map(|id| Text::from(id.key()));
            key = numbers.find(|key| table.get_text(key).is_none()).ok_or_else(unfit)?;
        }
        table.insert(key, self.entry.clone());
        Ok(true)
    }
}

/// What it is; there are keys in the entry.
impl fmt::Debug for PutBeside {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PutBeside").field("what", &self.what).finish_non_exhaustive()
    }
}
