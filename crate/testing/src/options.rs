//! What a test asks for, as JSON: how large the account is, how it is signed in to, what goes wrong.
//!
//! ```json
//! { "seed": 1, "documents": 3, "folders": 2, "perFolder": 4, "closedFolders": 1, "teams": 1, "letters": 5, "mixed": true,
//!   "username": "alice", "password": "long enough",
//!   "faults": [{ "command": "GET_HISTORY", "folder": 1, "number": 1, "fault": "empty" }] }
//! ```

use pinfold_core::error::{Code, Error};
use pinfold_core::json::Value;
use pinfold_testkit::account::{Login, Plan, Variety};
use pinfold_testkit::world::fault::Fault;

/// No part of an account is larger.
const MOST: u64 = 10_000;

/// The names of what can go wrong.
pub const FAULTS: [(&str, Fault); 14] = [
    ("lost", Fault::Lost),
    ("cut", Fault::Cut),
    ("late", Fault::Late),
    ("dropped", Fault::Dropped),
    ("twice", Fault::Twice),
    ("refused", Fault::Refused),
    ("new", Fault::New),
    ("empty", Fault::Empty),
    ("truncated", Fault::Truncated),
    ("gap", Fault::Gap),
    ("replayed", Fault::Replayed),
    ("garbage", Fault::Garbage),
    ("wrong-hash", Fault::WrongHash),
    ("ignored", Fault::Ignored),
];

/// The requests that something can happen to. A letter is `MSG` too, with its mailbox as the channel. A fault for another one
/// would never act, and the test would pass.
pub const COMMANDS: [&str; 16] = [
    "JOIN",
    "LEAVE",
    "MSG",
    "PING",
    "GET_HISTORY",
    "GET_HISTORY_RANGE",
    "IS_NEW_CHANNEL",
    "GET_FILE_SIZE",
    "GET_METADATA",
    "COOKIE",
    "GET_HASH",
    "EXPIRE_SESSION",
    "PIN",
    "UNPIN",
    "RESET",
    "REMOVE_OWNED_CHANNEL",
];

/// Why there is no account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unfit {
    /// An option is not taken: why, in words.
    Option(String),
    /// It could not be built.
    Build(Error),
}

impl Unfit {
    /// Its code, and what it says.
    pub fn told(&self) -> (Code, &str) {
        match self {
            Self::Option(words) => (Code::MisuseBadArgument, words),
            Self::Build(error) => (error.code(), error.message()),
        }
    }
}

/// One thing that goes wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Planned {
    /// With the answer to which command: `JOIN`, `GET_HISTORY`, `PIN`, `MSG`, …
    pub command: String,
    /// About which channel; every one without.
    pub channel: Option<Named>,
    /// The how manieth request of this kind, from 1 on; each without.
    pub number: Option<u64>,
    /// What goes wrong.
    pub fault: Fault,
}

/// A channel, by its id or as that of a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Named {
    /// Its id.
    Channel(String),
    /// That of this folder of the account, from 0 on.
    Folder(usize),
}

/// What a test asks for.
#[derive(Debug, Clone)]
pub struct Options {
    /// How large the drive is.
    pub plan: Plan,
    /// What there is beyond it.
    pub variety: Variety,
    /// What goes wrong.
    pub faults: Vec<Planned>,
}

impl Options {
    /// Reads them.
    ///
    /// # Errors
    /// For another form, an unknown name of a fault, or more than 10,000 of anything.
    pub fn read(text: &str) -> Result<Self, Unfit> {
        let options = Value::parse(text).map_err(|_| misuse("the options are no JSON object"))?;
        let whole = |name: &str, otherwise: u64| match options.get(name) {
            None => Ok(otherwise),
            Some(value) => value.as_u64().ok_or_else(|| misuse(&format!("`{name}` is a whole number"))),
        };
        let size = |name: &str, otherwise: u64| match whole(name, otherwise)? {
            most if most > MOST => Err(misuse(&format!("`{name}` is at most {MOST}"))),
            size => usize::try_from(size).map_err(|_| misuse(name)),
        };
        let plan = Plan {
            seed: whole("seed", 1)?,
            documents: size("documents", 3)?,
            folders: size("folders", 2)?,
            per_folder: size("perFolder", 3)?,
        };
        let text = |name: &str| options.get(name).and_then(Value::as_str).map(str::to_owned);
        let login = match (text("username"), text("password")) {
            (Some(username), Some(password)) => Login::Block { username, password },
            _ => return Err(misuse("`username` and `password` are texts")),
        };
        let variety = Variety {
            mixed: options.get("mixed").and_then(Value::as_bool).unwrap_or(false),
            closed: size("closedFolders", 0)?,
            teams: size("teams", 0)?,
            letters: size("letters", 0)?,
            login,
        };
        let faults = options.get("faults").and_then(Value::as_array).unwrap_or_default();
        let faults = faults.iter().map(planned).collect::<Result<_, _>>()?;
        Ok(Self { plan, variety, faults })
    }
}

fn planned(fault: &Value) -> Result<Planned, Unfit> {
    let text = |name: &str| fault.get(name).and_then(Value::as_str);
    let number = |name: &str| match fault.get(name) {
        None => Ok(None),
        Some(value) => value.as_u64().map(Some).ok_or_else(|| misuse(&format!("`{name}` is a whole number"))),
    };
    let name = text("fault").unwrap_or_default();
    let found = FAULTS.iter().find(|(known, _)| *known == name);
    let (_, kind) = found.ok_or_else(|| {
        let known = FAULTS.map(|(name, _)| name).join(", ");
        misuse(&format!("there is no fault {name:?}; there are {known}"))
    })?;
    let command = text("command").ok_or_else(|| misuse("a fault names a `command`"))?;
    let folder =
        number("folder")?.map(usize::try_from).transpose().map_err(|_| misuse("`folder` is too large"))?;
    let channel = text("channel").map(|id| Named::Channel(id.to_owned())).or(folder.map(Named::Folder));
    if !COMMANDS.contains(&command) {
        return Err(misuse(&format!("no client sends {command:?}; there are {}", COMMANDS.join(", "))));
    }
    if !kind.applies(command) {
        return Err(misuse(&format!("{name:?} cannot happen to {command}")));
    }
    Ok(Planned { command: command.to_owned(), channel, number: number("number")?, fault: *kind })
}

/// What is refused of an argument, in words.
pub(crate) fn misuse(message: &str) -> Unfit {
    Unfit::Option(message.to_owned())
}
