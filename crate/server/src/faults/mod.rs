//! Misbehaviour on demand: a list of rules, each with a condition and an action.
//!
//! The list comes from `--faults FILE`, from [`Options::faults`](super::Options), or live through
//! `GET`, `PUT` and `DELETE /pinfold/faults`. `docs/faults.md` has the same with examples.
//!
//! ```json
//! { "faults": [
//!   { "name": "folder gone", "on": { "channel": "4f91…fd87" }, "do": { "kind": "new", "reason": "PASSWORD_CHANGE" } },
//!   { "on": { "command": "RESET" }, "times": 1, "do": { "kind": "cut", "at": "stored" } },
//!   { "on": { "command": "GET_HISTORY" }, "skip": 2, "times": 1, "do": { "kind": "delay", "ms": 5000 } }
//! ] }
//! ```
//!
//! A rule:
//!
//! | field | meaning |
//! |---|---|
//! | `name` | any text, given back by `GET` |
//! | `on.channel` | the channel, blob or block id the request is about |
//! | `on.command` | `JOIN`, `LEAVE`, `MSG` (a channel write), `GET_HISTORY`, `GET_HISTORY_RANGE`, `GET_FULL_HISTORY`, the name of any RPC, `HTTP_CONFIG`, `HTTP_BLOCK`, `HTTP_BLOB`, `HTTP_AUTH` |
//! | `on.account` | base64 public key: an authenticated RPC by it, or anything on a connection that proved to hold it |
//! | `on.frame` | the n-th client frame of a connection, counted from 1 |
//! | `skip` | lets the first so many matches pass (default 0) |
//! | `times` | how often the rule acts (default: always) |
//! | `do` | what it does, see [`Action`] |
//!
//! Every field of `on` that is given has to match; an empty `on` matches everything the action can apply to.
//! All rules that match a request act on it; of two that contradict each other the earlier one wins.

mod list;
mod verdict;

pub use list::FaultStatus;
pub(crate) use list::Faults;
pub(crate) use verdict::{Instead, Occasion, Verdict};

use pinfold_core::error::{Code, Error};
use serde::{Deserialize, Serialize};

/// More rules than a test could mean.
const MOST_RULES: usize = 1000;
/// Longest `oversized` frame, in bytes.
const LARGEST_FRAME: u64 = 512 * 1024 * 1024;

/// One rule.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// Any text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What it answers to.
    #[serde(default)]
    pub on: Matcher,
    /// How many matches pass first.
    #[serde(default)]
    pub skip: u64,
    /// How often it acts; `None`: always.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times: Option<u64>,
    /// What it does.
    #[serde(rename = "do")]
    pub action: Action,
}

/// What a rule answers to; `None` matches anything.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Matcher {
    /// A channel, blob or block id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<String>,
    /// A command, in the spelling of the table above.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub command: Option<String>,
    /// A base64 public key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// A client frame of a connection, counted from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub frame: Option<u64>,
}

/// A moment of a request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Moment {
    /// When it arrives: it is not carried out.
    #[default]
    Request,
    /// When it was carried out and stored, before its answer. An RPC's netflux ACK is sent, a channel
    /// write's is not: that ACK is its answer.
    Stored,
    /// When it was answered.
    Answered,
}

/// What a rule does. `kind` names it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", rename_all_fields = "camelCase", deny_unknown_fields)]
pub enum Action {
    /// Waits before the request is carried out. Other requests of the connection overtake it.
    Delay {
        /// Milliseconds.
        ms: u64,
    },
    /// Waits before the request is carried out until the list of rules is replaced or cleared. So whoever watches decides when
    /// it goes on, and no clock does. Other requests of the connection overtake it.
    Hold,
    /// Never answers.
    Silence {
        /// Whether the request is carried out all the same.
        #[serde(default)]
        at: Moment,
    },
    /// Leaves one message out of a history answer.
    DropMessage {
        /// Which, counted from 1; negative: from the end.
        nth: i64,
    },
    /// Sends the messages of a history answer in another order: two exchanged, or all reversed.
    Reorder {
        /// The two, counted from 1.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        swap: Option<[usize; 2]>,
    },
    /// Changes the ciphertext of messages in a history answer.
    Tamper {
        /// Which, counted from 1; negative: from the end; none: all.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        nth: Option<i64>,
    },
    /// Ends the connection without a close frame.
    Cut {
        /// When.
        #[serde(default)]
        at: Moment,
        /// Instead of `at`: after so many frames of the answer (the ACK of a history request or RPC not counted).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        frames: Option<u64>,
    },
    /// Treats the channel as restricted.
    Restrict {
        /// Who is allowed; none: nobody, and the refusal lists the keys of the real metadata.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        keys: Option<Vec<String>>,
    },
    /// Treats the channel as absent.
    New {
        /// The placeholder's text, as if it had been archived with a reason.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    /// Answers with an error and does nothing else. HTTP requests get the number in `error` as their status.
    Error {
        /// The error's name, e.g. `E_OVER_LIMIT` or `EDELETED`.
        error: String,
        /// The `message` of a history error, e.g. `PASSWORD_CHANGE`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        message: Option<String>,
    },
    /// Sends this frame instead of an answer.
    Garbage {
        /// Its text; by default no JSON at all.
        #[serde(default = "no_json")]
        frame: String,
    },
    /// Sends a frame of this size instead of an answer.
    Oversized {
        /// Bytes, at most 512 MiB.
        bytes: u64,
    },
    /// Answers an authenticated RPC with NO_COOKIE.
    NoCookie,
    /// Carried out once, when the rule is installed: unpins ids from pin logs and ends their sessions, so
    /// that a demonstration has something to pin. Applies to `on.account`, or to every user's log.
    ForgetPins {
        /// How many ids of each log, from the end of the sorted list.
        count: usize,
    },
}

fn no_json() -> String {
    "{\"this is\": not a frame".into()
}

/// The content of a faults file and of `PUT /pinfold/faults`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FaultFile {
    /// The rules, in order of precedence.
    pub faults: Vec<Fault>,
}

impl FaultFile {
    /// Reads and checks the JSON text.
    ///
    /// # Errors
    /// `misuse/bad-argument` with the parser's reason.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let refuse = |reason: String| {
            Error::new(Code::MisuseBadArgument, "the list of faults cannot be used").with("reason", reason)
        };
        let file: Self = serde_json::from_str(text).map_err(|error| refuse(error.to_string()))?;
        file.check().map_err(|reason| refuse(reason.into()))?;
        Ok(file)
    }

    fn check(&self) -> Result<(), &'static str> {
        if self.faults.len() > MOST_RULES {
            return Err("more than 1000 rules");
        }
        for fault in &self.faults {
            match fault.action {
                Action::Oversized { bytes } if bytes > LARGEST_FRAME => {
                    return Err("oversized: at most 512 MiB");
                }
                Action::DropMessage { nth: 0 } | Action::Tamper { nth: Some(0) } => {
                    return Err("messages are counted from 1");
                }
                Action::Reorder { swap: Some([a, b]) } if a == 0 || b == 0 => {
                    return Err("messages are counted from 1");
                }
                _ => {}
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_examples_of_the_documentation_parse_and_come_back() {
        let documented = include_str!("../../../../docs/faults.md");
        let examples: Vec<&str> =
            documented.split("```json").skip(1).filter_map(|part| part.split("```").next()).collect();
        assert!(examples.len() >= 3);
        for example in examples {
            let file = FaultFile::parse(example).unwrap();
            let again = serde_json::to_string(&file).unwrap();
            assert_eq!(FaultFile::parse(&again).unwrap(), file);
        }
    }

    #[test]
    fn a_misspelt_rule_is_refused_rather_than_ignored() {
        for text in [
            r#"{"faults":[{"on":{"chanel":"x"},"do":{"kind":"no-cookie"}}]}"#,
            r#"{"faults":[{"do":{"kind":"delay","sec":1}}]}"#,
            r#"{"faults":[{"do":{"kind":"delay","ms":1,"sec":1}}]}"#,
            r#"{"faults":[{"do":{"kind":"drop-message","nth":0}}]}"#,
            r#"{"faults":[{"do":{"kind":"oversized","bytes":99999999999}}]}"#,
            r#"[]"#,
        ] {
            assert_eq!(FaultFile::parse(text).unwrap_err().code(), Code::MisuseBadArgument, "{text}");
        }
    }
}
