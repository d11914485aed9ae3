//! What passes as files between an operator and the holder of a key (`docs/recovery.md`), each file with its version: the notice for
//! one account, and the decisions about documents that lie in the archive and live. The operator's program and the client's read and write
//! them by the names and versions that stand here.

use crate::error::{Code, Error};
use crate::json::{Object, Value, canonical};
use crate::names::names;

/// The version of both files.
pub const VERSION: u32 = 1;
/// The most documents of a notice that are read.
const MOST: usize = 1_000_000;
/// The most times in the archive that are kept of one document, and read: the last ones.
pub const MOST_TIMES: usize = 8;

names! {
    /// What happened to a document, as a notice says it.
    #[derive(Hash, PartialOrd, Ord)]
    Happened, "What happened to a document.":
    /// It waits to be moved to cold storage.
    Marked = "marked",
    /// It was moved to cold storage.
    Archived = "archived",
    /// It was moved back.
    Restored = "restored",
    /// It lies in both places.
    Conflict = "conflict",
}

names! {
    /// Which copy of a document stays. No copy is thrown away.
    #[derive(Hash)]
    Right, "Which copy of a document stays.":
    /// The archived copy returns, and the live one is set aside.
    ArchivedWins = "archived-wins",
    /// The live copy stays, and the archived one is set aside.
    LiveWins = "live-wins",
    /// Both are left where they are.
    Merge = "merge",
}

/// What an operator is to do about one document that lies in both places.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// The document.
    pub id: String,
    /// Which copy stays.
    pub right: Right,
    /// The SHA-256 of the live log that was looked at, in hexadecimal: with another one by now, nothing is done.
    pub live: Option<String>,
}

/// The text of a file of decisions.
pub fn decisions(all: &[Decision]) -> String {
    let one = |decision: &Decision| {
        let mut object = Object::new();
        object.insert("id", decision.id.as_str());
        object.insert("right", decision.right.as_str());
        if let Some(live) = &decision.live {
            object.insert("live", live.as_str());
        }
        Value::Object(object)
    };
    let mut file = Object::new();
    file.insert("version", f64::from(VERSION));
    file.insert("verdicts", all.iter().map(one).collect::<Vec<_>>());
    format!("{}\n", canonical(&Value::Object(file)))
}

/// What a notice says of one document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// Which.
    pub id: String,
    /// What happened to it last; `None` for what is not known here.
    pub event: Option<Happened>,
    /// When, in milliseconds since the epoch.
    pub at: Option<u64>,
    /// From when to when it lay in the archive, each time that it was moved back: at most [`MOST_TIMES`].
    pub away: Vec<(u64, u64)>,
}

/// Reads a notice. What is no item is passed over. Notices that were written before there was `away` are read as well.
///
/// # Errors
/// `misuse/bad-argument` for another version, for what is no notice, and for one with more than a million documents.
pub fn notice(text: &str) -> Result<Vec<Item>, Error> {
    let bad = |why: &'static str| Error::new(Code::MisuseBadArgument, why);
    let file = Value::parse(text).map_err(|_| bad("the notice is no JSON"))?;
    if file.get("version").and_then(Value::as_u64) != Some(u64::from(VERSION)) {
        return Err(bad("the notice is of a version that is not known here"));
    }
    let items = file.get("items").and_then(Value::as_array).ok_or_else(|| bad("the notice lists nothing"))?;
    if items.len() > MOST {
        return Err(bad("the notice lists too much"));
    }
    Ok(items.iter().filter_map(item).collect())
}

fn item(item: &Value) -> Option<Item> {
    let time = |value: Option<&Value>| value.and_then(Value::as_u64);
    let pair = |pair: &Value| {
        let (from, until) = (time(pair.at(0))?, time(pair.at(1))?);
        (from <= until).then_some((from, until))
    };
    let away = item.get("away").and_then(Value::as_array).unwrap_or_default();
    Some(Item {
        id: item.get("id")?.as_str()?.to_owned(),
        event: item.get("event")?.as_str()?.parse().ok(),
        at: time(item.get("at")),
        away: away.iter().rev().take(MOST_TIMES).filter_map(pair).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_notice_is_refused() {
        for bad in
            ["", "{}", r#"{"version":2,"items":[]}"#, r#"{"version":1}"#, r#"{"version":1,"items":{}}"#]
        {
            assert_eq!(notice(bad).unwrap_err().code(), Code::MisuseBadArgument, "{bad}");
        }
        assert_eq!(notice(r#"{"version":1,"items":[]}"#).unwrap(), []);
    }

    #[test]
    fn what_is_no_item_and_no_time_is_passed_over() {
        let text = r#"{"version":1,"items":[7,{"id":"a"},{"event":"restored"},{"id":"b","event":"new"},
            {"id":"c","event":"restored","at":9,"away":[[1,2],[4,3],[5],"x",[6,6]]}]}"#;
        let item = |id: &str, event, at, away: &[_]| Item { id: id.into(), event, at, away: away.to_vec() };
        let restored = item("c", Some(Happened::Restored), Some(9), &[(6, 6), (1, 2)]);
        assert_eq!(notice(text).unwrap(), [item("b", None, None, &[]), restored]);
    }

    #[test]
    fn a_file_of_decisions_says_its_version() {
        let decision = Decision { id: "a".into(), right: Right::Merge, live: None };
        assert_eq!(
            decisions(&[decision]),
            "{\"verdicts\":[{\"id\":\"a\",\"right\":\"merge\"}],\"version\":1}\n"
        );
    }
}
