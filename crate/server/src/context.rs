//! What every request handler shares.

use super::challenge::Challenges;
use super::channels::Channels;
use super::clock::Clock;
use super::faults::Faults;
use super::hub::Hub;
use super::options::{Limits, Timing};
use super::sessions::Sessions;
use super::store::{DataDir, Store};
use std::convert::Infallible;
use std::path::PathBuf;
use tokio::sync::mpsc::Sender;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// One running embedded server.
pub(crate) struct Context {
    pub(crate) clock: Clock,
    pub(crate) timing: Timing,
    pub(crate) limits: Limits,
    pub(crate) admin_keys: Vec<String>,
    pub(crate) www: Option<PathBuf>,
    pub(crate) hub: Hub,
    pub(crate) channels: Channels,
    pub(crate) sessions: Sessions,
    pub(crate) challenges: Challenges,
    pub(crate) store: Store,
    pub(crate) faults: Faults,
    pub(crate) stop: CancellationToken,
    pub(crate) tasks: TaskTracker,
    // Held for its effect: the lock on the directory, or its removal at the end.
    pub(crate) _directory: DataDir,
    // Dropped after the directory: whoever has the other end learns that it is free.
    pub(crate) _in_use: Sender<Infallible>,
}
