//! What a message says (PROTOCOL.md 18.7), and who says so.
//!
//! A message is what somebody else wrote: every field may be missing or of another type, and is then not
//! there. Its text is kept beside it, so that nothing is lost of a kind or field that is not known here.

mod fields;
mod sender;

use crate::error::{Code, Error};
use crate::json::Value;

pub use fields::{Announcement, Document, Fact, Folder, Nothing, Team, Ticket};
pub use sender::{Claim, Claims, Sender};

use fields::Fields;

/// What a message is about. It may name more than one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    /// A document or a shared folder, by its channel.
    Channel(String),
    /// A team, by the channel of its document.
    Team(String),
}

macro_rules! messages {
    ($( $(#[$doc:meta])* $name:ident($fields:ident) = $word:literal; )*) => {
        /// A message of a known kind with what it says, or one of another kind.
        #[derive(Debug, Clone, PartialEq)]
        #[non_exhaustive]
        pub enum Message {
            $( $(#[$doc])* $name($fields), )*
            /// Of a kind that is not known here; it is delivered as it is.
            Other {
                /// The sender's word for it, if there is one.
                kind: Option<String>,
            },
        }

        impl Message {
            /// Every known kind by the word on the wire.
            pub const KINDS: &'static [&'static str] = &[ $( $word, )* ];

            /// The word on the wire.
            pub fn kind(&self) -> Option<&str> {
                match self {
                    $( Self::$name(_) => Some($word), )*
                    Self::Other { kind } => kind.as_deref(),
                }
            }

            fn of(kind: Option<&str>, content: &Value) -> Self {
                match kind {
                    $( Some($word) => Self::$name($fields::read(content)), )*
                    other => Self::Other { kind: other.map(str::to_owned) },
                }
            }

            fn fields(&self) -> &dyn Fields {
                match self {
                    $( Self::$name(fields) => fields, )*
                    Self::Other { .. } => &Nothing,
                }
            }
        }
    };
}

messages! {
    /// Somebody asks to be a contact. What they say of themselves is in [`Claims`].
    FriendRequest(Nothing) = "FRIEND_REQUEST";
    /// A request of ours was accepted (older form).
    FriendRequestAccepted(Nothing) = "FRIEND_REQUEST_ACCEPTED";
    /// A request of ours was declined (older form).
    FriendRequestDeclined(Nothing) = "FRIEND_REQUEST_DECLINED";
    /// A request of ours was accepted.
    AcceptFriendRequest(Nothing) = "ACCEPT_FRIEND_REQUEST";
    /// A request of ours was declined.
    DeclineFriendRequest(Nothing) = "DECLINE_FRIEND_REQUEST";
    /// A request to us was taken back.
    CancelFriendRequest(Nothing) = "CANCEL_FRIEND_REQUEST";
    /// A contact ended the contact.
    Unfriend(Nothing) = "UNFRIEND";
    /// A contact changed what they say of themselves.
    UpdateData(Nothing) = "UPDATE_DATA";
    /// A document or shared folder is shared with us.
    SharePad(Document) = "SHARE_PAD";
    /// Access that we asked for was given.
    GivePadAccess(Document) = "GIVE_PAD_ACCESS";
    /// Somebody asks for access to a document of ours.
    RequestPadAccess(Document) = "REQUEST_PAD_ACCESS";
    /// We are on the access list of a document.
    AddToAccessList(Document) = "ADD_TO_ACCESS_LIST";
    /// We are offered ownership, or an offer of ours was answered.
    AddOwner(Document) = "ADD_OWNER";
    /// Our ownership was taken away.
    RemoveOwner(Document) = "RM_OWNER";
    /// A document that we owned with others was deleted.
    OwnedPadRemoved(Document) = "OWNED_PAD_REMOVED";
    /// We are invited to a team.
    InviteToTeam(Team) = "INVITE_TO_TEAM";
    /// An invitation of ours was answered.
    InviteToTeamAnswer(Team) = "INVITE_TO_TEAM_ANSWER";
    /// We were removed from a team.
    KickedFromTeam(Team) = "KICKED_FROM_TEAM";
    /// Our rights in a team changed.
    TeamEditRights(Team) = "TEAM_EDIT_RIGHTS";
    /// The support team answered.
    SupportMessage(Ticket) = "SUPPORT_MESSAGE";
    /// A new ticket for the support team.
    NewTicket(Ticket) = "NEW_TICKET";
    /// Something new in a ticket.
    NotifTicket(Ticket) = "NOTIF_TICKET";
    /// We are made a moderator.
    AddModerator(Ticket) = "ADD_MODERATOR";
    /// The moderators have a new key.
    ModeratorNewKey(Ticket) = "MODERATOR_NEW_KEY";
    /// A form of ours was answered.
    FormResponse(Document) = "FORM_RESPONSE";
    /// A comment of ours was answered.
    CommentReply(Document) = "COMMENT_REPLY";
    /// We are mentioned in a document.
    Mention(Document) = "MENTION";
    /// The old to-do list became a document.
    MoveTodo(Nothing) = "MOVE_TODO";
    /// Links without keys became the default.
    SafeLinksDefault(Nothing) = "SAFE_LINKS_DEFAULT";
    /// A shared folder was deleted by its owner.
    FolderDeleted(Folder) = "SF_DELETED";
    /// The operator announces maintenance.
    Maintenance(Announcement) = "BROADCAST_MAINTENANCE";
    /// The operator asks for opinions.
    Survey(Announcement) = "BROADCAST_SURVEY";
    /// The operator has something to say.
    Custom(Announcement) = "BROADCAST_CUSTOM";
    /// The operator takes an announcement back.
    Withdrawn(Announcement) = "BROADCAST_DELETE";
}

impl Message {
    /// Reads the text of an opened message.
    ///
    /// # Errors
    /// `mailbox/malformed` when it is no JSON object.
    pub fn read(text: &str) -> Result<(Self, Claims), Error> {
        let parsed = Value::parse(text).ok().and_then(|parsed| Self::of_value(&parsed));
        parsed.ok_or_else(|| Error::new(Code::MailboxMalformed, "the text of a message is no JSON object"))
    }

    /// Reads a parsed text; `None` when it is no object.
    pub fn of_value(parsed: &Value) -> Option<(Self, Claims)> {
        parsed.as_object()?;
        let content = parsed.get("content").unwrap_or(&Value::Null);
        let mut message = Self::of(parsed.get("type").and_then(Value::as_str), content);
        // The name of an announcement stands beside its content; one that takes another back names that inside.
        if let Self::Maintenance(it) | Self::Survey(it) | Self::Custom(it) = &mut message {
            it.named(parsed);
        }
        Some((message, Claims::read(content)))
    }

    /// The documents, folders and teams that it names, sorted, each once.
    pub fn subjects(&self) -> Vec<Subject> {
        let mut subjects = Vec::new();
        self.fields().subjects(&mut subjects);
        let mut subjects = crate::compact::sorted(subjects, &|a, b| a.cmp(b));
        subjects.dedup();
        subjects
    }

    /// Its fields, one by one, without those that are missing.
    pub fn facts(&self, tell: &mut dyn FnMut(&'static str, Fact<'_>)) {
        self.fields().facts(tell);
    }
}

#[cfg(test)]
mod tests;
