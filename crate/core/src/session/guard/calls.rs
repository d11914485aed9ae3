//! The guard, for the host: what is known, the plan, and sending.

use crate::drive::edit::{Edit, Kind as EntryKind, Put};
use crate::error::{Code, Error};
use crate::guard::consent::Consent;
use crate::guard::evidence::Evidence;
use crate::guard::guarded::{GuardedPinSet, Sealed};
use crate::guard::ledger::{Book, Ledger};
use crate::guard::plan::{Plan, plan};
use crate::guard::policy::Policy;
use crate::guard::vault::{Decision, Vault};
use crate::ids::EdPublic;
use crate::json::{Text, Value};
use crate::pin_run::Goal;
use crate::pins::seen::Seen;
use crate::pins::set::{Additions, CompletePinSet};
use crate::ports::UnixMillis;
use crate::session::Session;
use crate::session::effect::Ticket;
use crate::session::guard::Meaning;
use crate::session::guard::shelf::Kind;

impl Session {
    /// How careful the guard is.
    pub fn set_policy(&mut self, policy: Policy) {
        self.parts.guard.policy = policy;
    }

    /// What is known of everybody's pins.
    pub fn ledger(&self) -> &Ledger {
        &self.parts.guard.ledger
    }

    /// Adds what another device or tab knows.
    pub fn learn(&mut self, ledger: Ledger) {
        let ours = std::mem::take(&mut self.parts.guard.ledger);
        self.parts.guard.ledger = ours.merge(ledger);
    }

    /// What sending these pins would change, and which other ids stay pinned. Of a partial drive as
    /// well; nothing of it is removed.
    pub fn plan(&self, now: UnixMillis, owner: Option<&EdPublic>, seen: &Seen<'_>) -> Plan {
        let ledger = &self.parts.guard.ledger;
        plan(
            owner.map_or(Book::empty(), |owner| ledger.book(owner)),
            seen,
            &self.parts.guard.moment(now, owner),
        )
    }

    /// Brings the server's list to this set and what the guard keeps beside it. Ends with
    /// [`Outcome::Pins`](crate::session::effect::Outcome::Pins).
    ///
    /// Removals that need no consent, or have it, begin their wait; what waited long enough leaves. A list
    /// that holds ids nobody recorded is added to and not replaced: the receipt is then not confirmed, and
    /// [`Self::plan`] asks for consent to give up exactly that list.
    ///
    /// # Errors
    /// `misuse/*`, `drive/anonymous`, `pins/stale-consent` at once; `pins/*`, `rpc/*`, `net/*`, `peer/*` at the end. Nothing is
    /// lost by any of them.
    pub fn sync_pins(
        &mut self,
        now: UnixMillis,
        pins: &CompletePinSet,
        consent: Option<&Consent>,
    ) -> Result<Ticket, Error> {
        let owner = self.check_pins(pins.owner())?;
        let by = self.parts.author()?;
        let book = self.parts.guard.ledger.book(&owner);
        let moment = self.parts.guard.moment(now, Some(&owner));
        let Sealed { set, book, plan } = GuardedPinSet::seal(pins, book, &moment, consent, &by)?;
        self.parts.guard.note_fresh(&owner, &plan.added);
        self.parts.guard.ledger.learn(&owner, book);
        self.parts.save(now, Kind::Ledger);
        self.parts.guard.running = Some(set.clone());
        Ok(self.start_pins(now, owner, Goal::Exactly(set)))
    }

    /// Adds ids to the server's list and removes none; with them go those that a document which could not be
    /// read held last. Ends with [`Outcome::Pins`](crate::session::effect::Outcome::Pins).
    ///
    /// # Errors
    /// `misuse/*`, `drive/anonymous` at once; `pins/*`, `rpc/*`, `net/*`, `peer/*` at the end.
    pub fn add_pins(&mut self, now: UnixMillis, additions: &Additions) -> Result<Ticket, Error> {
        let owner = self.check_pins(additions.owner())?;
        let by = self.parts.author()?;
        let (book, seen) = (self.parts.guard.ledger.book(&owner), additions.seen());
        let moment = self.parts.guard.moment(now, Some(&owner));
        let shown = plan(book, &seen, &moment);
        let book = shown.record(book, &seen, &moment, None, &by)?;
        self.parts.guard.note_fresh(&owner, &shown.added);
        self.parts.guard.ledger.learn(&owner, book);
        self.parts.save(now, Kind::Ledger);
        self.parts.guard.running = None;
        Ok(self.start_pins(now, owner, Goal::AtLeast(additions.with(shown.needed(&seen)))))
    }

    /// The keys that are kept, and what was said to be deleted.
    pub fn vault(&self) -> &Vault {
        &self.parts.guard.vault
    }

    /// What the server did that an honest server does not do, in this session and in those that the store remembers.
    pub fn evidence(&self) -> &Evidence {
        &self.parts.guard.evidence
    }

    /// The user decided about a kept key: the best of its channel.
    ///
    /// # Errors
    /// `misuse/bad-argument` when the vault holds none for the channel.
    pub fn decide(&mut self, now: UnixMillis, channel: &Text, decision: Decision) -> Result<(), Error> {
        self.decide_on(now, channel, None, decision)
    }

    /// As [`Self::decide`], about the key of this id.
    ///
    /// # Errors
    /// As there.
    pub fn decide_on(
        &mut self,
        now: UnixMillis,
        channel: &Text,
        id: Option<&str>,
        decision: Decision,
    ) -> Result<(), Error> {
        self.parts.decide_key(now, channel, id, decision)
    }

    /// Puts a kept entry back into the document it vanished from: the best of its channel. It counts as restored once the server has stored
    /// that; until then, and after an error, it is kept as before. Ends with
    /// [`Outcome::Written`](crate::session::effect::Outcome::Written).
    ///
    /// # Errors
    /// `misuse/bad-argument` when the vault holds no such key, `edit/absent` when the document it stood in is not one
    /// of the user's drive or a team's as far as they were read, `team/*`, `crypto/read-only`, `drive/incomplete`, `misuse/closed` at once; what
    /// [`Session::edit`] may end with at the end.
    pub fn put_back(&mut self, now: UnixMillis, channel: &Text) -> Result<Ticket, Error> {
        self.put_back_key(now, channel, None)
    }

    /// As [`Self::put_back`], the entry that is kept under this id.
    ///
    /// # Errors
    /// As there.
    pub fn put_back_key(
        &mut self,
        now: UnixMillis,
        channel: &Text,
        id: Option<&str>,
    ) -> Result<Ticket, Error> {
        let key =
            self.parts.guard.vault.key_of(channel, id).filter(|key| key.decision != Decision::Discarded);
        let key = key.ok_or_else(|| Error::new(Code::MisuseBadArgument, "the vault holds no such key"))?;
        let (folder, shared_folder, entry) = (key.folder.clone(), key.shared_folder, key.entry());
        let id = key.id();
        let Value::Object(entry) = entry else {
            return Err(Error::new(Code::EditUnfit, "what was kept is no entry"));
        };
        let target = self.parts.target_of(&folder).ok_or_else(|| {
            Error::new(Code::EditAbsent, "the document it stood in is not one of the drive")
        })?;
        let kind = if shared_folder { EntryKind::SharedFolder } else { EntryKind::File };
        let put = Put::new(kind, self.draw_entry()?, entry);
        let place = self.parts.place(&target)?;
        let meaning = Some(Meaning::Restored(channel.clone(), id));
        let edits = vec![Edit::Put(put)];
        self.parts.note_placed(&edits);
        let ticket = self.parts.edit_place(now, place, edits, meaning);
        self.hand_up(now);
        ticket
    }

    /// The document of this channel as edits name it, among those of the account and its teams that were read.
    #[cfg(feature = "recovery")]
    pub fn target_of(&mut self, channel: &crate::ids::ChannelId) -> Option<crate::session::writing::Target> {
        self.parts.target_of(&Text::from(channel.as_str()))
    }

    /// From the next signing in on, it is known what earlier sessions of this store changed, too: [`Self::pin_changes`].
    #[cfg(feature = "recovery")]
    pub fn want_pin_changes(&mut self) {
        self.parts.guard.wants_changes = true;
    }

    /// What changed the lists of pins: in this session, and, after [`Self::want_pin_changes`], in all that used this store.
    #[cfg(feature = "recovery")]
    pub fn pin_changes(&self) -> &crate::guard::changes::Changes {
        &self.parts.guard.changes
    }

    /// Adds what another device has in its log.
    #[cfg(feature = "recovery")]
    pub fn learn_pin_changes(&mut self, now: UnixMillis, other: crate::guard::changes::Changes) {
        let ours = std::mem::take(&mut self.parts.guard.changes);
        self.parts.guard.changes = ours.merge(other);
        self.parts.save(now, Kind::Changes);
        self.hand_up(now);
    }

    /// The connections that count as clients of the user's own.
    pub fn own_clients(&self) -> impl Iterator<Item = &Text> {
        self.parts.guard.authors.iter().map(|(author, ())| author)
    }
}
