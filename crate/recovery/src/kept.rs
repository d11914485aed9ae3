//! What the vault keeps of entries that left: their keys are there also when no history tells of them any longer, because its owner
//! shortened it, or because it is gone.
//!
//! A vault comes from two places, and they are joined: the store of a device, which the host hands in, and the account's own
//! document, where devices leave the keys for each other.

use std::collections::HashMap;

use pinfold_core::document::{Entry, Worth};
use pinfold_core::drive::declared::{Opens, opened_by};
use pinfold_core::guard::entry::{EntryKeys, vault};
use pinfold_core::guard::vault::{Decision, KeptKey, Vault};
use pinfold_core::href::HrefCipher;
use pinfold_core::ids::PinId;
use pinfold_core::json::{Text, Value};

use crate::history::Moment;
use crate::presence::{Presence, What};

/// The entries that the vault keeps.
#[derive(Debug, Default)]
pub(crate) struct Kept {
    vault: Vault,
    entries: Vec<KeptEntry>,
    /// The entries of shared folders by the document in which they stood.
    folders: HashMap<String, Vec<usize>>,
}

/// One of them: of each channel the best.
#[derive(Debug)]
pub(crate) struct KeptEntry {
    /// What it said, as a stay of which no line tells.
    pub(crate) presence: Presence,
    pub(crate) channel: String,
    /// The channel of the document in which it stood.
    pub(crate) folder: String,
    /// By when it had left, in milliseconds since the epoch, by the clock of the device that noticed it.
    pub(crate) since: Option<u64>,
    worth: Worth,
}

impl Kept {
    pub(crate) fn entries(&self) -> &[KeptEntry] {
        &self.entries
    }

    /// The documents in which the entries of shared folders stood.
    pub(crate) fn holders(&self) -> impl Iterator<Item = &String> {
        self.folders.keys()
    }

    /// What opens the shared folders whose entries stood in this document, whose links these open.
    pub(crate) fn opened(&self, holder: &str, links: Option<&HrefCipher>) -> Vec<Opens> {
        let entries = self.folders.get(holder).into_iter().flatten();
        entries.filter_map(|at| self.entries.get(*at)?.opens(links)).collect()
    }

    /// Adds what another vault keeps. `home` is the channel of the account's own drive.
    pub(crate) fn join(&mut self, other: Vault, home: &str) {
        self.vault = std::mem::take(&mut self.vault).merge(other);
        self.vault.at_home(&Text::from(home));
        self.entries.clear();
        self.folders.clear();
        let keys: Vec<(&Text, &KeptKey)> = self.vault.keys().collect();
        for keys in keys.chunk_by(|(a, _), (b, _)| a == b) {
            let best = keys.first().and_then(|(channel, _)| Some((*channel, self.vault.key(channel)?)));
            let Some((channel, best)) = best.filter(|(_, best)| !is_given_up(best, keys)) else { continue };
            let Some(entry) = KeptEntry::of(channel, best) else { continue };
            if entry.presence.what == What::SharedFolder {
                self.folders.entry(entry.folder.clone()).or_default().push(self.entries.len());
            }
            self.entries.push(entry);
        }
    }
}

/// Whether the user gave up this key, or one that can do as much: nobody wants back a document whose better key they gave up.
fn is_given_up(best: &KeptKey, keys: &[(&Text, &KeptKey)]) -> bool {
    let mut given_up = keys.iter().filter(|(_, key)| key.decision == Decision::Discarded);
    given_up.any(|(_, key)| key.worth() >= best.worth())
}

impl KeptEntry {
    fn of(channel: &Text, key: &KeptKey) -> Option<Self> {
        // A key without a channel is kept under its link, which is a secret: it is no id, and is not told.
        let channel = channel.as_str().filter(|channel| PinId::parse(channel).is_some())?.to_owned();
        let what = if key.shared_folder { What::SharedFolder } else { What::File };
        let since = (key.decision == Decision::Open).then_some(key.at.0);
        Some(Self {
            presence: Presence::kept(what, key.entry(), since),
            channel,
            folder: key.folder.to_string_lossy().into_owned(),
            since,
            worth: key.worth(),
        })
    }

    /// Whether its links lead to its channel, as far as they tell.
    pub(crate) fn leads_there(&self) -> bool {
        self.worth > Worth::Nothing
    }

    /// What opens the shared folder behind it.
    fn opens(&self, links: Option<&HrefCipher>) -> Option<Opens> {
        let entry = Entry::alone(self.presence.kind(), &self.presence.data);
        opened_by(entry, links).filter(|opens| opens.channel.as_str() == self.channel)
    }
}

impl Presence {
    /// A stay of which nothing is known but what it said, and by when it had ended.
    fn kept(what: What, data: Value, until: Option<u64>) -> Self {
        let unknown = Moment { line: 0, time: None, author: None };
        let to = Some(Moment { time: until, ..unknown });
        Self { to, ..Self::begun(what, Text::from(""), unknown, data) }
    }
}

/// What the account's own document holds of the vault.
pub(crate) fn vault_in(document: &Value) -> Option<Vault> {
    let held = EntryKeys::of_document(document).map(|keys| vault(document, &keys));
    held.filter(|held| !held.is_empty())
}
