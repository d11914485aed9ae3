//! Staying current: what appears in a followed drive is pinned by itself, within a second.
//!
//! It only ever adds. What disappears is nobody's business here: a removal goes through a plan.

use crate::compact::{SortedMap, sorted};
use crate::drive::complete::{Drive, Whose};
use crate::error::Error;
use crate::ids::EdPublic;
use crate::json::Text;
use crate::net::document::SyncedDoc;
use crate::pins::set::Additions;
use crate::ports::Millis;
use crate::rpc::command::{Command, Reply};
use crate::session::completing::Lacking;
use crate::session::effect::{Effect, Event};
use crate::session::loading::{LoadRun, Scope};
use crate::session::{Purpose, Session};

/// Changes come in bursts (a document and its first save): one PIN for all of them. Milliseconds.
const BURST: Millis = 200;
/// How long after a refused PIN it is tried again. Milliseconds.
const AGAIN: Millis = 60_000;

/// What a session that stays current remembers.
#[derive(Debug, Default)]
pub(super) struct Keeping {
    /// When to look at the drives again.
    due: Option<Millis>,
    /// When to look at them again although nothing happened.
    again: Option<Millis>,
    /// What was last told of each drive.
    told: SortedMap<Scope, (bool, Additions)>,
    /// Entries of office documents that lack something.
    pub(super) lacking: Vec<Lacking>,
}

impl Keeping {
    pub(super) fn deadline(&self) -> Option<Millis> {
        self.due.into_iter().chain(self.again).min()
    }
}

impl Session {
    /// From now on, whatever appears in a drive that was loaded (the user's, a team's) is pinned by itself,
    /// new folders are read, and [`Event::Changed`] and [`Event::Kept`] tell of it. Nothing is ever unpinned. Entries of
    /// office documents that lack their real-time channel are given it, where the account may write.
    pub fn keep(&mut self, now: Millis) {
        if !self.closed && self.keeping.is_none() {
            self.keeping = Some(Keeping::default());
            self.keep_soon(now);
            self.note_troubles(now);
        }
    }

    /// Something was read or written: the drives are looked at when the burst is over.
    pub(super) fn keep_soon(&mut self, now: Millis) {
        if let Some(keeping) = &mut self.keeping {
            keeping.due.get_or_insert(now + BURST);
        }
    }

    pub(super) fn tick_keeping(&mut self, now: Millis) {
        let Some(keeping) = &mut self.keeping else { return };
        if keeping.again.take_if(|again| *again <= now).is_some() {
            keeping.due = Some(now);
        }
        if keeping.due.take_if(|due| *due <= now).is_some() && self.wire.link().is_some() {
            let scopes: Vec<Scope> = self.followed.iter().map(|(scope, _)| scope.clone()).collect();
            for scope in scopes {
                self.keep_drive(now, &scope);
            }
            self.flush_rpc(now);
        }
    }

    fn keep_drive(&mut self, now: Millis, scope: &Scope) {
        let Some((whose, root)) = self.as_read(scope) else { return };
        let mut run = LoadRun::start(whose, root);
        let settled = self.settle_folders(now, scope, &mut run);
        if !settled {
            // What was read is pinned all the same.
            self.take_outcomes(&mut run);
        }
        let Ok(drive) = run.loader.so_far(self.version) else { return };
        let additions = drive.additions();
        self.record_seen(now, &additions);
        self.pin_new(&additions);
        let complete = matches!(drive, Drive::Complete(_));
        if settled {
            self.watch_drive(now, &drive);
            self.note_lacking(scope, &drive);
            self.tell_change(scope, complete, additions);
        }
    }

    /// Whose drive it is and its document, if both are followed now.
    fn as_read(&mut self, scope: &Scope) -> Option<(Whose, SyncedDoc)> {
        let channel = &self.signed_in.as_ref()?.channel;
        let root = self.readers.get_mut(channel)?.reader.outcome()?.ok()?;
        match scope {
            Scope::User => Some((Whose::User(Box::new(self.account.clone()?)), root)),
            Scope::Team(id) => {
                let team = self.team(root.document(), id).ok()?;
                self.roles_of(&team).ok()?;
                self.team_as_read(&root, team)?.ok()
            }
        }
    }

    fn pin_new(&mut self, additions: &Additions) {
        // Nobody pins for an anonymous drive.
        let Some(signer) = additions.owner().cloned() else { return };
        let known = self.pinned.get(&signer).map(Vec::as_slice).unwrap_or_default();
        let Some(new) = additions.minus(known) else { return };
        for batch in new.batches() {
            let ids = batch.ids().to_vec();
            if !self.submit(&signer, Command::Pin(batch), Purpose::Keep(signer.clone(), ids.clone())) {
                // A viewer cannot pin for a team.
                return;
            }
            self.note_pinned(&signer, &ids);
        }
    }

    /// Remembers ids as pinned, from the moment they are on their way.
    pub(super) fn note_pinned(&mut self, signer: &EdPublic, ids: &[Text]) {
        let mut pinned = self.pinned.remove(signer).unwrap_or_default();
        pinned.extend(ids.iter().cloned());
        let mut pinned = sorted(pinned, &Text::cmp);
        pinned.dedup();
        self.pinned.insert(signer.clone(), pinned);
    }

    /// Ids whose PIN was refused, or lost with its connection.
    pub(super) fn forget_pinned(&mut self, signer: &EdPublic, ids: &[Text]) {
        if let Some(pinned) = self.pinned.get_mut(signer) {
            pinned.retain(|id| ids.binary_search(id).is_err());
        }
    }

    pub(super) fn kept(
        &mut self,
        now: Millis,
        signer: &EdPublic,
        ids: &[Text],
        result: Result<Reply, Error>,
    ) {
        let error = match result {
            Ok(_) => None,
            Err(error) => {
                self.forget_pinned(signer, ids);
                self.keep_again(now);
                Some(error)
            }
        };
        self.out.push_back(Effect::Event(Event::Kept { ids: ids.len(), error }));
    }

    fn keep_again(&mut self, now: Millis) {
        if let Some(keeping) = &mut self.keeping {
            keeping.again.get_or_insert(now + AGAIN);
        }
    }

    fn tell_change(&mut self, scope: &Scope, complete: bool, additions: Additions) {
        let Some(keeping) = &mut self.keeping else { return };
        let same = |(was, known): &(bool, Additions)| *was == complete && known.ids() == additions.ids();
        if keeping.told.get(scope).is_some_and(same) {
            return;
        }
        let team = match scope {
            Scope::User => None,
            Scope::Team(id) => Some(id.clone()),
        };
        let ids = additions.ids().len();
        keeping.told.insert(scope.clone(), (complete, additions));
        self.out.push_back(Effect::Event(Event::Changed { team, complete, ids }));
    }
}
