//! What is to be pinned, frame by frame, and what becomes of a frame that the server refuses.
//!
//! A PIN is taken or refused whole (PROTOCOL.md 11.2). So one that is refused is halved until the ids stand
//! alone that are to blame, the more important half first. To find `k` of `n` ids takes about
//! `2·k·log2(n/k)` calls; [`SPLITS`] bounds it where most are refused.

use std::collections::VecDeque;

use crate::error::{Code, Error};
use crate::pins::set::PinBatch;

/// How often a run halves a refused list. Each time means two more calls; ids that are refused after that stay
/// together.
pub const SPLITS: usize = 512;

/// Frames that are left to be sent.
#[derive(Debug)]
pub(super) struct Pieces {
    left: VecDeque<PinBatch>,
    splits: usize,
}

impl Pieces {
    pub(super) fn of(batches: Vec<PinBatch>) -> Self {
        Self { left: batches.into(), splits: SPLITS }
    }

    pub(super) fn next(&mut self) -> Option<PinBatch> {
        self.left.pop_front()
    }

    /// As it was before this one was taken out.
    pub(super) fn put_back(&mut self, piece: PinBatch) {
        self.left.push_front(piece);
    }

    /// Halves what was refused. It comes back if that is no longer possible.
    pub(super) fn split(&mut self, piece: PinBatch) -> Option<PinBatch> {
        match piece.halves().filter(|_| self.splits > 0) {
            Some((first, second)) => {
                self.splits -= 1;
                self.put_back(second);
                self.put_back(first);
                None
            }
            None => Some(piece),
        }
    }
}

/// Words by which a server refuses a call and not the ids in it (PROTOCOL.md 11.2).
const ABOUT_THE_CALL: [&str; 6] = [
    "INVALID_SIGNATURE_OR_PUBLIC_KEY",
    "INVALID_MESSAGE_OR_PUBLIC_KEY",
    "INVALID_RPC_CALL",
    "INVALID_ARG_FORMAT",
    "INSUFFICIENT_ARGS",
    "NOT_IMPLEMENTED",
];

/// Whether the server may take some of the ids of a PIN that it refused so.
pub fn is_about_ids(error: &Error) -> bool {
    let word = error.detail().iter().find(|(name, _)| *name == "answer").map(|(_, word)| word.as_str());
    match error.code() {
        Code::PinsOverLimit => true,
        Code::RpcRefused => word.is_some_and(|word| !ABOUT_THE_CALL.contains(&word)),
        _ => false,
    }
}
