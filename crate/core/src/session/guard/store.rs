//! Ledger, evidence and vault between sessions: fetched before anything is read, merged before anything is written.
//!
//! ```text
//! sign-in ▶ fetch ──absent, opens──▶ known ──changed──▶ fetch, merge, store ▶ known
//!                  ╲ fails, late ▶ lost: nothing is written over it; what is read and pinned is as before
//! ```
//! Another tab may have written meanwhile; that is why every writing begins by fetching.

use crate::crypto::hash::sha256;
use crate::encoding::encode_hex;
use crate::error::{Code, Error};
use crate::guard::evidence::Evidence;
use crate::guard::sealed::StoreKey;
use crate::guard::vault::Vault;
use crate::guard::{form, ledger::Ledger};
use crate::json::Value;
use crate::net::place::Known;
use crate::ports::Millis;
use crate::session::Session;
use crate::session::effect::{Effect, Event};
use crate::session::guard::Guard;

/// The longest name of a device that is read back; those that are made have 12 characters.
const DEVICE: usize = 64;

/// What is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Ledger,
    Vault,
}

impl Kind {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Ledger => "ledger",
            Self::Vault => "vault",
        }
    }
}

#[derive(Debug)]
enum State {
    /// Asked for; by when there has to be an answer.
    Fetching(Millis),
    Known,
    Lost,
}

/// One kind of record in the host's store.
#[derive(Debug)]
pub(super) struct Shelf {
    kind: Kind,
    /// The name it has there. It says which shelf it is only to whoever knows the account's channel.
    name: String,
    key: StoreKey,
    state: State,
    /// Whether the first answer came.
    opened: bool,
    /// Whether there is something to be written.
    changed: bool,
}

impl Guard {
    /// Whether everything was fetched, or will not be.
    pub(in crate::session) fn ready(&self) -> bool {
        !self.shelves.is_empty() && self.shelves.iter().all(|shelf| shelf.opened)
    }

    pub(in crate::session) fn deadline(&self) -> Option<Millis> {
        let fetching = self.shelves.iter().filter_map(|shelf| match shelf.state {
            State::Fetching(by) => Some(by),
            State::Known | State::Lost => None,
        });
        fetching.min()
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
            Kind::Vault => self.vault.write(),
        }
    }

    fn merge(&mut self, kind: Kind, record: &Value) -> Result<(), Error> {
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
            }
        }
        Ok(())
    }
}

impl Session {
    /// Asks for what earlier sessions left, once there is a key to open it with.
    pub(in crate::session) fn open_shelves(&mut self, now: Millis) {
        let Some(signed_in) = &self.signed_in else { return };
        let Ok(keys) = signed_in.secrets.message_keys() else { return };
        if !self.guard.shelves.is_empty() {
            return;
        }
        let channel = signed_in.channel.as_str();
        self.guard.shelves = [Kind::Ledger, Kind::Vault]
            .map(|kind| Shelf {
                kind,
                name: encode_hex(&sha256(["pinfold\n", channel, "\n", kind.as_str()].concat().as_bytes())),
                key: StoreKey::derive(keys.crypt_key.expose(), kind.as_str()),
                state: State::Known,
                opened: false,
                changed: false,
            })
            .into();
        self.fetch(now, Kind::Ledger);
        self.fetch(now, Kind::Vault);
    }

    /// Writes down what changed.
    pub(super) fn save(&mut self, now: Millis, kind: Kind) {
        for shelf in self.guard.shelves.iter_mut().filter(|shelf| shelf.kind == kind) {
            shelf.changed = true;
        }
        self.fetch(now, kind);
    }

    fn fetch(&mut self, now: Millis, kind: Kind) {
        let known = |shelf: &&mut Shelf| shelf.kind == kind && matches!(shelf.state, State::Known);
        if let Some(shelf) = self.guard.shelves.iter_mut().find(known) {
            shelf.state = State::Fetching(now + self.deadlines.connect);
            self.out.push_back(Effect::Fetch { key: shelf.name.clone() });
        }
    }

    /// The host's answer to [`Effect::Fetch`].
    pub(in crate::session) fn fetched(&mut self, name: &str, result: Result<Option<&[u8]>, Error>) {
        let fetching = |shelf: &Shelf| shelf.name == name && matches!(shelf.state, State::Fetching(_));
        let Some(at) = self.guard.shelves.iter().position(fetching) else { return };
        let mut shelf = self.guard.shelves.swap_remove(at);
        shelf.opened = true;
        shelf.state = State::Known;
        self.stirred = true;
        match result {
            Ok(None) => {}
            Ok(Some(bytes)) => {
                let merged = shelf.key.open(bytes).and_then(|record| self.guard.merge(shelf.kind, &record));
                if let Err(error) = merged {
                    // It may be worth something to somebody: it is put aside before its place is taken.
                    let key = [shelf.name.as_str(), "-unreadable"].concat();
                    self.out.push_back(Effect::Store { key, bytes: bytes.to_vec() });
                    self.tell_storage(error);
                }
            }
            Err(error) => {
                shelf.state = State::Lost;
                self.tell_storage(error);
            }
        }
        if std::mem::take(&mut shelf.changed) && matches!(shelf.state, State::Known) {
            match shelf.key.seal(&self.guard.written(shelf.kind), &mut *self.entropy) {
                Ok(bytes) => self.out.push_back(Effect::Store { key: shelf.name.clone(), bytes }),
                Err(error) => self.tell_storage(error),
            }
        }
        self.guard.shelves.push(shelf);
    }

    /// A store that fails costs memory between sessions, never a reading or a pin.
    pub(in crate::session) fn tell_storage(&mut self, error: Error) {
        self.out.push_back(Effect::Event(Event::Storage(error)));
    }

    pub(in crate::session) fn expire_shelves(&mut self, now: Millis) {
        let mut late = false;
        for shelf in &mut self.guard.shelves {
            if matches!(shelf.state, State::Fetching(by) if by <= now) {
                (shelf.state, shelf.opened, late) = (State::Lost, true, true);
            }
        }
        if late {
            self.stirred = true;
            self.tell_storage(Error::new(Code::HostStorage, "the local store does not answer"));
        }
    }

    /// Where a channel was seen before, by any device that this one heard of.
    pub(in crate::session) fn known_place(&self, channel: &str) -> Option<Known> {
        self.guard.ledger.place(&channel.into())
    }
}
