//! The steps in which the keys of an account are derived: each as long as a page can bear.

use core::time::Duration;

use crate::account::login::{Deriving, LoginKeys};
use crate::error::Error;
use crate::ports::{UnixMillis, since};
use crate::session::effect::Credentials;

/// Keys from a name and a password, in steps that let a page live: each is twice as long as the last one if that took no
/// time worth mention, and half as long if a person could have noticed it.
#[derive(Debug)]
pub(super) struct Pacing {
    deriving: Deriving,
    parts: usize,
    last: UnixMillis,
}

impl Pacing {
    /// The parts of a first step, and of the longest: from a tenth of a millisecond to half a one each on machines of today.
    const PARTS: (usize, usize) = (8, 64);
    /// A step and whatever else the host did: short if below, long if above.
    const SHORT: Duration = Duration::from_millis(6);
    const LONG: Duration = Duration::from_millis(16);

    pub(super) fn begin(credentials: &Credentials) -> Result<Self, Error> {
        let (name, password) = (credentials.username.lower_case().to_utf16(), credentials.password.expose());
        let deriving = Deriving::begin(name, password, &credentials.login_salt)?;
        Ok(Self { deriving, parts: Self::PARTS.0, last: UnixMillis(0) })
    }

    /// A step; the keys after the last.
    pub(super) fn step(&mut self, now: UnixMillis) -> Result<Option<LoginKeys>, Error> {
        let took = since(self.last, now);
        if self.last == UnixMillis(0) {
            // The first: nothing was measured yet.
        } else if took < Self::SHORT {
            self.parts = (self.parts * 2).min(Self::PARTS.1);
        } else if took > Self::LONG {
            self.parts = (self.parts / 2).max(1);
        }
        self.last = now;
        self.deriving.step(self.parts)
    }
}
