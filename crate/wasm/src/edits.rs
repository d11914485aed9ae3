//! Edits as JavaScript writes them: JSON text of a list of objects, each with a `type`.

use pinfold_core::drive::edit::{Edit, EntryId, Kind, Put};
use pinfold_core::error::{Code, Error};
use pinfold_core::json::{Text, Value};
use pinfold_core::ports::UnixMillis;
use pinfold_core::session::Session;
use pinfold_core::session::writing::Target;

/// Reads a list of edits; new entries get ids of the session.
///
/// # Errors
/// `misuse/bad-argument` for what is no edit, `href/*` for a link that leads nowhere, `host/no-entropy`.
pub(crate) fn read(text: &str, session: &mut Session, now: UnixMillis) -> Result<Vec<Edit>, Error> {
    let list = Value::parse(text).map_err(|_| bad("edits"))?;
    list.as_array().ok_or_else(|| bad("edits"))?.iter().map(|edit| one(edit, session, now)).collect()
}

/// The document that an optional team and an optional folder name.
///
/// # Errors
/// `misuse/bad-argument` for what is no id.
pub(crate) fn target(team: Option<String>, folder: Option<&str>) -> Result<Target, Error> {
    let folder = folder.map(|id| EntryId::parse(id).ok_or_else(|| bad("folder"))).transpose()?;
    Ok(match (team, folder) {
        (Some(id), folder) => Target::Team { id, folder },
        (None, Some(folder)) => Target::Folder(folder),
        (None, None) => Target::Account,
    })
}

fn one(edit: &Value, session: &mut Session, now: UnixMillis) -> Result<Edit, Error> {
    let text = |key: &'static str| edit.get(key).and_then(Value::as_text).ok_or_else(|| bad(key));
    let plain = |key: &'static str| edit.get(key).and_then(Value::as_str);
    let entry = || plain("id").and_then(EntryId::parse).ok_or_else(|| bad("id"));
    Ok(match plain("type").unwrap_or_default() {
        "rename" => Edit::Rename { entry: entry()?, title: text("title")?.clone() },
        "remove" => Edit::Remove { entry: entry()? },
        "erase" => Edit::Erase { entry: entry()? },
        "setTitle" => Edit::FolderTitle(text("title")?.clone()),
        "emptyTrash" => {
            let ids = edit.get("ids").and_then(Value::as_array).ok_or_else(|| bad("ids"))?;
            let id = |id: &Value| id.as_str().and_then(EntryId::parse).ok_or_else(|| bad("ids"));
            Edit::EmptyTrash { entries: ids.iter().map(id).collect::<Result<_, _>>()? }
        }
        kind @ ("addDocument" | "addFolder") => {
            let (id, title) = (session.draw_entry()?, text("title")?);
            let make = if kind == "addFolder" { Put::shared_folder } else { Put::document };
            let put = make(id, plain("href").ok_or_else(|| bad("href"))?, plain("password"), title, now)?;
            Edit::Put(put.within(path(edit)?))
        }
        "putBack" => {
            let kind = match plain("kind") {
                None | Some("file") => Kind::File,
                Some("link") => Kind::Link,
                Some("folder") => Kind::SharedFolder,
                Some(_) => return Err(bad("kind")),
            };
            let fields = edit.get("entry").and_then(Value::as_object).ok_or_else(|| bad("entry"))?.clone();
            let id = if edit.get("id").is_some() { entry()? } else { session.draw_entry()? };
            Edit::Put(Put::new(kind, id, fields).within(path(edit)?))
        }
        _ => return Err(bad("type")),
    })
}

fn path(edit: &Value) -> Result<Vec<Text>, Error> {
    let Some(path) = edit.get("path") else { return Ok(Vec::new()) };
    let names = path.as_array().ok_or_else(|| bad("path"))?;
    names.iter().map(|name| name.as_text().cloned().ok_or_else(|| bad("path"))).collect()
}

fn bad(argument: &'static str) -> Error {
    Error::new(Code::MisuseBadArgument, "an edit is not built as one").with("argument", argument)
}
