//! An account, the server in memory that holds it, and what goes wrong with its answers.

use std::collections::{BTreeMap, BTreeSet};

use pinfold_core::error::Error;
use pinfold_core::json::{Object, Value, stringify};
use pinfold_core::ports::UnixMillis;
use pinfold_testkit::account::{Built, build_with};
use pinfold_testkit::server::{Answer, KEEPER, MemoryServer, Outgoing, about};
use pinfold_testkit::world::fault::{Fault, answer_under};
use pinfold_testkit::world::other::add_document;

use crate::http::{Pages, Reply};
use crate::options::{Named, Options, Planned, Unfit};

/// What is delivered to a connection, all of it at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// Which connection.
    pub to: usize,
    /// What it answers, or what it is about: `GET_HISTORY f1…`, `PIN`, `LIVE f1…`.
    pub about: String,
    /// The frames, in order.
    pub frames: Vec<String>,
    /// The connection ends with it.
    pub ends: bool,
    /// It comes after every deadline.
    pub late: bool,
}

impl Delivery {
    /// As `www/lib/testing.ts` reads it.
    pub fn to_json(&self) -> Value {
        let mut object = Object::new();
        object.insert("to", Value::from(self.to as f64));
        object.insert("about", self.about.as_str());
        let frames = self.frames.iter().map(|frame| Value::from(frame.as_str()));
        object.insert("frames", frames.collect::<Vec<_>>());
        object.insert("ends", self.ends);
        object.insert("late", self.late);
        object.into()
    }
}

/// All of it.
#[derive(Debug)]
pub struct Stage {
    built: Built,
    pages: Pages,
    faults: Vec<Planned>,
    struck: BTreeSet<usize>,
    asked: BTreeMap<String, u64>,
    connections: usize,
    added: usize,
}

impl Stage {
    /// Builds it. `options`: JSON as [`Options::read`] takes it.
    ///
    /// # Errors
    /// `misuse/bad-argument` for other options and for a name or password that is empty, `host/no-memory` where keys cannot be derived.
    pub fn build(options: &str) -> Result<Self, Unfit> {
        let Options { plan, variety, faults } = Options::read(options)?;
        let built = build_with(plan, &variety).map_err(Unfit::Build)?;
        let pages = Pages::of(&built);
        let (struck, asked) = (BTreeSet::new(), BTreeMap::new());
        Ok(Self { built, pages, faults, struck, asked, connections: 0, added: 0 })
    }

    /// The server.
    pub fn server(&self) -> &MemoryServer {
        &self.built.server
    }

    /// The account as it was made.
    pub fn expected(&self) -> Value {
        self.built.manifest()
    }

    /// Which faults have struck.
    pub fn struck(&self) -> Vec<usize> {
        self.struck.iter().copied().collect()
    }

    /// A new connection: its number, and the frame that greets it.
    pub fn connect(&mut self) -> (usize, String) {
        // From 1 on: the server gives each an id that is made of its number.
        self.connections += 1;
        (self.connections, self.built.server.connect_peer(self.connections))
    }

    /// That connection ended.
    pub fn disconnect(&mut self, number: usize) {
        self.built.server.disconnect_peer(number);
    }

    /// The server forgets its sessions.
    pub fn expire_sessions(&mut self) {
        self.built.server.expire_sessions();
    }

    /// A request over HTTP.
    pub fn http(&mut self, path: &str, post: Option<&str>) -> Reply {
        self.pages.answer(path, post)
    }

    /// What comes of a frame.
    pub fn receive(&mut self, from: usize, frame: &str, now: u64) -> Vec<Delivery> {
        let target = target(frame);
        let about = target.as_ref().map_or_else(|| about(frame), |channel| format!("MSG {channel}"));
        let fault = self.fault(&about);
        let server = &mut self.built.server;
        server.clock = UnixMillis(now);
        let stored = lengths(server, target.as_deref());
        let answers = match fault {
            Some(fault) => answer_under(fault, server, from, frame, &about),
            None => server.receive_from(from, frame),
        };
        let mut all: Vec<Delivery> =
            answers.into_iter().flat_map(|outgoing| delivered(from, &about, outgoing, fault)).collect();
        all.extend(self.heard(from, &stored, now));
        all
    }

    /// Another device adds a document to a folder.
    ///
    /// # Errors
    /// `misuse/bad-argument` when there is no such folder, or it does not open.
    pub fn add_document(&mut self, folder: usize, now: u64) -> Result<(String, Vec<Delivery>), Error> {
        self.added += 1;
        self.built.server.clock = UnixMillis(now);
        let (frames, channel) = add_document(&mut self.built, folder, 7_000_000 + self.added)?;
        let of = self.built.folders.get(folder).map(|folder| folder.channel.clone()).unwrap_or_default();
        let members = self.built.server.members(&of).into_iter();
        let live = members.map(|to| Delivery {
            to,
            about: format!("LIVE {of}"),
            frames: frames.clone(),
            ends: false,
            late: false,
        });
        Ok((channel, live.collect()))
    }

    /// What strikes this request.
    fn fault(&mut self, about: &str) -> Option<Fault> {
        let number = self.asked.entry(about.to_owned()).or_default();
        *number += 1;
        let number = *number;
        let (command, channel) = about.split_once(' ').unwrap_or((about, ""));
        let folders = &self.built.folders;
        let is_meant = |planned: &Planned| match &planned.channel {
            None => true,
            Some(Named::Channel(id)) => id == channel,
            Some(Named::Folder(at)) => folders.get(*at).is_some_and(|folder| folder.channel == channel),
        };
        let strikes = |planned: &Planned| {
            planned.command == command && is_meant(planned) && planned.number.is_none_or(|it| it == number)
        };
        let (at, planned) = self.faults.iter().enumerate().find(|(_, planned)| strikes(planned))?;
        self.struck.insert(at);
        Some(planned.fault)
    }

    /// What other members of channels hear of messages that were stored just now.
    fn heard(&mut self, from: usize, before: &[(String, usize)], now: u64) -> Vec<Delivery> {
        let mut all = Vec::new();
        for (channel, length) in before {
            let members = self.built.server.members(channel);
            let Some(log) = self.built.server.channels.get_mut(channel) else { continue };
            for stored in log.messages.iter_mut().skip(*length) {
                stored.time = now;
                let text = stringify(&Value::from(stored.message.as_str()));
                let frame = format!("[0,\"{from:032x}\",\"MSG\",\"{channel}\",{text},{now}]");
                all.extend(members.iter().filter(|to| **to != from).map(|to| Delivery {
                    to: *to,
                    about: format!("LIVE {channel}"),
                    frames: vec![frame.clone()],
                    ends: false,
                    late: false,
                }));
            }
        }
        all
    }
}

/// The channel that a frame writes to.
fn target(frame: &str) -> Option<String> {
    let frame = Value::parse(frame).ok()?;
    let part = |at: usize| frame.at(at).and_then(Value::as_str);
    if part(1) != Some("MSG") {
        return None;
    }
    if part(2) != Some(KEEPER) {
        return part(2).map(str::to_owned);
    }
    // A letter: `[txid, ["WRITE_PRIVATE_MESSAGE", [channel, text]]]`.
    let request = Value::parse(part(3)?).ok()?;
    let call = request.at(1)?;
    let is_letter = call.at(0).and_then(Value::as_str) == Some("WRITE_PRIVATE_MESSAGE");
    call.at(1)?.at(0).and_then(Value::as_str).filter(|_| is_letter).map(str::to_owned)
}

/// How many messages the channel holds.
fn lengths(server: &MemoryServer, channel: Option<&str>) -> Vec<(String, usize)> {
    let length = |id: &str| server.channels.get(id).map_or(0, |log| log.messages.len());
    channel.map(|id| (id.to_owned(), length(id))).into_iter().collect()
}

fn delivered(to: usize, about: &str, outgoing: Outgoing, fault: Option<Fault>) -> Vec<Delivery> {
    let frames = match outgoing {
        Outgoing::Answer(Answer { frames, .. }) => frames,
        Outgoing::Cut => {
            return vec![Delivery {
                to,
                about: about.to_owned(),
                frames: Vec::new(),
                ends: true,
                late: false,
            }];
        }
    };
    let ends = fault.is_some_and(Fault::cuts);
    let frames = if ends { Vec::new() } else { frames };
    let late = fault == Some(Fault::Late);
    let one = Delivery { to, about: about.to_owned(), frames, ends, late };
    match fault {
        Some(Fault::Dropped) => Vec::new(),
        Some(Fault::Twice) => vec![one.clone(), one],
        _ => vec![one],
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

    use super::*;

    const PEN: &str = "\"username\":\"alice\",\"password\":\"long enough\"";

    fn stage(rest: &str) -> Stage {
        Stage::build(&format!("{{{PEN}{rest}}}")).unwrap()
    }

    fn history(stage: &mut Stage, from: usize, folder: usize) -> Vec<Delivery> {
        let channel = stage.built.folders[folder].channel.clone();
        let text = Value::from(format!("[\"GET_HISTORY\",\"{channel}\",{{\"txid\":1}}]"));
        stage.receive(from, &format!("[2,\"MSG\",\"{KEEPER}\",{}]", stringify(&text)), 1_800_000_000_000)
    }

    #[test]
    fn a_fault_strikes_the_request_that_it_names_and_no_other() {
        let fault = ",\"faults\":[{\"command\":\"GET_HISTORY\",\"folder\":1,\"number\":2,\"fault\":\"cut\"}]";
        let mut stage = stage(fault);
        let (one, _) = stage.connect();
        assert!(history(&mut stage, one, 0).iter().all(|it| !it.ends && !it.frames.is_empty()));
        assert!(history(&mut stage, one, 1).iter().all(|it| !it.ends));
        assert_eq!(stage.struck(), [0; 0]);
        assert!(history(&mut stage, one, 1).iter().all(|it| it.ends && it.frames.is_empty()));
        assert_eq!(stage.struck(), [0]);
        assert!(history(&mut stage, one, 1).iter().all(|it| !it.ends));
    }

    #[test]
    fn a_fault_can_strike_every_command_that_is_taken() {
        for command in crate::options::COMMANDS {
            let mut stage =
                stage(&format!(",\"faults\":[{{\"command\":\"{command}\",\"fault\":\"dropped\"}}]"));
            let (one, _) = stage.connect();
            let channel = stage.built.folders[0].channel.clone();
            let signed = Value::from(format!("[\"signature\",\"key\",\"cookie\",\"{command}\",[]]"));
            let asked = Value::from(format!("[\"{command}\",\"{channel}\",{{\"txid\":1}}]"));
            let frames = [
                format!("[1,\"{command}\",\"{channel}\",\"message\"]"),
                format!("[2,\"MSG\",\"{KEEPER}\",{}]", stringify(&asked)),
                format!(
                    "[3,\"MSG\",\"{KEEPER}\",{}]",
                    stringify(&Value::from(format!("[\"tx\",{}]", stringify(&signed))))
                ),
            ];
            for frame in &frames {
                stage.receive(one, frame, 1);
            }
            assert_eq!(stage.struck(), [0], "{command}");
        }
    }

    #[test]
    fn what_one_stores_the_other_members_hear_and_nobody_else() {
        let mut stage = stage("");
        let channel = stage.built.folders[0].channel.clone();
        let connected = [stage.connect().0, stage.connect().0, stage.connect().0];
        for one in &connected[..2] {
            stage.receive(*one, &format!("[1,\"JOIN\",\"{channel}\"]"), 1);
        }
        let added = stage.add_document(0, 7).unwrap();
        assert_eq!(added.1.iter().map(|it| it.to).collect::<Vec<_>>(), connected[..2]);
        // A message that nobody with the key signed is refused, and nobody hears of it.
        let refused = stage.receive(connected[0], &format!("[3,\"MSG\",\"{channel}\",\"forged\"]"), 8);
        assert_eq!(refused.len(), 1);
        // Signed, as the last one is: stored and heard, with the moment at which it came.
        let last = stage.built.server.channels[&channel].messages.last().unwrap().message.clone();
        let text = stringify(&Value::from(last.as_str()));
        let heard = stage.receive(connected[0], &format!("[4,\"MSG\",\"{channel}\",{text}]"), 9);
        assert_eq!(heard.iter().map(|it| it.to).collect::<Vec<_>>(), connected[..2]);
        assert!(heard[1].frames[0].ends_with(",9]") && heard[1].about.starts_with("LIVE "), "{heard:?}");
    }

    #[test]
    fn a_block_is_stored_by_two_requests_and_then_found() {
        let mut stage = stage("");
        let path = stage.built.block.as_ref().unwrap().path.clone();
        assert_eq!(stage.http(&path, None).status, 200);
        assert_eq!(stage.http("/block/aa/none", None).status, 404);
        let offer = "{\"content\":{\"publicKey\":\"a/b=\",\"ciphertext\":\"QUJD\"}}";
        assert_eq!(stage.http("/api/auth/", Some("{\"sig\":\"x\"}")).status, 500);
        assert_eq!(stage.http("/api/auth/", Some(offer)).status, 200);
        assert_eq!(stage.http("/api/auth/", Some("{\"sig\":\"x\"}")).status, 200);
        assert_eq!(stage.http("/block/a-/a-b=", None).body, b"ABC");
        assert_eq!(stage.http("/api/auth/", Some("no JSON")).status, 500);
    }

    #[test]
    fn options_of_another_form_are_refused_in_words() {
        for rest in [
            ",\"folders\":10001",
            ",\"folders\":-1",
            ",\"folders\":\"two\"",
            ",\"faults\":[{\"command\":\"PIN\",\"fault\":\"gap\"}]",
            ",\"faults\":[{\"fault\":\"cut\"}]",
            ",\"faults\":[{\"command\":\"GET_NOTHING\",\"fault\":\"cut\"}]",
            ",\"faults\":[{\"command\":\"PIN\",\"fault\":\"bored\"}]",
            ",\"faults\":[{\"command\":\"WRITE_PRIVATE_MESSAGE\",\"fault\":\"dropped\"}]",
            ",\"faults\":[{\"command\":\"PIN\",\"number\":-1,\"fault\":\"cut\"}]",
            ",\"faults\":[{\"command\":\"JOIN\",\"folder\":\"1\",\"fault\":\"cut\"}]",
        ] {
            assert!(Stage::build(&format!("{{{PEN}{rest}}}")).is_err(), "{rest}");
        }
        assert!(Stage::build("{}").is_err() && Stage::build("[").is_err());
    }
}
