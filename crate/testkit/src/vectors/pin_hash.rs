//! `pin_hash.json`: hashes of pin lists.

use pinfold_core::json::Value;
use pinfold_core::pins::hash::list_hash;

use super::Verdict;
use super::pin_sets::{js_string, local_hash};
use super::support::{Problem, field, input, judge_expect, object};

pub(super) fn check(case: &Value) -> Verdict {
    judge_expect(case, compute(case))
}

fn compute(case: &Value) -> Result<Value, Problem> {
    let list = field(input(case)?, "list")?.as_array().unwrap_or_default();
    let sorted = sorted_hash(list);
    Ok(object([
        ("serverHash", sorted.as_str().into()),
        ("clientHashOfListAsGiven", local_hash(list).into()),
        ("clientHashOfSortedUnique", sorted.into()),
    ])
    .into())
}

/// Ours holds texts and nothing else. What the real one makes of other elements is computed here.
fn sorted_hash(list: &[Value]) -> String {
    let texts: Option<Vec<&str>> = list.iter().map(Value::as_str).collect();
    if let Some(texts) = texts {
        return list_hash(texts);
    }
    let mut unique: Vec<Value> = Vec::new();
    for element in list {
        // Two objects are never the same one.
        let comparable = element.as_object().is_none() && element.as_array().is_none();
        if !(comparable && unique.contains(element)) {
            unique.push(element.clone());
        }
    }
    unique.sort_by_cached_key(js_string);
    local_hash(&unique)
}
