//! Documents of the account that the server does not hand out: nothing is claimed of what is in them.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use pinfold_core::channel::Existence;
use pinfold_core::ids::{ChannelId, PinId, is_valid_channel};
use pinfold_core::session::effect::{Answer, Question};

use crate::investigation::{Document, Investigation, Said};
use crate::joined::reached;
use crate::presence::{Presence, What};
use crate::reading::Told;

/// The most calendars and lost documents, together, that the server is asked after.
const MOST_ASKED: usize = 1_000;

/// Something that the server is worth asking after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inquiry {
    /// Its channel, or the id of a file.
    pub channel: String,
    /// What it is asked.
    pub question: Question,
    is_calendar: bool,
}

/// What the server is asked for: no more than a result needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Need {
    /// Histories tell it alone.
    #[default]
    Nothing,
    /// Whether each calendar is there: nothing of one is read.
    Calendars,
    /// And whether what is lost still is.
    Losses,
}

impl Inquiry {
    fn about(channel: &str, is_calendar: bool) -> Option<Self> {
        let size = || PinId::parse(channel).map(Question::Size);
        let question = ChannelId::parse(channel).map(Question::Exists).or_else(size)?;
        Some(Self { channel: channel.to_owned(), question, is_calendar })
    }
}

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

    /// The channels of the calendars that the account or a team of it ever named, sorted. Nothing of a calendar is read; whoever has the
    /// server may ask whether each is there ([`Self::questions`]), and one of which it does not say so is unknown.
    pub fn calendars(&self) -> BTreeSet<String> {
        self.calendars_that(|_| true)
    }

    fn calendars_that(&self, is_meant: impl Fn(&Presence) -> bool) -> BTreeSet<String> {
        let live = self.documents().iter().filter_map(|document| document.live.as_ref());
        let all = live.flat_map(|told| told.timeline.presences());
        let meant = all.filter(|one| one.what == What::Calendar && is_meant(one));
        let channels: BTreeSet<&str> = meant.filter_map(|one| one.entry().channel()?.as_str()).collect();
        channels.into_iter().filter(|channel| is_valid_channel(channel)).map(str::to_owned).collect()
    }

    /// What the server is worth asking after, once everything is read: calendars, those that are named now first, then what is lost, the
    /// latest first. No more than a thousand in all: others write into the documents of teams. What an earlier reading was answered
    /// is forgotten: it may be otherwise by now. Nobody sees these questions (PROTOCOL.md 11.1).
    pub fn questions(&mut self, need: Need) -> Vec<Inquiry> {
        self.forget_answers();
        if need == Need::Nothing {
            return Vec::new();
        }
        let (named, ever) = (self.calendars_that(Presence::is_there), self.calendars());
        let left = ever.difference(&named);
        let mut all: Vec<Inquiry> =
            named.iter().chain(left).filter_map(|id| Inquiry::about(id, true)).collect();
        for beyond in all.split_off(all.len().min(MOST_ASKED)) {
            self.take_answer(&beyond, None);
        }
        if need == Need::Calendars {
            return all;
        }
        let mut lost = self.losses();
        lost.retain(|loss| loss.what == What::File);
        lost.sort_by_key(|loss| Reverse(loss.since));
        let more = MOST_ASKED - all.len();
        all.extend(lost.iter().take(more).filter_map(|loss| Inquiry::about(&loss.channel, false)));
        all
    }

    /// What is worth asking once [`Self::questions`] are answered: of each lost file that the server does not have, why.
    pub fn further_questions(&self, need: Need) -> Vec<Inquiry> {
        if need < Need::Losses {
            return Vec::new();
        }
        let lost = self.losses().into_iter().filter(|loss| loss.what == What::File);
        let missing = lost.filter(|loss| self.said(&loss.channel) == Some(&Said::Missing));
        let ids: BTreeSet<String> = missing.map(|loss| loss.channel).collect();
        let why = ids.into_iter().filter_map(|channel| {
            let id = PinId::parse(&channel).filter(|_| ChannelId::parse(&channel).is_none());
            let question = id.map(Question::Why)?;
            Some(Inquiry { channel, question, is_calendar: false })
        });
        why.collect()
    }

    /// Takes in what the server answered to one of its questions; `None` where it did not answer.
    pub fn answered(&mut self, asked: &Inquiry, answer: Option<&Answer>) {
        let said = answer.and_then(|answer| match answer {
            Answer::Exists(Existence::Known) => Some(Said::Live),
            Answer::Exists(Existence::New { reason: None }) | Answer::Size(0) | Answer::Why(None) => {
                Some(Said::Missing)
            }
            Answer::Exists(Existence::New { reason: Some(reason) }) | Answer::Why(Some(reason)) => {
                Some(Said::Archived(reason.clone()))
            }
            Answer::Size(_) => Some(Said::Live),
            _ => None,
        });
        self.take_answer(asked, said);
    }

    /// Takes in what whoever has the server's files found. Without an answer nothing is said of what is lost; of a calendar, which may be
    /// there, it is not known.
    pub fn take_answer(&mut self, asked: &Inquiry, said: Option<Said>) {
        match said {
            Some(said) => self.server_says(&asked.channel, said),
            None if asked.is_calendar => self.could_not_read(&asked.channel),
            None => return,
        }
        self.remember_answer(&asked.channel);
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
