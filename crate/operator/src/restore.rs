//! Which documents to move back: chosen by reason, run, account or plan. A document that somebody decided to remove does not come back by itself.

use crate::account::Report;
use crate::archive::{ActError, Hands};
use crate::journal::{Journal, Target};
use crate::plan::{Does, Plan};
use crate::survey::read;
use pinfold_datadir::disk::{read_if_there, stat_if_there};
use pinfold_datadir::id::{ItemId, KeyName};
use pinfold_datadir::moves::at;
use pinfold_datadir::walk::{Finding, Found, Odd, walk};
use serde::Serialize;
use std::collections::BTreeSet;

/// Why something lies in cold storage, as its placeholder tells it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Why {
    /// For want of activity.
    Inactive,
    /// Nobody says: it was trimmed, or was temporary, or an old version put it there. The operator has to say.
    Unknown,
    /// An owner, a moderator or a date decided it.
    Decided(String),
}

/// A choice of what to move back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Choice<'a> {
    /// What was moved for this reason.
    Reason(&'a str),
    /// What has no reason.
    WithoutReason,
    /// What a run of this project moved, as far as nobody else removed it since.
    Run(&'a str),
    /// Everything that an account pins or pinned, and everything moved together with it, as far as the reason was inactivity.
    Account(&'a KeyName),
    /// What a plan takes, as far as nobody else removed it since.
    Plan(&'a Plan),
}

/// What was chosen.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Chosen {
    /// The documents.
    pub ids: Vec<ItemId>,
    /// What could not be listed or read: documents that fit may lie there.
    pub unread: Vec<Finding>,
}

impl Hands<'_> {
    /// Why a document lies in cold storage.
    ///
    /// # Errors
    /// [`ActError`] with an error of the file system.
    pub fn why(&self, id: &ItemId) -> Result<Why, ActError> {
        Ok(match self.text_of(&self.paths.live(id).placeholder)? {
            None => Why::Unknown,
            Some(text) if text == "INACTIVE" => Why::Inactive,
            Some(text) => Why::Decided(text),
        })
    }

    /// The documents of a choice that lie in cold storage, in order. What cannot be looked at takes no other document with it, and is told.
    ///
    /// # Errors
    /// [`ActError`] with an error of the file system, when the lists of an account cannot be read.
    pub fn choose(&self, journal: &Journal<'_>, choice: &Choice<'_>) -> Result<Chosen, ActError> {
        let wanted: Option<BTreeSet<ItemId>> = match choice {
            Choice::Reason(_) | Choice::WithoutReason => None,
            Choice::Run(run) => {
                // Also what a first try could not move back.
                let of_run = journal.archived().filter(|record| record.run == **run);
                Some(of_run.filter_map(|record| crate::cold::item(&record.id).cloned()).collect())
            }
            Choice::Account(key) => Some(self.of_account(key)?),
            Choice::Plan(plan) => {
                let taken = plan.entries.iter().filter(|entry| matches!(entry.does, Does::Take { .. }));
                Some(taken.filter_map(|entry| crate::cold::item(&entry.id).cloned()).collect())
            }
        };
        let all = self.in_cold_storage();
        let mut chosen = Chosen { ids: Vec::new(), unread: all.unread };
        for id in all.ids {
            match self.fits(journal, choice, wanted.as_ref(), &id) {
                Ok(true) => chosen.ids.push(id),
                Ok(false) => {}
                Err(error) => chosen.unread.push(Finding {
                    path: self.paths.live(&id).placeholder,
                    what: Odd::Unreadable,
                    reason: Some(error.to_string()),
                }),
            }
        }
        Ok(chosen)
    }

    fn fits(
        &self,
        journal: &Journal<'_>,
        choice: &Choice<'_>,
        wanted: Option<&BTreeSet<ItemId>>,
        id: &ItemId,
    ) -> Result<bool, ActError> {
        Ok(match (wanted, choice) {
            (Some(wanted), Choice::Account(_)) => {
                wanted.contains(id) && !matches!(self.why(id)?, Why::Decided(_))
            }
            (Some(wanted), _) => wanted.contains(id) && !self.is_decided_since(journal, id)?,
            (None, Choice::Reason(reason)) => {
                self.text_of(&self.paths.live(id).placeholder)?.as_deref() == Some(*reason)
            }
            (None, _) => self.why(id)? == Why::Unknown,
        })
    }

    /// Whether somebody else than the run that moved it decided that a document goes: it was made anew, and its owner removed it.
    fn is_decided_since(&self, journal: &Journal<'_>, id: &ItemId) -> Result<bool, ActError> {
        let ours = journal.cold(&Target::Item(id.clone()));
        Ok(match self.why(id)? {
            Why::Decided(text) => ours.is_none_or(|ours| ours.reason != text),
            Why::Inactive | Why::Unknown => false,
        })
    }

    /// Everything at the classic place of cold storage.
    pub fn in_cold_storage(&self) -> Chosen {
        let mut chosen = Chosen::default();
        walk(self.disk, self.paths, &mut |found| match found {
            Found::Archived(item) if item.parts().next().is_some() => chosen.ids.push(item.id),
            Found::Odd(finding)
                if finding.what.is_incomplete() && finding.path.starts_with(&self.paths.archive) =>
            {
                chosen.unread.push(finding);
            }
            _ => {}
        });
        chosen
    }

    fn of_account(&self, key: &KeyName) -> Result<BTreeSet<ItemId>, ActError> {
        let mut ids = BTreeSet::new();
        // CryptPad's own eviction puts pin logs below the folder it runs in, whatever the configuration says.
        let elsewhere = self
            .paths
            .state
            .parent()
            .map(|data| data.join("archive/pins").join(key.shard()).join(format!("{key}.ndjson")));
        for path in [Some(self.paths.pin_log(key)), Some(self.paths.archived_pin_log(key)), elsewhere]
            .into_iter()
            .flatten()
        {
            if stat_if_there(self.disk, &path).map_err(at(&path))?.is_some() {
                ids.extend(read(self.disk, &path, self.now, &mut |_| ()).map_err(at(&path))?.named());
            }
        }
        let path = self.paths.account_report(key);
        if let Some(bytes) = read_if_there(self.disk, &path, 1 << 28).map_err(at(&path))?
            && let Ok(report) = serde_json::from_slice::<Report>(&bytes)
        {
            ids.extend(report.channels.into_iter().chain(report.blobs));
        }
        Ok(ids)
    }

    /// Moves back what a file named after a key is: the newest copy of a pin log or a block.
    ///
    /// # Errors
    /// [`ActError`].
    pub fn restore_target(&self, journal: &mut Journal<'_>, target: &Target) -> Result<(), ActError> {
        match target {
            Target::Item(id) => self.restore(journal, id),
            Target::PinLog(key) => self.restore_pin_log(journal, key),
            Target::Block(key) => self.restore_block(journal, key),
            Target::Report(key) => self.restore_account(journal, key).map(drop),
            Target::Task(_) | Target::Older(..) => Err(ActError::Nothing),
        }
    }
}
