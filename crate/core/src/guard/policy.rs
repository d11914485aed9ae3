//! How careful the guard is. A policy that makes no sense cannot be made: a wait of nothing would give up at once what
//! it is meant to keep.

use core::time::Duration;

use crate::error::{Code, Error};
use crate::ports::whole_millis;

const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(24 * 3600);
/// The most documents that may begin to wait without a question: more than any drive holds.
const MOST: u32 = 10_000_000;

/// How long a removal waits: an hour to a hundred years.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Wait(Duration);

impl Wait {
    /// The shortest.
    pub const MIN: Self = Self(HOUR);
    /// The longest. Who wants to keep for ever says [`Policy::hold`].
    pub const MAX: Self = Self(DAY.saturating_mul(36_525));

    /// A wait of this length.
    ///
    /// # Errors
    /// `misuse/bad-argument` when that is shorter or longer than a wait can be.
    pub fn of(span: Duration) -> Result<Self, Error> {
        let wait = Self(span);
        (Self::MIN..=Self::MAX).contains(&wait).then_some(wait).ok_or_else(|| refused("waitDays"))
    }

    /// So many days, which may be a part of one.
    ///
    /// # Errors
    /// As [`Self::of`], and for what is no number.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "casts of floats saturate")]
    #[allow(clippy::cast_precision_loss, reason = "a day has few milliseconds")]
    pub fn of_days(days: f64) -> Result<Self, Error> {
        Self::of(Duration::from_millis((days * whole_millis(DAY) as f64).round() as u64))
    }

    /// How long it is.
    pub const fn span(self) -> Duration {
        self.0
    }
}

/// How careful to be. The defaults are meant for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// How long a removal waits before it is sent.
    pub wait: Wait,
    /// Nothing leaves, however long it waited.
    pub hold: bool,
    /// How many documents may begin to wait without being asked for, as long as no whole folder is among them.
    /// Counted are all that wait so, or left so within another wait: not those of one run.
    pub limit: usize,
    /// The user agrees beforehand to give up whatever is on the server's list and nobody recorded. It may be
    /// what another device pinned a moment ago; for accounts that are only ever used in one place. While a folder of
    /// the drive looks made anew, nothing is given up without another question.
    pub give_up_unknown: bool,
    /// What is known is written into the account document as well, encrypted, for the account's other devices.
    pub in_drive: bool,
}

impl Default for Policy {
    fn default() -> Self {
        Self { wait: Wait(30 * DAY), hold: false, limit: 1, give_up_unknown: false, in_drive: true }
    }
}

impl Policy {
    /// A limit that was given as any number.
    ///
    /// # Errors
    /// `misuse/bad-argument` when it is not a whole number from 0 on.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is checked just before")]
    pub fn limit_of(number: f64) -> Result<usize, Error> {
        let sensible = number.fract() == 0.0 && (0.0..=f64::from(MOST)).contains(&number);
        sensible.then_some(number as usize).ok_or_else(|| refused("limit"))
    }
}

/// A part of a policy that makes no sense.
pub fn refused(field: &str) -> Error {
    Error::new(Code::MisuseBadArgument, "the policy makes no sense").with("field", field)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_an_hour_at_least_and_a_number() {
        for days in [
            f64::NAN,
            f64::INFINITY,
            f64::NEG_INFINITY,
            -1.0,
            -0.0,
            0.0,
            1e-9,
            f64::MIN_POSITIVE,
            0.04,
            1e9,
            f64::MAX,
        ] {
            assert_eq!(Wait::of_days(days).unwrap_err().code(), Code::MisuseBadArgument, "{days}");
        }
        for (days, span) in [(30.0, 30 * DAY), (1.0, DAY), (0.5, 12 * HOUR), (1.0 / 24.0, HOUR)] {
            assert_eq!(Wait::of_days(days).unwrap().span(), span);
        }
        assert!(Wait::of(Duration::ZERO).is_err() && Wait::of(Duration::MAX).is_err());
    }

    #[test]
    fn a_limit_is_a_whole_number_from_nothing_on() {
        for number in [f64::NAN, f64::INFINITY, -1.0, 0.5, 1.5, 1e300] {
            assert_eq!(Policy::limit_of(number).unwrap_err().code(), Code::MisuseBadArgument, "{number}");
        }
        assert_eq!([0.0, -0.0, 1.0, 500.0].map(|number| Policy::limit_of(number).unwrap()), [0, 0, 1, 500]);
    }
}
