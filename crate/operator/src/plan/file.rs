//! A plan as a file: read and written line by line, since it has a line for every document.

use super::{Does, Entries, Entry, Head, Plan, PlanError, entries};
use crate::journal::Journal;
use crate::state::LogSeen;
use crate::waits::Wait;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::io::{self, BufRead, Read};

/// A line longer than this is no line of a plan: its head names what every account of a server is allowed, and no more.
const LONGEST: u64 = 1 << 28;

#[derive(Deserialize)]
struct Last {
    digest: String,
}

impl Entry {
    /// Whether a run has anything to do with a line: it marks, moves or removes, or takes back what the journal says.
    pub fn is_for_a_run(&self, journal: &Journal<'_>) -> bool {
        match &self.does {
            Does::Take { .. } | Does::Remove { .. } => true,
            Does::Wait { wait } => matches!(wait, Wait::Mark | Wait::Accounts(_)),
            Does::Keep { .. } => journal.knows(&self.id),
        }
    }
}

impl Plan {
    pub(super) fn sealed(head: Head, logs: Vec<LogSeen>, entries: Entries) -> Self {
        let mut plan = Self { head, logs, entries, digest: String::new() };
        let mut hash = Sha256::new();
        // Values of our own types always have a form as JSON; a plan that had none would have the digest of an empty text and be refused.
        let _ = plan.lines(&mut |line| {
            hash.update(line);
            Ok(())
        });
        plan.digest = hex(hash);
        plan
    }

    fn lines(&self, write: &mut dyn FnMut(&[u8]) -> io::Result<()>) -> io::Result<()> {
        let mut line = |json: serde_json::Result<Vec<u8>>| {
            let mut line = json.map_err(io::Error::other)?;
            line.push(b'\n');
            write(&line)
        };
        line(serde_json::to_vec(&self.head))?;
        self.logs.iter().try_for_each(|log| line(serde_json::to_vec(log)))?;
        self.entries.iter().try_for_each(|entry| line(serde_json::to_vec(&entry)))
    }

    /// Writes the plan, the digest as its last line.
    ///
    /// # Errors
    /// An error of the writer.
    pub fn write(&self, to: &mut dyn io::Write) -> io::Result<()> {
        self.lines(&mut |line| to.write_all(line))?;
        writeln!(to, "{{\"digest\":\"{}\"}}", self.digest)
    }

    /// Reads a plan back.
    ///
    /// # Errors
    /// [`PlanError`].
    pub fn read(bytes: &[u8]) -> Result<Self, PlanError> {
        Self::read_some(bytes, |_| true)
    }

    /// Reads a plan to its end, and keeps some of its lines: a run has nothing to do with most of them. The digest is that of all.
    ///
    /// # Errors
    /// [`PlanError`].
    pub fn read_some(from: impl BufRead, mut keeps: impl FnMut(&Entry) -> bool) -> Result<Self, PlanError> {
        let malformed = |error: serde_json::Error| PlanError::Malformed(error.to_string());
        let mut lines = Lines { from, line: Vec::new(), next: Vec::new() };
        lines.fill()?;
        let (mut hash, mut head): (_, Option<Head>) = (Sha256::new(), None);
        let (mut logs, mut entries, mut known) = (Vec::new(), Entries::default(), entries::Known::default());
        // The last line is the digest: each line is taken once another one follows.
        while lines.step()? {
            hash.update(&lines.line);
            let line = lines.line.as_slice();
            if head.is_none() {
                let read: Head = serde_json::from_slice(line).map_err(malformed)?;
                if read.version != 2 {
                    return Err(PlanError::Malformed(format!("version {}", read.version)));
                }
                head = Some(read);
            } else if line.starts_with(b"{\"log\":") {
                logs.push(serde_json::from_slice(line).map_err(malformed)?);
            } else {
                let entry: Entry = serde_json::from_slice(line).map_err(malformed)?;
                if keeps(&entry) {
                    entries.push(&mut known, entry);
                }
            }
        }
        let last: Last = serde_json::from_slice(&lines.line).map_err(|_| PlanError::Digest)?;
        let head = head.ok_or(PlanError::Digest)?;
        match hex(hash) == last.digest {
            true => Ok(Self { head, logs, entries, digest: last.digest }),
            false => Err(PlanError::Digest),
        }
    }
}

/// The lines of a file, each with its end, and the one behind it.
struct Lines<R> {
    from: R,
    line: Vec<u8>,
    next: Vec<u8>,
}

impl<R: BufRead> Lines<R> {
    fn fill(&mut self) -> Result<(), PlanError> {
        self.next.clear();
        let read = self.from.by_ref().take(LONGEST).read_until(b'\n', &mut self.next);
        read.map(drop).map_err(|error| PlanError::Malformed(error.to_string()))
    }

    /// Goes on to the next line. Answers whether another one is behind it.
    fn step(&mut self) -> Result<bool, PlanError> {
        std::mem::swap(&mut self.line, &mut self.next);
        self.fill()?;
        Ok(!self.next.is_empty())
    }
}

fn hex(hash: Sha256) -> String {
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}
