//! The folders that a drive declares (PROTOCOL.md section 15.1).

use crate::crypto::message::MessageKeys;
use crate::href::{self, HrefCipher};
use crate::ids::{ChannelId, EdPublic};
use crate::json::{Text, Value};

/// One entry of `drive.sharedFolders`. Every one ends in exactly one outcome.
#[derive(Debug, Clone)]
pub struct Declared {
    /// The key of the entry: a number as text, unique within its drive only.
    pub id: String,
    /// The channel that is pinned for the folder: the entry's own field.
    pub pinned: Option<Text>,
    /// Where and how it is read: derived from the link. `None` when the link carries no key.
    pub opens: Option<Opens>,
    /// The title it was last seen under.
    pub title: Option<String>,
    /// Whether the entry carries a password.
    pub password_protected: bool,
    /// Whether the account is among the owners named in the entry.
    pub owned: bool,
}

/// How a folder is read.
#[derive(Debug, Clone)]
pub struct Opens {
    /// Derived from link and password; may differ from the entry's field after a password change.
    pub channel: ChannelId,
    /// What opens its messages.
    pub keys: MessageKeys,
    /// Whether only the view key is known.
    pub read_only: bool,
    /// What opens the edit links inside; only an editor has it.
    pub links: Option<HrefCipher>,
}

/// The entries of a drive object, in the document's order. `links` opens encrypted links (team drives).
pub fn folders_of(drive: &Value, links: Option<&HrefCipher>, owner: Option<&EdPublic>) -> Vec<Declared> {
    let Some(entries) = drive.get("sharedFolders").and_then(Value::as_object) else { return Vec::new() };
    entries
        .iter()
        // The cleaning pass drops what is no entry or has no link that could ever be one (14.4, step 7).
        .filter(|(_, entry)| entry.as_object().is_some())
        .map(|(id, entry)| declare(id.to_string_lossy().into_owned(), entry, links, owner))
        .collect()
}

/// One entry of a drive object, as [`folders_of`] lists it.
pub fn folder_of(
    drive: &Value,
    id: &str,
    links: Option<&HrefCipher>,
    owner: Option<&EdPublic>,
) -> Option<Declared> {
    let entry = drive.get("sharedFolders")?.get(id).filter(|entry| entry.as_object().is_some())?;
    Some(declare(id.to_owned(), entry, links, owner))
}

fn declare(id: String, entry: &Value, links: Option<&HrefCipher>, owner: Option<&EdPublic>) -> Declared {
    let text = |field| entry.get(field).and_then(Value::as_str).filter(|t| !t.is_empty());
    let owned = owner.is_some_and(|owner| {
        entry
            .get("owners")
            .and_then(Value::as_array)
            .is_some_and(|owners| owners.iter().any(|key| key.as_str() == Some(owner.as_str())))
    });
    Declared {
        id,
        pinned: entry.get("channel").and_then(Value::as_text).filter(|t| t.utf16_len() > 0).cloned(),
        opens: opened_by(entry, links),
        title: text("lastTitle").map(str::to_owned),
        password_protected: text("password").is_some(),
        owned,
    }
}

/// How what an entry links to is read, if the link carries keys: a folder, or a document with a history. `links`
/// opens encrypted links.
pub fn opened_by(entry: &Value, links: Option<&HrefCipher>) -> Option<Opens> {
    let text = |field| entry.get(field).and_then(Value::as_str).filter(|t| !t.is_empty());
    let link = href::readable_href(text("href"), text("roHref"), links)?;
    let hash = href::parse_href(&link).hash?;
    // Folders and documents share the grammar of their hashes.
    let secrets = href::secrets_from_hash("drive", &hash, text("password")).ok()?;
    let read_only = !secrets.can_edit();
    Some(Opens {
        channel: ChannelId::parse(secrets.channel.as_deref()?)?,
        links: secrets
            .keys
            .as_ref()
            .and_then(|k| k.secondary_key.as_ref())
            .and_then(|key| HrefCipher::new(key).ok()),
        keys: secrets.message_keys().ok()?,
        read_only,
    })
}
