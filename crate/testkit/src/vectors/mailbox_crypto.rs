//! `mailbox_crypto.json`: letters.

use pinfold_core::crypto::curve::{CurvePair, CurvePublic};
use pinfold_core::crypto::sign::SigningKey;
use pinfold_core::ids::MessageHash;
use pinfold_core::json::Value;
use pinfold_core::mailbox::letter::{Letter, MailboxKeys, seal};

use super::Verdict;
use super::support::{Draws, Problem, hex, input, judge_expect, object, optional, or_null, string};

pub(super) fn check(case: &Value) -> Verdict {
    judge_expect(case, compute(case))
}

fn compute(case: &Value) -> Result<Value, Problem> {
    let input = input(case)?;
    match string(input, "op")? {
        "encrypt" => encrypt(input),
        "decrypt" => decrypt(input),
        _ => Err(Problem::NotSupported("unknown operation")),
    }
}

fn encrypt(input: &Value) -> Result<Value, Problem> {
    let author = pair(input, "senderCurvePrivate", "senderCurvePublic")?;
    let recipient = CurvePublic::from_base64(string(input, "recipientCurvePublic")?)?;
    let signing = optional(input, "signingKey")?.map(SigningKey::from_base64).transpose()?;
    let draws = ["innerNonceHex", "ephemeralSecretHex", "outerNonceHex"].map(|key| hex(input, key));
    let mut draws = Draws::new(draws.into_iter().collect::<Result<Vec<_>, _>>()?);
    let message = seal(string(input, "plaintext")?, &author, &recipient, signing.as_ref(), &mut draws)?;
    draws.finish()?;
    let hash = MessageHash::of(&message);
    let hash = or_null(hash.map(|hash| hash.as_str().to_owned()));
    Ok(object([("message", message.into()), ("messageHash", hash)]).into())
}

fn decrypt(input: &Value) -> Result<Value, Problem> {
    let curve = pair(input, "curvePrivate", "curvePublic")?;
    // A validate key says that the letters of the box are signed; readers do not check with it.
    let keys = match optional(input, "validateKey")? {
        Some(_) => MailboxKeys::signed(curve),
        None => MailboxKeys::new(curve),
    };
    let opened = keys.open(string(input, "message")?);
    Ok(object([("result", or_null(opened.ok().map(letter)))]).into())
}

fn pair(input: &Value, private: &str, public: &str) -> Result<CurvePair, Problem> {
    let pair = CurvePair::from_base64(string(input, private)?)?;
    if pair.public().to_base64() == string(input, public)? {
        Ok(pair)
    } else {
        Err(Problem::Failed(format!("{public} does not follow from {private}")))
    }
}

pub(super) fn letter(letter: Letter) -> Value {
    object([("content", letter.content.into()), ("author", letter.author.into())]).into()
}
