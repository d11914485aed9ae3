//! One WebSocket connection: sequence numbers, identity, the history keeper, liveness (PROTOCOL.md section 8).

use core::time::Duration;

use crate::compact::SortedMap;
use crate::error::{Code, Error};
use crate::ids::ChannelId;
use crate::ports::{SLOW, UnixMillis, after, since};
use crate::wire::frame::{self, ServerFrame};

/// What silence means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Liveness {
    /// Silence after which we ask the server for a sign of life.
    pub ping_after: Duration,
    /// Silence after which the connection counts as dead.
    pub dead_after: Duration,
}

/// What a frame meant, once the bookkeeping of the connection is done.
#[derive(Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the fields are those of the frames")]
pub enum Heard<'a> {
    /// The server named us: frames may be sent from now on.
    Identified,
    /// We are in the channel, and the history keeper is known.
    Joined(ChannelId),
    /// Another client is in the channel: it has just come, or the server tells who is there.
    #[cfg(feature = "recovery")]
    Member(ChannelId),
    /// A JOIN or a history request was refused; `keys` are those that would be let in.
    Restricted { channel: ChannelId, keys: Vec<String> },
    /// A JOIN or a history request failed in another way.
    Refused { channel: ChannelId, code: String },
    /// A request for stored messages by range failed, also if because of an allow list.
    RangeRefused { channel: ChannelId, txid: u64, code: String },
    /// An RPC frame was refused before it reached the RPC.
    RpcRefused { txid: String, code: String },
    /// What we wrote into the channel is stored.
    Written(ChannelId),
    /// What we wrote is not stored. `enoent`: the server does not know us to be in the channel; a refusal
    /// for a reason has an empty code.
    WriteRefused { channel: ChannelId, code: String },
    /// A text from the history keeper to us: history, a notice or an RPC answer.
    Keeper(std::borrow::Cow<'a, str>),
    /// A message of another member, or of nobody, on a channel.
    Live {
        channel: &'a str,
        from: Option<std::borrow::Cow<'a, str>>,
        message: std::borrow::Cow<'a, str>,
        time: Option<UnixMillis>,
    },
    /// Something that another client sent us, and that nobody wants.
    Foreign,
    /// Nothing that concerns the layers above.
    Nothing,
}

/// What a sequence number stands for until it is answered.
#[derive(Debug)]
enum Asked {
    Join(ChannelId),
    History(ChannelId),
    Range(ChannelId, u64),
    Rpc(String),
    Write(ChannelId),
    Ping,
}

/// A connection from the moment the socket opened.
#[derive(Debug)]
pub struct Link {
    next_seq: u64,
    uid: Option<String>,
    keeper: Option<String>,
    asked: SortedMap<u64, Asked>,
    liveness: Liveness,
    heard_at: UnixMillis,
    pinged: bool,
    /// When the first bytes of a frame came that is not whole yet.
    arriving_since: Option<UnixMillis>,
}

impl Link {
    /// A connection that was opened at `now` and has not been identified.
    pub fn opened(now: UnixMillis, liveness: Liveness) -> Self {
        Self {
            next_seq: 1,
            uid: None,
            keeper: None,
            asked: SortedMap::new(),
            liveness,
            heard_at: now,
            pinged: false,
            arriving_since: None,
        }
    }

    /// Whether the server has named us.
    pub fn identified(&self) -> bool {
        self.uid.is_some()
    }

    /// Whether texts can be addressed to the history keeper.
    pub fn keeper_known(&self) -> bool {
        self.keeper.is_some()
    }

    /// The frame that joins a channel.
    pub fn join(&mut self, channel: &ChannelId) -> String {
        let seq = self.ask(Asked::Join(channel.clone()));
        frame::join(seq, channel)
    }

    /// The frame that asks for a channel's history; `None` until a joined channel has named the keeper.
    pub fn ask_history(&mut self, channel: &ChannelId, request: &str) -> Option<String> {
        let keeper = self.keeper.clone()?;
        let seq = self.ask(Asked::History(channel.clone()));
        Some(frame::message(seq, &keeper, request))
    }

    /// As [`Self::ask_history`], by range, under this number.
    pub fn ask_range(&mut self, channel: &ChannelId, txid: u64, request: &str) -> Option<String> {
        let keeper = self.keeper.clone()?;
        let seq = self.ask(Asked::Range(channel.clone(), txid));
        Some(frame::message(seq, &keeper, request))
    }

    /// The frame that carries an RPC text; `None` until the keeper is known.
    pub fn call(&mut self, txid: &str, text: &str) -> Option<String> {
        let keeper = self.keeper.clone()?;
        let seq = self.ask(Asked::Rpc(txid.to_owned()));
        Some(frame::message(seq, &keeper, text))
    }

    /// The frame that writes a message into a channel.
    pub fn write(&mut self, channel: &ChannelId, message: &str) -> String {
        let seq = self.ask(Asked::Write(channel.clone()));
        frame::message(seq, channel.as_str(), message)
    }

    /// The frame that leaves a channel.
    pub fn leave(&mut self, channel: &ChannelId) -> String {
        let seq = self.next();
        frame::leave(seq, channel)
    }

    /// When [`Link::tick`] has something to do.
    pub fn deadline(&self) -> UnixMillis {
        after(self.heard_at, if self.pinged { self.liveness.dead_after } else { self.liveness.ping_after })
    }

    /// A frame to send because of silence, if any.
    ///
    /// # Errors
    /// `net/closed` when the silence has lasted so long that the connection counts as dead.
    pub fn tick(&mut self, now: UnixMillis) -> Result<Option<String>, Error> {
        let silence = since(self.heard_at, now);
        if silence >= self.liveness.dead_after {
            return Err(
                Error::new(Code::NetClosed, "the server fell silent").with("seconds", silence.as_secs())
            );
        }
        if silence >= self.liveness.ping_after && !self.pinged {
            self.pinged = true;
            let seq = self.ask(Asked::Ping);
            return Ok(Some(frame::ping(seq)));
        }
        Ok(None)
    }

    /// Part of a frame came: a sign of life, unless the frame takes for ever.
    pub fn arriving(&mut self, now: UnixMillis) {
        let began = *self.arriving_since.get_or_insert(now);
        if since(began, now) <= SLOW {
            self.heard_at = now;
            self.pinged = false;
        }
    }

    /// For so long nothing was taken in: what came meanwhile is not heard yet.
    pub fn worked(&mut self, work: Duration) {
        self.heard_at += work;
    }

    /// Takes one frame in. The second value is a frame to send back at once (an answer to a PING).
    ///
    /// # Errors
    /// `peer/malformed-frame` when it is no netflux frame, `peer/oversized` when it is too long.
    pub fn handle<'a>(
        &mut self,
        now: UnixMillis,
        text: &'a str,
    ) -> Result<(Heard<'a>, Option<String>), Error> {
        self.arriving_since = None;
        let decoded = frame::decode(text)?;
        self.heard_at = now;
        self.pinged = false;
        let heard = match decoded {
            ServerFrame::Ident { uid } => {
                self.uid = Some(uid.into_owned());
                Heard::Identified
            }
            ServerFrame::Ping { stamp } => return Ok((Heard::Nothing, Some(frame::pong(stamp)))),
            ServerFrame::Ack { seq } => {
                // A JOIN is settled by the member list and an RPC by its answer; an ACK only says "arrived".
                match self.asked.get(&seq) {
                    None | Some(Asked::Join(_)) => Heard::Nothing,
                    Some(_) => match self.asked.remove(&seq) {
                        Some(Asked::Write(channel)) => Heard::Written(channel),
                        _ => Heard::Nothing,
                    },
                }
            }
            ServerFrame::Jack { seq } => {
                self.asked.remove(&seq);
                Heard::Nothing
            }
            ServerFrame::Error { seq, code, keys } => self.refused(seq, &code, keys),
            ServerFrame::Join { who, channel } => self.joined(&who, &channel),
            ServerFrame::Message { from, to, text, time } => {
                if self.uid.as_deref() == Some(to.as_ref()) {
                    let from_keeper = from.is_some() && from.as_deref() == self.keeper.as_deref();
                    if from_keeper { Heard::Keeper(text) } else { Heard::Foreign }
                } else {
                    match to {
                        std::borrow::Cow::Borrowed(channel) => {
                            Heard::Live { channel, from, message: text, time }
                        }
                        // An id never needs an escape, so an owned one is no id of ours.
                        std::borrow::Cow::Owned(_) => Heard::Foreign,
                    }
                }
            }
            ServerFrame::Foreign => Heard::Foreign,
            ServerFrame::Other => Heard::Nothing,
        };
        Ok((heard, None))
    }

    fn joined(&mut self, who: &str, channel: &str) -> Heard<'static> {
        if is_keeper(who) {
            self.keeper = Some(who.to_owned());
        }
        if self.uid.as_deref() == Some(who)
            && let Some(channel) = ChannelId::parse(channel)
        {
            return Heard::Joined(channel);
        }
        #[cfg(feature = "recovery")]
        if !is_keeper(who)
            && let Some(channel) = ChannelId::parse(channel)
        {
            return Heard::Member(channel);
        }
        Heard::Nothing
    }

    fn refused(&mut self, seq: u64, code: &str, keys: Vec<String>) -> Heard<'static> {
        match self.asked.remove(&seq) {
            // Already a member: the member list follows and settles it.
            Some(Asked::Join(channel)) if code == "EJOINED" => {
                self.asked.insert(seq, Asked::Join(channel));
                Heard::Nothing
            }
            Some(Asked::Join(channel) | Asked::History(channel)) if code == "ERESTRICTED" => {
                // The first entry of the list is the keeper's own id (PROTOCOL.md 8.1). A connection whose
                // very first JOIN is refused learns it from nowhere else.
                if let Some(keeper) = keys.iter().find(|key| is_keeper(key)) {
                    self.keeper = Some(keeper.clone());
                }
                let keys = keys.into_iter().filter(|k| k.len() == 44).collect();
                Heard::Restricted { channel, keys }
            }
            Some(Asked::Join(channel) | Asked::History(channel)) => {
                Heard::Refused { channel, code: code.to_owned() }
            }
            Some(Asked::Range(channel, txid)) => Heard::RangeRefused { channel, txid, code: code.to_owned() },
            Some(Asked::Write(channel)) => Heard::WriteRefused { channel, code: code.to_owned() },
            Some(Asked::Rpc(txid)) => Heard::RpcRefused { txid, code: code.to_owned() },
            Some(Asked::Ping) | None => Heard::Nothing,
        }
    }

    fn ask(&mut self, what: Asked) -> u64 {
        let seq = self.next();
        self.asked.insert(seq, what);
        seq
    }

    fn next(&mut self) -> u64 {
        let seq = self.next_seq;
        self.next_seq += 1;
        seq
    }
}

/// The one member with a short id is the history keeper (PROTOCOL.md 8.1).
fn is_keeper(id: &str) -> bool {
    id.len() == 16
}
