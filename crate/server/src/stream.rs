//! The messages of a log on their way to one client.

use super::answer::Answer;
use super::faults::Verdict;
use super::store::{Line, LineReader, blocking};

/// How much of a log is read at a time, in bytes.
const PIECE: u64 = 1024 * 1024;

/// Sends the lines of a log, piece by piece, as fast as the client takes them. `false` when the client is
/// gone.
pub(crate) async fn stream(
    reader: Option<LineReader>,
    answer: &Answer,
    verdict: &Verdict,
    send: impl Fn(Vec<String>),
) -> bool {
    let Some(mut reader) = reader else { return true };
    let piece = if verdict.changes_messages() { u64::MAX } else { PIECE };
    loop {
        let read = blocking(move || reader.some(piece).map(|lines| (reader, lines))).await;
        let (again, lines) = match read {
            Ok(read) => read,
            Err(error) => {
                tracing::error!(%error, "a log could not be read to its end");
                answer.connection().cut();
                return false;
            }
        };
        if lines.is_empty() {
            return true;
        }
        reader = again;
        let mut lines: Vec<Vec<String>> = lines.into_iter().map(|line: Line| line.elements).collect();
        verdict.change_messages(&mut lines);
        for line in lines {
            if !answer.connection().ready().await {
                return false;
            }
            send(line);
        }
    }
}
