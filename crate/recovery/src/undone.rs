//! What came of taking a restoring back: an entry that somebody changed at that moment stayed.

use pinfold_core::document::{Entry, Kind, Tables};
use pinfold_core::drive::edit::Edit;
use pinfold_core::json::Value;

use crate::undo::{Kept, UndoPlan, WhyKept};

impl UndoPlan {
    /// Looks at the documents as they are after the plan was written, and moves what stayed to [`UndoPlan::left`]. `tables` gives
    /// those of the document of a number; of one that could not be read again nothing is moved. `drive` gives the document itself, of the
    /// account or a team: teams and calendars stand beside its tables.
    pub fn compare<'t>(
        &mut self,
        tables: impl Fn(usize) -> Option<Tables<'t>>,
        drive: impl Fn(usize) -> Option<&'t Value>,
    ) {
        for (at, edits) in &mut self.steps {
            let Some(tables) = tables(*at) else { continue };
            let document = drive(*at);
            let left = &mut self.left;
            edits.retain(|edit| {
                let back = match edit {
                    Edit::TakeBack(back) => back,
                    Edit::TakeBeside(back) => {
                        let table = document.and_then(|of| of.get(back.what.table())?.as_object());
                        let held = table.and_then(|table| table.get_text(&back.key));
                        let held = held.map(|held| Entry::alone(Kind::File, held));
                        let stayed = held.filter(|held| held.tags().any(|tag| *tag == back.tag));
                        if let Some(held) = stayed {
                            let channel = held.channel().cloned();
                            left.push(Kept { document: *at, channel, why: WhyKept::Touched });
                        }
                        return stayed.is_none();
                    }
                    _ => return true,
                };
                let entry = tables.entry(back.kind, back.entry);
                // Whatever was taken back no longer has the tag.
                let stayed = entry.filter(|entry| entry.tags().any(|tag| *tag == back.tag));
                if let Some(entry) = &stayed {
                    let channel = entry.channel().cloned();
                    left.push(Kept { document: *at, channel, why: WhyKept::Touched });
                }
                stayed.is_none()
            });
        }
    }
}
