//! Documents of the account that the server does not hand out: nothing is claimed of what is in them.

use std::collections::BTreeSet;

use pinfold_core::channel::Existence;
use pinfold_core::ids::{ChannelId, PinId, is_valid_channel};
use pinfold_core::session::effect::{Answer, Question};

use crate::investigation::{Document, Investigation, Said};
use crate::joined::reached;
use crate::presence::What;
use crate::reading::Told;

/// The most lost documents that the server is asked after.
const MOST_ASKED: usize = 1_000;

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

    /// The channels of the calendars that the account or a team of it ever named, sorted. Nothing of a calendar is read; whoever has the server may ask
    /// whether each is there ([`Self::questions`]), and one of which it does not say so is unknown ([`Self::could_not_read`]).
    pub fn calendars(&self) -> Vec<String> {
        let live = self.documents().iter().filter_map(|document| document.live.as_ref());
        let all = live.flat_map(|told| told.timeline.presences()).filter(|one| one.what == What::Calendar);
        let channels: BTreeSet<&str> = all.filter_map(|one| one.entry().channel()?.as_str()).collect();
        channels.into_iter().filter(|channel| is_valid_channel(channel)).map(str::to_owned).collect()
    }

    /// What the server is worth asking after, once everything is read: the calendars that were ever named, and what is lost and was not
    /// read here, the latest first and no more than a thousand. Nobody sees these questions (PROTOCOL.md 11.1).
    pub fn questions(&self) -> Vec<(String, Question)> {
        let ask = |channel: String| {
            let size = || PinId::parse(&channel).map(Question::Size);
            let question = ChannelId::parse(&channel).map(Question::Exists).or_else(size)?;
            Some((channel, question))
        };
        let mut lost = self.losses();
        lost.retain(|loss| loss.what == What::File && self.said(&loss.channel).is_none());
        lost.sort_by_key(|loss| std::cmp::Reverse(loss.at.and_then(|at| at.time)));
        let lost = lost.into_iter().take(MOST_ASKED).map(|loss| loss.channel);
        self.calendars().into_iter().chain(lost).filter_map(ask).collect()
    }

    /// Takes in what the server answered to one of [`Self::questions`]; `None` where it did not answer. Nothing is said then of what is
    /// lost; of a calendar that may be there it is not known.
    pub fn answered(&mut self, channel: &str, answer: Option<&Answer>) {
        let said = match answer {
            Some(Answer::Exists(Existence::Known)) => Said::Live,
            Some(Answer::Exists(Existence::New { reason: None }) | Answer::Size(0)) => Said::Missing,
            Some(Answer::Exists(Existence::New { reason: Some(reason) })) => Said::Archived(reason.clone()),
            Some(Answer::Size(_)) => Said::Live,
            _ if self.calendars().iter().any(|calendar| calendar == channel) => {
                return self.could_not_read(channel);
            }
            _ => return,
        };
        self.server_says(channel, said);
    }

    /// The channels of the calendars that the account names now, its teams' included, and of which the server says that it has nothing.
    pub fn missing_calendars(&self) -> Vec<&str> {
        let reached = reached(self);
        let documents = self.documents().iter().filter(|of| reached.contains(of.channel.as_str()));
        let told = documents.filter_map(|document| document.live.as_ref());
        let named = told.flat_map(|told| told.timeline.presences());
        let named = named.filter(|one| one.what == What::Calendar && one.is_there());
        let channels: BTreeSet<&str> = named.filter_map(|one| one.entry().channel()?.as_str()).collect();
        let gone = |channel: &&str| self.said(channel).is_some_and(|said| !said.is_live());
        channels.into_iter().filter(gone).collect()
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
