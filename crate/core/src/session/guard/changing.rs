//! What the server carried out goes into the log of changes, with its cause.

use crate::drive::edit::Edit;
use crate::guard::plan::Removal;
use crate::ids::{EdPublic, IdSet, PinId};
use crate::json::Text;
use crate::ports::UnixMillis;
use crate::rpc::command::Command;
use crate::session::guard::Guard;
use crate::session::guard::shelf::Kind;
use crate::session::parts::Parts;

impl Guard {
    /// These ids are pinned under a key for the first time, as far as the ledger knows.
    pub(in crate::session) fn note_fresh(&mut self, signer: &EdPublic, ids: &IdSet) {
        let fresh = self.fresh.remove(signer).unwrap_or_default();
        self.fresh.insert(signer.clone(), fresh.union(ids.iter().cloned()));
    }

    /// The document that an id stands in, or stood in last.
    fn document_of(&self, signer: &EdPublic, id: &PinId) -> &str {
        self.ledger.record(signer, id.text()).map_or("?", |record| word(&record.folder))
    }
}

impl Parts {
    /// The user enters this here: that is why it is pinned.
    pub(in crate::session) fn note_placed(&mut self, edits: &[Edit]) {
        let placed = edits.iter().filter_map(Edit::enters).cloned();
        self.guard.placed = std::mem::take(&mut self.guard.placed).union(placed);
    }

    /// The server carried a command out. `followed`: nobody asked for it, a session that stays current sent it.
    pub(in crate::session) fn note_change(
        &mut self,
        now: UnixMillis,
        signer: &EdPublic,
        command: &Command,
        followed: bool,
    ) {
        let (came, went, of): (&[PinId], &[Removal], usize) = match command {
            Command::Pin(batch) => (batch.ids(), &[], batch.ids().len()),
            Command::Unpin(set) => (&[], set.due(), set.due().len()),
            Command::Reset(set) => (set.ids(), set.due(), set.len()),
            _ => return,
        };
        let Ok(by) = self.author() else { return };
        let guard = &mut *self.guard;
        let mut rows: Vec<(Text, Vec<PinId>)> = Vec::new();
        let mut row = |words: &str, folder: &str, ids| rows.push(([words, folder].concat().into(), ids));
        let mut fresh = guard.fresh.remove(signer).unwrap_or_default();
        for id in came.iter().filter(|id| fresh.contains(*id)) {
            let words = match guard.placed.contains(id.text()) {
                true => "+ edit - ",
                false if followed => "+ followed - ",
                false => "+ loading - ",
            };
            row(words, guard.document_of(signer, id), vec![id.clone()]);
        }
        fresh.remove_all(&came.iter().cloned().collect());
        guard.fresh.insert(signer.clone(), fresh);
        for Removal { id, cause, .. } in went {
            let Some(id) = PinId::of(id) else { continue };
            let since = guard.ledger.record(signer, id.text()).and_then(|record| record.since);
            let agreed = if since.is_some_and(|since| since.agreed) { " agreed " } else { " unasked " };
            let words = ["- ", cause.as_str(), agreed].concat();
            row(&words, guard.document_of(signer, &id), vec![id]);
        }
        if let Command::Reset(set) = command {
            for (folder, ids) in set.taken_out() {
                row("- own - ", word(folder), ids.to_vec());
            }
            // A list was replaced that held what nobody recorded: the user or the policy allowed that.
            let given_up = guard.unknown.contains_key(signer);
            row(if given_up { "= given-up agreed " } else { "= replaced - " }, "-", Vec::new());
        }
        if rows.is_empty() {
            rows.push((Text::from("= again - -"), Vec::new()));
        }
        guard.commands += 1;
        let front =
            [&now.0.to_string(), word(&by), &guard.commands.to_string(), signer.as_str(), command.name()];
        guard.changes.note(&front.join(" "), of, rows);
        self.save(now, Kind::Changes);
    }
}

/// A text as one word of a row.
fn word(text: &Text) -> &str {
    text.as_str().filter(|text| !text.is_empty() && !text.contains(' ')).unwrap_or("?")
}
