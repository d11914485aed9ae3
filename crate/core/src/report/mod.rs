//! The completeness report: what an account had on a day, signed with the account's key, without titles and contents.
//!
//! `docs/reports.md` describes the form, and exactly which bytes are signed. Whoever has a report can check it offline with
//! nothing but an Ed25519 library, and compare it with a later one ([`Difference`]).

mod compare;
mod form;
#[cfg(test)]
mod tests;

use crate::crypto::hash::sha256;
use crate::crypto::sign::{SigningKey, VerifyingKey};
use crate::encoding::{decode_base64_array, encode_base64, encode_hex};
use crate::error::{Code, Error};
use crate::ids::{ChannelId, EdPublic};
use crate::names::names;

pub use compare::{Change, Difference, Fate};

/// The version of the form.
pub const VERSION: u64 = 1;
/// The first line of what is signed. No signed call to a server begins so: each of those begins with `[`.
const FIRST_LINE: &str = "pinfold completeness report, version 1";
/// What the channel of an account is derived with.
const CHANNEL: &str = "pinfold account report, version 1";
/// The most documents of a report.
pub const DOCUMENTS: usize = 1_000_000;
/// The most lists and kinds of findings.
const ROWS: usize = 10_000;
/// The longest word of a report, in bytes.
const WORD: usize = 400;
/// The longest report that is read, in bytes.
pub const BYTES: usize = 512 * 1024 * 1024;

names! {
    /// What a row of a report is of.
    Subject as ReportedKind, "What a row of a completeness report is of.":
    /// The account's own document.
    Account = "account",
    /// The drive of a team.
    Team = "team",
    /// The list of a team's members.
    Roster = "roster",
    /// A shared folder.
    Folder = "folder",
    /// A document with a history.
    Document = "document",
    /// An uploaded file.
    File = "file",
    /// A mailbox.
    Mailbox = "mailbox",
    /// Something else that is pinned: a calendar, answers, a picture.
    Other = "other",
}

names! {
    /// How the server showed it.
    Standing as ReportedState, "How the server showed something: its messages were read with the key, it has it, it has it without a message, it has nothing, it gives a reason why it does not, it lets nobody in, what it sent does not open, it did not answer.":
    /// It was read and opens with the account's key: the whole of a drive, a team or a folder, of others the newest message.
    Read = "read",
    /// The server has it. Nothing of it was opened.
    There = "there",
    /// The server has it, and no message in it.
    Empty = "empty",
    /// The server has nothing, and gives no reason.
    Missing = "missing",
    /// The server has nothing, and its operator has put it away.
    Archived = "archived",
    /// The server has nothing, and says that it was deleted, or lives on under another password.
    Deleted = "deleted",
    /// The server does not let this account in.
    Restricted = "restricted",
    /// What the server sent does not open, or the account has no key.
    Unreadable = "unreadable",
    /// The server did not answer, or was not asked: nothing is claimed.
    Unanswered = "unanswered",
}

impl Standing {
    /// Whether the server has it and nothing is wrong with it.
    pub const fn is_there(self) -> bool {
        matches!(self, Self::Read | Self::There | Self::Empty)
    }

    /// Whether the server says that it has nothing.
    pub const fn is_gone(self) -> bool {
        matches!(self, Self::Missing | Self::Archived | Self::Deleted)
    }
}

/// One row: a channel or a file, and how it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Its id: what is pinned for it.
    pub id: String,
    /// What it is of.
    pub kind: Subject,
    /// How it was.
    pub state: Standing,
    /// The hash of its newest message (PROTOCOL.md 9.1), where that was read.
    pub head: Option<String>,
    /// When the server stored that message, in milliseconds since the epoch. No one signs that time.
    pub time: Option<u64>,
}

/// A list of pins, and what the server said of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct List {
    /// The key that it is kept under: the account's, or a team's.
    pub key: String,
    /// How many ids.
    pub count: u64,
    /// The plain digest of the list that should be there (PROTOCOL.md 11.3).
    pub digest: String,
    /// The server's answer to GET_HASH; `None` where it gave none.
    pub server: Option<String>,
    /// Whether that is the hash of exactly this list.
    pub confirmed: bool,
}

/// How often something was found.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Count {
    /// What: the stable name of a finding.
    pub name: String,
    /// How often.
    pub count: u64,
}

/// What is signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// The account's public key, as the account document spells it.
    pub account: String,
    /// The instance: the origin of its pages.
    pub origin: String,
    /// When the looking began, in milliseconds since the epoch, by the device's clock.
    pub begun: u64,
    /// When the report was made.
    pub made: u64,
    /// Whether every drive, team and folder that is declared was read to its end, and the server confirmed every list.
    pub complete: bool,
    /// The lists of pins.
    pub lists: Vec<List>,
    /// What was found, by name.
    pub findings: Vec<Count>,
    /// Every row, sorted by id, each id once. `None`: withheld, as in what an operator is given.
    pub rows: Option<Vec<Row>>,
}

/// A report and its signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed {
    report: Report,
    signature: String,
}

impl Report {
    /// The bytes that are signed.
    ///
    /// # Errors
    /// `misuse/bad-argument`: a word is empty, too long, or has another character than visible ASCII; the rows are not in
    /// order; there is too much of something.
    pub fn text(&self) -> Result<String, Error> {
        self.check()?;
        let yes = |yes: bool| if yes { "yes" } else { "no" };
        let mut text = format!(
            "{FIRST_LINE}\naccount {}\norigin {}\nbegun {}\nmade {}\ncomplete {}\n",
            self.account,
            self.origin,
            self.begun,
            self.made,
            yes(self.complete),
        );
        for List { key, count, digest, server, confirmed } in &self.lists {
            let server = server.as_deref().unwrap_or("-");
            text.push_str(&format!("list {key} {count} {digest} {server} {}\n", yes(*confirmed)));
        }
        for Count { name, count } in &self.findings {
            text.push_str(&format!("finding {name} {count}\n"));
        }
        for Row { id, kind, state, head, time } in self.rows.iter().flatten() {
            let head = head.as_deref().unwrap_or("-");
            let time = time.map_or_else(|| "-".to_owned(), |time| time.to_string());
            text.push_str(&format!("row {id} {kind} {state} {head} {time}\n"));
        }
        match &self.rows {
            Some(rows) => text.push_str(&format!("rows {}\n", rows.len())),
            None => text.push_str("rows withheld\n"),
        }
        Ok(text)
    }

    /// The same without its rows: what an operator is given.
    #[must_use]
    pub fn without_rows(&self) -> Self {
        Self { rows: None, ..self.clone() }
    }

    /// Signs it.
    ///
    /// # Errors
    /// As [`Report::text`], and when the key is not that of the account.
    pub fn sign(self, key: &SigningKey) -> Result<Signed, Error> {
        if key.verifying_key().to_base64() != self.account {
            return Err(malformed("the report is of another account"));
        }
        let signature = encode_base64(&key.sign_detached(self.text()?.as_bytes()));
        Ok(Signed { report: self, signature })
    }

    fn check(&self) -> Result<(), Error> {
        let lists = self.lists.iter().flat_map(|list| {
            [Some(&list.key), Some(&list.digest), list.server.as_ref()].into_iter().flatten()
        });
        let rows = self.rows.as_deref().unwrap_or_default();
        let in_rows = rows.iter().flat_map(|row| [Some(&row.id), row.head.as_ref()].into_iter().flatten());
        let names = self.findings.iter().map(|finding| &finding.name);
        let mut words = [&self.account, &self.origin].into_iter().chain(lists).chain(names).chain(in_rows);
        if !words.all(|word| is_word(word)) {
            return Err(malformed("a word of the report has other characters than it may have"));
        }
        if rows.len() > DOCUMENTS || self.lists.len() > ROWS || self.findings.len() > ROWS {
            return Err(malformed("the report has too many rows"));
        }
        if !rows.is_sorted_by(|a, b| a.id < b.id) {
            return Err(malformed("the rows of the report are not in order"));
        }
        Ok(())
    }
}

impl Signed {
    /// What is signed. Whoever holds this has checked the signature, or made it.
    pub const fn report(&self) -> &Report {
        &self.report
    }

    /// The signature: base64 of 64 bytes.
    pub fn signature(&self) -> &str {
        &self.signature
    }
}

/// The channel into which an account writes what it tells its operator: it follows from the public key, so that the operator
/// finds it, and nothing pins it. Anybody can compute it and write there: only what the account signed counts.
pub fn channel_of(account: &EdPublic) -> Option<ChannelId> {
    let hash = sha256(format!("{CHANNEL}\n{account}").as_bytes());
    ChannelId::parse(&encode_hex(hash.get(..16)?))
}

/// Whether a word can stand in the signed text. `-` alone means that there is none.
fn is_word(word: &str) -> bool {
    word != "-" && (1..=WORD).contains(&word.len()) && word.bytes().all(|byte| byte.is_ascii_graphic())
}

fn malformed(why: &'static str) -> Error {
    Error::new(Code::MisuseBadArgument, why)
}

/// Checks a signature over a report.
fn verify(report: &Report, signature: &str) -> Result<(), Error> {
    let key = VerifyingKey::from_base64(&report.account)?;
    let signature = decode_base64_array(signature)
        .ok_or_else(|| Error::new(Code::CryptoSignature, "the signature of the report is malformed"))?;
    key.verify_detached(report.text()?.as_bytes(), &signature)
}
