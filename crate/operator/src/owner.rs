//! What an owner's own calls do to a store, so that nothing of it is lost (`docs/OPERATIONS.md` 2.6): trimming a history, writing a
//! log-in block over an old one. Older copies become generations, where CryptPad overwrites them.

use crate::archive::{ActError, Hands};
use crate::journal::{Act, Journal, Record, Step, Target};
use pinfold_core::json::{self, Value};
use pinfold_datadir::disk::{read_if_there, stat_if_there, unlink_if_there};
use pinfold_datadir::id::{ItemId, KeyName};
use pinfold_datadir::metadata::Metadata;
use pinfold_datadir::moves::{at, duplicate, write_whole};
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
        let begun = journal.intent(&target, Act::Trim).map(|(intent, step)| (intent.clone(), step));
        let (intent, step) = match begun {
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
        if let (Step::Intent, Some(n)) = (step, intent.generation) {
            self.to_generation(&archived, &self.generation(id, n))?;
            self.note(journal, Record { step: Step::Apart, at: self.now, ..intent.clone() })?;
        }
        if step != Step::Placed {
            for (from, to) in live.moved().zip(archived.moved()) {
                if self.is_there(from)? {
                    // A copy: the live file goes on, and what is written to it later must not reach cold storage.
                    unlink_if_there(self.disk, &pinfold_datadir::moves::temporary_name(to))
                        .map_err(at(to))?;
                    duplicate(self.disk, from, to)?;
                }
            }
            self.note(journal, Record { step: Step::Placed, at: self.now, ..intent.clone() })?;
        }
        let source = self.disk.open(&live.body).map_err(at(&live.body))?;
        let mut kept = Kept {
            lines: BufReader::new(source),
            hash: &intent.reason,
            state: Before::First,
            line: Vec::new(),
            at: 0,
        };
        let temporary = pinfold_datadir::moves::temporary_name(&live.body);
        unlink_if_there(self.disk, &temporary).map_err(at(&temporary))?;
        self.disk.create(&temporary, &mut kept).map_err(at(&temporary))?;
        if kept.state == Before::Found {
            self.disk.rename_over(&temporary, &live.body).map_err(at(&live.body))?;
        } else {
            unlink_if_there(self.disk, &temporary).map_err(at(&temporary))?;
        }
        if let Some(index) = &live.index {
            unlink_if_there(self.disk, index).map_err(at(index))?;
        }
        let folder = live.body.parent().unwrap_or(Path::new("."));
        self.disk.sync_folder(folder).map_err(at(folder))?;
        self.note(journal, Record { step: Step::Done, at: self.now, ..intent })
    }

    /// Writes a log-in block. An older one goes to cold storage first, and stays readable at its place until the new one is there.
    ///
    /// # Errors
    /// [`ActError`].
    pub fn write_block(
        &self,
        journal: &mut Journal<'_>,
        key: &KeyName,
        bytes: &[u8],
    ) -> Result<(), ActError> {
        let file = self.block(key);
        if stat_if_there(self.disk, &file.live).map_err(at(&file.live))?.is_some() {
            if read_if_there(self.disk, &file.live, 1 << 20).map_err(at(&file.live))?.as_deref()
                == Some(bytes)
            {
                return Ok(());
            }
            let generation =
                if self.is_there(&file.cold)? { Some(self.free(&file.generations)?) } else { None };
            let intent = Record { generation, ..self.record(Act::Replace, &file.target, Step::Intent) };
            self.note(journal, intent.clone())?;
            if let Some(n) = generation {
                self.set_apart(&file.cold, &file.generations.join(n.to_string()).join(file.name))?;
            }
            duplicate(self.disk, &file.live, &file.cold)?;
            self.note(journal, Record { step: Step::Placed, ..intent })?;
            self.placeholder(&self.paths.block_placeholder(key), "PASSWORD_CHANGE")?;
        }
        let folder = file.live.parent().unwrap_or(Path::new("."));
        self.disk.make_folder(folder).map_err(at(folder))?;
        write_whole(self.disk, &file.live, bytes).map_err(at(&file.live))?;
        // Without the bytes of the new block, a run that was cut cannot be finished; whoever wrote asks again.
        self.note(journal, self.record(Act::Replace, &file.target, Step::Done))
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
