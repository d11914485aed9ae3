//! The folders of drives: a loading of all of one drive, and what the host was told.

mod outcomes;

use crate::compact::SortedMap;
use crate::drive::complete::{Drive, Whose};
use crate::drive::declared::Opens;
use crate::drive::loader::FolderLoader;
use crate::error::Error;
use crate::net::document::SyncedDoc;
use crate::session::effect::FolderState;
use crate::session::scope::Scope;

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Folders {
    /// What was last told of each folder of each drive.
    told: SortedMap<Scope, SortedMap<String, FolderState>>,
}

impl Folders {
    /// Each folder of this drive is told of again.
    pub(super) fn tell_anew(&mut self, scope: &Scope) {
        self.told.remove(scope);
    }
}

/// A loading of all folders of one drive.
#[derive(Debug)]
pub(super) struct LoadRun {
    /// The document whose folders these are. When it changes, the run is rebased, not finished.
    root: SyncedDoc,
    loader: FolderLoader,
    /// Channels to read, in their order.
    wanted: Vec<Opens>,
    /// The places of the folders that had no outcome at the last look. Once this is empty, all are looked at.
    open: Vec<usize>,
    begun: bool,
}

impl LoadRun {
    pub(super) fn start(whose: Whose, root: SyncedDoc) -> Self {
        let loader = FolderLoader::new(whose, root.clone());
        let wanted: Vec<Opens> =
            loader.open().into_iter().filter_map(|declared| declared.opens.clone()).collect();
        let open = (0..wanted.len()).collect();
        Self { root, loader, wanted, open, begun: false }
    }

    /// The drive, once each folder has its outcome: complete, or partial.
    ///
    /// # Errors
    /// As [`FolderLoader::finish`].
    pub(super) fn finish(self, version: u64) -> Result<Drive, Error> {
        self.loader.finish(version)
    }

    /// The drive as far as it was read.
    ///
    /// # Errors
    /// As [`FolderLoader::so_far`].
    pub(super) fn so_far(self, version: u64) -> Result<Drive, Error> {
        self.loader.so_far(version)
    }

    /// Whether it is of these very readings.
    pub(super) fn is_of(&self, whose: &Whose, root: &SyncedDoc) -> bool {
        self.root.is(root)
            && match (self.loader.whose(), whose) {
                (Whose::Team(_, Ok(known)), Whose::Team(_, Ok(roster))) => known.is(roster),
                (Whose::Team(_, Err(known)), Whose::Team(_, Err(why))) => known == why,
                (Whose::User(_), Whose::User(_)) => true,
                _ => false,
            }
    }
}
