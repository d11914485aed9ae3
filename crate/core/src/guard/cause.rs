//! Why an id is no longer named. An id leaves the server's list with one of these recorded, or it stays (I1).

use crate::names::names;

names! {
    /// The named causes. Their order only breaks ties between two devices that recorded the same moment.
    #[derive(PartialOrd, Ord, Hash)]
    Cause, "Why an id is no longer named.":
    /// The user removed its entry on this device.
    RemovedHere = "removed-here",
    /// Its entry is gone, and this device did not do it.
    RemovedElsewhere = "removed-elsewhere",
    /// The entry of the shared folder it stood in is gone.
    FolderRemoved = "folder-removed",
    /// The shared folder it stood in was read and holds nothing any more.
    FolderEmptied = "folder-emptied",
    /// The document it stood in was shown in an older state than before, or a client made it anew.
    RolledBack = "rolled-back",
    /// It was the account's own document, under another password.
    Moved = "account-moved",
}

impl Cause {
    /// What a person can do about it.
    pub const fn advice(self) -> &'static str {
        match self {
            Self::RemovedHere => "nothing to do: it is kept for a while, in case it was a mistake",
            Self::RemovedElsewhere => "ask whether it was meant; until then it is kept",
            Self::FolderRemoved => "ask before the contents of a whole folder are given up",
            Self::FolderEmptied => "look at the folder on another device before agreeing",
            Self::RolledBack => "the server forgot changes: compare with another device before agreeing",
            Self::Moved => "nothing to do: the account has a new password, and its document another name",
        }
    }

    /// Whether the user has to agree, however few ids it is about.
    pub const fn asks(self) -> bool {
        match self {
            Self::RemovedHere | Self::RemovedElsewhere | Self::Moved => false,
            Self::FolderRemoved | Self::FolderEmptied | Self::RolledBack => true,
        }
    }

    /// Whether it counts for how many may begin to wait without being asked for.
    pub const fn counts(self) -> bool {
        !matches!(self, Self::Moved)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_documents_need_the_user_and_every_cause_has_its_advice() {
        let asks: Vec<Cause> = Cause::ALL.into_iter().filter(|cause| cause.asks()).collect();
        assert_eq!(asks, [Cause::FolderRemoved, Cause::FolderEmptied, Cause::RolledBack]);
        let advice: std::collections::BTreeSet<_> = Cause::ALL.into_iter().map(Cause::advice).collect();
        assert!(advice.len() == Cause::ALL.len() && advice.iter().all(|text| text.len() > 20));
    }
}
