//! Sets of pins: the complete one, which may replace the server's list, and additions, which may only add.

mod additions;
mod ranks;

use std::sync::Arc;

use crate::compact::SortedSet;
use crate::document::{AccountDoc, Tables, TeamDoc, TeamEntry};
use crate::drive::complete::{CompleteDrive, Drive, Folder, FolderOutcome, Loaded, Whose};
use crate::ids::{BlockId, ChannelId, EdPublic, IdSet, PinId};
use crate::json::Text;
use crate::names::names;
use crate::pins::hash::hash_in_order;
use crate::pins::rules::{self, FolderView, Found, Skipped};
use crate::pins::seen::{Seen, SeenFolder, Sight};
use crate::pins::set::ranks::{Ranking, Ranks};

pub use additions::{Additions, PinBatch};

/// The ids of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Listing {
    /// Whose pins; nobody's, of an anonymous drive.
    pub(crate) owner: Option<EdPublic>,
    /// The plain ids.
    pub(crate) ids: IdSet,
    /// The documents they were read from, the account's own first.
    pub(crate) folders: Arc<[SeenFolder]>,
    /// Which of them come first where not all fit.
    ranks: Arc<Ranks>,
    /// Which of them the server must have stored once.
    pub(crate) stored: Arc<IdSet>,
    /// Which of them is the account's own document; tagged `#drive` in a RESET.
    pub(crate) drive: ChannelId,
    /// The log-in block, tagged `#block` in a RESET and absent otherwise.
    pub(crate) block: Option<BlockId>,
    /// Something in the drive has the drive's own channel: a RESET names it bare as well.
    pub(crate) drive_again: bool,
    /// Which state of the followed documents the ids were read from.
    pub(crate) version: u64,
}

impl Listing {
    /// What a loaded drive names.
    fn of(loaded: &Loaded) -> Arc<Self> {
        let mut noted = Noted::default();
        let folders = seen_folders(loaded, &mut noted);
        let ids = folders.iter().flat_map(|folder| folder.ids.iter().cloned()).collect();
        Arc::new(Self {
            owner: loaded.whose.signed_by().cloned(),
            ids,
            folders: folders.into(),
            ranks: Arc::new(noted.ranks.into()),
            stored: Arc::new(noted.stored.into_iter().collect()),
            drive: loaded.whose.channel().clone(),
            block: loaded.whose.block_id().cloned(),
            drive_again: noted.drive_again,
            version: loaded.version,
        })
    }

    /// The same owner's list, of other ids.
    pub(crate) fn with_ids(&self, ids: IdSet) -> Self {
        Self { ids, ..self.clone() }
    }

    fn seen(&self) -> Seen<'_> {
        Seen { ids: &self.ids, folders: &self.folders }
    }

    pub(crate) fn tagged(&self) -> SortedSet<Text> {
        let mut list = tagged(&self.ids, &self.drive, self.block.as_ref());
        if self.drive_again {
            list.insert(self.drive.as_str().into());
        }
        list
    }

    pub(crate) fn forms(&self) -> Forms {
        Forms::of(&self.ids, &self.drive, self.block.as_ref())
    }
}

/// A list as a RESET carries it (PROTOCOL.md 17.2, items 9 and 10): the account's own document is
/// tagged `#drive`, and the log-in block stands in it, tagged `#block`.
///
/// A rendering and nothing more: no command can be made of it.
pub fn tagged(ids: &IdSet, drive: &ChannelId, block: Option<&BlockId>) -> SortedSet<Text> {
    let others = ids.iter().filter(|id| *id != drive.as_str());
    let mut list: SortedSet<Text> = others.map(PinId::text).cloned().collect();
    if list.len() < ids.len() {
        list.insert(format!("{drive}#drive").into());
    }
    if let Some(block) = block {
        list.insert(format!("{block}#block").into());
    }
    list
}

/// The hashes under which a server may know one list. Base64 of SHA-512, 88 characters each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Forms {
    plain: String,
    tagged: String,
    tagged_and_bare: String,
}

names! {
    /// Which rendering of the list the server's hash agreed with.
    Form, "The rendering of a list with which the server's hash agrees: the bare ids, or as a RESET carried them.":
    /// The bare ids: how the server reads its log back.
    Plain = "plain",
    /// As a RESET carried them, in the session of that RESET.
    Tagged = "tagged",
    /// As [`Form::Tagged`], and the drive's bare id was pinned after it.
    TaggedAndBare = "tagged-and-bare",
}

impl Forms {
    /// The hashes that a server may answer when it holds exactly this list.
    ///
    /// Three, because the server remembers a RESET as it was sent until its session expires: plain once
    /// read back from its log, tagged in the session of the RESET, and tagged with the bare drive id
    /// beside it when a PIN followed in that session (PROTOCOL.md 11.3).
    pub fn of(ids: &IdSet, drive: &ChannelId, block: Option<&BlockId>) -> Self {
        let tagged = tagged(ids, drive, block);
        let mut tagged_and_bare = tagged.clone();
        tagged_and_bare.insert(drive.as_str().into());
        Self {
            plain: hash_in_order(ids),
            tagged: hash_in_order(&tagged),
            tagged_and_bare: hash_in_order(&tagged_and_bare),
        }
    }

    /// The plain digest, by which the list is known to people and other devices.
    pub fn plain(&self) -> &str {
        &self.plain
    }

    /// The hashes: plain, tagged, tagged with the bare drive.
    pub fn into_hashes(self) -> [String; 3] {
        [self.plain, self.tagged, self.tagged_and_bare]
    }

    /// The form that the server's hash agrees with, if any.
    pub fn agrees(&self, server: &str) -> Option<Form> {
        [
            (&self.plain, Form::Plain),
            (&self.tagged, Form::Tagged),
            (&self.tagged_and_bare, Form::TaggedAndBare),
        ]
        .into_iter()
        .find_map(|(hash, form)| (hash == server).then_some(form))
    }
}

impl CompleteDrive {
    /// Every id the account has to keep. The one way to a [`CompletePinSet`]: the proof carries the data.
    pub fn pin_set(&self) -> CompletePinSet {
        CompletePinSet(Listing::of(self.loaded()))
    }
}

impl Drive {
    /// Everything known so far, to be added. Of a partial drive as well: a PIN never removes.
    pub fn additions(&self) -> Additions {
        Additions::of(Listing::of(self.loaded()))
    }

    /// Items that name no channel although they should (a bad link in the profile, a text that is no id). They are left
    /// out of the list, as no client can tell what they meant; they never stop the rest.
    pub fn skipped(&self) -> Vec<Skipped> {
        let found = found(self.loaded());
        [found.skipped, found.odd].concat()
    }
}

fn found(loaded: &Loaded) -> Found {
    found_with(loaded, &loaded.folders.iter().map(view).collect::<Vec<_>>())
}

fn found_with(loaded: &Loaded, views: &[FolderView<'_>]) -> Found {
    let document = loaded.root.document();
    match &loaded.whose {
        Whose::User(account) => rules::user_list(AccountDoc::of(document), &account.listed(), views),
        Whose::Team(team, roster) => {
            let members = roster.as_ref().ok().map(|synced| synced.roster().members());
            rules::team_list(
                TeamEntry::of(&team.entry),
                TeamDoc::of(document),
                members,
                team.links.as_ref(),
                views,
            )
        }
    }
}

/// What is noted of the documents beside their ids.
#[derive(Default)]
struct Noted {
    /// Which ids come first.
    ranks: Ranking,
    /// Which of them must have been stored.
    stored: Vec<PinId>,
    /// One of the documents names the account's own document.
    drive_again: bool,
}

impl Noted {
    /// The ids of one document.
    fn ids_of(&mut self, loaded: &Loaded, found: Found) -> IdSet {
        self.drive_again |= found.names_again(loaded.whose.channel().as_str());
        found.ids.into_iter().map(|(_, id)| id).collect()
    }
}

/// Each document with the ids it names itself, the account's own first.
fn seen_folders(loaded: &Loaded, noted: &mut Noted) -> Vec<SeenFolder> {
    let closed: Vec<FolderView<'_>> =
        loaded.folders.iter().map(|folder| FolderView { content: None, ..view(folder) }).collect();
    let own = found_with(loaded, &closed);
    noted.ranks.own(&own);
    // What was read was stored. Of what stands in folders others say what they like, so it proves nothing.
    noted.stored.clone_from(&own.stored);
    noted.stored.push(loaded.root.channel().into());
    let mut seen = vec![SeenFolder {
        channel: Text::from(loaded.root.channel().as_str()),
        sight: Sight::Read(loaded.root.place().clone()),
        ids: noted.ids_of(loaded, own),
        made_anew: false,
    }];
    // Invitations are named by the roster: without it the list is not all there is.
    if let Whose::Team(team, Err(why)) = &loaded.whose {
        let channel = Text::from(team.roster.channel.as_str());
        seen.push(SeenFolder {
            channel,
            sight: Sight::Unread(why.code()),
            ids: IdSet::new(),
            made_anew: false,
        });
    }
    let owner = loaded.whose.signed_by().map(EdPublic::as_str);
    for folder in &loaded.folders {
        let declared = &folder.declared;
        let opened = || declared.opens.as_ref().map(|opens| Text::from(opens.channel.as_str()));
        let found = rules::folder_list(&view(folder), owner);
        noted.ranks.shared(&found);
        if let FolderOutcome::Loaded(document) = &folder.outcome {
            noted.stored.push(document.channel().into());
        }
        seen.push(SeenFolder {
            channel: declared.pinned.clone().or_else(opened).unwrap_or_else(|| declared.id.as_str().into()),
            sight: match &folder.outcome {
                FolderOutcome::Loaded(document) => Sight::Read(document.place().clone()),
                FolderOutcome::Unavailable(why) => Sight::Unread(why.code()),
            },
            ids: noted.ids_of(loaded, found),
            made_anew: folder.is_made_anew(),
        });
    }
    seen
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

/// Every id that an account has to keep, made from a [`CompleteDrive`] and from nothing else.
///
/// It does not replace the server's list by itself: the guard puts beside it what may not be given up yet
/// ([`GuardedPinSet`](crate::guard::guarded::GuardedPinSet)). It is never empty: the drive's own channel is always in it (an empty RESET would be a silent no-op).
/// It names its owner, so that a team's set cannot replace a user's.
#[derive(Debug, Clone)]
pub struct CompletePinSet(Arc<Listing>);

impl CompletePinSet {
    /// How many ids.
    #[allow(clippy::len_without_is_empty, reason = "it is never empty")]
    pub fn len(&self) -> usize {
        self.0.ids.len()
    }

    /// The plain ids in the server's order.
    pub fn ids(&self) -> &IdSet {
        &self.0.ids
    }

    /// The ids as a RESET carries them, with `#drive` and `#block`.
    pub fn tagged(&self) -> SortedSet<Text> {
        self.0.tagged()
    }

    /// The hashes under which the server may know this set.
    pub fn forms(&self) -> Forms {
        self.0.forms()
    }

    /// Whose pins; `None` of an anonymous drive, whose set can be looked at and not be sent.
    pub fn owner(&self) -> Option<&EdPublic> {
        self.0.owner.as_ref()
    }

    /// Everything in it, as additions.
    pub fn additions(&self) -> Additions {
        Additions::of(Arc::clone(&self.0))
    }

    /// What the documents were seen to hold, as the guard plans with it.
    pub fn seen(&self) -> Seen<'_> {
        self.0.seen()
    }

    pub(crate) fn listing(&self) -> &Listing {
        &self.0
    }
}

#[cfg(test)]
pub(crate) mod tests;
