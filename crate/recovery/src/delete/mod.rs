//! Deleting only what was meant: what a deletion comes to, before anything is written.
//!
//! ```text
//! what is selected ─▶ entries and folders of names ─▶ edits ─▶ the documents as they would be ─▶ what becomes of each
//!                                                       ▲                                          │ digest
//!                                                       └────── carried out with consent ◀─────────┘
//! ```
//! What becomes of each is read off the documents that the edits make, so that carrying it out does what was said.

mod consent;
mod expand;
mod outcome;

use std::collections::BTreeSet;

use pinfold_core::document::{Branch, EntryId, Kind, Shape, Tables};
use pinfold_core::drive::complete::FolderOutcome;
use pinfold_core::drive::edit::Edit;
use pinfold_core::error::Error;
use pinfold_core::href::HrefCipher;
use pinfold_core::json::{Text, Value};
use pinfold_core::names::names;
use pinfold_core::net::unavailable::Unavailable;

pub use consent::{Consent, Refused, Warnings};

/// One document of the account, as it is now.
#[derive(Debug, Clone, Copy)]
pub struct Holder<'d> {
    /// Its channel.
    pub channel: &'d str,
    /// Which kind of document it is.
    pub shape: Shape,
    /// What is in it. `None` where it was not read: restricted, missing, not loaded.
    pub content: Option<&'d Value>,
    /// What opens the edit links inside; of the account's own drive nothing has to.
    pub links: Option<&'d HrefCipher>,
}

/// What is in a shared folder, as far as it is known. If it is to be destroyed and the server says that its owner has destroyed it,
/// nothing: a deletion that was cut after that can then be planned anew, and goes on. For every other action the server's word makes no
/// folder empty.
pub fn content_of(folder: &FolderOutcome, action: Action) -> Option<&Value> {
    const NOTHING: &Value = &Value::Null;
    match folder {
        FolderOutcome::Loaded(document) => Some(document.document()),
        FolderOutcome::Unavailable(Unavailable::Deleted { reason })
            if action == Action::Destroy && reason == DESTROYED =>
        {
            Some(NOTHING)
        }
        FolderOutcome::Unavailable(_) => None,
    }
}

/// The server's word for what its owner destroyed (PROTOCOL.md 11.2).
const DESTROYED: &str = "ARCHIVE_OWNED";

impl<'d> Holder<'d> {
    pub(crate) fn tables(&self) -> Option<Tables<'d>> {
        self.content.map(|content| Tables::under(content, self.shape))
    }
}

/// What somebody selected.
#[derive(Clone, PartialEq, Eq)]
pub struct Pick {
    /// Which of the documents.
    pub holder: usize,
    /// In which part of its tree.
    pub branch: Branch,
    /// The names that lead there. A template has none.
    pub names: Vec<Text>,
    /// The entry that stands there. `None` of a plain folder: all that is below it.
    pub entry: Option<EntryId>,
}

/// Where it was; the names of folders are somebody's own.
impl std::fmt::Debug for Pick {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut shown = f.debug_struct("Pick");
        shown.field("holder", &self.holder).field("branch", &self.branch);
        shown.field("names", &self.names.len()).field("entry", &self.entry).finish()
    }
}

names! {
    /// What shall be done.
    #[derive(PartialOrd, Ord, Hash)]
    Action as DeleteAction, "What a deletion does with the selected entries.":
    /// Into the trash. In a shared folder, which has none, the same as [`Action::Remove`].
    Trash = "trash",
    /// Out of these places, and with the last of them out of the document.
    Remove = "remove",
    /// Out of everything, and destroyed on the server for everybody: only what the account owns.
    Destroy = "destroy",
}

names! {
    /// Where somebody selected it.
    View as DeleteView, "Where something was selected.":
    /// In the tree: a plain folder is all that is below it.
    Tree = "tree",
    /// In the results of a search: only the places that were hit, never what is around them.
    Search = "search",
}

/// What becomes of one entry.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Row {
    /// The document that holds the entry, by its number.
    pub holder: usize,
    /// The entry's number in it.
    pub id: EntryId,
    /// What it is.
    pub kind: Kind,
    /// Its channel.
    pub channel: Option<String>,
    /// The shared folder with which it goes; `None` if it was selected itself.
    pub via: Option<String>,
    /// Documents of the account in which it still stands afterwards, by their numbers; the trash counts.
    pub stays: BTreeSet<usize>,
    /// Whether the account then pins it no longer. Whether others do, no client can know.
    pub loses_pin: bool,
    /// Whether the account owns it.
    pub owned: bool,
    /// Whether it is destroyed for everybody.
    pub destroyed: bool,
    /// Documents of the account in which entries of it stay that then lead nowhere.
    pub dangling: BTreeSet<usize>,
    /// Whether the account then has no key of it, or none to edit it although it had one. The vault keeps the one it has.
    pub loses_key: bool,
    /// Whether all members of a shared folder or a team lose it there as well; of what is destroyed, everybody who has a link.
    pub others: bool,
}

/// What a deletion comes to.
#[derive(Debug, Clone)]
pub struct DeletePlan {
    action: Action,
    rows: Vec<Row>,
    unexpandable: BTreeSet<String>,
    steps: Vec<(usize, Vec<Edit>)>,
    digest: String,
}

impl DeletePlan {
    /// Plans a deletion. `own_key` is the account's public key, as owners are spelled. The account's own drive is the first
    /// of the documents.
    ///
    /// # Errors
    /// `edit/absent` for a place where nothing stands, or in a document that was not read; `crypto/read-only` for one that
    /// can only be read; `misuse/bad-argument` for a plain folder among search results.
    pub fn of(
        documents: &[Holder<'_>],
        own_key: Option<&str>,
        picks: &[Pick],
        action: Action,
        view: View,
    ) -> Result<Self, Error> {
        let steps = expand::steps(documents, own_key, picks, action, view)?;
        let after = outcome::after(documents, &steps)?;
        let (rows, unexpandable) = outcome::rows(documents, &after, &steps, own_key, action);
        let edits: Vec<(usize, Vec<Edit>)> =
            steps.into_iter().map(|step| (step.holder, vec![Edit::TakeOut(step.take_out)])).collect();
        let digest = consent::digest(documents, action, &rows, &unexpandable, &edits);
        Ok(Self { action, rows, unexpandable, steps: edits, digest })
    }

    /// What shall be done.
    pub const fn action(&self) -> Action {
        self.action
    }

    /// What becomes of each entry.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// The shared folders that go and whose content is not known: not counted as empty.
    pub const fn unexpandable(&self) -> &BTreeSet<String> {
        &self.unexpandable
    }

    /// How many documents it is about: those in folders of any kind as well, and a folder whose content is not known as one.
    pub fn documents(&self) -> usize {
        self.rows.iter().filter(|row| row.kind != Kind::SharedFolder).count() + self.unexpandable.len()
    }

    /// Channels that the server has to destroy before the edits are written.
    pub fn destroys(&self) -> BTreeSet<&str> {
        let destroyed = self.rows.iter().filter(|row| row.destroyed);
        destroyed.filter_map(|row| row.channel.as_deref()).collect()
    }

    /// Names exactly this plan, and is the same for the same documents and the same selection. Hexadecimal.
    pub fn digest(&self) -> &str {
        &self.digest
    }
}
