//! Calls that are refused, and answers that do not come.

use super::pieces::is_about_ids;
use super::{Refused, State, Sync, Turn, Watch};
use crate::error::{Code, Error};
use crate::pin_run::Goal;
use crate::rpc::command::Command;

impl Sync {
    /// The last call was refused, or its answer will not come.
    pub(super) fn refused(mut self, state: State, error: Error) -> Turn {
        let quota = error.code() == Code::PinsOverLimit;
        match state {
            State::ExpectPinned { piece, mut left, fresh } if is_about_ids(&error) => {
                let first = self.refusal.is_none();
                if quota && first {
                    self.watched.push(Watch::OverLimit);
                }
                self.refusal.get_or_insert_with(|| error.clone());
                // PIN counts against the quota and RESET does not (11.2). A complete set may therefore still
                // be sent as a whole; additions cannot.
                if quota && first && matches!(self.goal, Goal::Exactly(_)) {
                    left.put_back(piece);
                    let state = State::ExpectHashAfterPins { fresh, over_limit: Some(left) };
                    return self.call(state, Command::GetHash);
                }
                if let Some(piece) = left.split(piece) {
                    let (ids, code) = (piece.ids().to_vec(), error.code());
                    self.refused.extend(ids.iter().map(|id| Refused { id: id.clone(), code }));
                    self.watched.push(Watch::Refused { ids, code });
                }
                self.pin_next(left, fresh)
            }
            // RESET is refused as well: what fits is pinned one by one.
            State::ExpectReset { over_limit: Some(left), .. } if quota => self.pin_next(left, None),
            State::ExpectReset { seen, .. } if quota && !self.refused.is_empty() => self.done(seen, None),
            // Such a server never says what is on its disk: neither the receipt nor a step on the way claims that it did.
            State::ExpectExpired { held } if error.code() == Code::RpcRefused => {
                self.stays = true;
                let agrees = self.compare(&held);
                self.outcome(held, agrees, None)
            }
            state => {
                self.state = state;
                let unconfirmed = self.uncertain() && (self.confirming() || unanswered(error.code()));
                let replacing = self.replacing();
                self.fail(match unconfirmed {
                    true => Error::new(Code::PinsUnconfirmed, "the server's confirmation did not arrive")
                        .with("cause", error.code().as_str())
                        .with("replacing", replacing),
                    false => error,
                })
            }
        }
    }
}

/// Whether an error leaves open what the server did, unlike a refusal.
const fn unanswered(code: Code) -> bool {
    matches!(
        code,
        Code::NetClosed
            | Code::NetTimeout
            | Code::PeerMalformed
            | Code::PeerOversized
            | Code::PeerOutOfOrder
            | Code::MisuseClosed
    )
}
