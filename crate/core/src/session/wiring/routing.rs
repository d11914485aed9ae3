//! The connection: dialling, frames to those they are for, silence. How it ends is in [`ending`](crate::session::ending).

use crate::channel::{Existence, Input, Line};
use crate::error::{Code, Error};
use crate::ids::ChannelId;
use crate::json::Value;
use crate::net::link::{Heard, Link};
use crate::ports::{Delay, UnixMillis, after};
use crate::rpc::command::Reply;
use crate::rpc::{self};
use crate::session::effect::{Effect, Event, Phase};
use crate::session::news::News;
use crate::session::parts::Parts;
use crate::session::signers::Purpose;
use crate::session::wiring::{Asker, Moved, Wire};
use crate::wire::keeper::{self, KeeperText};
use core::time::Duration;

impl Parts {
    pub(in crate::session) fn dial(&mut self, now: UnixMillis) {
        let Some(signed_in) = self.who.signed_in() else { return };
        if matches!(self.wiring.wire, Wire::Down | Wire::Resting { .. }) {
            let url = signed_in.socket_url.clone();
            self.wiring.attempt = self.wiring.attempt.saturating_add(1);
            self.wiring.wire = Wire::Dialing { deadline: after(now, self.deadlines.connect) };
            self.out.progress(Phase::Connect, 0, Some(1));
            self.out.push(Effect::Connect { url });
        }
    }

    pub(in crate::session) fn opened(&mut self, now: UnixMillis) {
        if self.wiring.is_dialing() {
            let link = Link::opened(now, self.deadlines.liveness());
            self.wiring.wire = Wire::Up { link, named_by: after(now, self.deadlines.connect) };
        }
    }

    pub(in crate::session) fn tick_wire(&mut self, now: UnixMillis) -> Result<(), Error> {
        match &mut self.wiring.wire {
            Wire::Down => {}
            Wire::Resting { until } => {
                if *until <= now {
                    self.dial(now);
                }
            }
            Wire::Dialing { deadline } => {
                if *deadline <= now {
                    return Err(Error::new(
                        Code::NetUnreachable,
                        "the server did not accept a connection in time",
                    ));
                }
            }
            Wire::Up { link, named_by } => {
                if !link.identified() && *named_by <= now {
                    return Err(Error::new(Code::NetTimeout, "the server did not greet us in time"));
                }
                if link.identified()
                    && let Some(frame) = link.tick(now)?
                {
                    self.out.push(Effect::Send(frame));
                }
            }
        }
        Ok(())
    }

    /// Part of a frame came. What is asked may be in it, or behind it.
    pub(in crate::session) fn arriving(&mut self, now: UnixMillis) {
        let Wire::Up { link, .. } = &mut self.wiring.wire else { return };
        link.arriving(now);
        self.put_off(Delay::Arriving(now));
    }

    /// For so long nothing was taken in, because we computed: nobody is late for that.
    pub(in crate::session) fn worked(&mut self, work: Duration) {
        match &mut self.wiring.wire {
            Wire::Down | Wire::Resting { .. } => {}
            Wire::Dialing { deadline } => *deadline += work,
            Wire::Up { link, named_by } => {
                link.worked(work);
                *named_by += work;
            }
        }
        self.out.put_off(work);
        self.logs.put_off(work);
        self.guard.put_off(work);
        self.put_off(Delay::Worked(work));
    }

    /// Whoever is asked over the connection has more time.
    fn put_off(&mut self, delay: Delay) {
        let (progress, answer) = (self.deadlines.progress, self.deadlines.answer);
        self.readers.put_off(delay, progress);
        self.mail.put_off(delay, progress, answer);
        #[cfg(feature = "recovery")]
        self.histories.put_off(delay, progress);
        #[cfg(feature = "recovery")]
        self.questions.put_off(delay, progress);
        self.writers.put_off(delay, answer);
        self.signers.put_off(delay);
        self.inboxes.put_off(delay, progress);
    }

    pub(in crate::session) fn frame(&mut self, now: UnixMillis, text: &str) -> Result<Moved, Error> {
        let Wire::Up { link, .. } = &mut self.wiring.wire else { return Ok(Moved::Nothing) };
        let (heard, back) = link.handle(now, text)?;
        self.out.extend(back.map(Effect::Send));
        match heard {
            Heard::Nothing => return Ok(Moved::Nothing),
            Heard::Foreign => {
                self.ignore(1);
                return Ok(Moved::Nothing);
            }
            Heard::Identified => {
                self.wiring.connected_at = now;
                let mut version = [0; 8];
                self.entropy.fill(&mut version)?;
                self.readers.begin_version(u64::from_le_bytes(version));
                self.keep_soon(now);
                self.out.push(Effect::Event(Event::Net { open: true, retry_at: None }));
                self.out.progress(Phase::Connect, 1, Some(1));
            }
            Heard::Joined(channel) => {
                self.wiring.attempt = 0;
                #[cfg(feature = "recovery")]
                self.question_members_told(&channel);
                self.hear(now, &channel, Input::Joined);
            }
            #[cfg(feature = "recovery")]
            Heard::Member(channel) => self.question_member(&channel),
            Heard::Restricted { channel, keys } => {
                #[cfg(feature = "recovery")]
                self.question_members_refused(&channel, None);
                self.hear(now, &channel, Input::Restricted { keys: &keys });
            }
            Heard::Refused { channel, code } => {
                #[cfg(feature = "recovery")]
                self.question_members_refused(&channel, Some(&code));
                self.hear(now, &channel, Input::Refused { code: &code });
            }
            // The page is refused, and that says nothing about the mailbox.
            Heard::RangeRefused { txid, ref code, .. } if self.page_refused(txid, code) => {}
            #[cfg(feature = "recovery")]
            Heard::RangeRefused { txid, ref code, .. } if self.history_refused(now, txid, code) => {}
            #[cfg(feature = "recovery")]
            Heard::RangeRefused { txid, ref code, .. } if self.question_range_refused(txid, code) => {}
            Heard::RangeRefused { channel, code, .. } if code == "ERESTRICTED" => {
                self.hear(now, &channel, Input::Restricted { keys: &[] });
            }
            Heard::RangeRefused { channel, code, .. } => {
                self.hear(now, &channel, Input::Refused { code: &code });
            }
            Heard::Written(channel) => self.written(now, &channel),
            Heard::WriteRefused { channel, code } => self.write_refused(now, &channel, &code),
            Heard::RpcRefused { txid, code } => self.rpc_refused(now, &txid, &code),
            Heard::Keeper(text) => return Ok(self.keeper(now, &text)),
            Heard::Live { channel, from, message, time } => {
                let Some(channel) = ChannelId::parse(channel) else { return Ok(Moved::Nothing) };
                let line = Line { text: &message, time, author: from.as_deref() };
                return Ok(self.hear(now, &channel, Input::Live { line }));
            }
        }
        Ok(Moved::Perhaps)
    }

    /// Hands an event of a channel to whoever reads it. A mailbox is served at once; nothing else waits for it.
    fn hear(&mut self, now: UnixMillis, channel: &ChannelId, input: Input<'_>) -> Moved {
        let moved = self.tell_reader(now, channel, input);
        self.hear_in_inbox(now, channel, input);
        #[cfg(feature = "recovery")]
        self.hear_in_histories(now, channel, input);
        moved.into()
    }

    fn keeper(&mut self, now: UnixMillis, text: &str) -> Moved {
        let heard = keeper::read(text);
        let (channel, input) = match &heard {
            KeeperText::Other => return Moved::Nothing,
            KeeperText::Answer { word, body } => return self.answer(now, word, body),
            KeeperText::History { txid, sender, channel, message, time } => {
                let line = Line { text: message, time: *time, author: sender.as_deref() };
                (ChannelId::parse(channel), Input::History { txid: *txid, line })
            }
            KeeperText::Range { txid, sender, message, time } => {
                let line = Line { text: message, time: *time, author: sender.as_deref() };
                return self.hear_stored(now, *txid, Input::Range { txid: *txid, line });
            }
            KeeperText::RangeEnd { txid, readable } => {
                return self.hear_stored(now, *txid, Input::RangeEnd { txid: *txid, readable: *readable });
            }
            KeeperText::End { txid, channel } => (ChannelId::parse(channel), Input::End { txid: *txid }),
            KeeperText::Error { txid, channel, code, reason } => {
                let reason = reason.as_deref();
                (ChannelId::parse(channel), Input::ChannelError { txid: *txid, code, reason })
            }
            KeeperText::Metadata { channel, validate_key, created } => {
                let validate_key = validate_key.as_deref();
                (ChannelId::parse(channel), Input::Metadata { validate_key, created: *created })
            }
        };
        let Some(channel) = channel else { return Moved::Nothing };
        if let Input::History { line, .. } = input {
            // Not what is relayed live: there the sender can put any number in the time's place.
            self.guard.server_said(line.time.unwrap_or_default());
        }
        self.hear(now, &channel, input)
    }

    /// `word`: the transaction id of a call.
    fn answer(&mut self, now: UnixMillis, word: &str, body: &[Value]) -> Moved {
        let txid = word;
        if self.sample_answered(now, txid, body) {
            return Moved::Nothing;
        }
        #[cfg(feature = "recovery")]
        if self.question_answered(txid, body) {
            return Moved::Nothing;
        }
        if let Some((channel, asker)) = self.wiring.existence.remove(txid) {
            self.existence_answered(now, &channel, asker, &Existence::read(body));
        } else if !self.sent(txid, body) {
            self.signed_answer(txid, body);
        }
        Moved::Perhaps
    }

    fn rpc_refused(&mut self, now: UnixMillis, txid: &str, code: &str) {
        #[cfg(feature = "recovery")]
        if self.question_refused(txid, code) {
            return;
        }
        if let Some((channel, asker)) = self.wiring.existence.remove(txid) {
            self.existence_answered(now, &channel, asker, &Existence::Unanswered);
        } else if !self.send_refused(txid, code) {
            self.signed_refusal(txid, rpc::refusal(code, "RPC"));
        }
    }

    /// A signed call ended that no operation had made.
    pub(in crate::session) fn called(
        &mut self,
        now: UnixMillis,
        purpose: Purpose,
        result: Result<Reply, Error>,
    ) {
        match purpose {
            Purpose::Operation(ticket) => self.tell(ticket, News::Called(result)),
            #[cfg(feature = "recovery")]
            Purpose::Question(ticket) => self.question_called(ticket, result),
            // The cookie has told the time. Without it a wait is a little longer.
            Purpose::Time => {}
            Purpose::Keep(signer, batch) => self.kept(now, &signer, batch, result),
            Purpose::Before => {}
            Purpose::Closing(signer) => self.line_closed(now, &signer, result),
            Purpose::Admission(channel) => {
                let input = if result.is_ok() { Input::Admitted } else { Input::Denied };
                self.admission(now, &channel, input);
            }
        }
    }

    /// Whether the connection was let into a channel.
    pub(in crate::session) fn admission(&mut self, now: UnixMillis, channel: &ChannelId, input: Input<'_>) {
        self.tell_reader(now, channel, input);
        #[cfg(feature = "recovery")]
        self.hear_in_histories(now, channel, input);
    }

    /// A message of those that were asked for by range, or their end.
    fn hear_stored(&mut self, now: UnixMillis, txid: u64, input: Input<'_>) -> Moved {
        #[cfg(feature = "recovery")]
        if self.history_range(now, txid, input) || self.question_range(now, txid, input) {
            return Moved::Nothing;
        }
        self.hear_range(now, txid, input);
        Moved::Nothing
    }

    pub(in crate::session) fn existence_answered(
        &mut self,
        now: UnixMillis,
        channel: &ChannelId,
        asker: Asker,
        existence: &Existence,
    ) {
        match asker {
            Asker::Operation(ticket) => self.tell(ticket, News::Existence(existence.clone())),
            Asker::Reader => drop(self.hear(now, channel, Input::Existence(existence))),
        }
    }
}
