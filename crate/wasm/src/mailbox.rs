//! Mailboxes: a queue between the engine and whoever iterates.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::{Rc, Weak};

use futures::channel::oneshot;
use pinfold_core::error::Error;
use pinfold_core::mailbox::reader::Delivery;
use pinfold_core::session::effect::Ticket;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::error::to_js;
use crate::session::Inner;

/// What the engine delivered and nobody took yet, in order.
#[derive(Default)]
pub(crate) struct Queue {
    waiting: RefCell<VecDeque<Delivery>>,
    taker: RefCell<Option<oneshot::Sender<()>>>,
    backlog_ended: Cell<bool>,
    ended: Cell<bool>,
    error: RefCell<Option<Error>>,
}

impl Queue {
    pub(crate) fn push(&self, delivery: Delivery) {
        self.waiting.borrow_mut().push_back(delivery);
        self.wake();
    }

    pub(crate) fn backlog_ended(&self) {
        self.backlog_ended.set(true);
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
}

/// A mailbox being read.
#[wasm_bindgen]
pub struct RawMailbox {
    inner: Weak<Inner>,
    ticket: Ticket,
    queue: Rc<Queue>,
}

impl RawMailbox {
    pub(crate) fn new(inner: &Rc<Inner>, ticket: Ticket, queue: Rc<Queue>) -> Self {
        Self { inner: Rc::downgrade(inner), ticket, queue }
    }
}

#[wasm_bindgen]
impl RawMailbox {
    /// The next message in the server's order; `undefined` once the mailbox was closed.
    ///
    /// # Errors
    /// Why the mailbox stopped, once, after everything delivered before it.
    pub async fn next(&self) -> Result<Option<RawDelivery>, JsValue> {
        let queue = Rc::clone(&self.queue);
        loop {
            if let Some(delivery) = queue.waiting.borrow_mut().pop_front() {
                return Ok(Some(RawDelivery { delivery }));
            }
            if let Some(error) = queue.error.borrow_mut().take() {
                return Err(to_js(&error));
            }
            if queue.ended.get() {
                return Ok(None);
            }
            let (tell, told) = oneshot::channel();
            *queue.taker.borrow_mut() = Some(tell);
            let _ = told.await;
        }
    }

    /// Resolves once everything that the log held at the start has been taken or is waiting to be.
    #[wasm_bindgen(js_name = backlog)]
    pub async fn backlog(&self) -> usize {
        let queue = Rc::clone(&self.queue);
        while !queue.backlog_ended.get() && !queue.ended.get() {
            let (tell, told) = oneshot::channel();
            *queue.taker.borrow_mut() = Some(tell);
            let _ = told.await;
        }
        let waiting = queue.waiting.borrow().len();
        waiting
    }

    /// Whether everything that the log held at the start has been delivered; what follows is live.
    #[wasm_bindgen(getter, js_name = backlogEnded)]
    pub fn backlog_ended(&self) -> bool {
        self.queue.backlog_ended.get()
    }

    /// Messages that were delivered and not taken yet.
    #[wasm_bindgen(getter)]
    pub fn waiting(&self) -> usize {
        self.queue.waiting.borrow().len()
    }

    /// Stops reading.
    pub fn close(&self) {
        if let Some(inner) = self.inner.upgrade() {
            inner.close_mailbox(self.ticket);
        }
    }
}

/// A message in its place.
#[wasm_bindgen]
pub struct RawDelivery {
    delivery: Delivery,
}

#[wasm_bindgen]
impl RawDelivery {
    /// The message's hash, which names it.
    #[wasm_bindgen(getter)]
    pub fn hash(&self) -> String {
        self.delivery.hash.as_str().to_owned()
    }

    /// Its place among the deliveries of this reading, from 0.
    #[wasm_bindgen(getter)]
    pub fn position(&self) -> f64 {
        #[allow(clippy::cast_precision_loss, reason = "a count of messages")]
        let position = self.delivery.position as f64;
        position
    }

    /// When the server stored it, in milliseconds since the epoch.
    #[wasm_bindgen(getter)]
    pub fn time(&self) -> Option<f64> {
        #[allow(clippy::cast_precision_loss, reason = "a date in milliseconds")]
        let time = self.delivery.time.map(|time| time as f64);
        time
    }

    /// Whether the account has dismissed it before.
    #[wasm_bindgen(getter)]
    pub fn viewed(&self) -> bool {
        self.delivery.dismissed
    }

    /// The curve key that sealed it, base64: what the key proves, not what the message claims.
    #[wasm_bindgen(getter)]
    pub fn author(&self) -> Option<String> {
        self.delivery.letter.as_ref().ok().and_then(|letter| letter.author.clone())
    }

    /// The opened text.
    #[wasm_bindgen(getter)]
    pub fn text(&self) -> Option<String> {
        self.delivery.letter.as_ref().ok().map(|letter| letter.content.clone())
    }

    /// Why it does not open.
    #[wasm_bindgen(getter)]
    pub fn unreadable(&self) -> Option<String> {
        self.delivery.letter.as_ref().err().map(|error| error.code().as_str().to_owned())
    }
}
