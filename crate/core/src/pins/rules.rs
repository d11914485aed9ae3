//! Which ids an account or a team has to keep: one table, and the reading of the documents by it (PROTOCOL.md 17.2, 17.3).
//!
//! [`Category::rule`] is the table. What is below names the field of each.

mod category;

use crate::document::{AccountDoc, Entry, Tables, TeamDoc, TeamEntry};
use crate::drive::account::Listed;
use crate::error::Code;
use crate::href::{self, HrefCipher};
use crate::ids::PinId;
use crate::json::{Object, Text, Value};
use crate::pins::entry;

pub use category::{Accepts, Category, Rule};

/// An item that should name a channel and does not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skipped {
    /// What it is.
    pub category: Category,
    /// Why it names nothing.
    pub why: &'static str,
    /// The same for machines: `href/malformed` or `pins/not-an-id`.
    pub code: Code,
}

/// What the walk found. Ids may repeat; sets are made of it later.
#[derive(Debug, Default)]
pub struct Found {
    /// Ids, each with the reason to keep it.
    pub ids: Vec<(Category, PinId)>,
    /// Those of entries that name the account among the owners.
    pub owned: Vec<PinId>,
    /// Those that must have been stored once, unless the server lost them: documents that the account made itself
    /// or that were opened since they were entered. Not included: channels that are made at the first answer or the
    /// first edit, entries added by a link, documents that somebody else may delete, documents that expire.
    pub stored: Vec<PinId>,
    /// Items whose links cannot be read.
    pub skipped: Vec<Skipped>,
    /// Items that name a text which is no id. CryptPad's own client leaves some of them out without a word.
    pub odd: Vec<Skipped>,
    /// The key of the account, as `owners` spell it.
    owner: Option<String>,
}

/// A declared folder as the rules see it.
#[derive(Debug, Clone, Copy)]
pub struct FolderView<'a> {
    /// The entry's own channel field.
    pub pinned: Option<&'a Text>,
    /// The folder's document, if it was read.
    pub content: Option<Tables<'a>>,
    /// What opens the edit links inside.
    pub links: Option<&'a HrefCipher>,
    /// Whether only a view key is held: such a folder is listed as it is, uncleaned.
    pub read_only: bool,
}

impl Found {
    /// Whether something else than the account's or team's own document has this channel.
    pub fn names_again(&self, own: &str) -> bool {
        let other = |category: &Category| !matches!(category, Category::Drive | Category::TeamDrive);
        self.ids.iter().any(|(category, id)| other(category) && *id == own)
    }

    /// Nothing so far. `owner` is the key of the account.
    pub(super) fn of(owner: Option<&str>) -> Self {
        Self { owner: owner.map(str::to_owned), ..Self::default() }
    }

    /// Whether an entry names the account among its owners.
    fn is_owned(&self, entry: Entry<'_>) -> bool {
        self.owner.as_deref().is_some_and(|owner| entry.is_owned_by(owner))
    }

    fn add(&mut self, category: Category, id: &Text) {
        let fits = match category.rule().accepts {
            Accepts::PadOrBlob => matches!(id.utf16_len(), 32 | 48),
            Accepts::AnyId => matches!(id.utf16_len(), 32 | 33 | 48),
        };
        if let Some(id) = PinId::of(id).filter(|_| fits) {
            self.ids.push((category, id));
        } else if id.utf16_len() > 0 {
            self.odd(category);
        }
    }

    fn odd(&mut self, category: Category) {
        self.odd.push(Skipped { category, why: "what it names is no id", code: Code::PinsNotAnId });
    }

    fn add_all<'t>(&mut self, category: Category, ids: impl IntoIterator<Item = &'t Text>) {
        ids.into_iter().for_each(|id| self.add(category, id));
    }

    fn add_link(&mut self, category: Category, link: &str) {
        match href::href_to_channel(link, None) {
            Ok(Some(channel)) => self.add(category, &Text::from(channel.as_str())),
            Ok(None) => {}
            // CryptPad's own client stops here for ever (trap 29); one bad link must not cost the rest.
            Err(_) => {
                self.skipped.push(Skipped {
                    category,
                    why: "its link cannot be read",
                    code: Code::HrefMalformed,
                });
            }
        }
    }
}

/// The entries of one document, and how the cleaning pass takes them.
#[derive(Debug, Clone, Copy)]
pub struct Entries<'a> {
    drive: Tables<'a>,
    kind: entry::Kind<'a>,
}

impl<'a> Entries<'a> {
    /// Those of an account's own document.
    pub fn of_user(document: AccountDoc<'a>) -> Self {
        Self { drive: document.drive(), kind: entry::Kind::Main }
    }

    /// Those of a team's own document; `None` where the team has no key to pin with.
    pub fn of_team(
        team: TeamEntry<'a>,
        document: TeamDoc<'a>,
        links: Option<&'a HrefCipher>,
    ) -> Option<Self> {
        let kind = links.map_or(entry::Kind::ReadOnly, entry::Kind::Keyed);
        team.has_ed_public().then(|| Self { drive: document.drive(), kind })
    }

    /// Those of a folder, if it was read.
    pub fn of_folder(folder: &FolderView<'a>) -> Option<Self> {
        let kind = if folder.read_only { entry::Kind::ReadOnly } else { entry::Kind::of(folder.links) };
        folder.content.map(|drive| Self { drive, kind })
    }

    /// How many there are to look at.
    pub fn count(self) -> usize {
        entry::count(self.drive, self.kind)
    }
}

/// A user's list, without tags. `document` is the account document.
pub fn user_list(document: AccountDoc<'_>, listed: &Listed<'_>, folders: &[FolderView<'_>]) -> Found {
    let mut found = Found::of(document.ed_public());
    // CryptPad's client begins with an identity (17.2): an anonymous drive has none, and nothing is sent for it.
    // What it would have to keep is listed all the same.
    found.add_entries(Entries::of_user(document), 0, usize::MAX);
    found.end_user(document, listed, folders.iter().map(|folder| folder.pinned));
    folders.iter().for_each(|folder| found.add_folder(folder));
    found
}

/// A team's list, without tags. `team` is the entry of the account document, `document` the team's own,
/// `members` the roster's, `links` the team's cipher of edit links.
pub fn team_list(
    team: TeamEntry<'_>,
    document: TeamDoc<'_>,
    members: Option<&Object>,
    links: Option<&HrefCipher>,
    folders: &[FolderView<'_>],
) -> Found {
    let mut found = Found::of(team.ed_public());
    let entries = Entries::of_team(team, document, links);
    if let Some(entries) = entries {
        found.add_entries(entries, 0, usize::MAX);
    }
    found.end_team(team, document, members, folders.iter().map(|folder| folder.pinned));
    folders.iter().filter(|_| entries.is_some()).for_each(|folder| found.add_folder(folder));
    found
}

/// What one folder names by itself. `owner` is the key of the account, to know what in it is the account's own.
pub fn folder_list(folder: &FolderView<'_>, owner: Option<&str>) -> Found {
    let mut found = Found::of(owner);
    found.add_folder(folder);
    found
}

/// What is read of the documents, part by part.
impl Found {
    fn add_folder(&mut self, folder: &FolderView<'_>) {
        if let Some(entries) = Entries::of_folder(folder) {
            self.add_entries(entries, 0, usize::MAX);
        }
    }

    /// What an account names beside its entries: the folders that it declares (17.2, A2), and all else.
    pub(super) fn end_user<'d>(
        &mut self,
        document: AccountDoc<'_>,
        listed: &Listed<'_>,
        declared: impl Iterator<Item = Option<&'d Text>>,
    ) {
        self.add_all(Category::Folder, declared.flatten());
        if let Some(edit) = document.profile() {
            self.add_link(Category::Profile, &format!("/profile/#{edit}"));
        }
        if let Some(avatar) = document.avatar() {
            self.add_link(Category::Avatar, avatar);
        }
        if let Some(todo) = document.todo() {
            self.add_link(Category::Todo, &format!("/todo/#{todo}"));
        }
        for (key, channel) in document.friends() {
            if key.as_str() != Some("me") {
                self.add_all(Category::Friend, channel);
            }
        }
        for (name, mailbox) in document.mailboxes() {
            match name.as_str() {
                Some("broadcast") if listed.admin => self.add_all(Category::Broadcast, mailbox.channel()),
                Some("broadcast") => {}
                _ => self.add_all(Category::Mailbox, mailbox.channel()),
            }
        }
        self.add_all(Category::Calendar, document.calendars());
        self.add(Category::Drive, &Text::from(listed.drive_channel));
    }

    /// What a team names beside its entries, as [`Self::end_user`].
    pub(super) fn end_team<'d>(
        &mut self,
        team: TeamEntry<'_>,
        document: TeamDoc<'_>,
        members: Option<&Object>,
        declared: impl Iterator<Item = Option<&'d Text>>,
    ) {
        // Without a key nobody pins what is in the team's drive.
        self.add_all(Category::Folder, declared.flatten().filter(|_| team.has_ed_public()));
        self.add_all(Category::TeamDrive, team.channel());
        let categories = [Category::TeamChat, Category::TeamRoster, Category::TeamMailbox];
        for (category, channel) in categories.into_iter().zip(team.channels()) {
            self.add_all(category, channel);
        }
        self.add_all(Category::Calendar, document.calendars());
        for member in members.into_iter().flat_map(Object::values) {
            if member.get("pending").is_some_and(Value::truthy) {
                let channels = ["inviteChannel", "previewChannel"].into_iter();
                let named = channels.filter_map(|field| member.get(field)?.as_text());
                self.add_all(Category::Invitation, named);
            }
        }
    }

    /// The entries of a drive object or folder (17.2, A1), from the one at a place on and so many at most.
    pub(super) fn add_entries(&mut self, entries: Entries<'_>, from: usize, most: usize) {
        for entry in entry::listed_entries(entries.drive, entries.kind, from, most) {
            self.add_entry(&entry);
        }
    }

    fn add_entry(&mut self, entry: &entry::Entry<'_>) {
        let data = entry.data;
        let before = self.ids.len();
        if let Some(link) = data.last_version() {
            self.add_link(Category::LastVersion, link);
        }
        self.add_all(Category::Answers, data.answers());
        self.add_all(Category::RealTime, data.real_time());
        self.add_all(Category::Image, data.images());
        match (data.channel(), &entry.derived) {
            // An older version took the beginning of a damaged link for a channel, and the key with it.
            (_, _) if entry.is_piece => self.odd(Category::Document),
            (_, Some(derived)) => self.add(Category::Document, &Text::from(derived.as_str())),
            (Some(channel), None) => self.add(Category::Document, channel),
            (None, None) => {}
        }
        let owned = self.is_owned(data);
        let new = self.ids.get(before..).unwrap_or_default();
        if owned {
            self.owned.extend(new.iter().map(|(_, id)| id.clone()));
        }
        if let Some((Category::Document, id)) = new.last()
            && was_stored(data, owned)
        {
            self.stored.push(id.clone());
        }
    }
}

/// Whether the channel of an entry must have been stored once, and nobody but the account may delete it.
fn was_stored(entry: Entry<'_>, owned: bool) -> bool {
    let opened_since = entry.opened().unwrap_or_default() > entry.created().unwrap_or_default();
    !entry.expires() && (owned || !entry.has_owners() && opened_since)
}

#[cfg(test)]
mod tests;
