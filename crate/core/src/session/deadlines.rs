//! How long a session waits before it gives something up.

use crate::net::link::Liveness;
use crate::ports::Millis;

/// The longest that anything may be waited for, in milliseconds: a day.
const LONGEST: Millis = 86_400_000;

/// Durations in milliseconds, a day at most. The defaults suit a person who waits; a program that runs by night may be
/// more patient, a test less.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deadlines {
    /// For an answer over HTTP, for a socket to open and for the server to name us: `net/unreachable`,
    /// `net/timeout`.
    pub connect: Millis,
    /// For the next sign of progress of a channel that is being read: `folder/timeout`, for the account
    /// document `drive/unreadable`, for a mailbox `net/timeout`.
    pub progress: Millis,
    /// For the answer to a signed call: `net/timeout`, or `pins/unconfirmed` when it could change pins.
    pub answer: Millis,
    /// For the host's store to answer: after that the session goes on without it, `host/storage`, and asks again
    /// after a rest. An answer that comes late still counts.
    pub store: Millis,
    /// Silence of the connection after which the server is asked for a sign of life.
    pub ping_after: Millis,
    /// Silence after which the connection counts as dead: `net/closed`. The server uses the default, too.
    pub dead_after: Millis,
    /// The rest before the first attempt to connect anew; each failed attempt doubles it.
    pub rest_from: Millis,
    /// The longest rest. A random part of up to half of each rest is left out, so that the clients of a
    /// server that was restarted do not all come back at once.
    pub rest_to: Millis,
}

impl Deadlines {
    pub(super) fn bounded(self) -> Self {
        let Self { connect, progress, answer, store, ping_after, dead_after, rest_from, rest_to } = self;
        Self {
            connect: connect.min(LONGEST),
            progress: progress.min(LONGEST),
            answer: answer.min(LONGEST),
            store: store.min(LONGEST),
            ping_after: ping_after.min(LONGEST),
            dead_after: dead_after.min(LONGEST),
            rest_from: rest_from.min(LONGEST),
            rest_to: rest_to.min(LONGEST),
        }
    }

    /// The rest before attempt number `attempt`, from 0, shortened by a random share of up to a half.
    pub(super) fn rest(&self, attempt: u32, random: u8) -> Millis {
        let whole = self.rest_from.saturating_mul(1 << attempt.min(20)).min(self.rest_to);
        whole - whole / 512 * Millis::from(random)
    }

    pub(super) fn liveness(&self) -> Liveness {
        Liveness { ping_after: self.ping_after, dead_after: self.dead_after }
    }
}

impl Default for Deadlines {
    fn default() -> Self {
        Self {
            connect: 30_000,
            progress: 30_000,
            answer: 30_000,
            store: 1_000,
            ping_after: 20_000,
            dead_after: 60_000,
            rest_from: 1_000,
            rest_to: 60_000,
        }
    }
}
