//! Where what an act is about lies, and whether those places can be believed.

use crate::archive::Hands;
use crate::journal::{Act, Record, Step, Target};
use pinfold_datadir::paths::Paths;
use std::collections::BTreeSet;
use std::io;
use std::path::PathBuf;

impl Hands<'_> {
    /// Whether the folder of all of a kind is missing or has nothing in it, not even a folder that emptied. Then each of them looks as
    /// if it had left.
    pub(super) fn has_no_folder_of(&self, id: &Target) -> bool {
        let folder = match id {
            Target::Item(id) if id.is_blob() => &self.paths.blobs,
            Target::Item(_) => &self.paths.channels,
            Target::PinLog(_) => &self.paths.pins,
            Target::Block(_) => &self.paths.blocks,
            Target::Report(_) | Target::Older(..) | Target::Task(_) => return false,
        };
        self.disk.list(folder).map_or(true, |listed| listed.is_empty())
    }

    /// Whether the act had a copy in cold storage by then, and all of cold storage is missing or empty: folders stay there, so its disk is
    /// away. Whatever was done now would rest on copies that nobody sees.
    pub(super) fn misses_cold_storage_of(&self, record: &Record) -> bool {
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
