//! What administrators decided at run time (`docs/OPERATIONS.md` 2.9): lines `["COMMAND",[args],"<author key>",ms]`.

use crate::id::KeyName;
use pinfold_core::json::{self, Value};
use std::collections::BTreeSet;

/// The decrees that matter to eviction. Later lines win, and decrees win over the configuration.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Decrees {
    /// `SET_INACTIVE_TIME`, in days; any integer.
    pub inactive_days: Option<i64>,
    /// `SET_ARCHIVE_RETENTION_TIME`, in days; any integer.
    pub archive_days: Option<i64>,
    /// `SET_ACCOUNT_RETENTION_TIME`, in days; any integer.
    pub account_days: Option<i64>,
    /// Accounts with a quota of their own.
    pub limits: BTreeSet<KeyName>,
    /// Lines that could not be read, counted from 1.
    pub damaged: Vec<usize>,
}

impl Decrees {
    /// Reads a log of decrees. Commands that do not matter here are passed over.
    pub fn read(log: &[u8]) -> Self {
        let mut decrees = Self::default();
        for (number, line) in log.split(|byte| *byte == b'\n').enumerate() {
            if !line.iter().all(u8::is_ascii_whitespace) && decrees.line(line).is_none() {
                decrees.damaged.push(number + 1);
            }
        }
        decrees
    }

    fn line(&mut self, line: &[u8]) -> Option<()> {
        let value = json::parse(std::str::from_utf8(line).ok()?).ok()?;
        let items = value.as_array()?;
        let first = items.get(1).and_then(Value::as_array).and_then(|args| args.first());
        match items.first()?.as_str()? {
            "SET_INACTIVE_TIME" => self.inactive_days = Some(integer(first?)?),
            "SET_ARCHIVE_RETENTION_TIME" => self.archive_days = Some(integer(first?)?),
            "SET_ACCOUNT_RETENTION_TIME" => self.account_days = Some(integer(first?)?),
            "SET_QUOTA" => self.limits.extend(account(first?.as_str()?)),
            "RM_QUOTA" => {
                if let Some(key) = account(first?.as_str()?) {
                    self.limits.remove(&key);
                }
            }
            _ => {}
        }
        Some(())
    }
}

fn integer(value: &Value) -> Option<i64> {
    if let Some(number) = value.as_u64() {
        return i64::try_from(number).ok();
    }
    let number = value.as_f64()?;
    (number.fract() == 0.0 && number.abs() < 1e12).then_some(number as i64)
}

/// The account of a key or of a user string `[name@host/key=]`.
pub fn account(text: &str) -> Option<KeyName> {
    if let Some(inner) = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')) {
        let (_, rest) = inner.split_once('@')?;
        return rest.split_once('/')?.1.parse().ok();
    }
    text.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn later_lines_win_and_damage_is_named() {
        let log = br#"["SET_INACTIVE_TIME",[30],"k",1]
["SET_INACTIVE_TIME",[-1],"k",2]
torn
["SET_QUOTA",["[bob@localhost:3000/bcMKLaV661gr09CanmLPF9WGFN0CUUQCRlxMLutT7/A=]",{"limit":1,"plan":"","note":""}],"k",3]
["RESTRICT_REGISTRATION",[true],"k",4]
"#;
        let decrees = Decrees::read(log);
        assert_eq!((decrees.inactive_days, decrees.archive_days), (Some(-1), None));
        assert_eq!(decrees.damaged, [3]);
        let limits: Vec<_> = decrees.limits.iter().map(KeyName::as_str).collect();
        assert_eq!(limits, ["bcMKLaV661gr09CanmLPF9WGFN0CUUQCRlxMLutT7-A="]);
    }
}
