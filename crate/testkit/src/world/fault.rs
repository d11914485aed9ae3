//! What can go wrong with one answer.

use pinfold_core::json::Value;

use crate::server::{Answer, MemoryServer, Outgoing, quoted};

/// A list that no client sent holds this.
const INVENTED: &str = "ffffffffffffffffffffffffffffffff";

/// What happens to one request or its answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Fault {
    /// The connection ends, and the request never arrived.
    Lost,
    /// The request was carried out, and the connection ends instead of its answer.
    Cut,
    /// The answer comes after every deadline.
    Late,
    /// The answer never comes.
    Dropped,
    /// The answer comes twice.
    Twice,
    /// The request is refused with an error.
    Refused,
    /// A lie: the channel is new.
    New,
    /// A lie: the history holds nothing.
    Empty,
    /// A lie: the history ends before its last message.
    Truncated,
    /// A lie: the history lacks a message in the middle.
    Gap,
    /// A lie: an old message comes again at the end.
    Replayed,
    /// Every ciphertext was changed.
    Garbage,
    /// A lie: another hash than that of the list.
    WrongHash,
    /// A lie: done, and it was not.
    Ignored,
}

impl Fault {
    /// All of them.
    pub const ALL: [Self; 14] = [
        Self::Lost,
        Self::Cut,
        Self::Late,
        Self::Dropped,
        Self::Twice,
        Self::Refused,
        Self::New,
        Self::Empty,
        Self::Truncated,
        Self::Gap,
        Self::Replayed,
        Self::Garbage,
        Self::WrongHash,
        Self::Ignored,
    ];

    /// Whether it can happen to this command.
    pub fn applies(self, command: &str) -> bool {
        match self {
            Self::Lost | Self::Cut | Self::Late | Self::Dropped | Self::Twice => true,
            Self::Refused => command != "PING",
            Self::New => matches!(command, "IS_NEW_CHANNEL" | "GET_HISTORY"),
            Self::Empty | Self::Truncated | Self::Gap | Self::Replayed | Self::Garbage => {
                command == "GET_HISTORY"
            }
            Self::WrongHash => command == "GET_HASH",
            Self::Ignored => matches!(command, "PIN" | "RESET"),
        }
    }

    /// Whether the connection ends with it.
    pub fn cuts(self) -> bool {
        matches!(self, Self::Lost | Self::Cut)
    }

    /// Whether a history under it still says all there is.
    pub fn leaves_whole(self) -> bool {
        matches!(self, Self::Late | Self::Twice | Self::Replayed)
    }
}

/// What the server answers to a frame under a fault. `about` is the frame's.
pub fn answer_under(
    fault: Fault,
    server: &mut MemoryServer,
    peer: usize,
    text: &str,
    about: &str,
) -> Vec<Outgoing> {
    let nothing = |frames| vec![Outgoing::Answer(Answer { about: about.to_owned(), frames, line: None })];
    let (command, channel) = about.split_once(' ').unwrap_or((about, ""));
    match fault {
        Fault::Lost => nothing(Vec::new()),
        Fault::Cut | Fault::Late | Fault::Dropped | Fault::Twice => server.receive_from(peer, text),
        Fault::Refused if channel.is_empty() => {
            server.refuse.insert(command.to_owned(), "E_FAULT".to_owned());
            let answer = server.receive_from(peer, text);
            server.refuse.remove(command);
            answer
        }
        Fault::Refused => nothing(vec![refusal(command, text)]),
        Fault::New if command == "IS_NEW_CHANNEL" => {
            altered(server, channel, peer, text, |log| log.claims_new = true)
        }
        Fault::New => {
            let kept = server.channels.remove(channel);
            let answer = server.receive_from(peer, text);
            server.channels.extend(kept.map(|kept| (channel.to_owned(), kept)));
            answer
        }
        Fault::Empty => altered(server, channel, peer, text, |log| log.messages.clear()),
        Fault::Truncated => altered(server, channel, peer, text, |log| drop(log.messages.pop())),
        Fault::Gap => altered(server, channel, peer, text, |log| {
            let middle = log.messages.len() / 2;
            if middle > 0 && middle + 1 < log.messages.len() {
                log.messages.remove(middle);
            }
        }),
        Fault::Replayed => altered(server, channel, peer, text, |log| {
            let again = log.messages.get(1).cloned();
            log.messages.extend(again);
        }),
        Fault::Garbage => altered(server, channel, peer, text, |log| {
            log.messages.iter_mut().for_each(|stored| stored.message = stored.message.replace('A', "B"));
        }),
        Fault::WrongHash => {
            let kept = server.pins.clone();
            server.pins.values_mut().for_each(|state| state.apply("PIN", &[INVENTED.to_owned()]));
            let answer = server.receive_from(peer, text);
            server.pins = kept;
            answer
        }
        Fault::Ignored => {
            let kept = (server.pins.clone(), server.commands.clone());
            let answer = server.receive_from(peer, text);
            (server.pins, server.commands) = kept;
            answer
        }
    }
}

fn altered(
    server: &mut MemoryServer,
    channel: &str,
    peer: usize,
    text: &str,
    alter: impl FnOnce(&mut crate::server::Channel),
) -> Vec<Outgoing> {
    let kept = server.channels.get(channel).cloned();
    if let Some(log) = server.channels.get_mut(channel) {
        alter(log);
    }
    let answer = server.receive_from(peer, text);
    server.channels.extend(kept.map(|kept| (channel.to_owned(), kept)));
    answer
}

/// A netflux error, as it answers a JOIN, a history request or an RPC that does not reach its handler.
fn refusal(command: &str, text: &str) -> String {
    let seq = Value::parse(text).ok().and_then(|f| f.at(0).and_then(Value::as_u64)).unwrap_or(0);
    format!("[{seq},\"ERROR\",\"EFAULT\",{}]", quoted(command))
}
