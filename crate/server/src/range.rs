//! GET_HISTORY_RANGE and GET_FULL_HISTORY (PROTOCOL.md 9.3, 9.4).

use super::answer::Answer;
use super::context::Context;
use super::faults::Verdict;
use super::javascript::truthy;
use super::raw::list;
use super::store::{ChannelFiles, Line, LineReader, StoreId, blocking};
use super::stream::stream;
use serde_json::{Map, Value, json};
use std::collections::VecDeque;
use std::io;
use std::sync::Arc;
use tokio::sync::OwnedSemaphorePermit;

/// Answers either request; access was checked.
pub(crate) async fn answer(
    context: &Arc<Context>,
    id: &StoreId,
    request: &[Value],
    answer: Answer,
    verdict: Verdict,
    turn: OwnedSemaphorePermit,
) -> io::Result<()> {
    if request.first().and_then(Value::as_str) == Some("GET_FULL_HISTORY") {
        return full(context, id, answer, verdict, turn).await;
    }
    let keeper = json!(context.hub.keeper());
    let options = match request.get(2).and_then(Value::as_object).map(Range::parse) {
        None => Err("INVALID_ARGS"),
        Some(parsed) => parsed,
    };
    let range = match options {
        Ok(range) => range,
        Err(error) => {
            answer.refuse(&[json!(error), keeper]);
            return Ok(());
        }
    };
    answer.acknowledge();
    let (files, wanted) = (context.store.channels.clone(), id.clone());
    let (txid, id) = (range.txid.clone(), id.clone());
    let streams = matches!(range.start, Start::Message(_));
    let found = match &verdict.absent {
        Some(_) => Ok(Found::NoLog),
        None => blocking(move || range.bounds(&files, &wanted)).await,
    };
    context.tasks.spawn(async move {
        let reader = match found {
            Ok(Found::Lines(reader)) => Some(*reader),
            // What is read from a message on is streamed from the file, and so a file that is not there is an error. What is counted is not.
            Ok(Found::NoLog) if streams => {
                answer.direct(&json!(["HISTORY_RANGE_ERROR", txid, missing(&id)]).to_string());
                return;
            }
            Ok(Found::NoLog | Found::Nothing) => None,
            Err(error) => {
                tracing::error!(%error, "a history range could not be read");
                answer.direct(&json!(["HISTORY_RANGE_ERROR", txid, error.kind().to_string()]).to_string());
                return;
            }
        };
        let head = format!("[\"HISTORY_RANGE\",{txid}");
        let send = |line: Vec<String>| {
            answer.direct(&format!("{head},{}]", list(line.iter().map(String::as_str))));
        };
        if stream(reader, &answer, &verdict, send).await {
            answer.direct(&json!(["HISTORY_RANGE_END", txid, id.as_str()]).to_string());
        }
        drop(turn);
    });
    Ok(())
}

async fn full(
    context: &Arc<Context>,
    id: &StoreId,
    answer: Answer,
    verdict: Verdict,
    turn: OwnedSemaphorePermit,
) -> io::Result<()> {
    answer.acknowledge();
    let (files, wanted) = (context.store.channels.clone(), id.clone());
    let reader = blocking(move || files.read(&wanted, 0, u64::MAX)).await?;
    if reader.is_none() || verdict.absent.is_some() {
        answer.direct(&json!(["ERROR", id.as_str(), "ENOENT: no such file or directory"]).to_string());
        return Ok(());
    }
    let id = id.clone();
    context.tasks.spawn(async move {
        let send = |line: Vec<String>| {
            answer.direct(&format!("[\"FULL_HISTORY\",{}]", list(line.iter().map(String::as_str))));
        };
        if stream(reader, &answer, &verdict, send).await {
            answer.direct(&json!(["FULL_HISTORY_END", id.as_str()]).to_string());
        }
        drop(turn);
    });
    Ok(())
}

/// What a real server says of a log that is not there, with the path that its example configuration gives.
fn missing(id: &StoreId) -> Value {
    let (id, shard) = (id.as_str(), id.as_str().get(..2).unwrap_or_default());
    json!({"errno": -2, "code": "ENOENT", "syscall": "open", "path": format!("./datastore/{shard}/{id}.ndjson")})
}

/// What there is of a range.
enum Found {
    /// These lines.
    Lines(Box<LineReader>),
    /// The channel has no such lines.
    Nothing,
    /// There is no log of the channel.
    NoLog,
}

struct Range {
    txid: Value,
    from: Option<String>,
    start: Start,
}

enum Start {
    /// The message with this hash, or the beginning for `NONE`.
    Message(String),
    /// So many messages before and including `from`.
    Count(usize),
    /// So many checkpoints before `from`.
    Checkpoints(usize),
}

impl Range {
    fn parse(options: &Map<String, Value>) -> Result<Self, &'static str> {
        let text = |field| options.get(field).and_then(Value::as_str).map(ToOwned::to_owned);
        let number = |field: &str| {
            let number = options.get(field).and_then(Value::as_u64);
            number.map(|count| usize::try_from(count).unwrap_or(usize::MAX))
        };
        let start = match (text("to"), number("count"), number("cpCount").filter(|count| *count > 0)) {
            (Some(to), ..) => Start::Message(to),
            // A slice of none is taken for all of them.
            (None, Some(0), _) => Start::Count(usize::MAX),
            (None, Some(count), _) => Start::Count(count),
            (None, None, Some(count)) => Start::Checkpoints(count),
            (None, None, None) => return Err("UNSPECIFIED_COUNT"),
        };
        let txid = options.get("txid").filter(|txid| truthy(txid)).ok_or("NO_TXID")?.clone();
        Ok(Self { txid, from: text("from"), start })
    }

    /// The reader of the range.
    fn bounds(&self, files: &ChannelFiles, id: &StoreId) -> io::Result<Found> {
        let Some(mut log) = files.read(id, 0, u64::MAX)? else { return Ok(Found::NoLog) };
        let mut scan = Scan::default();
        let mut end = u64::MAX;
        while let Some(line) = log.next()? {
            let is_last = self.from.as_deref() == Some(line.hash());
            scan.see(&line, &self.start, is_last);
            // Where the last message stands before the first one, the range has no end.
            if is_last && scan.has_begun(&self.start) {
                // The range ends where the next message starts.
                end = log.next()?.map_or(u64::MAX, |next| next.offset);
                break;
            }
        }
        let reader = match scan.start(&self.start) {
            Some(start) => files.read(id, start, end)?,
            None => return Ok(Found::Nothing),
        };
        Ok(reader.map_or(Found::NoLog, |reader| Found::Lines(Box::new(reader))))
    }
}

#[derive(Default)]
struct Scan {
    /// The offsets that may become the start, oldest first.
    candidates: VecDeque<u64>,
    seen: bool,
}

impl Scan {
    fn see(&mut self, line: &Line, start: &Start, is_last: bool) {
        self.seen = true;
        let (counts, most) = match start {
            Start::Message(hash) => (line.hash() == hash, 1),
            Start::Count(count) => (true, *count),
            // A checkpoint that ends the range is not counted.
            Start::Checkpoints(count) => (line.message().starts_with("cp|") && !is_last, *count),
        };
        if counts {
            self.candidates.push_back(line.offset);
            if self.candidates.len() > most {
                self.candidates.pop_front();
            }
        }
    }

    /// Whether the range begins at a line that was seen.
    fn has_begun(&self, start: &Start) -> bool {
        match start {
            Start::Message(hash) => hash == "NONE" || !self.candidates.is_empty(),
            Start::Count(_) | Start::Checkpoints(_) => true,
        }
    }

    fn start(&self, start: &Start) -> Option<u64> {
        match start {
            Start::Message(hash) if hash == "NONE" => Some(0),
            Start::Message(_) => self.candidates.front().copied(),
            // Fewer than asked for: all there is.
            Start::Count(count) | Start::Checkpoints(count) if self.candidates.len() < *count => {
                self.seen.then_some(0)
            }
            Start::Count(_) | Start::Checkpoints(_) => self.candidates.front().copied(),
        }
    }
}
