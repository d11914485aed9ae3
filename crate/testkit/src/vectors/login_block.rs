//! `login_block.json`: opening log-in blocks.

use pinfold_core::account::block::{open, open_json};
use pinfold_core::json::Value;

use super::Verdict;
use super::support::{Problem, hex, input, judge_expect, key_hex, object, or_null};

/// The version and the nonce.
const NONCE_END: usize = 25;

pub(super) fn check(case: &Value) -> Verdict {
    judge_expect(case, compute(case))
}

fn compute(case: &Value) -> Result<Value, Problem> {
    let input = input(case)?;
    let (bytes, key) = (hex(input, "blockHex")?, key_hex(input, "symmetricHex")?);
    let decrypted = match open_json(&bytes, &key) {
        // The real code throws for a malformed block, and returns nothing for one that does not open.
        Err(error) if bytes.len() < NONCE_END => return Err(error.into()),
        opened => opened.ok(),
    };
    let user_hash = decrypted.as_ref().and_then(|json| json.get("User_hash")?.as_str());
    if let Some(user_hash) = user_hash.filter(|hash| !hash.is_empty()) {
        let block = open(&bytes, &key)?;
        let ed_public = decrypted.as_ref().and_then(|json| json.get("edPublic")?.as_str());
        if block.user_hash.expose() != user_hash || block.ed_public.as_deref() != ed_public {
            return Err(Problem::Failed("the block does not say what its JSON says".into()));
        }
    }
    Ok(object([("decrypted", or_null(decrypted))]).into())
}
