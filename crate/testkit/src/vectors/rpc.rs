//! `rpc.json`: signed and anonymous calls.
//!
//! Every message is made from the primitives. Where the product sends the command as well, its own
//! `Rpc` must send the same, but for the transaction id, which it draws and no signature covers.

use std::time::Duration;

use pinfold_core::crypto::sign::{SigningKey, VerifyingKey};
use pinfold_core::encoding::{decode_base64, encode_base64};
use pinfold_core::error::{Code, Error};
use pinfold_core::ids::EdPublic;
use pinfold_core::json::{Value, stringify};
use pinfold_core::ports::UnixMillis;
use pinfold_core::rpc::command::{Command, Reply};
use pinfold_core::rpc::{Outgoing, Rpc, anonymous};
use pinfold_core::secret::Secret;
use pinfold_core::wire::keeper::{self, KeeperText};

use super::Verdict;
use super::support::{Problem, field, input, judge_expect, object, optional, string};
use crate::entropy::Seeded;

/// Nothing here waits; the figure is that of a session.
const ANSWER_WITHIN: Duration = Duration::from_secs(30);

pub(super) fn check(case: &Value) -> Verdict {
    judge_expect(case, compute(case))
}

/// The input names no operation: the fields that are present decide which check runs.
fn compute(case: &Value) -> Result<Value, Problem> {
    let input = input(case)?;
    if let Some(conversation) = input.get("conversation").and_then(Value::as_array) {
        return converse(input, conversation);
    }
    let answer = input.get("answerAfterTxid").and_then(Value::as_array);
    match (input.get("edPrivate"), answer) {
        (Some(_), None) => signed(input),
        (None, Some(answer)) if input.get("command").is_some() => unsigned(input, answer),
        (None, Some(answer)) => {
            let name = case.get("name").and_then(Value::as_str).unwrap_or_default();
            Ok(object([("callbackArguments", called_back(name, answer)?.into())]).into())
        }
        _ => Err(Problem::NotSupported("neither a call nor an answer")),
    }
}

fn signed(input: &Value) -> Result<Value, Problem> {
    let key = SigningKey::from_base64(string(input, "edPrivate")?)?;
    let (public, txid) = (string(input, "edPublic")?, string(input, "txid")?);
    let (name, cookie) = (string(input, "command")?, optional(input, "cookie")?);
    let parts = [field(input, "cookie")?, field(input, "command")?, field(input, "argument")?];
    let signed_text = stringify(&Value::Array(parts.map(Value::clone).into()));
    let signature = key.sign_detached(signed_text.as_bytes());
    let mut body = vec![encode_base64(&signature).into(), public.into()];
    body.extend(parts.map(Value::clone));
    let message = stringify(&Value::Array(vec![txid.into(), body.into()]));
    // GET_HASH always names the key itself; the server ignores the argument (PROTOCOL.md 11.2).
    let usual = name != "GET_HASH" || field(input, "argument")?.as_str() == Some(public);
    if let Some(command) = command(name).filter(|_| usual) {
        let (ours, _) = sent(key.clone(), public, cookie, command)?;
        let ours = ours.text.replacen(&ours.txid, txid, 1);
        if ours != message {
            return Err(Problem::Failed(format!("the product sends {ours}")));
        }
    }
    let genuine = VerifyingKey::from_base64(public)?.verify_detached(signed_text.as_bytes(), &signature);
    let verdict = if genuine.is_ok() { "ok" } else { "INVALID_SIGNATURE_OR_PUBLIC_KEY" };
    Ok(object([
        ("signedText", signed_text.into()),
        ("signature", encode_base64(&signature).into()),
        ("message", message.into()),
        ("serverSays", verdict.into()),
    ])
    .into())
}

/// What the product sends for a command, on a connection whose newest cookie is this one, and the `Rpc` that
/// waits for the answer.
pub(super) fn sent(
    key: SigningKey,
    public: &str,
    cookie: Option<&str>,
    command: Command,
) -> Result<(Outgoing, Rpc), Problem> {
    let public = EdPublic::parse(public).ok_or_else(|| Problem::Failed("edPublic is no key".into()))?;
    let mut rpc = Rpc::new(key, public, ANSWER_WITHIN);
    let mut entropy = Seeded::new(1);
    if let Some(cookie) = cookie {
        rpc.submit(Command::Cookie);
        rpc.poll(UnixMillis(0), &mut entropy)?;
        rpc.answered(&[cookie.into()]);
    }
    rpc.submit(command);
    let sent = rpc.poll(UnixMillis(0), &mut entropy)?;
    Ok((sent.ok_or_else(|| Problem::Failed("the product sends nothing".into()))?, rpc))
}

/// The commands that the product sends and a test can make: PIN and RESET hold proof of what they name.
pub(super) fn command(name: &str) -> Option<Command> {
    Some(match name {
        "COOKIE" => Command::Cookie,
        "GET_HASH" => Command::GetHash,
        "GET_LIMIT" => Command::GetLimit,
        "GET_TOTAL_SIZE" => Command::GetTotalSize,
        _ => return None,
    })
}

/// A conversation is about the first command in it that is not COOKIE: the product submits it once, and
/// must by itself send what the real client sent, message for message.
fn converse(input: &Value, conversation: &[Value]) -> Result<Value, Problem> {
    let key = SigningKey::from_base64(string(input, "edPrivate")?)?;
    let public = EdPublic::parse(string(input, "edPublic")?);
    let mut rpc =
        Rpc::new(key, public.ok_or_else(|| Problem::Failed("edPublic is no key".into()))?, ANSWER_WITHIN);
    let mut entropy = Seeded::new(1);
    let about = conversation.iter().find_map(|step| {
        let message = Value::parse(step.get("message")?.as_str()?).ok()?;
        let name = message.at(1)?.at(3)?.as_str()?;
        (name != "COOKIE").then(|| name.to_owned())
    });
    let about = about.and_then(|name| command(&name));
    rpc.submit(about.ok_or(Problem::NotSupported("a conversation about a command of others"))?);
    let mut names: Option<(String, String)> = None;
    let mut settled = None;
    for step in conversation {
        let message = string(step, "message")?;
        let txid = Value::parse(message).ok().and_then(|m| m.at(0)?.as_str().map(str::to_owned));
        let txid = txid.ok_or_else(|| Problem::Failed("a message has no transaction id".into()))?;
        match (string(step, "from")?, &names) {
            ("client", _) => {
                let ours = rpc.poll(UnixMillis(0), &mut entropy)?;
                let ours = ours.ok_or_else(|| Problem::Failed("the product sends nothing".into()))?;
                let text = ours.text.replacen(&ours.txid, &txid, 1);
                if text != message {
                    return Err(Problem::Failed(format!("the product sends {text}")));
                }
                if names.as_ref().is_some_and(|(_, before)| *before == ours.txid) {
                    return Err(Problem::Failed("a transaction id is used twice".into()));
                }
                names = Some((txid, ours.txid));
            }
            ("server", Some((theirs, ours))) if *theirs == txid && rpc.expects(ours) => {
                let KeeperText::Answer { body, .. } = keeper::read(message) else {
                    return Err(Problem::Failed("the product does not see an answer".into()));
                };
                settled = rpc.answered(&body);
            }
            _ => return Err(Problem::Failed("an answer to nothing".into())),
        }
    }
    let settled = settled.ok_or_else(|| Problem::Failed("the call did not end".into()))?;
    let result = match settled.result {
        Ok(reply) => values(reply).into_iter().next().unwrap_or_default(),
        Err(error) => object([("throws", error.code().as_str().into())]).into(),
    };
    Ok(object([("result", result)]).into())
}

fn values(reply: Reply) -> Vec<Value> {
    match reply {
        Reply::Done => Vec::new(),
        Reply::Hash(hash) => vec![hash.into()],
        Reply::Limit { bytes, plan, note } => vec![(bytes as f64).into(), plan.into(), note.into()],
        Reply::Size(bytes) => vec![(bytes as f64).into()],
    }
}

fn unsigned(input: &Value, answer: &[Value]) -> Result<Value, Problem> {
    let (txid, command) = (string(input, "txid")?, string(input, "command")?);
    let argument = field(input, "argument")?;
    let body = Value::Array(vec![command.into(), argument.clone()]);
    let message = stringify(&Value::Array(vec![txid.into(), body]));
    if let Some(argument) = argument.as_str() {
        let ours = anonymous(txid, command, argument);
        if ours != message {
            return Err(Problem::Failed(format!("the product sends {ours}")));
        }
    }
    let body = heard(txid, answer)?;
    let arguments = match body.as_slice() {
        [Value::String(word), detail, ..] if word.as_str() == Some("ERROR") => vec![detail.clone()],
        [error, rest @ ..] => vec![error.clone(), rest.to_vec().into()],
        [] => Vec::new(),
    };
    Ok(object([("message", message.into()), ("callbackArguments", arguments.into())]).into())
}

/// What the real client's callers get for an answer, made from what ours get. Which command was called
/// stands in nothing but the name of the case.
fn called_back(name: &str, answer: &[Value]) -> Result<Vec<Value>, Problem> {
    let (command, malformed) = match name.strip_prefix("answer: ").unwrap_or(name) {
        name if name.contains("hash") => (Command::GetHash, "NO_HASH_RETURNED"),
        name if name.contains("limit") => (Command::GetLimit, "INVALID_RESPONSE"),
        name if name.contains("size") => (Command::GetTotalSize, "INVALID_RESPONSE"),
        _ => (Command::Cookie, "INVALID_RESPONSE"),
    };
    let key = any_key();
    let public = key.verifying_key().to_base64();
    let (outgoing, mut rpc) = sent(key, &public, Some("1|1|1"), command)?;
    let body = heard(&outgoing.txid, answer)?;
    let settled = rpc.answered(&body).ok_or_else(|| Problem::Failed("the call did not end".into()))?;
    let removal = name.contains("remove");
    Ok(match settled.result {
        // No command of ours has this answer (PROTOCOL.md 11.2): the word is the whole of it.
        Ok(Reply::Done) if removal && body.get(1).and_then(Value::as_str) == Some("OK") => Vec::new(),
        Ok(Reply::Done) if removal => vec![malformed.into()],
        // A caller of ours learns nothing of the rest where there is nothing to learn.
        Ok(Reply::Done) => vec![Value::Null, body.get(1..).unwrap_or_default().to_vec().into()],
        Ok(reply) => [Value::Null].into_iter().chain(values(reply)).collect(),
        Err(error) if error.code() == Code::PeerMalformed => vec![malformed.into()],
        Err(error) => vec![word(&error).into(), Value::Null],
    })
}

/// The elements after the transaction id, as the product reads them off the wire.
fn heard(txid: &str, answer: &[Value]) -> Result<Vec<Value>, Problem> {
    let text = stringify(&Value::Array([txid.into()].into_iter().chain(answer.iter().cloned()).collect()));
    match keeper::read(&text) {
        KeeperText::Answer { word, body } if word == txid => Ok(body),
        other => Err(Problem::Failed(format!("the product hears {other:?}"))),
    }
}

/// The server's word for an error of ours.
fn word(error: &Error) -> String {
    let kept = error.detail().iter().find(|(key, _)| *key == "answer").map(|(_, word)| word.clone());
    match error.code() {
        Code::PinsOverLimit => "E_OVER_LIMIT".to_owned(),
        Code::RpcNoCookie => "NO_COOKIE".to_owned(),
        code => kept.unwrap_or_else(|| code.as_str().to_owned()),
    }
}

/// A key, where it does not matter which.
pub(super) fn any_key() -> SigningKey {
    SigningKey::from_seed(&Secret::derive_with(|bytes| bytes.fill(7)))
}

/// Whether a signature of the wire is by a key, as the server checks it.
pub(super) fn genuine(signature: &str, public: &str, signed_text: &str) -> bool {
    let signature = decode_base64(signature).and_then(|bytes| <[u8; 64]>::try_from(bytes).ok());
    match (signature, VerifyingKey::from_base64(public)) {
        (Some(signature), Ok(key)) => key.verify_detached(signed_text.as_bytes(), &signature).is_ok(),
        _ => false,
    }
}
