//! Why an id is kept, and which texts may be one: the table of PROTOCOL.md 17.2 and 17.3.
//!
//! It is an exhaustive match: a new category does not compile until it says which texts it accepts and which section it
//! rests on.

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
    /// a separator ([`PinId`](crate::ids::PinId)).
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
