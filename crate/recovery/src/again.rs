//! Reading once more: what is known stays, and only what is new is asked for.

use pinfold_core::ids::ChannelId;

use crate::history::Line;
use crate::investigation::{Investigation, Said};
use crate::reading::{Copy, Reading};

impl Investigation {
    /// Begins to read the live copies once more. What has no history is wanted as at first ([`Investigation::next_reading`]); the
    /// others are told here: of each, the lines behind the last one that it has are handed to [`Investigation::more`].
    pub fn again(&mut self) -> Vec<ChannelId> {
        let mut known = Vec::new();
        for (at, document) in self.documents.iter().enumerate() {
            let is_wanted = || self.wanted.contains(&(at, Copy::Live));
            if document.live.is_some() {
                known.push(document.channel.clone());
            } else if !is_wanted() {
                self.wanted.push((at, Copy::Live));
            }
        }
        known
    }

    /// Takes lines in that follow the last one of a document's live copy, from one line on to as many as there are. What the document then
    /// names and nobody read yet is wanted. Without a history of it nothing happens.
    pub fn more<'l>(&mut self, channel: &ChannelId, lines: impl IntoIterator<Item = Line<'l>>) {
        let mut lines = lines.into_iter().peekable();
        let Some(at) = self.place_of(channel.as_str()).filter(|_| lines.peek().is_some()) else { return };
        let Some(document) = self.documents.get_mut(at) else { return };
        let Some(told) = document.live.take() else { return };
        document.live = told.with(lines);
        self.learn(at, Copy::Live);
    }

    /// The live copy of a document, to be read from its first line: the server does not know any more where the earlier reading
    /// ended. What that one told stays until this is [`done`](Investigation::done).
    pub fn from_the_start(&self, channel: &ChannelId) -> Option<Reading> {
        self.reading_of(self.place_of(channel.as_str())?, Copy::Live)
    }

    /// Takes in that the server no longer hands out the live copy of a document: for a reason it gives, or for one
    /// that says nothing of the document.
    pub fn no_more(&mut self, channel: &ChannelId, said: Option<Said>) {
        let at = self.place_of(channel.as_str());
        if let Some(document) = at.and_then(|at| self.documents.get_mut(at)) {
            document.live = None;
        }
        match said {
            Some(said) => self.server_says(channel.as_str(), said),
            None => self.could_not_read(channel.as_str()),
        }
    }
}
