//! The metadata log of a channel or blob, as far as an operator's rules need it: who owns it, who may join, when it ends.
//!
//! The first line is an object, every other one a command `["COMMAND", arguments, ms]`. Old channels have the object as the first
//! line of the log itself.

use crate::id::KeyName;
use pinfold_core::json::{self, Value};
use std::collections::BTreeSet;

/// Computed metadata.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Metadata {
    /// The owners whose keys have the form of a key.
    pub owners: BTreeSet<KeyName>,
    /// Whether only those on a list may join.
    pub restricted: bool,
    /// When the channel ends, in ms.
    pub expires: Option<i64>,
    /// Whether a line could not be read. An owner may be missing then.
    pub damaged: bool,
}

impl Metadata {
    /// Reads a metadata log. `None` when its first line is no object.
    ///
    /// A last line without a line break counts if it is whole: without it the server sees no owner and no key.
    pub fn read(log: &[u8]) -> Option<Self> {
        let mut lines =
            log.split(|byte| *byte == b'\n').filter(|line| !line.iter().all(u8::is_ascii_whitespace));
        let first = parse(lines.next()?)?;
        first.as_object()?;
        let mut metadata = Self {
            owners: keys(first.get("owners")).collect(),
            restricted: first.get("restricted") == Some(&Value::Bool(true)),
            expires: first.get("expire").and_then(Value::as_f64).filter(|at| *at > 0.0).map(|at| at as i64),
            damaged: false,
        };
        for line in lines {
            if parse(line).and_then(|value| metadata.apply(&value)).is_none() {
                metadata.damaged = true;
            }
        }
        Some(metadata)
    }

    fn apply(&mut self, line: &Value) -> Option<()> {
        let items = line.as_array()?;
        let command = items.first()?.as_str()?;
        let given = items.get(1);
        match command {
            "ADD_OWNERS" => self.owners.extend(keys(given)),
            "RM_OWNERS" => {
                for key in keys(given) {
                    self.owners.remove(&key);
                }
            }
            "RESET_OWNERS" => self.owners = keys(given).collect(),
            "RESTRICT_ACCESS" => self.restricted = given?.as_array()?.first() == Some(&Value::Bool(true)),
            _ => {}
        }
        Some(())
    }
}

fn parse(line: &[u8]) -> Option<Value> {
    json::parse(std::str::from_utf8(line).ok()?).ok()
}

fn keys(list: Option<&Value>) -> impl Iterator<Item = KeyName> + '_ {
    let list = list.and_then(Value::as_array).into_iter().flatten();
    list.filter_map(|key| key.as_str()?.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: &str = "sVJB3HikpVvJuN5O+LAZU9G5WZo5zUbX5JfDqwkoTFU=";
    const B: &str = "fLGMEYiQQRyIc9rdHZVfSsFzmC/qP1EIvWuNkCfo1TU=";

    fn owners(metadata: &Metadata) -> Vec<String> {
        metadata.owners.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn commands_change_what_the_first_line_says() {
        let log = format!(
            "{{\"channel\":\"x\",\"owners\":[\"{A}\"],\"expire\":1780000000000}}\n[\"ADD_OWNERS\",[\"{B}\"],1]\n[\"RM_OWNERS\",[\"{A}\"],2]\n[\"RESTRICT_ACCESS\",[true],3]"
        );
        let metadata = Metadata::read(log.as_bytes()).unwrap();
        assert_eq!(owners(&metadata), [B.replace('/', "-")]);
        assert_eq!(
            (metadata.restricted, metadata.expires, metadata.damaged),
            (true, Some(1_780_000_000_000), false)
        );
    }

    #[test]
    fn damage_is_said_and_a_message_is_no_metadata() {
        let log = format!("{{\"owners\":[\"{A}\",7,\"short\"]}}\n[\"ADD_OWN");
        let metadata = Metadata::read(log.as_bytes()).unwrap();
        assert_eq!((owners(&metadata), metadata.damaged), (vec![A.to_owned()], true));
        assert_eq!(Metadata::read(b"[0,\"s\",\"MSG\",\"c\",\"t\",1]\n"), None);
        assert_eq!(Metadata::read(b""), None);
    }
}
