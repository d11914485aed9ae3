//! What the core asks of its host and cannot do itself.
//!
//! Sockets and time are not traits: they are the [`Effect`](crate::session)s a session emits and the
//! inputs it is given, so a schedule of replies is a value that a test can enumerate. Randomness is a
//! trait because the code that needs it (a nonce, a transaction id) needs it in mid-step.

use crate::error::Error;

/// Milliseconds since the Unix epoch, as the host's clock tells them. Not required to be monotonic.
pub type Millis = u64;

/// A source of unpredictable bytes.
pub trait Entropy {
    /// Fills `out` completely.
    ///
    /// # Errors
    /// `host/no-entropy` when the host has no source; `out` is then unspecified and must not be used.
    fn fill(&mut self, out: &mut [u8]) -> Result<(), Error>;
}

impl<T: Entropy + ?Sized> Entropy for &mut T {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), Error> {
        (**self).fill(out)
    }
}

impl<T: Entropy + ?Sized> Entropy for Box<T> {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), Error> {
        (**self).fill(out)
    }
}

/// The longest that a frame may take from its first byte to its last, and an answer longer than it may be silent.
/// Milliseconds.
pub const SLOW: Millis = 600_000;

/// Until when an answer is awaited. Only progress on the very question makes a new one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Due {
    at: Millis,
    limit: Millis,
}

impl Due {
    /// For an answer within so many milliseconds.
    pub const fn within(now: Millis, patience: Millis) -> Self {
        let at = now.saturating_add(patience);
        Self { at, limit: at.saturating_add(SLOW) }
    }

    /// When it is late.
    pub const fn at(&self) -> Millis {
        self.at
    }

    /// Whether it is late.
    pub const fn is_late(&self, now: Millis) -> bool {
        self.at <= now
    }

    /// Part of a frame came, whatever it belongs to. The answer cannot come before the frame is whole, so it has time
    /// again; all such time together has a bound.
    pub fn put_off(&mut self, now: Millis, patience: Millis) {
        self.at = self.at.max(now.saturating_add(patience).min(self.limit));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_arrives_slowly_puts_an_answer_off_and_not_for_ever() {
        let mut due = Due::within(1000, 50);
        assert_eq!((due.at(), due.is_late(1049), due.is_late(1050)), (1050, false, true));
        due.put_off(990, 50);
        assert_eq!(due.at(), 1050, "never shortened");
        for now in (1000..1000 + 2 * SLOW).step_by(10) {
            due.put_off(now, 50);
        }
        assert_eq!(due.at(), 1050 + SLOW);
    }
}
