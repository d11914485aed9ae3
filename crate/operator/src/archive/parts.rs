//! The files that a document has: what the file system says of them, and whether they are still the ones that were seen.

use super::{ActError, Hands};
use crate::journal::Seen;
use pinfold_datadir::disk::{Stat, stat_if_there};
use pinfold_datadir::moves::at;
use pinfold_datadir::paths::ItemFiles;
use std::path::Path;

/// What the file system says of the parts of a document, of those that are there.
pub(crate) struct Parts {
    pub(crate) body: Option<Stat>,
    metadata: Option<Stat>,
    activity: Option<Stat>,
}

impl Parts {
    fn all(&self) -> impl Iterator<Item = Stat> {
        [self.body, self.metadata, self.activity].into_iter().flatten()
    }

    /// What a later look is compared with. `None` when there is neither a body nor metadata.
    pub(crate) fn seen(&self) -> Option<Seen> {
        let main = self.body.or(self.metadata)?;
        let latest = self.all().map(|stat| stat.mtime).max();
        Some((main.size, latest.unwrap_or(main.mtime), main.inode))
    }

    /// These, and of the others what is not among them.
    fn or(self, others: Self) -> Self {
        Self {
            metadata: self.metadata.or(others.metadata),
            activity: self.activity.or(others.activity),
            body: self.body.or(others.body),
        }
    }

    /// The size of all of them.
    pub(crate) fn bytes(&self) -> u64 {
        self.all().map(|stat| stat.size).sum()
    }
}

impl Hands<'_> {
    pub(crate) fn main(&self, files: &ItemFiles) -> Result<Option<Stat>, ActError> {
        Ok(match stat_if_there(self.disk, &files.body).map_err(at(&files.body))? {
            None => stat_if_there(self.disk, &files.metadata).map_err(at(&files.metadata))?,
            body => body,
        })
    }

    /// A document's size, time and number. If they are the same later, the document did not change.
    pub(crate) fn seen_now(&self, files: &ItemFiles) -> Result<Option<Seen>, ActError> {
        Ok(self.parts(files)?.seen())
    }

    /// Whether a document whose parts all had their second name is another than it was. A part that left its first name counts as it lies
    /// in cold storage: after a power cut that one alone may have left.
    pub(crate) fn is_another(
        &self,
        live: &ItemFiles,
        archived: &ItemFiles,
        seen: Option<Seen>,
    ) -> Result<bool, ActError> {
        let (live, archived) = (self.parts(live)?, self.parts(archived)?);
        Ok(live.seen() != seen && live.or(archived).seen() != seen)
    }

    /// The parts of a document that are there.
    pub(crate) fn parts(&self, files: &ItemFiles) -> Result<Parts, ActError> {
        let stat = |path: &Path| stat_if_there(self.disk, path).map_err(at(path));
        Ok(Parts {
            metadata: stat(&files.metadata)?,
            activity: files.activity.as_deref().map(stat).transpose()?.flatten(),
            body: stat(&files.body)?,
        })
    }

    pub(crate) fn bytes(&self, files: &ItemFiles) -> Result<u64, ActError> {
        Ok(self.parts(files)?.bytes())
    }
}
