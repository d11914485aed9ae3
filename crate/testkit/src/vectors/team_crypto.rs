//! `team_crypto.json`: keys and messages of rosters.

use pinfold_core::crypto::curve::CurvePair;
use pinfold_core::crypto::sign::{SigningKey, VerifyingKey};
use pinfold_core::error::Code;
use pinfold_core::ids::{ChannelId, MessageHash};
use pinfold_core::json::Value;
use pinfold_core::secret::SecretText;
use pinfold_core::team::TeamKeys;

use super::Verdict;
use super::mailbox_crypto::letter;
use super::support::{
    Draws, Problem, defined, field, flag, hex, input, judge_expect, object, optional, or_null, string,
};

pub(super) fn check(case: &Value) -> Verdict {
    judge_expect(case, compute(case))
}

fn compute(case: &Value) -> Result<Value, Problem> {
    let input = input(case)?;
    match string(input, "op")? {
        "deriveMemberKeys" => {
            let keys = TeamKeys::from_seed(string(input, "seed")?)?;
            let mine = (optional(input, "curvePublic")?, optional(input, "curvePrivate")?);
            Ok(object([("keys", describe(&keys, mine))]).into())
        }
        "deriveGuestKeys" => {
            let keys = TeamKeys::from_view_key(string(input, "viewKeyStr")?)?;
            Ok(object([("keys", describe(&keys, (None, None)))]).into())
        }
        "encrypt" => encrypt(input),
        "decrypt" => decrypt(input),
        _ => Err(Problem::NotSupported("unknown operation")),
    }
}

/// The keys as the real code names them. One's own pair is handed through.
fn describe(keys: &TeamKeys, (my_public, my_private): (Option<&str>, Option<&str>)) -> Value {
    defined([
        ("myCurvePublic", my_public.map(Value::from)),
        ("myCurvePrivate", my_private.map(Value::from)),
        ("teamEdPrivate", keys.sign.as_ref().map(|key| key.to_base64().expose().into())),
        ("teamEdPublic", keys.verify.as_ref().map(|key| key.to_base64().into())),
        ("channel", Some(keys.channel.as_str().into())),
        ("teamCurvePublic", Some(keys.curve.public().to_base64().into())),
        ("teamCurvePrivate", Some(keys.curve.secret_base64().expose().into())),
        ("viewKeyStr", Some(keys.view_key.expose().into())),
    ])
}

fn encrypt(input: &Value) -> Result<Value, Problem> {
    let author = CurvePair::from_base64(string(field(input, "keys")?, "myCurvePrivate")?)?;
    let draws = ["innerNonceHex", "ephemeralSecretHex", "outerNonceHex"].map(|key| hex(input, key));
    let mut draws = Draws::new(draws.into_iter().collect::<Result<Vec<_>, _>>()?);
    let message = keys(input)?.seal(string(input, "plaintext")?, &author, &mut draws)?;
    draws.finish()?;
    let hash = MessageHash::of(&message);
    let hash = or_null(hash.map(|hash| hash.as_str().to_owned()));
    Ok(object([("message", message.into()), ("messageHash", hash)]).into())
}

fn decrypt(input: &Value) -> Result<Value, Problem> {
    let (keys, message) = (keys(input)?, string(input, "message")?);
    let opened =
        if flag(input, "skipValidation") { keys.open_unverified(message) } else { keys.open(message) };
    match opened {
        // The real code calls this a wrong configuration, and every other failure "null".
        Err(error) if error.code() == Code::CryptoNoValidateKey => Err(error.into()),
        opened => Ok(object([("result", or_null(opened.ok().map(letter)))]).into()),
    }
}

fn keys(input: &Value) -> Result<TeamKeys, Problem> {
    let keys = field(input, "keys")?;
    let channel = ChannelId::parse(string(keys, "channel")?);
    Ok(TeamKeys {
        channel: channel.ok_or_else(|| Problem::Failed("channel is no channel".into()))?,
        curve: CurvePair::from_base64(string(keys, "teamCurvePrivate")?)?,
        view_key: SecretText::new(string(keys, "viewKeyStr")?.into()),
        sign: optional(keys, "teamEdPrivate")?.map(SigningKey::from_base64).transpose()?,
        verify: optional(keys, "teamEdPublic")?.map(VerifyingKey::from_base64).transpose()?,
    })
}
