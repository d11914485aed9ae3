//! Logs as people write them: documents one after the other, sealed, with time and author.

use pinfold_core::chainpad::{Chain, Mode};
use pinfold_core::crypto::message::MessageKeys;
use pinfold_core::document::Shape;
use pinfold_core::drive::edit::Edit;
use pinfold_core::error::Error;
use pinfold_core::href::{HrefCipher, secrets_from_hash};
use pinfold_core::json::{Text, Value};
use pinfold_core::ports::Entropy;
use pinfold_recovery::{Investigation, LogLine};

/// Not random: the same in every run.
pub struct Counting(u64);

impl Counting {
    pub const fn new() -> Self {
        Self(1)
    }
}

impl Entropy for Counting {
    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), Error> {
        for byte in bytes {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            *byte = (self.0 >> 33) as u8;
        }
        Ok(())
    }
}

pub const ACCOUNT: &str = "/2/drive/edit/N-so2RrZzneCuAuWL12pGQiW/";
pub const FOLDER: &str = "/2/drive/edit/Tbc-4FKr-ovBfDXO-nX1h8Ph/";
pub const OTHER_FOLDER: &str = "/2/drive/edit/dtEG-nVE102X1ZsxuGh+2V9v/";

pub fn channel(hash: &str) -> String {
    secrets_from_hash("drive", hash, None).unwrap().channel.unwrap()
}

pub fn keys(hash: &str) -> MessageKeys {
    secrets_from_hash("drive", hash, None).unwrap().message_keys().unwrap()
}

/// A session, by a digit.
pub fn author(digit: char) -> String {
    digit.to_string().repeat(32)
}

/// A channel's log.
pub struct Log {
    pub channel: String,
    hash: &'static str,
    keys: MessageKeys,
    chain: Chain,
    entropy: Counting,
    pub lines: Vec<LogLine>,
}

impl Log {
    pub fn new(hash: &'static str) -> Self {
        Self::in_mode(hash, Mode::ListMap)
    }

    /// With another start of what is not random, so that no two copies have equal lines.
    pub fn other_copy(hash: &'static str, mode: Mode) -> Self {
        Self { entropy: Counting(77), ..Self::in_mode(hash, mode) }
    }

    pub fn in_mode(hash: &'static str, mode: Mode) -> Self {
        Self {
            channel: channel(hash),
            hash,
            keys: keys(hash),
            chain: Chain::new(mode),
            entropy: Counting(1),
            lines: Vec::new(),
        }
    }

    fn push(&mut self, message: &pinfold_core::chainpad::Message, time: u64, by: char) {
        let sealed = self.keys.seal(&message.to_json(), &mut self.entropy).unwrap();
        let prefix = if message.checkpoint { "cp|" } else { "" };
        let line = format!("{prefix}{sealed}");
        self.lines.push(LogLine { message: line, time: Some(time), author: Some(author(by)) });
        self.chain.push_message(message.clone());
    }

    /// The document as it is after the last line.
    pub fn document(&self) -> Value {
        self.chain.to_json().unwrap()
    }

    /// Carries edits out, in one line; how many lines that took.
    pub fn edit(&mut self, edits: &[Edit], seconds: u64, by: char) -> usize {
        let (mut document, before) = (self.document(), self.lines.len());
        let shape = match document.get("drive") {
            _ if self.channel == channel(ACCOUNT) => Shape::Account,
            Some(_) => Shape::Team,
            None => Shape::Folder,
        };
        let secrets = secrets_from_hash("drive", self.hash, None).unwrap();
        let links = HrefCipher::new(&secrets.keys.unwrap().secondary_key.unwrap()).unwrap();
        let links = (shape != Shape::Account).then_some(&links);
        for edit in edits {
            let edit = edit.clone().sealed(links, &mut self.entropy).unwrap();
            edit.apply_with(&mut document, shape, links).unwrap();
        }
        self.write(&pinfold_core::json::canonical(&document), seconds, by);
        self.lines.len() - before
    }

    /// The document becomes this one, at this time, by this session.
    pub fn write(&mut self, document: &str, seconds: u64, by: char) {
        let document = Value::parse(document).unwrap();
        let wanted = Text::from(pinfold_core::json::canonical(&document));
        while let Some(message) = self.chain.message_towards(&wanted).unwrap() {
            self.push(&message, seconds * 1000, by);
        }
    }
}

/// The account with these logs.
pub fn investigate(logs: &[&Log]) -> Investigation {
    investigate_as(Investigation::of_account(ACCOUNT).unwrap(), logs, &[])
}

/// With the archived copies as well.
pub fn investigate_as(mut investigation: Investigation, live: &[&Log], archived: &[&Log]) -> Investigation {
    while let Some(mut reading) = investigation.next_reading() {
        let logs = if reading.copy() == pinfold_recovery::Copy::Live { live } else { archived };
        let log = logs.iter().find(|log| log.channel == reading.channel.as_str());
        log.into_iter().flat_map(|log| &log.lines).for_each(|stored| _ = reading.line(stored.line()));
        investigation.done(reading);
    }
    investigation
}

/// A file's channel, by a digit.
pub fn id(digit: u64) -> String {
    format!("{digit:032x}")
}

fn files(numbers: &[u64]) -> String {
    let rows = numbers.iter().map(|n| format!(r#""{n}":{{"channel":"{}","title":"Title {n}"}}"#, id(*n)));
    format!("{{{}}}", rows.collect::<Vec<_>>().join(","))
}

fn root(numbers: &[u64]) -> String {
    let rows = numbers.iter().map(|n| format!(r#""k{n}":{n}"#));
    format!("{{{}}}", rows.collect::<Vec<_>>().join(","))
}

pub fn folder(numbers: &[u64]) -> String {
    format!(r#"{{"filesData":{},"root":{},"static":{{}},"version":2}}"#, files(numbers), root(numbers))
}

/// A drive with files, folders and files in the trash.
pub fn drive(numbers: &[u64], folders: &[(u64, &str)], trash: &[u64]) -> String {
    let rows = folders.iter().map(|(n, hash)| {
        format!(r#""{n}":{{"channel":"{}","href":"/drive/#{hash}","roHref":""}}"#, channel(hash))
    });
    let rows = rows.collect::<Vec<_>>().join(",");
    let all: Vec<u64> = numbers.iter().chain(trash).copied().collect();
    let shown: Vec<u64> = numbers.iter().copied().chain(folders.iter().map(|(n, _)| *n)).collect();
    let thrown = trash.iter().map(|n| format!(r#""t{n}":[{{"element":{n},"path":["root"]}}]"#));
    let thrown = thrown.collect::<Vec<_>>().join(",");
    format!(
        r#"{{"drive":{{"filesData":{},"sharedFolders":{{{rows}}},"root":{},"trash":{{{thrown}}}}}}}"#,
        files(&all),
        root(&shown)
    )
}
