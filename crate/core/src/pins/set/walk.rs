//! What a loaded drive names, worked out part by part.
//!
//! A large drive takes a tenth of a second. A page that works for so long without a break does not answer to a person meanwhile.

use std::sync::Arc;

use super::Listing;
use super::ranks::Ranks;
use crate::document::{AccountDoc, Tables, TeamDoc, TeamEntry};
use crate::drive::complete::{Folder, FolderOutcome, Loaded, Whose};
use crate::ids::{EdPublic, IdSet, PinId};
use crate::json::Text;
use crate::pins::rules::{Entries, FolderView, Found, Skipped};
use crate::pins::seen::{SeenFolder, Sight};

/// A walk over the documents of a drive: the account's or team's own first, then each declared folder.
#[derive(Debug)]
pub(super) struct Walk {
    loaded: Arc<Loaded>,
    /// The document that is looked at: 0 is the own one.
    document: usize,
    /// What was found in it so far, and in how many of its entries.
    found: Found,
    looked_at: usize,
    // What was noted of those before it.
    seen: Vec<SeenFolder>,
    ranks: Ranks,
    stored: Vec<PinId>,
    skipped: Vec<Skipped>,
    odd: Vec<Skipped>,
    drive_again: bool,
}

impl Walk {
    pub(super) fn of(loaded: &Arc<Loaded>) -> Self {
        let owner = owner_in(loaded);
        Self {
            loaded: Arc::clone(loaded),
            document: 0,
            found: Found::of(owner),
            looked_at: 0,
            seen: Vec::new(),
            ranks: Ranks::default(),
            stored: Vec::new(),
            skipped: Vec::new(),
            odd: Vec::new(),
            drive_again: false,
        }
    }

    /// Looks at so many more entries. Whether there may be others.
    pub(super) fn step(&mut self, mut most: usize) -> bool {
        while self.document <= self.loaded.folders.len() {
            let Some(rest) = most.checked_sub(self.document_step(most)).filter(|rest| *rest > 0) else {
                return true;
            };
            most = rest;
        }
        false
    }

    /// Looks at entries of one document, and ends it after the last. How many; a document counts as one more.
    fn document_step(&mut self, most: usize) -> usize {
        let loaded = Arc::clone(&self.loaded);
        let folder = self.document.checked_sub(1).and_then(|at| loaded.folders.get(at));
        let entries = match folder {
            Some(folder) => Entries::of_folder(&view(folder)),
            None => own_entries(&loaded),
        };
        let left = entries.map_or(0, Entries::count).saturating_sub(self.looked_at);
        if let Some(entries) = entries {
            self.found.add_entries(entries, self.looked_at, most);
        }
        if left > most {
            self.looked_at += most;
            return most;
        }
        let next = Found::of(loaded.whose.signed_by().map(EdPublic::as_str));
        let found = std::mem::replace(&mut self.found, next);
        match folder {
            Some(folder) => self.end_folder(folder, found),
            None => self.end_own(&loaded, found),
        }
        self.document += 1;
        self.looked_at = 0;
        left + 1
    }

    fn end_own(&mut self, loaded: &Loaded, mut found: Found) {
        let document = loaded.root.document();
        let declared = loaded.folders.iter().map(|folder| folder.declared.pinned.as_ref());
        match &loaded.whose {
            Whose::User(account) => found.end_user(AccountDoc::of(document), &account.listed(), declared),
            Whose::Team(team, roster) => {
                let members = roster.as_ref().ok().map(|synced| synced.roster().members());
                found.end_team(TeamEntry::of(&team.entry), TeamDoc::of(document), members, declared);
            }
        }
        self.ranks.own(&found);
        // A document that was read must have been stored. In a folder other people can write any entry, so its entries prove nothing.
        self.stored.clone_from(&found.stored);
        self.stored.push(loaded.root.channel().into());
        let channel = Text::from(loaded.root.channel().as_str());
        self.note(channel, Sight::Read(loaded.root.place().clone()), found, false);
        // Invitations are named by the roster: without it the list is not all there is.
        if let Whose::Team(team, Err(why)) = &loaded.whose {
            let channel = Text::from(team.roster.channel.as_str());
            self.note(channel, Sight::Unread(why.code()), Found::default(), false);
        }
    }

    fn end_folder(&mut self, folder: &Folder, found: Found) {
        self.ranks.shared(&found);
        let declared = &folder.declared;
        let opened = || declared.opens.as_ref().map(|opens| Text::from(opens.channel.as_str()));
        let channel = declared.pinned.clone().or_else(opened).unwrap_or_else(|| declared.id.as_str().into());
        let sight = match &folder.outcome {
            FolderOutcome::Loaded(document) => {
                self.stored.push(document.channel().into());
                Sight::Read(document.place().clone())
            }
            FolderOutcome::Unavailable(why) => Sight::Unread(why.code()),
        };
        self.note(channel, sight, found, folder.is_made_anew());
    }

    fn note(&mut self, channel: Text, sight: Sight, found: Found, made_anew: bool) {
        self.drive_again |= found.names_again(self.loaded.whose.channel().as_str());
        self.skipped.extend(found.skipped);
        self.odd.extend(found.odd);
        let ids = found.ids.into_iter().map(|(_, id)| id).collect();
        self.seen.push(SeenFolder { channel, sight, ids, made_anew });
    }

    /// The list, and what names no channel although it should. Looks at whatever is left first.
    pub(super) fn end(mut self) -> (Arc<Listing>, Vec<Skipped>) {
        while self.step(usize::MAX) {}
        let loaded = self.loaded;
        let ids: IdSet = self.seen.iter().flat_map(|folder| folder.ids.iter().cloned()).collect();
        let listing = Listing {
            owner: loaded.whose.signed_by().cloned(),
            ids,
            folders: self.seen.into(),
            ranks: Arc::new(self.ranks),
            stored: Arc::new(self.stored.into_iter().collect()),
            drive: loaded.whose.channel().clone(),
            block: loaded.whose.block_id().cloned(),
            drive_again: self.drive_again,
            version: loaded.version,
        };
        self.skipped.extend(self.odd);
        (Arc::new(listing), self.skipped)
    }
}

/// The key of the account, as the entries of its own document spell it.
fn owner_in(loaded: &Loaded) -> Option<&str> {
    match &loaded.whose {
        Whose::User(_) => AccountDoc::of(loaded.root.document()).ed_public(),
        Whose::Team(team, _) => TeamEntry::of(&team.entry).ed_public(),
    }
}

fn own_entries(loaded: &Loaded) -> Option<Entries<'_>> {
    let document = loaded.root.document();
    match &loaded.whose {
        Whose::User(_) => Some(Entries::of_user(AccountDoc::of(document))),
        Whose::Team(team, _) => {
            Entries::of_team(TeamEntry::of(&team.entry), TeamDoc::of(document), team.links.as_ref())
        }
    }
}

fn view(folder: &Folder) -> FolderView<'_> {
    let opens = folder.declared.opens.as_ref();
    FolderView {
        pinned: folder.declared.pinned.as_ref(),
        content: match &folder.outcome {
            FolderOutcome::Loaded(document) => Some(Tables::of(document.document())),
            FolderOutcome::Unavailable(_) => None,
        },
        links: opens.and_then(|opens| opens.links.as_ref()),
        // The cleaning pass is never run on what we can only read (PROTOCOL.md 14.4).
        read_only: opens.is_none_or(|opens| opens.read_only),
    }
}
