//! A whole account back from cold storage.

use super::{AccountDone, Left};
use crate::archive::{ActError, Hands};
use crate::journal::{Journal, Target};
use pinfold_datadir::id::{ItemId, KeyName};

impl Hands<'_> {
    /// What goes back to its live place with an account: its pin log, documents and block.
    ///
    /// # Errors
    /// [`ActError`] for a report that cannot be read. Without one there is nothing.
    pub fn of_report(&self, key: &KeyName) -> Result<Vec<Target>, ActError> {
        let Some(report) = self.report(key)? else { return Ok(Vec::new()) };
        let items = report.channels.into_iter().chain(report.blobs).map(Target::Item);
        Ok([Target::PinLog(key.clone())]
            .into_iter()
            .chain(items)
            .chain(report.block.map(Target::Block))
            .collect())
    }

    /// Moves an account back: its pin log first, so that nothing else takes its documents again, then those, then its block.
    ///
    /// # Errors
    /// [`ActError::Nothing`] when there is no report, and [`ActError`] for one that cannot be read.
    pub fn restore_account(&self, journal: &mut Journal<'_>, key: &KeyName) -> Result<AccountDone, ActError> {
        let report = self.report(key)?.ok_or(ActError::Nothing)?;
        let mut done = AccountDone::default();
        let ids = report.channels.iter().chain(&report.blobs);
        let of = ids.clone().count();
        let pins = self.restore_pin_log(journal, key);
        // The server leaves an account without a pin log as it is; here nothing to put back is no failure either.
        if !matches!(pins, Err(ActError::Nothing)) {
            done.note(Target::PinLog(key.clone()), pins);
        }
        // What the server and this program say of what went with an account. Another word is an owner's or a moderator's, of later.
        let said = report.reason.as_ref().map(|reason| format!("MODERATION_ACCOUNT:{reason}"));
        for (at, id) in ids.enumerate() {
            if done.ends(self, "moving an account back", at, of) {
                return Ok(done);
            }
            match self.return_with_account(journal, id, said.as_deref()) {
                Ok(true) => done.moved.push(Target::Item(id.clone())),
                Ok(false) => done.left.push((id.clone(), Left::Removed)),
                Err(error) => done.note(Target::Item(id.clone()), Err(error)),
            }
        }
        if done.ends(self, "moving an account back", of, of) {
            return Ok(done);
        }
        if let Some(block) = &report.block {
            let path = self.paths.block_placeholder(block);
            let there = self.is_there(&self.paths.archived_block(block)).and_then(|there| {
                // Whoever got the account back and chose another password does not get the old one back.
                Ok(there && !is_by_others(self.text_of(&path)?.as_deref(), said.as_deref()))
            });
            match there {
                Ok(false) => {}
                Ok(true) => done.note(Target::Block(block.clone()), self.restore_block(journal, block)),
                Err(error) => done.note(Target::Block(block.clone()), Err(error)),
            }
        }
        if done.failed.is_empty()
            && done.stop.is_none()
            && let Err(error) = self.report_apart(journal, key)
        {
            done.note(Target::Report(key.clone()), Err(error));
        }
        Ok(done)
    }

    /// Moves one document of an account back. Answers `false` for one that somebody removed since.
    fn return_with_account(
        &self,
        journal: &mut Journal<'_>,
        id: &ItemId,
        said: Option<&str>,
    ) -> Result<bool, ActError> {
        let live = self.paths.live(id);
        // A run that was cut had moved it back.
        if self.is_any(&live)? && !self.is_any(&self.paths.archived(id))? {
            return Ok(true);
        }
        if is_by_others(self.text_of(&live.placeholder)?.as_deref(), said) {
            return Ok(false);
        }
        self.restore(journal, id).map(|()| true)
    }
}

/// Whether a placeholder is neither about inactivity nor about the account that `said` is about.
fn is_by_others(text: Option<&str>, said: Option<&str>) -> bool {
    text.is_some_and(|text| {
        text != "INACTIVE" && said.map_or(!text.starts_with("MODERATION_ACCOUNT:"), |said| text != said)
    })
}
