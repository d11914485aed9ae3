//! What the engine asks of its host besides a socket and HTTP: a clock and randomness.

use pinfold_core::error::{Code, Error};
use pinfold_core::ports::{Entropy, Millis};
use std::time::{Duration, SystemTime};
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
    epoch: Millis,
    started: Instant,
}

impl Clock {
    pub(super) fn start() -> Self {
        let epoch = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        Self { epoch: whole_millis(epoch), started: Instant::now() }
    }

    pub(super) fn now(&self) -> Millis {
        self.epoch.saturating_add(whole_millis(self.started.elapsed()))
    }

    /// Ends at a time of this clock; never without one.
    pub(super) async fn until(&self, deadline: Option<Millis>) {
        match deadline {
            Some(deadline) => {
                let wait = Duration::from_millis(deadline.saturating_sub(self.epoch));
                match self.started.checked_add(wait) {
                    Some(at) => tokio::time::sleep_until(at).await,
                    None => std::future::pending().await,
                }
            }
            None => std::future::pending().await,
        }
    }
}

fn whole_millis(duration: Duration) -> Millis {
    Millis::try_from(duration.as_millis()).unwrap_or(Millis::MAX)
}
