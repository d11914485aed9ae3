//! Where what a lost thing said last is kept: in a history, or in the vault.

use crate::investigation::Investigation;
use crate::presence::Presence;
use crate::reading::Copy;

/// Where what something said last is kept, its keys included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Place {
    /// In a history.
    History {
        /// Of which of [`Investigation::documents`].
        document: usize,
        /// Of which copy of that document.
        copy: Copy,
        /// Which of the stays there.
        presence: usize,
    },
    /// In the vault: no history that was read tells of it.
    Vault {
        /// Which of its entries.
        entry: usize,
        /// In which of [`Investigation::documents`] it stood; `None` where that is no document that the account ever named.
        document: Option<usize>,
    },
}

impl Place {
    /// In which of [`Investigation::documents`] it stood, if it is one of them.
    pub const fn document(self) -> Option<usize> {
        match self {
            Self::History { document, .. } => Some(document),
            Self::Vault { document, .. } => document,
        }
    }

    /// Whether it is in the history of the live copy of a document.
    pub(crate) const fn is_live(self) -> bool {
        matches!(self, Self::History { copy: Copy::Live, .. })
    }
}

impl Investigation {
    /// What is kept there.
    pub fn presence_at(&self, place: Place) -> Option<&Presence> {
        match place {
            Place::History { document, copy, presence } => {
                self.documents().get(document)?.told(copy)?.timeline.presences().get(presence)
            }
            Place::Vault { entry, .. } => self.kept.entries().get(entry).map(|kept| &kept.presence),
        }
    }

    /// Whether the links that the vault keeps there lead to this channel, as far as they tell. What it keeps may have become another since the
    /// place was told.
    pub(crate) fn leads_to(&self, place: Place, channel: &str) -> bool {
        let Place::Vault { entry, .. } = place else { return true };
        let kept = self.kept.entries().get(entry);
        kept.is_some_and(|kept| kept.channel == channel && kept.leads_there())
    }

    /// The channel of the document that it stood in.
    pub fn holder_of(&self, place: Place) -> Option<&str> {
        match place {
            Place::History { document, .. } => {
                self.documents().get(document).map(|document| document.channel.as_str())
            }
            Place::Vault { entry, .. } => self.kept.entries().get(entry).map(|kept| kept.folder.as_str()),
        }
    }
}
