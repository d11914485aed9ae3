//! A drive that was loaded: all of it, or part of it.
//!
//! The difference is a type. Only [`CompleteDrive`] has a pin set; a [`PartialDrive`] can add and says what
//! is missing. Both are snapshots: a later change makes a new one, it never edits a proof.

use std::sync::Arc;

use crate::document::{FolderDoc, Tables};
use crate::drive::account::Account;
use crate::drive::declared::Declared;
use crate::drive::team::Team;
use crate::ids::{BlockId, ChannelId, EdPublic};
use crate::net::document::{SyncedDoc, SyncedRoster};
use crate::net::unavailable::Unavailable;

/// What one declared folder came to.
#[derive(Debug, Clone)]
pub enum FolderOutcome {
    /// Read to its end.
    Loaded(SyncedDoc),
    /// Not read; it may hold anything.
    Unavailable(Unavailable),
}

impl FolderOutcome {
    /// How many documents are in it; `None` when it was not read.
    pub fn documents(&self) -> Option<usize> {
        self.read().map(|folder| folder.tables().documents())
    }

    /// Its document, if it was read.
    pub fn read(&self) -> Option<FolderDoc<'_>> {
        match self {
            Self::Loaded(document) => Some(FolderDoc::of(document.document())),
            Self::Unavailable(_) => None,
        }
    }
}

/// One declared folder and its outcome.
#[derive(Debug, Clone)]
pub struct Folder {
    /// The entry.
    pub declared: Declared,
    /// What it came to.
    pub outcome: FolderOutcome,
}

impl Folder {
    /// As [`Declared::is_made_anew`]; not of one that was not read.
    pub fn is_made_anew(&self) -> bool {
        matches!(&self.outcome, FolderOutcome::Loaded(document) if self.declared.is_made_anew(document))
    }
}

/// Whose drive it is.
#[derive(Debug, Clone)]
pub enum Whose {
    /// The user's own: its document is the account document.
    User(Box<Account>),
    /// A team's, which needs its roster as well: invitations are pinned for it (PROTOCOL.md 17.3).
    Team(Box<Team>, Result<SyncedRoster, Unavailable>),
}

impl Whose {
    /// The key that the calls are signed with; nobody signs for an anonymous drive.
    pub fn signed_by(&self) -> Option<&EdPublic> {
        match self {
            Self::User(account) => account.ed_public(),
            Self::Team(team, _) => Some(&team.ed_public),
        }
    }

    /// The channel of the drive's document.
    pub fn channel(&self) -> &ChannelId {
        match self {
            Self::User(account) => account.drive_channel(),
            Self::Team(team, _) => &team.channel,
        }
    }

    /// The log-in block; teams have none.
    pub fn block_id(&self) -> Option<&BlockId> {
        match self {
            Self::User(account) => account.block_id(),
            Self::Team(..) => None,
        }
    }

    /// The team, if it is one's.
    pub fn team(&self) -> Option<&Team> {
        match self {
            Self::User(_) => None,
            Self::Team(team, _) => Some(team),
        }
    }
}

/// What both results share.
#[derive(Debug, Clone)]
pub(crate) struct Loaded {
    pub(crate) whose: Whose,
    pub(crate) root: SyncedDoc,
    pub(crate) folders: Vec<Folder>,
    /// Which state of the followed documents this is.
    pub(crate) version: u64,
}

/// A drive of which every declared folder was read to its end, and the roster if it is a team's.
///
/// Made by [`FolderLoader::finish`](crate::drive::loader::FolderLoader::finish) and by nothing else.
#[derive(Debug, Clone)]
pub struct CompleteDrive(Arc<Loaded>);

/// A drive of which at least one declared folder was not read, or the roster.
#[derive(Debug, Clone)]
pub struct PartialDrive(Arc<Loaded>);

/// The result of loading.
#[derive(Debug, Clone)]
pub enum Drive {
    /// Everything was read.
    Complete(CompleteDrive),
    /// Something is missing.
    Partial(PartialDrive),
}

impl CompleteDrive {
    /// Only a loader that has an outcome for every folder, and a document in each, may say so.
    pub(super) fn proven(loaded: Loaded) -> Self {
        Self(Arc::new(loaded))
    }

    pub(crate) fn loaded(&self) -> &Arc<Loaded> {
        &self.0
    }
}

impl PartialDrive {
    pub(super) fn of(loaded: Loaded) -> Self {
        Self(Arc::new(loaded))
    }

    /// The folders that are missing, and why.
    pub fn missing(&self) -> impl Iterator<Item = (&Declared, &Unavailable)> {
        self.0.folders.iter().filter_map(|f| match &f.outcome {
            FolderOutcome::Unavailable(why) => Some((&f.declared, why)),
            FolderOutcome::Loaded(_) => None,
        })
    }
}

impl Drive {
    pub(crate) fn loaded(&self) -> &Arc<Loaded> {
        match self {
            Self::Complete(CompleteDrive(loaded)) | Self::Partial(PartialDrive(loaded)) => loaded,
        }
    }

    /// Whose it is.
    pub fn whose(&self) -> &Whose {
        &self.loaded().whose
    }

    /// Every declared folder with its outcome, in the document's order.
    pub fn folders(&self) -> &[Folder] {
        &self.loaded().folders
    }

    /// How many documents there are: in the drive, and in the folders that were read.
    pub fn documents(&self) -> usize {
        let in_folders = self.folders().iter().filter_map(|folder| folder.outcome.documents());
        self.own_documents() + in_folders.sum::<usize>()
    }

    /// How many documents are in the drive itself, without its folders.
    pub fn own_documents(&self) -> usize {
        Tables::of_drive(self.root().document()).documents()
    }

    /// The tables of the document of a channel: of the drive, or of a folder of it that was read.
    pub fn tables_of(&self, channel: &ChannelId) -> Option<Tables<'_>> {
        if self.root().channel() == channel {
            return Some(Tables::of_drive(self.root().document()));
        }
        let opens =
            |folder: &&Folder| folder.declared.opens.as_ref().is_some_and(|opens| opens.channel == *channel);
        self.folders().iter().find(opens)?.outcome.read().map(FolderDoc::tables)
    }

    /// The account document, or the team's.
    pub fn root(&self) -> &SyncedDoc {
        &self.loaded().root
    }
}
