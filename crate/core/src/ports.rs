//! What the core asks of its host and cannot do itself.
//!
//! Sockets and time are not traits: they are the [`Effect`](crate::session)s a session emits and the
//! inputs it is given, so a schedule of replies is a value that a test can enumerate. Randomness is a
//! trait because the code that needs it (a nonce, a transaction id) needs it in mid-step.

use core::time::Duration;

use crate::error::Error;

/// A moment: milliseconds since the Unix epoch, as the host's clock tells them, which is not required to be monotonic, or
/// as a server does. How long something takes is a [`Duration`]; [`after`] and [`since`] lead from one to the other.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnixMillis(pub u64);

impl UnixMillis {
    /// The first moment that is not this one any more.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }

    /// How far apart two moments are, whichever came first.
    pub const fn apart(self, other: Self) -> Duration {
        Duration::from_millis(self.0.abs_diff(other.0))
    }
}

/// [`after`], as an operator.
impl core::ops::Add<Duration> for UnixMillis {
    type Output = Self;

    fn add(self, span: Duration) -> Self {
        after(self, span)
    }
}

/// [`since`], as an operator: nothing if the other moment is the later one.
impl core::ops::Sub for UnixMillis {
    type Output = Duration;

    fn sub(self, earlier: Self) -> Duration {
        since(earlier, self)
    }
}

impl core::ops::AddAssign<Duration> for UnixMillis {
    fn add_assign(&mut self, span: Duration) {
        *self = after(*self, span);
    }
}

/// The moment that is so much later; no later than the last one there is.
pub const fn after(moment: UnixMillis, span: Duration) -> UnixMillis {
    UnixMillis(moment.0.saturating_add(whole_millis(span)))
}

/// How much time has passed by a moment; none if the other is the later one.
pub const fn since(earlier: UnixMillis, moment: UnixMillis) -> Duration {
    Duration::from_millis(moment.0.saturating_sub(earlier.0))
}

/// The milliseconds of a time.
pub const fn whole_millis(span: Duration) -> u64 {
    // Without the division of large numbers that `Duration::as_millis` needs.
    span.as_secs().saturating_mul(1000).saturating_add(span.subsec_millis() as u64)
}

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
pub const SLOW: Duration = Duration::from_secs(600);

/// Why an answer may take longer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delay {
    /// Part of a frame came at this moment, whatever it belongs to. The answer cannot come before the frame is whole.
    Arriving(UnixMillis),
    /// For so long we computed and took nothing in: the answer may have waited at the door.
    Worked(Duration),
}

/// Until when an answer is awaited. Only progress on the very question makes a new one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Due {
    at: UnixMillis,
    limit: UnixMillis,
}

impl Due {
    /// For an answer within this time.
    pub const fn within(now: UnixMillis, patience: Duration) -> Self {
        let at = after(now, patience);
        Self { at, limit: after(at, SLOW) }
    }

    /// When it is late.
    pub const fn at(&self) -> UnixMillis {
        self.at
    }

    /// Whether it is late.
    pub const fn is_late(&self, now: UnixMillis) -> bool {
        self.at.0 <= now.0
    }

    /// The answer has more time: all of it again while a frame arrives, which has a bound; what we took ourselves is
    /// given back.
    pub fn put_off(&mut self, delay: Delay, patience: Duration) {
        match delay {
            Delay::Arriving(now) => self.at = self.at.max(after(now, patience).min(self.limit)),
            Delay::Worked(work) => {
                self.at += work;
                self.limit += work;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_arrives_slowly_puts_an_answer_off_and_not_for_ever() {
        let (slow, patience) = (whole_millis(SLOW), Duration::from_millis(50));
        let mut due = Due::within(UnixMillis(1000), patience);
        assert_eq!(
            (due.at(), due.is_late(UnixMillis(1049)), due.is_late(UnixMillis(1050))),
            (UnixMillis(1050), false, true)
        );
        due.put_off(Delay::Arriving(UnixMillis(990)), patience);
        assert_eq!(due.at(), UnixMillis(1050), "never shortened");
        for now in (1000..1000 + 2 * slow).step_by(10) {
            due.put_off(Delay::Arriving(UnixMillis(now)), patience);
        }
        assert_eq!(due.at(), UnixMillis(1050 + slow));
    }

    #[test]
    fn what_we_took_ourselves_is_given_back() {
        let mut due = Due::within(UnixMillis(1000), Duration::from_millis(50));
        for _ in 0..3 {
            due.put_off(Delay::Worked(SLOW), Duration::ZERO);
        }
        assert_eq!(due.at(), UnixMillis(1050 + 3 * whole_millis(SLOW)));
    }

    #[test]
    fn time_neither_overflows_nor_runs_backwards() {
        assert_eq!(
            (after(UnixMillis(u64::MAX), Duration::from_millis(1)), after(UnixMillis(1), Duration::MAX)),
            (UnixMillis(u64::MAX), UnixMillis(u64::MAX))
        );
        assert_eq!(
            (since(UnixMillis(5), UnixMillis(3)), since(UnixMillis(3), UnixMillis(5))),
            (Duration::ZERO, Duration::from_millis(2))
        );
        assert_eq!(after(UnixMillis(0), Duration::from_micros(1_999)), UnixMillis(1));
    }
}
