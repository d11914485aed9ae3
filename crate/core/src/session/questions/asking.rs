//! A question goes out, and its answer is told.

use crate::channel::{Existence, Input, Range, StoredLine};
use crate::error::{Code, Error};
use crate::ids::ChannelId;
use crate::json::Value;
use crate::ports::{Due, UnixMillis};
use crate::rpc::command::{Command, Reply};
use crate::rpc::{self, make_txid};
use crate::session::effect::{Answer, Effect, Outcome, Question, Ticket};
use crate::session::parts::Parts;
use crate::session::questions::{AT_ONCE, Members, Open, Under, why};
use crate::session::signers::Purpose;

impl Parts {
    /// See [`Session::question`](crate::session::Session::question).
    pub(in crate::session) fn put_question(
        &mut self,
        now: UnixMillis,
        question: &Question,
    ) -> Result<Ticket, Error> {
        self.check_questions()?;
        let ticket = self.out.ticket();
        let under = match question {
            Question::Newest(channel) => {
                let txid = self.out.txid();
                let request = Range::Last { count: 1, until: None }.request(channel.as_str(), txid);
                let frame = self.wiring.link().and_then(|link| link.ask_range(channel, txid, &request));
                self.out.extend(frame.map(Effect::Send));
                Under::Range(txid, None)
            }
            Question::Exists(channel) => {
                Under::Exists(self.ask_anonymously("IS_NEW_CHANNEL", channel.as_str())?)
            }
            Question::Size(id) => Under::Size(self.ask_anonymously("GET_FILE_SIZE", id.as_str())?),
            Question::Why(id) => Under::Why(self.ask_anonymously("GET_METADATA", id.as_str())?),
            Question::ListHash(key) => {
                if !self.submit(key, Command::GetHash, Purpose::Question(ticket)) {
                    return Err(Error::new(Code::CryptoReadOnly, "the account does not sign under this key"));
                }
                Under::Signed
            }
            Question::Members(channel) => {
                if self.questions.find(|under| under.is_of_members(channel)).is_some() {
                    return Err(Error::new(Code::MisuseBusy, "who is in this channel is asked already"));
                }
                let leaves = self.readers.of_drive(channel).is_none();
                let frame = self.wiring.link().map(|link| link.join(channel));
                self.out.extend(frame.map(Effect::Send));
                Under::Members(Members { channel: channel.clone(), others: 0, leaves })
            }
        };
        self.put_open(now, ticket, under);
        Ok(ticket)
    }

    fn ask_anonymously(&mut self, command: &str, id: &str) -> Result<String, Error> {
        let txid = make_txid(&mut *self.entropy)?;
        let text = rpc::anonymous(&txid, command, id);
        let frame = self.wiring.link().and_then(|link| link.call(&txid, &text));
        self.out.extend(frame.map(Effect::Send));
        Ok(txid)
    }

    /// An answer came under a transaction id; `false` if no question was asked under it.
    pub(in crate::session) fn question_answered(&mut self, txid: &str, body: &[Value]) -> bool {
        let Some(ticket) = self.questions.find(|under| under.is_called(txid)) else { return false };
        let under = self.questions.open.get(&ticket).map(|open| &open.under);
        let outcome = match (under, body) {
            (Some(Under::Size(_)), [Value::Null, size, ..]) => {
                size.as_u64().map(|size| Outcome::Answered(Answer::Size(size)))
            }
            (Some(Under::Why(_)), [Value::Null, metadata, ..]) => {
                metadata.as_object().map(|_| Outcome::Answered(Answer::Why(None)))
            }
            (Some(Under::Why(_)), [error, word, ..]) if error.as_str() == Some("ERROR") => {
                word.as_str().and_then(why).map(Outcome::Answered)
            }
            (Some(Under::Written(_)), [Value::Null, time, ..]) => {
                Some(Outcome::Sent { time: time.as_u64().map(UnixMillis) })
            }
            (Some(Under::Exists(_)), body) => match Existence::read(body) {
                Existence::Unanswered => None,
                existence => Some(Outcome::Answered(Answer::Exists(existence))),
            },
            _ => None,
        };
        let refused = || Error::new(Code::RpcRefused, "the server does not answer a question");
        self.end_question(ticket, outcome.ok_or_else(refused));
        true
    }

    /// Another client is in a channel.
    pub(in crate::session) fn question_member(&mut self, channel: &ChannelId) {
        for open in self.questions.open.values_mut() {
            if let Under::Members(members) = &mut open.under
                && members.channel == *channel
            {
                members.others += 1;
            }
        }
    }

    /// The list of who is in a channel has come to its end.
    pub(in crate::session) fn question_members_told(&mut self, channel: &ChannelId) {
        let Some(ticket) = self.questions.find(|under| under.is_of_members(channel)) else { return };
        if let Some(Open { under: Under::Members(members), .. }) = self.questions.open.get(&ticket) {
            let answer = Answer::Members(members.others);
            self.end_question(ticket, Ok(Outcome::Answered(answer)));
        }
    }

    /// The server lets this session not into a channel: by its allow list, or for the reason of this code.
    pub(in crate::session) fn question_members_refused(&mut self, channel: &ChannelId, code: Option<&str>) {
        if let Some(ticket) = self.questions.find(|under| under.is_of_members(channel)) {
            let restricted = || Error::new(Code::FolderRestricted, "the server lets this account not in");
            self.end_question(ticket, Err(code.map_or_else(restricted, |code| rpc::refusal(code, "JOIN"))));
        }
    }

    /// The server does not carry a call out; `false` if no question made it.
    pub(in crate::session) fn question_refused(&mut self, txid: &str, code: &str) -> bool {
        let found = self.questions.find(|under| under.is_called(txid));
        found.map(|ticket| self.end_question(ticket, Err(rpc::refusal(code, "RPC")))).is_some()
    }

    /// See [`Session::tell_operator`](crate::session::Session::tell_operator).
    pub(in crate::session) fn write_report(
        &mut self,
        now: UnixMillis,
        channel: &ChannelId,
        report: &str,
    ) -> Result<Ticket, Error> {
        self.check_questions()?;
        let txid = make_txid(&mut *self.entropy)?;
        let argument = Value::from(vec![channel.as_str().into(), report.into()]);
        let call = rpc::anonymous_with(&txid, "WRITE_PRIVATE_MESSAGE", &argument);
        let frame = self.wiring.link().and_then(|link| link.call(&txid, &call));
        self.out.extend(frame.map(Effect::Send));
        Ok(self.open_question(now, Under::Written(txid)))
    }

    fn check_questions(&mut self) -> Result<(), Error> {
        if self.questions.open.len() >= AT_ONCE {
            return Err(Error::new(Code::MisuseBusy, "too many questions are asked at a time"));
        }
        // The first JOIN of a connection names the history keeper.
        if !self.wiring.link().is_some_and(|link| link.keeper_known()) {
            return Err(Error::new(Code::NetClosed, "there is no connection"));
        }
        Ok(())
    }

    fn open_question(&mut self, now: UnixMillis, under: Under) -> Ticket {
        let ticket = self.out.ticket();
        self.put_open(now, ticket, under);
        ticket
    }

    fn put_open(&mut self, now: UnixMillis, ticket: Ticket, under: Under) {
        let due = Due::within(now, self.deadlines.progress);
        self.questions.open.insert(ticket, Open { under, due });
    }

    /// A stored message came under the number of a request, or the end; `false` if no question was asked under it.
    pub(in crate::session) fn question_range(
        &mut self,
        now: UnixMillis,
        txid: u64,
        input: Input<'_>,
    ) -> bool {
        let found = self.questions.find(|under| matches!(under, Under::Range(own, _) if *own == txid));
        let Some(ticket) = found else { return false };
        let progress = self.deadlines.progress;
        let Some(Open { under: Under::Range(_, newest), due }) = self.questions.open.get_mut(&ticket) else {
            return true;
        };
        match input {
            // The server gives them oldest first. Whoever sends more than one is heard out, and nothing more is held.
            Input::Range { line, .. } => {
                *newest = Some(StoredLine::from(line));
                *due = Due::within(now, progress);
            }
            Input::RangeEnd { readable, .. } => {
                let answer = match (newest.take(), readable) {
                    (None, false) => {
                        Err(Error::new(Code::FolderMissing, "the server cannot read the channel"))
                    }
                    (newest, _) => Ok(Answer::Newest(newest)),
                };
                self.end_question(ticket, answer.map(Outcome::Answered));
            }
            _ => {}
        }
        true
    }

    /// The server does not hand stored messages out; `false` if no question asked for them.
    pub(in crate::session) fn question_range_refused(&mut self, txid: u64, code: &str) -> bool {
        let found = self.questions.find(|under| matches!(under, Under::Range(own, _) if *own == txid));
        let error = match code {
            "ERESTRICTED" => Error::new(Code::FolderRestricted, "the server lets this account not in"),
            code => rpc::refusal(code, "GET_HISTORY_RANGE"),
        };
        found.map(|ticket| self.end_question(ticket, Err(error))).is_some()
    }

    /// A signed call ended that a question had made.
    pub(in crate::session) fn question_called(&mut self, ticket: Ticket, result: Result<Reply, Error>) {
        let answer = match result {
            Ok(Reply::Hash(hash)) => Ok(Answer::ListHash(hash)),
            Ok(_) => Err(Error::new(Code::PeerMalformed, "the server returned no hash")),
            Err(error) => Err(error),
        };
        self.end_question(ticket, answer.map(Outcome::Answered));
    }

    fn end_question(&mut self, ticket: Ticket, outcome: Result<Outcome, Error>) {
        if let Some(open) = self.questions.open.remove(&ticket) {
            // A load may have entered it meanwhile, and follows it.
            if let Under::Members(Members { channel, leaves: true, .. }) = &open.under
                && self.readers.of_drive(channel).is_none()
            {
                let frame = self.wiring.link().map(|link| link.leave(channel));
                self.out.extend(frame.map(Effect::Send));
            }
            self.out.push(Effect::Done(ticket, outcome));
        }
    }

    pub(in crate::session) fn expire_questions(&mut self, now: UnixMillis) {
        let late = self.questions.open.iter().filter(|(_, open)| open.due.is_late(now));
        for ticket in late.map(|(ticket, _)| *ticket).collect::<Vec<_>>() {
            self.cancel_question(
                ticket,
                &Error::new(Code::NetTimeout, "the server did not answer a question"),
            );
        }
    }

    /// Whoever asked wants it no longer. What still comes of it is passed over.
    pub(in crate::session) fn cancel_question(&mut self, ticket: Ticket, error: &Error) {
        self.end_question(ticket, Err(error.clone()));
    }

    pub(in crate::session) fn lose_questions(&mut self, error: &Error) {
        let tickets: Vec<Ticket> = self.questions.open.iter().map(|(ticket, _)| *ticket).collect();
        tickets.into_iter().for_each(|ticket| self.cancel_question(ticket, error));
    }
}
