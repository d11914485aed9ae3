//! The result of a channel's messages: a document, or the members of a team.

use crate::crypto::message::MessageKeys;
use crate::error::Error;
use crate::ids::MessageHash;
use crate::net::departures::Left;
use crate::net::history::History;
use crate::net::place::Known;
use crate::net::roster::{RosterLog, Source};
use crate::team::TeamKeys;

/// What opens the messages of a channel.
#[derive(Debug, Clone)]
pub(super) enum Keys {
    Document(MessageKeys),
    /// Of a pad that is only looked into.
    Pad(MessageKeys),
    Roster(TeamKeys),
}

#[derive(Debug)]
pub(super) enum Content {
    Document(Box<History>),
    Roster(Box<RosterLog>),
}

impl Content {
    /// Nothing yet.
    pub(super) fn new(keys: &Keys) -> Self {
        match keys {
            Keys::Document(keys) => Self::Document(Box::new(History::new(keys.clone()))),
            Keys::Pad(keys) => Self::Document(Box::new(History::pad(keys.clone()))),
            Keys::Roster(keys) => Self::Roster(Box::new(RosterLog::new(keys.clone()))),
        }
    }

    /// How many messages were taken in.
    pub(super) fn messages(&self) -> usize {
        match self {
            Self::Document(history) => history.messages(),
            Self::Roster(roster) => roster.messages(),
        }
    }

    /// The hash of the last one.
    pub(super) fn head(&self) -> Option<&MessageHash> {
        match self {
            Self::Document(history) => history.head(),
            Self::Roster(roster) => roster.head(),
        }
    }

    pub(super) fn adopt_key(&mut self, offered: &str) -> Result<(), Error> {
        match self {
            Self::Document(history) => history.adopt_key(offered),
            Self::Roster(roster) => roster.adopt_key(offered),
        }
    }

    /// The message that the server must deliver again if it has not forgotten it. A roster has no checkpoints, and
    /// checks its own order.
    pub(super) fn expect(&mut self, known: Known) {
        if let Self::Document(history) = self {
            history.expect(known);
        }
    }

    /// What another reading of the channel must be shown again.
    pub(super) fn known(&self) -> Option<Known> {
        match self {
            Self::Document(history) => history.known(),
            Self::Roster(_) => None,
        }
    }

    /// The history, where it is that of a document.
    pub(super) fn history(&mut self) -> Option<&mut History> {
        match self {
            Self::Document(history) => Some(history),
            Self::Roster(_) => None,
        }
    }

    /// As if the place had been known before these messages came.
    pub(super) fn look_back(&mut self, keys: &Keys, known: Known, messages: &[String]) {
        if let (Self::Document(history), Self::Document(mut again)) = (self, Self::new(keys)) {
            again.expect(known);
            if messages.iter().all(|message| again.hold(message).is_ok()) {
                again.open_held();
                history.go_on_from(*again);
            }
        }
    }

    /// The entries that left since it was looked at before. Nobody asks a roster for them.
    pub(super) fn left(&self) -> Vec<Left> {
        match self {
            Self::Document(history) => history.left(),
            Self::Roster(_) => Vec::new(),
        }
    }

    /// Takes a message of the history in.
    ///
    /// # Errors
    /// What is wrong, when the history is larger than any real one.
    pub(super) fn hold(&mut self, stored: &str) -> Result<(), &'static str> {
        match self {
            Self::Document(history) => history.hold(stored),
            Self::Roster(roster) => {
                roster.take(stored, Source::History);
                Ok(())
            }
        }
    }

    /// Whether somebody with the key wrote a message.
    pub(super) fn opens(&mut self, stored: &str) -> bool {
        match self {
            Self::Document(history) => history.opens(stored),
            Self::Roster(roster) => roster.opens(stored),
        }
    }

    /// The history is complete.
    pub(super) fn open_held(&mut self) {
        if let Self::Document(history) = self {
            history.open_held();
        }
    }

    /// Takes a message in that was written just now; `false` when it does not belong to this channel.
    pub(super) fn take(&mut self, stored: &str) -> bool {
        match self {
            Self::Document(history) => history.take(stored),
            Self::Roster(roster) => roster.take(stored, Source::Live),
        }
    }

    /// Why the history may hold more than was understood.
    pub(super) fn suspicion(&self) -> Option<&'static str> {
        match self {
            Self::Document(history) => history.suspicion(),
            Self::Roster(roster) => roster.suspicion(),
        }
    }
}
