//! What a caller asks about, or selected: JSON on its way in.

use pinfold_core::document::{Branch, EntryId};
use pinfold_core::error::{Code, Error};
use pinfold_core::json::{Text, Value};
use pinfold_recovery::Author;

/// A question about an incident.
pub(super) struct Question {
    pub(super) asked: pinfold_recovery::Question,
}

impl Question {
    /// # Errors
    /// `misuse/bad-argument`.
    pub(super) fn read(json: &str) -> Result<Self, Error> {
        let value = Value::parse(json).map_err(|_| bad("question"))?;
        let time = |key: &'static str| value.get(key).and_then(Value::as_u64);
        let asked = pinfold_recovery::Question {
            from: time("from").ok_or_else(|| bad("from"))?,
            to: time("to").ok_or_else(|| bad("to"))?,
            folders_only: match value.get("foldersOnly") {
                None => false,
                Some(only) => only.as_bool().ok_or_else(|| bad("foldersOnly"))?,
            },
            idle_for: match value.get("idleFor") {
                None => None,
                Some(idle) => Some(idle.as_u64().ok_or_else(|| bad("idleFor"))?),
            },
            here: value
                .get("here")
                .map(|here| here.as_array().ok_or_else(|| bad("here")))
                .transpose()?
                .unwrap_or_default()
                .iter()
                .map(|author| author.as_str().and_then(Author::parse).ok_or_else(|| bad("here")))
                .collect::<Result<_, _>>()?,
        };
        if asked.from > asked.to {
            return Err(bad("to"));
        }
        Ok(Self { asked })
    }
}

/// Something that was selected.
pub(super) struct Picked {
    /// The channel of the document it stands in; `None` of the account's own drive.
    pub(super) document: Option<String>,
    pub(super) branch: Branch,
    pub(super) names: Vec<Text>,
    pub(super) entry: Option<EntryId>,
}

/// Reads a list of them.
///
/// # Errors
/// `misuse/bad-argument`.
pub(super) fn picks(json: &str) -> Result<Vec<Picked>, Error> {
    let list = Value::parse(json).map_err(|_| bad("selection"))?;
    let list = list.as_array().filter(|list| !list.is_empty()).ok_or_else(|| bad("selection"))?;
    list.iter().map(pick).collect()
}

fn pick(value: &Value) -> Result<Picked, Error> {
    let branch = value.get("branch").map(|branch| branch.as_str().unwrap_or_default().parse());
    let branch = branch.transpose().map_err(|_| bad("branch"))?.unwrap_or(Branch::Root);
    let names = value.get("path").and_then(Value::as_array).ok_or_else(|| bad("path"))?;
    let names = names.iter().map(|name| name.as_text().cloned().ok_or_else(|| bad("path")));
    let entry = value.get("id").map(|id| id.as_str().and_then(EntryId::parse).ok_or_else(|| bad("id")));
    let document = value.get("document").map(|channel| channel.as_str().ok_or_else(|| bad("document")));
    Ok(Picked {
        document: document.transpose()?.map(str::to_owned),
        branch,
        names: names.collect::<Result<_, _>>()?,
        entry: entry.transpose()?,
    })
}

/// A moment of JavaScript's.
pub(super) fn millis(time: f64) -> u64 {
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates")]
    let millis = time as u64;
    millis
}

pub(super) fn bad(argument: &'static str) -> Error {
    Error::new(Code::MisuseBadArgument, "an argument is not built as one").with("argument", argument)
}
