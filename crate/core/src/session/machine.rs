//! What a session is to its host: inputs in, effects out, and when to come back.

use crate::error::{Code, Error};
use crate::net::writer::Writer;
use crate::ports::Millis;
use crate::rpc::Rpc;
use crate::session::effect::{Effect, Input, Outcome};
use crate::session::keeping::Keeping;
use crate::session::loading::Scope;
use crate::session::registering::unconfirmed;
use crate::session::{Operation, Session};

impl Session {
    /// What to do next; `None` until the next input.
    pub fn poll(&mut self) -> Option<Effect> {
        let effect = self.out.pop();
        if let Some(Effect::Done(ticket, result)) = &effect {
            self.dismissal_ended(*ticket, result.as_ref().err());
        }
        effect
    }

    /// When [`Input::Tick`] is due.
    pub fn deadline(&self) -> Option<Millis> {
        let operation = match &self.operation {
            Some(Operation::Open { login: Some(_), deadline, .. }) => Some(*deadline),
            Some(Operation::Make { making, .. }) => making.deadline(),
            _ => None,
        };
        let readers = self.readers.values().filter_map(|reading| reading.deadline());
        let readers = readers.chain(self.trouble_deadline());
        let rpc = self.rpcs.values().filter_map(Rpc::deadline);
        let keeping = self.keeping.as_ref().and_then(Keeping::deadline);
        let mail = self.sending.values().map(|sending| sending.due.at());
        let mail = mail.chain(self.pages.values().map(|page| page.due.at())).chain(self.inboxes.deadline());
        let writers = self.writers.values().filter_map(Writer::deadline);
        let stores = self.recalls.values().map(|recall| recall.by).chain(self.guard.deadline());
        let own = operation.into_iter().chain(keeping).chain(self.wire.deadline()).chain(stores);
        readers.chain(writers).chain(mail).chain(rpc).chain(own).min()
    }

    /// Takes one event in.
    pub fn handle(&mut self, now: Millis, input: Input<'_>) {
        if self.closed {
            return;
        }
        let result = match input {
            Input::Http(id, reply) => {
                // What was asked before it, or for an operation that has ended, is answered to nobody.
                if self.out.is_answer(id) {
                    self.http(now, reply);
                }
                Ok(())
            }
            Input::Opened => {
                self.opened(now);
                Ok(())
            }
            Input::Frame(text) => self.frame(now, text),
            Input::Arriving => {
                self.arriving(now);
                Ok(())
            }
            Input::Closed => {
                let unreachable = self.wire.dialing();
                self.lose(
                    now,
                    &if unreachable {
                        Error::new(Code::NetUnreachable, "no connection could be made")
                    } else {
                        Error::new(Code::NetClosed, "the connection ended")
                    },
                );
                Ok(())
            }
            Input::Failed(error) => {
                self.lose(now, &error);
                Ok(())
            }
            Input::Recalled { key, result } => {
                if !self.recalled(now, key, &result) {
                    self.fetched(now, key, result);
                }
                Ok(())
            }
            Input::Stored { key, result } => {
                self.stored(now, key, result);
                Ok(())
            }
            Input::Tick => self.tick(now),
        };
        match result {
            Ok(()) => self.advance(now),
            // A server that breaks the protocol is not listened to any further on this connection.
            Err(error) => {
                self.out.push(Effect::Disconnect);
                self.lose(now, &error);
            }
        }
    }

    fn tick(&mut self, now: Millis) -> Result<(), Error> {
        match &self.operation {
            Some(Operation::Open { login: Some(_), deadline, .. }) if *deadline <= now => {
                self.finish(Err(Error::new(Code::NetTimeout, "the server did not answer over HTTP")));
            }
            Some(Operation::Make { making, .. }) if making.deadline().is_some_and(|at| at <= now) => {
                self.making_late(now);
            }
            _ => {}
        }
        self.expire_readers(now);
        self.expire_inboxes(now);
        self.expire_shelves(now);
        self.expire_recalls(now);
        self.expire_letters(now);
        self.expire_pages(now);
        self.expire_writers(now)?;
        self.tick_signers(now);
        self.tick_troubles(now);
        self.tick_keeping(now);
        self.tick_wire(now)
    }

    /// Ends the running operation.
    pub(super) fn finish(&mut self, mut result: Result<Outcome, Error>) {
        let ended = self.operation.take();
        self.out.ask_no_more();
        // What ends a registration from outside says nothing of a block that was sent.
        if let (Some(Operation::Make { making, .. }), Err(error)) = (&ended, &mut result)
            && making.may_be_registered()
        {
            *error = unconfirmed(Some(error));
        }
        // What waits until no operation runs may begin.
        self.stirred = true;
        if let Some(Operation::Load { scope: Scope::Team(id), .. }) = &ended {
            self.inboxes.team_settled(id);
        }
        if let (Some(Operation::Make { making, .. }), Err(_)) = (&ended, &result) {
            self.unmake(making);
        }
        if let Some(
            Operation::Open { ticket, .. }
            | Operation::Load { ticket, .. }
            | Operation::Pins { ticket, .. }
            | Operation::Make { ticket, .. },
        ) = ended
        {
            self.out.push(Effect::Done(ticket, result));
        }
    }
}
