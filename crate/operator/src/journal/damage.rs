//! Lines of the journal that cannot be read: half a line, perhaps with a whole one behind it, or bytes that a disk spoiled.

use super::{Record, Target};
use serde::Serialize;
use sha2::{Digest, Sha256};

/// How every line begins.
const BEGINNING: &[u8] = b"{\"at\":";

/// A line that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Damage {
    /// Its number, from one.
    pub line: usize,
    /// How many bytes of it say nothing.
    pub bytes: usize,
    /// The SHA-256 of those bytes, in hex.
    pub sha256: String,
    /// Whether they are the beginning of a line, as a cut leaves it.
    pub torn: bool,
    /// Documents that it names, of which it may have said that they are no candidates any more.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unmarked: Vec<Target>,
}

impl Damage {
    /// Looks at a line that cannot be read. Answers also the whole lines that were joined to it.
    pub(super) fn read(n: usize, line: &[u8]) -> (Self, Vec<Record>) {
        let starts: Vec<usize> = (0..line.len())
            .filter(|at| line.get(*at..).is_some_and(|rest| rest.starts_with(BEGINNING)))
            .collect();
        let (mut whole, mut spoiled, mut torn) = (Vec::new(), Vec::new(), true);
        let first = starts.first().copied().unwrap_or(line.len());
        let before = line.get(..first).unwrap_or_default();
        torn &= BEGINNING.starts_with(before);
        spoiled.extend_from_slice(before);
        for (n, from) in starts.iter().enumerate() {
            let to = starts.get(n + 1).copied().unwrap_or(line.len());
            let piece = line.get(*from..to).unwrap_or_default();
            match serde_json::from_slice(piece) {
                Ok(record) => whole.push(record),
                Err(error) => {
                    torn &= error.is_eof();
                    spoiled.extend_from_slice(piece);
                }
            }
        }
        let text = String::from_utf8_lossy(&spoiled);
        // The act stands before the id. These two protect nothing.
        let harmless = ["\"act\":\"archive\"", "\"act\":\"mark\""].iter().any(|act| text.contains(act));
        let named = |word: &str| word.parse::<Target>().ok();
        let unmarked = if harmless { Vec::new() } else { text.split('"').filter_map(named).collect() };
        let sha256 = crate::hex::hex(&Sha256::digest(&spoiled));
        (Self { line: n, bytes: spoiled.len(), sha256, torn, unmarked }, whole)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::{Act, Journal, Step};
    use pinfold_datadir::real::RealDisk;
    use std::fs;

    fn record(label: u32, act: Act, at: i64) -> Record {
        let id = Target::Item(format!("{label:032x}").parse().unwrap());
        Record::new(at, "run".into(), act, id, Step::Done)
    }

    fn line(record: &Record) -> String {
        serde_json::to_string(record).unwrap()
    }

    /// Wherever a line is torn, and whether or not a line break came after it: the lines around it count.
    #[test]
    fn half_a_line_takes_no_other_with_it() {
        let [a, b, c] = [(1, Act::Mark), (2, Act::Archive), (3, Act::Mark)].map(|(n, act)| record(n, act, 5));
        for between in ["", "\n"] {
            for cut in 1..line(&b).len() {
                let folder = tempfile::tempdir().unwrap();
                let text = format!("{}\n{}{between}{}\n", line(&a), &line(&b)[..cut], line(&c));
                fs::write(folder.path().join("acts.ndjson"), &text).unwrap();
                let journal = Journal::open(&RealDisk, folder.path()).unwrap();
                let marked = [&a, &b, &c].map(|record| journal.marked_since(&record.id));
                assert_eq!(marked, [Some(5), None, Some(5)], "{text}");
                let damage = journal.damage();
                assert_eq!((damage.len(), damage[0].line, damage[0].bytes), (1, 2, cut), "{text}");
                assert!(damage[0].torn, "{text}");
            }
        }
    }

    #[test]
    fn a_spoiled_line_that_may_have_ended_a_mark_ends_it() {
        let folder = tempfile::tempdir().unwrap();
        let (a, b) = (record(1, Act::Mark, 5), record(2, Act::Mark, 5));
        let spoiled = line(&record(1, Act::Unmark, 6)).replace("unmark", "un\u{0}ark");
        fs::write(folder.path().join("acts.ndjson"), [line(&a), line(&b), spoiled].join("\n") + "\n")
            .unwrap();
        let journal = Journal::open(&RealDisk, folder.path()).unwrap();
        assert_eq!((journal.marked_since(&a.id), journal.marked_since(&b.id)), (None, Some(5)));
        assert_eq!((journal.damage()[0].unmarked.as_slice(), journal.damage()[0].torn), (&[a.id][..], false));
    }
}
