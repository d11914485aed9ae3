//! Every entry that a tag marks, and taking a restoring back: exactly those entries that nobody touched since.

use std::collections::{HashMap, HashSet};

use pinfold_core::document::Kind;
use pinfold_core::drive::edit::{Before, Edit, TakeBack};
use pinfold_core::json::Text;
use pinfold_core::names::names;

use crate::history::Beginning;
use crate::investigation::{Document, Investigation, Whose};
use crate::joined::Joined;
use crate::marks::{Mark, Marks};
use crate::presence::What;
use crate::reading::Told;
use crate::steps;
use crate::tag::is_tag;

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
                if !matches!(presence.what, What::Link | What::OldFolder)
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
        let mut history = Since::of(self);
        for (at, document) in self.documents().iter().enumerate() {
            let open = document.whose == Whose::Account || document.links.is_some();
            let open = open && joined.reaches(document);
            let mut edits = Vec::new();
            for mark in marks_there(document) {
                let why = match &mark.undo {
                    _ if !open => WhyKept::Closed,
                    None => WhyKept::NotSince,
                    Some(_) if history.was_moved(at, mark) => WhyKept::Moved,
                    Some(undo) if undo.before == Before::Nothing && history.may_be_moved(at, mark) => {
                        WhyKept::NotSince
                    }
                    Some(undo) if mark.untouched && !history.leads_to_more(mark, undo) => {
                        edits.push(Edit::TakeBack(undo.clone()));
                        continue;
                    }
                    Some(_) => WhyKept::Touched,
                };
                plan.left.push(Kept { document: at, channel: mark.channel.clone(), why });
            }
            let (beside, left) = self.undo_beside(at, document, open);
            edits.extend(beside);
            plan.left.extend(left);
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
}

/// What happened since entries got the tag, looked up once: the work grows with what there is and not with its square.
struct Since<'i> {
    investigation: &'i Investigation,
    /// What was taken out of a document: its number, or nothing where several lost it.
    left: HashMap<&'i Text, Option<usize>>,
    /// Up to when a document's log may hide that something left it: the latest such time of all, with its document; and the
    /// latest of the others. Every time, where a log has holes.
    hides: [Option<(u64, usize)>; 2],
    /// Of each folder: the latest time at which something came into it that this restoring does not take back.
    newest: HashMap<&'i str, Option<u64>>,
}

impl<'i> Since<'i> {
    fn of(investigation: &'i Investigation) -> Self {
        let (mut left, mut hides) = (HashMap::new(), [None, None]);
        for (at, document) in investigation.documents().iter().enumerate() {
            steps::step();
            if let Some(time) = document.live.as_ref().and_then(hides_until) {
                match hides {
                    [Some((latest, _)), _] if time <= latest => hides[1] = hides[1].max(Some((time, at))),
                    [latest, _] => hides = [Some((time, at)), latest],
                }
            }
            // What was taken out of one document and stands in another was moved there by somebody.
            for channel in
                marks(document).filter(|mark| mark.until.is_some()).filter_map(|of| of.channel.as_ref())
            {
                let from = left.entry(channel).or_insert(Some(at));
                *from = from.filter(|from| *from == at);
            }
        }
        Self { investigation, left, hides, newest: HashMap::new() }
    }

    fn was_moved(&self, here: usize, mark: &Mark) -> bool {
        let from = mark.channel.as_ref().and_then(|channel| self.left.get(channel));
        from.is_some_and(|from| *from != Some(here))
    }

    /// Whether the entry may have been moved here from a document whose log does not tell: one that was shortened since, or
    /// of which not all was read.
    fn may_be_moved(&self, here: usize, mark: &Mark) -> bool {
        let elsewhere = self.hides.into_iter().flatten().find(|(_, at)| *at != here);
        // Where a line has no time, it may be of after.
        elsewhere.is_some_and(|(until, _)| mark.at.time.is_none_or(|at| until >= at))
    }

    /// Whether a restored folder holds what this restoring does not take back itself.
    fn leads_to_more(&mut self, mark: &'i Mark, undo: &TakeBack) -> bool {
        if undo.kind != Kind::SharedFolder || undo.before != Before::Nothing {
            return false;
        }
        let Some(channel) = mark.channel.as_ref().and_then(Text::as_str) else { return true };
        let investigation = self.investigation;
        let newest = *self.newest.entry(channel).or_insert_with(|| newest_that_stays(investigation, channel));
        // Where a line has no time, it may be of after.
        newest.is_some_and(|newest| mark.at.time.is_none_or(|at| newest >= at))
    }
}

/// Up to when a log may hide that something left its document. A log that begins later holds nothing of before.
fn hides_until(told: &Told) -> Option<u64> {
    match told.begins {
        _ if !told.is_unbroken() => Some(u64::MAX),
        Beginning::Whole => None,
        _ => Some(told.first.time.unwrap_or(u64::MAX)),
    }
}

/// The latest time at which something came into a folder that is there now and stays when the restoring is taken back. Where no
/// line says when, or the folder was not read whole, it may have been at any time.
fn newest_that_stays(investigation: &Investigation, channel: &str) -> Option<u64> {
    let folder = investigation.document_of(channel).and_then(|folder| folder.live.as_ref());
    let Some(told) = folder.filter(|told| told.is_unbroken()) else { return Some(u64::MAX) };
    let marks: &[Mark] = told.marks.as_ref().map_or(&[], Marks::all);
    let goes: HashSet<Option<&Text>> =
        marks.iter().filter(|mark| mark.untouched).map(|mark| mark.channel.as_ref()).collect();
    let there =
        told.timeline.presences().iter().inspect(|_| steps::step()).filter(|presence| presence.is_there());
    let stays = there.filter(|presence| !goes.contains(&presence.entry().channel()));
    stays.map(|presence| presence.from.time.unwrap_or(u64::MAX)).max()
}

fn marks(document: &Document) -> impl Iterator<Item = &Mark> {
    let marks = document.live.as_ref().and_then(|told| told.marks.as_ref());
    marks.into_iter().flat_map(|marks| marks.all())
}

fn marks_there(document: &Document) -> impl Iterator<Item = &Mark> {
    marks(document).filter(|mark| mark.until.is_none())
}
