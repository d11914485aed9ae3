//! Pieces of ChainPad: hashes, messages, simplest forms, canonical JSON.

use super::Verdict;
use pinfold_core::chainpad::{Chain, Hash, Message, Mode, Operation};
use pinfold_core::json::{Text, Value, canonical, stringify};

/// Checks one case, whatever piece it is about.
pub fn check(case: &Value) -> Verdict {
    let (Some(input), Some(expect)) = (case.get("input"), case.get("expect")) else {
        return Verdict::Failed("no input or no expectation".to_owned());
    };
    let ours = match input.get("op").and_then(Value::as_str) {
        Some("docHash") => document_hash(input),
        Some("message") => message(input),
        Some("rootHash") => root_hash(),
        Some("simplify") => simplify(input),
        Some("sortify") => sortify(input),
        _ => None,
    };
    let Some(ours) = ours else { return Verdict::Failed("an input of another shape".to_owned()) };
    // Only that it throws is part of the contract, not the words.
    let throws = |value: &Value| value.get("throws").is_some();
    if canonical(&ours) == canonical(expect) || (throws(&ours) && throws(expect)) {
        Verdict::Passed
    } else {
        Verdict::Failed(format!("ours {}, theirs {}", stringify(&ours), stringify(expect)))
    }
}

fn document_hash(input: &Value) -> Option<Value> {
    let hash = Hash::of_units(&input.get("text")?.as_text()?.to_utf16());
    Some(object([("sha256LowBytes", hash.to_string().into())]))
}

fn message(input: &Value) -> Option<Value> {
    let Ok(message) = Message::parse(input.get("message")?.as_str()?) else {
        return Some(object([("throws", true.into())]));
    };
    let operations: Vec<_> = message.operations.iter().map(operation_to_json).collect();
    Some(object([
        ("hash", message.hash().to_string().into()),
        ("canonical", message.to_json().into()),
        ("type", if message.checkpoint { 4.0 } else { 2.0 }.into()),
        ("operations", operations.into()),
        ("isCheckpoint", message.checkpoint.into()),
        ("parentHash", message.document_hash.into()),
        ("lastMsgHash", message.parent.into()),
    ]))
}

fn root_hash() -> Option<Value> {
    let initial = Chain::new(Mode::ListMap).best_message()?.to_json();
    Some(object([
        ("rootHash", Chain::new(Mode::Text).root_hash()?.to_string().into()),
        ("lastMsgHashOfRoot", Chain::new(Mode::Text).best_message()?.parent.clone().into()),
        ("initialStateBraces", Chain::new(Mode::ListMap).best_hash()?.to_string().into()),
        ("initialStateBracesMessage", initial.into()),
    ]))
}

fn simplify(input: &Value) -> Option<Value> {
    let operation = input.get("operation")?;
    let operation = Operation {
        offset: operation.at(0)?.as_f64()?,
        remove: operation.at(1)?.as_f64()?,
        insert: operation.at(2)?.as_text()?.to_utf16(),
    };
    let simplest = operation.simplify(&input.get("doc")?.as_text()?.to_utf16());
    let simplest = simplest.as_ref().map_or(Value::Null, operation_to_json);
    Some(object([("operation", simplest)]))
}

fn sortify(input: &Value) -> Option<Value> {
    let value = Value::parse(input.get("json")?.as_str()?).ok()?;
    Some(object([("text", canonical(&value).into())]))
}

fn operation_to_json(operation: &Operation) -> Value {
    let insert = Text::from_utf16(&operation.insert);
    vec![operation.offset.into(), operation.remove.into(), insert.into()].into()
}

fn object<const N: usize>(entries: [(&str, Value); N]) -> Value {
    let mut object = pinfold_core::json::Object::new();
    for (key, value) in entries {
        object.insert(key, value);
    }
    object.into()
}
