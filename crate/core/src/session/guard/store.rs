//! Ledger, evidence and vault between sessions: fetched before anything is read, merged before anything is written.
//!
//! ```text
//! sign-in ▶ fetch ──absent, opens──▶ known ──changed──▶ fetch, merge, store ▶ known
//!             │    ╲ fails, late ▶ rest ▶ fetch …: the session goes on meanwhile, and nothing is given up
//!             ╰─cannot be read ▶ set aside under another name ▶ known
//! ```
//! Another tab may have written meanwhile; that is why every writing begins by fetching. What is about to be written is
//! opened and read first. A record that cannot be read is never written over:
//!
//! ```text
//! ask what is under the next name ──nothing──▶ store ──done──▶ known: its place may be taken
//!      │         ╲ the same bytes ─────────────────────────────────▶
//!      ╰─ others ▶ the name after that; after the last, nothing is written any more
//! ```

use crate::crypto::hash::sha256;
use crate::encoding::encode_hex;
use crate::error::{Code, Error};
use crate::guard::sealed::StoreKey;
use crate::ids::{ChannelId, MessageHash};
use crate::json::Text;
use crate::net::place::Known;
use crate::ports::{UnixMillis, after};
use crate::session::effect::Effect;
use crate::session::guard::shelf::{Kind, Shelf, State};
use crate::session::parts::Parts;

/// How many records of a shelf are set aside.
const PLACES: u8 = 4;

impl Parts {
    /// Asks for what earlier sessions left, once there is a key to open it with.
    pub(in crate::session) fn open_shelves(&mut self, now: UnixMillis) {
        let Some(signed_in) = self.who.signed_in() else { return };
        let Ok(keys) = signed_in.secrets.message_keys() else { return };
        if !self.guard.shelves.is_empty() {
            return;
        }
        let channel = signed_in.channel.as_str();
        self.guard.vault.at_home(&channel.into());
        let secret = keys.crypt_key.expose();
        let names = StoreKey::derive(secret, "names");
        self.guard.shelves = [Kind::Ledger, Kind::Vault, Kind::Changes]
            .map(|kind| Shelf {
                kind,
                name: names.name(&[kind.as_str()]),
                old_name: encode_hex(&sha256(
                    ["pinfold\n", channel, "\n", kind.as_str()].concat().as_bytes(),
                )),
                moves: false,
                key: StoreKey::derive(secret, kind.as_str()),
                state: State::Known,
                aside: None,
                // What changed before is asked for when there is something to add.
                opened: kind == Kind::Changes,
                changed: false,
                failures: 0,
            })
            .into();
        self.guard.names = Some(names);
        self.guard.states = Some(StoreKey::derive(secret, "states"));
        for shelf in self.guard.shelves.iter().filter(|shelf| shelf.kind != Kind::Changes) {
            self.out.push(Effect::Recall { key: shelf.old_name.clone() });
        }
        self.fetch(now, Kind::Ledger);
        self.fetch(now, Kind::Vault);
        #[cfg(feature = "recovery")]
        self.fetch_changes(now);
    }

    /// Writes down what changed.
    pub(super) fn save(&mut self, now: UnixMillis, kind: Kind) {
        for shelf in self.guard.shelves.iter_mut().filter(|shelf| shelf.kind == kind) {
            shelf.changed = true;
        }
        self.fetch(now, kind);
    }

    fn fetch(&mut self, now: UnixMillis, kind: Kind) {
        let known = |shelf: &&mut Shelf| shelf.kind == kind && matches!(shelf.state, State::Known);
        if let Some(shelf) = self.guard.shelves.iter_mut().find(known) {
            shelf.state = State::Fetching(after(now, self.deadlines.store));
            self.out.push(Effect::Recall { key: shelf.name.clone() });
        }
    }

    /// Whoever wants to know what changed before waits for it as for the ledger.
    #[cfg(feature = "recovery")]
    fn fetch_changes(&mut self, now: UnixMillis) {
        if !self.guard.wants_changes {
            return;
        }
        for shelf in self.guard.shelves.iter_mut().filter(|shelf| shelf.kind == Kind::Changes) {
            shelf.opened = false;
        }
        self.fetch(now, Kind::Changes);
    }

    /// The host's answer to [`Effect::Recall`].
    pub(in crate::session) fn fetched(
        &mut self,
        now: UnixMillis,
        name: &str,
        result: Result<Option<&[u8]>, Error>,
    ) {
        // A store that cannot forget holds an empty record where one was taken away.
        let result = result.map(|found| found.filter(|bytes| !bytes.is_empty()));
        let asked = |shelf: &Shelf| match shelf.state {
            State::Fetching(_) => shelf.name == name,
            // An answer that comes too late counts only if it is a good one.
            State::Resting(_) => shelf.name == name && result.is_ok(),
            State::Known | State::Aside(_) | State::Storing(_) => false,
        };
        let Some(at) = self.guard.shelves.iter().position(asked) else {
            return self.fetched_aside(now, name, result);
        };
        let mut shelf = self.guard.shelves.swap_remove(at);
        shelf.opened = true;
        match result {
            Ok(found) => {
                shelf.state = State::Known;
                if let Some(bytes) = found
                    && let Err(error) = self.adopt(&shelf, bytes)
                {
                    // It may be worth something to somebody: it is set aside before its place is taken.
                    self.tell_storage(error);
                    self.set_aside(now, &mut shelf, bytes.to_vec(), 1);
                } else {
                    self.write_shelf(now, &mut shelf);
                }
            }
            Err(error) => self.let_rest(now, &mut shelf, error),
        }
        self.recovered(shelf);
    }

    /// What an earlier version left, under the name it used.
    pub(super) fn fetched_old(&mut self, now: UnixMillis, name: &str, found: Option<&[u8]>) {
        let Some(bytes) = found else { return };
        let Some(at) = self.guard.shelves.iter().position(|shelf| shelf.old_name == name) else { return };
        let mut shelf = self.guard.shelves.swap_remove(at);
        let kind = shelf.kind;
        match self.adopt(&shelf, bytes) {
            Ok(()) => {
                shelf.moves = true;
                self.logs_are_old();
            }
            // It stays where it is, for whoever can make something of it.
            Err(error) => self.tell_storage(error),
        }
        let moves = shelf.moves;
        self.guard.shelves.push(shelf);
        if moves {
            self.save(now, kind);
        }
    }

    fn adopt(&mut self, shelf: &Shelf, bytes: &[u8]) -> Result<(), Error> {
        let record = shelf.key.open(bytes)?;
        self.guard.merge(shelf.kind, &record)
    }

    pub(super) fn write_shelf(&mut self, now: UnixMillis, shelf: &mut Shelf) {
        if !std::mem::take(&mut shelf.changed) {
            return;
        }
        match self.guard.sealed(shelf, &mut *self.entropy) {
            Ok(bytes) => {
                shelf.state = State::Storing(after(now, self.deadlines.store));
                self.out.push(Effect::Store { key: shelf.name.clone(), bytes: bytes.into() });
            }
            Err(error) => self.tell_storage(error),
        }
    }

    /// The host's answer to [`Effect::Store`].
    pub(in crate::session) fn stored(&mut self, now: UnixMillis, name: &str, result: Result<(), Error>) {
        let storing = |shelf: &Shelf| shelf.name == name && matches!(shelf.state, State::Storing(_));
        let Some(at) = self.guard.shelves.iter().position(storing) else {
            return self.stored_aside(now, name, result);
        };
        let mut shelf = self.guard.shelves.swap_remove(at);
        let kind = shelf.kind;
        match result {
            Ok(()) => {
                shelf.state = State::Known;
                if std::mem::take(&mut shelf.moves) {
                    self.out.push(Effect::Forget { key: shelf.old_name.clone() });
                }
            }
            Err(error) => {
                shelf.changed = true;
                self.let_rest(now, &mut shelf, error);
            }
        }
        let changed = shelf.changed;
        self.recovered(shelf);
        if changed {
            self.fetch(now, kind);
        }
    }

    /// Leaves the store alone for a while. That is told once, however often it fails until it works again.
    pub(super) fn let_rest(&mut self, now: UnixMillis, shelf: &mut Shelf, error: Error) {
        shelf.state = State::Resting(after(now, self.deadlines.rest(shelf.failures, 0)));
        // The ledger, which is in the same store, tells for both.
        if shelf.failures == 0 && shelf.kind != Kind::Changes {
            self.tell_storage(error);
        }
        shelf.failures = shelf.failures.saturating_add(1);
    }

    /// Puts a shelf back. If its store works again, the logs that waited for that are written.
    pub(super) fn recovered(&mut self, mut shelf: Shelf) {
        let works = matches!(shelf.state, State::Known);
        let again = works && std::mem::take(&mut shelf.failures) > 0;
        self.guard.shelves.push(shelf);
        if again {
            let channels: Vec<ChannelId> = self.readers.channels().cloned().collect();
            channels.iter().for_each(|channel| self.store_log(channel));
        }
    }

    pub(in crate::session) fn expire_shelves(&mut self, now: UnixMillis) {
        for mut shelf in std::mem::take(&mut self.guard.shelves) {
            match shelf.state {
                State::Fetching(by) | State::Aside(by) | State::Storing(by) if by <= now => {
                    shelf.changed |= matches!(shelf.state, State::Storing(_));
                    shelf.opened = true;
                    let late = Error::new(Code::HostStorage, "the local store does not answer");
                    self.let_rest(now, &mut shelf, late);
                }
                State::Resting(at) if at <= now => {
                    shelf.state = State::Fetching(after(now, self.deadlines.store));
                    self.out.push(Effect::Recall { key: shelf.name.clone() });
                }
                _ => {}
            }
            self.guard.shelves.push(shelf);
        }
    }

    /// Where a channel was seen before, by any device that this one heard of.
    pub(in crate::session) fn known_place(&self, channel: &str) -> Option<Known> {
        self.guard.ledger.place(&channel.into())
    }

    /// Begins to set a record aside.
    fn set_aside(&mut self, now: UnixMillis, shelf: &mut Shelf, bytes: Vec<u8>, number: u8) {
        shelf.state = State::Aside(after(now, self.deadlines.store));
        shelf.aside = Some((bytes, number));
        if number <= PLACES {
            let key = shelf.aside_name();
            self.out.extend(key.map(|key| Effect::Recall { key }));
        } else {
            let full = "there is no room to set a stored record aside";
            self.let_rest(now, shelf, Error::new(Code::GuardUnreadable, full));
        }
    }

    fn take_aside(&mut self, name: &str) -> Option<(Shelf, Vec<u8>, u8)> {
        let mut shelves = self.guard.shelves.iter();
        let at = shelves.position(|shelf| shelf.aside_name().as_deref() == Some(name))?;
        let mut shelf = self.guard.shelves.swap_remove(at);
        let (bytes, number) = shelf.aside.take()?;
        Some((shelf, bytes, number))
    }

    /// What is where a record is to be set aside.
    fn fetched_aside(&mut self, now: UnixMillis, name: &str, result: Result<Option<&[u8]>, Error>) {
        let Some((mut shelf, bytes, number)) = self.take_aside(name) else {
            return self.fetched_old(now, name, result.ok().flatten());
        };
        match result {
            Ok(Some(there)) if there == bytes => self.is_aside(now, &mut shelf),
            Ok(Some(_)) => self.set_aside(now, &mut shelf, bytes, number + 1),
            Ok(None) => {
                shelf.state = State::Aside(after(now, self.deadlines.store));
                self.out.push(Effect::Store { key: name.to_owned(), bytes: bytes.clone().into() });
                shelf.aside = Some((bytes, number));
            }
            Err(error) => self.let_rest(now, &mut shelf, error),
        }
        self.recovered(shelf);
    }

    /// Whether a record was set aside.
    fn stored_aside(&mut self, now: UnixMillis, name: &str, result: Result<(), Error>) {
        let Some((mut shelf, ..)) = self.take_aside(name) else {
            return self.log_stored(name, result);
        };
        match result {
            Ok(()) => self.is_aside(now, &mut shelf),
            Err(error) => self.let_rest(now, &mut shelf, error),
        }
        self.recovered(shelf);
    }

    fn is_aside(&mut self, now: UnixMillis, shelf: &mut Shelf) {
        shelf.state = State::Known;
        self.write_shelf(now, shelf);
    }

    /// Up to which message a document was looked at, for the next reading of it.
    pub(in crate::session) fn looked_at(&self, channel: &str) -> Option<MessageHash> {
        let channel = Text::from(channel);
        let known = self.guard.heads.get(&channel).cloned();
        // Where logs are kept, what was kept says more than a head of which nothing else is known.
        known.or_else(|| {
            self.guard.ledger.place(&channel).filter(|_| !self.logs.are_kept()).map(|known| known.head)
        })
    }
}
