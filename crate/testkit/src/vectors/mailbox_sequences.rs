//! `mailbox_sequences.json`: what is received, shown and dismissed, step by step.

use std::time::Duration;

use pinfold_core::channel::TxIds;
use pinfold_core::ids::{ChannelId, MessageHash};
use pinfold_core::json::{Object, Value};
use pinfold_core::mailbox::Dismissed;
use pinfold_core::mailbox::WINDOW;
use pinfold_core::mailbox::cursor::Cursor;
use pinfold_core::mailbox::delivery::Patience;
use pinfold_core::mailbox::display::{Display, Emitted};
use pinfold_core::mailbox::habits::Reader;
use pinfold_core::mailbox::reader::{Ask, Input, MailboxReader};
use pinfold_core::wire::keeper::Existence;

use super::Verdict;
use super::support::{Problem, field, input, judge_expect, object, optional, string};

/// Who wrote a letter of which the input does not say.
const SOMEONE: &str = "someone";

pub(super) fn check(case: &Value) -> Verdict {
    judge_expect(case, compute(case))
}

fn compute(case: &Value) -> Result<Value, Problem> {
    let input = input(case)?;
    let name = string(input, "box")?;
    let start = field(input, "start")?;
    let viewed = field(start, "viewed")?.as_array().unwrap_or_default();
    let viewed = viewed.iter().map(hash_of).collect::<Result<Vec<_>, _>>()?;
    let last_known = MessageHash::parse(string(start, "lastKnownHash")?);
    let cursor = Cursor::stored(last_known, viewed);
    let asked = asked_from(cursor.clone())?;
    let muted = input
        .get("mutedUsers")
        .and_then(Value::as_object)
        .map(|muted| muted.keys().filter_map(|key| key.as_str().map(str::to_owned)).collect());
    let reader = Reader {
        curve_public: string(input, "myCurvePublic")?.to_owned(),
        muted: muted.unwrap_or_default(),
        broadcast: name == "broadcast",
        ..Reader::default()
    };
    let mut display = Display::new(cursor, reader);
    let steps = field(input, "steps")?.as_array().unwrap_or_default();
    let after = steps.iter().map(|step| {
        let taken = take(&mut display, step)?;
        Ok(state(&mut display, name, taken).into())
    });
    let after = after.collect::<Result<Vec<Value>, Problem>>()?;
    let request = object([("historyRequestLastKnownHash", asked.into())]);
    Ok(object([("request", request.into()), ("afterEachStep", after.into())]).into())
}

/// From where the product asks for the history of a mailbox in this state; empty for all of it.
fn asked_from(cursor: Cursor) -> Result<String, Problem> {
    let channel = ChannelId::parse(&"0".repeat(32));
    let channel = channel.ok_or_else(|| Problem::Failed("32 digits are no channel".into()))?;
    let dismissed = Dismissed {
        last_known: cursor.last_known().cloned(),
        viewed: cursor.viewed().to_vec(),
        ..Dismissed::default()
    };
    let (mut reader, _) = MailboxReader::open(
        channel,
        None,
        dismissed,
        false,
        Patience(Duration::ZERO),
        WINDOW,
        TxIds::starting_at(1).pair(),
    );
    reader.handle(Input::Joined);
    match reader.handle(Input::Existence(&Existence::Known)) {
        Some(Ask::History { from, .. }) => Ok(from.map(|hash| hash.as_str().to_owned()).unwrap_or_default()),
        other => Err(Problem::Failed(format!("a joined mailbox asks for {other:?}"))),
    }
}

/// Carries a step out. `false` when the real client throws at it.
fn take(display: &mut Display, step: &Value) -> Result<bool, Problem> {
    if let Some(letter) = step.get("receive") {
        let hash = hash_of(field(letter, "hash")?)?;
        let message = match letter.get("msg") {
            None => unwritten(&hash),
            // Text that is JSON is what it says; other text stays text.
            Some(Value::String(text)) => Value::parse_text(text).unwrap_or_else(|_| text.clone().into()),
            Some(message) => message.clone(),
        };
        let author = optional(letter, "author")?.unwrap_or(SOMEONE);
        return Ok(display.receive(&hash, author, message));
    }
    if let Some(hash) = step.get("dismiss") {
        display.dismiss(&hash_of(hash)?);
    } else if let Some(change) = step.get("remote") {
        if let Some(hash) = change.get("lastKnownHash") {
            display.moved_elsewhere(hash_of(hash)?);
        }
        if let Some(hash) = change.get("viewed") {
            display.viewed_elsewhere(hash_of(hash)?);
        }
    } else if step.get("ready").is_some() {
        display.ready();
    } else {
        return Err(Problem::NotSupported("unknown step"));
    }
    Ok(true)
}

/// The letter that stands for one of which the input gives only the hash.
fn unwritten(hash: &MessageHash) -> Value {
    let number: String = hash.as_str().chars().take(3).collect();
    object([("type", "TEST".into()), ("content", object([("n", number.into())]).into())]).into()
}

fn state(display: &mut Display, name: &str, taken: bool) -> Object {
    let emitted = display.take_emitted().into_iter().map(|emitted| {
        let (event, hash) = match emitted {
            Emitted::Message(hash) => ("MESSAGE", hash),
            Emitted::Viewed(hash) => ("VIEWED", hash),
        };
        object([("event", event.into()), ("type", name.into()), ("hash", hash.as_str().into())]).into()
    });
    let emitted: Vec<Value> = emitted.collect();
    let hashes = |hashes: Vec<&MessageHash>| -> Value {
        hashes.into_iter().map(|hash| hash.as_str().into()).collect::<Vec<Value>>().into()
    };
    let mut state = object([
        ("lastKnownHash", display.cursor.last_known().map(MessageHash::as_str).unwrap_or_default().into()),
        ("viewed", hashes(display.cursor.viewed().iter().collect())),
        ("shown", hashes(display.shown().collect())),
        ("emitted", emitted.into()),
    ]);
    if !taken {
        state.insert("throws", "not an object");
    }
    state
}

fn hash_of(value: &Value) -> Result<MessageHash, Problem> {
    let hash = value.as_str().and_then(MessageHash::parse);
    hash.ok_or_else(|| Problem::Failed("a hash is malformed".into()))
}
