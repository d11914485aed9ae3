//! What the vault keeps of entries that left: their keys are there also when no history tells of them any longer, because its owner
//! shortened it, or because it is gone.
//!
//! A vault comes from two places, and they are joined: the store of a device, which the host hands in, and the account's own
//! document, where devices leave the keys for each other.

use std::collections::{HashMap, HashSet};

use pinfold_core::document::{Entry, Worth};
use pinfold_core::drive::declared::{Opens, opened_by};
use pinfold_core::guard::entry::{EntryKeys, vault};
use pinfold_core::guard::vault::{Decision, KeptKey, Vault};
use pinfold_core::href::HrefCipher;
use pinfold_core::ids::PinId;
use pinfold_core::json::{Text, Value};

use crate::history::Moment;
use crate::investigation::{Investigation, Whose};
use crate::joined::Joined;
use crate::loss::{Cause, KeyAt, Loss};
use crate::place::Place;
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

    fn join(&mut self, other: Vault, home: &str) {
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
        Self {
            what,
            id: Text::from(""),
            from: unknown,
            named: unknown,
            to: Some(Moment { time: until, ..unknown }),
            data,
            before: Vec::new(),
            places: Vec::new(),
            stood: Vec::new(),
            thrown: None,
            renamed: false,
            former: HashSet::new(),
            moved: false,
            weaker: None,
            left_a_number: false,
            left_an_empty_list: false,
            left_with_folder: false,
        }
    }
}

impl Investigation {
    /// Takes in the vault of a device, beside what the account's own document holds of it. What it keeps and no history tells of is lost as
    /// well ([`Investigation::losses`]), unless the user gave it up; the shared folders behind its keys are wanted as readings.
    /// So hand it in before the first reading, and again when it may have changed.
    pub fn vault(&mut self, vault: Vault) {
        let Some(home) = self.documents.first().map(|account| account.channel.as_str().to_owned()) else {
            return;
        };
        self.kept.join(vault, &home);
        let folders: Vec<String> = self.kept.folders.keys().cloned().collect();
        folders.iter().for_each(|folder| self.want_kept(folder));
    }

    /// Takes in what the account's own document holds of the vault.
    pub(crate) fn vault_in_drive(&mut self, at: usize) {
        let told = self.documents.get(at).and_then(|document| document.live.as_ref());
        let Some(document) = told.and_then(|told| told.state()) else { return };
        let held = EntryKeys::of_document(document).map(|keys| vault(document, &keys));
        if let Some(held) = held.filter(|held| !held.is_empty()) {
            self.vault(held);
        }
    }

    /// Wants the shared folders whose keys the vault keeps from this document.
    pub(crate) fn want_kept(&mut self, folder: &str) {
        let links = self.document_of(folder).and_then(|document| document.links.as_ref());
        let entries = self.kept.folders.get(folder).into_iter().flatten();
        let entries = entries.filter_map(|at| self.kept.entries.get(*at));
        let opened: Vec<Opens> = entries.filter_map(|entry| entry.opens(links)).collect();
        for opens in opened {
            self.add(Whose::Folder, opens.channel, opens.keys, opens.links);
        }
    }

    /// Whether the links that the vault keeps there lead to their channel, as far as they tell.
    pub(crate) fn leads_there(&self, place: Place) -> bool {
        match place {
            Place::History { .. } => true,
            Place::Vault { entry, .. } => {
                self.kept.entries.get(entry).is_some_and(|kept| kept.worth > Worth::Nothing)
            }
        }
    }
}

/// What the vault alone knows of: no history that was read tells where it went, and it stands nowhere.
pub(crate) fn kept_losses<'j>(joined: &'j Joined<'_>, named: &mut HashSet<&'j str>) -> Vec<Loss> {
    let investigation = joined.investigation();
    // What was in the drive again when a device looked, and stands nowhere now, may be in a document that was not read.
    let all_read = investigation.unread_documents() == 0 && investigation.missing().is_empty();
    let removed_here: HashSet<&str> =
        investigation.evidence.removed_here.iter().map(|(_, id, _)| id.as_str()).collect();
    let mut losses = Vec::new();
    for (entry, kept) in investigation.kept.entries.iter().enumerate() {
        let is_known = kept.since.is_some() || all_read;
        if !is_known || joined.stands(&kept.channel) || !named.insert(&kept.channel) {
            continue;
        }
        let here = removed_here.contains(kept.channel.as_str());
        losses.push(Loss {
            what: kept.presence.what,
            channel: kept.channel.clone(),
            place: Place::Vault { entry, document: investigation.place_of(&kept.folder) },
            cause: if here { Cause::UserRemoved } else { Cause::Unknown },
            key_at: KeyAt::Vault,
            at: None,
            since: kept.since,
        });
    }
    losses
}
