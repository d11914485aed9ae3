//! What the drives name: each thing once.

use pinfold_core::chainpad::checkpoint::strip_prefix;
use pinfold_core::channel::StoredLine;
use pinfold_core::document::{Entry, Kind, Tables};
use pinfold_core::drive::account::MailboxEntry;
use pinfold_core::drive::complete::{Drive, Folder, FolderOutcome, Whose};
use pinfold_core::drive::declared::opened_by;
use pinfold_core::error::Code;
use pinfold_core::guard::plan::Plan;
use pinfold_core::guard::vault::Vault;
use pinfold_core::href::HrefCipher;
use pinfold_core::ids::MessageHash;
use pinfold_core::json::Text;
use pinfold_core::net::document::SyncedDoc;
use pinfold_core::net::unavailable::Unavailable;
use pinfold_core::report::{Standing, Subject};

use super::{Diagnosis, Found, Listed, Problem, Thing};
use crate::investigation::Investigation;
use crate::notice::NoticeFile;
use crate::presence::can_write;
use crate::weaker::Noticed;

impl Diagnosis {
    /// Looks at a drive that was loaded, the user's or a team's, and at what the guard makes of it
    /// ([`Session::plan`](pinfold_core::session::Session::plan)).
    pub fn drive(&mut self, drive: &Drive, plan: &Plan) {
        let (subject, links, code) = match drive.whose() {
            Whose::User(_) => (Subject::Account, None, None),
            Whose::Team(team, roster) => {
                self.roster(team.roster.channel.as_str(), roster.as_ref().err());
                (Subject::Team, team.links.as_ref(), roster.as_ref().err())
            }
        };
        self.all_read &= code.is_none();
        self.read_document(subject, drive.root(), None);
        let root = drive.root().channel().as_str();
        self.entries(Tables::of_drive(drive.root().document()), root, links);
        for folder in drive.folders() {
            self.folder(folder, root, plan);
        }
        self.ledger(plan);
        self.pins(drive, plan);
    }

    /// A team that could not be loaded, and why.
    pub fn team_unread(&mut self, why: Code) {
        self.all_read = false;
        self.find(Problem::TeamUnreadable, None, Some(why.as_str()));
    }

    /// A mailbox that the account names. The broadcast channel is the instance's, and is left out.
    pub fn mailbox(&mut self, mailbox: &MailboxEntry) {
        if mailbox.keys.is_some() {
            let at = self.name(mailbox.channel.as_str(), Subject::Mailbox);
            // It is pinned as well, and was named there.
            if let Some(thing) = self.things.get_mut(at).filter(|thing| thing.kind == Subject::Other) {
                thing.kind = Subject::Mailbox;
            }
        }
    }

    /// Takes in the keys that the vault keeps, after the drives: of some things it may hold more than any entry does.
    pub fn vault(&mut self, vault: &Vault) {
        for (channel, key) in vault.keys() {
            let entry = key.entry();
            let kind = if key.shared_folder { Kind::SharedFolder } else { Kind::File };
            let id = channel.to_string_lossy();
            let thing = self.by_id.get(&*id).and_then(|at| self.things.get(*at));
            let named = |thing: &&Thing| matches!(thing.kind, Subject::Document | Subject::Folder);
            let Some(thing) = thing.filter(named) else { continue };
            if can_write(Entry::alone(kind, &entry)) && !thing.writes {
                let (inside, title) = (thing.inside.clone(), thing.title.clone());
                let since = Some(key.at.0);
                let (id, state, count) = (Some(id.into_owned()), None, None);
                self.note(Found { problem: Problem::KeyWeaker, id, inside, state, count, since, title });
            }
        }
    }

    /// Takes in what the histories tell of how things were.
    pub fn histories(&mut self, investigation: &Investigation) {
        let rows = [
            (Problem::FolderMadeAnew, investigation.made_anew()),
            (Problem::FolderEmptied, investigation.emptied()),
            (Problem::KeyWeaker, investigation.weaker_keys()),
        ];
        for (problem, noticed) in rows {
            for Noticed { channel, inside, since, count } in noticed {
                let at = self.by_id.get(&channel).copied();
                let title = at.and_then(|at| self.things.get(at)?.title.clone());
                // What nothing names now is no finding about now.
                if at.is_some() {
                    let id = Some(channel);
                    self.note(Found { problem, id, inside, state: None, count, since, title });
                }
            }
        }
    }

    /// Takes in an operator's notice: of what the server does not have, it says that it lies in the archive, and since when.
    pub fn noticed(&mut self, notice: &NoticeFile) {
        let still = notice.times_away().into_iter().filter(|(.., until)| until.is_none());
        self.archived.extend(still.map(|(channel, from, _)| (channel.to_owned(), from)));
    }

    fn roster(&mut self, channel: &str, why: Option<&Unavailable>) {
        let at = self.name(channel, Subject::Roster);
        if let (Some(why), Some(thing)) = (why, self.things.get_mut(at)) {
            (thing.state, thing.code) = (Some(standing(why)), Some(why.code().as_str()));
        }
    }

    fn read_document(&mut self, subject: Subject, document: &SyncedDoc, inside: Option<&str>) -> usize {
        let at = self.name(document.channel().as_str(), subject);
        if let Some(thing) = self.things.get_mut(at) {
            thing.kind = subject;
            thing.state = Some(Standing::Read);
            thing.head = document.place().head.as_ref().and_then(head_word);
            thing.inside = inside.map(str::to_owned).or(thing.inside.take());
        }
        at
    }

    fn folder(&mut self, folder: &Folder, root: &str, plan: &Plan) {
        let declared = &folder.declared;
        let writes = declared.opens.as_ref().is_some_and(|opens| !opens.read_only);
        let title = declared.title.as_deref().map(Text::from);
        match &folder.outcome {
            FolderOutcome::Loaded(document) => {
                let at = self.read_document(Subject::Folder, document, Some(root));
                self.things.get_mut(at).into_iter().for_each(|thing| {
                    thing.title.clone_from(&title);
                    thing.writes |= writes;
                });
                let links = declared.opens.as_ref().and_then(|opens| opens.links.as_ref());
                let channel = document.channel().as_str().to_owned();
                if folder.is_made_anew() {
                    self.note(Found {
                        problem: Problem::FolderMadeAnew,
                        id: Some(channel.clone()),
                        inside: Some(root.to_owned()),
                        state: Some(Code::FolderMadeAnew.as_str()),
                        count: None,
                        since: document.created().map(|created| created.0),
                        title,
                    });
                }
                self.entries(Tables::of(document.document()), &channel, links);
            }
            FolderOutcome::Unavailable(why) => {
                self.all_read = false;
                let opens = declared.opens.as_ref().map(|opens| opens.channel.as_str().to_owned());
                let pinned = declared.pinned.as_ref().and_then(Text::as_str).map(str::to_owned);
                let state = standing(why);
                let id = opens.or(pinned);
                let held =
                    plan.doubts.iter().find(|doubt| Some(&*doubt.channel.to_string_lossy()) == id.as_deref());
                let problem = match state {
                    state if state.is_gone() => Problem::FolderMissing,
                    Standing::Unanswered => Problem::Unanswered,
                    _ => Problem::FolderUnreadable,
                };
                self.note(Found {
                    problem,
                    id: id.clone(),
                    inside: Some(root.to_owned()),
                    state: Some(why.code().as_str()),
                    count: held.map(|doubt| doubt.held),
                    since: None,
                    title,
                });
                let at = id.map(|id| self.name(&id, Subject::Folder));
                if let Some(thing) = at.and_then(|at| self.things.get_mut(at)) {
                    (thing.kind, thing.state) = (Subject::Folder, Some(state));
                    thing.writes |= writes;
                    thing.code = Some(why.code().as_str());
                }
            }
        }
    }

    fn entries(&mut self, tables: Tables<'_>, inside: &str, links: Option<&HrefCipher>) {
        for entry in tables.of_kind(Kind::File) {
            self.entry(entry, inside, links);
        }
    }

    fn entry(&mut self, entry: Entry<'_>, inside: &str, links: Option<&HrefCipher>) {
        let Some(channel) = entry.channel().and_then(Text::as_str) else { return };
        let kind = if channel.len() == FILE { Subject::File } else { Subject::Document };
        let at = self.name(channel, kind);
        let opens = opened_by(entry, links).filter(|opens| opens.channel.as_str() == channel);
        let Some(thing) = self.things.get_mut(at) else { return };
        if thing.kind == Subject::Other {
            thing.kind = kind;
        }
        thing.keys = thing.keys.take().or(opens.map(|opens| opens.keys));
        thing.writes |= can_write(entry);
        thing.inside.get_or_insert_with(|| inside.to_owned());
        let title = entry.given_name().or(entry.title());
        thing.title = thing.title.take().or(title.cloned());
    }

    /// What the ledger expects.
    fn ledger(&mut self, plan: &Plan) {
        for doubt in &plan.doubts {
            let problem = match doubt.code {
                Code::FolderEmptied => Problem::FolderEmptied,
                Code::FolderRolledBack => Problem::FolderRolledBack,
                Code::FolderMadeAnew => Problem::FolderMadeAnew,
                // It was not read: that is found with the folder.
                _ => continue,
            };
            let id = doubt.channel.to_string_lossy().into_owned();
            let title = self.by_id.get(&id).and_then(|at| self.things.get(*at)?.title.clone());
            let state = Some(doubt.code.as_str());
            let count = Some(doubt.held);
            self.note(Found { problem, id: Some(id), inside: None, state, count, since: None, title });
        }
        for removal in plan.removed.iter().filter(|removal| !removal.own) {
            self.note(Found {
                problem: Problem::EntryGone,
                id: Some(removal.id.to_string_lossy().into_owned()),
                inside: Some(removal.folder.to_string_lossy().into_owned()),
                state: Some(removal.cause.as_str()),
                count: None,
                since: Some(removal.last_seen.0),
                title: None,
            });
        }
    }

    /// Everything that has to be pinned, and the lists that would be right.
    fn pins(&mut self, drive: &Drive, plan: &Plan) {
        let named = drive.additions();
        let seen = named.seen();
        let kept = named.with(plan.needed(&seen));
        for id in kept.ids().iter() {
            let at = self.name(id.as_str(), Subject::Other);
            let was_stored = named.stored().contains(id);
            self.things.get_mut(at).into_iter().for_each(|thing| thing.was_stored |= was_stored);
        }
        let Some(key) = named.owner().cloned() else { return };
        let mut right = Vec::new();
        for list in [kept, named.with(plan.list(&seen)), named.with(plan.everything(&seen)), named.clone()] {
            let forms = list.forms();
            if !right.iter().any(|(_, known)| *known == forms) {
                right.push((u64::try_from(list.ids().len()).unwrap_or(u64::MAX), forms));
            }
        }
        let is_partial = matches!(drive, Drive::Partial(_));
        self.lists.push(Listed { key, right, server: None, is_partial, is_ours: true });
    }

    /// The place of what is named so.
    fn name(&mut self, id: &str, kind: Subject) -> usize {
        let next = self.things.len();
        let at = *self.by_id.entry(id.to_owned()).or_insert(next);
        if at == next {
            self.things.push(Thing {
                id: id.to_owned(),
                kind: if kind == Subject::Other && id.len() == FILE { Subject::File } else { kind },
                state: None,
                code: None,
                head: None,
                time: None,
                keys: None,
                inside: None,
                title: None,
                was_stored: false,
                writes: false,
            });
        }
        at
    }

    fn find(&mut self, problem: Problem, id: Option<String>, state: Option<&'static str>) {
        let (inside, count, since, title) = (None, None, None, None);
        self.note(Found { problem, id, inside, state, count, since, title });
    }

    /// Two sources may tell the same: the one that knows since when is kept.
    fn note(&mut self, found: Found) {
        let next = self.found.len();
        let at = found.id.clone().map_or(next, |id| *self.noted.entry((found.problem, id)).or_insert(next));
        match self.found.get_mut(at) {
            Some(known) => {
                known.since = known.since.or(found.since);
                known.count = known.count.max(found.count);
            }
            None => self.found.push(found),
        }
    }
}

/// How long the id of an uploaded file is.
pub(super) const FILE: usize = 48;

impl Thing {
    /// Its newest message came.
    pub(super) fn newest(&mut self, line: &StoredLine) {
        self.head = MessageHash::of(&line.text).as_ref().and_then(head_word);
        self.time = line.time.map(|time| time.0);
        self.state = Some(match &self.keys {
            None => Standing::There,
            Some(keys) if keys.open(strip_prefix(&line.text).0).is_ok() => Standing::Read,
            Some(_) => {
                self.code = Some(Code::CryptoOpen.as_str());
                Standing::Unreadable
            }
        });
    }
}

/// A head as a word of a report: what is not of visible ASCII is no message of ours.
fn head_word(head: &MessageHash) -> Option<String> {
    let head = head.as_str();
    (head != "-" && head.bytes().all(|byte| byte.is_ascii_graphic())).then(|| head.to_owned())
}

fn standing(why: &Unavailable) -> Standing {
    match why {
        Unavailable::Restricted => Standing::Restricted,
        Unavailable::PasswordChanged => Standing::Deleted,
        Unavailable::Deleted { .. } if why.is_archived() => Standing::Archived,
        Unavailable::Deleted { .. } => Standing::Deleted,
        Unavailable::Missing => Standing::Missing,
        Unavailable::Timeout => Standing::Unanswered,
        _ => Standing::Unreadable,
    }
}
