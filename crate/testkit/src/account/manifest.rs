//! What is in an account, in the shape of the manifests of tests/accounts.

use std::collections::BTreeSet;

use pinfold_core::crypto::hash::sha512;
use pinfold_core::encoding::encode_base64;
use pinfold_core::json::{Object, Value, stringify};

use super::parts::{number, object, texts};
use super::{Built, BuiltFolder, BuiltLetter, BuiltMailbox, BuiltTeam, Expected, Membership};

impl Built {
    /// The manifest: how to sign in, every document, the pins and the letters to expect.
    pub fn manifest(&self) -> Value {
        let list = self.pin_list();
        let pin = object([
            ("hash", hash(&list).into()),
            ("hashedList", texts(&list)),
            ("resetList", texts(&self.reset_list())),
        ]);
        let mut manifest = object([
            ("drive", self.document.clone()),
            ("driveChannel", self.drive_channel.as_str().into()),
            ("edPublic", self.ed_public.as_str().into()),
            ("folders", folders(&self.folders)),
            ("note", "made from a seed by pinfold-testkit".into()),
            ("pin", pin.into()),
            ("userHash", self.user_hash.as_str().into()),
        ]);
        if let Some((username, password)) = self.name_and_password() {
            manifest.insert("username", username);
            manifest.insert("password", password);
        }
        if let Some(id) = self.block_id() {
            manifest.insert("blockId", id);
        }
        if !self.teams.is_empty() {
            let mut teams = Object::new();
            self.teams.iter().for_each(|team| drop(teams.insert(team.id.as_str(), describe(team))));
            manifest.insert("teams", teams);
        }
        if let Some(mailbox) = self.mailboxes.iter().find(|mailbox| mailbox.name == "notifications") {
            manifest.insert("mailbox", letters(mailbox));
        }
        manifest.into()
    }
}

fn folders(folders: &[BuiltFolder]) -> Value {
    let mut all = Object::new();
    for folder in folders {
        let mut described = object([("channel", folder.channel.as_str().into())]);
        match folder.expected {
            Expected::Loaded { read_only } => drop(described.insert("readOnly", read_only)),
            Expected::Unavailable(code) => drop(described.insert("unavailable", code.as_str())),
        }
        if let Some(document) = &folder.document {
            described.insert("json", document.clone());
        }
        all.insert(folder.id.as_str(), described);
    }
    all.into()
}

fn describe(team: &BuiltTeam) -> Value {
    let list: BTreeSet<_> = team.pins.iter().cloned().collect();
    let list: Vec<_> = list.into_iter().collect();
    let pin = object([("hash", hash(&list).into()), ("hashedList", texts(&list))]);
    object([
        ("channel", team.channel.as_str().into()),
        ("drive", team.document.clone()),
        ("edPublic", team.ed_public.as_str().into()),
        ("folders", folders(&team.folders)),
        ("hasEdPrivate", (team.membership != Membership::Viewer).into()),
        ("pin", pin.into()),
        ("roster", team.roster.clone()),
    ])
    .into()
}

/// The letters from the last one of the dismissed prefix on: what a reader begins with.
fn letters(mailbox: &BuiltMailbox) -> Value {
    let read = || mailbox.letters.iter().skip(mailbox.last_known.unwrap_or(0));
    let last_known = mailbox.last_known.and_then(|at| mailbox.letters.get(at));
    let viewed: Vec<String> = read()
        .skip(usize::from(last_known.is_some()))
        .filter(|letter| letter.dismissed)
        .map(|letter| letter.hash.clone())
        .collect();
    object([
        ("channel", mailbox.channel.as_str().into()),
        ("lastKnownHash", last_known.map(|l| l.hash.as_str()).unwrap_or_default().into()),
        ("messages", read().map(letter).collect::<Vec<_>>().into()),
        ("viewed", texts(&viewed)),
    ])
    .into()
}

fn letter(letter: &BuiltLetter) -> Value {
    let mut described = object([("hash", letter.hash.as_str().into()), ("time", number(letter.time))]);
    if let Some(author) = &letter.author {
        described.insert("author", author.as_str());
    }
    if let Some(message) = letter.text.as_deref().and_then(|text| Value::parse(text).ok()) {
        described.insert("msg", message);
    }
    described.into()
}

/// The server's hash of a sorted list (PROTOCOL.md 11.3).
fn hash(list: &[String]) -> String {
    encode_base64(&sha512(stringify(&texts(list)).as_bytes()))
}
