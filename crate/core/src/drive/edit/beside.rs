//! Putting back what stands beside the drive in the account document, and taking that back: teams and calendars. A team's document has
//! calendars as well.

use std::fmt;

use super::take_back::unmark;
use super::{object_in, unfit};
use crate::document::{EntryId, Shape, field};
use crate::error::Error;
use crate::ids::is_valid_channel;
use crate::json::{Object, Text, Value};

/// What stands beside the drive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Beside {
    /// A team, with all its keys.
    Team,
    /// A calendar.
    Calendar,
}

impl Beside {
    /// Whether documents of this shape have it.
    pub const fn is_in(self, shape: Shape) -> bool {
        match self {
            Self::Team => matches!(shape, Shape::Account),
            Self::Calendar => matches!(shape, Shape::Account | Shape::Team),
        }
    }

    /// The field of the account document that holds them.
    pub const fn table(self) -> &'static str {
        match self {
            Self::Team => field::TEAMS,
            Self::Calendar => field::CALENDARS,
        }
    }
}

/// An entry of a team or a calendar that was lost, marked with a tag in its field `tags`, as an entry of the drive is: CryptPad's search
/// does not look there, and a field that a client does not know stays. One of the same channel that is there gains the tag.
#[derive(Clone, PartialEq)]
pub struct PutBeside {
    /// What it is.
    pub what: Beside,
    /// Its key in the account document. If another team has that key by now, the team
    /// gets a new key; nothing depends on its value.
    pub key: Text,
    /// The entry, keys included.
    pub entry: Object,
    /// What it is marked with.
    pub tag: Text,
}

impl PutBeside {
    /// Whether the entry names a channel, without which nothing can be put back.
    pub fn is_fit(&self) -> bool {
        self.channel().is_some()
    }

    fn channel(&self) -> Option<&str> {
        self.entry.get(field::CHANNEL).and_then(Value::as_str).filter(|channel| is_valid_channel(channel))
    }

    pub(super) fn apply(&self, document: &mut Object) -> Result<bool, Error> {
        let channel = self.channel().ok_or_else(unfit)?;
        let table = object_in(document, self.what.table())?;
        let is_it = |held: &Value| held.get(field::CHANNEL).and_then(Value::as_str) == Some(channel);
        let there = table.iter().find(|(_, held)| is_it(held)).map(|(key, _)| key.clone());
        if let Some(there) = there {
            let held = table.get_text_mut(&there).and_then(Value::as_object_mut);
            return Ok(held.is_some_and(|held| mark(held, &self.tag)));
        }
        let mut key = self.key.clone();
        if table.get_text(&key).is_some() {
            // The first number that is free, from one that the channel names.
            let start =
                channel.get(..12).and_then(|digits| u64::from_str_radix(digits, 16).ok()).unwrap_or(1);
            let mut numbers = (start..).filter_map(EntryId::new).map(|id| Text::from(id.key()));
            key = numbers.find(|key| table.get_text(key).is_none()).ok_or_else(unfit)?;
        }
        let mut entry = self.entry.clone();
        mark(&mut entry, &self.tag);
        table.insert(key, entry);
        Ok(true)
    }
}

/// Adds the tag; `false` if it is there.
fn mark(entry: &mut Object, tag: &Text) -> bool {
    let mut tags: Vec<Value> =
        entry.get(field::TAGS).and_then(Value::as_array).map(<[Value]>::to_vec).unwrap_or_default();
    if tags.iter().any(|held| held.as_text() == Some(tag)) {
        return false;
    }
    tags.push(Value::from(tag.clone()));
    entry.insert(field::TAGS, Value::Array(tags));
    true
}

/// Takes a team or a calendar that was put back out again, if it still is as that left it. One that somebody changed since stays, with
/// its tag. It counts as the same whatever became of its tags and of what a client notes in it by itself: a team's name and picture, which its
/// roster says, and how far roster and mailbox were read.
#[derive(Clone, PartialEq)]
pub struct TakeBeside {
    /// What it is.
    pub what: Beside,
    /// Its key in the account document.
    pub key: Text,
    /// By this tag it was marked.
    pub tag: Text,
    /// The entry as the restoring left it.
    pub wrote: Object,
    /// Whether it was there before: then it only loses the tag.
    pub was_there: bool,
}

impl TakeBeside {
    /// Whether the entry is there, has the tag, and nobody touched it. `document` is the account document.
    pub fn fits(&self, document: &Value) -> bool {
        let held = document.get(self.what.table()).and_then(Value::as_object);
        held.and_then(|table| table.get_text(&self.key)?.as_object()).is_some_and(|held| self.is_it(held))
    }

    fn is_it(&self, held: &Object) -> bool {
        let tags = held.get(field::TAGS).and_then(Value::as_array).unwrap_or_default();
        tags.iter().any(|held| held.as_text() == Some(&self.tag)) && settled(held) == settled(&self.wrote)
    }

    pub(super) fn apply(&self, document: &mut Object) -> bool {
        let table = document.get_mut(self.what.table()).and_then(Value::as_object_mut);
        let Some(table) = table else { return false };
        let held = table.get_text_mut(&self.key).and_then(Value::as_object_mut);
        let Some(held) = held.filter(|held| self.is_it(held)) else { return false };
        if self.was_there {
            unmark(held, &self.tag);
        } else {
            table.remove_text(&self.key);
        }
        true
    }
}

/// Without what becomes another without anybody's will.
fn settled(entry: &Object) -> Object {
    let mut entry = entry.clone();
    // What a team is called, its roster says: the client copies it.
    entry.remove(field::TAGS);
    entry.remove(field::METADATA);
    let mut keys = entry.get_mut(field::KEYS).and_then(Value::as_object_mut);
    for part in [field::ROSTER, field::MAILBOX] {
        if let Some(part) = keys.as_mut().and_then(|keys| keys.get_mut(part)?.as_object_mut()) {
            part.remove(field::LAST_KNOWN);
            part.remove(field::VIEWED);
        }
    }
    entry
}

/// What it is; there are keys in the entry.
impl fmt::Debug for TakeBeside {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TakeBeside").field("what", &self.what).finish_non_exhaustive()
    }
}

/// What it is; there are keys in the entry.
impl fmt::Debug for PutBeside {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PutBeside").field("what", &self.what).finish_non_exhaustive()
    }
}
