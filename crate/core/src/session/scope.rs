//! Which of an account's drives.

/// See the module.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Scope {
    /// The user's own.
    User,
    /// That of the team under this key of the account document.
    Team(String),
}
