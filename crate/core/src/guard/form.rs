//! The ledger as JSON, for the local store. [`packed`](super::packed) is its small form, for the drive.

use crate::error::{Code, Error};
use crate::guard::join::ordered;
use crate::guard::ledger::{Book, FolderRecord, Ledger, Record, Sent, Since, State};
use crate::ids::MessageHash;
use crate::json::{Object, Text, Value};
use crate::ports::UnixMillis;

/// The version that is written, and the only one that is read: an unknown one is unreadable, not empty.
pub(super) const VERSION: f64 = 1.0;
/// The most rows of a kind that are read; far above any real account.
const ROWS: usize = 1_000_000;

/// Everything that is known.
pub fn full(ledger: &Ledger) -> Value {
    let mut books = Object::new();
    for (owner, book) in &ledger.books {
        let mut object = Object::new();
        object.insert("ids", book.ids.iter().map(id_row).collect::<Vec<_>>());
        object.insert("folders", book.folders.iter().map(folder_row).collect::<Vec<_>>());
        if let Some(sent) = &book.sent {
            object.insert("sent", sent_row(sent));
        }
        books.insert(owner.clone(), object);
    }
    let mut object = Object::new();
    object.insert("v", VERSION);
    object.insert("books", books);
    object.into()
}

/// Reads what [`full`] wrote.
///
/// # Errors
/// `guard/unreadable` for anything that the guard does not write.
pub fn read(value: &Value) -> Result<Ledger, Error> {
    ledger(value).ok_or_else(unreadable)
}

pub(super) fn unreadable() -> Error {
    Error::new(Code::GuardUnreadable, "the ledger is not one this version wrote")
}

#[allow(clippy::cast_precision_loss, reason = "times and counts stay far below 2^53")]
pub(super) fn number(number: u64) -> Value {
    Value::from(number as f64)
}

pub(super) fn stamp(moment: UnixMillis) -> Value {
    number(moment.0)
}

fn hash(hash: Option<&MessageHash>) -> Value {
    hash.map_or(Value::Null, |hash| hash.as_str().into())
}

fn id_row((id, record): &(Text, Record)) -> Value {
    let Record { at, state, by, folder, since } = record;
    let mut row = vec![id.clone().into(), stamp(*at), by.clone().into(), folder.clone().into()];
    row.extend(state_words(*state, *since));
    row.into()
}

/// The end of a row: nothing for an id that is held; otherwise its state, the cause, and since when it waits, where
/// that is known.
pub(super) fn state_words(state: State, since: Option<Since>) -> Vec<Value> {
    let (word, cause) = match state {
        State::Held if since.is_none() => return Vec::new(),
        State::Held => ("held", ""),
        State::Leaving(cause) => ("leaving", cause.as_str()),
        State::Gone(cause) => ("gone", cause.as_str()),
    };
    let mut words = vec![word.into(), cause.into()];
    if let Some(Since { device, server, agreed, own }) = since {
        words.extend([stamp(device), server.map_or(Value::Null, stamp), agreed.into(), own.into()]);
    }
    words
}

/// What the words from this place of a row say. Those of an older version end with the cause.
pub(super) fn state_at(row: &[Value], at: usize) -> Option<(State, Option<Since>)> {
    let (word, cause, since) = match row.get(at..)? {
        [] => return Some((State::Held, None)),
        [word, cause] => (word, cause, None),
        [word, cause, device, server, agreed, own] => {
            let server = match server {
                Value::Null => None,
                time => Some(UnixMillis(time.as_u64()?)),
            };
            let (device, agreed, own) = (UnixMillis(device.as_u64()?), agreed.as_bool()?, own.as_bool()?);
            (word, cause, Some(Since { device, server, agreed, own }))
        }
        _ => return None,
    };
    let cause = cause.as_str()?.parse().ok();
    let state = match word.as_str()? {
        "held" if since.is_some() => State::Held,
        "leaving" => State::Leaving(cause?),
        "gone" => State::Gone(cause?),
        _ => return None,
    };
    Some((state, since))
}

pub(super) fn folder_row((channel, record): &(Text, FolderRecord)) -> Value {
    let FolderRecord { at, count, head, base, by } = record;
    let (head, base) = (hash(head.as_ref()), hash(base.as_ref()));
    vec![channel.clone().into(), stamp(*at), by.clone().into(), number(*count), head, base].into()
}

pub(super) fn sent_row(sent: &Sent) -> Value {
    let Sent { at, count, hashes, by } = sent;
    let mut row = vec![stamp(*at), by.clone().into(), number(*count)];
    row.extend(hashes.iter().map(|hash| hash.as_str().into()));
    row.into()
}

fn ledger(value: &Value) -> Option<Ledger> {
    if value.get("v").and_then(Value::as_f64) != Some(VERSION) {
        return None;
    }
    let mut books = Vec::new();
    for (owner, book) in value.get("books")?.as_object()?.iter() {
        let ids = rows(book.get("ids")?, &|row| {
            let (at, by, folder) = (time(row, 1)?, text(row, 2)?, text(row, 3)?);
            let (state, since) = state_at(row, 4)?;
            Some((text(row, 0)?, Record { at, state, by, folder, since }))
        })?;
        let folders = rows(book.get("folders")?, &read_folder)?;
        let sent = match book.get("sent") {
            None => None,
            Some(row) => Some(read_sent(row)?),
        };
        books.push((owner.clone(), Book::of(ids, folders, sent)));
    }
    Some(Ledger { books: ordered(books, &Book::merge) })
}

/// Reads one row of a table.
type ReadRow<'r, V> = &'r dyn Fn(&[Value]) -> Option<V>;

pub(super) fn rows<V>(value: &Value, read: ReadRow<'_, V>) -> Option<Vec<V>> {
    let rows = value.as_array().filter(|rows| rows.len() <= ROWS)?;
    rows.iter().map(|row| read(row.as_array()?)).collect()
}

pub(super) fn read_folder(row: &[Value]) -> Option<(Text, FolderRecord)> {
    let (at, by, count) = (time(row, 1)?, text(row, 2)?, count(row, 3)?);
    let record = FolderRecord { at, count, head: read_hash(row, 4)?, base: read_hash(row, 5)?, by };
    Some((text(row, 0)?, record))
}

pub(super) fn read_sent(row: &Value) -> Option<Sent> {
    let row = row.as_array()?;
    let hash = |at: usize| Some(row.get(at)?.as_str()?.to_owned());
    let hashes = [hash(3)?, hash(4)?, hash(5)?];
    Some(Sent { at: time(row, 0)?, by: text(row, 1)?, count: count(row, 2)?, hashes })
}

fn read_hash(row: &[Value], at: usize) -> Option<Option<MessageHash>> {
    match row.get(at)? {
        Value::Null => Some(None),
        hash => Some(Some(MessageHash::parse(hash.as_str()?)?)),
    }
}

pub(super) fn text(row: &[Value], at: usize) -> Option<Text> {
    row.get(at)?.as_text().cloned()
}

pub(super) fn count(row: &[Value], at: usize) -> Option<u64> {
    row.get(at)?.as_u64()
}

pub(super) fn time(row: &[Value], at: usize) -> Option<UnixMillis> {
    count(row, at).map(UnixMillis)
}
