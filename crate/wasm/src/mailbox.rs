//! Mailboxes and their messages, as the page has them.

use std::rc::{Rc, Weak};

use js_sys::{Promise, Reflect};
use pinfold_core::error::{Code, Error};
use pinfold_core::ids::MessageHash;
use pinfold_core::mailbox::delivery::{Delivery, Opened};
use pinfold_core::mailbox::message::{Fact, Message, Sender};
use pinfold_core::mailbox::quarantine::Quarantined;
use pinfold_core::ports::UnixMillis;
use pinfold_core::session::Session;
use pinfold_core::session::effect::{Outcome, Ticket};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::engine::{Engine, Finish, Start};
use crate::error::{set, to_js};
use crate::promise::{promise, rejected};
use crate::queue::Queue;

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
    /// The next message in the server's order; `undefined` once the mailbox was closed. Keeps the one before.
    ///
    /// # Errors
    /// Why the mailbox stopped, once, after everything delivered before it.
    #[wasm_bindgen(unchecked_return_type = "Promise<RawDelivery | undefined>")]
    pub fn next(&self) -> Promise {
        let queue = Rc::clone(&self.queue);
        if let Some((engine, open)) = self.engine.upgrade().zip(queue.take_open()) {
            let now = engine.now();
            engine.with_session(|session| session.leave_message(now, self.ticket, &open));
        }
        promise(async move {
            match queue.next().await {
                Ok(Some(delivery)) => Ok(RawDelivery { delivery }.into()),
                Ok(None) => Ok(JsValue::UNDEFINED),
                Err(error) => Err(to_js(&error)),
            }
        })
    }

    /// Whether everything that the log held at the start has been taken; what follows is live.
    #[wasm_bindgen(getter, js_name = backlogEnded)]
    pub fn backlog_ended(&self) -> bool {
        self.queue.backlog_taken()
    }

    /// Messages that were delivered and not taken yet.
    #[wasm_bindgen(getter)]
    pub fn waiting(&self) -> usize {
        self.queue.waiting()
    }

    /// Dismisses a delivered message; the next one may come. Resolves once the account document holds it.
    ///
    /// # Errors
    /// `misuse/closed`, `edit/*`, `net/*`, `drive/*`, `crypto/read-only`: the message is then not dismissed, except
    /// that after `edit/unconfirmed` it may be.
    #[wasm_bindgen(unchecked_return_type = "Promise<void>")]
    pub fn dismiss(&self, hash: &str) -> Promise {
        let Some(hash) = MessageHash::parse(hash) else {
            return rejected(&Error::new(Code::MisuseBadArgument, "that is the hash of no message"));
        };
        let ticket = self.ticket;
        self.run(
            Box::new(move |session, now| session.dismiss(now, ticket, &hash)),
            |_, outcome| match outcome {
                Outcome::Written => Some(JsValue::UNDEFINED),
                _ => None,
            },
        )
    }

    /// So many messages from before the oldest that arrived, 50 at most, and whether there may be still older ones.
    ///
    /// # Errors
    /// `misuse/closed`, `mailbox/anchor-lost`, `net/*`, `peer/*`.
    #[wasm_bindgen(unchecked_return_type = "Promise<{ letters: RawDelivery[]; more: boolean }>")]
    pub fn older(&self, count: usize) -> Promise {
        let ticket = self.ticket;
        let start = Box::new(move |session: &mut Session, now| session.older_letters(now, ticket, count));
        self.run(start, |_, outcome| match outcome {
            Outcome::Older { letters, more } => {
                let page = js_sys::Object::new();
                let letters = letters.into_iter().map(|delivery| JsValue::from(RawDelivery { delivery }));
                set(&page, "letters", &letters.collect::<js_sys::Array>());
                set(&page, "more", &more.into());
                Some(page.into())
            }
            _ => None,
        })
    }

    /// What was delivered, cannot be read and is not dismissed.
    #[wasm_bindgen(unchecked_return_type = "QuarantinedMessage[]")]
    pub fn quarantine(&self) -> js_sys::Array {
        let held = self.engine.upgrade().map(|engine| engine.with_session(|s| s.quarantine(self.ticket)));
        let report = |held: Quarantined| {
            let object = js_sys::Object::new();
            set(&object, "hash", &held.hash.as_str().into());
            set(&object, "time", &time(held.time));
            set(&object, "code", &held.code.as_str().into());
            JsValue::from(object)
        };
        held.unwrap_or_default().into_iter().map(report).collect()
    }

    fn run(&self, start: Start, finish: Finish) -> Promise {
        match self.engine.upgrade() {
            Some(engine) => engine.operation(None, start, finish),
            None => rejected(&Error::new(Code::MisuseClosed, "the session is closed")),
        }
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

    /// Its place among the deliveries of this reading, from 0; of an older message, on its page.
    #[wasm_bindgen(getter)]
    pub fn position(&self) -> f64 {
        #[allow(clippy::cast_precision_loss, reason = "a count of messages")]
        let position = self.delivery.position as f64;
        position
    }

    /// When the server stored it, in milliseconds since the epoch.
    #[wasm_bindgen(getter, unchecked_return_type = "number | null")]
    pub fn time(&self) -> JsValue {
        time(self.delivery.time)
    }

    /// Whether the account has dismissed it before.
    #[wasm_bindgen(getter)]
    pub fn dismissed(&self) -> bool {
        self.delivery.dismissed
    }

    /// Whether it names a folder, document or team that was not settled in time.
    #[wasm_bindgen(getter)]
    pub fn unresolved(&self) -> bool {
        self.delivery.unresolved
    }

    /// Why it is no news; nothing for news.
    #[wasm_bindgen(getter, unchecked_return_type = "Superseded | null")]
    pub fn superseded(&self) -> JsValue {
        self.delivery.superseded.as_ref().map_or(JsValue::NULL, |it| {
            let object = js_sys::Object::new();
            set(&object, "why", &it.why.as_str().into());
            set(&object, "by", &text_or_null(it.by.as_ref().map(MessageHash::as_str)));
            object.into()
        })
    }

    /// Hashes of earlier messages that are no news any longer, because of this one.
    #[wasm_bindgen(getter, unchecked_return_type = "string[]")]
    pub fn supersedes(&self) -> js_sys::Array {
        self.delivery.supersedes.iter().map(|hash| JsValue::from(hash.as_str())).collect()
    }

    /// The curve key that sealed it, base64. The key proves this; the message only claims its sender.
    #[wasm_bindgen(getter, unchecked_return_type = "string | null")]
    pub fn author(&self) -> JsValue {
        text_or_null(self.opened().and_then(|opened| opened.sender.author.as_deref()))
    }

    /// What the message claims of its sender, and whether the key that sealed it bears it out.
    #[wasm_bindgen(getter, unchecked_return_type = "SenderClaim | null")]
    pub fn sender(&self) -> JsValue {
        self.opened().map_or(JsValue::NULL, |opened| claim(&opened.sender))
    }

    /// The message's type; null where its text is not of that form.
    #[wasm_bindgen(getter, js_name = "type", unchecked_return_type = "string | null")]
    pub fn kind(&self) -> JsValue {
        text_or_null(self.message().and_then(Message::kind))
    }

    /// What a message of a known type says, each field of its type or absent.
    #[wasm_bindgen(getter, unchecked_return_type = "MessageFacts")]
    pub fn facts(&self) -> JsValue {
        let facts = js_sys::Object::new();
        if let Some(message) = self.message() {
            message.facts(&mut |key, fact| {
                let value = match fact {
                    Fact::Text(text) => text.into(),
                    Fact::Flag(flag) => flag.into(),
                    Fact::Number(number) => number.into(),
                };
                set(&facts, key, &value);
            });
        }
        facts.into()
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

    /// Why it is in quarantine: `mailbox/malformed` where it opens and is no message, otherwise why it does not
    /// open.
    #[wasm_bindgen(getter, unchecked_return_type = "ErrorCode | null")]
    pub fn unreadable(&self) -> JsValue {
        let code = match &self.delivery.letter {
            Ok(_) => self.delivery.quarantined(),
            Err(error) => Some(error.code()),
        };
        text_or_null(code.map(Code::as_str))
    }

    fn opened(&self) -> Option<&Opened> {
        self.delivery.letter.as_ref().ok()
    }

    fn message(&self) -> Option<&Message> {
        self.opened()?.message.as_ref()
    }

    /// The text as a JavaScript value, if it is JSON, and as it is otherwise.
    fn parsed(&self) -> JsValue {
        self.opened().map_or(JsValue::NULL, |opened| {
            js_sys::JSON::parse(&opened.text).unwrap_or_else(|_| opened.text.as_str().into())
        })
    }
}

fn time(time: Option<UnixMillis>) -> JsValue {
    #[allow(clippy::cast_precision_loss, reason = "a date in milliseconds")]
    time.map_or(JsValue::NULL, |time| JsValue::from(time.0 as f64))
}

fn text_or_null(text: Option<&str>) -> JsValue {
    text.map_or(JsValue::NULL, JsValue::from)
}

fn claim(sender: &Sender) -> JsValue {
    let claims = &sender.claims;
    let object = js_sys::Object::new();
    set(&object, "claim", &sender.claim().as_str().into());
    for (key, value) in [
        ("displayName", &claims.display_name),
        ("curvePublic", &claims.curve_public),
        ("edPublic", &claims.ed_public),
        ("notifications", &claims.notifications),
        ("profile", &claims.profile),
        ("channel", &claims.channel),
    ] {
        set(&object, key, &text_or_null(value.as_deref()));
    }
    object.into()
}
