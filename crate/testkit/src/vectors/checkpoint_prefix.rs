//! The `cp|` prefix.

use super::Verdict;
use pinfold_core::chainpad::checkpoint;
use pinfold_core::json::Value;

/// Checks that a prefix is removed, or an id computed, as recorded.
pub fn check(case: &Value) -> Verdict {
    let text =
        |part: &str, field: &str| case.get(part).and_then(|part| part.get(field)).and_then(Value::as_str);
    let passed = match (text("input", "message"), text("input", "plainMessage")) {
        (Some(message), None) => {
            let flag =
                case.get("expect").and_then(|expect| expect.get("isCheckpoint")).and_then(Value::as_bool);
            let (rest, is_checkpoint) = checkpoint::strip_prefix(message);
            Some(rest) == text("expect", "withoutPrefix") && Some(is_checkpoint) == flag
        }
        (None, Some(plain)) => Some(checkpoint::id(plain).as_str()) == text("expect", "id"),
        _ => return Verdict::Failed("an input of another shape".to_owned()),
    };
    if passed { Verdict::Passed } else { Verdict::Failed("another text, flag or id".to_owned()) }
}
