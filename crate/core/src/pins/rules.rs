//! Which ids an account or a team has to keep: one table, and the walk that fills it (PROTOCOL.md 17.2, 17.3).
//!
//! [`Category::rule`] is the table. It is an exhaustive match: a new category does not compile until it
//! says which texts it accepts and which section it rests on. The walk below names the field of each.

use crate::document::{AccountDoc, Entry, Tables, TeamDoc, TeamEntry};
use crate::drive::account::Listed;
use crate::error::Code;
use crate::href::{self, HrefCipher};
use crate::ids::PinId;
use crate::json::{Object, Text, Value};
use crate::pins::entry;

/// Why an id is pinned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Category {
    /// A document, blob or form of a drive, a folder or a team drive.
    Document,
    /// The answers of a form.
    Answers,
    /// The real-time channel of an office document.
    RealTime,
    /// The last saved version of an office document.
    LastVersion,
    /// An image inside an office document.
    Image,
    /// A shared folder itself.
    Folder,
    /// The profile.
    Profile,
    /// The profile's picture.
    Avatar,
    /// An old to-do list.
    Todo,
    /// The chat with a contact.
    Friend,
    /// A mailbox.
    Mailbox,
    /// The administrators' broadcast channel.
    Broadcast,
    /// A calendar.
    Calendar,
    /// The account's own document.
    Drive,
    /// A team's document.
    TeamDrive,
    /// A team's chat.
    TeamChat,
    /// A team's roster.
    TeamRoster,
    /// A team's mailbox.
    TeamMailbox,
    /// The channels of a pending invitation to a team.
    Invitation,
}

/// Which texts a category accepts as ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Accepts {
    /// 32 or 48 UTF-16 units: what CryptPad's own filter lets through for drive contents, except what holds
    /// a separator ([`PinId`]).
    PadOrBlob,
    /// Such a text of 32, 33 or 48 units. CryptPad filters nothing here; the server drops the rest anyway,
    /// and hashes would never agree (PROTOCOL.md 17.2, trap 28).
    AnyId,
}

/// A row of the table.
#[derive(Debug, Clone, Copy)]
pub struct Rule {
    /// Which texts count.
    pub accepts: Accepts,
    /// Where PROTOCOL.md says so.
    pub section: &'static str,
}

impl Category {
    /// The stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Document => "document",
            Self::Answers => "answers",
            Self::RealTime => "real-time",
            Self::LastVersion => "last-version",
            Self::Image => "image",
            Self::Folder => "folder",
            Self::Profile => "profile",
            Self::Avatar => "avatar",
            Self::Todo => "todo",
            Self::Friend => "friend",
            Self::Mailbox => "mailbox",
            Self::Broadcast => "broadcast",
            Self::Calendar => "calendar",
            Self::Drive => "drive",
            Self::TeamDrive => "team-drive",
            Self::TeamChat => "team-chat",
            Self::TeamRoster => "team-roster",
            Self::TeamMailbox => "team-mailbox",
            Self::Invitation => "invitation",
        }
    }

    /// The table.
    pub const fn rule(self) -> Rule {
        use Accepts::{AnyId, PadOrBlob};
        let (accepts, section) = match self {
            Self::Document => (PadOrBlob, "17.2 A1: channel"),
            Self::Answers => (PadOrBlob, "17.2 A1: answersChannel"),
            Self::RealTime => (PadOrBlob, "17.2 A1: rtChannel"),
            Self::LastVersion => (PadOrBlob, "17.2 A1: lastVersion, without password"),
            Self::Image => (PadOrBlob, "17.2 A1: ooImages"),
            Self::Folder => (PadOrBlob, "17.2 A2: sharedFolders[id].channel"),
            Self::Profile => (AnyId, "17.2 B4: profile.edit"),
            Self::Avatar => (AnyId, "17.2 B4: profile.avatar"),
            Self::Todo => (AnyId, "17.2 B5: todo"),
            Self::Friend => (AnyId, "17.2 B6: friends[*].channel, except me"),
            Self::Mailbox => (AnyId, "17.2 B7: mailboxes[*].channel"),
            Self::Broadcast => (AnyId, "17.2 B7: mailboxes.broadcast.channel, administrators only"),
            Self::Calendar => (AnyId, "17.2 B8: calendars[*].channel"),
            Self::Drive => (AnyId, "17.2 B9: the channel of the user hash"),
            Self::TeamDrive => (AnyId, "17.3: teams[id].channel"),
            Self::TeamChat => (AnyId, "17.3: keys.chat.channel"),
            Self::TeamRoster => (AnyId, "17.3: keys.roster.channel"),
            Self::TeamMailbox => (AnyId, "17.3: keys.mailbox.channel"),
            Self::Invitation => (AnyId, "17.3: pending members' inviteChannel, previewChannel"),
        };
        Rule { accepts, section }
    }
}

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

    fn of(owner: Option<&str>) -> Self {
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

/// A user's list, without tags. `document` is the account document.
pub fn user_list(document: AccountDoc<'_>, listed: &Listed<'_>, folders: &[FolderView<'_>]) -> Found {
    let mut found = Found::of(document.ed_public());
    // CryptPad's client begins with an identity (17.2): an anonymous drive has none, and nothing is sent for it.
    // What it would have to keep is listed all the same.
    part_a(&mut found, document.drive(), None, false, folders);
    if let Some(edit) = document.profile() {
        found.add_link(Category::Profile, &format!("/profile/#{edit}"));
    }
    if let Some(avatar) = document.avatar() {
        found.add_link(Category::Avatar, avatar);
    }
    if let Some(todo) = document.todo() {
        found.add_link(Category::Todo, &format!("/todo/#{todo}"));
    }
    for (key, channel) in document.friends() {
        if key.as_str() != Some("me") {
            found.add_all(Category::Friend, channel);
        }
    }
    for (name, mailbox) in document.mailboxes() {
        match name.as_str() {
            Some("broadcast") if listed.admin => found.add_all(Category::Broadcast, mailbox.channel()),
            Some("broadcast") => {}
            _ => found.add_all(Category::Mailbox, mailbox.channel()),
        }
    }
    found.add_all(Category::Calendar, document.calendars());
    found.add(Category::Drive, &Text::from(listed.drive_channel));
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
    if team.has_ed_public() {
        part_a(&mut found, document.drive(), links, links.is_none(), folders);
    }
    found.add_all(Category::TeamDrive, team.channel());
    let categories = [Category::TeamChat, Category::TeamRoster, Category::TeamMailbox];
    for (category, channel) in categories.into_iter().zip(team.channels()) {
        found.add_all(category, channel);
    }
    found.add_all(Category::Calendar, document.calendars());
    for member in members.into_iter().flat_map(Object::values) {
        if member.get("pending").is_some_and(Value::truthy) {
            let channels = ["inviteChannel", "previewChannel"].into_iter();
            found.add_all(Category::Invitation, channels.filter_map(|field| member.get(field)?.as_text()));
        }
    }
    found
}

fn part_a(
    found: &mut Found,
    drive: Tables<'_>,
    links: Option<&HrefCipher>,
    read_only: bool,
    folders: &[FolderView<'_>],
) {
    let kind = if read_only { entry::Kind::ReadOnly } else { entry::Kind::of(links) };
    contents(found, drive, kind);
    for folder in folders {
        if let Some(channel) = folder.pinned {
            found.add(Category::Folder, channel);
        }
        folder_contents(found, folder);
    }
}

/// What one folder names by itself. `owner` is the key of the account, to know what in it is the account's own.
pub fn folder_list(folder: &FolderView<'_>, owner: Option<&str>) -> Found {
    let mut found = Found::of(owner);
    folder_contents(&mut found, folder);
    found
}

fn folder_contents(found: &mut Found, folder: &FolderView<'_>) {
    if let Some(content) = folder.content {
        let kind = if folder.read_only { entry::Kind::ReadOnly } else { entry::Kind::of(folder.links) };
        contents(found, content, kind);
    }
}

/// The entries of one drive object or folder (17.2, A1).
fn contents(found: &mut Found, drive: Tables<'_>, kind: entry::Kind<'_>) {
    for entry in entry::listed_entries(drive, kind) {
        let data = entry.data;
        let before = found.ids.len();
        if let Some(link) = data.last_version() {
            found.add_link(Category::LastVersion, link);
        }
        found.add_all(Category::Answers, data.answers());
        found.add_all(Category::RealTime, data.real_time());
        found.add_all(Category::Image, data.images());
        match (data.channel(), entry.derived) {
            // An older version took the beginning of a damaged link for a channel, and the key with it.
            (_, _) if entry.is_piece => found.odd(Category::Document),
            (_, Some(derived)) => found.add(Category::Document, &Text::from(derived.as_str())),
            (Some(channel), None) => found.add(Category::Document, channel),
            (None, None) => {}
        }
        let owned = found.is_owned(data);
        let new = found.ids.get(before..).unwrap_or_default();
        if owned {
            found.owned.extend(new.iter().map(|(_, id)| id.clone()));
        }
        if let Some((Category::Document, id)) = new.last()
            && was_stored(data, owned)
        {
            found.stored.push(id.clone());
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
