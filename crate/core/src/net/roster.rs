//! The messages of a team's roster on their way to its members (PROTOCOL.md sections 7.2 and 16.3).

use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;

use crate::crypto::Scratch;
use crate::crypto::message::check_signature;
use crate::crypto::sign::VerifyingKey;
use crate::error::Error;
use crate::ids::MessageHash;
use crate::roster::Roster;
use crate::team::TeamKeys;
use crate::team::keys::Workspace;

/// The most messages a roster may hold before we stop reading it.
const LIMIT: usize = 1 << 18;
/// How many of the last messages are recognised when they come again, at the seam of history and live.
const SEAM: usize = 64;

/// The members that a roster's messages result in.
pub(super) struct RosterLog {
    keys: TeamKeys,
    workspace: Workspace,
    roster: Arc<Roster>,
    messages: usize,
    /// The last messages, the newest at the end.
    recent: VecDeque<MessageHash>,
    /// Set by a message that was damaged: it may have named somebody. A later checkpoint that agrees with
    /// the members clears it.
    suspect: Option<&'static str>,
}

/// Where a message comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Source {
    /// The server's log.
    History,
    /// Another client, just now: it may be a stranger's.
    Live,
}

impl RosterLog {
    pub(super) fn new(keys: TeamKeys) -> Self {
        Self {
            keys,
            workspace: Workspace::default(),
            roster: Arc::default(),
            messages: 0,
            recent: VecDeque::new(),
            suspect: None,
        }
    }

    pub(super) fn messages(&self) -> usize {
        self.messages
    }

    pub(super) fn head(&self) -> Option<&MessageHash> {
        self.recent.back()
    }

    /// As for a document: a viewer adopts the server's word, a member's own key must agree.
    ///
    /// # Errors
    /// `crypto/signature` when it does not, `crypto/malformed` when it is no key.
    pub(super) fn adopt_key(&mut self, offered: &str) -> Result<(), Error> {
        self.keys = self.keys.clone().with_validate_key(VerifyingKey::from_base64(offered)?)?;
        Ok(())
    }

    /// Whether somebody with the key wrote a message.
    pub(super) fn opens(&mut self, stored: &str) -> bool {
        self.keys.open_with(stored, &mut self.workspace).is_ok()
    }

    /// Takes a message in; `false` when it does not belong to this roster.
    pub(super) fn take(&mut self, stored: &str, from: Source) -> bool {
        let Some(hash) = MessageHash::of(stored) else { return false };
        // The first live messages may repeat the last of the history, and a command counts once.
        if self.recent.contains(&hash) {
            return true;
        }
        let opened = self.keys.open_with(stored, &mut self.workspace);
        if opened.is_err() && from == Source::Live {
            return false;
        }
        self.messages += 1;
        if self.messages > LIMIT {
            self.suspect = Some("its history is larger than any real one");
            return true;
        }
        match opened {
            Ok(letter) => {
                let before = self.roster.last_checkpoint_hash().map(str::to_owned);
                // A command that is refused changes nothing, and every client refuses it.
                let taken =
                    Arc::make_mut(&mut self.roster).push(hash.as_str(), &letter.author, &letter.content);
                if taken.is_ok() && self.roster.last_checkpoint_hash() != before.as_deref() {
                    self.suspect = None;
                }
            }
            // A member signed it, and no client can open it: it changes nothing for anybody.
            Err(_) if self.is_signed(stored) => {}
            Err(_) => self.suspect = Some("a message was damaged"),
        }
        if self.recent.len() >= SEAM {
            self.recent.pop_front();
        }
        self.recent.push_back(hash);
        true
    }

    fn is_signed(&self, stored: &str) -> bool {
        let signed = |key: &VerifyingKey| check_signature(stored, key, &mut Scratch::default()).is_ok();
        self.keys.verify.as_ref().is_some_and(signed)
    }

    pub(super) fn suspicion(&self) -> Option<&'static str> {
        self.suspect
    }

    /// The members at the end of the messages so far.
    ///
    /// # Errors
    /// Why no members are known.
    pub(super) fn roster(&self) -> Result<Arc<Roster>, &'static str> {
        match self.suspect {
            Some(why) => Err(why),
            None if self.roster.members().is_empty() => Err("it names no members"),
            None => Ok(Arc::clone(&self.roster)),
        }
    }
}

impl fmt::Debug for RosterLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RosterLog")
            .field("messages", &self.messages)
            .field("suspect", &self.suspect)
            .finish_non_exhaustive()
    }
}
