//! The ledger in few bytes, for the drive: JSON for what is said once for many ids, the ids themselves, which are
//! most of it, as raw bytes behind it.
//!
//! It says nothing else than the ledger, and has room for a number of bytes only. When they run out, what a new
//! device finds without help is left out first: ids that went long ago, then ids of the account's own
//! document, which whoever reads this has read, then ids of the documents that were read last and are many. Ids of
//! documents that have not been read for a while stand nowhere else, perhaps, and come first; before them the ids
//! that wait to leave, and in a quarter of the room where each document was, and how many ids it held.

use core::cmp::Reverse;

use crate::compact::sorted;
use crate::encoding::{decode_hex, encode_hex};
use crate::error::Error;
use crate::guard::form::{
    VERSION, folder_row, number, read_folder, read_sent, rows, sent_row, state_at, state_words, text, time,
    unreadable,
};
use crate::guard::join::ordered;
use crate::guard::ledger::{Book, FolderRecord, Ledger, Record, State};
use crate::json::{Object, Text, Value, stringify};

/// How long the two common kinds of ids are, in bytes: channels and files.
const LENGTHS: [usize; 2] = [16, 24];
/// What a run costs beside its words, and one id that is no common one, at most, in bytes.
const SLACK: usize = 32;

/// Ids with the same record.
struct Run<'l> {
    book: usize,
    record: &'l Record,
    ids: Vec<&'l Text>,
    /// What comes first when there is not room for all: the kind, then when it was recorded, then how many.
    rank: (u8, u64, usize),
}

/// What of a book found room.
#[derive(Default)]
struct Packing {
    runs: Vec<Value>,
    folders: Vec<Value>,
    raw: Vec<u8>,
    short: bool,
}

/// As much of a ledger as there is room for, in bytes.
pub fn pack(ledger: &Ledger, room: usize) -> Vec<u8> {
    let mut books: Vec<Packing> = ledger.books.iter().map(|_| Packing::default()).collect();
    let own = |row: &Value| stringify(row).len() + 1;
    // The names of the books, what was sent, and the frame around it all.
    let sent = ledger.books.iter().map(|(owner, book)| {
        owner.as_wtf8().len() + SLACK + book.sent.as_ref().map_or(0, |sent| own(&sent_row(sent)))
    });
    let mut left = room.saturating_sub(SLACK + sent.sum::<usize>());

    let mut places = left / 4;
    let folders = ledger.books.iter().enumerate();
    let folders = folders.flat_map(|(at, (_, book))| book.folders.iter().map(move |folder| (at, folder)));
    let newest = |(_, record): &(Text, FolderRecord)| Reverse(record.at);
    for (at, folder) in sorted(folders.collect(), &|(_, a), (_, b)| newest(a).cmp(&newest(b))) {
        let row = folder_row(folder);
        let cost = own(&row);
        if let (Some(rest), Some(book)) = (places.checked_sub(cost), books.get_mut(at)) {
            (places, left) = (rest, left.saturating_sub(cost));
            book.folders.push(row);
        }
    }

    for run in sorted(runs(ledger), &|a, b| a.rank.cmp(&b.rank)) {
        let Some(book) = books.get_mut(run.book) else { continue };
        let (taken, cost) = book.take(&run, left);
        left = left.saturating_sub(cost);
        book.short |= taken < run.ids.len() && !matches!(run.record.state, State::Gone(_));
    }

    let mut raw = Vec::new();
    let rows = ledger.books.iter().zip(books).map(|((owner, book), packing)| {
        raw.extend_from_slice(&packing.raw);
        // A list may be replaced once it is known what was in it, so it is named with all of it or not at all.
        let sent = book.sent.as_ref().filter(|_| !packing.short).map_or(Value::Null, sent_row);
        Value::from(vec![owner.clone().into(), packing.runs.into(), packing.folders.into(), sent])
    });
    let rows: Vec<Value> = rows.collect();
    let mut object = Object::new();
    object.insert("v", VERSION);
    object.insert("books", rows);
    let mut packed = stringify(&object.into()).into_bytes();
    packed.push(b'\n');
    packed.extend(raw);
    packed
}

/// Reads what [`pack`] wrote.
///
/// # Errors
/// `guard/unreadable` for anything else.
pub fn unpack(bytes: &[u8]) -> Result<Ledger, Error> {
    read(bytes).ok_or_else(unreadable)
}

fn runs(ledger: &Ledger) -> Vec<Run<'_>> {
    let mut runs: Vec<Run<'_>> = Vec::new();
    for (at, (_, book)) in ledger.books.iter().enumerate() {
        for (id, record) in sorted(book.ids.iter().collect(), &|(_, a), (_, b)| a.cmp(b)) {
            match runs.last_mut() {
                Some(run) if run.book == at && run.record == record => run.ids.push(id),
                _ => runs.push(Run { book: at, record, ids: vec![id], rank: (0, 0, 0) }),
            }
        }
    }
    for run in &mut runs {
        // Only the document that an account or team has of its own names itself.
        let book = ledger.books.get(run.book).map(|(_, book)| book);
        let own = book.and_then(|book| book.record(&run.record.folder));
        let own = own.is_some_and(|itself| itself.folder == run.record.folder);
        run.rank = match run.record.state {
            State::Leaving(_) => (0, 0, 0),
            State::Held => (1 + u8::from(own), run.record.at, run.ids.len()),
            State::Gone(_) => (3, u64::MAX - run.record.at, 0),
        };
    }
    runs
}

impl Packing {
    /// Takes as many ids of a run as there is room for. How many, and what that cost.
    fn take(&mut self, run: &Run<'_>, room: usize) -> (usize, usize) {
        let Record { at, state, by, folder } = run.record;
        let mut row = vec![number(*at), by.clone().into(), folder.clone().into()];
        let mut cost = stringify(&row.clone().into()).len() + 2 * SLACK;
        let (mut raw, mut rest) = (LENGTHS.map(|_| Vec::new()), Vec::new());
        let mut taken = 0;
        for id in &run.ids {
            let bytes =
                id.as_str().and_then(decode_hex).filter(|bytes| id.as_str() == Some(&encode_hex(bytes)));
            let common = bytes.and_then(|bytes| {
                let kind = LENGTHS.iter().position(|length| *length == bytes.len())?;
                Some((kind, bytes))
            });
            let one = common
                .as_ref()
                .map_or_else(|| stringify(&Value::from((*id).clone())).len() + 1, |(_, b)| b.len());
            if cost + one > room {
                break;
            }
            cost += one;
            taken += 1;
            match common {
                Some((kind, bytes)) => {
                    raw.get_mut(kind).into_iter().for_each(|raw| raw.extend_from_slice(&bytes))
                }
                None => rest.push(Value::from((*id).clone())),
            }
        }
        if taken == 0 {
            return (0, 0);
        }
        for (raw, length) in raw.iter().zip(LENGTHS) {
            row.push(number(u64::try_from(raw.len() / length).unwrap_or(u64::MAX)));
            self.raw.extend_from_slice(raw);
        }
        row.push(rest.into());
        row.extend(state_words(*state));
        self.runs.push(row.into());
        (taken, cost)
    }
}

fn read(bytes: &[u8]) -> Option<Ledger> {
    let end = bytes.iter().position(|byte| *byte == b'\n')?;
    let (head, raw) = bytes.split_at(end);
    let head = Value::parse(std::str::from_utf8(head).ok()?).ok()?;
    if head.get("v").and_then(Value::as_f64) != Some(VERSION) {
        return None;
    }
    let mut raw = raw.get(1..)?;
    let mut books = Vec::new();
    for book in head.get("books")?.as_array()? {
        let mut ids = Vec::new();
        for row in book.at(1)?.as_array()? {
            let row = row.as_array()?;
            let (at, by, folder) = (time(row, 0)?, text(row, 1)?, text(row, 2)?);
            let record = Record { at, state: state_at(row, 6)?, by, folder };
            for (place, length) in LENGTHS.into_iter().enumerate() {
                let bytes = usize::try_from(time(row, 3 + place)?).ok()?.checked_mul(length)?;
                let (these, others) = raw.split_at_checked(bytes)?;
                raw = others;
                ids.extend(these.chunks(length).map(|id| (Text::from(encode_hex(id)), record.clone())));
            }
            for id in row.get(5)?.as_array()? {
                ids.push((id.as_text()?.clone(), record.clone()));
            }
        }
        let folders = rows(book.at(2)?, &read_folder)?;
        let sent = match book.at(3)? {
            Value::Null => None,
            row => Some(read_sent(row)?),
        };
        books.push((book.at(0)?.as_text()?.clone(), Book::of(ids, folders, sent)));
    }
    raw.is_empty().then(|| Ledger { books: ordered(books, &Book::merge) })
}
