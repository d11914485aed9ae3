//! Pins are recorded before they are sent; the result is recorded afterwards.

use core::time::Duration;

use crate::guard::plan::plan;
use crate::ids::EdPublic;
use crate::pin_run::Receipt;
use crate::pins::set::Additions;
use crate::ports::{UnixMillis, after};
use crate::rpc::command::Command;
use crate::session::guard::shelf::Kind;
use crate::session::parts::Parts;
use crate::session::signers::Purpose;

/// The server's cookies tell the time in steps of this, rounded down.
const TICK: Duration = Duration::from_secs(300);

impl Parts {
    /// Ids that appeared are recorded before they are pinned. For ids that are missing, no wait begins by this.
    pub(in crate::session) fn record_seen(&mut self, now: UnixMillis, additions: &Additions) {
        let Some(owner) = additions.owner() else { return };
        let seen = additions.seen();
        let shown = plan(self.guard.ledger.book(owner), &seen, &self.guard.moment(now, Some(owner)));
        if shown.added.is_empty() {
            return;
        }
        self.guard.note_fresh(owner, &shown.added);
        let Ok(by) = self.author() else { return };
        let book =
            shown.note(self.guard.ledger.book(owner), &seen, &self.guard.moment(now, Some(owner)), &by);
        self.guard.ledger.learn(owner, book);
        self.save(now, Kind::Ledger);
    }

    /// A run ended well: the ids that were due are gone, or the server holds ids that nobody recorded. Either way, other
    /// devices are told what there is to keep.
    pub(in crate::session) fn record_receipt(
        &mut self,
        now: UnixMillis,
        signer: &EdPublic,
        receipt: &Receipt,
    ) {
        self.date_waits(signer);
        self.tell_devices(now, Kind::Vault);
        let Some(set) = self.guard.running.take() else { return self.tell_devices(now, Kind::Ledger) };
        let Ok(by) = self.author() else { return };
        let owner = set.owner();
        if receipt.form.is_some() {
            let refused = receipt.refused_ids();
            let sent = set.sent(now, &by, &refused);
            // The server had them, or took them now.
            if let Some(fresh) = self.guard.fresh.get_mut(owner) {
                fresh.keep_only(&refused);
            }
            let book = self.guard.ledger.book(owner).clone().confirmed(set.due(), sent);
            self.guard.ledger.learn(owner, book);
            self.guard.unknown.remove(owner);
            self.save(now, Kind::Ledger);
            self.take_samples(set.stored());
        } else {
            self.guard.unknown.insert(owner.clone(), receipt.server.clone());
        }
        self.tell_devices(now, Kind::Ledger);
    }

    /// Asks for the server's time, where something waits under a key: by the time there is a plan, it is known.
    pub(in crate::session) fn ask_server_time(&mut self) {
        let signers: Vec<EdPublic> = self.signers.keys().cloned().collect();
        for signer in signers {
            if self.guard.ledger.waits(&signer) {
                self.submit(&signer, Command::Cookie, Purpose::Time);
            }
        }
    }

    /// A wait that began before a call was answered began no later than the time that the answer tells.
    fn date_waits(&mut self, signer: &EdPublic) {
        let said = self.signers.server_time(signer);
        let Some(time) = said.filter(|time| *time > UnixMillis(0)) else { return };
        let mut book = self.guard.ledger.book(signer).clone();
        book.tell_server_time(after(self.guard.server.max(time), TICK));
        self.guard.ledger.learn(signer, book);
    }
}
