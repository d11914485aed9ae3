//! One client: its id, what it proved to be, and the queue of frames on their way to it.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore, mpsc};
use tokio_util::sync::CancellationToken;

/// History pauses while more than this many bytes wait (PROTOCOL.md 8.2).
const PAUSE_ABOVE: usize = 4 * 1024 * 1024;
/// A client that lets this much pile up is dropped: live messages cannot wait for it.
const DROP_ABOVE: usize = 256 * 1024 * 1024;
/// History answers under way at once; each holds a file open.
const MOST_STREAMS: usize = 64;
/// Keys one connection may hold; a user with many teams holds a few dozen.
const MOST_ACCOUNTS: usize = 1000;

/// What the writer of the socket is told.
#[derive(Debug)]
pub(crate) enum Outgoing {
    /// A text frame.
    Frame(String),
    /// Close politely, without a code.
    Close,
    /// End the connection without closing it, as a broken line does.
    Cut,
}

/// A connected client.
pub(crate) struct Connection {
    uid: String,
    queue: mpsc::UnboundedSender<Outgoing>,
    waiting: AtomicUsize,
    drained: Notify,
    ended: CancellationToken,
    accounts: Mutex<Vec<String>>,
    streams: Arc<Semaphore>,
}

impl Connection {
    /// A connection and the receiving end of its queue, for the socket's writer.
    pub(crate) fn new(uid: String) -> (Self, mpsc::UnboundedReceiver<Outgoing>) {
        let (queue, receiver) = mpsc::unbounded_channel();
        let connection = Self {
            uid,
            queue,
            waiting: AtomicUsize::new(0),
            drained: Notify::new(),
            ended: CancellationToken::new(),
            accounts: Mutex::default(),
            streams: Arc::new(Semaphore::new(MOST_STREAMS)),
        };
        (connection, receiver)
    }

    /// The netflux id, 32 hex characters.
    pub(crate) fn uid(&self) -> &str {
        &self.uid
    }

    /// Queues a frame; never waits.
    pub(crate) fn send(&self, frame: String) {
        if self.ended.is_cancelled() {
            return;
        }
        if self.waiting.fetch_add(frame.len(), Ordering::Relaxed) > DROP_ABOVE {
            tracing::warn!(uid = self.uid, "client does not read its frames: dropped");
            self.cut();
            return;
        }
        // A closed queue means that the socket is gone: nobody is left to tell.
        let _ = self.queue.send(Outgoing::Frame(frame));
    }

    /// Closes politely after everything queued was sent.
    pub(crate) fn close(&self) {
        let _ = self.queue.send(Outgoing::Close);
    }

    /// Drops the connection after everything queued was sent.
    pub(crate) fn cut(&self) {
        let _ = self.queue.send(Outgoing::Cut);
    }

    /// Notes that the writer is done with a frame.
    pub(crate) fn written(&self, bytes: usize) {
        self.waiting.fetch_sub(bytes, Ordering::Relaxed);
        self.drained.notify_waiters();
    }

    /// Waits until few enough bytes are queued; `false` when the connection ended instead.
    pub(crate) async fn ready(&self) -> bool {
        loop {
            let notified = self.drained.notified();
            if self.ended.is_cancelled() {
                return false;
            }
            if self.waiting.load(Ordering::Relaxed) <= PAUSE_ABOVE {
                return true;
            }
            tokio::select! {
                () = notified => {}
                () = self.ended.cancelled() => {}
            }
        }
    }

    /// Waits until another history answer may start; `None` when the connection ended instead.
    pub(crate) async fn stream(&self) -> Option<OwnedSemaphorePermit> {
        tokio::select! {
            permit = self.streams.clone().acquire_owned() => permit.ok(),
            () = self.ended.cancelled() => None,
        }
    }

    /// Cancelled when the connection is over.
    pub(crate) fn ended(&self) -> &CancellationToken {
        &self.ended
    }

    /// Notes that a signed RPC was by this key.
    pub(crate) fn authenticate(&self, key: &str) {
        let mut accounts = self.accounts.lock().unwrap_or_else(PoisonError::into_inner);
        if accounts.len() < MOST_ACCOUNTS && !accounts.iter().any(|held| held == key) {
            accounts.push(key.into());
        }
    }

    /// Forgets a key.
    pub(crate) fn forget(&self, key: &str) {
        self.accounts.lock().unwrap_or_else(PoisonError::into_inner).retain(|held| held != key);
    }

    /// The keys this connection proved to hold.
    pub(crate) fn accounts(&self) -> Vec<String> {
        self.accounts.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn history_waits_for_the_queue_and_not_for_a_dead_client() {
        let (connection, mut receiver) = Connection::new("u".into());
        assert!(connection.ready().await);
        connection.send("x".repeat(PAUSE_ABOVE + 1));
        let waiting = tokio::time::timeout(std::time::Duration::from_millis(20), connection.ready());
        assert!(waiting.await.is_err());
        assert!(matches!(receiver.recv().await, Some(Outgoing::Frame(_))));
        connection.written(PAUSE_ABOVE + 1);
        assert!(connection.ready().await);
        connection.send("x".repeat(PAUSE_ABOVE + 1));
        connection.ended().cancel();
        assert!(!connection.ready().await);
    }

    #[tokio::test]
    async fn a_client_that_never_reads_is_cut() {
        let (connection, mut receiver) = Connection::new("u".into());
        connection.waiting.store(DROP_ABOVE + 1, Ordering::Relaxed);
        connection.send("x".into());
        assert!(matches!(receiver.recv().await, Some(Outgoing::Cut)));
    }
}
