//! What the guard keeps in the host's store, as it is written and as it is read back; and how far the store is with it.

use core::time::Duration;

use crate::error::{Code, Error};
use crate::guard::changes::Changes;
use crate::guard::evidence::Evidence;
use crate::guard::vault::Vault;
use crate::guard::{form, ledger::Ledger};
use crate::ids::MessageHash;
use crate::json::Value;
use crate::ports::{Entropy, UnixMillis};
use crate::session::guard::Guard;
use crate::session::guard::shelf::{Kind, Shelf, State};

/// The longest name of a device that is read back; those that are made have 12 characters.
const DEVICE: usize = 64;

/// The most documents of which it is kept where they were looked at.
const HEADS: usize = 4096;

impl Guard {
    /// Whether everything was fetched, or will not be.
    pub(in crate::session) fn ready(&self) -> bool {
        !self.shelves.is_empty() && self.shelves.iter().all(|shelf| shelf.opened)
    }

    pub(in crate::session) fn deadline(&self) -> Option<UnixMillis> {
        let due = self.shelves.iter().filter_map(|shelf| match shelf.state {
            State::Fetching(at) | State::Aside(at) | State::Storing(at) | State::Resting(at) => Some(at),
            State::Known => None,
        });
        due.min()
    }

    /// For so long no answer of the store was taken in.
    pub(in crate::session) fn put_off(&mut self, work: Duration) {
        for shelf in &mut self.shelves {
            match &mut shelf.state {
                State::Fetching(by) | State::Aside(by) | State::Storing(by) => *by += work,
                State::Resting(_) | State::Known => {}
            }
        }
    }

    /// Whether the store failed and is left alone for a while.
    pub(in crate::session) fn store_rests(&self) -> bool {
        self.shelves.iter().any(|shelf| matches!(shelf.state, State::Resting(_)))
    }

    /// Whether something was learnt that the store does not hold yet.
    pub(in crate::session) fn unsaved(&self) -> bool {
        self.shelves.iter().any(|shelf| shelf.changed || matches!(shelf.state, State::Storing(_)))
    }

    fn written(&self, kind: Kind) -> Value {
        match kind {
            Kind::Ledger => {
                let mut record = form::full(&self.ledger);
                if let Some(record) = record.as_object_mut() {
                    record.insert("evidence", self.evidence.export());
                    if let Some(device) = &self.device {
                        record.insert("device", device.clone());
                    }
                }
                record
            }
            Kind::Vault => {
                let mut record = self.vault.write();
                let heads = self.heads.iter().take(HEADS);
                let heads =
                    heads.map(|(channel, head)| vec![channel.clone().into(), head.as_str().into()].into());
                let heads: Vec<Value> = heads.collect();
                if let Some(record) = record.as_object_mut() {
                    record.insert("heads", heads);
                }
                record
            }
            Kind::Changes => self.changes.write(),
        }
    }

    /// The record of a kind, sealed, if it opens and reads back.
    pub(super) fn sealed(&self, shelf: &Shelf, entropy: &mut dyn Entropy) -> Result<Vec<u8>, Error> {
        let record = self.written(shelf.kind);
        let bytes = shelf.key.seal(&record, entropy)?;
        let back = shelf.key.open(&bytes)?;
        match shelf.kind {
            Kind::Ledger => drop(form::read(&back)?),
            Kind::Vault => drop(Vault::read(&back)?),
            Kind::Changes => drop(Changes::read(&back)?),
        }
        if back == record {
            Ok(bytes)
        } else {
            Err(Error::new(Code::GuardUnreadable, "what would be stored does not read back"))
        }
    }

    pub(super) fn merge(&mut self, kind: Kind, record: &Value) -> Result<(), Error> {
        match kind {
            Kind::Ledger => {
                let known = form::read(record)?;
                let device = record.get("device").and_then(Value::as_text);
                self.device =
                    device.filter(|name| name.utf16_len() <= DEVICE).cloned().or(self.device.take());
                self.ledger = std::mem::take::<Ledger>(&mut self.ledger).merge(known);
                let evidence = record.get("evidence").map(Evidence::read).unwrap_or_default();
                self.evidence = std::mem::take(&mut self.evidence).merge(evidence);
            }
            Kind::Vault => {
                let known = Vault::read(record)?;
                self.vault = std::mem::take(&mut self.vault).merge(known);
                let heads = record.get("heads").and_then(Value::as_array).unwrap_or_default();
                for row in heads.iter().take(HEADS) {
                    let channel = row.at(0).and_then(Value::as_text);
                    let head = row.at(1).and_then(Value::as_str).and_then(MessageHash::parse);
                    if let (Some(channel), Some(head)) = (channel, head)
                        && !self.heads.contains_key(channel)
                    {
                        self.heads.insert(channel.clone(), head);
                    }
                }
            }
            Kind::Changes => {
                let known = Changes::read(record)?;
                self.changes = std::mem::take(&mut self.changes).merge(known);
            }
        }
        Ok(())
    }
}
