//! `pin_hash.json`: hashes of pin lists.

use pinfold_core::json::Value;
use pinfold_core::pins::hash::{hash_in_order, list_hash};

use super::Verdict;
use super::support::{Problem, field, input, judge_expect, object};

pub(super) fn check(case: &Value) -> Verdict {
    judge_expect(case, compute(case))
}

fn compute(case: &Value) -> Result<Value, Problem> {
    let list = field(input(case)?, "list")?.as_array().unwrap_or_default();
    let ids = || list.iter().filter_map(Value::as_str);
    if ids().count() != list.len() {
        return Err(Problem::Failed("the list holds something else than texts".into()));
    }
    Ok(object([
        ("serverHash", list_hash(ids()).into()),
        ("clientHashOfListAsGiven", hash_in_order(ids()).into()),
        ("clientHashOfSortedUnique", list_hash(ids()).into()),
    ])
    .into())
}
