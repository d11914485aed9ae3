//! One outcome for each declared folder, then the verdict.

use crate::compact::SortedMap;
use crate::document::Tables;
use crate::drive::complete::{CompleteDrive, Drive, Folder, FolderOutcome, Loaded, PartialDrive, Whose};
use crate::drive::declared::{Declared, folders_of};
use crate::error::{Code, Error};
use crate::ids::ChannelId;
use crate::net::document::SyncedDoc;
use crate::net::unavailable::Unavailable;

/// Takes one outcome for each channel that the drive's folders are read from.
///
/// Keyed by channel, not by the entry's id: ids repeat between drives, and one folder may be declared
/// twice. Made from the account's or the team's document as the server delivered it, and spent by
/// [`Self::finish`].
#[derive(Debug, Clone)]
pub struct FolderLoader {
    whose: Whose,
    root: SyncedDoc,
    declared: Vec<Declared>,
    outcomes: SortedMap<ChannelId, FolderOutcome>,
}

impl FolderLoader {
    /// Declared folders become the work list.
    pub fn new(whose: Whose, root: SyncedDoc) -> Self {
        let links = whose.team().and_then(|team| team.links.as_ref());
        let declared = folders_of(Tables::of_drive(root.document()), links, whose.signed_by());
        Self { whose, root, declared, outcomes: SortedMap::new() }
    }

    /// Whose drive it is.
    pub fn whose(&self) -> &Whose {
        &self.whose
    }

    /// Every declared folder, also those that cannot be opened.
    pub fn declared(&self) -> &[Declared] {
        &self.declared
    }

    /// Channels that have no outcome yet, each once. Where a folder is declared twice, the entry with the
    /// edit key opens it.
    pub fn open(&self) -> Vec<&Declared> {
        let mut by_channel: SortedMap<&ChannelId, &Declared> = SortedMap::new();
        for declared in &self.declared {
            let Some(opens) = &declared.opens else { continue };
            if self.outcomes.contains_key(&opens.channel) {
                continue;
            }
            let known = by_channel.get(&opens.channel).and_then(|known| known.opens.as_ref());
            if known.is_none_or(|known| known.read_only && !opens.read_only) {
                by_channel.insert(&opens.channel, declared);
            }
        }
        by_channel.into_values().collect()
    }

    /// A folder was read to its end. The document is its own proof of that, and of which folder it is.
    pub fn loaded(&mut self, document: SyncedDoc) {
        self.outcomes.insert(document.channel().clone(), FolderOutcome::Loaded(document));
    }

    /// A folder was not read.
    pub fn unavailable(&mut self, channel: &ChannelId, why: Unavailable) {
        self.outcomes.insert(channel.clone(), FolderOutcome::Unavailable(why));
    }

    /// What is known before the verdict: folders without an outcome are missing as if they had never
    /// answered (`folder/timeout`), so that what was read can be added to the pins at once.
    ///
    /// # Errors
    /// Those of [`Self::finish`], never in practice.
    pub fn so_far(&self, version: u64) -> Result<Drive, Error> {
        let mut known = self.clone();
        let open = self.open().into_iter().filter_map(|declared| declared.opens.as_ref());
        for opens in open {
            known.unavailable(&opens.channel, Unavailable::Timeout);
        }
        known.finish(version)
    }

    /// The verdict. `version` names the state of the followed documents that the outcomes came from.
    ///
    /// # Errors
    /// `drive/incomplete` while a declared folder has no outcome: that is not a partial drive but one
    /// that is still loading. `drive/unreadable` when something else stands in place of the drive or its tables.
    pub fn finish(self, version: u64) -> Result<Drive, Error> {
        if !Tables::are_sound(self.root.document()) {
            return Err(Error::new(Code::DriveUnreadable, "the document holds something else than a drive"));
        }
        let unsettled = self.open().len();
        if unsettled > 0 {
            return Err(
                Error::new(Code::DriveIncomplete, "folders are still loading").with("folders", unsettled)
            );
        }
        let folders: Vec<Folder> = self
            .declared
            .into_iter()
            .map(|declared| {
                let outcome = declared
                    .opens
                    .as_ref()
                    .and_then(|opens| self.outcomes.get(&opens.channel).cloned())
                    .unwrap_or(FolderOutcome::Unavailable(Unavailable::NoKeys));
                Folder { declared, outcome }
            })
            .collect();
        let complete = folders.iter().all(|f| matches!(f.outcome, FolderOutcome::Loaded(_)))
            && !matches!(self.whose, Whose::Team(_, Err(_)));
        let loaded = Loaded { whose: self.whose, root: self.root, folders, version };
        Ok(if complete {
            Drive::Complete(CompleteDrive::proven(loaded))
        } else {
            Drive::Partial(PartialDrive::of(loaded))
        })
    }
}
