//! What a loading says beyond its documents: notices, what vanished, what the server was caught at.

use crate::drive::complete::{Drive, FolderOutcome};
use crate::error::{Code, Error};
use crate::guard::evidence::{Evidence, Item};
use crate::guard::vault::{Decision, Vanished, Vault, vanished};
use crate::json::{Text, Value};
use crate::net::document::SyncedDoc;
use crate::net::unavailable::Unavailable;
use crate::ports::Millis;
use crate::session::Session;
use crate::session::effect::{Effect, Event};
use crate::session::guard::store::Kind;

/// Who says that a channel was deleted.
const SERVER: &str = "server";

impl Session {
    /// The keys that are kept, and what was said to be deleted.
    pub fn vault(&self) -> &Vault {
        &self.guard.vault
    }

    /// What the server was caught at, in this session and in those that the store remembers.
    pub fn evidence(&self) -> &Evidence {
        &self.guard.evidence
    }

    /// The user decided about a kept key.
    ///
    /// # Errors
    /// `misuse/bad-argument` when the vault holds none for the channel.
    pub fn decide(&mut self, now: Millis, channel: &Text, decision: Decision) -> Result<(), Error> {
        self.guard.vault.decide(channel, decision, now)?;
        self.save_vault(now);
        Ok(())
    }

    fn save_vault(&mut self, now: Millis) {
        self.save(now, Kind::Vault);
        self.tell_devices(now, Kind::Vault);
    }

    /// Looks at a drive that was loaded: tombstones, keys of what vanished, evidence. Nothing of it changes
    /// the drive.
    pub(in crate::session) fn watch_drive(&mut self, now: Millis, drive: &Drive) {
        let root = drive.root();
        let home = Text::from(root.channel().as_str());
        let mut kept = self.compare(now, &home, root, root.document().get("drive"));
        self.watch_place(now, root);
        for folder in drive.folders() {
            let declared = &folder.declared;
            let opened = declared.opens.as_ref().map(|opens| Text::from(opens.channel.as_str()));
            let Some(channel) = opened.or_else(|| declared.pinned.clone()) else { continue };
            match &folder.outcome {
                FolderOutcome::Loaded(document) => {
                    kept |= self.compare(now, &channel, document, Some(document.document()));
                    self.watch_place(now, document);
                }
                FolderOutcome::Unavailable(why) => {
                    kept |= self.watch_absence(now, &channel, why);
                    if matches!(why, Unavailable::Deleted { .. } | Unavailable::PasswordChanged) {
                        let entries = root.document().get("drive").and_then(|d| d.get("sharedFolders"));
                        if let Some(entry) = entries.and_then(|entries| entries.get(&declared.id)) {
                            let entry = entry.clone();
                            let lost = Vanished { channel, entry, shared_folder: true };
                            kept |= self.guard.vault.keep(&lost, &home, now);
                        }
                    }
                }
            }
        }
        if kept {
            self.save_vault(now);
        }
        self.forget_logs(drive);
    }

    /// Keeps the entries that a document had when it was last looked at and has no longer.
    fn compare(
        &mut self,
        now: Millis,
        channel: &Text,
        document: &SyncedDoc,
        now_there: Option<&Value>,
    ) -> bool {
        let before = self.guard.looked_at.insert(channel.clone(), document.clone());
        let Some(before) = before.filter(|before| !before.is(document)) else { return false };
        let there = now_there.unwrap_or(&Value::Null);
        let was_there = before.document().get("drive").unwrap_or(before.document());
        let gone = vanished(was_there, there);
        gone.iter().filter(|entry| self.guard.vault.keep(entry, channel, now)).count() > 0
    }

    fn watch_absence(&mut self, now: Millis, channel: &Text, why: &Unavailable) -> bool {
        let item = |code| Item::new(now, code, Some(channel));
        match why {
            Unavailable::Deleted { reason } => self.guard.vault.bury(channel, now, reason, &SERVER.into()),
            Unavailable::PasswordChanged => {
                self.guard.vault.bury(channel, now, "PASSWORD_CHANGE", &SERVER.into())
            }
            Unavailable::Missing => {
                self.catch(item(Code::FolderMissing));
                false
            }
            Unavailable::Unreadable { why } => {
                self.catch(item(Code::FolderUnreadable).with("seen", why));
                false
            }
            Unavailable::Restricted | Unavailable::NoKeys | Unavailable::Timeout => false,
        }
    }

    /// A head that another device saw and this one is not shown is a fork, one that this one saw a rollback.
    fn watch_place(&mut self, now: Millis, document: &SyncedDoc) {
        let place = document.place();
        if !place.rolled_back {
            return;
        }
        let channel = Text::from(document.channel().as_str());
        let seen = self.guard.ledger.last_seen(&channel);
        let other = seen.is_some_and(|record| !self.guard.is_ours(&record.by));
        let code = if other { Code::PeerForked } else { Code::FolderRolledBack };
        let mut item = Item::new(now, code, Some(&channel));
        for (name, hash) in [("base", &place.base), ("head", &place.head)] {
            if let Some(hash) = hash {
                item = item.with(name, hash);
            }
        }
        if let Some(head) = seen.and_then(|record| record.head.as_ref()) {
            item = item.with("seenBefore", head);
        }
        self.catch(item);
    }

    /// A run of pins ended with an error that says something about the server.
    pub(in crate::session) fn watch_pins(&mut self, now: Millis, ours: &str, error: &Error) {
        if matches!(error.code(), Code::PinsMismatch | Code::PinsOverLimit) {
            let mut item = Item::new(now, error.code(), None).with("ours", ours);
            if let Some((_, server)) = error.detail().iter().find(|(name, _)| *name == "server") {
                item = item.with("server", server);
            }
            self.catch(item);
        }
    }

    pub(super) fn catch(&mut self, item: Item) {
        self.out.push_back(Effect::Event(Event::Evidence(item.clone())));
        let now = item.at;
        self.guard.evidence.record(item);
        self.save(now, Kind::Ledger);
    }
}
