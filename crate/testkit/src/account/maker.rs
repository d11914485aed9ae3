//! What is being built, and the histories that are written for it.

use pinfold_core::error::Error;
use pinfold_core::href::Secrets;
use pinfold_core::json::{Value, canonical};

use super::entries::Entry;
use super::log::{Log, Style};
use super::parts::{impossible, number};
use crate::entropy::Seeded;
use crate::server::{Channel, MemoryServer};

/// The account under construction.
pub(super) struct Maker {
    pub(super) entropy: Seeded,
    pub(super) server: MemoryServer,
    /// Sealed files by id.
    pub(super) blobs: Vec<(String, Vec<u8>)>,
    /// Every kind of thing, not only the plainest.
    pub(super) mixed: bool,
    /// The account's own signing key.
    pub(super) ed_public: String,
}

impl Maker {
    /// Writes the history of a document that grows by entries and is then used; `content` makes the document
    /// with the first so many of them, `path` leads to their `filesData`. Returns the log and the document at its end.
    pub(super) fn history(
        &mut self,
        secrets: &Secrets,
        owners: &[String],
        entries: &[Entry],
        path: &[&str],
        content: impl Fn(&[Entry]) -> Value,
    ) -> Result<(String, Channel, Value), Error> {
        let mut log = Log::new(secrets)?;
        let mut document = content(entries);
        match self.style(entries.len()) {
            Style::Short => {
                log.write(&document, &mut self.entropy)?;
                // A third message, so that a log can lose one in the middle.
                if let Some(object) = document.as_object_mut() {
                    object.insert("zz", 1.0);
                }
                log.write(&document, &mut self.entropy)?;
            }
            Style::Real { steps, touches } => {
                for step in 1..=steps {
                    let some = entries.get(..entries.len() * step / steps).unwrap_or_default();
                    log.grow(&content(some), &mut self.entropy)?;
                }
                self.touch(&mut log, entries, touches, path, &mut document)?;
            }
            Style::Trimmed { touches } => {
                log.begin(&document, &mut self.entropy)?;
                self.touch(&mut log, entries, touches, path, &mut document)?;
            }
        }
        let (channel, log) = log.finish(owners);
        // What comes out of a reader has its keys in this order.
        let document =
            Value::parse(&canonical(&document)).map_err(|_| impossible("a document that is no JSON"))?;
        Ok((channel, log, document))
    }

    fn style(&mut self, entries: usize) -> Style {
        match entries {
            _ if !self.mixed => Style::Short,
            // Nobody adds hundreds of documents within the hundred messages that a server sends.
            1000.. => Style::Trimmed { touches: 50 + self.entropy.below(49) },
            _ => Style::Real { steps: (entries / 8).clamp(1, 12), touches: 20 + self.entropy.below(100) },
        }
    }

    fn touch(
        &mut self,
        log: &mut Log,
        entries: &[Entry],
        touches: usize,
        path: &[&str],
        document: &mut Value,
    ) -> Result<(), Error> {
        for _ in 0..touches {
            let Some(entry) = entries.get(self.entropy.below(entries.len())) else { break };
            let id = entry.id.to_string();
            let time = log.touch(&id, &mut self.entropy)?;
            set_time(document, path, &id, time)?;
        }
        Ok(())
    }
}

fn set_time(document: &mut Value, path: &[&str], id: &str, time: u64) -> Result<(), Error> {
    let mut at = Some(document);
    for key in path.iter().copied().chain(["filesData", id]) {
        at = at.and_then(Value::as_object_mut).and_then(|object| object.get_mut(key));
    }
    let entry = at.and_then(Value::as_object_mut).ok_or_else(|| impossible("an entry that is not there"))?;
    entry.insert("atime", number(time));
    Ok(())
}
