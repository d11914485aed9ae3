//! Where what an act is about lies, and whether those places can be believed.

use crate::archive::{ActError, Hands};
use crate::journal::{Act, Journal, Record, Seen, Step, Target};
use pinfold_datadir::disk::{Kind, Stat, stat_if_there};
use pinfold_datadir::moves::at;
use pinfold_datadir::paths::Paths;
use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};

const NOTHING: &str = "the folder of its kind is missing or empty: is its disk mounted?";
const NO_COLD: &str = "cold storage is missing or empty: is its disk mounted?";

impl Hands<'_> {
    /// The folder in which all of a kind lie.
    pub fn folder_of(&self, id: &Target) -> Option<&Path> {
        Some(match id {
            Target::Item(id) if id.is_blob() => &self.paths.blobs,
            Target::Item(_) => &self.paths.channels,
            Target::PinLog(_) => &self.paths.pins,
            Target::Block(_) => &self.paths.blocks,
            Target::Report(_) | Target::Older(..) | Target::Task(_) => return None,
        })
    }

    /// Whether a folder of all of a kind is missing or has nothing in it, not even a folder that emptied. Then each of them looks as
    /// if it had left.
    pub fn is_missing_or_empty(&self, folder: &Path) -> bool {
        self.disk.list(folder).map_or(true, |listed| listed.is_empty())
    }

    /// Why nothing can be said of what an act is about: the disk of one of its places seems to be away.
    pub(super) fn is_away(&self, journal: &Journal<'_>, record: &Record) -> Option<&'static str> {
        // What is removed from cold storage need not have anything live beside it.
        let folder = self.folder_of(&record.id).filter(|_| record.act != Act::Remove);
        if folder.is_some_and(|folder| self.is_missing_or_empty(folder))
            && !self.is_where_it_began(journal, record)
        {
            return Some(NOTHING);
        }
        self.misses_cold_storage_of(record).then_some(NO_COLD)
    }

    /// What an act that moves something back stands on: the device and the number of the folder of all of its kind, or of the nearest one
    /// above where that is missing. It is kept with the intent, as what was seen.
    pub(crate) fn ground(&self, id: &Target) -> Result<Option<Seen>, ActError> {
        let Some(folder) = self.folder_of(id) else { return Ok(None) };
        for above in folder.ancestors().filter(|above| !above.as_os_str().is_empty()) {
            if let Some(found) = stat_if_there(self.disk, above).map_err(at(above))? {
                return Ok(Some(ground_of(&found)));
            }
        }
        Ok(None)
    }

    /// Whether the disk of the act is there: the folder of its kind is the one that was seen when the act began, or a newer one below it on
    /// the same device. Then a folder that is missing was lost in a power cut. On another device, its disk may only be away.
    fn is_where_it_began(&self, journal: &Journal<'_>, record: &Record) -> bool {
        let intent = journal.intent(&record.id, Act::Restore);
        let began = intent.and_then(|(intent, _)| intent.seen);
        let (Some(began), Some(folder)) = (began, self.folder_of(&record.id)) else { return false };
        let there = |above: &Path| stat_if_there(self.disk, above).ok().flatten();
        let mut above = folder
            .ancestors()
            .filter_map(there)
            .take_while(|found| found.kind == Kind::Folder && found.device == began.0);
        above.any(|found| ground_of(&found) == began)
    }

    /// Whether the act had a copy in cold storage by then, and all of cold storage is missing or empty: folders stay there, so its disk is
    /// away. Whatever was done now would rest on copies that nobody sees.
    fn misses_cold_storage_of(&self, record: &Record) -> bool {
        let rests = matches!(record.step, Step::Apart | Step::Placed)
            || record.act == Act::Remove && matches!(record.id, Target::Item(_));
        rests && self.disk.list(&self.paths.archive).map_or(true, |listed| listed.is_empty())
    }

    /// Waits for the names that a killed run gave and took: what follows rests on them, and the disk may not have them yet.
    pub(super) fn settle_names(&self, open: &[Record]) -> io::Result<()> {
        let mut folders = BTreeSet::new();
        for record in open {
            for path in self.places(record) {
                let Paths { archive, channels, blobs, pins, blocks, tasks, .. } = self.paths;
                let roots = [archive, channels, blobs, pins, blocks, tasks];
                for folder in path.ancestors().skip(1) {
                    folders.insert(folder.to_path_buf());
                    if roots.iter().any(|root| *root == folder) {
                        // The first run of all makes the folder of the archive as well.
                        folders.extend(folder.parent().map(Into::into));
                        break;
                    }
                }
            }
        }
        for folder in folders {
            match self.disk.sync_folder(&folder) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                done => done?,
            }
        }
        Ok(())
    }

    fn places(&self, record: &Record) -> Vec<PathBuf> {
        let (places, older) = match &record.id {
            Target::Item(id) => {
                (vec![self.paths.live(id).body, self.paths.archived(id).body], self.paths.generations(id))
            }
            Target::PinLog(key) => (
                vec![self.paths.pin_log(key), self.paths.archived_pin_log(key)],
                self.paths.key_generations("pins", key),
            ),
            Target::Block(key) => (
                vec![self.paths.block(key), self.paths.archived_block(key)],
                self.paths.key_generations("block", key),
            ),
            Target::Report(key) => {
                (vec![self.paths.account_report(key)], self.paths.key_generations("accounts", key))
            }
            Target::Older(id, n) => (
                vec![self.paths.archived(id).body, self.generation(id, *n).join("log.ndjson")],
                self.paths.generations(id),
            ),
            Target::Task(name) => (
                vec![self.paths.tasks.join(&**name)],
                self.paths.archive.join("generations/tasks").join(&**name),
            ),
        };
        let older = record.generation.map(|n| older.join(n.to_string())).unwrap_or(older).join("log.ndjson");
        places.into_iter().chain([older]).collect()
    }
}

fn ground_of(folder: &Stat) -> Seen {
    (folder.device, 0, folder.inode)
}
