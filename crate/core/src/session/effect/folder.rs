//! How a declared folder is, as a host is told.

use std::fmt;
use std::str::FromStr;

use crate::document::FolderDoc;
use crate::drive::complete::{Drive, Folder, FolderOutcome};
use crate::drive::declared::Declared;
use crate::drive::team::Team;
use crate::error::Code;
use crate::names::UnknownName;
use crate::net::document::SyncedDoc;

/// How far one declared folder is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FolderState {
    /// Declared, not asked for yet.
    Waiting,
    /// Asked for.
    Opening,
    /// Its history is coming.
    Loading,
    /// Read to its end.
    Loaded,
    /// It ended without contents, for the reason of this code.
    Unavailable(Code),
}

impl FolderState {
    /// The union of all names as TypeScript source. `net::unavailable` has a test that none is missing.
    pub const TYPESCRIPT: &str = r#"/** How far a declared folder is; from "restricted" on, why it was not read. */
export type FolderState = "waiting" | "opening" | "loading" | "loaded"
  | "restricted" | "password-changed" | "deleted" | "archived" | "missing" | "no-keys" | "unreadable" | "timeout";
"#;

    /// The stable name: of a folder that was not read, the reason in its code.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Opening => "opening",
            Self::Loading => "loading",
            Self::Loaded => "loaded",
            Self::Unavailable(code) => code.reason(),
        }
    }
}

impl fmt::Display for FolderState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for FolderState {
    type Err = UnknownName;

    fn from_str(name: &str) -> Result<Self, UnknownName> {
        let reason = |code: &Code| code.as_str().strip_prefix("folder/") == Some(name);
        [Self::Waiting, Self::Opening, Self::Loading, Self::Loaded]
            .into_iter()
            .find(|state| state.as_str() == name)
            .or_else(|| Code::ALL.iter().copied().find(reason).map(Self::Unavailable))
            .ok_or(UnknownName)
    }
}

/// A change of one declared folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FolderEvent {
    /// The team whose folder it is; `None` for the user's own.
    pub team: Option<String>,
    /// The entry's key in the drive.
    pub id: String,
    /// The channel it is read from, if its link has keys.
    pub channel: Option<String>,
    /// The title it was last seen under.
    pub title: Option<String>,
    /// How far it is.
    pub state: FolderState,
    /// Entries inside, once loaded.
    pub documents: Option<usize>,
    /// Whether only a view key is held.
    pub read_only: bool,
    /// Whether the entry carries a password.
    pub password_protected: bool,
    /// Whether the account is among its owners.
    pub owned: bool,
    /// Why its contents prove little although it was read: `folder/made-anew`.
    pub doubt: Option<Code>,
}

impl FolderEvent {
    /// The event of an entry of the user's drive, or of a team's, in a state; `document` where it is loaded.
    pub fn of(
        team: Option<&Team>,
        declared: &Declared,
        state: FolderState,
        document: Option<&SyncedDoc>,
    ) -> Self {
        let Declared { id, pinned: _, opens, title, password_protected, owned, entered: _ } = declared;
        let anew = document.is_some_and(|document| declared.is_made_anew(document));
        let document = document.map(|document| FolderDoc::of(document.document()));
        let seen = document.and_then(FolderDoc::title).map(str::to_owned);
        Self {
            team: team.map(|team| team.id.clone()),
            id: id.clone(),
            channel: opens.as_ref().map(|opens| opens.channel.as_str().to_owned()),
            title: seen.or_else(|| title.clone()),
            state,
            documents: document.map(|document| document.tables().documents()),
            read_only: opens.as_ref().is_none_or(|opens| opens.read_only),
            password_protected: *password_protected,
            owned: *owned,
            doubt: anew.then_some(Code::FolderMadeAnew),
        }
    }

    /// The events of all folders of a loaded drive.
    pub fn settled(drive: &Drive) -> impl Iterator<Item = Self> {
        let team = drive.whose().team();
        drive.folders().iter().map(move |Folder { declared, outcome }| match outcome {
            FolderOutcome::Loaded(document) => Self::of(team, declared, FolderState::Loaded, Some(document)),
            FolderOutcome::Unavailable(why) => {
                Self::of(team, declared, FolderState::Unavailable(why.code()), None)
            }
        })
    }
}
