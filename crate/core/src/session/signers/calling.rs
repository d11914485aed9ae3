//! The keys a session can sign with: the user's, and one for each team that the user may write for.

use crate::error::Error;
use crate::ids::EdPublic;
use crate::json::Value;
use crate::ports::UnixMillis;
use crate::rpc::command::Command;
use crate::rpc::{CallId, Settled};
use crate::session::effect::{Effect, Ticket};
use crate::session::news::News;
use crate::session::notices::Notice;
use crate::session::parts::Parts;
use crate::session::signers::Purpose;
use crate::session::signers::proof::Asked;

impl Parts {
    /// Queues a call under a key; `false` where that key is not held.
    pub(in crate::session) fn submit(
        &mut self,
        signer: &EdPublic,
        command: Command,
        purpose: Purpose,
    ) -> bool {
        let Some(rpc) = self.signers.rpcs.get_mut(signer) else { return false };
        // Perhaps nobody ever hears whether it is carried out. From here on, the ids it takes away do not count as pinned.
        if let Command::Unpin(set) | Command::Reset(set) = &command {
            self.keeping.at_most(signer, set.ids());
        }
        let asked = Asked::by(&command);
        let call = rpc.submit(command);
        self.signers.proof.asked(signer, call, asked);
        self.signers.calls.insert((signer.clone(), call), purpose);
        true
    }

    /// Sends what the queues hold.
    ///
    /// # Errors
    /// `host/no-entropy`: what could not be sent waits.
    pub(in crate::session) fn flush_rpc(&mut self, now: UnixMillis) -> Result<(), Error> {
        let Some(link) = self.wiring.link().filter(|link| link.keeper_known()) else { return Ok(()) };
        let mut failed = None;
        for rpc in self.signers.rpcs.values_mut() {
            match rpc.poll(now, &mut *self.entropy) {
                Ok(Some(outgoing)) => {
                    if let Some(frame) = link.call(&outgoing.txid, &outgoing.text) {
                        self.out.push(Effect::Send(frame));
                    }
                }
                Ok(None) => {}
                Err(error) => failed = Some(error),
            }
        }
        failed.map_or(Ok(()), Err)
    }

    /// An operation is given up: its calls that still wait are not sent. The answer to one that was sent goes to nobody.
    pub(in crate::session) fn withdraw_calls(&mut self, operation: Ticket) {
        let mine = |purpose: &Purpose| matches!(purpose, Purpose::Operation(ticket) if *ticket == operation);
        for ((signer, call), _) in self.signers.calls.iter().filter(|(_, purpose)| mine(purpose)) {
            if self.signers.rpcs.get_mut(signer).is_some_and(|rpc| rpc.withdraw(*call)) {
                self.signers.proof.withdrawn(signer, *call);
            }
        }
        self.signers.calls.retain(|_, purpose| !mine(purpose));
    }

    /// Hands the answer to a signed call on.
    pub(in crate::session) fn signed_answer(&mut self, txid: &str, body: &[Value]) {
        let Some(rpc) = self.signers.rpcs.values_mut().find(|rpc| rpc.expects(txid)) else { return };
        let settled = rpc.answered(body);
        let (signer, time) = (rpc.public().clone(), rpc.server_time());
        self.guard.server_said(time.unwrap_or_default());
        self.call_settled(&signer, settled);
    }

    /// A signed call failed before it reached the RPC.
    pub(in crate::session) fn signed_refusal(&mut self, txid: &str, error: Error) {
        let Some(rpc) = self.signers.rpcs.values_mut().find(|rpc| rpc.expects(txid)) else { return };
        let settled = rpc.fail_flight(error);
        let signer = rpc.public().clone();
        self.call_settled(&signer, settled);
    }

    pub(in crate::session) fn tick_signers(&mut self, now: UnixMillis) {
        let late: Vec<(EdPublic, Settled)> = self
            .signers
            .rpcs
            .values_mut()
            .filter_map(|rpc| Some((rpc.public().clone(), rpc.tick(now)?)))
            .collect();
        for (signer, settled) in late {
            self.call_settled(&signer, Some(settled));
        }
    }

    fn call_settled(&mut self, signer: &EdPublic, settled: Option<Settled>) {
        let Some(Settled { call, result, done }) = settled else { return };
        self.signers.proof.ended(signer, call, &result);
        let key: (EdPublic, CallId) = (signer.clone(), call);
        let purpose = self.signers.calls.remove(&key);
        // What is sent twice counts once, the second time.
        if let Some(command) = done.filter(|command| {
            matches!(Asked::by(command), Asked::Change) && !matches!(purpose, Some(Purpose::Before))
        }) {
            let followed = matches!(purpose, Some(Purpose::Keep(..)));
            self.notices.leave(Notice::CarriedOut { signer: signer.clone(), command, followed });
        }
        if let Some(purpose) = purpose {
            match purpose {
                Purpose::Operation(ticket) => self.tell(ticket, News::Called(result)),
                purpose => self.notices.leave(Notice::Called(purpose, result)),
            }
        }
    }
}
