//! A whole account to cold storage and back, as the administration panel of the server does it (`docs/OPERATIONS.md` 2.7), and what
//! one account alone pins.
//!
//! The report is written before the first move, an older report becomes a generation, and a report goes only when everything that it
//! names is back.

mod back;

use crate::archive::{ActError, Hands};
use crate::journal::{Act, Journal, Record, Step, Target};
use crate::single::Single;
use crate::stop::{Stop, held};
use crate::survey::{Survey, read};
use pinfold_datadir::disk::{read_if_there, stat_if_there, unlink_if_there};
use pinfold_datadir::id::{ItemId, KeyName};
use pinfold_datadir::metadata::Metadata;
use pinfold_datadir::moves::at;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Read};

/// Metadata that is longer than this is damage.
const LONGEST_METADATA: u64 = 16 << 20;

/// What was taken with an account, as the server writes and reads it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// The account's key, in the spelling with `/`.
    pub key: String,
    /// Channels.
    #[serde(default)]
    pub channels: Vec<ItemId>,
    /// Blobs.
    #[serde(default)]
    pub blobs: Vec<ItemId>,
    /// The log-in block.
    #[serde(default, rename = "blockId", skip_serializing_if = "Option::is_none")]
    pub block: Option<KeyName>,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// Why a document that an account pins does not go with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Left {
    /// Others own it too.
    NotSoleOwner,
    /// It has owners, and the account is not one of them.
    NotOwner,
    /// It has no owner.
    NoOwners,
    /// Only some may join it: the server does not take those either.
    Restricted,
    /// Its metadata is damaged, so an owner may be missing.
    DamagedMetadata,
    /// It is not live.
    NotLive,
    /// It was moved back, and its owner or a moderator removed it since.
    Removed,
}

impl Left {
    /// The reason for people.
    pub fn words(self) -> &'static str {
        match self {
            Self::NotSoleOwner => "others own it too",
            Self::NotOwner => "it has owners, and the account is not one of them",
            Self::NoOwners => "it has no owner",
            Self::Restricted => "only some may join it",
            Self::DamagedMetadata => "its metadata is damaged, so an owner may be missing",
            Self::NotLive => "it is not live",
            Self::Removed => "it was moved back before, and its owner or a moderator removed it since",
        }
    }
}

/// What became of an account.
#[derive(Debug, Default, Serialize)]
pub struct AccountDone {
    /// What was moved.
    pub moved: Vec<Target>,
    /// What stays, and why.
    pub left: Vec<(ItemId, Left)>,
    /// What could not be moved, and why.
    pub failed: Vec<(Target, String)>,
    /// Whether somebody ended it between two ids. The next run goes on.
    pub ended: bool,
    /// What stopped it between two ids: a hold, or a journal that cannot be written. The next run goes on.
    pub stop: Option<Stop>,
    /// How many documents it did not come to.
    pub not_reached: usize,
}

impl AccountDone {
    fn note(&mut self, target: Target, result: Result<(), ActError>) {
        match result {
            Ok(()) => self.moved.push(target),
            Err(error) if error.ends_the_run() => self.stop = Some(error.into()),
            Err(error) => self.failed.push((target, error.to_string())),
        }
    }

    /// Whether it ends here, before the next id.
    fn ends(&mut self, hands: &Hands<'_>, doing: &'static str, at: usize, of: usize) -> bool {
        hands.going.told(doing, at, of);
        self.ended = hands.going.ends();
        self.not_reached = of - at;
        self.ended || self.stop.is_some()
    }

    /// Whether it ends here, before anything else is taken away: a hold counts at once.
    fn ends_or_is_held(&mut self, hands: &Hands<'_>, at: usize, of: usize) -> bool {
        if self.stop.is_none() {
            self.stop = held(hands).err();
        }
        self.ends(hands, "moving an account to cold storage", at, of)
    }
}

impl Hands<'_> {
    /// The metadata of a channel or blob at its live place; `None` when there is none that can be read.
    ///
    /// # Errors
    /// [`ActError`] with an error of the file system.
    pub fn metadata(&self, id: &ItemId) -> Result<Option<Metadata>, ActError> {
        let live = self.paths.live(id);
        let log = read_if_there(self.disk, &live.metadata, LONGEST_METADATA).map_err(at(&live.metadata))?;
        if let Some(metadata) = log.as_deref().and_then(Metadata::read) {
            return Ok(Some(metadata));
        }
        if id.is_blob() || stat_if_there(self.disk, &live.body).map_err(at(&live.body))?.is_none() {
            return Ok(None);
        }
        let mut first = Vec::new();
        let log = self.disk.open(&live.body).map_err(at(&live.body))?;
        BufReader::new(log.take(LONGEST_METADATA)).read_until(b'\n', &mut first).map_err(at(&live.body))?;
        Ok(Metadata::read(&first))
    }

    /// Moves an account to cold storage: what it alone owns, its pin log, its block.
    ///
    /// # Errors
    /// [`ActError`] when the report cannot be written. Single documents that fail are named in the result.
    pub fn archive_account(
        &self,
        journal: &mut Journal<'_>,
        key: &KeyName,
        block: Option<&KeyName>,
        reason: &str,
    ) -> Result<AccountDone, ActError> {
        let target = Target::Report(key.clone());
        let begun = journal.begun(&target, Act::Archive, None)?.map(|(intent, _)| intent.reason);
        let mut done = AccountDone::default();
        if done.ends_or_is_held(self, 0, 0) {
            return Ok(done);
        }
        let report = match (&begun, self.report(key)?) {
            // A run that was cut had written its report, and it says what was to go.
            (Some(_), Some(report)) => report,
            _ => {
                let report = self.report_of(key, block, reason, &mut done)?;
                let is_live = self.is_there(&self.paths.pin_log(key))?;
                if !is_live && report.block.is_none() {
                    // It was archived before, and its report must not be replaced by an empty one.
                    return Err(ActError::Nothing);
                }
                self.report_apart(journal, key)?;
                let intent =
                    Record { reason: reason.into(), ..self.record(Act::Archive, &target, Step::Intent) };
                self.note(journal, intent)?;
                // From here on something was done, and it is told.
                if let Err(error) = self.write_report(key, &report) {
                    done.stop = Some(error.into());
                    return Ok(done);
                }
                report
            }
        };
        let reason = begun.as_deref().unwrap_or(reason);
        let placeholder = format!("MODERATION_ACCOUNT:{reason}");
        let ids = report.channels.iter().chain(&report.blobs);
        let of = ids.clone().count();
        for (at, id) in ids.enumerate() {
            if done.ends_or_is_held(self, at, of) {
                return Ok(done);
            }
            match self.take_with_account(journal, id, key, &placeholder) {
                Ok(Ok(())) => done.moved.push(Target::Item(id.clone())),
                Ok(Err(left)) => done.left.push((id.clone(), left)),
                Err(error) => done.note(Target::Item(id.clone()), Err(error)),
            }
        }
        if done.ends_or_is_held(self, of, of) {
            return Ok(done);
        }
        match self.is_there(&self.paths.pin_log(key)) {
            Ok(false) => {}
            Ok(true) => done.note(Target::PinLog(key.clone()), self.archive_pin_log(journal, key)),
            Err(error) => done.note(Target::PinLog(key.clone()), Err(error)),
        }
        if done.ends_or_is_held(self, of, of) {
            return Ok(done);
        }
        if let Some(block) = &report.block {
            match self.is_there(&self.paths.block(block)) {
                Ok(false) => {}
                Ok(true) => {
                    let moved = self.archive_block(journal, block, &placeholder);
                    done.note(Target::Block(block.clone()), moved);
                }
                Err(error) => done.note(Target::Block(block.clone()), Err(error)),
            }
        }
        // What failed is tried again: until then the account is under way.
        if done.stop.is_none() && done.failed.is_empty() {
            let line = Record { reason: reason.into(), ..self.record(Act::Archive, &target, Step::Done) };
            if let Err(error) = self.note(journal, line) {
                done.stop = Some(error.into());
            }
        }
        Ok(done)
    }

    /// Moves one document of an account, unless it stays.
    fn take_with_account(
        &self,
        journal: &mut Journal<'_>,
        id: &ItemId,
        key: &KeyName,
        placeholder: &str,
    ) -> Result<Result<(), Left>, ActError> {
        let live = self.paths.live(id);
        if self.is_any(&self.paths.archived(id))? && !self.is_any(&live)? {
            return Ok(Ok(()));
        }
        // Somebody else may own it by now, or be one of its owners.
        let seen = self.seen_now(&live)?;
        match self.goes_with(id, key)? {
            Ok(()) => self.archive(journal, id, placeholder, seen).map(Ok),
            Err(left) => Ok(Err(left)),
        }
    }

    /// What would go with an account.
    fn report_of(
        &self,
        key: &KeyName,
        block: Option<&KeyName>,
        reason: &str,
        done: &mut AccountDone,
    ) -> Result<Report, ActError> {
        let path = self.paths.pin_log(key);
        let log = match stat_if_there(self.disk, &path).map_err(at(&path))? {
            Some(_) => Some(read(self.disk, &path, self.now, &mut |_| ()).map_err(at(&path))?),
            None => None,
        };
        let block = block.cloned().or_else(|| log.as_ref()?.block.clone());
        let mut report = Report {
            key: key.as_str().replace('-', "/"),
            block: match &block {
                Some(block) if self.is_there(&self.paths.block(block))? => Some(block.clone()),
                _ => None,
            },
            reason: Some(reason.into()),
            ..Report::default()
        };
        for id in log.iter().flat_map(|log| log.pins.iter()) {
            match self.goes_with(&id, key)? {
                Ok(()) if id.is_blob() => report.blobs.push(id),
                Ok(()) => report.channels.push(id),
                Err(left) => done.left.push((id, left)),
            }
        }
        Ok(report)
    }

    /// The report on an account.
    fn report(&self, key: &KeyName) -> Result<Option<Report>, ActError> {
        let path = self.paths.account_report(key);
        let bytes = read_if_there(self.disk, &path, 1 << 28).map_err(at(&path))?;
        let report = bytes.map(|bytes| serde_json::from_slice(&bytes)).transpose();
        report.map_err(|error| ActError::Report { path, why: error.to_string() })
    }

    fn goes_with(&self, id: &ItemId, key: &KeyName) -> Result<Result<(), Left>, ActError> {
        let live = self.paths.live(id);
        if !self.is_there(&live.body)? && !self.is_there(&live.metadata)? {
            return Ok(Err(Left::NotLive));
        }
        let Some(metadata) = self.metadata(id)? else { return Ok(Err(Left::NoOwners)) };
        let owns = metadata.owners.contains(key);
        Ok(match () {
            () if metadata.restricted => Err(Left::Restricted),
            () if metadata.damaged => Err(Left::DamagedMetadata),
            () if metadata.owners.is_empty() => Err(Left::NoOwners),
            () if !owns => Err(Left::NotOwner),
            () if !id.is_blob() && metadata.owners.len() > 1 => Err(Left::NotSoleOwner),
            () => Ok(()),
        })
    }

    fn report_file(&self, key: &KeyName) -> Single {
        let path = self.paths.account_report(key);
        Single {
            target: Target::Report(key.clone()),
            live: path.clone(),
            cold: path,
            generations: self.paths.key_generations("accounts", key),
            name: "report.json",
            placeholder: None,
        }
    }

    fn write_report(&self, key: &KeyName, report: &Report) -> Result<(), ActError> {
        let path = self.paths.account_report(key);
        let folder = path.parent().unwrap_or(&self.paths.archive);
        self.disk.make_folder(folder).map_err(at(folder))?;
        let bytes = serde_json::to_vec(report).map_err(|error| ActError::Journal(error.into()))?;
        let temporary = pinfold_datadir::moves::temporary_name(&path);
        unlink_if_there(self.disk, &temporary).map_err(at(&temporary))?;
        self.disk.create(&temporary, &mut bytes.as_slice()).map_err(at(&temporary))?;
        pinfold_datadir::moves::place(self.disk, &temporary, &path)?;
        Ok(unlink_if_there(self.disk, &temporary).map_err(at(&temporary))?)
    }

    /// Moves a report, if there is one, to where older reports lie.
    pub(crate) fn report_apart(&self, journal: &mut Journal<'_>, key: &KeyName) -> Result<(), ActError> {
        let file = self.report_file(key);
        // A report whose account is moved back goes also while moving it away had not ended.
        let n = match journal.begun(&file.target, Act::Aside, Some(Act::Archive))? {
            Some((intent, _)) => {
                // A report that was written anew since is another one, and needs a place of its own.
                let n = intent.generation.unwrap_or(1);
                let to = file.generations.join(n.to_string()).join(file.name);
                if self.is_there(&file.live)?
                    && self.is_there(&to)?
                    && !pinfold_datadir::moves::is_same(self.disk, &file.live, &to)?
                {
                    self.note(journal, Record { step: Step::Undone, at: self.now, ..intent })?;
                    return Err(ActError::Changed);
                }
                n
            }
            None => {
                if !self.is_there(&file.live)? {
                    return Ok(());
                }
                let n = self.free(&file.generations)?;
                let intent =
                    Record { generation: Some(n), ..self.record(Act::Aside, &file.target, Step::Intent) };
                self.note(journal, intent)?;
                n
            }
        };
        self.set_apart(&file.live, &file.generations.join(n.to_string()).join(file.name))?;
        self.note(
            journal,
            Record { generation: Some(n), ..self.record(Act::Aside, &file.target, Step::Done) },
        )
    }
}

/// Ids that one account pins and no other does: without it nobody would hold them.
pub fn only_pinned_by(survey: &Survey, key: &KeyName) -> Option<BTreeSet<ItemId>> {
    let account = survey.accounts.iter().find(|account| account.key == *key)?;
    let mut only: BTreeSet<ItemId> = account.log.pins.iter().collect();
    for other in survey.accounts.iter().filter(|other| other.key != *key) {
        // A doubtful log may want all that it ever named.
        let wants =
            |id: &ItemId| other.log.pins.contains(id) || other.is_doubtful() && other.log.gone.contains(id);
        only.retain(|id| !wants(id));
    }
    Some(only)
}
