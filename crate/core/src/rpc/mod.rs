//! Signed calls to the history keeper under one key (PROTOCOL.md section 11.2).
//!
//! ```text
//! Idle ──submit──▶ AwaitCookie ──cookie──▶ Sent ──answer──▶ done
//!                      ▲                    │ NO_COOKIE
//!                      └──── (once a call) ─┘
//! ```
//! One call is in flight at a time: the cookie moves with every answer, and pins depend on order.

pub mod command;

use core::time::Duration;
use std::collections::VecDeque;

use crate::crypto::sign::SigningKey;
use crate::encoding::encode_base64;
use crate::error::{Code, Error};
use crate::ids::EdPublic;
use crate::json::{Value, stringify};
use crate::ports::{Delay, Due, Entropy, UnixMillis};
use crate::rpc::command::{Command, Reply};

/// Names one submitted call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CallId(u64);

/// A text for the history keeper and the transaction id its answer will carry.
#[derive(Debug)]
pub struct Outgoing {
    /// The id the answer starts with.
    pub txid: String,
    /// The text to address to the history keeper.
    pub text: String,
}

/// A call that ended.
#[derive(Debug)]
pub struct Settled {
    /// Which one.
    pub call: CallId,
    /// What the server answered. `rpc/refused` and its more precise relatives carry the server's word.
    pub result: Result<Reply, Error>,
    /// What it carried out, where it said so.
    pub done: Option<Command>,
}

#[derive(Debug)]
struct Call {
    id: CallId,
    command: Command,
    /// A call is signed anew after `NO_COOKIE`, once; the second time it fails.
    resent: bool,
}

#[derive(Debug)]
enum State {
    Idle,
    /// COOKIE is on the wire; the call that needs it waits at the head of the queue. `None`: that call was withdrawn.
    AwaitCookie {
        txid: String,
        call: Option<CallId>,
        due: Due,
    },
    Sent {
        txid: String,
        call: Call,
        due: Due,
    },
}

/// The calls of one key on one connection.
#[derive(Debug)]
pub struct Rpc {
    key: SigningKey,
    public: EdPublic,
    /// The newest cookie. A stale one still signs the COOKIE that replaces it, as the real client's does.
    cookie: Option<String>,
    stale: bool,
    queue: VecDeque<Call>,
    state: State,
    next_call: u64,
    answer_within: Duration,
}

impl Rpc {
    /// Calls signed by `key`, whose public half is `public`. Each must be answered within this time.
    pub fn new(key: SigningKey, public: EdPublic, answer_within: Duration) -> Self {
        Self {
            key,
            public,
            cookie: None,
            stale: true,
            queue: VecDeque::new(),
            state: State::Idle,
            next_call: 0,
            answer_within,
        }
    }

    /// Whose calls these are.
    pub fn public(&self) -> &EdPublic {
        &self.public
    }

    /// What time the server's last answer told, rounded down to five minutes: its cookies begin with it (11.2). `None`
    /// where they do not, and before the first.
    pub fn server_time(&self) -> Option<UnixMillis> {
        let (time, _) = self.cookie.as_deref().filter(|_| !self.stale)?.split_once('|')?;
        time.parse().ok().map(UnixMillis)
    }

    /// Queues a call.
    pub fn submit(&mut self, command: Command) -> CallId {
        let id = CallId(self.next_call);
        self.next_call += 1;
        self.queue.push_back(Call { id, command, resent: false });
        id
    }

    /// The next text to send, if the state asks for one.
    ///
    /// # Errors
    /// `host/no-entropy`.
    pub fn poll(&mut self, now: UnixMillis, entropy: &mut dyn Entropy) -> Result<Option<Outgoing>, Error> {
        if !matches!(self.state, State::Idle) {
            return Ok(None);
        }
        let Some(next) = self.queue.front() else { return Ok(None) };
        let txid = make_txid(entropy)?;
        let due = Due::within(now, self.answer_within);
        let asks_cookie = matches!(next.command, Command::Cookie);
        if self.stale && !asks_cookie {
            let call = Some(next.id);
            let text = self.sign(&txid, &Command::Cookie);
            self.state = State::AwaitCookie { txid: txid.clone(), call, due };
            return Ok(Some(Outgoing { txid, text }));
        }
        let Some(call) = self.queue.pop_front() else { return Ok(None) };
        let text = self.sign(&txid, &call.command);
        self.state = State::Sent { txid: txid.clone(), call, due };
        Ok(Some(Outgoing { txid, text }))
    }

    /// A call that nobody wants any longer: it is not sent, or not sent again. If it was sent, its answer is still read.
    /// Returns whether it was never sent and never will be.
    pub fn withdraw(&mut self, id: CallId) -> bool {
        match &mut self.state {
            State::Sent { call, .. } if call.id == id => call.resent = true,
            // What is said of the cookie is said to nobody then: whoever is next asks for another.
            State::AwaitCookie { call, .. } => drop(call.take_if(|call| *call == id)),
            State::Idle | State::Sent { .. } => {}
        }
        let known = self.queue.iter().position(|call| call.id == id);
        known.and_then(|at| self.queue.remove(at)).is_some()
    }

    /// Whether an answer under this transaction id belongs here.
    pub fn expects(&self, wanted: &str) -> bool {
        match &self.state {
            State::AwaitCookie { txid, .. } | State::Sent { txid, .. } => txid == wanted,
            State::Idle => false,
        }
    }

    /// Takes the elements that follow the transaction id in an answer.
    pub fn answered(&mut self, body: &[Value]) -> Option<Settled> {
        let answer = Answer::parse(body);
        if let Answer::Value { cookie, .. } = &answer {
            // The cookies of EXPIRE_SESSION and REMOVE_PINS end in an empty token: of no use (11.2).
            self.stale = cookie.as_ref().is_none_or(|c| c.ends_with('|'));
            self.cookie = cookie.clone();
        }
        match std::mem::replace(&mut self.state, State::Idle) {
            State::Idle => None,
            State::AwaitCookie { call, .. } => match answer {
                Answer::Value { .. } if !self.stale => None,
                Answer::Value { .. } => {
                    self.fail(call, Error::new(Code::RpcNoCookie, "the server gave no cookie"))
                }
                Answer::Error(word) => self.fail(call, refusal(&word, "COOKIE")),
            },
            State::Sent { mut call, .. } => match answer {
                Answer::Value { rest, .. } => {
                    let result = call.command.read_reply(rest);
                    Some(Settled { call: call.id, result, done: Some(call.command) })
                }
                Answer::Error(word) if word == "NO_COOKIE" && !call.resent => {
                    call.resent = true;
                    self.stale = true;
                    self.queue.push_front(call);
                    None
                }
                Answer::Error(word) => Some(failed(call.id, refusal(&word, call.command.name()))),
            },
        }
    }

    /// Fails the call in flight because it was refused below the RPC or its deadline passed.
    pub fn fail_flight(&mut self, error: Error) -> Option<Settled> {
        match std::mem::replace(&mut self.state, State::Idle) {
            State::Idle => None,
            State::AwaitCookie { call, .. } => self.fail(call, error),
            State::Sent { call, .. } => Some(failed(call.id, error)),
        }
    }

    /// When [`Rpc::tick`] has something to do.
    pub fn deadline(&self) -> Option<UnixMillis> {
        match &self.state {
            State::Idle => None,
            State::AwaitCookie { due, .. } | State::Sent { due, .. } => Some(due.at()),
        }
    }

    /// See [`Due::put_off`].
    pub fn put_off(&mut self, delay: Delay) {
        match &mut self.state {
            State::Idle => {}
            State::AwaitCookie { due, .. } | State::Sent { due, .. } => {
                due.put_off(delay, self.answer_within)
            }
        }
    }

    /// Fails the call in flight if its deadline has passed.
    pub fn tick(&mut self, now: UnixMillis) -> Option<Settled> {
        if self.deadline()? > now {
            return None;
        }
        self.fail_flight(Error::new(Code::NetTimeout, "the server did not answer a call"))
    }

    /// Fails everything: the connection is gone. The cookie may live on, but the new connection must be
    /// made known under the key, so a new one is asked for.
    pub fn lost(&mut self, error: &Error) -> Vec<Settled> {
        self.stale = true;
        let mut settled: Vec<_> = self.fail_flight(error.clone()).into_iter().collect();
        settled.extend(self.queue.drain(..).map(|c| failed(c.id, error.clone())));
        settled
    }

    /// Fails the call that a cookie was asked for, and no other.
    fn fail(&mut self, call: Option<CallId>, error: Error) -> Option<Settled> {
        let waiting = self.queue.pop_front_if(|waiting| Some(waiting.id) == call)?;
        Some(failed(waiting.id, error))
    }

    fn sign(&self, txid: &str, command: &Command) -> String {
        // What is signed and what is sent share one serialisation: the server re-serialises what it
        // parsed, and anything but byte equality is a bad signature (11.2).
        let tail = command.to_json(self.public.as_str(), self.cookie.as_deref());
        let signature = encode_base64(&self.key.sign_detached(format!("[{tail}]").as_bytes()));
        let mut text = String::with_capacity(tail.len() + 192);
        text.push_str("[\"");
        text.push_str(txid);
        text.push_str("\",[\"");
        text.push_str(&signature);
        text.push_str("\",\"");
        text.push_str(self.public.as_str());
        text.push_str("\",");
        text.push_str(&tail);
        text.push_str("]]");
        text
    }
}

fn failed(call: CallId, error: Error) -> Settled {
    Settled { call, result: Err(error), done: None }
}

/// The two shapes of an answer (11.2).
enum Answer<'a> {
    Value { cookie: Option<String>, rest: &'a [Value] },
    Error(String),
}

impl<'a> Answer<'a> {
    fn parse(body: &'a [Value]) -> Self {
        match body {
            [Value::String(word), detail, ..] if word.as_str() == Some("ERROR") => {
                Self::Error(detail.as_str().unwrap_or("unknown").to_owned())
            }
            [Value::String(word)] if word.as_str() == Some("ERROR") => Self::Error("unknown".to_owned()),
            [cookie, rest @ ..] => Self::Value { cookie: cookie.as_str().map(str::to_owned), rest },
            [] => Self::Error("empty".to_owned()),
        }
    }
}

/// The error for a word of the server's; unknown words are kept for the log.
pub(crate) fn refusal(word: &str, command: &'static str) -> Error {
    match word {
        "NO_COOKIE" => Error::new(Code::RpcNoCookie, "the server refuses its own cookie"),
        "E_OVER_LIMIT" => Error::new(Code::PinsOverLimit, "the storage quota is exhausted"),
        _ => Error::new(Code::RpcRefused, "the server refused a call").with("answer", word),
    }
    .with("command", command)
}

/// A transaction id: text, as the server demands, from 64 random bits.
///
/// # Errors
/// `host/no-entropy`.
pub fn make_txid(entropy: &mut dyn Entropy) -> Result<String, Error> {
    let mut bytes = [0; 8];
    entropy.fill(&mut bytes)?;
    let mut bits = u64::from_le_bytes(bytes);
    let mut txid = String::with_capacity(13);
    for _ in 0..12 {
        txid.push(char::from_digit(u32::try_from(bits & 31).unwrap_or(0), 32).unwrap_or('0'));
        bits >>= 5;
    }
    Ok(txid)
}

/// The text of an anonymous call with one text argument (11.1).
pub fn anonymous(txid: &str, command: &str, argument: &str) -> String {
    anonymous_with(txid, command, &Value::from(argument))
}

/// The text of an anonymous call with any argument (11.1).
pub fn anonymous_with(txid: &str, command: &str, argument: &Value) -> String {
    format!("[\"{txid}\",[\"{command}\",{}]]", stringify(argument))
}

#[cfg(test)]
mod tests;
