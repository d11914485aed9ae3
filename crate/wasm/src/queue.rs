//! What stands between the engine, which delivers, and whoever iterates over a mailbox.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;

use futures::channel::oneshot;
use pinfold_core::error::Error;
use pinfold_core::ids::MessageHash;
use pinfold_core::mailbox::delivery::Delivery;

/// What the engine delivered and nobody took yet, in order.
#[derive(Default)]
pub(crate) struct Queue {
    pub(crate) name: String,
    waiting: RefCell<VecDeque<Delivery>>,
    taker: RefCell<Option<oneshot::Sender<()>>>,
    backlog_ended: Cell<bool>,
    /// Messages of the backlog that nobody took yet, once it has ended.
    backlog_left: Cell<usize>,
    ended: Cell<bool>,
    error: RefCell<Option<Error>>,
    /// What was taken last; the engine hands out the next one once it was left or dismissed.
    open: Cell<Option<MessageHash>>,
}

impl Queue {
    pub(crate) fn of(name: &str) -> Self {
        Self { name: name.to_owned(), ..Self::default() }
    }

    pub(crate) fn push(&self, delivery: Delivery) {
        self.waiting.borrow_mut().push_back(delivery);
        self.wake();
    }

    pub(crate) fn end_backlog(&self) {
        self.backlog_ended.set(true);
        self.backlog_left.set(self.waiting.borrow().len());
        self.wake();
    }

    pub(crate) fn end(&self, error: Option<Error>) {
        self.ended.set(true);
        *self.error.borrow_mut() = error;
        self.wake();
    }

    fn wake(&self) {
        if let Some(taker) = self.taker.borrow_mut().take() {
            let _ = taker.send(());
        }
    }

    /// What was taken last, once.
    pub(crate) fn take_open(&self) -> Option<MessageHash> {
        self.open.take()
    }

    /// The next one, as soon as there is one; nothing once the mailbox was closed.
    ///
    /// # Errors
    /// Why the mailbox stopped, once, after everything delivered before it.
    pub(crate) async fn next(&self) -> Result<Option<Delivery>, Error> {
        loop {
            if let Some(delivery) = self.waiting.borrow_mut().pop_front() {
                self.open.set(Some(delivery.hash.clone()));
                self.backlog_left.set(self.backlog_left.get().saturating_sub(1));
                return Ok(Some(delivery));
            }
            if let Some(error) = self.error.borrow_mut().take() {
                return Err(error);
            }
            if self.ended.get() {
                return Ok(None);
            }
            let (tell, told) = oneshot::channel();
            *self.taker.borrow_mut() = Some(tell);
            let _ = told.await;
        }
    }

    /// Whether everything that was there at the start has been taken.
    pub(crate) fn backlog_taken(&self) -> bool {
        self.backlog_ended.get() && self.backlog_left.get() == 0
    }

    /// How many were delivered and not taken yet.
    pub(crate) fn waiting(&self) -> usize {
        self.waiting.borrow().len()
    }
}
