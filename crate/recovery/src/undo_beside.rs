//! Taking back teams and calendars that were put back.

use std::collections::HashSet;

use pinfold_core::drive::edit::{Beside, Edit};
use pinfold_core::json::Text;

use crate::investigation::{Document, Investigation};
use crate::joined::channel_of;
use crate::marks::Marks;
use crate::presence::{Presence, What};
use crate::undo::{Kept, WhyKept};

impl Investigation {
    /// How to take the teams and calendars of a document back that were put back with the tag; and which stay.
    pub(crate) fn undo_beside(&self, at: usize, document: &Document, open: bool) -> (Vec<Edit>, Vec<Kept>) {
        let (mut edits, mut left) = (Vec::new(), Vec::new());
        let marks = document.live.as_ref().and_then(|told| told.marks.as_ref());
        for ((what, _), mark) in marks.into_iter().flat_map(|marks| &marks.beside.there) {
            let channel = mark.channel.as_ref().and_then(Text::as_str).unwrap_or_default();
            // Without a team's keys, what came into it since would be out of reach. What is in a calendar nobody reads here.
            let holds_more = || *what == Beside::Team && self.holds_more(channel, mark.at.time);
            match &mark.undo {
                Some(undo) if open && mark.untouched && (undo.was_there || !holds_more()) => {
                    edits.push(Edit::TakeBeside(undo.clone()));
                }
                undo => {
                    let why = match undo {
                        _ if !open => WhyKept::Closed,
                        Some(_) => WhyKept::Touched,
                        None => WhyKept::NotSince,
                    };
                    left.push(Kept { document: at, channel: mark.channel.clone(), why });
                }
            }
        }
        (edits, left)
    }

    /// Whether something came into a team, or a folder of it, that this restoring does not take back itself. What cannot be followed
    /// may hold more.
    fn holds_more(&self, team: &str, since: Option<u64>) -> bool {
        let (mut open, mut seen) = (vec![team.to_owned()], HashSet::new());
        while let Some(channel) = open.pop() {
            if !seen.insert(channel.clone()) {
                continue;
            }
            let document = self.document_of(&channel);
            let told = document.and_then(|document| Some((document, document.live.as_ref()?)));
            let Some((document, told)) = told.filter(|(_, told)| told.is_unbroken()) else { return true };
            let marks = told.marks.as_ref().map_or(&[][..], Marks::all);
            let goes: HashSet<Option<&Text>> =
                marks.iter().filter(|mark| mark.untouched).map(|mark| mark.channel.as_ref()).collect();
            // Where a line has no time, it may be of after.
            let is_new =
                |presence: &Presence| presence.from.time.zip(since).is_none_or(|(from, at)| from >= at);
            for presence in told.timeline.presences().iter().filter(|of| of.is_there()) {
                if is_new(presence) && !goes.contains(&presence.entry().channel()) {
                    return true;
                }
                if presence.what == What::SharedFolder {
                    match channel_of(document, presence) {
                        Some(folder) => open.push(folder),
                        None => return true,
                    }
                }
            }
        }
        false
    }
}
