//! Every entry that a tag marks, and taking a restoring back: exactly those entries that nobody touched since.

use std::collections::HashSet;

use pinfold_core::document::Kind;
use pinfold_core::drive::edit::{Before, Edit, TakeBack};
use pinfold_core::json::Text;
use pinfold_core::names::names;

use crate::history::Beginning;
use crate::investigation::{Document, Investigation, Whose};
use crate::joined::Joined;
use crate::marks::{Mark, Marks, is_tag};
use crate::presence::{Presence, What};
use crate::reading::Told;

/// An entry that has a tag now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tagged {
    /// Which of [`Investigation::documents`].
    pub document: usize,
    /// What it is.
    pub what: What,
    /// Its key there.
    pub id: Text,
    /// The channel that it names.
    pub channel: Option<Text>,
}

/// What taking a restoring back comes to.
#[derive(Debug, Clone, Default)]
pub struct UndoPlan {
    /// What is written, document by document: folders before the drives that hold their keys.
    pub steps: Vec<(usize, Vec<Edit>)>,
    /// What stays, and why.
    pub left: Vec<Kept>,
}

/// A restored entry that stays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// Which of [`Investigation::documents`].
    pub document: usize,
    /// Its channel.
    pub channel: Option<Text>,
    /// Why it stays.
    pub why: WhyKept,
}

names! {
    /// Why a restored entry stays.
    #[derive(Hash)]
    WhyKept as KeptBecause, "Why a restored entry stays when the restoring is taken back.":
    /// Somebody changed or moved it since. Of a shared folder also: something is in it that this restoring did not put there after the
    /// folder came back, or it was not read. Without the folder's key that would be out of reach.
    Touched = "touched",
    /// It was moved here from another document of the account since.
    Moved = "moved",
    /// The log begins with it: what was there before cannot be told. Or it may have been moved here from a document whose log was
    /// shortened since, or was not read whole.
    NotSince = "not-since",
    /// Only the view key of its document is held, or its folder is no longer in the account.
    Closed = "closed",
}

impl Investigation {
    /// The entries that have a tag now, in the documents that the account reaches: the tag with or without `#`, in any
    /// capitals.
    pub fn tagged(&self, tag: &str) -> Vec<Tagged> {
        let joined = Joined::of(self);
        let mut found = Vec::new();
        for (number, document) in self.documents().iter().enumerate().filter(|(_, it)| joined.reaches(it)) {
            let there = document.live.iter().flat_map(|told| told.timeline.presences());
            for presence in there.filter(|presence| presence.is_there()) {
                let entry = presence.entry();
                if matches!(presence.what, What::File | What::SharedFolder)
                    && entry.tags().any(|held| is_tag(held, tag))
                {
                    let (id, channel) = (presence.id.clone(), entry.channel().cloned());
                    found.push(Tagged { document: number, what: presence.what, id, channel });
                }
            }
        }
        found
    }

    /// How to take back what was restored with the tag that this investigation watches ([`Investigation::watch`]).
    pub fn undo_plan(&self) -> UndoPlan {
        let joined = Joined::of(self);
        let mut plan = UndoPlan::default();
        let marks =
            || self.documents().iter().enumerate().flat_map(|(at, it)| marks(it).map(move |mark| (at, mark)));
        // What was taken out of one document and stands in another was moved there by somebody.
        let mut left: HashSet<(usize, &Text)> = HashSet::new();
        for (at, mark) in marks().filter(|(_, mark)| mark.until.is_some()) {
            left.extend(mark.channel.as_ref().map(|channel| (at, channel)));
        }
        let moved = |at: usize, mark: &Mark| {
            let channel = mark.channel.as_ref();
            channel.is_some_and(|channel| left.iter().any(|(from, of)| *from != at && *of == channel))
        };
        for (at, document) in self.documents().iter().enumerate() {
            let open = document.whose == Whose::Account || document.links.is_some();
            let open = open && joined.reaches(document);
            let mut edits = Vec::new();
            for mark in marks_there(document) {
                let why = match &mark.undo {
                    _ if !open => WhyKept::Closed,
                    None => WhyKept::NotSince,
                    Some(_) if moved(at, mark) => WhyKept::Moved,
                    Some(undo) if undo.before == Before::Nothing && self.may_be_moved(at, mark) => {
                        WhyKept::NotSince
                    }
                    Some(undo) if mark.untouched && !self.leads_to_more(mark, undo) => {
                        edits.push(Edit::TakeBack(undo.clone()));
                        continue;
                    }
                    Some(_) => WhyKept::Touched,
                };
                plan.left.push(Kept { document: at, channel: mark.channel.clone(), why });
            }
            if !edits.is_empty() {
                plan.steps.push((at, edits));
            }
        }
        let rank = |at: usize| {
            self.documents().get(at).map(|document| match document.whose {
                Whose::Folder => 0,
                Whose::Team => 1,
                Whose::Account => 2,
            })
        };
        plan.steps.sort_by_key(|(at, _)| rank(*at));
        plan
    }

    /// Whether the entry may have been moved here from a document whose log does not tell: one that was shortened since, or
    /// of which not all was read.
    fn may_be_moved(&self, here: usize, mark: &Mark) -> bool {
        let tells = |told: &Told| {
            let since = match told.begins {
                Beginning::Whole => true,
                // A log that begins later holds nothing of before; where a line has no time, it may be of after.
                _ => told.first.time.zip(mark.at.time).is_some_and(|(first, at)| first < at),
            };
            since && told.is_unbroken()
        };
        let others = self.documents().iter().enumerate().filter(|(at, _)| *at != here);
        others.filter_map(|(_, document)| document.live.as_ref()).any(|told| !tells(told))
    }

    /// Whether a restored folder holds what this restoring does not take back itself.
    fn leads_to_more(&self, mark: &Mark, undo: &TakeBack) -> bool {
        if undo.kind != Kind::SharedFolder || undo.before != Before::Nothing {
            return false;
        }
        let channel = mark.channel.as_ref().and_then(Text::as_str);
        let folder = self.documents().iter().find(|document| Some(document.channel.as_str()) == channel);
        let Some(told) = folder.and_then(|folder| folder.live.as_ref()).filter(|told| told.is_unbroken())
        else {
            return true;
        };
        let marks: &[Mark] = told.marks.as_ref().map_or(&[], Marks::all);
        let goes = |presence: &Presence| {
            let channel = presence.entry().channel();
            marks.iter().any(|mark| mark.untouched && mark.channel.as_ref() == channel)
        };
        // Where a line has no time, it may be of after.
        let is_new = |presence: &Presence| match (presence.from.time, mark.at.time) {
            (Some(from), Some(at)) => from >= at,
            _ => true,
        };
        let mut there = told.timeline.presences().iter().filter(|presence| presence.is_there());
        there.any(|presence| is_new(presence) && !goes(presence))
    }
}

fn marks(document: &Document) -> impl Iterator<Item = &Mark> {
    let marks = document.live.as_ref().and_then(|told| told.marks.as_ref());
    marks.into_iter().flat_map(|marks| marks.all())
}

fn marks_there(document: &Document) -> impl Iterator<Item = &Mark> {
    marks(document).filter(|mark| mark.until.is_none())
}
