//! What passes as files between the holder of a key and an operator about conflicts (`docs/recovery.md`): the operator's
//! `export`, and the decisions that its `settle` carries out. Each file says its version.

use pinfold_core::json::{Object, Value, canonical};

/// The version of the decisions that is written.
pub const VERSION: u32 = 1;

/// What an operator is to do about one conflict.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// The document.
    pub id: String,
    /// Which copy stays.
    pub right: Right,
    /// The SHA-256 of the live log that was looked at, in hexadecimal: with another one by now, nothing is done.
    pub live: Option<String>,
}

/// Which copy stays. No copy is thrown away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Right {
    /// The archived copy returns, and the live one is set aside.
    ArchivedWins,
    /// The live copy stays, and the archived one is set aside.
    LiveWins,
    /// Both are left where they are.
    Merge,
}

impl Right {
    /// Its name in the file.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ArchivedWins => "archived-wins",
            Self::LiveWins => "live-wins",
            Self::Merge => "merge",
        }
    }
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
