//! A record that cannot be read is never written over: first it is stored under another name.
//!
//! ```text
//! ask what is under the next name ──nothing──▶ store ──done──▶ known: its place may be taken
//!      │         ╲ the same bytes ─────────────────────────────────▶
//!      ╰─ others ▶ the name after that; after the last, nothing is written any more
//! ```

use crate::error::{Code, Error};
use crate::ports::{UnixMillis, after};
use crate::session::effect::Effect;
use crate::session::guard::shelf::{Shelf, State};
use crate::session::parts::Parts;

/// How many records of a shelf are set aside.
const PLACES: u8 = 4;

impl Shelf {
    /// Under which name what cannot be read is being set aside.
    fn aside_name(&self) -> Option<String> {
        let (_, number) = self.aside.as_ref().filter(|_| matches!(self.state, State::Aside(_)))?;
        Some(match number {
            1 => [self.name.as_str(), "-unreadable"].concat(),
            number => [self.name.as_str(), "-unreadable-", &number.to_string()].concat(),
        })
    }
}

impl Parts {
    /// Begins to set a record aside.
    pub(super) fn set_aside(&mut self, now: UnixMillis, shelf: &mut Shelf, bytes: Vec<u8>, number: u8) {
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
    pub(super) fn fetched_aside(
        &mut self,
        now: UnixMillis,
        name: &str,
        result: Result<Option<&[u8]>, Error>,
    ) {
        let Some((mut shelf, bytes, number)) = self.take_aside(name) else {
            return self.fetched_old(now, name, result.ok().flatten());
        };
        match result {
            Ok(Some(there)) if there == bytes => self.is_aside(now, &mut shelf),
            Ok(Some(_)) => self.set_aside(now, &mut shelf, bytes, number + 1),
            Ok(None) => {
                shelf.state = State::Aside(after(now, self.deadlines.store));
                self.out.push(Effect::Store { key: name.to_owned(), bytes: bytes.clone() });
                shelf.aside = Some((bytes, number));
            }
            Err(error) => self.let_rest(now, &mut shelf, error),
        }
        self.recovered(shelf);
    }

    /// Whether a record was set aside.
    pub(super) fn stored_aside(&mut self, now: UnixMillis, name: &str, result: Result<(), Error>) {
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
}
