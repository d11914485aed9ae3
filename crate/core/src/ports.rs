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
