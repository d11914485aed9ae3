//! A drive's log of many lines, as years of use leave it: entries that are opened again and again, now and then one that
//! comes, moves or goes, and a checkpoint before every 50th message. Patches are made from the text, so that the making
//! costs little beside the reading that is measured.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader, ErrorKind, Write};
use std::path::Path;

use pinfold_core::chainpad::{CHECKPOINT_INTERVAL, Chain, Message, Mode, Operation, checkpoint};
use pinfold_core::crypto::hash::sha256;
use pinfold_core::crypto::message::MessageKeys;
use pinfold_core::encoding::encode_hex;
use pinfold_core::error::Error;
use pinfold_core::href::secrets_from_hash;
use pinfold_core::json::Text;
use pinfold_recovery::{Copy, Did, Investigation, Line, Presence, What};

use crate::entropy::Seeded;

/// The account that the log is of: a throwaway hash.
pub const HASH: &str = "/2/drive/edit/N-so2RrZzneCuAuWL12pGQiW/";
const EMPTY: &str =
    r#"{"drive":{"filesData":{},"root":{},"sharedFolders":{},"static":{},"template":[],"trash":{}}}"#;
const BEGAN: u64 = 1_600_000_000_000;

/// What came of reading a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// Its lines.
    pub lines: usize,
    /// Their bytes.
    pub bytes: u64,
    /// What happened to the entries.
    pub events: usize,
    /// SHA-256 over a text line for each of them, as the peers' side of the bench writes it.
    pub digest: String,
}

/// Reads a log that was written so, with the product.
///
/// # Errors
/// Those of reading.
pub fn read(input: impl BufRead) -> io::Result<Reading> {
    let mut input = Some(input);
    read_all(HASH, |_| Ok(input.take()))
}

/// Reads the logs of a whole account with the product: the drive and every folder that it ever named, of each a file `CHANNEL.ndjson` in
/// the folder, if there is one.
///
/// # Errors
/// Those of reading.
pub fn read_account(hash: &str, folder: &Path) -> io::Result<Reading> {
    read_all(hash, |channel| match File::open(folder.join(format!("{channel}.ndjson"))) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        found => found.map(|file| Some(BufReader::new(file))),
    })
}

/// `log` gives the lines of a channel. What happened is told document by document, in the order of their channels.
fn read_all<L: BufRead>(
    hash: &str,
    mut log: impl FnMut(&str) -> io::Result<Option<L>>,
) -> io::Result<Reading> {
    let failed = |error: Error| io::Error::other(error.to_string());
    let mut investigation = Investigation::of_account(hash).map_err(failed)?;
    let mut all: BTreeMap<String, String> = BTreeMap::new();
    let (mut lines, mut bytes, mut events) = (0, 0, 0);
    while let Some(mut reading) = investigation.next_reading() {
        let channel = reading.channel.as_str().to_owned();
        let live = reading.copy() == Copy::Live;
        let told = all.entry(channel.clone()).or_default();
        for line in log(&channel)?.filter(|_| live).into_iter().flat_map(BufRead::lines) {
            let line = line?;
            let mut parts = line.split('"');
            let (author, message) = (parts.nth(1), parts.nth(1).unwrap_or_default());
            let time = parts.next().and_then(|rest| rest.trim_matches([',', ']']).parse().ok());
            let (at, _) = reading.line(Line { message, time, author });
            let of_drive = |of: &Presence| matches!(of.what, What::File | What::SharedFolder);
            let here = reading.events().filter(|(of, _)| of_drive(of));
            let mut words: Vec<String> = here.map(|(of, did)| in_words(&of.id, did)).collect();
            words.sort();
            events += words.len();
            for word in words {
                *told += &format!("{} {word}\n", at.line);
            }
        }
        if live {
            let (more, size) = reading.progress();
            (lines, bytes) = (lines + more, bytes + size);
        }
        investigation.done(reading);
    }
    let told: String = all.into_values().collect();
    Ok(Reading { lines, bytes, events, digest: encode_hex(&sha256(told.as_bytes())) })
}

fn in_words(id: &Text, did: Did) -> String {
    let word = match did {
        Did::Relinked | Did::Renamed | Did::Changed => "changed",
        Did::Moved | Did::Thrown | Did::TakenBack => "moved",
        Did::Erased | Did::Vanished => "vanished",
        Did::Appeared => "appeared",
    };
    format!("{} {word}", id.to_string_lossy())
}

struct Writer<'w, W> {
    keys: MessageKeys,
    chain: Chain,
    entropy: Seeded,
    depth: u64,
    lines: u64,
    rows: Vec<u64>,
    next: u64,
    out: &'w mut W,
}

/// Writes a log of so many lines: `[author, message, time]`, one a line.
///
/// # Errors
/// Those of writing; of the formats, in other words.
pub fn write(lines: u64, seed: u64, out: &mut impl Write) -> io::Result<()> {
    let failed = |error: Error| io::Error::other(error.to_string());
    let secrets = secrets_from_hash("drive", HASH, None).map_err(failed)?;
    let keys = secrets.message_keys().map_err(failed)?;
    let chain = Chain::new(Mode::ListMap);
    let mut writer = Writer {
        keys,
        chain,
        entropy: Seeded::new(seed),
        depth: 0,
        lines: 0,
        rows: Vec::new(),
        next: 1 << 40,
        out,
    };
    writer.towards(EMPTY)?;
    for _ in 0..40 {
        writer.add()?;
    }
    while writer.lines < lines {
        match writer.lines % 400 {
            10 | 110 | 210 | 310 => writer.add()?,
            60 | 160 | 260 => writer.relocate()?,
            399 => writer.remove()?,
            _ => writer.touch()?,
        }
    }
    Ok(())
}

impl<W: Write> Writer<'_, W> {
    fn towards(&mut self, wanted: &str) -> io::Result<()> {
        while let Ok(Some(message)) = self.chain.message_towards(&Text::from(wanted)) {
            self.send(message)?;
        }
        Ok(())
    }

    fn send(&mut self, message: Message) -> io::Result<()> {
        let plain = message.to_json();
        let sealed = self.keys.seal(&plain, &mut self.entropy);
        let sealed = sealed.map_err(|error| io::Error::other(error.to_string()))?;
        let prefix =
            if message.checkpoint { format!("cp|{}|", checkpoint::id(&plain)) } else { String::new() };
        // A session of some hundred lines.
        let author = 0xa000 + self.lines / 300;
        let time = BEGAN + self.lines * 60_000;
        writeln!(self.out, r#"["{author:032x}","{prefix}{sealed}",{time}]"#)?;
        self.chain.push_message(message);
        self.depth += 1;
        self.lines += 1;
        Ok(())
    }

    fn patch(&mut self, mut operations: Vec<Operation>) -> io::Result<()> {
        if (self.depth + 1).is_multiple_of(CHECKPOINT_INTERVAL)
            && let Ok(Some(checkpoint)) = self.chain.message_towards(&Text::from("{\"\":0}"))
        {
            self.send(checkpoint)?;
        }
        let document = self.chain.document();
        operations = operations.iter().filter_map(|operation| operation.simplify(&document)).collect();
        operations.sort_by(|a, b| a.offset.total_cmp(&b.offset));
        let parent = self.chain.best_hash().map(|hash| hash.to_string()).unwrap_or_default();
        let document_hash = Text::from(self.chain.document_hash().to_string());
        self.send(Message { checkpoint: false, operations, document_hash, parent: parent.into() })
    }

    /// Where a text begins, and where it ends.
    fn find(&self, text: &str, from: usize) -> (usize, usize) {
        let wanted: Vec<u16> = text.encode_utf16().collect();
        let document = self.chain.document();
        let rest = document.get(from..).unwrap_or_default();
        let first = wanted.first().copied().unwrap_or_default();
        let mut starts = rest.iter().enumerate().filter(|(_, unit)| **unit == first).map(|(at, _)| at);
        let is_it = |at: &usize| rest.get(*at..).is_some_and(|rest| rest.starts_with(&wanted));
        let at = from + starts.find(is_it).unwrap_or(0);
        (at, at + wanted.len())
    }

    fn add(&mut self) -> io::Result<()> {
        let id = self.next;
        self.next += 1 + self.entropy.next_u64() % 1000;
        let time = BEGAN + self.lines * 60_000;
        let key = format!("{:024x}", self.entropy.next_u64());
        let row = format!(
            r#""{id}":{{"atime":{time},"channel":"{id:032x}","ctime":{time},"href":"/pad/#/2/pad/edit/{key}/","owners":["{key}{key}="],"roHref":"/pad/#/2/pad/view/{key}{key}/","title":"Notes of a meeting, number {id}"}}"#
        );
        let comma = if self.rows.is_empty() { "" } else { "," };
        let insert = |at: usize, text: String| Operation {
            offset: at as f64,
            remove: 0.0,
            insert: text.encode_utf16().collect(),
        };
        let (_, files) = self.find(r#""filesData":{"#, 0);
        let (_, root) = self.find(r#""root":{"#, 0);
        self.rows.push(id);
        let name = self.entropy.next_u64();
        self.patch(vec![
            insert(files, format!("{row}{comma}")),
            insert(root, format!(r#""{name:032x}":{id}{comma}"#)),
        ])
    }

    fn some_row(&mut self) -> u64 {
        let at = self.entropy.below(self.rows.len());
        self.rows.get(at).copied().unwrap_or_default()
    }

    fn touch(&mut self) -> io::Result<()> {
        let id = self.some_row();
        let (_, at) = self.find(&format!(r#""{id}":{{"atime":"#), 0);
        let time = (BEGAN + self.lines * 60_000 + self.entropy.next_u64() % 60_000).to_string();
        self.patch(vec![Operation { offset: at as f64, remove: 13.0, insert: time.encode_utf16().collect() }])
    }

    /// Another name in the tree.
    fn relocate(&mut self) -> io::Result<()> {
        let id = self.some_row();
        let (_, root) = self.find(r#""root":{"#, 0);
        let (at, _) = self.find(&format!(r#"":{id}"#), root);
        let name = format!("{:032x}", self.entropy.next_u64());
        self.patch(vec![Operation {
            offset: at as f64 - 32.0,
            remove: 32.0,
            insert: name.encode_utf16().collect(),
        }])
    }

    /// The newest: it stands first in its table and in the tree.
    fn remove(&mut self) -> io::Result<()> {
        let Some(_) = self.rows.pop() else { return Ok(()) };
        let (_, files) = self.find(r#""filesData":{"#, 0);
        let (_, row_end) = self.find("},", files);
        let (_, root) = self.find(r#""root":{"#, 0);
        let (_, name_end) = self.find(",", root);
        let cut = |from: usize, to: usize| Operation {
            offset: from as f64,
            remove: (to - from) as f64,
            insert: Vec::new(),
        };
        self.patch(vec![cut(files, row_end), cut(root, name_end)])
    }
}
