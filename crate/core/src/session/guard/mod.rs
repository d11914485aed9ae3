//! The guard in a session: what was known when pins were sent, and what is known afterwards.
//!
//! A set that a caller hands in is not what is sent. Beside it goes everything the ledger holds that may not
//! be given up yet; and what is about to be sent is recorded first, so that a crash forgets nothing.

mod aside;
pub(super) mod edited;
mod entry;
pub(super) mod leaving;
mod samples;
mod store;
mod watch;

use std::sync::Arc;

use crate::compact::SortedMap;
use crate::encoding::encode_link;
use crate::error::Error;
use crate::guard::consent::Consent;
use crate::guard::entry::EntryKeys;
use crate::guard::evidence::Evidence;
use crate::guard::guarded::{GuardedPinSet, Sealed};
use crate::guard::ledger::Ledger;
use crate::guard::plan::{Moment, Plan, plan};
use crate::guard::policy::Policy;
use crate::guard::sealed::StoreKey;
use crate::guard::vault::Vault;
use crate::ids::{EdPublic, MessageHash};
use crate::json::{Text, Value};
use crate::net::document::SyncedDoc;
use crate::pin_run::{Goal, Receipt};
use crate::pins::seen::Seen;
use crate::pins::set::{Additions, CompletePinSet};
use crate::ports::{Entropy, Millis};
use crate::rpc::Rpc;
use crate::rpc::command::Command;
use crate::session::Session;
use crate::session::effect::Ticket;
use crate::session::guard::edited::Meaning;
use crate::session::guard::store::{Kind, Shelf};
use crate::session::parts::Parts;
use crate::session::signers::Purpose;

/// The server's cookies tell the time in steps of this, rounded down.
const TICK: Millis = 300_000;

/// What a session remembers for the guard.
#[derive(Debug, Default)]
pub(super) struct Guard {
    ledger: Ledger,
    vault: Vault,
    evidence: Evidence,
    shelves: Vec<Shelf>,
    /// What the names in the host's store are made with.
    names: Option<StoreKey>,
    /// What the account document held of it when it was last looked at, and what opens that.
    entry: Value,
    entry_keys: Option<Arc<EntryKeys>>,
    policy: Policy,
    /// The name of this device, which it gave itself at its first start.
    device: Option<Text>,
    /// The device and this session, as records name them.
    by: Option<Text>,
    /// The server's hash of a list that holds what nobody recorded, by the key it is pinned under.
    unknown: SortedMap<EdPublic, String>,
    /// Ids whose entries were removed through this session, sorted.
    here: Vec<Text>,
    /// The latest time that the server told in this session: of a message that it stored, or with an answer.
    server: Millis,
    /// Ids that a client of the user's own removed on purpose, and whose keys are kept. Sorted.
    own: Vec<Text>,
    /// The connections that wrote the account document.
    authors: SortedMap<Text, ()>,
    /// What edits that are under way mean once they are done, by their tickets.
    meanings: SortedMap<Ticket, Meaning>,
    /// Each document as it was when a loading last ended.
    looked_at: SortedMap<Text, SyncedDoc>,
    /// The last message of each document when it was last looked at, by this session or an earlier one of the device.
    heads: SortedMap<Text, MessageHash>,
    sampled: bool,
    /// Which channel a question for its size is about.
    samples: SortedMap<String, Text>,
    /// The set that is being sent.
    running: Option<GuardedPinSet>,
}

impl Guard {
    /// Nothing known yet, and this much care.
    pub(super) fn with(policy: Policy) -> Self {
        Self { policy, ..Self::default() }
    }

    /// What the names in the host's store are made with, once signed in.
    pub(super) const fn names(&self) -> Option<&StoreKey> {
        self.names.as_ref()
    }

    pub(super) const fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    pub(super) const fn policy(&self) -> Policy {
        self.policy
    }

    /// Whether a record was made by this device, in whichever session.
    fn is_ours(&self, by: &Text) -> bool {
        let device = by.as_str().and_then(|by| by.split('/').next());
        self.device.as_ref().is_some_and(|ours| ours.as_str() == device)
    }

    fn moment<'g>(&'g self, now: Millis, owner: Option<&EdPublic>) -> Moment<'g> {
        let unknown = owner.and_then(|owner| self.unknown.get(owner)).map(String::as_str);
        let Self { server, policy, here, own, .. } = self;
        Moment { now, server: *server, by: self.by.as_ref(), policy: *policy, here, own, unknown }
    }
}

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

    /// What sending these pins would change, and what is kept that they do not name. Of a partial drive as
    /// well; nothing of it is removed.
    pub fn plan(&self, now: Millis, owner: Option<&EdPublic>, seen: &Seen<'_>) -> Plan {
        let book = owner.map(|owner| self.parts.guard.ledger.book(owner)).unwrap_or_default();
        plan(&book, seen, &self.parts.guard.moment(now, owner))
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
        now: Millis,
        pins: &CompletePinSet,
        consent: Option<&Consent>,
    ) -> Result<Ticket, Error> {
        let owner = self.check_pins(pins.owner())?;
        let (by, book) = (self.parts.author()?, self.parts.guard.ledger.book(&owner));
        let moment = self.parts.guard.moment(now, Some(&owner));
        let Sealed { set, book, plan: _ } = GuardedPinSet::seal(pins, &book, &moment, consent, &by)?;
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
    pub fn add_pins(&mut self, now: Millis, additions: &Additions) -> Result<Ticket, Error> {
        let owner = self.check_pins(additions.owner())?;
        let (by, book, seen) = (self.parts.author()?, self.parts.guard.ledger.book(&owner), additions.seen());
        let moment = self.parts.guard.moment(now, Some(&owner));
        let shown = plan(&book, &seen, &moment);
        let book = shown.record(&book, &seen, &moment, None, &by)?;
        self.parts.guard.ledger.learn(&owner, book);
        self.parts.save(now, Kind::Ledger);
        self.parts.guard.running = None;
        Ok(self.start_pins(now, owner, Goal::AtLeast(additions.with(shown.needed(&seen)))))
    }
}

impl Parts {
    /// What appeared is on record before it is pinned; nothing that is missing begins to wait by this.
    pub(super) fn record_seen(&mut self, now: Millis, additions: &Additions) {
        let Some(owner) = additions.owner() else { return };
        let (book, seen) = (self.guard.ledger.book(owner), additions.seen());
        let moment = self.guard.moment(now, Some(owner));
        let shown = Plan { asks: true, ..plan(&book, &seen, &moment) };
        if shown.added.is_empty() {
            return;
        }
        let Ok(by) = self.author() else { return };
        if let Ok(book) = shown.record(&book, &seen, &self.guard.moment(now, Some(owner)), None, &by) {
            self.guard.ledger.learn(owner, book);
            self.save(now, Kind::Ledger);
        }
    }

    /// A run ended well: what was due is gone, or the server holds what nobody recorded. Either way, other devices
    /// are told what there is to keep.
    pub(super) fn record_receipt(&mut self, now: Millis, signer: &EdPublic, receipt: &Receipt) {
        self.date_waits(signer);
        self.tell_devices(now, Kind::Vault);
        let Some(set) = self.guard.running.take() else { return self.tell_devices(now, Kind::Ledger) };
        let Ok(by) = self.author() else { return };
        let owner = set.owner();
        if receipt.form.is_some() {
            let sent = set.sent(now, &by, &receipt.refused_ids());
            let book = self.guard.ledger.book(owner).confirmed(set.due(), sent);
            self.guard.ledger.learn(owner, book);
            self.guard.unknown.remove(owner);
            self.save(now, Kind::Ledger);
            self.take_samples(set.stored());
        } else {
            self.guard.unknown.insert(owner.clone(), receipt.server.clone());
        }
        self.tell_devices(now, Kind::Ledger);
    }

    /// The server told a time.
    pub(super) fn server_said(&mut self, time: Millis) {
        self.guard.server = self.guard.server.max(time);
    }

    /// Asks for the server's time, where something waits under a key: by the time there is a plan, it is known.
    pub(super) fn ask_server_time(&mut self) {
        let signers: Vec<EdPublic> = self.rpcs.values().map(|rpc| rpc.public().clone()).collect();
        for signer in signers {
            if self.guard.ledger.waits(&signer) {
                self.submit(&signer, Command::Cookie, Purpose::Time);
            }
        }
    }

    /// Waits that began before a call was answered began no later than what the answer says the time is.
    fn date_waits(&mut self, signer: &EdPublic) {
        let said = self.rpcs.get(signer).and_then(Rpc::server_time);
        let Some(time) = said.filter(|time| *time > 0) else { return };
        let mut book = self.guard.ledger.book(signer);
        book.tell_server_time(self.guard.server.max(time).saturating_add(TICK));
        self.guard.ledger.learn(signer, book);
    }

    /// The name of this device and session in records: random, so that it says nothing about either.
    fn author(&mut self) -> Result<Text, Error> {
        if let Some(by) = &self.guard.by {
            return Ok(by.clone());
        }
        let mut bytes = [0; 13];
        self.entropy.fill(&mut bytes)?;
        let (device, session) = bytes.split_at(9);
        let device = self.guard.device.get_or_insert_with(|| encode_link(device).into());
        let by = Text::from([&*device.to_string_lossy(), "/", &encode_link(session)].concat());
        self.guard.by = Some(by.clone());
        Ok(by)
    }
}
