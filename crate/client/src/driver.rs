//! The task that owns one session: it feeds the engine with events and carries out its effects.

use super::Options;
use super::command::{Command, Mail, Start};
use super::files::Files;
use super::host::{Clock, SystemEntropy};
use super::http::Http;
use super::socket::{Heard, Socket};
use super::trust::Trust;
use pinfold_core::error::Error;
use pinfold_core::ports::{UnixMillis, after};
use pinfold_core::secret::SecretText;
use pinfold_core::session::effect::{
    Effect, Event, HistoryPage, HttpReply, HttpRequest, Input, Outcome, RequestId, Ticket,
};
use pinfold_core::session::inbox::Reading;
use pinfold_core::session::{AT_ONCE, Session};
use std::collections::{HashMap, VecDeque};
use std::future::{Future, pending};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};

type Asking = Pin<Box<dyn Future<Output = (RequestId, Result<HttpReply, Error>)> + Send>>;

/// How long a client that is closed waits for what it writes.
const LAST_WRITES: Duration = Duration::from_secs(2);

pub(super) struct Driver {
    /// Shared only with the thread that derives keys.
    session: Arc<Mutex<Session>>,
    clock: Clock,
    trust: Trust,
    http: Http,
    frame_bytes: usize,
    store: Option<Files>,
    on_event: Option<Box<dyn FnMut(Event) + Send>>,
    socket: Socket,
    asking: Option<Asking>,
    waiting: HashMap<Ticket, oneshot::Sender<Result<Outcome, Error>>>,
    mailboxes: HashMap<Ticket, mpsc::UnboundedSender<Mail>>,
    histories: HashMap<Ticket, mpsc::Sender<HistoryPage>>,
    /// Pages that nobody took yet. While there are any, nothing more is read from the socket: a log is never held whole.
    pages: VecDeque<(mpsc::Sender<HistoryPage>, HistoryPage)>,
}

impl Driver {
    pub(super) fn new(options: Options) -> Result<Self, Error> {
        let Options { deadlines, extra_roots, frame_bytes, policy, store, pin_changes, on_event } = options;
        let trust = Trust::new(&extra_roots)?;
        let mut session = Session::with_deadlines(Box::new(SystemEntropy), deadlines);
        session.set_policy(policy);
        if store.is_some() {
            session.keep_logs();
        }
        if pin_changes {
            session.want_pin_changes();
        }
        Ok(Self {
            session: Arc::new(Mutex::new(session)),
            clock: Clock::start(),
            http: Http::new(&trust)?,
            trust,
            frame_bytes,
            store: store.map(Files::in_directory),
            on_event,
            socket: Socket::Down,
            asking: None,
            waiting: HashMap::new(),
            mailboxes: HashMap::new(),
            histories: HashMap::new(),
            pages: VecDeque::new(),
        })
    }

    /// Runs until it is told to close, or nobody is left who could tell it anything.
    pub(super) async fn run(mut self, mut commands: mpsc::UnboundedReceiver<Command>) {
        // Set when it is told to close: the moment until which it waits for what is being written, above all the note of
        // what was pinned.
        let mut closing = None;
        loop {
            self.carry_out();
            let late = closing.is_some_and(|until| until <= self.clock.now());
            if closing.is_some() && (late || !self.engine().is_writing()) {
                break;
            }
            self.engine().rest(self.clock.now());
            let deadline = self.engine().deadline().into_iter().chain(closing).min();
            // In this order: an answer that has arrived counts before a deadline that has passed.
            tokio::select! {
                biased;
                command = commands.recv(), if closing.is_none() => match command {
                    Some(Command::Close) | None => closing = Some(after(self.clock.now(), LAST_WRITES)),
                    Some(command) => self.obey(command),
                },
                (id, reply) = answered(&mut self.asking) => {
                    self.asking = None;
                    self.input(Input::Http(id, reply));
                }
                () = hand_on(&mut self.pages), if !self.pages.is_empty() => {}
                heard = self.socket.next(), if self.pages.is_empty() => self.heard(heard),
                () = self.clock.until(deadline) => match deadline {
                    Some(AT_ONCE) => compute(Arc::clone(&self.session), self.clock.now()).await,
                    _ => self.input(Input::Tick),
                },
            }
        }
        self.engine().close();
        self.carry_out_until_closed();
        self.socket.close().await;
    }

    fn engine(&self) -> MutexGuard<'_, Session> {
        self.session.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn input(&self, input: Input<'_>) {
        self.engine().handle(self.clock.now(), input);
    }

    fn heard(&self, heard: Heard) {
        match heard {
            Heard::Opened => self.input(Input::Opened),
            Heard::Frame(text) => self.input(Input::Frame(&text)),
            Heard::Arriving => self.input(Input::Arriving),
            Heard::Closed => self.input(Input::Closed),
            Heard::Failed(error) => self.input(Input::Failed(error)),
        }
    }

    fn obey(&mut self, command: Command) {
        let now = self.clock.now();
        match command {
            Command::Run { start, ended } => {
                let started = match start {
                    Start::Open(credentials) => self.engine().open(now, credentials),
                    Start::OpenAnonymous { origin, link } => {
                        self.engine().open_anonymous(now, &origin, &link)
                    }
                    Start::Resume(signed_in) => self.engine().resume(now, *signed_in),
                    Start::Register(credentials) => self.engine().register(now, credentials),
                    Start::CreateFolder { title, within, password } => {
                        let password = password.as_ref().map(SecretText::expose);
                        self.engine().create_folder(now, &title, within, password)
                    }
                    Start::Edit(target, edits) => self.engine().edit(now, target, edits),
                    Start::Load => self.engine().load_drive(now),
                    Start::LoadTeam(id) => self.engine().load_team(now, &id),
                    Start::Sync(pins, consent) => self.engine().sync_pins(now, &pins, consent.as_ref()),
                    Start::PutBack(channel) => self.engine().put_back(now, &channel),
                    Start::Destroy(id) => self.engine().destroy(now, &id),
                    Start::Add(additions) => self.engine().add_pins(now, &additions),
                    Start::TellOperator(report) => self.engine().tell_operator(now, &report),
                    Start::Question(question) => self.engine().question(now, &question),
                    Start::History(of, after, pages) => {
                        let ticket = self.engine().history(now, &of, after);
                        ticket.inspect(|ticket| _ = self.histories.insert(*ticket, pages))
                    }
                };
                match started {
                    Ok(ticket) => {
                        self.waiting.insert(ticket, ended);
                    }
                    Err(error) => {
                        let _ = ended.send(Err(error));
                    }
                }
            }
            Command::Abandoned => {
                let abandoned = self.waiting.iter().filter(|(_, ended)| ended.is_closed());
                let abandoned: Vec<Ticket> = abandoned.map(|(ticket, _)| *ticket).collect();
                for ticket in abandoned {
                    self.waiting.remove(&ticket);
                    self.engine().cancel(now, ticket);
                }
            }
            Command::Account(tell) => {
                let _ = tell.send(self.engine().account().cloned());
            }
            Command::Mailboxes(tell) => {
                let names = self.engine().mailboxes().into_iter().map(|entry| entry.name).collect();
                let _ = tell.send(names);
            }
            Command::MailboxEntries(tell) => {
                let _ = tell.send(self.engine().mailboxes());
            }
            Command::SignReport(report, tell) => {
                let _ = tell.send(self.engine().sign_report(*report));
            }
            Command::Teams(tell) => {
                let _ = tell.send(self.engine().teams());
            }
            Command::Vault(tell) => {
                let _ = tell.send(self.engine().vault().clone());
            }
            Command::DriveSecrets(tell) => {
                let _ = tell.send(self.engine().drive_secrets().cloned());
            }
            Command::PinChanges(tell) => {
                let _ = tell.send(self.engine().pin_changes().clone());
            }
            Command::LearnPinChanges(other, tell) => {
                self.engine().learn_pin_changes(now, other);
                let _ = tell.send(());
            }
            Command::Plan(pins, tell) => {
                let plan = self.engine().plan(now, pins.owner(), &pins.seen());
                let _ = tell.send(plan);
            }
            Command::OpenMailbox { name, whole, opened } => {
                let ticket = self.engine().open_mailbox(now, &name, Reading { whole, ..Reading::default() });
                let result = ticket.map(|ticket| {
                    let (tell, mail) = mpsc::unbounded_channel();
                    self.mailboxes.insert(ticket, tell);
                    (ticket, mail)
                });
                if let Err(Ok((ticket, _))) = opened.send(result) {
                    self.close_mailbox(ticket);
                }
            }
            Command::CloseMailbox(ticket) => self.close_mailbox(ticket),
            Command::Leave(ticket, message) => self.engine().leave_message(now, ticket, &message),
            Command::Close => {}
        }
    }

    fn close_mailbox(&mut self, ticket: Ticket) {
        if self.mailboxes.remove(&ticket).is_some() {
            self.engine().close_mailbox(ticket);
        }
    }

    /// Carries out what the engine asks for until it asks for nothing.
    fn carry_out(&mut self) {
        loop {
            let Some(effect) = self.engine().poll() else { return };
            match effect {
                Effect::Http(id, request) => self.ask(id, request),
                Effect::Recall { key } => {
                    let found = self.store.as_ref().map_or(Ok(None), |store| store.fetch(&key));
                    let now = self.clock.now();
                    let result = found.as_ref().map(Option::as_deref).map_err(Clone::clone);
                    self.engine().handle(now, Input::Recalled { key: &key, result });
                }
                Effect::Connect { url } => {
                    self.socket = Socket::dial(self.trust.clone(), url, self.frame_bytes);
                }
                Effect::Send(text) => self.socket.send(text),
                Effect::Disconnect => self.socket = Socket::Down,
                told => self.tell(told),
            }
        }
    }

    /// The last effects: everybody is told, and the socket closes in the proper way.
    fn carry_out_until_closed(&mut self) {
        loop {
            let Some(effect) = self.engine().poll() else { return };
            match effect {
                Effect::Send(text) => self.socket.send(text),
                Effect::Http(..) | Effect::Connect { .. } | Effect::Recall { .. } | Effect::Disconnect => {}
                told => self.tell(told),
            }
        }
    }

    fn ask(&mut self, id: RequestId, request: HttpRequest) {
        let reply = self.http.clone().ask(request);
        self.asking = Some(Box::pin(async move { (id, reply.await) }));
    }

    fn tell(&mut self, effect: Effect) {
        match effect {
            Effect::Event(event) => {
                if let Some(listener) = &mut self.on_event {
                    listener(event);
                }
            }
            Effect::History(ticket, page) => {
                self.pages.extend(self.histories.get(&ticket).map(|to| (to.clone(), *page)));
            }
            Effect::Done(ticket, result) => {
                self.histories.remove(&ticket);
                if let Some(ended) = self.waiting.remove(&ticket) {
                    let _ = ended.send(result);
                }
            }
            Effect::Delivery(ticket, delivery) => self.deliver(ticket, Mail::Delivery(delivery)),
            Effect::BacklogEnded(ticket) => self.deliver(ticket, Mail::BacklogEnded),
            Effect::MailboxEnded(ticket, error) => {
                self.deliver(ticket, Mail::Ended(error));
                self.mailboxes.remove(&ticket);
            }
            Effect::MailboxState(..) | Effect::MailboxNotice(..) => {}
            Effect::Store { key, bytes } => {
                let bytes = bytes.into_vec();
                let result = self.store.as_ref().map_or(Ok(()), |store| store.store(&key, &bytes));
                let now = self.clock.now();
                self.engine().handle(now, Input::Stored { key: &key, result });
            }
            Effect::Forget { key } => {
                if let Some(store) = &self.store {
                    store.forget(&key);
                }
            }
            Effect::Http(..)
            | Effect::Connect { .. }
            | Effect::Send(_)
            | Effect::Recall { .. }
            | Effect::Disconnect => {}
        }
    }

    fn deliver(&self, ticket: Ticket, mail: Mail) {
        if let Some(mailbox) = self.mailboxes.get(&ticket) {
            let _ = mailbox.send(mail);
        }
    }
}

/// A step of the derivation of keys: milliseconds of computation, elsewhere.
async fn compute(session: Arc<Mutex<Session>>, now: UnixMillis) {
    let done = tokio::task::spawn_blocking(move || {
        session.lock().unwrap_or_else(PoisonError::into_inner).handle(now, Input::Tick);
    });
    if let Err(failed) = done.await {
        tracing::error!(%failed, "the derivation of keys ended early");
    }
}

/// Hands on the page that has waited longest. Whoever wanted it may have gone.
async fn hand_on(pages: &mut VecDeque<(mpsc::Sender<HistoryPage>, HistoryPage)>) {
    let Some((to, _)) = pages.front() else { return };
    let to = to.clone();
    let room = to.reserve().await;
    if let (Ok(room), Some((_, page))) = (room, pages.pop_front()) {
        room.send(page);
    }
}

async fn answered(asking: &mut Option<Asking>) -> (RequestId, Result<HttpReply, Error>) {
    match asking {
        Some(asking) => asking.await,
        None => pending().await,
    }
}
