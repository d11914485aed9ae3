//! What became of a message.

use super::Malformed;

/// What a message did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// The document moved: to this message, or to one that waited for it.
    Applied,
    /// A checkpoint without known past was taken as the start of everything.
    Adopted,
    /// The message was known already.
    Known,
    /// The message is on a branch that is not the best one.
    Remembered,
    /// The message does not descend from the root. It is kept, in case what is missing comes.
    Stray {
        /// Whether it hangs on a message that was never seen: something is missing. Otherwise it is on a
        /// branch that was left behind, or beside the beginning of the history and shorter than that.
        beyond_gap: bool,
    },
    /// The message that was to be applied (this one, or one that waited for it) broke a rule and is as if
    /// it had never come.
    Forgotten(Fault),
    /// The message that was to be applied (as above) broke a rule; it is kept, and the document stays.
    Refused(Fault),
    /// The text is no message.
    Malformed(Malformed),
}

/// Where a message stands, seen from the document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It is part of the document.
    Followed {
        /// How many messages came after it.
        by: u64,
    },
    /// It is known, and on a branch that lost.
    Beside,
    /// It is not known: it never came, was forgotten, or is older than the root.
    Unknown,
}

/// The rule that was broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// `parentHash` is not the hash of the document before.
    DocumentHash,
    /// A patch is not in simplest form.
    NotSimplest,
    /// The result, or a checkpoint's content, is not JSON.
    NotJson,
    /// As [`Fault::DocumentHash`], of a message on the way to the newest.
    DocumentHashBefore,
    /// As [`Fault::NotJson`], of a message on the way to the newest.
    NotJsonBefore,
    /// A checkpoint holds no operation.
    EmptyCheckpoint,
    /// The message is on a branch that takes more walking between branches than any real history.
    TooFar,
}
