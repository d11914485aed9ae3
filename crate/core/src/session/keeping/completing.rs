//! Entries of office documents that lack their real-time channel (PROTOCOL.md 17.1).
//!
//! ```text
//! noted, once all folders of the drive have their outcome ──▶ the document is looked into ──▶ its channel is entered
//! ```
//! The pin rules know the channel from the entry alone, so until it stands there the pin set is without it. Only a
//! session that stays current does this, beside everything else: nothing waits for it, it never begins while an
//! operation runs (a pin set that was just computed would be outdated), and at least half of what may be read at a
//! time is left to folders. A document that cannot be read, or names no channel, is left as it is; each entry is
//! looked at once in a session. A channel that was entered is one more change of the drive, and is pinned like any other.

use crate::document::{Kind, Tables};
use crate::drive::complete::{Drive, Folder, FolderOutcome};
use crate::drive::declared::opened_by;
use crate::drive::edit::{Edit, EntryId, RealTime, Shape, lacking};
use crate::href::HrefCipher;
use crate::ids::ChannelId;
use crate::json::Text;
use crate::net::document::{DocumentReader, SyncedDoc};
use crate::ports::UnixMillis;
use crate::session::keeping::{Lacking, Step};
use crate::session::parts::Parts;
use crate::session::reading::IN_FLIGHT;
use crate::session::scope::Scope;
use crate::session::writing::{Author, Shaped, Target};

/// How many entries are looked at in one session.
const MOST: usize = 500;
/// How often a document is asked for: connections may be lost.
const ATTEMPTS: u8 = 3;

impl Parts {
    /// Notes what a drive lacks, where this account may write.
    pub(in crate::session) fn note_lacking(&mut self, scope: &Scope, drive: &Drive) {
        if drive.whose().signed_by().is_none() {
            // Nobody pins for an anonymous drive.
            return;
        }
        let links = drive.whose().team().and_then(|team| team.links.as_ref());
        self.note_lacking_in(scope, None, drive.root(), links);
        for Folder { declared, outcome } in drive.folders() {
            if let (FolderOutcome::Loaded(document), Some(opens)) = (outcome, &declared.opens)
                && let Some(id) = EntryId::parse(&declared.id)
            {
                self.note_lacking_in(scope, Some(id), document, opens.links.as_ref());
            }
        }
    }

    fn note_lacking_in(
        &mut self,
        scope: &Scope,
        folder: Option<EntryId>,
        document: &SyncedDoc,
        links: Option<&HrefCipher>,
    ) {
        let Some(current) = self.keeping.current.as_mut().filter(|_| !document.read_only()) else { return };
        let shape = if folder.is_some() { Shape::Folder } else { Shape::Account };
        let drive = Tables::under(document.document(), shape);
        for entry in lacking(drive, links) {
            let known = |one: &Lacking| one.entry == entry && one.place == *document.channel();
            if current.lacking.len() >= MOST || current.lacking.iter().any(known) {
                continue;
            }
            let target = match (scope, folder) {
                (Scope::User, None) => Target::Account,
                (Scope::User, Some(folder)) => Target::Folder(folder),
                (Scope::Team(id), folder) => Target::Team { id: id.clone(), folder },
            };
            let place = document.channel().clone();
            current.lacking.push(Lacking { target, place, entry, attempts: 0, step: Step::Waits });
        }
    }

    /// Takes in a pad that was read, and opens the next one. Not while an operation runs.
    pub(in crate::session) fn complete_entries(&mut self, now: UnixMillis) {
        let Some(current) = self.keeping.current.as_mut() else { return };
        let mut all = std::mem::take(&mut current.lacking);
        for one in &mut all {
            one.step = match std::mem::replace(&mut one.step, Step::Over) {
                Step::Looks(channel, of) => self.looked(now, one, channel, of),
                step => step,
            };
        }
        for one in &mut all {
            if matches!(one.step, Step::Waits) {
                one.step = self.look(now, one);
            }
        }
        if let Some(current) = &mut self.keeping.current {
            current.lacking = all;
        }
    }

    /// Looks into the document of an entry, if its turn has come.
    fn look(&mut self, now: UnixMillis, one: &mut Lacking) -> Step {
        if self.free_slots() <= IN_FLIGHT / 2 {
            return Step::Waits;
        }
        let Some(Ok(holder)) = self.readers.outcome(&one.place) else { return Step::Waits };
        let Ok(place) = self.place(&one.target) else { return Step::Over };
        let entry = Tables::under(holder.document(), place.shape()).entry(Kind::File, one.entry);
        let Some(entry) = entry.filter(|_| *place.channel() == one.place) else { return Step::Over };
        let Some(opens) = opened_by(entry, place.links()) else { return Step::Over };
        if self.readers.is_needed(&opens.channel) || self.reads(&opens.channel) || one.attempts == ATTEMPTS {
            return Step::Over;
        }
        if self.readers.get(&opens.channel).is_some() {
            // Another entry is of the same document.
            return Step::Waits;
        }
        one.attempts += 1;
        let txid = self.out.txids();
        let opened = DocumentReader::look(opens.channel.clone(), opens.keys, opens.read_only, txid);
        self.read(now, &opens.channel, opened);
        Step::Looks(opens.channel, entry.channel().cloned())
    }

    /// Takes in what a document says, if it has been read.
    fn looked(&mut self, now: UnixMillis, one: &Lacking, channel: ChannelId, of: Option<Text>) -> Step {
        let reader = self.readers.get_mut(&channel).filter(|reader| reader.stays_out());
        // The connection was lost, or a drive needs the channel.
        let Some(reader) = reader else { return Step::Waits };
        let Some(outcome) = reader.outcome() else { return Step::Looks(channel, of) };
        self.readers.remove(&channel);
        let document = outcome.ok();
        let found = document.and_then(|document| RealTime::read(one.entry, of, document.document()));
        if let (Some(found), Ok(place)) = (found, self.place(&one.target))
            && *place.channel() == one.place
        {
            let change = Shaped::beside_links(Edit::RealTime(found), place.shape());
            self.queue(now, place.channel().clone(), Author::Aside, vec![Box::new(change)]);
        }
        Step::Over
    }
}
