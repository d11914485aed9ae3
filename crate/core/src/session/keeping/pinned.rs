//! What appears in a followed drive is pinned by itself.

use core::time::Duration;

use crate::drive::complete::{Drive, Whose};
use crate::error::Error;
use crate::ids::{EdPublic, IdSet, PinId};
use crate::net::document::SyncedDoc;
use crate::pin_run::is_about_ids;
use crate::pins::set::{Additions, PinBatch};
use crate::ports::{UnixMillis, after};
use crate::rpc::command::{Command, Reply};
use crate::session::effect::{Effect, Event};
use crate::session::folders::LoadRun;
use crate::session::parts::Parts;
use crate::session::scope::Scope;
use crate::session::signers::Purpose;

/// How long after a PIN that failed it is tried again.
const AGAIN: Duration = Duration::from_secs(60);

impl Parts {
    pub(in crate::session) fn tick_keeping(&mut self, now: UnixMillis) {
        let Some(current) = &mut self.keeping.current else { return };
        if current.again.take_if(|again| *again <= now).is_some() {
            current.due = Some(now);
        }
        if current.refusals.tick(now) {
            current.due.get_or_insert(now);
        }
        if current.due.take_if(|due| *due <= now).is_some() && self.wiring.is_open() {
            let scopes: Vec<Scope> = self.readers.drives().cloned().collect();
            for scope in scopes {
                self.keep_drive(now, &scope);
            }
        }
    }

    fn keep_drive(&mut self, now: UnixMillis, scope: &Scope) {
        let Some((whose, root)) = self.as_read(scope) else { return };
        let mut run = LoadRun::start(whose, root);
        let settled = self.settle_folders(now, scope, &mut run);
        if !settled {
            // What was read is pinned all the same.
            self.take_outcomes(&mut run);
        }
        let Ok(drive) = run.so_far(self.readers.version()) else { return };
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
        let root = self.readers.outcome(self.who.home()?)?.ok()?;
        match scope {
            Scope::User => Some((Whose::User(Box::new(self.who.account()?.clone())), root)),
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
        let nothing = IdSet::new();
        let known = self.keeping.pinned.get(&signer).unwrap_or(&nothing);
        let Some(current) = &mut self.keeping.current else { return };
        let new = additions.minus(known).and_then(|new| new.minus(&current.refusals.waiting(&signer)));
        let Some(new) = new else { return };
        if !self.signers.are_keeping() {
            current.refusals.begin();
        }
        let batches = new.batches();
        if !self.signers.line_is_closed(&signer)
            && let Some(first) = batches.first()
        {
            // A torn line in the server's log would swallow the first: it goes twice, the second time into the open.
            let first = Command::Pin(first.clone());
            if !self.submit(&signer, first, Purpose::Before) {
                // A viewer cannot pin for a team.
                return;
            }
            self.submit(&signer, Command::ExpireSession, Purpose::Closing(signer.clone()));
        }
        for batch in batches {
            if self.pin_batch(&signer, batch.clone()) {
                self.note_pinned(&signer, batch.ids());
            }
        }
    }

    /// `false` where a viewer of a team has no key to pin with.
    fn pin_batch(&mut self, signer: &EdPublic, batch: PinBatch) -> bool {
        let purpose = Purpose::Keep(signer.clone(), batch.clone());
        self.submit(signer, Command::Pin(batch), purpose)
    }

    /// Remembers ids as pinned, from the moment they are on their way.
    pub(in crate::session) fn note_pinned(&mut self, signer: &EdPublic, ids: &[PinId]) {
        let pinned = self.keeping.pinned.remove(signer).unwrap_or_default();
        self.keeping.pinned.insert(signer.clone(), pinned.union(ids.iter().cloned()));
    }

    /// Ids whose PIN was refused, or lost with its connection.
    pub(in crate::session) fn forget_pinned(&mut self, signer: &EdPublic, ids: &[PinId]) {
        if let Some(pinned) = self.keeping.pinned.get_mut(signer) {
            pinned.remove_all(&ids.iter().cloned().collect());
        }
    }

    /// A run of pins ended: what the server did not take is not asked for at once, unless something left its list.
    pub(in crate::session) fn note_refused(
        &mut self,
        now: UnixMillis,
        signer: &EdPublic,
        ids: &IdSet,
        replaced: bool,
    ) {
        let Some(current) = &mut self.keeping.current else { return };
        if replaced {
            current.refusals.forget_all(signer);
        }
        current.refusals.note(now, signer, ids);
    }

    pub(in crate::session) fn kept(
        &mut self,
        now: UnixMillis,
        signer: &EdPublic,
        batch: PinBatch,
        result: Result<Reply, Error>,
    ) {
        let ids = batch.ids();
        let (mut refused, mut error) = (Vec::new(), None);
        match (result, &mut self.keeping.current) {
            (Ok(_), Some(current)) => current.refusals.forget(signer, ids),
            (Ok(_), None) => {}
            (Err(why), Some(current)) if is_about_ids(&why) => {
                let halves = batch.halves().filter(|_| current.refusals.may_split());
                if let Some((first, second)) = halves {
                    // They stay on record as on their way.
                    self.pin_batch(signer, first);
                    self.pin_batch(signer, second);
                    return;
                }
                current.refusals.note(now, signer, ids);
                self.forget_pinned(signer, ids);
                (refused, error) = (ids.to_vec(), Some(why));
            }
            (Err(why), _) => {
                self.forget_pinned(signer, ids);
                self.keep_again(now);
                error = Some(why);
            }
        }
        self.out.push(Effect::Event(Event::Followed { ids: ids.len(), error, refused }));
    }

    /// The server ended its session before what appeared was pinned, or not. If nobody knows, what followed may have
    /// gone into a torn line: all of it is pinned again.
    pub(in crate::session) fn line_closed(
        &mut self,
        now: UnixMillis,
        signer: &EdPublic,
        result: Result<Reply, Error>,
    ) {
        if result.is_err() && !self.signers.line_is_closed(signer) {
            self.keeping.unknown(signer);
            self.keep_again(now);
        }
    }

    fn keep_again(&mut self, now: UnixMillis) {
        if let Some(current) = &mut self.keeping.current {
            current.again.get_or_insert(after(now, AGAIN));
        }
    }

    fn tell_change(&mut self, scope: &Scope, complete: bool, additions: Additions) {
        let Some(current) = &mut self.keeping.current else { return };
        let same = |(was, known): &(bool, Additions)| *was == complete && known.ids() == additions.ids();
        if current.told.get(scope).is_some_and(same) {
            return;
        }
        let team = match scope {
            Scope::User => None,
            Scope::Team(id) => Some(id.clone()),
        };
        let ids = additions.ids().len();
        current.told.insert(scope.clone(), (complete, additions));
        self.out.push(Effect::Event(Event::Changed { team, complete, ids }));
    }
}
