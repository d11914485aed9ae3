//! The ledger in few bytes, for the drive. What many ids have in common is JSON; the ids themselves, which are the
//! larger part, are raw bytes behind it.
//!
//! It says the same as the ledger, in a limited number of bytes. When they do not suffice, ids are left out that a new
//! device finds without help: first those that went long ago, then those of the account's own document, which every
//! reader of this has read, then those of large documents that were read last. Ids of documents that have not been
//! read for a while may be written nowhere else. They come first, together with the ids that wait to leave. A quarter
//! of the room says where each document was, and how many ids it held.
//!
//! If there is not enough room for these either, the documents share it: a document that needs little gets all it
//! needs, and the others get equal parts of the rest. So a person who writes into one folder cannot push out what is
//! known of another.

use core::cmp::Reverse;

use crate::compact::sorted;
use crate::encoding::{decode_hex, encode_hex};
use crate::error::Error;
use crate::guard::form::{
    VERSION, count, folder_row, number, read_folder, read_sent, rows, sent_row, stamp, state_at, state_words,
    text, time, unreadable,
};
use crate::guard::join::ordered;
use crate::guard::ledger::{Book, FolderRecord, Ledger, Record, State};
use crate::json::{Object, Text, Value, stringify};
use crate::ports::UnixMillis;

/// How long the two common kinds of ids are, in bytes: channels and files.
const LENGTHS: [usize; 2] = [16, 24];
/// At most how many bytes one run costs beside its words, plus one id of an unusual length.
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

    let mut runs = runs(ledger);
    share(&mut runs, &mut books, &mut left);
    for mut run in sorted(runs, &|a, b| a.rank.cmp(&b.rank)) {
        let Some(book) = books.get_mut(run.book) else { continue };
        left = left.saturating_sub(book.take(&mut run, left));
        book.short |= !run.ids.is_empty() && !matches!(run.record.state, State::Gone(_));
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
    let newest: Vec<UnixMillis> = ledger.books.iter().map(|(_, book)| book.last_read()).collect();
    for run in &mut runs {
        // Only the document that an account or team has of its own names itself.
        let book = ledger.books.get(run.book).map(|(_, book)| book);
        let own = book.and_then(|book| book.record(&run.record.folder));
        let own = own.is_some_and(|itself| itself.folder == run.record.folder);
        let read = newest.get(run.book).is_some_and(|newest| run.record.at >= *newest);
        run.rank = match run.record.state {
            State::Leaving(_) => (0, 0, 0),
            State::Held if own => (3, run.record.at.0, run.ids.len()),
            State::Held if read => (2, run.record.at.0, run.ids.len()),
            State::Held => (1, run.record.at.0, run.ids.len()),
            State::Gone(_) => (4, u64::MAX - run.record.at.0, 0),
        };
    }
    runs
}

/// Shares the room among the documents, for ids that may be recorded nowhere else. Runs that found no room compete
/// with all others later.
fn share(runs: &mut [Run<'_>], books: &mut [Packing], left: &mut usize) {
    let first: Vec<&mut Run<'_>> = runs.iter_mut().filter(|run| run.rank.0 < 2).collect();
    let place = |run: &Run<'_>| (run.book, run.record.folder.clone());
    let mut first = sorted(first, &|a, b| place(a).cmp(&place(b)).then_with(|| a.rank.cmp(&b.rank)));
    let documents = first.chunk_by(|a, b| place(a) == place(b));
    let needs: Vec<usize> = documents.map(|runs| runs.iter().map(|run| run.cost()).sum()).collect();
    let (mut rest, mut part) = (*left, usize::MAX);
    for (at, need) in sorted(needs.clone(), &Ord::cmp).into_iter().enumerate() {
        let equal = rest / (needs.len() - at).max(1);
        if need > equal {
            part = equal;
            break;
        }
        rest -= need;
    }
    for runs in first.chunk_by_mut(|a, b| place(a) == place(b)) {
        let mut mine = part.min(*left);
        for run in runs {
            let Some(book) = books.get_mut(run.book) else { continue };
            let cost = book.take(run, mine);
            (mine, *left) = (mine.saturating_sub(cost), left.saturating_sub(cost));
        }
    }
}

/// The bytes of an id of a common kind, with the place of that kind.
fn common(id: &Text) -> Option<(usize, Vec<u8>)> {
    let text = id.as_str()?;
    let bytes = decode_hex(text).filter(|bytes| text == encode_hex(bytes))?;
    let kind = LENGTHS.iter().position(|length| *length == bytes.len())?;
    Some((kind, bytes))
}

impl Run<'_> {
    /// What its words cost, without any id.
    fn words(&self) -> (Vec<Value>, usize) {
        let Record { at, state, by, folder, since } = self.record;
        let row = vec![stamp(*at), by.clone().into(), folder.clone().into()];
        let said = |values: &[Value]| stringify(&values.to_vec().into()).len();
        let cost = said(&row) + said(&state_words(*state, *since)) + SLACK;
        (row, cost)
    }

    /// What all of it costs.
    fn cost(&self) -> usize {
        let one = |id: &&Text| common(id).map_or_else(|| written(id), |(_, bytes)| bytes.len());
        self.words().1 + self.ids.iter().map(one).sum::<usize>()
    }
}

/// What an id of no common kind costs.
fn written(id: &Text) -> usize {
    stringify(&Value::from(id.clone())).len() + 1
}

impl Packing {
    /// Takes as many ids out of a run as there is room for. What that cost. An id that does not fit keeps no other out.
    fn take(&mut self, run: &mut Run<'_>, room: usize) -> usize {
        let (mut row, mut cost) = run.words();
        let words = state_words(run.record.state, run.record.since);
        let (mut raw, mut rest) = (LENGTHS.map(|_| Vec::new()), Vec::new());
        let before = run.ids.len();
        run.ids.retain(|id| {
            let common = common(id);
            let one = common.as_ref().map_or_else(|| written(id), |(_, bytes)| bytes.len());
            if cost + one > room {
                return true;
            }
            cost += one;
            match common {
                Some((kind, bytes)) => {
                    raw.get_mut(kind).into_iter().for_each(|raw| raw.extend_from_slice(&bytes))
                }
                None => rest.push(Value::from((*id).clone())),
            }
            false
        });
        if run.ids.len() == before {
            return 0;
        }
        for (raw, length) in raw.iter().zip(LENGTHS) {
            row.push(number(u64::try_from(raw.len() / length).unwrap_or(u64::MAX)));
            self.raw.extend_from_slice(raw);
        }
        row.push(rest.into());
        row.extend(words);
        self.runs.push(row.into());
        cost
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
            let (state, since) = state_at(row, 6)?;
            let record = Record { at, state, by, folder, since };
            for (place, length) in LENGTHS.into_iter().enumerate() {
                let bytes = usize::try_from(count(row, 3 + place)?).ok()?.checked_mul(length)?;
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
