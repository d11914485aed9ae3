//! A log of what changed the lists of pins (B5, B6): which command the server carried out, when, for which device and session,
//! for what cause, about which ids of which document.
//!
//! A row is written once the server has said that it did what was asked. So the log may lack the last change before a
//! crash; it never holds one that was not made. A row has a head, eleven words with a space between them, and the ids:
//!
//! ```text
//! time device/session number key command sign cause agreed document of listed
//! ```
//! `number` counts the commands of a session. `sign` is `+` for ids that were pinned, `-` for ids that were taken off, `=` for
//! a command that did neither. `of` is the length of the list that the command carried, `listed` how many ids the row is about.
//!
//! Logs merge as sets of rows, and stay small. The newest [`ROWS`] rows are kept. Ids are kept for the newest of them: up to
//! [`IDS`] ids that were pinned, and up to [`IDS`] that were taken off. Older rows keep only the number of their ids. The heads
//! alone decide which rows keep their ids, so the order of merging makes no difference.

use crate::compact::SortedSet;
use crate::error::Error;
use crate::guard::form::{VERSION, unreadable};
use crate::guard::join::ordered;
use crate::ids::PinId;
use crate::json::{Object, Text, Value};

/// The most rows.
pub const ROWS: usize = 2048;
/// The most ids that came, and as many that went.
pub const IDS: usize = 4096;

const VERSION_FIELD: &str = "v";
const ROWS_FIELD: &str = "rows";

/// See the module. In debug output it is a number of rows.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Changes {
    rows: Object,
}

impl Changes {
    /// Adds what one command changed: `front` is the head as far as the command, `rows` are its words from the sign to the
    /// document, with the ids of each.
    pub(crate) fn note(&mut self, front: &str, of: usize, rows: Vec<(Text, Vec<PinId>)>) {
        for (what, ids) in ordered(rows, &|a, b| [a, b].concat()) {
            let (of, listed) = (of.to_string(), ids.len().to_string());
            let ids: Vec<&str> = ids.iter().map(PinId::as_str).collect();
            self.rows.insert([front, &what.to_string_lossy(), &of, &listed].join(" "), ids.join(" "));
        }
        self.bound();
    }

    /// What either knew.
    #[must_use]
    pub fn merge(mut self, other: Self) -> Self {
        for (head, ids) in other.rows.iter() {
            // Of two forms of one row, that which has the ids.
            if self.rows.get_text(head).and_then(Value::as_text) < ids.as_text() {
                self.rows.insert(head.clone(), ids.clone());
            }
        }
        self.bound();
        self
    }

    /// The rows, each with its ids, separated by a space; none where only their number was kept.
    pub fn rows(&self) -> impl Iterator<Item = (&Text, &Text)> {
        self.rows.iter().filter_map(|(head, ids)| Some((head, ids.as_text()?)))
    }

    /// As JSON.
    pub fn write(&self) -> Value {
        let mut record = Object::new();
        record.insert(VERSION_FIELD, VERSION);
        record.insert(ROWS_FIELD, self.rows.clone());
        record.into()
    }

    /// Reads what [`Self::write`] wrote.
    ///
    /// # Errors
    /// `guard/unreadable` for anything else.
    pub fn read(record: &Value) -> Result<Self, Error> {
        let version = record.get(VERSION_FIELD).and_then(Value::as_f64);
        let rows = record.get(ROWS_FIELD).and_then(Value::as_object).filter(|_| version == Some(VERSION));
        let rows = rows.filter(|rows| rows.values().all(|ids| ids.as_text().is_some()));
        Ok(Self { rows: rows.cloned().ok_or_else(unreadable)? })
    }

    fn bound(&mut self) {
        let rows = std::mem::take(&mut self.rows);
        // A time has thirteen digits until the year 2286: as texts, the later ones come last.
        let heads: SortedSet<Text> = rows.keys().cloned().collect();
        let (mut came, mut went) = (IDS, IDS);
        for head in heads.into_iter().rev().take(ROWS) {
            let text = head.to_string_lossy();
            let listed = text.rsplit(' ').next().and_then(|listed| listed.parse().ok()).unwrap_or(usize::MAX);
            let room = if text.contains(" - ") { &mut went } else { &mut came };
            let fits = listed <= *room;
            *room = room.saturating_sub(listed);
            let ids = rows.get_text(&head).filter(|_| fits).cloned().unwrap_or_else(|| "".into());
            drop(text);
            self.rows.insert(head, ids);
        }
    }
}

#[cfg(test)]
mod tests;
