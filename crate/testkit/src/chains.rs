//! Chains for tests in another language: requests and answers, one JSON array or object a line.
//!
//! | request | answer |
//! |---|---|
//! | `["open", chain, mode]` | `{}` |
//! | `["push", chain, [message, …]]` | `{"steps": [[outcome, best hash, digest], …]}` |
//! | `["read", chain]` | `{"document", "best", "root", "depth", "pending", "known", "strays"}` |
//! | `["towards", chain, wanted]` | `{"message"}`, which is `null` at the goal, or `{"fault"}` |
//! | `["close", chain]` | `{}` |
//!
//! A chain is named by any text, a mode as in the vectors. An outcome is a [`Step`](pinfold_core::chainpad::Step) in Rust's notation. A
//! digest is SHA-256 over all bytes of the document in UTF-16, low byte first: the protocol's own hash does
//! not see the high ones.

use std::collections::HashMap;

use pinfold_core::chainpad::{Chain, Hash, Mode};
use pinfold_core::json::{Object, Text, Value, stringify};

/// The chains that are open.
#[derive(Default)]
pub struct Chains(HashMap<Text, Chain>);

impl Chains {
    /// Answers one line.
    ///
    /// # Errors
    /// What is wrong with the request.
    pub fn answer(&mut self, line: &str) -> Result<String, String> {
        let request = Value::parse(line).map_err(|error| error.to_string())?;
        let name = request.at(1).and_then(Value::as_text).ok_or("the chain has no name")?;
        let argument = request.at(2);
        let verb = request.at(0).and_then(Value::as_str).unwrap_or_default();
        let answer = match verb {
            "open" => self.open(name, argument),
            "close" => self.0.remove(name).map(|_| Object::new()).ok_or_else(|| "no such chain".to_owned()),
            _ => {
                let chain = self.0.get_mut(name).ok_or("no such chain")?;
                match verb {
                    "push" => push(chain, argument),
                    "read" => Ok(read(chain)),
                    "towards" => towards(chain, argument),
                    _ => Err(format!("no request {verb:?}")),
                }
            }
        };
        answer.map(|answer| stringify(&answer.into()))
    }

    fn open(&mut self, name: &Text, mode: Option<&Value>) -> Result<Object, String> {
        let mode = mode.and_then(Value::as_str).and_then(mode_named).ok_or("no such mode")?;
        self.0.insert(name.clone(), Chain::new(mode));
        Ok(Object::new())
    }
}

/// The mode that vectors call by this name.
pub fn mode_named(name: &str) -> Option<Mode> {
    match name {
        "listmap" => Some(Mode::ListMap),
        "pad" => Some(Mode::Pad),
        "text" => Some(Mode::Text),
        _ => None,
    }
}

fn push(chain: &mut Chain, messages: Option<&Value>) -> Result<Object, String> {
    let messages = messages.and_then(Value::as_array).ok_or("no messages")?;
    let step = |message: &Value| {
        let outcome = chain.push(message.as_str().ok_or("a message is no text")?);
        Ok(Value::from(vec![format!("{outcome:?}").into(), hash(chain.best_hash()), digest(chain)]))
    };
    let steps = messages.iter().map(step).collect::<Result<Vec<_>, String>>()?;
    Ok(object([("steps", steps.into())]))
}

fn read(chain: &Chain) -> Object {
    let hashes =
        |hashes: Vec<Hash>| Value::from(hashes.into_iter().map(|h| hash(Some(h))).collect::<Vec<_>>());
    object([
        ("document", chain.document_text().into()),
        ("best", hash(chain.best_hash())),
        ("root", hash(chain.root_hash())),
        ("depth", Value::from(chain.depth_since_root() as f64)),
        ("pending", chain.initial_pending().into()),
        ("known", hashes(chain.known_hashes().collect())),
        ("strays", hashes(chain.strays().collect())),
    ])
}

fn towards(chain: &mut Chain, wanted: Option<&Value>) -> Result<Object, String> {
    let wanted = wanted.and_then(Value::as_text).ok_or("no wanted document")?;
    Ok(match chain.message_towards(wanted) {
        Ok(message) => object([("message", message.map_or(Value::Null, |message| message.to_json().into()))]),
        Err(fault) => object([("fault", format!("{fault:?}").into())]),
    })
}

fn digest(chain: &Chain) -> Value {
    let bytes: Vec<u16> =
        chain.document().iter().flat_map(|unit| unit.to_le_bytes()).map(u16::from).collect();
    hash(Some(Hash::of_units(&bytes)))
}

fn hash(hash: Option<Hash>) -> Value {
    hash.map_or(Value::Null, |hash| hash.to_string().into())
}

fn object<const N: usize>(entries: [(&str, Value); N]) -> Object {
    let mut object = Object::new();
    for (key, value) in entries {
        object.insert(key, value);
    }
    object
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_towards_a_document_leads_there() {
        let mut chains = Chains::default();
        let mut ask = |line: &str| chains.answer(line).unwrap_or_else(|error| error);
        assert_eq!(ask(r#"["open","a","text"]"#), "{}");
        let message = ask(r#"["towards","a","š\ud83d"]"#);
        let message = message.trim_start_matches(r#"{"message":"#).trim_end_matches('}');
        assert!(ask(&format!(r#"["push","a",[{message}]]"#)).contains(r#"[["Applied","#));
        assert!(ask(r#"["read","a"]"#).starts_with(r#"{"document":"š\ud83d","#));
        assert_eq!(ask(r#"["towards","a","š\ud83d"]"#), r#"{"message":null}"#);
        assert_eq!(ask(r#"["close","a"]"#), "{}");
        assert_eq!(ask(r#"["read","a"]"#), "no such chain");
    }
}
