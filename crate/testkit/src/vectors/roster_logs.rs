//! Logs of decrypted roster messages.

use super::Verdict;
use pinfold_core::json::{Value, canonical, stringify};
use pinfold_core::roster::{Roster, WHOLE_LOG};

/// Replays the log of one case.
pub fn check(case: &Value) -> Verdict {
    match compare(case) {
        Some(Ok(())) => Verdict::Passed,
        Some(Err(difference)) => Verdict::Failed(difference),
        None => Verdict::Failed("an input of another shape".to_owned()),
    }
}

fn compare(case: &Value) -> Option<Result<(), String>> {
    let (input, expect) = (case.get("input")?, case.get("expect")?);
    let stored = input.get("lastKnownHash")?;
    let requested = if stored.is_null() { Value::from(WHOLE_LOG as f64) } else { stored.clone() };
    let mut roster = Roster::new();
    for message in input.get("messages")?.as_array()? {
        let field = |name| message.get(name).and_then(Value::as_str);
        // A refusal is part of many logs; what it left behind is compared below.
        let _ = roster.push(field("hash")?, field("author")?, field("content")?);
    }
    let state = roster.state();
    let checkpoint = roster.last_checkpoint_hash().map_or(Value::Null, Value::from);
    let ours = [
        ("requestedLastKnownHash", stringify(&requested)),
        ("lastCheckpointHash", stringify(&checkpoint)),
        ("canonicalState", stringify(&canonical(&state).into())),
        ("state", stringify(&state)),
    ];
    for (field, ours) in ours {
        let theirs = stringify(expect.get(field)?);
        if ours != theirs {
            return Some(Err(format!("{field}: ours {ours}, theirs {theirs}")));
        }
    }
    Some(Ok(()))
}
