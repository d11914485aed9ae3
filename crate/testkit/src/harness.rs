//! One session, one server in memory, one thread: who is heard next is a choice.

mod host;

use std::time::Duration;

use std::collections::{BTreeMap, VecDeque};

use pinfold_core::drive::complete::Drive;
use pinfold_core::error::{Code, Error};
use pinfold_core::guard::consent::Consent;
use pinfold_core::guard::plan::{Plan, Policy};
use pinfold_core::mailbox::delivery::Delivery;
use pinfold_core::pin_run::Receipt;
use pinfold_core::ports::UnixMillis;
use pinfold_core::secret::SecretText;
use pinfold_core::session::Session;
use pinfold_core::session::effect::{
    Credentials, Event, HistoryPage, HttpReply, Input, MailboxState, Outcome, Ticket,
};

use crate::account::Built;
use crate::entropy::Seeded;
use crate::server::{Answer, Outgoing, in_line};

/// Chooses which of `count` pending answers is delivered next.
pub trait Schedule {
    /// A number below `count`. `pending` says what each answers.
    fn choose(&mut self, pending: &[Answer]) -> usize;
}

/// In the order of the questions.
#[derive(Debug, Default)]
pub struct InOrder;

impl Schedule for InOrder {
    fn choose(&mut self, _: &[Answer]) -> usize {
        0
    }
}

/// In an order made from a seed.
#[derive(Debug)]
pub struct Shuffled(pub Seeded);

impl Schedule for Shuffled {
    fn choose(&mut self, pending: &[Answer]) -> usize {
        self.0.below(pending.len())
    }
}

/// How an operation ended.
pub type Ended = Result<Outcome, Error>;

/// A session in the hands of a test.
pub struct Harness {
    /// The account and its server.
    pub built: Built,
    /// The session.
    pub session: Session,
    /// The virtual time, by the clock of the device.
    pub now: UnixMillis,
    /// How far the server's clock is behind that of the device.
    pub server_behind: Duration,
    /// Everything the session told.
    pub events: Vec<Event>,
    /// Frames the session sent.
    pub sent: Vec<String>,
    /// Keeps each message as it is delivered, so that the next one comes.
    pub keeps: bool,
    /// What mailboxes delivered.
    pub deliveries: Vec<(Ticket, Delivery)>,
    /// The pages of histories.
    pub history: Vec<(Ticket, HistoryPage)>,
    /// How mailboxes were, one state after another.
    pub states: Vec<(Ticket, MailboxState)>,
    /// What was noticed of their logs.
    pub notices: Vec<(Ticket, Code)>,
    /// Mailboxes that stopped.
    pub ended: Vec<(Ticket, Error)>,
    /// Cut the connection before the answer with this number is delivered, counting from 0.
    pub cut_at: Option<usize>,
    /// What the host knows of why the connection ends; it is told instead of a mere cut.
    pub cut_because: Option<Error>,
    /// Whether the server cannot be reached: a dialled connection ends before it opens.
    pub unreachable: bool,
    /// What was sent with POST, and what answers it, in order; [`Self::pages`] answers the rest. An answer with the
    /// status 0 is lost on its way.
    pub posts: (Vec<String>, VecDeque<HttpReply>),
    /// Whether log-in blocks that are sent are stored, whatever is answered: from then on they are among the pages.
    pub stores_blocks: bool,
    block: Option<(String, Vec<u8>)>,
    /// Answers delivered so far.
    pub delivered: usize,
    /// What HTTP answers, by address. Without any, nobody answers; with some, the rest is not found.
    pub pages: BTreeMap<String, HttpReply>,
    /// What the session stored, by key.
    pub store: BTreeMap<String, Vec<u8>>,
    /// The store answers with an error.
    pub store_fails: bool,
    /// The store answers nothing.
    pub store_is_silent: bool,
    /// How long the machine takes for an input, where it is slow: some time up to this. Whatever is due meanwhile comes before
    /// what has arrived meanwhile.
    pub slow: Option<(Seeded, Duration)>,
    pending: Vec<Answer>,
    done: VecDeque<(Ticket, Ended)>,
    dialing: bool,
    connected: bool,
}

impl Harness {
    /// A session over an account. Nothing has happened yet.
    pub fn new(built: Built) -> Self {
        Self::with_entropy(built, Seeded::new(0x5eed))
    }

    /// As [`Harness::new`], with randomness of its own: a session like any other.
    pub fn with_entropy(built: Built, entropy: Seeded) -> Self {
        Self {
            built,
            session: Session::new(Box::new(entropy)),
            now: UnixMillis(1_800_000_000_000),
            server_behind: Duration::ZERO,
            events: Vec::new(),
            sent: Vec::new(),
            keeps: true,
            deliveries: Vec::new(),
            history: Vec::new(),
            states: Vec::new(),
            notices: Vec::new(),
            ended: Vec::new(),
            cut_at: None,
            cut_because: None,
            unreachable: false,
            posts: Default::default(),
            stores_blocks: true,
            block: None,
            delivered: 0,
            pages: BTreeMap::new(),
            store: BTreeMap::new(),
            store_fails: false,
            store_is_silent: false,
            slow: None,
            pending: Vec::new(),
            done: VecDeque::new(),
            dialing: false,
            connected: false,
        }
    }

    /// Signs in with the account's own hash, in order.
    ///
    /// # Errors
    /// How it ended, if not well.
    pub fn resume(&mut self, schedule: &mut impl Schedule) -> Result<(), Error> {
        let signed_in = self.built.signed_in()?;
        let ticket = self.session.resume(self.now, signed_in)?;
        self.run(ticket, schedule).map(|_| ())
    }

    /// Signs in with a name and a password, over [`Self::pages`], in order.
    ///
    /// # Errors
    /// How it ended, if not well.
    pub fn open(&mut self, credentials: Credentials) -> Result<(), Error> {
        let ticket = self.session.open(self.now, credentials)?;
        self.run(ticket, &mut InOrder).map(|_| ())
    }

    /// Opens the drive by its link, over [`Self::pages`], in order.
    ///
    /// # Errors
    /// How it ended, if not well.
    pub fn open_anonymous(&mut self, origin: &str) -> Result<(), Error> {
        let link = SecretText::new(format!("{origin}/drive/#{}", self.built.user_hash()));
        let ticket = self.session.open_anonymous(self.now, origin, &link)?;
        self.run(ticket, &mut InOrder).map(|_| ())
    }

    /// Loads the drive.
    ///
    /// # Errors
    /// How it ended, if not well.
    pub fn load(&mut self, schedule: &mut impl Schedule) -> Result<Drive, Error> {
        let ticket = self.session.load_drive(self.now)?;
        match self.run(ticket, schedule)? {
            Outcome::Drive(drive) => Ok(*drive),
            other => Err(unfitting(&other)),
        }
    }

    /// Sends what a drive allows: exactly its set when it is complete, additions when it is not.
    ///
    /// # Errors
    /// How it ended, if not well.
    pub fn pin(&mut self, drive: &Drive, schedule: &mut impl Schedule) -> Result<Receipt, Error> {
        self.pin_with(drive, None, schedule)
    }

    /// As [`Self::pin`], with the user's consent to what the plan says.
    ///
    /// # Errors
    /// How it ended, if not well.
    pub fn pin_with(
        &mut self,
        drive: &Drive,
        consent: Option<&Consent>,
        schedule: &mut impl Schedule,
    ) -> Result<Receipt, Error> {
        let ticket = match drive {
            Drive::Complete(drive) => self.session.sync_pins(self.now, &drive.pin_set(), consent)?,
            partial => self.session.add_pins(self.now, &partial.additions())?,
        };
        match self.run(ticket, schedule)? {
            Outcome::Pins(receipt) => Ok(receipt),
            other => Err(unfitting(&other)),
        }
    }

    /// What pinning a drive would change.
    pub fn plan(&self, drive: &Drive) -> Plan {
        let additions = drive.additions();
        self.session.plan(self.now, additions.owner(), &additions.seen())
    }

    /// From here on whatever nobody recorded may be given up.
    pub fn give_up_unknown(&mut self) {
        self.session.set_policy(Policy { give_up_unknown: true, ..Policy::default() });
    }

    /// Delivers answers, one at a time, until the operation ends. When nothing is pending, time passes.
    ///
    /// # Errors
    /// How it ended, if not well; `internal` when it neither ends nor waits for anything.
    pub fn run(&mut self, ticket: Ticket, schedule: &mut impl Schedule) -> Ended {
        // Signs of life go on for ever: what takes more than two days of them waits for nothing.
        let longest = self.now + Duration::from_secs(2 * 86_400);
        loop {
            if let Some(ended) = self.ended(ticket) {
                return ended;
            }
            if !self.step(schedule) || self.now > longest {
                return Err(stuck());
            }
        }
    }

    /// Lets time pass up to `until`, with every deadline on the way; answers are delivered at once.
    pub fn pass(&mut self, until: UnixMillis) {
        self.drain();
        while let Some(deadline) = self.session.deadline().filter(|deadline| *deadline <= until) {
            self.now = self.now.max(deadline);
            self.hand_in(Input::Tick);
            self.drain();
        }
        self.now = self.now.max(until);
    }

    /// Delivers everything that is pending, in order, and whatever that causes.
    pub fn drain(&mut self) {
        self.settle();
        while !self.pending.is_empty() {
            self.step(&mut InOrder);
        }
    }

    /// What somebody else wrote into a channel is on its way to the session, if that is in the channel.
    pub fn relay(&mut self, channel: &str, frame: String) {
        if self.connected
            && !self.built.server.members(channel).is_empty()
            && let Outgoing::Answer(live) = in_line(channel, frame)
        {
            self.pending.push(live);
        }
    }

    /// Delivers one answer that the schedule chooses, or lets time pass; `false` when nothing is left to happen.
    pub fn go_on(&mut self, schedule: &mut impl Schedule) -> bool {
        self.settle();
        self.step(schedule)
    }

    /// How an operation ended, if it has.
    pub fn ended(&mut self, ticket: Ticket) -> Option<Ended> {
        self.settle();
        let at = self.done.iter().position(|(t, _)| *t == ticket)?;
        self.done.remove(at).map(|(_, ended)| ended)
    }

    /// A frame that nobody asked for.
    pub fn interject(&mut self, frame: &str) {
        self.hand_in(Input::Frame(frame));
        self.settle();
    }

    /// Delivers the answer to the oldest question, if there is one.
    pub fn deliver_one(&mut self) {
        self.settle();
        if !self.pending.is_empty() {
            self.step(&mut InOrder);
        }
    }

    /// What is waiting to be delivered.
    pub fn pending(&self) -> &[Answer] {
        &self.pending
    }

    /// Hands an input in, and lets the time pass that this takes.
    fn hand_in(&mut self, input: Input<'_>) {
        self.session.handle(self.now, input);
        if let Some((random, longest)) = &mut self.slow {
            let most = usize::try_from(longest.as_millis()).unwrap_or(usize::MAX);
            self.now += Duration::from_millis(random.below(most.max(1)) as u64);
        }
    }

    /// Delivers one answer, or without an answer lets the next deadline pass. `false` when there is neither.
    fn step(&mut self, schedule: &mut impl Schedule) -> bool {
        let late = |deadline: UnixMillis| deadline <= self.now;
        if self.pending.is_empty() || self.slow.is_some() && self.session.deadline().is_some_and(late) {
            let Some(deadline) = self.session.deadline() else { return false };
            self.now = self.now.max(deadline);
            self.hand_in(Input::Tick);
            self.settle();
            return true;
        }
        if self.cut_at == Some(self.delivered) {
            self.cut_at = None;
            self.cut();
            return true;
        }
        let first = |(at, answer): &(usize, &Answer)| {
            let mut before = self.pending.iter().take(*at);
            answer.line.is_none() || before.all(|earlier| earlier.line != answer.line)
        };
        let (places, offered): (Vec<usize>, Vec<Answer>) =
            self.pending.iter().enumerate().filter(first).map(|(at, answer)| (at, answer.clone())).unzip();
        let chosen = if offered.len() == 1 { 0 } else { schedule.choose(&offered) };
        let answer = self.pending.remove(places.get(chosen).copied().unwrap_or(0));
        self.delivered += 1;
        for frame in answer.frames {
            self.hand_in(Input::Frame(&frame));
        }
        self.settle();
        true
    }

    /// The connection ends; what was on its way is lost.
    pub fn cut(&mut self) {
        self.pending.clear();
        self.connected = false;
        let input = self.cut_because.clone().map_or(Input::Closed, Input::Failed);
        self.hand_in(input);
        self.settle();
    }
}

fn unfitting(outcome: &Outcome) -> Error {
    Error::new(Code::Internal, "an operation ended as another one").with("outcome", format!("{outcome:?}"))
}

fn stuck() -> Error {
    Error::new(Code::Internal, "the session neither ended nor waits for anything")
}
