//! The folders that a drive declares (PROTOCOL.md section 15.1).

use core::time::Duration;

use crate::crypto::message::MessageKeys;
use crate::document::{Entry, FolderDoc, Kind, Tables};
use crate::href::{self, HrefCipher};
use crate::ids::{ChannelId, EdPublic};
use crate::json::Text;
use crate::net::synced::SyncedDoc;
use crate::ports::{UnixMillis, after};

/// How much later than its entry the channel of a folder may be made. A client does both at once, but their times are those
/// of two clocks.
const AT_ONCE: Duration = Duration::from_secs(600);

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
    /// When it was entered, by the clock of the client that did it.
    pub entered: Option<UnixMillis>,
}

impl Declared {
    /// Whether the folder that was read looks as if a client had made it anew, empty, where the server had lost it: its
    /// channel is younger than this entry, and it has neither version nor title. Such a folder says nothing about what it
    /// held. The signs can be forged either way, so this may raise a doubt and nothing else.
    pub fn is_made_anew(&self, folder: &SyncedDoc) -> bool {
        let younger = |(entered, created)| created > after(entered, AT_ONCE);
        self.entered.zip(folder.created()).is_some_and(younger) && FolderDoc::of(folder.document()).is_bare()
    }
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

/// The folders that a drive declares, in the document's order. `links` opens encrypted links (team drives).
pub fn folders_of(drive: Tables<'_>, links: Option<&HrefCipher>, owner: Option<&EdPublic>) -> Vec<Declared> {
    drive
        .of_kind(Kind::SharedFolder)
        .filter_map(|entry| declare(&entry.key()?.to_string_lossy(), entry, links, owner))
        .collect()
}

/// One folder of a drive, as [`folders_of`] lists it.
pub fn folder_of(
    drive: Tables<'_>,
    id: &str,
    links: Option<&HrefCipher>,
    owner: Option<&EdPublic>,
) -> Option<Declared> {
    declare(id, drive.find(Kind::SharedFolder, id)?, links, owner)
}

fn declare(
    id: &str,
    entry: Entry<'_>,
    links: Option<&HrefCipher>,
    owner: Option<&EdPublic>,
) -> Option<Declared> {
    // The cleaning pass drops what is no entry or has no link that could ever be one (14.4, step 7).
    entry.fields()?;
    Some(Declared {
        id: id.to_owned(),
        pinned: entry.channel().cloned(),
        opens: opened_by(entry, links),
        title: entry.title().and_then(Text::as_str).map(str::to_owned),
        password_protected: entry.password().is_some(),
        owned: owner.is_some_and(|owner| entry.is_owned_by(owner.as_str())),
        entered: entry.created(),
    })
}

/// How what an entry links to is read, if the link carries keys: a folder, or a document with a history. `links`
/// opens encrypted links.
pub fn opened_by(entry: Entry<'_>, links: Option<&HrefCipher>) -> Option<Opens> {
    let link = entry.readable_href(links)?;
    let hash = href::parse_href(&link).hash?;
    // Folders and documents share the grammar of their hashes.
    let secrets = href::secrets_from_hash("drive", &hash, entry.password()).ok()?;
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
