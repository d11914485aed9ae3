//! Carrying out what a holder of the key decided about conflicts, and handing out the copies to decide by. Every step is in the journal,
//! and nothing is thrown away: the side that loses is a generation.

use crate::archive::{ActError, Hands};
use crate::by_name;
use crate::hex::hex;
use crate::journal::{Act, Journal, Record, Step, Target};
pub use pinfold_core::exchange::Right;
use pinfold_datadir::disk::stat_if_there;
use pinfold_datadir::id::ItemId;
use pinfold_datadir::moves::{at, digest, drop_name, duplicate};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// A file of decisions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Decisions {
    /// The version of this format: 1.
    pub version: u32,
    /// One for each conflict.
    pub verdicts: Vec<Decision>,
}

/// What is decided about one conflict.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Decision {
    /// The document.
    pub id: ItemId,
    /// Who wins.
    #[serde(with = "by_name")]
    pub right: Right,
    /// The SHA-256 of the live log that was looked at, in hex. Another one by now: nothing is done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub live: Option<String>,
}

/// One copy that was handed out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Exported {
    /// Where it lay.
    pub from: PathBuf,
    /// Its name in the folder.
    pub name: String,
    /// Its size in bytes.
    pub bytes: u64,
    /// Its SHA-256 in hex.
    pub sha256: String,
}

impl Hands<'_> {
    /// Carries out one decision.
    ///
    /// # Errors
    /// [`ActError::Changed`] when the live log is not the one that was looked at.
    pub fn settle(&self, journal: &mut Journal<'_>, decision: &Decision) -> Result<(), ActError> {
        let (live, archived) = (self.paths.live(&decision.id), self.paths.archived(&decision.id));
        let target = Target::Item(decision.id.clone());
        let last = journal.last(&target).filter(|last| last.step == Step::Done);
        if !self.is_any(&archived)? {
            // A run that was cut had carried it out, and `finish` may have ended it.
            let done = match decision.right {
                Right::ArchivedWins => Act::Restore,
                Right::LiveWins => Act::ColdAside,
                Right::Merge => return Err(ActError::Nothing),
            };
            let before = self.is_any(&live)? && last.as_ref().is_some_and(|last| last.act == done);
            return if before { Ok(()) } else { Err(ActError::Nothing) };
        }
        if let Some(before) = &decision.live {
            // It may be set aside already, by a run that was cut before the other side returned.
            let aside = last.filter(|last| last.act == Act::Aside).and_then(|last| last.generation);
            let looked_at = match aside {
                Some(n) if !self.is_any(&live)? => self.generation(&decision.id, n).join("log.ndjson"),
                _ => live.body.clone(),
            };
            let same = self.is_there(&looked_at)? && hex(&digest(self.disk, &looked_at)?) == *before;
            if !same {
                return Err(ActError::Changed);
            }
        }
        match decision.right {
            Right::Merge => Ok(()),
            Right::ArchivedWins => {
                if self.is_any(&live)? {
                    self.aside(journal, &decision.id)?;
                }
                self.restore(journal, &decision.id)
            }
            Right::LiveWins => {
                if !self.is_any(&live)? {
                    return Err(ActError::Nothing);
                }
                self.archived_apart(journal, &decision.id)
            }
        }
    }

    /// Moves the copy at the classic place of cold storage into a generation.
    ///
    /// # Errors
    /// [`ActError`].
    pub fn archived_apart(&self, journal: &mut Journal<'_>, id: &ItemId) -> Result<(), ActError> {
        let target = Target::Item(id.clone());
        let archived = self.paths.archived(id);
        let n = match journal.begun(&target, Act::ColdAside, None)? {
            Some((intent, _)) => self.number(journal, &intent, &archived)?,
            None => {
                let n = self.free_generation(id)?;
                let intent = Record {
                    generation: Some(n),
                    bytes: self.bytes(&archived)?,
                    ..self.record(Act::ColdAside, &target, Step::Intent)
                };
                self.note(journal, intent)?;
                n
            }
        };
        self.to_generation(&archived, &self.generation(id, n))?;
        // What is live again is said to be gone no longer: without metadata the server would believe that rather than the log.
        let live = self.paths.live(id);
        if self.is_there(&live.body)? {
            drop_name(self.disk, &live.placeholder)?;
        }
        self.note(journal, Record { generation: Some(n), ..self.record(Act::ColdAside, &target, Step::Done) })
    }

    /// Copies both sides of a document and its older copies into a folder, for a holder of the key.
    ///
    /// # Errors
    /// [`ActError`]; nothing in the folder is overwritten.
    pub fn export(&self, id: &ItemId, to: &Path) -> Result<Vec<Exported>, ActError> {
        let mut files: Vec<(String, PathBuf)> = Vec::new();
        for (side, place) in [("live", self.paths.live(id)), ("archived", self.paths.archived(id))] {
            files.push((format!("{side}.body"), place.body));
            files.push((format!("{side}.metadata.ndjson"), place.metadata));
        }
        let newest = self.free_generation(id)?;
        for n in 1..newest {
            for (part, name) in [("log.ndjson", "body"), ("metadata.ndjson", "metadata.ndjson")] {
                files.push((format!("generation-{n}.{name}"), self.generation(id, n).join(part)));
            }
        }
        let mut exported = Vec::new();
        for (name, from) in files {
            let Some(stat) = stat_if_there(self.disk, &from).map_err(at(&from))? else { continue };
            let place = to.join(&name);
            duplicate(self.disk, &from, &place)?;
            let sha256 = hex(&digest(self.disk, &place)?);
            exported.push(Exported { from, name, bytes: stat.size, sha256 });
        }
        if exported.is_empty() { Err(ActError::Nothing) } else { Ok(exported) }
    }
}
