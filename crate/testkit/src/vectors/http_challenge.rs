//! `http_challenge.json`: the two requests of `/api/auth/`.

use pinfold_core::account::challenge::{Challenge, PATH};
use pinfold_core::crypto::sign::SigningKey;
use pinfold_core::encoding::decode_base64;
use pinfold_core::json::Value;

use super::Verdict;
use super::support::{Draws, Problem, field, input, judge_expect, object, string};

/// The origin for which the vectors were recorded; it is in no input.
const ORIGIN: &str = "https://pad.example.org";

pub(super) fn check(case: &Value) -> Verdict {
    judge_expect(case, compute(case))
}

fn compute(case: &Value) -> Result<Value, Problem> {
    let input = input(case)?;
    let sign = SigningKey::from_base64(string(input, "secretKey")?)?;
    if sign.verifying_key().to_base64() != string(input, "publicKey")? {
        return Err(Problem::Failed("the public key does not follow from the secret one".into()));
    }
    let mut draws = Draws::new(decode_base64(string(input, "nonce")?));
    let challenge = Challenge::new(field(input, "command")?.clone(), &sign, &mut draws)?;
    draws.finish()?;
    let answer = field(input, "serverAnswer")?;
    Ok(object([
        ("url", format!("{ORIGIN}{PATH}").into()),
        ("firstBody", challenge.first_body().into()),
        ("signedText", challenge.signed_text(answer)?.into()),
        ("secondBody", challenge.second_body(answer, &sign)?.into()),
    ])
    .into())
}
