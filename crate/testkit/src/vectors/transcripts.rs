//! `transcripts.json`: whole conversations with a real server, frame by frame.
//!
//! Nothing is expected beside the frames, so they are the expectation. For each client and frame:
//!
//! - a frame of the server decodes to exactly what its JSON says, and so does the history keeper's text in
//!   it; histories carry the transaction id of a request for their channel;
//! - a [`Link`](pinfold_core::net::link::Link) that is led through the conversation hears what the frame means: being named, being in a
//!   channel, refusals with the keys that would be let in, the keeper, live messages, and nothing else;
//!   it answers a PING with the recorded PONG;
//! - a frame of the client comes out of our encoders byte for byte, if it is one that we send: JOIN, LEAVE,
//!   PING, MSG, histories without metadata, anonymous calls, and signed calls but for transaction id and
//!   signature. A signature is valid for the text that the server would serialise exactly where the server takes it;
//! - answers to signed calls settle our own `Rpc` in the same way, and the hashes of pins are those of the
//!   server model that the other tests run against ([`crate::server::PinState`]).
//!
//! What is no frame is the last thing that a client says, and our decoder refuses it as the server does.

mod client;
mod told;

use std::collections::BTreeMap;

use pinfold_core::json::Value;

use super::Verdict;
use super::support::{FIRST_INPUT, Problem, field, string};
use crate::server::PinState;
use client::Client;

/// The pins of every key that appears in a conversation.
type Pins = BTreeMap<String, PinState>;

pub(super) fn check(case: &Value) -> Verdict {
    match replay(case) {
        Ok(()) => Verdict::Passed,
        Err(Problem::Failed(reason)) => Verdict::Failed(reason),
        Err(Problem::NotSupported(reason)) => Verdict::NotSupported(reason),
        Err(Problem::Thrown(error)) => Verdict::Failed(format!("unexpected error: {error}")),
    }
}

fn replay(case: &Value) -> Result<(), Problem> {
    let unknown = |object: &Value, known: &[&str]| {
        let keys = object.as_object().into_iter().flat_map(|object| object.keys());
        keys.filter_map(|key| key.as_str()).find(|key| !known.contains(key)).map(str::to_owned)
    };
    if let Some(key) = unknown(case, &["name", "note", "frames", FIRST_INPUT]) {
        return Err(Problem::Failed(format!("a case of conversations has no {key}")));
    }
    let mut clients: BTreeMap<&str, Client> = BTreeMap::new();
    let mut pins = Pins::new();
    let mut heard = 0;
    for (number, frame) in (1..).zip(field(case, "frames")?.as_array().unwrap_or_default()) {
        if let Some(key) = unknown(frame, &["client", "dir", "frame", "code", "note"]) {
            return Err(Problem::Failed(format!("frame {number}: there is a {key}")));
        }
        if frame.get("dir").is_none() && frame.get("note").is_some() {
            continue;
        }
        let client = clients.entry(string(frame, "client")?).or_default();
        let taken = match string(frame, "dir")? {
            "in" => {
                heard += 1;
                client.heard(string(frame, "frame")?, &mut pins)
            }
            "out" => client.said(string(frame, "frame")?),
            "closed" => client.closed(),
            _ => Err(Problem::Failed("a frame goes in or out".into())),
        };
        taken.map_err(|problem| match problem {
            Problem::Failed(reason) => Problem::Failed(format!("frame {number}: {reason}")),
            Problem::Thrown(error) => Problem::Failed(format!("frame {number}: {error}")),
            other => other,
        })?;
    }
    if heard == 0 { Err(Problem::Failed("the server says nothing".into())) } else { Ok(()) }
}
