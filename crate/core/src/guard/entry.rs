//! The guard's entry in the account document: what the account's other devices knew.
//!
//! It is the field `pinfold` of the document, beside `drive` and not inside it: a client that knows nothing of it
//! cleans what is inside (PROTOCOL.md 14.4) and leaves other fields of the document alone, and no rule for pins
//! looks at it (17.2). It holds two texts, `ledger` and `vault`, each encrypted under a key that is derived from the
//! account's signing key, which stays the same when a new password moves the document.
//!
//! Writing is joining: what is there, and what this device knows. So devices that write in any order end with
//! the union. What does not open is no error and nothing to learn from; the next writing takes its place.

use crate::error::{Code, Error};
use crate::guard::join::find;
use crate::guard::ledger::{Book, Ledger, Record};
use crate::guard::packed::{pack, unpack};
use crate::guard::sealed::StoreKey;
use crate::guard::vault::Vault;
use crate::json::{Object, Text, Value, stringify};
use crate::ports::Millis;
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
/// How old newer times and heads make the entry before it is written for their sake, in milliseconds: a day.
const OLD: Millis = 86_400_000;

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
}

/// The ledger that is there; an empty one where none can be read.
pub fn ledger(document: &Value, keys: &EntryKeys) -> Ledger {
    content(document, LEDGER, &keys.ledger).and_then(|content| unpack(&content).ok()).unwrap_or_default()
}

/// The vault that is there; an empty one where none can be read.
pub fn vault(document: &Value, keys: &EntryKeys) -> Vault {
    let content = content(document, VAULT, &keys.vault);
    let text = content.as_ref().and_then(|content| std::str::from_utf8(content).ok());
    text.and_then(|text| Vault::read(&Value::parse(text).ok()?).ok()).unwrap_or_default()
}

/// Joins a ledger into the entry. `false` when that would add nothing: newer times and heads alone count once the
/// entry is a day old, so that devices that know the same do not write at every start.
///
/// # Errors
/// `edit/unfit` when the document is no object.
pub fn add_ledger(document: &mut Value, keys: &EntryKeys, ours: &Ledger, now: Millis) -> Result<bool, Error> {
    let known = ledger(document, keys);
    let packed = pack(&known.clone().merge(ours.clone()), LEDGER_ROOM);
    if !is_news(&known, &unpack(&packed)?, now) {
        return Ok(false);
    }
    put(document, LEDGER, keys.ledger.seal_text(&packed)?)
}

/// Joins a vault into the entry. `false` when that would add nothing.
///
/// # Errors
/// `edit/unfit` when the document is no object.
pub fn add_vault(document: &mut Value, keys: &EntryKeys, ours: &Vault) -> Result<bool, Error> {
    let both = vault(document, keys).merge(ours.clone());
    if both.is_empty() {
        return Ok(false);
    }
    let text = Zeroizing::new(stringify(&both.write_within(VAULT_ROOM)));
    put(document, VAULT, keys.vault.seal_text(text.as_bytes())?)
}

fn content(document: &Value, name: &str, key: &StoreKey) -> Option<Zeroizing<Vec<u8>>> {
    let text = document.get(FIELD)?.get(name)?.as_str().filter(|text| text.len() <= LONGEST)?;
    key.open_text(text).ok()
}

/// Sets a text of the entry; whether that changed it.
fn put(document: &mut Value, name: &str, text: String) -> Result<bool, Error> {
    let unfit = || Error::new(Code::EditUnfit, "the account document is no object");
    let document = document.as_object_mut().ok_or_else(unfit)?;
    if document.get(FIELD).and_then(Value::as_object).is_none() {
        document.insert(FIELD, Object::new());
    }
    let entry = document.get_mut(FIELD).and_then(Value::as_object_mut).ok_or_else(unfit)?;
    let changed = entry.get(name).and_then(Value::as_str) != Some(&text);
    if changed {
        entry.insert(name, text);
    }
    Ok(changed)
}

/// Whether the entry is worth writing: it would say of an id or a document what it does not say yet, and for
/// want of room lose none; or it is old.
fn is_news(known: &Ledger, next: &Ledger, now: Millis) -> bool {
    let newest = known.books.iter().flat_map(|(_, book)| {
        book.folders.iter().map(|(_, folder)| folder.at).chain(book.ids.iter().map(|(_, record)| record.at))
    });
    if newest.max().unwrap_or_default().saturating_add(OLD) <= now {
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
