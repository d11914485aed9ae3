//! The guard's entry in the account document: what the account's other devices knew.
//!
//! It is the field `pinfold` of the document, beside `drive` and not inside it: a client that knows nothing of it
//! cleans what is inside (PROTOCOL.md 14.4) and leaves other fields of the document alone, and no rule for pins
//! looks at it (17.2). It holds two texts, `ledger` and `vault`, each encrypted under a key that is derived from the
//! account's signing key, which stays the same when a new password moves the document.
//!
//! Writing is joining: the note in the drive, and what this device knows. So devices that write in any order end with
//! the union. A new text is read back before it is written. An old text that does not open, or is of a later version, is no
//! error, and nothing is learnt from it. Before a new one takes its place, it is set aside in the list `unread`; if
//! that is full, nothing is written.

use core::time::Duration;

use crate::crypto::sign::SigningKey;
use crate::document::AccountDoc;
use crate::error::{Code, Error};
use crate::guard::join::find;
use crate::guard::ledger::{Book, Ledger, Record};
use crate::guard::packed::{pack, unpack};
use crate::guard::sealed::StoreKey;
use crate::guard::vault::Vault;
use crate::json::{Object, Text, Value, stringify};
use crate::ports::{UnixMillis, after};
use zeroize::Zeroizing;

/// The field of the account document.
pub const FIELD: &str = "pinfold";
const LEDGER: &str = "ledger";
const VAULT: &str = "vault";
/// The most that the ledger may take before it is encrypted, in bytes: about two thousand ids. The text is a third
/// longer.
const LEDGER_ROOM: usize = 36 * 1024;
/// The same of the vault: about forty keys.
const VAULT_ROOM: usize = 16 * 1024;
/// The longest text that is opened, in bytes.
const LONGEST: usize = 512 * 1024;
/// The list of texts that could not be read, and its size at most, in bytes.
const UNREAD: &str = "unread";
const UNREAD_ROOM: usize = 256 * 1024;
/// If only times and heads are newer, the entry is written once it is this old: a day.
const OLD: Duration = Duration::from_secs(86_400);

/// The keys of an account's entry.
#[derive(Debug)]
pub struct EntryKeys {
    ledger: StoreKey,
    vault: StoreKey,
}

impl EntryKeys {
    /// Derived from the account's signing key.
    pub fn derive(signing_key: &[u8]) -> Self {
        Self {
            ledger: StoreKey::derive(signing_key, "ledger in the drive"),
            vault: StoreKey::derive(signing_key, "vault in the drive"),
        }
    }

    /// Those of the account that this document is of. `None` where it does not hold the secret half of its signing key, as of an account
    /// from before there were log-in blocks.
    pub fn of_document(document: &Value) -> Option<Self> {
        let document = AccountDoc::of(document);
        let key = SigningKey::from_base64(document.ed_private()?).ok()?;
        (document.ed_public() == Some(key.verifying_key().to_base64().as_str()))
            .then(|| Self::derive(key.to_base64().expose().as_bytes()))
    }
}

/// The ledger that is there; an empty one where none can be read.
pub fn ledger(document: &Value, keys: &EntryKeys) -> Ledger {
    content(document, LEDGER, &keys.ledger, &unpack).unwrap_or_default()
}

/// The vault that is there; an empty one where none can be read.
pub fn vault(document: &Value, keys: &EntryKeys) -> Vault {
    content(document, VAULT, &keys.vault, &read_vault).unwrap_or_default()
}

/// Joins a ledger into the entry. `false` when that would add nothing: newer times and heads alone count once the
/// entry is a day old, so that devices that know the same do not write at every start.
///
/// # Errors
/// `edit/unfit` when the document is no object, `guard/unreadable` when what would be written does not read back, or
/// what is there cannot be read and there is no room to set it aside.
pub fn add_ledger(
    document: &mut Value,
    keys: &EntryKeys,
    ours: &Ledger,
    now: UnixMillis,
) -> Result<bool, Error> {
    let known = ledger(document, keys);
    let packed = pack(&known.clone().merge(ours.clone()), LEDGER_ROOM);
    if !is_news(&known, &unpack(&packed)?, now) {
        return Ok(false);
    }
    put(document, LEDGER, &keys.ledger, &packed, &unpack)
}

/// Joins a vault into the entry. `false` when that would add nothing.
///
/// # Errors
/// As [`add_ledger`].
pub fn add_vault(document: &mut Value, keys: &EntryKeys, ours: &Vault) -> Result<bool, Error> {
    let both = vault(document, keys).merge(ours.clone());
    if both.is_empty() {
        return Ok(false);
    }
    let text = Zeroizing::new(stringify(&both.write_within(VAULT_ROOM)));
    put(document, VAULT, &keys.vault, text.as_bytes(), &read_vault)
}

fn read_vault(content: &[u8]) -> Result<Vault, Error> {
    let unreadable = |_| Error::new(Code::GuardUnreadable, "the vault is no text");
    let text = std::str::from_utf8(content).map_err(|_| unreadable(()))?;
    Vault::read(&Value::parse(text).map_err(|_| unreadable(()))?)
}

/// How a content is read.
type Read<'r, T> = &'r dyn Fn(&[u8]) -> Result<T, Error>;

fn content<T>(document: &Value, name: &str, key: &StoreKey, read: Read<'_, T>) -> Option<T> {
    opened(document.get(FIELD)?.get(name)?, key, read)
}

fn opened<T>(value: &Value, key: &StoreKey, read: Read<'_, T>) -> Option<T> {
    let text = value.as_str().filter(|text| text.len() <= LONGEST)?;
    read(&key.open_text(text).ok()?).ok()
}

/// Sets a text of the entry; whether that changed it.
fn put<T>(
    document: &mut Value,
    name: &str,
    key: &StoreKey,
    content: &[u8],
    read: Read<'_, T>,
) -> Result<bool, Error> {
    let text = Value::from(key.seal_text(content)?);
    if opened(&text, key, read).is_none() {
        return Err(Error::new(Code::GuardUnreadable, "what would be written does not read back"));
    }
    let unfit = || Error::new(Code::EditUnfit, "the account document is no object");
    let document = document.as_object_mut().ok_or_else(unfit)?;
    if document.get(FIELD).and_then(Value::as_object).is_none() {
        document.insert(FIELD, Object::new());
    }
    let entry = document.get_mut(FIELD).and_then(Value::as_object_mut).ok_or_else(unfit)?;
    let there = entry.get(name);
    if there == Some(&text) {
        return Ok(false);
    }
    let unread = there.filter(|there| !there.is_null() && opened(there, key, read).is_none());
    if let Some(unread) = unread.cloned() {
        set_aside(entry, unread)?;
    }
    entry.insert(name, text);
    Ok(true)
}

/// Keeps what cannot be read, for a version or a device that can.
fn set_aside(entry: &mut Object, unread: Value) -> Result<(), Error> {
    let full = || Error::new(Code::GuardUnreadable, "what is there cannot be read, nor set aside");
    let mut aside = match entry.get(UNREAD) {
        None => Vec::new(),
        Some(list) => list.as_array().ok_or_else(full)?.to_vec(),
    };
    if !aside.contains(&unread) {
        aside.push(unread);
        let aside = Value::from(aside);
        if stringify(&aside).len() > UNREAD_ROOM {
            return Err(full());
        }
        entry.insert(UNREAD, aside);
    }
    Ok(())
}

/// Whether the entry is worth writing: it would say of an id or a document what it does not say yet, and for
/// want of room lose none; or it is old.
fn is_news(known: &Ledger, next: &Ledger, now: UnixMillis) -> bool {
    let newest = known.books.iter().flat_map(|(_, book)| {
        book.folders.iter().map(|(_, folder)| folder.at).chain(book.ids.iter().map(|(_, record)| record.at))
    });
    if after(newest.max().unwrap_or_default(), OLD) <= now {
        return known != next;
    }
    let same = |a: &Record, b: &Record| (a.state, &a.folder) == (b.state, &b.folder);
    lacks(known, next, &same) && !lacks(next, known, &|_, _| true)
}

/// Whether a ledger lacks an id or a document that another has.
fn lacks(ledger: &Ledger, other: &Ledger, same: &dyn Fn(&Record, &Record) -> bool) -> bool {
    let none = Book::default();
    let lacking = |(owner, theirs): &(Text, Book)| {
        let ours = find(&ledger.books, owner).unwrap_or(&none);
        let knows = |(id, record): &(Text, Record)| ours.record(id).is_some_and(|known| same(known, record));
        !theirs.ids.iter().all(knows)
            || !theirs.folders.iter().all(|(channel, _)| ours.folder(channel).is_some())
    };
    other.books.iter().any(lacking)
}
