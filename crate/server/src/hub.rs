//! Who is connected and who is in which channel. Frames are queued under the lock, so that every member
//! sees joins, leaves and messages in one order.

use super::answer::Answer;
use super::connection::Connection;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Channels one client may be in at once.
const MOST_CHANNELS: usize = 20_000;

type Members = Vec<Arc<Connection>>;

#[derive(Default)]
struct Room {
    connections: HashMap<String, Arc<Connection>>,
    channels: HashMap<String, Members>,
}

/// The members of everything.
pub(crate) struct Hub {
    keeper: String,
    room: Mutex<Room>,
}

/// Why somebody cannot leave a channel.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum NotLeft {
    NoChannel,
    NoMember,
}

impl Hub {
    /// A hub whose history keeper has this id (16 hex characters).
    pub(crate) fn new(keeper: String) -> Self {
        Self { keeper, room: Mutex::default() }
    }

    /// The history keeper's id.
    pub(crate) fn keeper(&self) -> &str {
        &self.keeper
    }

    pub(crate) fn connect(&self, connection: &Arc<Connection>) {
        self.room().connections.insert(connection.uid().into(), connection.clone());
    }

    /// Removes a connection; the members of its channels are told.
    pub(crate) fn disconnect(&self, uid: &str) {
        let mut room = self.room();
        room.connections.remove(uid);
        room.channels.retain(|channel, members| {
            let before = members.len();
            members.retain(|member| member.uid() != uid);
            if members.len() < before {
                tell(members, &json!([0, uid, "LEAVE", channel]).to_string());
            }
            !members.is_empty()
        });
    }

    /// The number of connections and of channels with members.
    pub(crate) fn count(&self) -> (usize, usize) {
        let room = self.room();
        (room.connections.len(), room.channels.len())
    }

    /// The client with this id.
    pub(crate) fn client(&self, uid: &str) -> Option<Arc<Connection>> {
        self.room().connections.get(uid).cloned()
    }

    /// Lets a client in and tells everybody, or repeats the list to one who is in already
    /// (PROTOCOL.md 8.1). The broadcast channel shows no members. The name is repeated as it was `spelled`.
    pub(crate) fn join(&self, channel: &str, spelled: &Value, connection: &Arc<Connection>, answer: &Answer) {
        let mut room = self.room();
        let visible = channel.len() != 33;
        let joined = room.channels.values().filter(|members| has(members, connection.uid())).count();
        let already = room.channels.get(channel).is_some_and(|members| has(members, connection.uid()));
        if !already && joined >= MOST_CHANNELS {
            answer.refuse(&[json!("EINVAL"), json!(channel)]);
            return;
        }
        let members = room.channels.entry(channel.into()).or_default();
        if already {
            answer.refuse(&[json!("EJOINED"), spelled.clone()]);
        } else {
            answer.frame(json!([answer.seq(), "JACK", spelled]).to_string());
        }
        let entry = |uid: &str| json!([0, uid, "JOIN", spelled]).to_string();
        answer.frame(entry(&self.keeper));
        for member in members.iter().filter(|member| visible && member.uid() != connection.uid()) {
            answer.frame(entry(member.uid()));
            if !already {
                member.send(entry(connection.uid()));
            }
        }
        if !already {
            members.push(connection.clone());
        }
        answer.frame(entry(connection.uid()));
    }

    /// Lets a client out; all members are told, the leaving one included and after its ACK.
    pub(crate) fn leave(&self, channel: &str, uid: &str, answer: &Answer) -> Result<(), NotLeft> {
        let mut room = self.room();
        let members = room.channels.get_mut(channel).ok_or(NotLeft::NoChannel)?;
        if !has(members, uid) {
            return Err(NotLeft::NoMember);
        }
        answer.frame(json!([answer.seq(), "ACK"]).to_string());
        let notice = json!([0, uid, "LEAVE", channel]).to_string();
        members.retain(|member| member.uid() != uid);
        tell(members, &notice);
        answer.frame(notice);
        if members.is_empty() {
            room.channels.remove(channel);
        }
        Ok(())
    }

    /// Whether anybody is in the channel.
    pub(crate) fn is_open(&self, channel: &str) -> bool {
        self.room().channels.contains_key(channel)
    }

    pub(crate) fn is_member(&self, channel: &str, uid: &str) -> bool {
        self.room().channels.get(channel).is_some_and(|members| has(members, uid))
    }

    /// Sends a frame to all members but one.
    pub(crate) fn relay(&self, channel: &str, except: Option<&str>, frame: &str) {
        let room = self.room();
        for member in room.channels.get(channel).into_iter().flatten() {
            if Some(member.uid()) != except {
                member.send(frame.into());
            }
        }
    }

    /// Sends a text of the history keeper to all members.
    pub(crate) fn notify(&self, channel: &str, text: &str) {
        let room = self.room();
        for member in room.channels.get(channel).into_iter().flatten() {
            member.send(self.direct(member.uid(), text));
        }
    }

    /// Sends a last text to all members and forgets them, without LEAVE (a deleted channel).
    pub(crate) fn dissolve(&self, channel: &str, text: &str) {
        self.notify(channel, text);
        self.room().channels.remove(channel);
    }

    /// Tells the members that `stays` admits the channel's new metadata, and throws the others out: they get
    /// `notice`, those who stay a LEAVE.
    pub(crate) fn restrict(
        &self,
        channel: &str,
        metadata: &str,
        notice: &str,
        stays: impl Fn(&Connection) -> bool,
    ) {
        let mut room = self.room();
        let Some(members) = room.channels.get_mut(channel) else { return };
        let (staying, expelled): (Members, Members) = members.drain(..).partition(|member| stays(member));
        for member in &staying {
            member.send(self.direct(member.uid(), metadata));
        }
        for gone in &expelled {
            tell(&staying, &json!([0, gone.uid(), "LEAVE", channel]).to_string());
            gone.send(self.direct(gone.uid(), notice));
        }
        if staying.is_empty() {
            room.channels.remove(channel);
        } else {
            *members = staying;
        }
    }

    /// A direct message of the history keeper, without priority.
    pub(crate) fn direct(&self, uid: &str, text: &str) -> String {
        json!([0, self.keeper, "MSG", uid, text]).to_string()
    }

    fn room(&self) -> MutexGuard<'_, Room> {
        self.room.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn has(members: &Members, uid: &str) -> bool {
    members.iter().any(|member| member.uid() == uid)
}

fn tell(members: &Members, frame: &str) {
    for member in members {
        member.send(frame.into());
    }
}
