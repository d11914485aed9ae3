//! Where the machine of a channel is: each state is named for the answer it expects, and carries what it needs then.

use super::{Ask, At, Existence, Range, Trouble, TxPair};
use crate::ids::MessageHash;

/// How a channel is entered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manner {
    /// JOIN and "is it new?" go out together: documents and rosters, of which many are opened at once.
    Together,
    /// JOIN first, then "is it new?": mailboxes. What is written in between is part of the log, also of one that was empty.
    InTurn,
    /// Without JOIN: nobody sees it, and it ends with the connection.
    Outside,
}

/// One reading on one connection. It goes from state to state.
#[derive(Debug)]
pub(super) struct Run {
    /// The number of the next request for history, or of the one that is out.
    pub(super) txid: u64,
    /// The number for one more request, as long as there is a message to go on from.
    pub(super) spare: Option<u64>,
    /// Whether the channel was followed before, so that the next message continues it without a gap.
    pub(super) continues: bool,
    /// Whether it was asked to be let in.
    pub(super) asked_in: bool,
}

/// The answers that a request for history waits for.
#[derive(Debug)]
pub(super) struct Answers {
    pub(super) joined: bool,
    pub(super) existence: Option<Existence>,
    /// Whether it is known what this machine keeps of the log.
    pub(super) recalled: bool,
}

/// Named for what is expected next.
#[derive(Debug)]
pub(super) enum State {
    ExpectJoined(Run),
    ExpectAnswers(Run, Answers),
    /// An allow list keeps us out until the connection is known under one of its keys.
    ExpectAdmission(Run, Answers),
    /// The history was asked for from this message on. It comes first.
    ExpectAnchor(Run, MessageHash),
    /// The rest of the history, or all of it.
    ExpectHistory(Run),
    /// The answer to the request that creates the channel.
    ExpectCreated(Run),
    /// The log is complete and followed. `spare` as in [`Run`].
    Live {
        spare: Option<u64>,
    },
    Suspended,
    Ended(Trouble),
}

impl Run {
    pub(super) const fn new(txids: &TxPair, continues: bool) -> Self {
        Self { txid: txids.first(), spare: Some(txids.second()), continues, asked_in: false }
    }

    pub(super) fn ask(&self, from: Option<MessageHash>, by_range: bool) -> Option<Ask> {
        let txid = self.txid;
        Some(match by_range {
            true => Ask::Range { txid, range: Range::Between { first: from, last: None } },
            false => Ask::History { txid, from },
        })
    }
}

impl State {
    /// What a reading begins with.
    pub(super) fn opening(manner: Manner, run: Run) -> (Self, Vec<Ask>) {
        let answers = |joined| Answers { joined, existence: None, recalled: true };
        match manner {
            Manner::Together => (Self::ExpectAnswers(run, answers(false)), vec![Ask::Join, Ask::Existence]),
            Manner::InTurn => (Self::ExpectJoined(run), vec![Ask::Join]),
            Manner::Outside => (Self::ExpectAnswers(run, answers(true)), vec![Ask::Existence]),
        }
    }

    pub(super) fn at(&self) -> At {
        match self {
            Self::ExpectJoined(_) | Self::ExpectAnswers(..) | Self::ExpectAdmission(..) => At::Opening,
            Self::ExpectAnchor(..) | Self::ExpectHistory(_) | Self::ExpectCreated(_) => At::Reading,
            Self::Live { .. } => At::Live,
            Self::Suspended => At::Suspended,
            Self::Ended(_) => At::Ended,
        }
    }

    /// The reading that is under way.
    pub(super) fn run(&self) -> Option<&Run> {
        match self {
            Self::ExpectJoined(run)
            | Self::ExpectAnswers(run, _)
            | Self::ExpectAdmission(run, _)
            | Self::ExpectAnchor(run, _)
            | Self::ExpectHistory(run)
            | Self::ExpectCreated(run) => Some(run),
            Self::Live { .. } | Self::Suspended | Self::Ended(_) => None,
        }
    }

    /// After the end of a history.
    pub(super) fn live(read: Result<(), Trouble>, spare: Option<u64>) -> Self {
        match read {
            Ok(()) => Self::Live { spare },
            Err(trouble) => Self::Ended(trouble),
        }
    }
}
