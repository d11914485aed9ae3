//! Ledger and vault in the account document: read whenever it is, written when there is something to say.
//!
//! What other devices left there is known before the first folder is asked for, and before anything is planned.
//! They are written after a run of pins that ended well, and when a key is kept or decided about. They are never written
//! because another device wrote: so two devices cannot keep each other busy.

use std::sync::Arc;

use crate::drive::account::Account;
use crate::error::Error;
use crate::guard::entry::{EntryKeys, FIELD, add_ledger, add_vault, ledger, vault};
use crate::guard::ledger::Ledger;
use crate::guard::vault::Vault;
use crate::json::Value;
use crate::net::change::Change;
use crate::ports::UnixMillis;
use crate::session::guard::Guard;
use crate::session::guard::shelf::Kind;
use crate::session::parts::Parts;
use crate::session::writing::Author;
use crate::session::writing::Target;

/// What this device knows. It is joined with whatever the account document holds when it is written.
struct Joined {
    keys: Arc<EntryKeys>,
    what: What,
    now: UnixMillis,
}

enum What {
    Ledger(Ledger),
    Vault(Vault),
}

impl Change for Joined {
    fn apply(&self, document: &mut Value) -> Result<bool, Error> {
        match &self.what {
            What::Ledger(ledger) => add_ledger(document, &self.keys, ledger, self.now),
            What::Vault(vault) => add_vault(document, &self.keys, vault),
        }
    }

    fn is_beside_the_drive(&self) -> bool {
        true
    }
}

impl Guard {
    /// Learns the guard's note in the account document, if it is a new one.
    pub(in crate::session) fn recall_entry(&mut self, document: &Value, account: &Account) {
        if self.entry_keys.is_none() {
            let key = account.signing_key(document).map(|key| key.to_base64());
            self.entry_keys = key.map(|key| Arc::new(EntryKeys::derive(key.expose().as_bytes())));
        }
        let Some(keys) = &self.entry_keys else { return };
        let there = document.get(FIELD).unwrap_or(&Value::Null);
        if self.entry == *there {
            return;
        }
        self.entry = there.clone();
        self.ledger = std::mem::take(&mut self.ledger).merge(ledger(document, keys));
        self.vault = std::mem::take(&mut self.vault).merge(vault(document, keys));
    }
}

impl Parts {
    /// Tells the account's other devices, where the policy and the keys allow it. Nobody waits for the end, and an
    /// error costs nothing but that they are not told.
    pub(super) fn tell_devices(&mut self, now: UnixMillis, kind: Kind) {
        let (Some(keys), true) = (self.guard.entry_keys.clone(), self.guard.policy.in_drive) else { return };
        let Ok(place) = self.place(&Target::Account) else { return };
        let what = match kind {
            Kind::Ledger => What::Ledger(self.guard.ledger.clone()),
            Kind::Vault => What::Vault(self.guard.vault.clone()),
            // It is too large for the document: each device keeps its own.
            Kind::Changes => return,
        };
        self.queue(now, place.channel().clone(), Author::Aside, vec![Box::new(Joined { keys, what, now })]);
    }
}
