//! Trimming a history, as its owner asks for it, so that nothing of it is lost (`docs/OPERATIONS.md` 2.6): the whole log is in cold storage
//! first, an older copy there becomes a generation, and a line that somebody writes meanwhile stays.

use crate::archive::{ActError, Hands};
use crate::journal::{Act, Journal, Record, Step, Target};
use pinfold_core::json::{self, Value};
use pinfold_datadir::disk::unlink_if_there;
use pinfold_datadir::id::ItemId;
use pinfold_datadir::metadata::Metadata;
use pinfold_datadir::moves::{at, begins_with, drop_name, duplicate, is_same, place, temporary_name};
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

/// The beginning of a message's text that names it.
const HASH: usize = 64;

impl Hands<'_> {
    /// Leaves only the lines of a channel from a message on. The whole log is in cold storage first; an older copy there becomes a
    /// generation.
    ///
    /// # Errors
    /// [`ActError::Nothing`] when no message has this hash.
    pub fn trim(&self, journal: &mut Journal<'_>, id: &ItemId, hash: &str) -> Result<(), ActError> {
        let target = Target::Item(id.clone());
        let (live, archived) = (self.paths.live(id), self.paths.archived(id));
        let (mut intent, step) = match journal.begun(&target, Act::Trim, None)? {
            Some(begun) => begun,
            None => {
                let found = self.disk.open(&live.body).map_err(at(&live.body))?;
                match place_of(found, hash).map_err(at(&live.body))? {
                    Place::Nowhere => return Err(ActError::Nothing),
                    // It was trimmed there before.
                    Place::First => return Ok(()),
                    Place::Later => {}
                }
                let intent = Record {
                    reason: hash.into(),
                    generation: if self.is_any(&archived)? { Some(self.free_generation(id)?) } else { None },
                    bytes: self.bytes(&live)?,
                    ..self.record(Act::Trim, &target, Step::Intent)
                };
                self.note(journal, intent.clone())?;
                (intent, Step::Intent)
            }
        };
        if let (Step::Intent, Some(_)) = (step, intent.generation) {
            let n = self.number(journal, &intent, &archived)?;
            intent.generation = Some(n);
            self.to_generation(&archived, &self.generation(id, n))?;
            self.note(journal, Record { step: Step::Apart, at: self.now, ..intent.clone() })?;
        }
        if step != Step::Placed {
            for (from, to) in live.moved().zip(archived.moved()) {
                if self.is_there(from)? {
                    if self.is_there(to)? && !is_same(self.disk, from, to)? {
                        // The copy of a run that was cut, and somebody wrote on since. Anything else is somebody else's.
                        if !begins_with(self.disk, from, to)? {
                            self.note(journal, Record { step: Step::Undone, at: self.now, ..intent })?;
                            return Err(ActError::Conflict);
                        }
                        drop_name(self.disk, to)?;
                    }
                    // A copy: the live file goes on, and what is written to it later must not reach cold storage.
                    unlink_if_there(self.disk, &temporary_name(to)).map_err(at(to))?;
                    duplicate(self.disk, from, to)?;
                }
            }
            self.note(journal, Record { step: Step::Placed, at: self.now, ..intent.clone() })?;
        }
        self.leave_lines(id, &live.body, &intent.reason)?;
        if let Some(index) = &live.index {
            unlink_if_there(self.disk, index).map_err(at(index))?;
        }
        let folder = live.body.parent().unwrap_or(Path::new("."));
        self.disk.sync_folder(folder).map_err(at(folder))?;
        self.note(journal, Record { step: Step::Done, at: self.now, ..intent })
    }

    /// Puts a log that has only the lines that stay in place of the whole one. Somebody may write on meanwhile: the whole one keeps a second
    /// name until what came last is in the new one.
    fn leave_lines(&self, id: &ItemId, body: &Path, hash: &str) -> Result<(), ActError> {
        let name = body.file_name().unwrap_or_default().to_string_lossy();
        let (whole, temporary) =
            (body.with_file_name(format!(".{name}.pinfold-whole")), temporary_name(body));
        if !self.is_there(&whole)? {
            place(self.disk, body, &whole)?;
        }
        let is_whole = |path: &Path| -> Result<bool, ActError> {
            let (a, b) =
                (self.disk.stat(path).map_err(at(path))?, self.disk.stat(&whole).map_err(at(&whole))?);
            Ok(a.is_same_file(&b))
        };
        if is_whole(body)? {
            let mut kept = Kept::of(self.disk.open(&whole).map_err(at(&whole))?, hash);
            unlink_if_there(self.disk, &temporary).map_err(at(&temporary))?;
            self.disk.create(&temporary, &mut kept).map_err(at(&temporary))?;
            if kept.state != Before::Found {
                // Somebody else trimmed it further.
                unlink_if_there(self.disk, &temporary).map_err(at(&temporary))?;
                return Ok(drop_name(self.disk, &whole)?);
            }
            self.disk.rename_over(&temporary, body).map_err(at(body))?;
            let folder = body.parent().unwrap_or(Path::new("."));
            self.disk.sync_folder(folder).map_err(at(folder))?;
        }
        let kept = Kept::of(self.disk.open(&whole).map_err(at(&whole))?, hash);
        match missing(self.disk.open(body).map_err(at(body))?, kept).map_err(at(body))? {
            Missing::Lines(lines) if lines.is_empty() => {}
            Missing::Lines(lines) => self.disk.append(body, &lines).map_err(at(body))?,
            // It is another log by now, and the whole one may be the only place of its last lines.
            Missing::AnotherLog => {
                let older = self.generation(id, self.free_generation(id)?);
                return self.set_apart(&whole, &older.join("log.ndjson"));
            }
        }
        Ok(drop_name(self.disk, &whole)?)
    }
}

/// Where a message stands in a log.
enum Place {
    Nowhere,
    /// Before it there is nothing but metadata.
    First,
    Later,
}

fn place_of(log: impl Read, hash: &str) -> io::Result<Place> {
    let mut before = Place::First;
    for (n, line) in BufReader::new(log).split(b'\n').enumerate() {
        let line = line?;
        if is_message(&line, hash) {
            return Ok(before);
        }
        if n > 0 || Metadata::read(&line).is_none() {
            before = Place::Later;
        }
    }
    Ok(Place::Nowhere)
}

fn is_message(line: &[u8], hash: &str) -> bool {
    let value = std::str::from_utf8(line).ok().and_then(|line| json::parse(line).ok());
    let text =
        value.as_ref().and_then(Value::as_array).and_then(|items| items.get(4)).and_then(Value::as_str);
    text.map(named_by)
        .is_some_and(|text| !hash.is_empty() && (text == hash || text.get(..HASH) == Some(hash)))
}

/// The part of a message that names it: a checkpoint begins with `cp|` and perhaps with the name of one.
fn named_by(text: &str) -> &str {
    let Some(rest) = text.strip_prefix("cp|") else { return text };
    match rest.split_once('|') {
        Some((name, rest)) if name.bytes().all(|b| b.is_ascii_alphanumeric() || b"+/=".contains(&b)) => rest,
        _ => rest,
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Before {
    First,
    Message,
    Found,
}

/// The lines that stay: old metadata in the first line, and everything from the message on.
struct Kept<'a> {
    lines: BufReader<Box<dyn Read>>,
    hash: &'a str,
    state: Before,
    line: Vec<u8>,
    at: usize,
}

impl<'a> Kept<'a> {
    fn of(log: Box<dyn Read>, hash: &'a str) -> Self {
        Self { lines: BufReader::new(log), hash, state: Before::First, line: Vec::new(), at: 0 }
    }
}

/// What a trimmed log lacks of what should have stayed.
enum Missing {
    Lines(Vec<u8>),
    AnotherLog,
}

/// The lines that stay and that a trimmed log does not have: those that came between the reading of the whole log and the new one taking its
/// name. What was written to the new one since stands where they would stand.
fn missing(trimmed: impl Read, kept: impl Read) -> io::Result<Missing> {
    let (mut trimmed, mut kept) = (BufReader::new(trimmed), BufReader::new(kept));
    let (mut have, mut should, mut same) = (Vec::new(), Vec::new(), 0_usize);
    loop {
        have.clear();
        should.clear();
        if kept.read_until(b'\n', &mut should)? == 0 {
            return Ok(Missing::Lines(Vec::new()));
        }
        trimmed.read_until(b'\n', &mut have)?;
        if have != should {
            break;
        }
        same += 1;
    }
    if same == 0 {
        return Ok(Missing::AnotherLog);
    }
    kept.read_to_end(&mut should)?;
    // A run that was cut may have added them already, behind what others wrote.
    let mut rest = have;
    trimmed.read_to_end(&mut rest)?;
    let there = rest.windows(should.len().max(1)).any(|part| part == should);
    Ok(Missing::Lines(if there { Vec::new() } else { should }))
}

impl Read for Kept<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.at == self.line.len() {
            self.line.clear();
            self.at = 0;
            if self.lines.read_until(b'\n', &mut self.line)? == 0 {
                return Ok(0);
            }
            let is_metadata = self.state == Before::First && Metadata::read(&self.line).is_some();
            let text = self.line.strip_suffix(b"\n").unwrap_or(&self.line);
            if self.state != Before::Found {
                self.state = if is_message(text, self.hash) { Before::Found } else { Before::Message };
            }
            if self.state != Before::Found && !is_metadata {
                self.line.clear();
            }
        }
        let rest = self.line.get(self.at..).unwrap_or_default();
        let read = rest.len().min(buffer.len());
        if let (Some(to), Some(from)) = (buffer.get_mut(..read), rest.get(..read)) {
            to.copy_from_slice(from);
        }
        self.at += read;
        Ok(read)
    }
}
