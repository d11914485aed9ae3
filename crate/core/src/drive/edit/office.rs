//! Office documents whose entries do not name their real-time channel (PROTOCOL.md 17.1): which those are, and the
//! edit that enters it.

use super::{EntryId, absent};
use crate::document::{Entry, Kind, Tables, field};
use crate::error::Error;
use crate::href::{HrefCipher, parse_href, readable_href};
use crate::ids::ChannelId;
use crate::json::{Object, Text, Value};

/// The types of office documents.
const OFFICE: [&str; 3] = ["sheet", "doc", "presentation"];

/// The entries of a drive object that are office documents without a real-time channel. `links` opens encrypted links.
pub fn lacking(drive: Tables<'_>, links: Option<&HrefCipher>) -> Vec<EntryId> {
    let found = drive.of_kind(Kind::File).filter(|entry| {
        // The view link is never encrypted, so it says the type for less.
        let link = || readable_href(entry.view_href().or(entry.href()), None, links);
        !entry.has_real_time()
            && link().is_some_and(|link| parse_href(&link).kind.is_some_and(|kind| OFFICE.contains(&kind)))
    });
    found.filter_map(Entry::id).collect()
}

/// The real-time channel of an office document, for one entry of it.
#[derive(Debug, Clone, PartialEq)]
pub struct RealTime {
    entry: EntryId,
    /// What the entry said its channel was when the document was read; with another it is another document.
    of: Option<Text>,
    channel: ChannelId,
}

impl RealTime {
    /// What the document of an entry says. `None` when it names no channel of 32 characters: whoever may write in it
    /// decides what stands there.
    pub fn read(entry: EntryId, of: Option<Text>, document: &Value) -> Option<Self> {
        let named = document.get("content")?.get(field::CHANNEL)?.as_str()?;
        let channel = ChannelId::parse(named).filter(|_| named.len() == 32)?;
        Some(Self { entry, of, channel })
    }

    pub(super) fn apply(&self, drive: &mut Object) -> Result<bool, Error> {
        let files = drive.get_mut(Kind::File.table()).and_then(Value::as_object_mut);
        let entry = files.and_then(|files| files.get_mut(&self.entry.key())).ok_or_else(absent)?;
        let stored = Entry::alone(Kind::File, entry);
        if stored.channel() != self.of.as_ref() {
            return Err(absent());
        }
        if stored.has_real_time() {
            return Ok(false);
        }
        entry.as_object_mut().ok_or_else(absent)?.insert(field::REAL_TIME, self.channel.as_str());
        Ok(true)
    }
}
