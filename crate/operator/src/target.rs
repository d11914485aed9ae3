//! What an action is about, with its name in the journal and in plans.

use pinfold_datadir::id::{ItemId, KeyName};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// What an action is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Target {
    /// A channel or a blob.
    Item(ItemId),
    /// A pin log.
    PinLog(KeyName),
    /// A log-in block.
    Block(KeyName),
    /// The report on an account that was archived.
    Report(KeyName),
    /// A task: the name of its folder and its own.
    Task(Box<str>),
    /// An older copy of a channel or a blob, by its number, where it matters that it may lie in an object store.
    Older(ItemId, u32),
}

/// Where an object store holds a copy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Elsewhere {
    /// The store, without credentials.
    pub address: String,
    /// The object that lists the parts of the copy.
    pub manifest: String,
    /// The SHA-256, in hex, of what the manifest says of the copy.
    pub sha256: String,
}

/// Why a text names no [`Target`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("neither an id, nor a key, nor block/KEY, report/KEY, task/DAY/NAME or older/ID/N")]
pub struct NotATarget;

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Item(id) => id.fmt(f),
            Self::PinLog(key) => key.fmt(f),
            Self::Block(key) => write!(f, "block/{key}"),
            Self::Report(key) => write!(f, "report/{key}"),
            Self::Task(name) => write!(f, "task/{name}"),
            Self::Older(id, n) => write!(f, "older/{id}/{n}"),
        }
    }
}

impl FromStr for Target {
    type Err = NotATarget;

    fn from_str(text: &str) -> Result<Self, NotATarget> {
        let key = |text: &str| text.parse::<KeyName>().map_err(|_| NotATarget);
        if let Ok(id) = text.parse() {
            return Ok(Self::Item(id));
        }
        if let Ok(name) = key(text) {
            return Ok(Self::PinLog(name));
        }
        match text.split_once('/') {
            Some(("block", rest)) => key(rest).map(Self::Block),
            Some(("report", rest)) => key(rest).map(Self::Report),
            Some(("task", rest)) if !rest.split('/').any(|part| matches!(part, "" | "." | "..")) => {
                Ok(Self::Task(rest.into()))
            }
            Some(("older", rest)) => {
                let (id, n) = rest.split_once('/').ok_or(NotATarget)?;
                // Spelled as it is printed: one copy has one name.
                let number: u32 = n.parse().map_err(|_| NotATarget)?;
                let id = id.parse().map_err(|_| NotATarget)?;
                if number.to_string() == n { Ok(Self::Older(id, number)) } else { Err(NotATarget) }
            }
            _ => Err(NotATarget),
        }
    }
}

impl TryFrom<String> for Target {
    type Error = NotATarget;

    fn try_from(text: String) -> Result<Self, NotATarget> {
        text.parse()
    }
}

impl From<Target> for String {
    fn from(target: Target) -> Self {
        target.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_target_is_read_back() {
        let key = "HSFw-mSe13urwJ97HvTzw4QbbxgS3QMYQrcuKGRA8fE=";
        for text in [
            "0958d568c112a2db6bf1993043ab77f1",
            key,
            &format!("block/{key}"),
            &format!("report/{key}"),
            "task/1779926400000/1jAK+x-Q==.ndjson",
            "older/0958d568c112a2db6bf1993043ab77f1/12",
        ] {
            assert_eq!(text.parse::<Target>().map(|target| target.to_string()), Ok(text.into()));
        }
        for text in [
            "",
            "block/short",
            "task/../x",
            "task//x",
            "other/x",
            "older/x/1",
            "older/0958d568c112a2db6bf1993043ab77f1/01",
        ] {
            assert_eq!(text.parse::<Target>(), Err(NotATarget), "{text}");
        }
    }
}
