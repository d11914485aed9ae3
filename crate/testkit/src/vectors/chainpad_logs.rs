//! Logs of plain ChainPad messages, and the state of the real library after each message.

use super::Verdict;
use crate::chains::mode_named;
use pinfold_core::chainpad::{Chain, Hash, Message, Step};
use pinfold_core::json::{Text, Value, canonical};

/// Replays the log of one case, and compares every step and the end.
pub fn check(case: &Value) -> Verdict {
    match compare(case) {
        Ok(()) => Verdict::Passed,
        Err(difference) => Verdict::Failed(difference),
    }
}

fn compare(case: &Value) -> Result<(), String> {
    let (input, expect) = case.get("input").zip(case.get("expect")).ok_or("no input or no expectation")?;
    let mode = input.get("mode").and_then(Value::as_str).and_then(mode_named).ok_or("no such mode")?;
    let messages = input.get("messages").and_then(Value::as_array).ok_or("no messages")?;
    let hashes = input.get("hashes").and_then(Value::as_array);
    let steps = case.get("steps").and_then(Value::as_array);

    let mut chain = Chain::new(mode);
    for (at, message) in messages.iter().enumerate() {
        let message = message.as_str().ok_or("a message that is no text")?;
        let result = chain.push(message);
        if let Some(hash) = hashes.and_then(|hashes| hashes.get(at)) {
            let ours = Message::parse(message).ok().map(|message| message.hash().to_string());
            same(&format!("hash of message {at}"), &ours.as_deref(), &hash.as_str())?;
        }
        if let Some(step) = steps.and_then(|steps| steps.get(at)) {
            compare_step(&mut chain, result, step).map_err(|error| format!("message {at}: {error}"))?;
        }
    }
    compare_end(&chain, expect)
}

fn compare_step(chain: &mut Chain, result: Step, step: &Value) -> Result<(), String> {
    same("best", &text(chain.best_hash()).as_deref(), &step.get("bestHash").and_then(Value::as_str))?;
    let length = step.get("docLength").and_then(Value::as_u64);
    same("length", &Some(chain.document_len() as u64), &length)?;
    let hash = step.get("docLowByteSha256").and_then(Value::as_str);
    same("document hash", &Some(chain.document_hash().to_string().as_str()), &hash)?;
    // The real library throws at what is no message, and half-way along a branch that it cannot apply.
    let throws = step.get("throws").is_some_and(Value::truthy);
    same("refusal", &matches!(result, Step::Malformed(_) | Step::Refused(_)), &throws)
        .or_else(|error| if throws || !matches!(result, Step::Refused(_)) { Err(error) } else { Ok(()) })
}

fn compare_end(chain: &Chain, expect: &Value) -> Result<(), String> {
    same("document", &Some(&chain.document_text()), &expect.get("finalDoc").and_then(Value::as_text))?;
    same("best", &text(chain.best_hash()).as_deref(), &expect.get("bestHash").and_then(Value::as_str))?;
    same("root", &text(chain.root_hash()).as_deref(), &expect.get("rootHash").and_then(Value::as_str))?;
    let depth = expect.get("depthSinceRoot").and_then(Value::as_u64);
    same("depth", &Some(chain.depth_since_root()), &depth)?;
    let pending = expect.get("initialPatchStillPending").and_then(Value::as_bool);
    same("pending", &Some(chain.initial_pending()), &pending)?;
    if let Some(known) = expect.get("knownHashes").and_then(Value::as_array) {
        let ours: Vec<_> = chain.known_hashes().map(|hash| Text::from(hash.to_string())).collect();
        let theirs: Vec<_> = known.iter().filter_map(Value::as_text).cloned().collect();
        same("known messages", &ours, &theirs)?;
    }
    if let Some(json) = expect.get("json") {
        let ours = chain.to_json().map_err(|error| error.to_string())?;
        same("JSON", &canonical(&ours), &canonical(json))?;
    }
    Ok(())
}

fn text(hash: Option<Hash>) -> Option<String> {
    hash.map(|hash| hash.to_string())
}

fn same<T: PartialEq + core::fmt::Debug>(what: &str, ours: &T, theirs: &T) -> Result<(), String> {
    if ours == theirs { Ok(()) } else { Err(format!("{what}: ours {ours:?}, theirs {theirs:?}")) }
}
