//! Which removals were meant: by a client of the user's own, and not by accident.
//!
//! Who writes the account document holds the account's keys. In a folder or a team anybody may have removed something:
//! there it was the user where the same connection wrote the account document as well. Whoever repeats a message of the
//! user's proves nothing by it, whether the server hands the copy on or stores it: only a message that was new when it
//! came, and that changed the document, needed the key. What the server says of authors and times proves nothing about
//! the server; all that hangs on it is whether a pin that is gone is put back.

use crate::document::AccountDoc;
use crate::drive::complete::CompleteDrive;
use crate::guard::accident::{Departure, sign_of_accident};
use crate::guard::ledger::{Book, Ledger, State};
use crate::guard::vault::Vanished;
use crate::json::Text;
use crate::net::departures::Left;
use crate::ports::UnixMillis;
use crate::session::parts::Parts;
use crate::session::reading::{LINES, Line};

impl Parts {
    /// Looks at what left the documents since they were looked at before. Of a drive that was read as a whole: what
    /// left one document may have moved to another.
    pub(super) fn judge_departures(&mut self, now: UnixMillis, drive: &CompleteDrive) {
        self.look_back(drive);
        self.note_authors();
        let (mut departures, mut lefts) = (Vec::new(), Vec::new());
        let home = self.who.home().cloned();
        let teams = self.team_channels();
        for (channel, left, line) in self.readers.departures() {
            let is_home = home.as_ref() == Some(channel);
            let document = Text::from(channel.as_str());
            let author = line.and_then(Line::author).cloned();
            let known = |author: &Text| self.guard.authors.contains_key(author);
            let own = is_home || author.as_ref().is_some_and(known);
            departures.push(Departure {
                author,
                time: line.and_then(Line::time),
                has_trash: is_home || teams.contains(&document),
                trashed: left.trashed,
                erased: left.shared_folder && left.dangling,
                document,
            });
            lefts.push((left, own));
        }
        let guard = &mut self.guard;
        let (mut own, mut news) = (Vec::new(), false);
        for ((left, own_client), departure) in lefts.iter().zip(&departures) {
            let here = || left.ids.iter().any(|id| guard.here.contains(id));
            let meant = || *own_client && sign_of_accident(departure, &departures).is_none();
            if !here() && !meant() {
                continue;
            }
            own.extend(left.ids.iter().cloned());
            own.extend(contents(&guard.ledger, left));
            // Nothing is left to another client's list before its key is safe here.
            if guard.vault.key(&left.channel).is_none() {
                let Left { channel, entry, shared_folder, .. } = left.clone();
                news |=
                    guard.vault.keep(&Vanished { channel, entry, shared_folder }, &departure.document, now);
            }
        }
        let kept = |id: &&Text| guard.vault.key(id).is_some();
        own.extend(guard.here.iter().filter(kept).cloned());
        guard.own = std::mem::take(&mut guard.own).union(own);
        if news {
            self.save_vault(now);
        }
    }

    /// Whoever wrote what moved the account document holds its key.
    fn note_authors(&mut self) {
        let Some(home) = self.who.home() else { return };
        for author in self.readers.take_authors(home) {
            if self.guard.authors.len() < LINES {
                self.guard.authors.insert(author, ());
            }
        }
    }

    /// Where the account document was looked at before was written in it: its messages are looked at once more, if there
    /// is anything to find out about.
    fn look_back(&mut self, drive: &CompleteDrive) {
        let Some(channel) = self.who.home().cloned() else {
            return;
        };
        let known = self.known_place(channel.as_str());
        if drive.loaded().root.channel() != &channel {
            return;
        }
        let (Some(raw), Some(known)) = (self.readers.take_raw(&channel), known) else { return };
        let owner = drive.loaded().whose.signed_by();
        let book = owner.map_or(Book::empty(), |owner| self.guard.ledger.book(owner));
        let mut wanted =
            book.records().filter(|(_, record)| !matches!(record.state, State::Gone(_))).peekable();
        // The pins of a large drive take a while to list: not before there is something to look for in them.
        if wanted.peek().is_none() {
            return;
        }
        let pins = drive.pin_set();
        if wanted.any(|(id, _)| !pins.ids().contains(id))
            && let Some(reader) = self.readers.get_mut(&channel)
        {
            reader.look_back(known, &raw);
        }
    }

    fn team_channels(&mut self) -> Vec<Text> {
        let Some(root) = self.document() else { return Vec::new() };
        AccountDoc::of(root.document()).teams().filter_map(|team| team.channel().cloned()).collect()
    }
}

/// What a folder held that left, as far as that is on record.
fn contents(ledger: &Ledger, left: &Left) -> Vec<Text> {
    let books = ledger.books().filter(|_| left.shared_folder);
    let records = books.flat_map(|(_, book)| book.records());
    records.filter(|(_, record)| record.folder == left.channel).map(|(id, _)| id.clone()).collect()
}
