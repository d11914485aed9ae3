//! What stands where: whether a document is there, in conflict, or half at each place.

use std::path::{Path, PathBuf};

use pinfold_datadir::disk::stat_if_there;
use pinfold_datadir::moves::{at, is_same};
use pinfold_datadir::paths::ItemFiles;

use super::{ActError, Hands};

impl Hands<'_> {
    pub(crate) fn is_there(&self, path: &Path) -> Result<bool, ActError> {
        Ok(stat_if_there(self.disk, path).map_err(at(path))?.is_some())
    }

    pub(crate) fn is_any(&self, files: &ItemFiles) -> Result<bool, ActError> {
        files.moved().try_fold(false, |any, path| Ok(any || self.is_there(path)?))
    }

    /// Whether a live part would stand in the way. One that is the archived part itself does not.
    pub(crate) fn is_conflict(&self, live: &ItemFiles, archived: &ItemFiles) -> Result<bool, ActError> {
        for (live, archived) in [(&live.body, &archived.body), (&live.metadata, &archived.metadata)] {
            if self.is_there(live)? && !(self.is_there(archived)? && is_same(self.disk, live, archived)?) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whether the live side is the body and the archived side the metadata of one document: a restore of CryptPad's own was cut.
    pub(crate) fn is_half_restored(&self, live: &ItemFiles, archived: &ItemFiles) -> Result<bool, ActError> {
        self.is_half([&live.body, &archived.metadata], [&live.metadata, &archived.body])
    }

    /// Whether the archived side is the body and the live side the metadata of one document: an archive of CryptPad's own was cut.
    pub(crate) fn is_half_archived(&self, live: &ItemFiles, archived: &ItemFiles) -> Result<bool, ActError> {
        self.is_half([&live.metadata, &archived.body], [&live.body, &archived.metadata])
    }

    /// Two halves, one at each place, and neither place has what the other holds. They belong together when the live half was last
    /// written before the other one was moved; what a visitor made anew is younger than that.
    fn is_half(
        &self,
        [live, archived]: [&PathBuf; 2],
        [no_live, no_archived]: [&PathBuf; 2],
    ) -> Result<bool, ActError> {
        if self.is_there(no_live)? || self.is_there(no_archived)? {
            return Ok(false);
        }
        let stat = |path: &PathBuf| stat_if_there(self.disk, path).map_err(at(path));
        Ok(match (stat(live)?, stat(archived)?) {
            (Some(live), Some(archived)) => live.mtime < archived.ctime && live.mtime <= self.now,
            _ => false,
        })
    }
}
