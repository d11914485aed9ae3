//! The ledger as JSON: whole for the local store, small for the drive.
//!
//! The small form leaves out what a new device finds in the drive anyway, the ids that are held. It says
//! where each document was last seen, which removals wait, and which list was confirmed: so a new device
//! notices a rollback and keeps what another gave up by mistake.

use crate::compact::sorted;
use crate::error::{Code, Error};
use crate::guard::cause::Cause;
use crate::guard::ledger::{Book, FolderRecord, Ledger, Record, Sent, State};
use crate::ids::MessageHash;
use crate::json::{Object, Text, Value};

/// The version that is written, and the only one that is read: an unknown one is unreadable, not empty.
const VERSION: f64 = 1.0;
/// The most rows of a kind that are read; far above any real account.
const ROWS: usize = 1_000_000;
/// The most rows of a kind that the small form holds, in each book.
const SMALL: usize = 256;

/// Everything that is known.
pub fn full(ledger: &Ledger) -> Value {
    write(ledger, usize::MAX, true)
}

/// What is worth a place in the drive. At most 256 documents and 256 removals for each key, the newest.
pub fn small(ledger: &Ledger) -> Value {
    write(ledger, SMALL, false)
}

/// Reads either form.
///
/// # Errors
/// `guard/unreadable` for anything that the guard does not write.
pub fn read(value: &Value) -> Result<Ledger, Error> {
    ledger(value).ok_or_else(|| Error::new(Code::GuardUnreadable, "the ledger is not one this version wrote"))
}

fn write(ledger: &Ledger, limit: usize, held: bool) -> Value {
    let mut books = Object::new();
    for (owner, book) in &ledger.books {
        let ids = book.ids.iter().filter(|(_, record)| held || record.state != State::Held);
        let ids = newest(ids.collect(), limit, &|record: &Record| record.at);
        let folders = newest(book.folders.iter().collect(), limit, &|record: &FolderRecord| record.at);
        let mut object = Object::new();
        object.insert("ids", ids.into_iter().map(|(id, record)| id_row(id, record)).collect::<Vec<_>>());
        let folders = folders.into_iter().map(|(channel, record)| folder_row(channel, record));
        object.insert("folders", folders.collect::<Vec<_>>());
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

fn newest<'l, V>(rows: Vec<&'l (Text, V)>, limit: usize, at: &dyn Fn(&V) -> u64) -> Vec<(&'l Text, &'l V)> {
    let rows = if rows.len() > limit { sorted(rows, &|(_, a), (_, b)| at(b).cmp(&at(a))) } else { rows };
    rows.into_iter().take(limit).map(|(key, value)| (key, value)).collect()
}

#[allow(clippy::cast_precision_loss, reason = "times and counts stay far below 2^53")]
fn number(number: u64) -> Value {
    Value::from(number as f64)
}

fn hash(hash: Option<&MessageHash>) -> Value {
    hash.map_or(Value::Null, |hash| hash.as_str().into())
}

fn id_row(id: &Text, record: &Record) -> Value {
    let Record { at, state, by, folder } = record;
    let mut row = vec![id.clone().into(), number(*at), by.clone().into(), folder.clone().into()];
    match state {
        State::Held => {}
        State::Leaving(cause) => row.extend(["leaving".into(), cause.as_str().into()]),
        State::Gone(cause) => row.extend(["gone".into(), cause.as_str().into()]),
    }
    row.into()
}

fn folder_row(channel: &Text, record: &FolderRecord) -> Value {
    let FolderRecord { at, count, head, base, by } = record;
    let (head, base) = (hash(head.as_ref()), hash(base.as_ref()));
    vec![channel.clone().into(), number(*at), by.clone().into(), number(*count), head, base].into()
}

fn sent_row(sent: &Sent) -> Value {
    let Sent { at, count, hashes, by } = sent;
    let mut row = vec![number(*at), by.clone().into(), number(*count)];
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
            let state = match (row.get(4).map(Value::as_str), row.get(5).map(Value::as_str)) {
                (None, None) => State::Held,
                (Some(Some("leaving")), Some(Some(cause))) => State::Leaving(Cause::parse(cause)?),
                (Some(Some("gone")), Some(Some(cause))) => State::Gone(Cause::parse(cause)?),
                _ => return None,
            };
            let (at, by, folder) = (time(row, 1)?, text(row, 2)?, text(row, 3)?);
            Some((text(row, 0)?, Record { at, state, by, folder }))
        })?;
        let folders = rows(book.get("folders")?, &|row| {
            let (at, by, count) = (time(row, 1)?, text(row, 2)?, time(row, 3)?);
            let record = FolderRecord { at, count, head: read_hash(row, 4)?, base: read_hash(row, 5)?, by };
            Some((text(row, 0)?, record))
        })?;
        let sent = match book.get("sent") {
            None => None,
            Some(row) => Some(read_sent(row.as_array()?)?),
        };
        books.push((owner.clone(), Book::of(ids, folders, sent)));
    }
    Some(Ledger { books: crate::guard::join::ordered(books, &Book::merge) })
}

/// Reads one row of a table.
type ReadRow<'r, V> = &'r dyn Fn(&[Value]) -> Option<(Text, V)>;

fn rows<V>(value: &Value, read: ReadRow<'_, V>) -> Option<Vec<(Text, V)>> {
    let rows = value.as_array().filter(|rows| rows.len() <= ROWS)?;
    rows.iter().map(|row| read(row.as_array()?)).collect()
}

fn read_sent(row: &[Value]) -> Option<Sent> {
    let hash = |at: usize| Some(row.get(at)?.as_str()?.to_owned());
    let hashes = [hash(3)?, hash(4)?, hash(5)?];
    Some(Sent { at: time(row, 0)?, by: text(row, 1)?, count: time(row, 2)?, hashes })
}

fn read_hash(row: &[Value], at: usize) -> Option<Option<MessageHash>> {
    match row.get(at)? {
        Value::Null => Some(None),
        hash => Some(Some(MessageHash::parse(hash.as_str()?)?)),
    }
}

fn text(row: &[Value], at: usize) -> Option<Text> {
    row.get(at)?.as_text().cloned()
}

fn time(row: &[Value], at: usize) -> Option<u64> {
    row.get(at)?.as_u64()
}
