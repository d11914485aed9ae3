//! What an owner's own call does to a store, so that nothing of it is lost (`docs/OPERATIONS.md` 2.6): writing a log-in block over an old
//! one. Older copies become generations, where CryptPad overwrites them.

use crate::archive::{ActError, Hands};
use crate::journal::{Act, Journal, Record, Step};
use pinfold_datadir::disk::{read_if_there, stat_if_there};
use pinfold_datadir::id::KeyName;
use pinfold_datadir::moves::{at, duplicate, write_whole};
use std::path::Path;

impl Hands<'_> {
    /// Writes a log-in block. An older one goes to cold storage first, and stays readable at its place until the new one is there.
    ///
    /// # Errors
    /// [`ActError`].
    pub fn write_block(
        &self,
        journal: &mut Journal<'_>,
        key: &KeyName,
        bytes: &[u8],
    ) -> Result<(), ActError> {
        let file = self.block(key);
        if stat_if_there(self.disk, &file.live).map_err(at(&file.live))?.is_some() {
            if read_if_there(self.disk, &file.live, 1 << 20).map_err(at(&file.live))?.as_deref()
                == Some(bytes)
            {
                return Ok(());
            }
            let generation =
                if self.is_there(&file.cold)? { Some(self.free(&file.generations)?) } else { None };
            journal.begun(&file.target, Act::Replace, None)?;
            let intent = Record { generation, ..self.record(Act::Replace, &file.target, Step::Intent) };
            self.note(journal, intent.clone())?;
            if let Some(n) = generation {
                self.set_apart(&file.cold, &file.generations.join(n.to_string()).join(file.name))?;
            }
            duplicate(self.disk, &file.live, &file.cold)?;
            self.note(journal, Record { step: Step::Placed, ..intent })?;
            self.placeholder(&self.paths.block_placeholder(key), "PASSWORD_CHANGE")?;
        }
        let folder = file.live.parent().unwrap_or(Path::new("."));
        self.disk.make_folder(folder).map_err(at(folder))?;
        write_whole(self.disk, &file.live, bytes).map_err(at(&file.live))?;
        // Without the bytes of the new block, a run that was cut cannot be finished; whoever wrote asks again.
        self.note(journal, self.record(Act::Replace, &file.target, Step::Done))
    }
}
