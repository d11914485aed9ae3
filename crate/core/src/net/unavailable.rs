//! Why a channel has no document (PROTOCOL.md sections 9.2 and 15.2).

use crate::channel::Trouble;
use crate::error::Code;

/// Why a channel could not be read to its end. None of these means "empty".
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Unavailable {
    /// An allow list names none of our keys.
    Restricted,
    /// It lives on under another password.
    PasswordChanged,
    /// The server says that it was deleted, or archived by its operator.
    Deleted {
        /// The server's word for it.
        reason: String,
    },
    /// The server calls it new, or has no history of it.
    Missing,
    /// The entry holds no key that opens it.
    NoKeys,
    /// Its history has a gap, or does not open, or is no document.
    Unreadable {
        /// What was seen.
        why: &'static str,
    },
    /// It did not answer in time.
    Timeout,
}

impl Unavailable {
    /// Whether the server's word for it says that its operator put it away: nobody had used it for long, or a
    /// moderator did. Its owner has not deleted it, and whoever runs the server can bring it back.
    pub fn is_archived(&self) -> bool {
        let Self::Deleted { reason } = self else { return false };
        reason == "INACTIVE" || reason.starts_with("MODERATION_")
    }

    /// Whether the server gives up the document for good, so that the entry's key must outlive the entry. For the
    /// others the entry itself still holds the key, and nothing says that the document is gone.
    pub(crate) fn ends_it(&self) -> bool {
        match self {
            Self::Deleted { .. } | Self::PasswordChanged => true,
            Self::Restricted | Self::Missing | Self::NoKeys | Self::Unreadable { .. } | Self::Timeout => {
                false
            }
        }
    }

    /// The stable code.
    pub fn code(&self) -> Code {
        match self {
            Self::Restricted => Code::FolderRestricted,
            Self::PasswordChanged => Code::FolderPasswordChanged,
            Self::Deleted { .. } if self.is_archived() => Code::FolderArchived,
            Self::Deleted { .. } => Code::FolderDeleted,
            Self::Missing => Code::FolderMissing,
            Self::NoKeys => Code::FolderNoKeys,
            Self::Unreadable { .. } => Code::FolderUnreadable,
            Self::Timeout => Code::FolderTimeout,
        }
    }

    /// What the word of a placeholder stands for.
    fn from_reason(reason: &str) -> Self {
        if reason == "PASSWORD_CHANGE" {
            Self::PasswordChanged
        } else {
            Self::Deleted { reason: reason.chars().take(64).collect() }
        }
    }

    /// What an error notice for the channel means (9.2).
    fn from_notice(code: &str, reason: Option<&str>) -> Self {
        match (code, reason) {
            ("EDELETED", Some(reason)) => Self::from_reason(reason),
            ("EEXPIRED", _) => Self::Deleted { reason: "EXPIRED".to_owned() },
            ("ERESTRICTED", _) => Self::Restricted,
            // EDELETED without a reason also answers an outdated hash: no proof of deletion (trap 20).
            ("EDELETED", None) => Self::Missing,
            ("ECLEARED", _) => Self::Unreadable { why: "its history was cleared" },
            _ => Self::Unreadable { why: "the server reports an error for it" },
        }
    }
}

impl From<&Trouble> for Unavailable {
    fn from(trouble: &Trouble) -> Self {
        match trouble {
            Trouble::Restricted => Self::Restricted,
            Trouble::Absent { reason: Some(reason) } => Self::from_reason(reason),
            Trouble::Absent { reason: None } | Trouble::Refused { .. } => Self::Missing,
            Trouble::Unanswered => Self::Unreadable { why: "the server does not say whether it exists" },
            Trouble::Said { code, reason, .. } => Self::from_notice(code, reason.as_deref()),
            Trouble::Late => Self::Timeout,
            Trouble::Log(why) => Self::Unreadable { why },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::effect::FolderState;

    /// Every reason, in the order of the states in TypeScript. A new variant does not compile until it is here.
    fn after(reason: Option<&Unavailable>) -> Option<Unavailable> {
        Some(match reason {
            None => Unavailable::Restricted,
            Some(Unavailable::Restricted) => Unavailable::PasswordChanged,
            Some(Unavailable::PasswordChanged) => Unavailable::Deleted { reason: String::new() },
            Some(deleted @ Unavailable::Deleted { .. }) if !deleted.is_archived() => {
                Unavailable::Deleted { reason: "INACTIVE".into() }
            }
            Some(Unavailable::Deleted { .. }) => Unavailable::Missing,
            Some(Unavailable::Missing) => Unavailable::NoKeys,
            Some(Unavailable::NoKeys) => Unavailable::Unreadable { why: "" },
            Some(Unavailable::Unreadable { .. }) => Unavailable::Timeout,
            Some(Unavailable::Timeout) => return None,
        })
    }

    #[test]
    fn the_states_of_a_folder_in_typescript_are_those_that_can_be() {
        let mut states: Vec<_> = ["waiting", "opening", "loading", "loaded"].into();
        let mut reason = after(None);
        while let Some(known) = reason {
            states.push(FolderState::Unavailable(known.code()).as_str());
            reason = after(Some(&known));
        }
        let (_, union) = FolderState::TYPESCRIPT.split_once('=').unwrap();
        let named: Vec<_> = union.split('"').skip(1).step_by(2).collect();
        assert_eq!(named, states);
        for name in states {
            let state: FolderState = name.parse().unwrap();
            assert_eq!((state.as_str(), state.to_string().as_str()), (name, name));
        }
        assert!("unavailable".parse::<FolderState>().is_err());
    }

    #[test]
    fn what_the_operator_put_away_was_not_deleted_by_its_owner() {
        for (reason, code) in [
            ("INACTIVE", Code::FolderArchived),
            ("MODERATION_PAD", Code::FolderArchived),
            ("MODERATION_PAD:spam", Code::FolderArchived),
            ("MODERATION_ACCOUNT:spam", Code::FolderArchived),
            ("ARCHIVE_OWNED", Code::FolderDeleted),
            ("EXPIRED", Code::FolderDeleted),
            ("INACTIVE, says its owner", Code::FolderDeleted),
            ("PASSWORD_CHANGE", Code::FolderPasswordChanged),
        ] {
            assert_eq!(Unavailable::from_reason(reason).code(), code, "{reason}");
            assert_eq!(Unavailable::from_notice("EDELETED", Some(reason)).code(), code, "{reason}");
        }
    }
}
