//! The finder of accidents over more pin changes than anybody wants to hold: the logs are made while they are read, account by account,
//! and of each it is known what a person did by accident.

use crate::calendar::day;
use crate::failed::Done;
use pinfold_core::encoding::encode_base64;
use pinfold_core::ports::Entropy;
use pinfold_datadir::id::KeyName;
use pinfold_operator::audit::AccountAudit;
use pinfold_testkit::entropy::Seeded;
use std::io::{self, BufReader, Read};
use std::time::Instant;

/// The fewest changes of an account, and so many more at most.
const FEWEST: usize = 200;
const MORE: usize = 5600;
/// One account in so many is of a size of its own.
const LARGE: usize = 2000;
/// Changes of such an account.
const LARGE_CHANGES: u64 = 200_000;
/// The most ids of one line.
const TOGETHER: usize = 20;
/// So many of a thousand lines take one document off, and so many are an accident.
const SINGLE: usize = 100;
const ACCIDENT: usize = 4;
/// Between two acts of a person, in ms: more than belongs to one accident.
const APART: i64 = 11_000;
/// Between two lines of one accident, in ms: as much as belongs to it, and less.
const WITHIN: usize = 10_000;
/// A RESET names the whole list: no list that is longer than this is told so.
const LISTED: u64 = 400;

/// What came of looking.
#[derive(Debug, Clone, PartialEq)]
pub struct Looked {
    /// Ids that were put on lists and taken off.
    pub changes: u64,
    /// Bytes that were read.
    pub bytes: u64,
    /// Accounts.
    pub accounts: u64,
    /// Accidents that were planted.
    pub planted: u64,
    /// Of these, how many were told exactly as they were.
    pub found: u64,
    /// What was told and was none.
    pub besides: u64,
    /// How long it took.
    pub seconds: f64,
    /// The most memory that the process ever held, in bytes, where the machine tells it.
    pub peak: Option<u64>,
}

impl Looked {
    /// Whether it found all of it and nothing else.
    pub const fn is_right(&self) -> bool {
        self.found == self.planted && self.besides == 0 && self.planted > 0
    }

    /// The figures in one line.
    pub fn words(&self) -> String {
        let mb = |bytes: u64| bytes.div_ceil(1_000_000);
        let Self { changes, accounts, planted, found, besides, seconds, .. } = self;
        let peak = self.peak.map(|peak| format!(", {} MB of memory at most", mb(peak))).unwrap_or_default();
        format!(
            "{changes} pin changes of {accounts} accounts, {} MB of logs: {found} of {planted} accidents found, {besides} besides; {seconds:.1} s{peak}",
            mb(self.bytes)
        )
    }
}

/// Makes logs until there are so many changes, and looks for accidents in each.
///
/// # Errors
/// None: nothing is read from a disk.
pub fn look(seed: u64, changes: u64) -> Done<Looked> {
    let began = Instant::now();
    let mut chance = Seeded::new(seed ^ 0xacc1_de27);
    let mut looked = Looked {
        changes: 0,
        bytes: 0,
        accounts: 0,
        planted: 0,
        found: 0,
        besides: 0,
        seconds: 0.0,
        peak: None,
    };
    while looked.changes < changes {
        let large = chance.below(LARGE) == 0;
        let upto = if large { LARGE_CHANGES } else { (FEWEST + chance.below(MORE)) as u64 };
        let key = key(&mut chance)?;
        let mut pen = Pen::new(upto.min(changes - looked.changes), chance.next_u64());
        let audit = AccountAudit::of_log(&key, BufReader::new(&mut pen), day(2014, 1, 1))?;
        let told: Vec<(usize, usize)> =
            audit.bursts.iter().map(|burst| (burst.line, burst.ids.len())).collect();
        let found = told.iter().filter(|burst| pen.planted.contains(burst)).count();
        looked.changes += pen.changes;
        looked.bytes += pen.bytes;
        looked.accounts += 1;
        looked.planted += pen.planted.len() as u64;
        looked.found += found as u64;
        looked.besides += (told.len() - found) as u64;
    }
    looked.seconds = began.elapsed().as_secs_f64();
    looked.peak = peak();
    Ok(looked)
}

fn key(chance: &mut Seeded) -> Done<KeyName> {
    let mut bytes = [0; 32];
    chance.fill(&mut bytes)?;
    Ok(encode_base64(&bytes).parse()?)
}

/// The most that this process ever held, in bytes, as Linux tells it.
fn peak() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes * 1024)
}

/// Writes the log of one account as far as it is read.
struct Pen {
    chance: Seeded,
    time: i64,
    lines: usize,
    /// Ids are counted. The oldest go first, so the list is what lies between these two.
    gone: u64,
    added: u64,
    changes: u64,
    upto: u64,
    bytes: u64,
    /// The first line of each accident, and how many ids went.
    planted: Vec<(usize, usize)>,
    text: Vec<u8>,
    read: usize,
}

impl Pen {
    fn new(upto: u64, seed: u64) -> Self {
        let chance = Seeded::new(seed);
        let time = day(2012, 1, 1);
        let (planted, text) = (Vec::new(), Vec::new());
        Self { chance, time, lines: 0, gone: 0, added: 0, changes: 0, upto, bytes: 0, planted, text, read: 0 }
    }

    fn listed(&self) -> u64 {
        self.added - self.gone
    }

    /// The next act of the person.
    fn act(&mut self) {
        let later = self.chance.below(4_000_000);
        self.time += APART + i64::try_from(later).unwrap_or(0);
        let roll = self.chance.below(1000);
        let many = 2 + self.chance.below(TOGETHER) as u64;
        if roll < ACCIDENT && self.listed() > many {
            self.accident(many);
        } else if roll < ACCIDENT + SINGLE && self.listed() > 1 {
            self.off(1);
        } else {
            let from = self.added;
            self.added += 1 + self.chance.below(TOGETHER) as u64;
            self.changes += self.added - from;
            self.line("PIN", from, self.added);
        }
    }

    /// More than one document goes within ten seconds: in one line, in some, or left out of a list that is sent anew.
    fn accident(&mut self, many: u64) {
        self.planted.push((self.lines + 1, usize::try_from(many).unwrap_or(0)));
        match self.chance.below(3) {
            0 => self.off(many),
            1 if self.listed() <= LISTED => {
                self.gone += many;
                self.changes += many;
                self.line("RESET", self.gone, self.added);
            }
            _ => {
                for number in 0..many {
                    let later = self.chance.below(WITHIN + 1);
                    self.time += if number == 0 { 0 } else { i64::try_from(later).unwrap_or(0) };
                    self.off(1);
                }
            }
        }
    }

    fn off(&mut self, many: u64) {
        let from = self.gone;
        self.gone += many;
        self.changes += many;
        self.line("UNPIN", from, self.gone);
    }

    fn line(&mut self, command: &str, from: u64, to: u64) {
        let text = &mut self.text;
        text.extend(b"[\"");
        text.extend(command.as_bytes());
        text.extend(b"\",[");
        for number in from..to {
            text.extend(if number == from { &b"\""[..] } else { &b",\""[..] });
            // As evenly spread as ids are.
            let id = [Seeded::new(number).next_u64(), number];
            for byte in id.iter().flat_map(|half| half.to_be_bytes()) {
                let digit = |nibble: u8| nibble + if nibble < 10 { b'0' } else { b'a' - 10 };
                text.extend([digit(byte >> 4), digit(byte & 15)]);
            }
            text.push(b'"');
        }
        text.extend(format!("],{}]\n", self.time).as_bytes());
        self.lines += 1;
    }
}

impl Read for Pen {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.read == self.text.len() {
            self.text.clear();
            self.read = 0;
            while self.text.len() < out.len() && self.changes < self.upto {
                self.act();
            }
        }
        let rest = self.text.get(self.read..).unwrap_or_default();
        let length = rest.len().min(out.len());
        if let (Some(to), Some(from)) = (out.get_mut(..length), rest.get(..length)) {
            to.copy_from_slice(from);
        }
        self.read += length;
        self.bytes += length as u64;
        Ok(length)
    }
}
