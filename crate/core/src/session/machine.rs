//! What a session is to its host: inputs in, effects out, and when to come back.

use crate::channel;
use crate::error::{Code, Error};
use crate::ports::UnixMillis;
use crate::session::effect::{Effect, Event, Input, Outcome, Ticket};
use crate::session::news::News;
use crate::session::notices::Notice;
use crate::session::operation::{Operation, Progress};
use crate::session::parts::Parts;
use crate::session::wiring::Moved;
use crate::session::{Running, Session};

impl Session {
    /// What to do next; `None` until the next input.
    pub fn poll(&mut self) -> Option<Effect> {
        let effect = self.parts.out.pop().or_else(|| self.safety());
        if let Some(Effect::Done(ticket, result)) = &effect {
            self.parts.dismissal_ended(*ticket, result.as_ref().err());
        }
        effect
    }

    /// Whether it is safe to close, if that is news. It comes behind the end of what made it so.
    fn safety(&mut self) -> Option<Effect> {
        let safe = self.safe_to_close();
        (std::mem::replace(&mut self.told_unsafe, !safe) == safe).then_some(Effect::Event(Event::Safe(safe)))
    }

    /// When [`Input::Tick`] is due. [`AT_ONCE`](crate::session::AT_ONCE): we compute, and go on with it.
    pub fn deadline(&self) -> Option<UnixMillis> {
        self.operation_deadline().into_iter().chain(self.parts.deadline()).min()
    }

    /// When the operation is late, or the answer over HTTP that it waits for.
    fn operation_deadline(&self) -> Option<UnixMillis> {
        let running = self.running.as_ref()?;
        running.operation.deadline().into_iter().chain(self.parts.out.deadline()).min()
    }

    /// The host has done all that was to do, and listens again from now on. What passed since it handed the first input
    /// in was work, ours and its own, and not the silence of a server: nobody is late because of that. Hosts
    /// call this before they ask for [`Self::deadline`].
    pub fn rest(&mut self, now: UnixMillis) {
        let Some(worked) = self.busy.rest(now) else { return };
        if let Some(running) = &mut self.running {
            running.operation.put_off(worked);
        }
        self.parts.worked(worked);
    }

    /// Takes one event in.
    pub fn handle(&mut self, now: UnixMillis, input: Input<'_>) {
        if self.closed {
            return;
        }
        self.busy.begin(now);
        match self.take_in(now, input) {
            // Most frames are one more message of a history, and must cost nothing beyond their own channel. Anything
            // else may let something go on.
            Ok(Moved::Nothing) => {}
            Ok(Moved::Perhaps) => self.owed = true,
            // A server that breaks the protocol is not listened to any further on this connection.
            Err(error) => {
                self.parts.out.push(Effect::Disconnect);
                self.lose(now, &error);
            }
        }
        self.go_on(now);
    }

    fn take_in(&mut self, now: UnixMillis, input: Input<'_>) -> Result<Moved, Error> {
        let parts = &mut self.parts;
        match input {
            Input::Http(id, reply) => {
                // An answer to an earlier request, or for an operation that has ended, goes to nobody.
                if parts.out.is_answer(id)
                    && let Some(running) = &self.running
                {
                    parts.tell(running.ticket, News::Http(reply));
                }
            }
            Input::Opened => parts.opened(now),
            Input::Frame(text) => {
                self.busy.frame();
                return parts.frame(now, text);
            }
            Input::Arriving => parts.arriving(now),
            Input::Closed => {
                let error = match parts.wiring.is_dialing() {
                    true => Error::new(Code::NetUnreachable, "no connection could be made"),
                    false => Error::new(Code::NetClosed, "the connection ended"),
                };
                self.lose(now, &error);
            }
            Input::Failed(error) => self.lose(now, &error),
            Input::Recalled { key, result } => {
                if !parts.recalled(now, key, &result) {
                    parts.fetched(now, key, result);
                }
            }
            Input::Stored { key, result } => parts.stored(now, key, result),
            Input::Tick => self.tick(now)?,
        }
        Ok(Moved::Perhaps)
    }

    fn tick(&mut self, now: UnixMillis) -> Result<(), Error> {
        if self.operation_deadline().is_some_and(|at| at <= now) {
            self.step(|operation, parts| operation.late(parts, now));
        }
        self.parts.tick(now)
    }

    /// The connection is gone.
    fn lose(&mut self, now: UnixMillis, error: &Error) {
        self.parts.lose(now, error);
        self.step(|operation, parts| operation.lost(parts, now, error));
    }

    /// Begins an operation and does what it can do at once.
    pub(super) fn begin(&mut self, now: UnixMillis, ticket: Ticket, operation: impl Operation + 'static) {
        self.busy.begin(now);
        self.running = Some(Running { ticket, operation: Box::new(operation) });
        self.owed = true;
        self.go_on(now);
    }

    /// Hands up what came about, and starts what can be started, until there is nothing.
    pub(super) fn go_on(&mut self, now: UnixMillis) {
        loop {
            self.hand_up(now);
            if !std::mem::take(&mut self.owed) {
                return;
            }
            self.advance(now);
        }
    }

    /// Hands each notice to whom it concerns. Something else may go on after that.
    pub(super) fn hand_up(&mut self, now: UnixMillis) {
        while let Some(notice) = self.parts.notices.next() {
            self.owed = true;
            match notice {
                Notice::Operation(to, news) => {
                    if self.running.as_ref().is_some_and(|running| running.ticket == to) {
                        self.step(|operation, parts| operation.hear(parts, now, news));
                    }
                }
                notice => self.parts.hear_of(now, notice),
            }
        }
    }

    /// Looks at where everything stands and starts what can be started.
    fn advance(&mut self, now: UnixMillis) {
        self.parts.open_shelves(now);
        if self.running.is_some() {
            self.parts.dial(now);
        }
        if self.parts.is_of_use() {
            self.parts.resume_readers(now);
            self.parts.resume_inboxes(now);
            match &self.running {
                Some(_) => self.step(|operation, parts| operation.advance(parts, now)),
                // Other clients may write into the account document between two operations, too.
                None => drop(self.parts.account_as_read()),
            }
            // After the operation: a registration creates the document that others read.
            self.parts.open_root(now);
            if self.running.is_none() {
                self.parts.complete_entries(now);
            }
            self.parts.write(now);
            if let Err(error) = self.parts.flush_rpc(now) {
                self.step(|operation, parts| Progress::Over(Err(operation.give_up(parts, now, &error))));
            }
        }
        self.parts.serve_inboxes(now);
    }

    /// One step of the operation that runs, if one does.
    fn step(&mut self, step: impl FnOnce(Box<dyn Operation>, &mut Parts) -> Progress) {
        let Some(Running { ticket, operation }) = self.running.take() else { return };
        match step(operation, &mut self.parts) {
            Progress::Goes(operation) => self.running = Some(Running { ticket, operation }),
            Progress::Over(result) => self.over(ticket, result),
        }
    }

    /// An operation has ended. Whoever waits until no operation runs may begin.
    pub(super) fn over(&mut self, ticket: Ticket, result: Result<Outcome, Error>) {
        self.parts.out.ask_no_more();
        self.parts.out.push(Effect::Done(ticket, result));
        self.owed = true;
    }
}

impl Parts {
    /// When something beside the operation is due.
    fn deadline(&self) -> Option<UnixMillis> {
        let all = [
            self.wiring.deadline(),
            self.readers.deadline(self.wiring.is_open()),
            self.signers.deadline(),
            self.writers.deadline(),
            self.mail.deadline(),
            self.inboxes.deadline(),
            self.keeping.deadline(),
            self.logs.deadline(),
            self.guard.deadline(),
            #[cfg(feature = "recovery")]
            self.histories.deadline(),
            #[cfg(feature = "recovery")]
            self.questions.deadline(),
        ];
        all.into_iter().flatten().min()
    }

    /// What came about and concerns no operation.
    fn hear_of(&mut self, now: UnixMillis, notice: Notice) {
        match notice {
            Notice::Operation(..) => {}
            Notice::Called(purpose, result) => self.called(now, purpose, result),
            Notice::CarriedOut { signer, command, followed } => {
                self.note_change(now, &signer, &command, followed);
            }
            Notice::Edited(ticket, result) => {
                self.edit_ended(now, ticket, result.is_ok());
                self.out.push(Effect::Done(ticket, result.map(|()| Outcome::Written)));
            }
            Notice::Denied(of) => self.admission(now, &of, channel::Input::Denied),
            Notice::Existence(channel, asker, existence) => {
                self.existence_answered(now, &channel, asker, &existence);
            }
        }
    }

    fn tick(&mut self, now: UnixMillis) -> Result<(), Error> {
        self.expire_readers(now);
        self.expire_inboxes(now);
        self.expire_shelves(now);
        self.expire_recalls(now);
        self.expire_letters(now);
        self.expire_pages(now);
        #[cfg(feature = "recovery")]
        self.expire_histories(now);
        #[cfg(feature = "recovery")]
        self.expire_questions(now);
        self.expire_writers(now)?;
        self.tick_signers(now);
        self.tick_troubles(now);
        self.tick_keeping(now);
        self.tick_wire(now)
    }

    /// Whether the connection can be used, and what earlier sessions knew is known.
    fn is_of_use(&self) -> bool {
        self.wiring.is_open() && self.guard.ready()
    }
}
