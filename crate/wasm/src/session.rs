//! The session: promises outside, one engine inside.
//!
//! Exported methods take `&self` and clone a handle, so concurrent calls are no "recursive use" (they end
//! as `misuse/busy`). No borrow of the engine is held while a callback of the caller's runs.

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

use futures::channel::oneshot;
use futures::future::{Either, select};
use js_sys::{Function, Promise, Reflect};
use pinfold_core::compact::SortedMap;
use pinfold_core::error::{Code, Error};
use pinfold_core::json::Text;
use pinfold_core::secret::SecretText;
use pinfold_core::session::Session;
use pinfold_core::session::effect::{Credentials, Effect, Event, HttpRequest, Input, Outcome, Ticket};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::AbortSignal;

use crate::abort::Abort;
use crate::drive::{RawDrive, RawPinSet};
use crate::error::{set, to_js};
use crate::host::{Alarm, HostEntropy, Socket, SocketEvent, fetch, now, option_or_global};
use crate::mailbox::{Queue, RawMailbox};
use crate::promise::{promise, rejected, spawn};
use crate::report;
use crate::text::Incoming;

/// Starts an operation.
type Start = Box<dyn FnOnce(&mut Session) -> Result<Ticket, Error>>;
/// What an operation's outcome is to JavaScript; `None` if it is the outcome of another operation.
type Finish = fn(Rc<Inner>, Outcome) -> Option<JsValue>;

/// Everything behind one session.
pub(crate) struct Inner {
    engine: RefCell<Session>,
    web_socket: Option<Function>,
    fetch: Option<Function>,
    on_event: Option<Function>,
    on_frame: Option<Function>,
    socket: RefCell<Option<Socket>>,
    /// Tells the events of an old socket from those of the present one.
    dial: Cell<u64>,
    alarm: Alarm,
    incoming: RefCell<Incoming>,
    waiting: RefCell<SortedMap<Ticket, oneshot::Sender<Result<Outcome, Error>>>>,
    queues: RefCell<SortedMap<Ticket, Rc<Queue>>>,
    /// When each folder was declared and settled, for the reports.
    timeline: RefCell<report::Timeline>,
    pumping: Cell<bool>,
}

impl Inner {
    fn new(options: &JsValue) -> Rc<Self> {
        let callback = |name: &str| -> Option<Function> {
            if options.is_object() { Reflect::get(options, &name.into()).ok()?.dyn_into().ok() } else { None }
        };
        Rc::new(Self {
            engine: RefCell::new(Session::new(Box::new(HostEntropy))),
            web_socket: option_or_global(options, "webSocket", "WebSocket"),
            fetch: option_or_global(options, "fetch", "fetch"),
            on_event: callback("onEvent"),
            on_frame: callback("onFrame"),
            socket: RefCell::new(None),
            dial: Cell::new(0),
            alarm: Alarm::default(),
            incoming: RefCell::new(Incoming::new()),
            waiting: RefCell::new(SortedMap::new()),
            queues: RefCell::new(SortedMap::new()),
            timeline: RefCell::new(report::Timeline::default()),
            pumping: Cell::new(false),
        })
    }

    /// The promise of an operation, which `finish` makes the JavaScript value of.
    fn operation(self: Rc<Self>, signal: Option<AbortSignal>, start: Start, finish: Finish) -> Promise {
        promise(async move {
            let outcome = self.run(signal, start).await?;
            finish(self, outcome).ok_or_else(|| to_js(&unfitting()))
        })
    }

    /// Starts an operation and waits for its end, or for the signal.
    async fn run(self: &Rc<Self>, signal: Option<AbortSignal>, start: Start) -> Result<Outcome, JsValue> {
        let mut abort = signal.map(Abort::listen).transpose()?;
        let ticket = start(&mut self.engine.borrow_mut()).map_err(|error| to_js(&error))?;
        let (tell, ended) = oneshot::channel();
        self.waiting.borrow_mut().insert(ticket, tell);
        self.pump();
        let ended = match &mut abort {
            None => ended.await,
            Some(abort) => match select(ended, abort.fired()).await {
                Either::Left((ended, _)) => ended,
                Either::Right((_, ended)) => {
                    self.engine.borrow_mut().cancel(ticket);
                    self.pump();
                    let ended = ended.await;
                    // Frames that are on the wire cannot be called back: that is worth more than the reason.
                    match ended {
                        Ok(Err(error)) if error.code() == Code::PinsUnconfirmed => return Err(to_js(&error)),
                        _ => return Err(abort.reason()),
                    }
                }
            },
        };
        match ended {
            Ok(result) => result.map_err(|error| to_js(&error)),
            Err(_) => Err(to_js(&closed())),
        }
    }

    pub(crate) fn with_engine<T>(self: &Rc<Self>, use_it: impl FnOnce(&mut Session) -> T) -> T {
        let result = use_it(&mut self.engine.borrow_mut());
        self.pump();
        result
    }

    /// Carries out what the engine asks for until it asks for nothing.
    fn pump(self: &Rc<Self>) {
        // A callback may call back into the session: the outer loop will see what that asks for.
        if self.pumping.replace(true) {
            return;
        }
        loop {
            let effect = self.engine.borrow_mut().poll();
            match effect {
                Some(effect) => self.carry_out(effect),
                None => break,
            }
        }
        self.pumping.set(false);
        let deadline = self.engine.borrow().deadline();
        let weak = Rc::downgrade(self);
        self.alarm.set(deadline, move || {
            if let Some(inner) = weak.upgrade() {
                inner.alarm.rang();
                inner.input(Input::Tick);
            }
        });
    }

    fn input(self: &Rc<Self>, input: Input<'_>) {
        self.engine.borrow_mut().handle(now(), input);
        self.pump();
    }

    fn carry_out(self: &Rc<Self>, effect: Effect) {
        match effect {
            Effect::Http(request) => self.http(request),
            Effect::Connect { url } => self.connect(&url),
            Effect::Send(text) => {
                self.tell_frame("out", &text);
                if let Some(socket) = &*self.socket.borrow() {
                    socket.send(&text);
                }
            }
            Effect::Disconnect => self.disconnect(),
            Effect::Event(event) => self.tell_event(&event),
            Effect::Done(ticket, result) => {
                if let Some(tell) = self.waiting.borrow_mut().remove(&ticket) {
                    let _ = tell.send(result);
                }
            }
            Effect::Delivery(ticket, delivery) => self.queue(ticket, |queue| queue.push(delivery)),
            Effect::BacklogEnded(ticket) => {
                self.queue(ticket, Queue::end_backlog);
                if let Some(listener) = &self.on_event {
                    let _ = listener.call1(&JsValue::UNDEFINED, &report::mailbox_read());
                }
            }
            Effect::MailboxEnded(ticket, error) => {
                self.queue(ticket, |queue| queue.end(Some(error)));
                self.queues.borrow_mut().remove(&ticket);
            }
        }
    }

    fn queue(&self, ticket: Ticket, use_it: impl FnOnce(&Queue)) {
        let queue = self.queues.borrow().get(&ticket).cloned();
        if let Some(queue) = queue {
            use_it(&queue);
        }
    }

    fn http(self: &Rc<Self>, request: HttpRequest) {
        let weak = Rc::downgrade(self);
        let Some(function) = self.fetch.clone() else {
            spawn(async move {
                if let Some(inner) = weak.upgrade() {
                    inner.input(Input::Http(Err(Error::new(Code::NetUnreachable, "the host has no fetch"))));
                }
            });
            return;
        };
        spawn(async move {
            let reply = fetch(function, request).await;
            if let Some(inner) = weak.upgrade() {
                inner.input(Input::Http(reply));
            }
        });
    }

    fn connect(self: &Rc<Self>, url: &str) {
        self.disconnect();
        let dial = self.dial.get();
        let weak: Weak<Self> = Rc::downgrade(self);
        let opened = self
            .web_socket
            .as_ref()
            .ok_or_else(|| {
                Error::new(Code::NetUnreachable, "the host has no WebSocket; pass one as an option")
            })
            .and_then(|constructor| {
                Socket::open(constructor, url, move |event| {
                    if let Some(inner) = weak.upgrade().filter(|inner| inner.dial.get() == dial) {
                        inner.heard(event);
                    }
                })
            });
        match opened {
            Ok(socket) => *self.socket.borrow_mut() = Some(socket),
            Err(_) => {
                let weak = Rc::downgrade(self);
                spawn(async move {
                    if let Some(inner) = weak.upgrade() {
                        inner.input(Input::Closed);
                    }
                });
            }
        }
    }

    fn disconnect(&self) {
        self.dial.set(self.dial.get() + 1);
        *self.socket.borrow_mut() = None;
    }

    fn heard(self: &Rc<Self>, event: SocketEvent) {
        match event {
            SocketEvent::Opened => self.input(Input::Opened),
            SocketEvent::Closed => {
                // The socket is inside its own callback: let go of it afterwards.
                self.dial.set(self.dial.get() + 1);
                let old = self.socket.borrow_mut().take();
                spawn(async move { drop(old) });
                self.input(Input::Closed);
            }
            SocketEvent::Frame(data) => {
                if let Some(listener) = &self.on_frame {
                    tell_frame(listener, "in", &data);
                }
                let mut incoming = self.incoming.borrow_mut();
                if let Some(text) = incoming.read(&data) {
                    self.engine.borrow_mut().handle(now(), Input::Frame(text));
                }
                drop(incoming);
                self.pump();
            }
        }
    }

    fn tell_frame(&self, direction: &str, text: &str) {
        if let Some(listener) = &self.on_frame {
            tell_frame(listener, direction, &text.into());
        }
    }

    fn tell_event(&self, event: &Event) {
        if let Event::Folder { at, folder } = event {
            self.timeline.borrow_mut().note(*at, folder);
        }
        if let Some(listener) = &self.on_event {
            let js = report::event(event, &self.timeline.borrow());
            // A listener that throws is the caller's affair; it never reaches the engine.
            let _ = listener.call1(&JsValue::UNDEFINED, &js);
        }
    }
}

fn tell_frame(listener: &Function, direction: &str, text: &JsValue) {
    let frame = js_sys::Object::new();
    set(&frame, "direction", &direction.into());
    set(&frame, "text", text);
    set(&frame, "at", &js_sys::Date::now().into());
    let _ = listener.call1(&JsValue::UNDEFINED, &frame);
}

fn closed() -> Error {
    Error::new(Code::MisuseClosed, "the session is closed")
}

/// A signed-in session. Made by `RawSession.open`.
#[wasm_bindgen]
pub struct RawSession {
    inner: Rc<Inner>,
}

#[wasm_bindgen]
impl RawSession {
    /// Signs in and reads the account document.
    ///
    /// # Errors
    /// `login/*`, `block/*`, `drive/unreadable`, `net/*`, `peer/*`, `misuse/bad-argument`, or the
    /// signal's reason.
    #[wasm_bindgen(unchecked_return_type = "Promise<RawSession>")]
    pub fn open(
        #[wasm_bindgen(unchecked_param_type = "Credentials")] credentials: &JsValue,
        #[wasm_bindgen(unchecked_param_type = "RawOptions")] options: &JsValue,
    ) -> Promise {
        let credentials = match read_credentials(credentials) {
            Ok(credentials) => credentials,
            Err(error) => return rejected(&error),
        };
        let signal = Reflect::get(options, &"signal".into()).ok().and_then(|signal| signal.dyn_into().ok());
        let start = Box::new(|engine: &mut Session| engine.open(now(), credentials));
        Inner::new(options).operation(signal, start, |inner, outcome| match outcome {
            Outcome::Opened => Some(RawSession { inner }.into()),
            Outcome::Drive(_) | Outcome::Pins(_) => None,
        })
    }

    /// Who signed in.
    #[wasm_bindgen(unchecked_return_type = "Account")]
    pub fn account(&self) -> JsValue {
        let mailboxes = self.inner.engine.borrow_mut().mailboxes();
        let engine = self.inner.engine.borrow();
        engine.account().map_or(JsValue::NULL, |account| report::account(account, &mailboxes))
    }

    /// Loads every declared folder.
    ///
    /// # Errors
    /// `drive/unreadable`, `net/*`, `peer/*`, `misuse/*`, or the signal's reason.
    #[wasm_bindgen(js_name = loadDrive, unchecked_return_type = "Promise<RawDrive>")]
    pub fn load_drive(&self, signal: Option<AbortSignal>) -> Promise {
        let start = Box::new(|engine: &mut Session| engine.load_drive(now()));
        Rc::clone(&self.inner).operation(signal, start, |inner, outcome| match outcome {
            Outcome::Drive(drive) => Some(RawDrive::new(*drive, inner.timeline.borrow().clone()).into()),
            Outcome::Opened | Outcome::Pins(_) => None,
        })
    }

    /// Brings the server's list to exactly this set.
    ///
    /// # Errors
    /// `pins/*`, `rpc/*`, `net/*`, `peer/*`, `misuse/*`, or the signal's reason.
    #[wasm_bindgen(js_name = syncPins, unchecked_return_type = "Promise<PinReceipt>")]
    pub fn sync_pins(&self, pins: &RawPinSet, signal: Option<AbortSignal>) -> Promise {
        let set = pins.set();
        let start = Box::new(move |engine: &mut Session| engine.sync_pins(now(), &set));
        Rc::clone(&self.inner).operation(signal, start, receipt)
    }

    /// Adds what is known of a drive to the server's list, and removes nothing.
    ///
    /// # Errors
    /// As `syncPins`.
    #[wasm_bindgen(js_name = addPins, unchecked_return_type = "Promise<PinReceipt>")]
    pub fn add_pins(&self, drive: &RawDrive, signal: Option<AbortSignal>) -> Promise {
        let additions = drive.additions();
        let start = Box::new(move |engine: &mut Session| engine.add_pins(now(), &additions));
        Rc::clone(&self.inner).operation(signal, start, receipt)
    }

    /// Reads a mailbox from the last letter of its dismissed prefix on, or with `whole` its log from the
    /// beginning.
    ///
    /// # Errors
    /// `mailbox/absent`, `misuse/*`, `net/closed`, or the reason of a signal that was aborted before.
    #[wasm_bindgen(js_name = openMailbox, unchecked_return_type = "Promise<RawMailbox>")]
    pub fn open_mailbox(&self, name: String, signal: Option<AbortSignal>, whole: Option<bool>) -> Promise {
        let inner = Rc::clone(&self.inner);
        promise(async move {
            if let Some(signal) = signal.filter(AbortSignal::aborted) {
                return Err(signal.reason());
            }
            let mailbox = inner.open_mailbox(&name, whole.unwrap_or(false)).map_err(|error| to_js(&error))?;
            Ok(mailbox.into())
        })
    }

    /// Ends the session and wipes its keys now, not at garbage collection.
    pub fn close(&self) {
        self.inner.engine.borrow_mut().close();
        self.inner.pump();
        self.inner.waiting.borrow_mut().clear();
        for queue in self.inner.queues.take().into_values() {
            queue.end(None);
        }
    }
}

impl Drop for RawSession {
    fn drop(&mut self) {
        self.close();
    }
}

impl Inner {
    fn open_mailbox(self: &Rc<Self>, name: &str, whole: bool) -> Result<RawMailbox, Error> {
        let ticket = self.engine.borrow_mut().open_mailbox(now(), name, whole)?;
        let queue = Rc::new(Queue::default());
        self.queues.borrow_mut().insert(ticket, Rc::clone(&queue));
        self.pump();
        Ok(RawMailbox::new(self, ticket, queue))
    }

    pub(crate) fn close_mailbox(self: &Rc<Self>, ticket: Ticket) {
        self.queue(ticket, |queue| queue.end(None));
        self.queues.borrow_mut().remove(&ticket);
        self.with_engine(|engine| engine.close_mailbox(ticket));
    }
}

fn receipt(_: Rc<Inner>, outcome: Outcome) -> Option<JsValue> {
    match outcome {
        Outcome::Pins(receipt) => Some(report::receipt(&receipt)),
        Outcome::Opened | Outcome::Drive(_) => None,
    }
}

fn unfitting() -> Error {
    Error::new(Code::Internal, "an operation ended as another one")
}

fn read_credentials(value: &JsValue) -> Result<Credentials, Error> {
    let text = |key: &str| -> Option<Text> {
        let value = Reflect::get(value, &key.into()).ok()?;
        let string: &js_sys::JsString = value.dyn_ref()?;
        // Unit by unit: a password may hold half a surrogate pair, and has keys of its own then.
        Some(Text::from_utf16(&string.iter().collect::<Vec<u16>>()))
    };
    let plain = |key: &str| text(key).and_then(|text| text.into_string().ok());
    let missing = |what| Error::new(Code::MisuseBadArgument, "a credential is missing").with("which", what);
    Ok(Credentials {
        origin: plain("origin").ok_or_else(|| missing("origin"))?,
        username: text("username").ok_or_else(|| missing("username"))?,
        password: text("password").ok_or_else(|| missing("password"))?,
        otp: plain("otp").map(SecretText::new),
        login_salt: plain("loginSalt").unwrap_or_default(),
    })
}
