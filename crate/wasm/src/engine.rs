//! The engine in the host's hands: its effects are carried out, the host's reports go in.
//!
//! No borrow of the session is held while a callback of the caller's runs.

#[cfg(feature = "recovery")]
mod histories;
mod net;
mod storing;

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use futures::channel::oneshot;
use futures::future::{Either, select};
use js_sys::{Function, Promise, Reflect};
use pinfold_core::compact::SortedMap;
use pinfold_core::error::{Code, Error};
use pinfold_core::ports::UnixMillis;
use pinfold_core::session::effect::{Effect, Event, Input, Outcome, Ticket};
use pinfold_core::session::inbox::Reading;
use pinfold_core::session::{AT_ONCE, Session};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::AbortSignal;

use crate::abort::Abort;
use crate::clock::{Alarm, Clock};
use crate::error::to_js;
use crate::host::{HostEntropy, Socket, option_or_global};
use crate::promise::{promise, spawn};
use crate::queue::Queue;
use crate::report;
use crate::room::Room;
use crate::store::Store;
use crate::text::Incoming;
use crate::wipe::wipe_stack;
#[cfg(feature = "recovery")]
pub(crate) use histories::Taker;

/// Starts an operation, at this time.
pub(crate) type Start = Box<dyn FnOnce(&mut Session, UnixMillis) -> Result<Ticket, Error>>;
/// What an operation's outcome is to JavaScript; `None` if it is the outcome of another operation.
pub(crate) type Finish = fn(Rc<Engine>, Outcome) -> Option<JsValue>;

/// Everything behind one session.
pub(crate) struct Engine {
    session: RefCell<Session>,
    web_socket: Option<Function>,
    fetch: Option<Function>,
    /// Resolves when the host has done what else it has to do.
    turn: Option<Function>,
    /// The host's store: two functions of the options.
    pub(crate) store: Option<Store>,
    on_event: Option<Function>,
    on_frame: Option<Function>,
    socket: RefCell<Option<Socket>>,
    /// Tells the events of an old socket from those of the present one.
    dial: Cell<u64>,
    clock: Clock,
    alarm: Alarm,
    incoming: RefCell<Incoming>,
    waiting: RefCell<SortedMap<Ticket, oneshot::Sender<Result<Outcome, Error>>>>,
    queues: RefCell<SortedMap<Ticket, Rc<Queue>>>,
    /// Who takes the pages of histories.
    #[cfg(feature = "recovery")]
    histories: RefCell<SortedMap<Ticket, histories::Taker>>,
    /// When each folder was declared and settled, for the reports.
    timeline: RefCell<report::Timeline>,
    pumping: Cell<bool>,
    /// Whether the host's next turn is waited for.
    turning: Cell<bool>,
    room: Room,
    /// Who waits until the store has what was learnt.
    saving: RefCell<Vec<oneshot::Sender<()>>>,
}

impl Engine {
    pub(crate) fn new(options: &JsValue) -> Rc<Self> {
        let callback = |name: &str| -> Option<Function> {
            if options.is_object() { Reflect::get(options, &name.into()).ok()?.dyn_into().ok() } else { None }
        };
        let store = Store::of(options);
        let mut session = Session::new(Box::new(HostEntropy));
        if store.is_some() {
            session.keep_logs();
        }
        #[cfg(feature = "recovery")]
        session.want_pin_changes();
        Rc::new(Self {
            session: RefCell::new(session),
            web_socket: option_or_global(options, "webSocket", "WebSocket"),
            fetch: option_or_global(options, "fetch", "fetch"),
            turn: callback("turn"),
            store,
            on_event: callback("onEvent"),
            on_frame: callback("onFrame"),
            socket: RefCell::new(None),
            dial: Cell::new(0),
            clock: Clock::of(options),
            alarm: Alarm::default(),
            incoming: RefCell::new(Incoming::new()),
            waiting: RefCell::new(SortedMap::new()),
            queues: RefCell::new(SortedMap::new()),
            #[cfg(feature = "recovery")]
            histories: RefCell::new(SortedMap::new()),
            timeline: RefCell::new(report::Timeline::default()),
            pumping: Cell::new(false),
            turning: Cell::new(false),
            room: Room::default(),
            saving: RefCell::new(Vec::new()),
        })
    }

    /// The promise of an operation, which `finish` makes the JavaScript value of.
    pub(crate) fn operation(
        self: Rc<Self>,
        signal: Option<AbortSignal>,
        start: Start,
        finish: Finish,
    ) -> Promise {
        promise(async move {
            let outcome = self.run(signal, start).await?;
            finish(self, outcome).ok_or_else(|| to_js(&unfitting()))
        })
    }

    /// Starts an operation and waits for its end, or for the signal.
    pub(crate) async fn run(
        self: &Rc<Self>,
        signal: Option<AbortSignal>,
        start: Start,
    ) -> Result<Outcome, JsValue> {
        let mut abort = signal.map(Abort::listen).transpose()?;
        let now = self.now();
        let ticket = start(&mut self.session.borrow_mut(), now).map_err(|error| to_js(&error))?;
        let (tell, ended) = oneshot::channel();
        self.waiting.borrow_mut().insert(ticket, tell);
        self.pump();
        let ended = match &mut abort {
            None => ended.await,
            Some(abort) => match select(ended, abort.fired()).await {
                Either::Left((ended, _)) => ended,
                Either::Right((_, ended)) => {
                    let now = self.now();
                    self.session.borrow_mut().cancel(now, ticket);
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

    /// By the clock of the session. Asked before the session is borrowed: the clock may be the caller's.
    pub(crate) fn now(&self) -> UnixMillis {
        self.clock.now()
    }

    pub(crate) fn with_session<T>(self: &Rc<Self>, use_it: impl FnOnce(&mut Session) -> T) -> T {
        let result = use_it(&mut self.session.borrow_mut());
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
            let effect = self.session.borrow_mut().poll();
            match effect {
                Some(effect) => self.carry_out(effect),
                None => break,
            }
        }
        self.pumping.set(false);
        if !self.session.borrow().unsaved() {
            for tell in self.saving.take() {
                let _ = tell.send(());
            }
        }
        let now = self.now();
        self.session.borrow_mut().rest(now);
        let deadline = self.session.borrow().deadline();
        let weak = Rc::downgrade(self);
        // Timers are slow where many follow one another, and slower where nobody looks at the page.
        if let Some(turn) = self.turn.as_ref().filter(|_| deadline == Some(AT_ONCE)) {
            // An alarm for an earlier deadline would do a step in spite of a pause.
            self.alarm.set(&self.clock, None, || {});
            if self.turning.replace(true) {
                return;
            }
            let turn = taken(turn);
            spawn(async move {
                turn.await;
                if let Some(inner) = weak.upgrade() {
                    inner.turning.set(false);
                    inner.input(Input::Tick);
                }
            });
            return;
        }
        self.alarm.set(&self.clock, deadline, move || {
            if let Some(inner) = weak.upgrade() {
                inner.alarm.rang();
                inner.input(Input::Tick);
            }
        });
    }

    /// Lets the host do what else it has to do, between two long steps. Rejects as the signal does.
    #[cfg(feature = "recovery")]
    pub(crate) async fn turn(&self, signal: &Option<AbortSignal>) -> Result<(), JsValue> {
        let Some(turn) = &self.turn else { return Ok(()) };
        let Some(signal) = signal else {
            taken(turn).await;
            return Ok(());
        };
        let mut abort = Abort::listen(signal.clone())?;
        let fired = abort.fired();
        match select(Box::pin(taken(turn)), fired).await {
            Either::Left(_) => Ok(()),
            Either::Right(_) => Err(abort.reason()),
        }
    }

    fn input(self: &Rc<Self>, input: Input<'_>) {
        let now = self.now();
        self.session.borrow_mut().handle(now, input);
        self.pump();
    }

    fn carry_out(self: &Rc<Self>, effect: Effect) {
        match effect {
            Effect::Http(id, request) => self.http(id, request),
            Effect::Recall { key } => self.recall(key),
            Effect::Store { key, bytes } => self.store(key, bytes),
            Effect::Forget { key } => self.forget(&key),
            Effect::Connect { url } => self.connect(&url),
            Effect::Send(text) => {
                self.tell_frame("out", &text);
                // Not borrowed meanwhile: a WebSocket of the caller's may report its end from inside the call.
                let socket = self.socket.borrow().as_ref().map(Socket::line);
                if let Some(line) = socket {
                    line.send(&text);
                }
            }
            Effect::Disconnect => self.disconnect(),
            Effect::Event(event) => self.tell_event(&event),
            Effect::Done(ticket, result) => {
                if let Some(tell) = self.waiting.borrow_mut().remove(&ticket) {
                    let _ = tell.send(result);
                }
            }
            #[cfg(feature = "recovery")]
            Effect::History(ticket, page) => self.take_page(ticket, *page),
            // Without the feature nobody can ask for one.
            #[cfg(not(feature = "recovery"))]
            Effect::History(..) => {}
            Effect::Delivery(ticket, delivery) => self.queue(ticket, |queue| queue.push(*delivery)),
            Effect::BacklogEnded(ticket) => {
                self.queue(ticket, Queue::end_backlog);
                if let Some(listener) = &self.on_event {
                    let _ = listener.call1(&JsValue::UNDEFINED, &report::mailbox_read());
                }
            }
            Effect::MailboxState(ticket, state) => {
                self.tell_mailbox(ticket, |name| report::mailbox(name, &state))
            }
            Effect::MailboxNotice(ticket, code) => {
                self.tell_mailbox(ticket, |name| report::notice(name, code))
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

    fn tell_mailbox(&self, ticket: Ticket, report: impl FnOnce(&str) -> JsValue) {
        let name = self.queues.borrow().get(&ticket).map(|queue| queue.name.clone());
        if let Some((name, listener)) = name.zip(self.on_event.as_ref()) {
            let _ = listener.call1(&JsValue::UNDEFINED, &report(&name));
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

    /// When each folder was declared and settled, so far.
    pub(crate) fn timeline(&self) -> report::Timeline {
        self.timeline.borrow().clone()
    }

    pub(crate) fn open_mailbox(
        self: &Rc<Self>,
        name: &str,
        reading: Reading,
    ) -> Result<(Ticket, Rc<Queue>), Error> {
        let now = self.now();
        let ticket = self.session.borrow_mut().open_mailbox(now, name, reading)?;
        let queue = Rc::new(Queue::of(name));
        self.queues.borrow_mut().insert(ticket, Rc::clone(&queue));
        self.pump();
        Ok((ticket, queue))
    }

    pub(crate) fn close_mailbox(self: &Rc<Self>, ticket: Ticket) {
        self.queue(ticket, |queue| queue.end(None));
        self.queues.borrow_mut().remove(&ticket);
        self.with_session(|session| session.close_mailbox(ticket));
    }

    /// Ends the session and wipes its keys; whoever waits hears of it.
    pub(crate) fn close(self: &Rc<Self>) {
        self.with_session(Session::close);
        self.waiting.borrow_mut().clear();
        for queue in self.queues.take().into_values() {
            queue.end(None);
        }
        wipe_stack();
    }
}

/// Whatever else the host has to do; it may want us to rest for longer.
fn taken(turn: &Function) -> impl Future<Output = ()> + use<> {
    let turn = turn.call0(&JsValue::UNDEFINED);
    async move {
        if let Ok(turn) = turn {
            let _ = JsFuture::from(turn.unchecked_into::<Promise>()).await;
        }
    }
}

/// A log-in that failed has no session to close, and may have an alarm set.
impl Drop for Engine {
    fn drop(&mut self) {
        self.alarm.stop(&self.clock);
        wipe_stack();
    }
}

fn closed() -> Error {
    Error::new(Code::MisuseClosed, "the session is closed")
}

fn unfitting() -> Error {
    Error::new(Code::Internal, "an operation ended as another one")
}
