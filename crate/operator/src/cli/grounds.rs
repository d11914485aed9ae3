//! What a verdict rests on: one place, so that `plan`, `preflight` and the tables judge alike.

use super::acts::DISK;
use super::{Failed, Opened};
use pinfold_datadir::id::KeyName;
use pinfold_operator::journal::Journal;
use pinfold_operator::plan::Grounds;
use pinfold_operator::reported::reports;
use pinfold_operator::survey::{Declared, Survey};
use pinfold_operator::waits::WalkRecord;
use std::collections::BTreeMap;

impl Opened {
    /// What accounts told their operator.
    pub(super) fn reports(&self, seen: &Survey) -> BTreeMap<KeyName, i64> {
        reports(&DISK, &self.paths, seen, self.now, &self.going)
    }

    /// The grounds of a look at this store.
    pub(super) fn grounds<'a>(
        &'a self,
        survey: &'a Survey,
        journal: &'a Journal<'a>,
        walks: &'a [WalkRecord],
        reports: &'a BTreeMap<KeyName, i64>,
        declared: Declared,
    ) -> Result<Grounds<'a>, Failed> {
        let policy = self.policy()?;
        Ok(Grounds {
            disk: &DISK,
            survey,
            paths: &self.paths,
            policy,
            journal,
            walks,
            reports,
            declared,
            now: self.now,
        })
    }
}
