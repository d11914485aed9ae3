//! Documents of the account that the server does not hand out: nothing is claimed of what is in them.

use std::collections::BTreeSet;

use pinfold_core::ids::is_valid_channel;

use crate::investigation::{Document, Investigation};
use crate::joined::reached;
use crate::presence::What;
use crate::reading::Told;

impl Investigation {
    /// The documents that the account names now and of which the server has no live copy: it says so, or there are no lines. A
    /// document that is there and could not be read is not one of them ([`Self::unread_documents`] counts those).
    pub fn missing(&self) -> Vec<&Document> {
        let reached = reached(self);
        let is_missing = |document: &&Document| {
            let channel = document.channel.as_str();
            document.live.is_none() && reached.contains(channel) && !self.is_unreadable(channel)
        };
        self.documents().iter().filter(is_missing).collect()
    }

    /// The channels of the calendars that the account ever named, sorted. Nothing of a calendar is read; whoever has the server may ask
    /// whether each is there ([`Self::server_says`]), and one of which it does not say so is unknown ([`Self::could_not_read`]).
    pub fn calendars(&self) -> Vec<String> {
        let live = self.documents().iter().filter_map(|document| document.live.as_ref());
        let all = live.flat_map(|told| told.timeline.presences()).filter(|one| one.what == What::Calendar);
        let channels: BTreeSet<&str> = all.filter_map(|one| one.entry().channel()?.as_str()).collect();
        channels.into_iter().filter(|channel| is_valid_channel(channel)).map(str::to_owned).collect()
    }

    /// The channels of the calendars that the account names now, and of which the server says that it has nothing.
    pub fn missing_calendars(&self) -> Vec<&str> {
        let account = self.documents().first().and_then(|account| account.live.as_ref());
        let named = account.into_iter().flat_map(|told| told.timeline.presences());
        let named = named.filter(|one| one.what == What::Calendar && one.is_there());
        let channels = named.filter_map(|one| one.entry().channel()?.as_str());
        channels.filter(|channel| self.said(channel).is_some_and(|said| !said.is_live())).collect()
    }

    /// Whether everything that the account names was read as a whole: no document is missing or could not be read, every line
    /// opens, and no log has a hole. Logs that their owners shortened count as whole here.
    pub fn is_whole(&self) -> bool {
        let mut told = self.documents().iter().filter_map(|document| document.live.as_ref());
        told.all(Told::is_unbroken) && self.unread_documents() == 0 && self.missing().is_empty()
    }

    /// The documents of which no line was read, neither of the live copy nor of the archived one, for whatever reason.
    pub fn without_history(&self) -> impl Iterator<Item = &Document> {
        self.documents().iter().filter(|document| document.live.is_none() && document.archived.is_none())
    }
}
