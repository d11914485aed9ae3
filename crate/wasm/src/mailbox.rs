//! Mailboxes: a queue between the engine and whoever iterates.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::{Rc, Weak};

use futures::channel::oneshot;
use js_sys::{Promise, Reflect};
use pinfold_core::error::Error;
use pinfold_core::mailbox::reader::Delivery;
use pinfold_core::session::effect::Ticket;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::engine::Engine;
use crate::error::to_js;
use crate::promise::promise;

/// What the engine delivered and nobody took yet, in order.
#[derive(Default)]
pub(crate) struct Queue {
    waiting: RefCell<VecDeque<Delivery>>,
    taker: RefCell<Option<oneshot::Sender<()>>>,
    backlog_ended: Cell<bool>,
    /// Messages of the backlog that nobody took yet, once it has ended.
    backlog_left: Cell<usize>,
    ended: Cell<bool>,
    error: RefCell<Option<Error>>,
}

impl Queue {
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
}

/// A mailbox being read.
#[wasm_bindgen]
pub struct RawMailbox {
    engine: Weak<Engine>,
    ticket: Ticket,
    queue: Rc<Queue>,
}

impl RawMailbox {
    pub(crate) fn new(engine: &Rc<Engine>, ticket: Ticket, queue: Rc<Queue>) -> Self {
        Self { engine: Rc::downgrade(engine), ticket, queue }
    }
}

#[wasm_bindgen]
impl RawMailbox {
    /// The next message in the server's order; `undefined` once the mailbox was closed.
    ///
    /// # Errors
    /// Why the mailbox stopped, once, after everything delivered before it.
    #[wasm_bindgen(unchecked_return_type = "Promise<RawDelivery | undefined>")]
    pub fn next(&self) -> Promise {
        let queue = Rc::clone(&self.queue);
        promise(async move {
            loop {
                if let Some(delivery) = queue.waiting.borrow_mut().pop_front() {
                    queue.backlog_left.set(queue.backlog_left.get().saturating_sub(1));
                    return Ok(RawDelivery { delivery }.into());
                }
                if let Some(error) = queue.error.borrow_mut().take() {
                    return Err(to_js(&error));
                }
                if queue.ended.get() {
                    return Ok(JsValue::UNDEFINED);
                }
                let (tell, told) = oneshot::channel();
                *queue.taker.borrow_mut() = Some(tell);
                let _ = told.await;
            }
        })
    }

    /// Whether everything that the log held at the start has been taken; what follows is live.
    #[wasm_bindgen(getter, js_name = backlogEnded)]
    pub fn backlog_ended(&self) -> bool {
        let left = self.queue.backlog_left.get();
        self.queue.backlog_ended.get() && left == 0
    }

    /// Messages that were delivered and not taken yet.
    #[wasm_bindgen(getter)]
    pub fn waiting(&self) -> usize {
        self.queue.waiting.borrow().len()
    }

    /// Stops reading.
    pub fn close(&self) {
        if let Some(engine) = self.engine.upgrade() {
            engine.close_mailbox(self.ticket);
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
    #[wasm_bindgen(getter, unchecked_return_type = "number | null")]
    pub fn time(&self) -> JsValue {
        #[allow(clippy::cast_precision_loss, reason = "a date in milliseconds")]
        let time = self.delivery.time.map(|time| time as f64);
        time.map_or(JsValue::NULL, JsValue::from)
    }

    /// Whether the account has dismissed it before.
    #[wasm_bindgen(getter)]
    pub fn viewed(&self) -> bool {
        self.delivery.dismissed
    }

    /// The curve key that sealed it, base64: what the key proves, not what the message claims.
    #[wasm_bindgen(getter, unchecked_return_type = "string | null")]
    pub fn author(&self) -> JsValue {
        let author = self.delivery.letter.as_ref().ok().and_then(|letter| letter.author.as_deref());
        author.map_or(JsValue::NULL, JsValue::from)
    }

    /// The message's type; null where its text is not of that form.
    #[wasm_bindgen(getter, js_name = "type", unchecked_return_type = "string | null")]
    pub fn kind(&self) -> JsValue {
        let kind = Reflect::get(&self.parsed(), &"type".into()).unwrap_or(JsValue::NULL);
        if kind.is_string() { kind } else { JsValue::NULL }
    }

    /// What it says: the `content` of its JSON, or its text where it is not of that form.
    #[wasm_bindgen(getter, unchecked_return_type = "unknown")]
    pub fn content(&self) -> JsValue {
        let parsed = self.parsed();
        match Reflect::get(&parsed, &"content".into()) {
            Ok(content) if parsed.is_object() && !content.is_undefined() => content,
            _ => parsed,
        }
    }

    /// Why it does not open.
    #[wasm_bindgen(getter, unchecked_return_type = "ErrorCode | null")]
    pub fn unreadable(&self) -> JsValue {
        match &self.delivery.letter {
            Ok(_) => JsValue::NULL,
            Err(error) => error.code().as_str().into(),
        }
    }

    /// The text as a JavaScript value, if it is JSON, and as it is otherwise.
    fn parsed(&self) -> JsValue {
        match &self.delivery.letter {
            Ok(letter) => {
                js_sys::JSON::parse(&letter.content).unwrap_or_else(|_| letter.content.as_str().into())
            }
            Err(_) => JsValue::NULL,
        }
    }
}
