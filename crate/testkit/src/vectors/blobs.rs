//! `blobs.json`: encrypted files.

use pinfold_core::blob::{Blob, open, open_metadata, seal};
use pinfold_core::encoding::encode_hex;
use pinfold_core::json::Value;

use super::Verdict;
use super::support::{Problem, field, hex, input, judge_expect, key_hex, object};

pub(super) fn check(case: &Value) -> Verdict {
    judge_expect(case, compute(case))
}

fn compute(case: &Value) -> Result<Value, Problem> {
    let input = input(case)?;
    let key = key_hex(input, "cryptKeyHex")?;
    let blob = Blob { metadata: field(input, "metadata")?.clone(), content: hex(input, "contentHex")? };
    let sealed = seal(&blob, &key)?;
    if open(&sealed, &key)? != blob {
        return Err(Problem::Failed("the file does not read back".into()));
    }
    let metadata = open_metadata(&sealed, &key)?;
    Ok(object([("encryptedHex", encode_hex(&sealed).into()), ("metadata", metadata)]).into())
}
