//! What a loading tells beside its documents: notices, entries that vanished, evidence against the server.

use crate::document::{Kind as Table, Link, Links, Tables};
use crate::drive::complete::{Drive, FolderOutcome, Whose};
use crate::error::{Code, Error};
use crate::guard::evidence::Item;
use crate::guard::vault::{Held, Vanished, gone, held};
use crate::json::Text;
use crate::net::document::SyncedDoc;
use crate::net::unavailable::Unavailable;
use crate::ports::UnixMillis;
use crate::session::guard::shelf::Kind;
use crate::session::parts::Parts;

/// Who says that a channel was deleted.
const SERVER: &str = "server";

impl Parts {
    /// Looks at a drive that was loaded: tombstones, keys of entries that vanished and of entries that are back, evidence.
    /// The drive is not changed by it.
    pub(in crate::session) fn watch_drive(&mut self, now: UnixMillis, drive: &Drive) {
        let root = drive.root();
        let home = Text::from(root.channel().as_str());
        let links = match drive.whose() {
            Whose::User(_) => Links::Plain,
            Whose::Team(team, _) => Links::of(team.links.as_ref()),
        };
        let entries = Tables::of_drive(root.document());
        let mut news = self.compare(now, root, links);
        self.watch_place(now, root);
        let (mut lost, mut read) = (Vec::new(), Vec::new());
        for folder in drive.folders() {
            let declared = &folder.declared;
            let opened = declared.opens.as_ref().map(|opens| Text::from(opens.channel.as_str()));
            let Some(channel) = opened.or_else(|| declared.pinned.clone()) else { continue };
            let entry = entries.find(Table::SharedFolder, declared.id.as_str());
            match &folder.outcome {
                FolderOutcome::Loaded(document) => {
                    let cipher = declared.opens.as_ref().and_then(|opens| opens.links.as_ref());
                    news |= self.compare(now, document, Links::of(cipher));
                    self.watch_place(now, document);
                    news |= self.guard.vault.unbury(&channel, now, &SERVER.into());
                    let names = declared.pinned.clone().filter(|pinned| *pinned != channel);
                    let names = names.into_iter().chain([channel]);
                    read.extend(names.filter_map(|name| Some((name, entry?))));
                }
                FolderOutcome::Unavailable(why) => {
                    news |= self.watch_absence(now, &channel, why);
                    if why.ends_it()
                        && let Some(entry) = entry
                    {
                        let link = Link::of(&channel, entry, links);
                        lost.push((Vanished::of(channel, entry), link));
                    }
                }
            }
        }
        news |= self.guard.vault.keep_all(&lost, &home, now);
        // Nobody needs the kept key of a folder that is read.
        news |= self.guard.vault.found(&mut Held::new(read, links), &home, links, now);
        if news {
            self.save_vault(now);
        }
        self.forget_logs(drive);
        if let Drive::Complete(drive) = drive {
            self.judge_departures(now, drive);
        }
    }

    /// Keeps the entries that a document had when it was last looked at and has no longer, and closes what is kept of
    /// those that it has. The last look may have been that of an earlier session.
    fn compare(&mut self, now: UnixMillis, document: &SyncedDoc, links: Links<'_>) -> bool {
        let channel = Text::from(document.channel().as_str());
        let before = self.guard.looked_at.insert(channel.clone(), document.clone());
        if before.as_ref().is_some_and(|before| before.is(document)) {
            return false;
        }
        let reader = self.readers.get_mut(document.channel());
        let marked = reader.and_then(|reader| reader.take_marked());
        let guard = &mut self.guard;
        let was = before.as_ref().map(SyncedDoc::document).or(marked.as_deref());
        let mut gone = was.map(|was| gone(was, document.document(), links)).unwrap_or_default();
        if before.is_none() && guard.heads.get(&channel).is_none() {
            // The state before may be older than the last look: what was decided since then stands.
            gone.retain(|(vanished, link)| !guard.vault.knows(vanished, link));
        }
        let mut news = guard.vault.keep_all(&gone, &channel, now);
        if guard.vault.asks() {
            news |= guard.vault.found(&mut held(document.document(), links), &channel, links, now);
        }
        let head = document.place().head.clone();
        if let Some(head) = head.filter(|head| guard.heads.get(&channel) != Some(head)) {
            guard.heads.insert(channel, head);
            self.save(now, Kind::Vault);
        }
        news
    }

    fn watch_absence(&mut self, now: UnixMillis, channel: &Text, why: &Unavailable) -> bool {
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

    /// The server does not show a head that was seen before. If another device saw it, that is a fork; if this one did, a
    /// rollback.
    fn watch_place(&mut self, now: UnixMillis, document: &SyncedDoc) {
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
    pub(in crate::session) fn watch_pins(&mut self, now: UnixMillis, ours: &str, error: &Error) {
        if matches!(error.code(), Code::PinsMismatch | Code::PinsOverLimit) {
            let mut item = Item::new(now, error.code(), None).with("ours", ours);
            if let Some((_, server)) = error.detail().iter().find(|(name, _)| *name == "server") {
                item = item.with("server", server);
            }
            self.catch(item);
        }
    }
}
