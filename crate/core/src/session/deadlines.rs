//! How long a session waits before it gives something up.

use core::time::Duration;

use crate::net::link::Liveness;
use crate::ports::whole_millis;

/// The longest that anything may be waited for: a day.
const LONGEST: Duration = Duration::from_secs(86_400);

/// A day at most, each. The defaults suit a person who waits; a program that runs by night may be
/// more patient, a test less.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deadlines {
    /// For an answer over HTTP, for a socket to open and for the server to name us: `net/unreachable`,
    /// `net/timeout`.
    pub connect: Duration,
    /// For the next sign of progress of a channel that is being read: `folder/timeout`, for the account
    /// document `drive/unreadable`, for a mailbox `net/timeout`.
    pub progress: Duration,
    /// For the answer to a signed call: `net/timeout`, or `pins/unconfirmed` when it could change pins.
    pub answer: Duration,
    /// For the host's store to answer: after that the session goes on without it, `host/storage`, and asks again
    /// after a rest. An answer that comes late still counts.
    pub store: Duration,
    /// Silence of the connection after which the server is asked for a sign of life.
    pub ping_after: Duration,
    /// Silence after which the connection counts as dead: `net/closed`. The server uses the default, too.
    pub dead_after: Duration,
    /// The rest before the first attempt to connect anew; each failed attempt doubles it.
    pub rest_from: Duration,
    /// The longest rest. A random part of up to half of each rest is left out, so that the clients of a
    /// server that was restarted do not all come back at once.
    pub rest_to: Duration,
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
    pub(super) fn rest(&self, attempt: u32, random: u8) -> Duration {
        let whole = self.rest_from.saturating_mul(1 << attempt.min(20)).min(self.rest_to);
        let share = whole_millis(whole) / 512 * u64::from(random);
        whole.saturating_sub(Duration::from_millis(share))
    }

    pub(super) fn liveness(&self) -> Liveness {
        Liveness { ping_after: self.ping_after, dead_after: self.dead_after }
    }
}

impl Default for Deadlines {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(30),
            progress: Duration::from_secs(30),
            answer: Duration::from_secs(30),
            store: Duration::from_secs(1),
            ping_after: Duration::from_secs(20),
            dead_after: Duration::from_secs(60),
            rest_from: Duration::from_secs(1),
            rest_to: Duration::from_secs(60),
        }
    }
}
