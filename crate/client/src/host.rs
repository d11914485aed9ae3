//! What the engine asks of its host besides a socket and HTTP: a clock and randomness.

use pinfold_core::error::{Code, Error};
use pinfold_core::ports::{Entropy, UnixMillis, after, since, whole_millis};
use std::time::SystemTime;
use tokio::time::Instant;

/// The operating system's randomness.
pub(super) struct SystemEntropy;

impl Entropy for SystemEntropy {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), Error> {
        getrandom::fill(out)
            .map_err(|_| Error::new(Code::HostNoEntropy, "the operating system gives no randomness"))
    }
}

/// The wall clock as it was when the client started, and steady time since: a clock that is set, or a
/// machine that slept, makes no deadline pass.
pub(super) struct Clock {
    epoch: UnixMillis,
    started: Instant,
}

impl Clock {
    pub(super) fn start() -> Self {
        let epoch = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        Self { epoch: UnixMillis(whole_millis(epoch)), started: Instant::now() }
    }

    pub(super) fn now(&self) -> UnixMillis {
        after(self.epoch, self.started.elapsed())
    }

    /// Ends at a time of this clock; never without one.
    pub(super) async fn until(&self, deadline: Option<UnixMillis>) {
        match deadline {
            Some(deadline) => match self.started.checked_add(since(self.epoch, deadline)) {
                Some(at) => tokio::time::sleep_until(at).await,
                None => std::future::pending().await,
            },
            None => std::future::pending().await,
        }
    }
}
