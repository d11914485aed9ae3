//! One letter at a time, in its place, and not before what it names is settled.
//!
//! A letter is opened when its turn comes. If it names a folder, a document or a team, it waits until the
//! session knows what became of those, and the ones behind it wait with it; but no longer than the host's
//! patience, after which it is delivered marked. A letter that cannot be read is delivered in its place as
//! well, and listed until it is dismissed. Nothing is dismissed here: that is the reader's own act.

use core::time::Duration;
use std::fmt;

use crate::error::{Code, Error};
use crate::ids::MessageHash;
use crate::mailbox::habits::Superseded;
use crate::mailbox::letter::{MailboxKeys, Workspace};
use crate::mailbox::line::{Body, Line, Stored};
use crate::mailbox::log::Log;
use crate::mailbox::message::{Claims, Message, Sender, Subject};
use crate::mailbox::quarantine::{Quarantine, Quarantined};
use crate::ports::{UnixMillis, after};

/// What the session knows of a subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Known {
    /// Its outcome, or that the account does not have it.
    Settled,
    /// The session is finding it out.
    Awaited,
    /// Nothing: nobody asked to load the folder, document or team that would tell.
    NeverAsked,
}

/// Says what the session knows of a subject.
pub type Settled<'a> = &'a dyn Fn(&Subject) -> Known;

/// How long letters wait for what they name. All letters share this time: while one letter waits, the
/// ones behind it wait too, until something that they wait for is settled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience(pub Duration);

/// An opened letter.
#[derive(Clone, PartialEq)]
pub struct Opened {
    /// What it says, as far as that is known here; `None` where its text is no message (`mailbox/malformed`).
    pub message: Option<Message>,
    /// Who says so.
    pub sender: Sender,
    /// Its text, as it was sealed.
    pub text: String,
}

/// A message in its place.
#[derive(Debug)]
pub struct Delivery {
    /// Its place among the deliveries of this reader, from 0.
    pub position: u64,
    /// Its hash, which names it.
    pub hash: MessageHash,
    /// When the server stored it, in milliseconds since the epoch; `None` for an untimed live message.
    pub time: Option<UnixMillis>,
    /// Whether the account has dismissed it before.
    pub dismissed: bool,
    /// Whether it names something that was not settled within the host's patience (`mailbox/unresolved`), or that nobody
    /// asked for (`mailbox/not-loaded`).
    pub unresolved: bool,
    /// Set when it is no news, with the reason: CryptPad's client would not show it (docs/mailbox.md).
    pub superseded: Option<Superseded>,
    /// Earlier messages that are no news any longer, because of this one.
    pub supersedes: Vec<MessageHash>,
    /// The opened letter, or why it could not be opened. An unreadable one neither stops nor skips.
    pub letter: Result<Opened, Error>,
}

impl Delivery {
    /// Why it is in quarantine: `mailbox/unreadable`, or `mailbox/malformed` where it opened and its text is no
    /// message. `None` when it can be read.
    pub fn quarantined(&self) -> Option<Code> {
        match &self.letter {
            Err(_) => Some(Code::MailboxUnreadable),
            Ok(opened) => opened.message.is_none().then_some(Code::MailboxMalformed),
        }
    }
}

/// A letter that waits for what it names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// Which.
    pub hash: MessageHash,
    /// What is not settled.
    pub subjects: Vec<Subject>,
    /// Until when it waits.
    pub until: UnixMillis,
}

/// The letters of one mailbox that were not delivered yet, and the one that was.
pub(super) struct Desk {
    keys: Option<MailboxKeys>,
    workspace: Workspace,
    queue: Line,
    /// The first of the queue, opened.
    opened: Option<Result<Opened, Error>>,
    /// The letter that was delivered and neither left nor dismissed.
    open: Option<MessageHash>,
    held: Option<Held>,
    patience: Patience,
    /// Patience ran out: nothing waits until something is settled that was waited for.
    impatient: bool,
    /// A letter named something that nobody asked to load.
    pub(super) never_asked: bool,
    quarantine: Quarantine,
    /// How many of the queue were there when the backlog ended; `None` before that.
    backlog: Option<usize>,
    position: u64,
}

impl Desk {
    pub(super) fn new(keys: Option<MailboxKeys>, patience: Patience) -> Self {
        Self {
            keys,
            workspace: Workspace::default(),
            queue: Line::default(),
            opened: None,
            open: None,
            held: None,
            patience,
            impatient: false,
            never_asked: false,
            quarantine: Quarantine::default(),
            backlog: None,
            position: 0,
        }
    }

    pub(super) fn push(&mut self, stored: Stored) {
        self.queue.push_behind(stored);
    }

    pub(super) fn queue(&self) -> &Line {
        &self.queue
    }

    /// See [`Line::fill`].
    pub(super) fn fill(&mut self, text: &str) -> Option<&mut Stored> {
        self.queue.fill(text)
    }

    /// Opens a text.
    pub(super) fn read(&mut self, text: &str) -> Result<Opened, Error> {
        open(self.keys.as_ref(), &mut self.workspace, text)
    }

    /// See [`Line::give_up`].
    pub(super) fn give_up(&mut self) {
        self.queue.give_up();
    }

    /// What is in the queue now is the rest of the backlog; the first end counts.
    pub(super) fn end_backlog(&mut self) {
        self.backlog.get_or_insert(self.queue.len());
    }

    pub(super) fn backlog_ended(&self) -> bool {
        self.backlog == Some(0)
    }

    pub(super) fn held(&self) -> Option<&Held> {
        self.held.as_ref()
    }

    pub(super) fn wait_longer(&mut self, time: Duration) {
        if let Some(held) = &mut self.held {
            held.until += time;
        }
    }

    pub(super) fn quarantine(&self) -> &Quarantine {
        &self.quarantine
    }

    /// The delivered letter was left or dismissed.
    pub(super) fn settle(&mut self, hash: &MessageHash) {
        if self.open.as_ref() == Some(hash) {
            self.open = None;
        }
    }

    /// A letter was dismissed: it is listed no longer.
    pub(super) fn release(&mut self, hash: &MessageHash) {
        self.quarantine.release(hash);
    }

    pub(super) fn next(&mut self, now: UnixMillis, log: &Log, settled: Settled<'_>) -> Option<Delivery> {
        if self.open.is_some() {
            return None;
        }
        let front = self.queue.front()?;
        let dismissed = log.is_dismissed(&front.hash);
        // A later message of the log may say that it is no news.
        if front.may_be_superseded && self.backlog.is_none() && !dismissed {
            return None;
        }
        let letter = self.opened.take().or_else(|| self.open_front())?;
        let subjects = match &letter {
            Ok(Opened { message: Some(message), .. }) if !dismissed => message.subjects(),
            _ => Vec::new(),
        };
        let (mut awaited, mut never_asked) = (Vec::new(), false);
        for subject in subjects {
            match settled(&subject) {
                Known::Settled => {}
                Known::Awaited => awaited.push(subject),
                Known::NeverAsked => never_asked = true,
            }
        }
        let late = !awaited.is_empty();
        if late && self.waits(now, awaited) {
            self.opened = Some(letter);
            return None;
        }
        let waited = self.held.take().is_some();
        self.impatient &= late || !waited;
        self.never_asked |= never_asked;
        let stored = self.take_front()?;
        Some(self.deliver(stored, letter, dismissed, late || never_asked))
    }

    /// Whether the first of the queue goes on waiting.
    fn waits(&mut self, now: UnixMillis, subjects: Vec<Subject>) -> bool {
        let Some(front) = self.queue.front() else { return false };
        // What is held is the first: it is let go before the next one is.
        let until = match &self.held {
            Some(held) => held.until,
            None => after(now, self.patience.0),
        };
        self.impatient |= until <= now;
        if !self.impatient {
            self.held = Some(Held { hash: front.hash.clone(), subjects, until });
        }
        !self.impatient
    }

    fn take_front(&mut self) -> Option<Stored> {
        self.opened = None;
        if let Some(left) = &mut self.backlog {
            *left = left.saturating_sub(1);
        }
        self.queue.pop()
    }

    /// A letter from before the ones that are delivered. It was dismissed: it lies before the end of the prefix,
    /// or before the beginning of what was read.
    pub(super) fn older(
        &mut self,
        position: u64,
        hash: MessageHash,
        text: &str,
        time: Option<UnixMillis>,
    ) -> Delivery {
        let letter = open(self.keys.as_ref(), &mut self.workspace, text);
        let (superseded, supersedes) = (None, Vec::new());
        Delivery { position, hash, time, dismissed: true, unresolved: false, superseded, supersedes, letter }
    }

    fn open_front(&mut self) -> Option<Result<Opened, Error>> {
        match &mut self.queue.front_mut()?.body {
            Body::Here(text) => Some(open(self.keys.as_ref(), &mut self.workspace, text)),
            Body::Opened(letter, _) => letter.take().map(|letter| *letter),
            Body::There(_) => None,
            Body::Gone => Some(Err(Error::new(Code::MailboxGap, "the log no longer holds this message"))),
        }
    }

    fn deliver(
        &mut self,
        stored: Stored,
        letter: Result<Opened, Error>,
        dismissed: bool,
        unresolved: bool,
    ) -> Delivery {
        let Stored { hash, time, .. } = stored;
        let position = self.position;
        self.position += 1;
        let (superseded, supersedes) = (None, Vec::new());
        let delivery =
            Delivery { position, hash, time, dismissed, unresolved, superseded, supersedes, letter };
        if let Some(code) = delivery.quarantined().filter(|_| !dismissed) {
            self.quarantine.push(Quarantined { hash: delivery.hash.clone(), time, code });
        }
        self.open = Some(delivery.hash.clone());
        delivery
    }
}

fn open(keys: Option<&MailboxKeys>, workspace: &mut Workspace, stored: &str) -> Result<Opened, Error> {
    let (text, author) = match keys {
        Some(keys) => {
            let letter = keys.open_with(stored, workspace)?;
            (letter.content, Some(letter.author))
        }
        None => (stored.to_owned(), None),
    };
    let (message, claims) = match Message::read(&text) {
        Ok((message, claims)) => (Some(message), claims),
        Err(_) => (None, Claims::default()),
    };
    Ok(Opened { message, sender: Sender { author, claims }, text })
}

/// The text of a letter is private.
impl fmt::Debug for Opened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { message, sender, text } = self;
        f.debug_struct("Opened")
            .field("kind", &message.as_ref().map(Message::kind))
            .field("author", &sender.author)
            .field("bytes", &text.len())
            .finish_non_exhaustive()
    }
}
