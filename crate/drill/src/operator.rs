//! An operator with the tool of this project, as its guide says (`docs/operators.md`), on the story's days.

use crate::failed::Done;
use crate::stage::Stage;
use pinfold_core::exchange::{Decision, decisions};
use pinfold_datadir::config::{Config, Plain};
use pinfold_datadir::decrees::Decrees;
use pinfold_datadir::id::KeyName;
use pinfold_operator::archive::Hands;
use pinfold_operator::audit::{Audit, Auditor};
use pinfold_operator::check::{Before, Problem, check};
use pinfold_operator::cold::FirstSeen;
use pinfold_operator::conflicts::{Conflict, conflicts};
use pinfold_operator::going::Quietly;
use pinfold_operator::hold::{self, Hold};
use pinfold_operator::journal::{Journal, Target};
use pinfold_operator::notices::notices;
use pinfold_operator::plan::{Grounds, Plan};
use pinfold_operator::policy::Policy;
use pinfold_operator::purge;
use pinfold_operator::restore::Choice;
use pinfold_operator::run::{Done as Ran, carry_out};
use pinfold_operator::settle::Decisions;
use pinfold_operator::stop::Stop;
use pinfold_operator::survey::{Declared, Survey, survey, watched};
use pinfold_operator::waits::{WalkRecord, remember, walks};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// The operator of a stage.
pub struct Operator<'s> {
    stage: &'s Stage,
    policy: Policy,
}

impl<'s> Operator<'s> {
    /// An operator who keeps CryptPad's own times: 90 days.
    ///
    /// # Errors
    /// None: the figures are sound.
    pub fn of(stage: &'s Stage) -> Done<Self> {
        let mut config = Config::default();
        config.set("inactiveTime", Plain::Number(90.0));
        config.set("archiveRetentionTime", Plain::Number(90.0));
        Ok(Self { stage, policy: Policy::of(&config, &Decrees::default())? })
    }

    fn now(&self) -> i64 {
        self.stage.calendar.now()
    }

    fn hands(&self, what: &str) -> Hands<'_> {
        let now = self.now();
        Hands {
            disk: &self.stage.disk,
            paths: &self.stage.paths,
            run: format!("{what}-{now}"),
            now,
            going: &Quietly,
        }
    }

    fn journal(&self) -> Done<Journal<'_>> {
        fs::create_dir_all(&self.stage.paths.state)?;
        Ok(Journal::open(&self.stage.disk, &self.stage.paths.state)?)
    }

    /// Reads the pin logs and says what looks wrong.
    ///
    /// # Errors
    /// Those of the tool.
    pub fn audit(&self) -> Done<Audit> {
        let mut auditor = Auditor::default();
        let mut hear = |key: &KeyName, change| auditor.hear(key, &change);
        let seen = survey(&self.stage.disk, &self.stage.paths, self.now(), &mut hear)?;
        Ok(auditor.finish(&seen))
    }

    /// Stops everything that removes, CryptPad's own scripts as well.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn hold(&self, why: &str) -> Done<()> {
        let Stage { disk, paths, .. } = self.stage;
        let before = Some((self.policy.inactive_days, crate::old::scripts::KEPT));
        let hold = Hold { by: "the operator".into(), why: why.into(), since: self.now(), before };
        hold::set(disk, paths, &hold)?;
        Ok(hold::stop_scripts(disk, paths, self.now())?)
    }

    /// Ends the hold.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn release(&self) -> Done<()> {
        let Stage { disk, paths, .. } = self.stage;
        if let Some(hold) = hold::read(disk, paths)? {
            hold::release_scripts(disk, paths, &hold, self.now())?;
        }
        Ok(hold::release(disk, paths, self.now())?)
    }

    /// The ids that lie in both places.
    ///
    /// # Errors
    /// Those of the tool.
    pub fn conflicts(&self) -> Done<Vec<Conflict>> {
        Ok(conflicts(&self.stage.disk, &self.stage.paths)?)
    }

    /// Hands the copies of all conflicts out, a folder for each.
    ///
    /// # Errors
    /// Those of the tool.
    pub fn export(&self, to: &Path) -> Done<Vec<String>> {
        let mut exported = Vec::new();
        for conflict in self.conflicts()? {
            let id = conflict.id.to_string();
            let folder = to.join(&id);
            fs::create_dir_all(&folder)?;
            self.hands("export").export(&conflict.id, &folder)?;
            exported.push(id);
        }
        Ok(exported)
    }

    /// Carries out what the holders of the keys decided, as their file says it. Answers how many there were.
    ///
    /// # Errors
    /// Those of the tool, also for one decision among many.
    pub fn settle(&self, decided: &[Decision]) -> Done<usize> {
        let file: Decisions = serde_json::from_str(&decisions(decided))?;
        let mut journal = self.journal()?;
        for decision in &file.verdicts {
            self.hands("settle").settle(&mut journal, decision)?;
        }
        Ok(file.verdicts.len())
    }

    /// Moves everything back that went for want of activity. Answers how much that was.
    ///
    /// # Errors
    /// Those of the tool, also for one document among many.
    pub fn restore_inactive(&self) -> Done<usize> {
        let mut journal = self.journal()?;
        let hands = self.hands("restore");
        let chosen = hands.choose(&journal, &Choice::Reason("INACTIVE"))?;
        if let Some(unread) = chosen.unread.first() {
            return Err(format!("{} cannot be read", unread.path.display()).into());
        }
        for id in &chosen.ids {
            hands.restore_target(&mut journal, &Target::Item(id.clone()))?;
        }
        Ok(chosen.ids.len())
    }

    /// A notice for each account that a document of which something happened concerns.
    ///
    /// # Errors
    /// Those of the tool.
    pub fn notices(&self) -> Done<BTreeMap<KeyName, String>> {
        let seen = self.look()?;
        let journal = self.journal()?;
        let both = self.conflicts()?;
        let logs = seen.accounts.iter().map(|account| (&account.key, &account.log));
        let mut texts = BTreeMap::new();
        for notice in notices(logs, &journal, &both, self.now()) {
            texts.insert(notice.account.clone(), serde_json::to_string(&notice)?);
        }
        Ok(texts)
    }

    /// The look after a run, and every day.
    ///
    /// # Errors
    /// Those of the tool.
    pub fn check(&self) -> Done<Vec<Problem>> {
        let known = walks(&self.stage.disk, &self.stage.paths.state)?;
        let before = Before { walk: known.last(), plan: None };
        let Stage { disk, paths, .. } = self.stage;
        Ok(check(disk, paths, &self.look()?, &self.journal()?, before)?)
    }

    fn look(&self) -> Done<Survey> {
        Ok(survey(&self.stage.disk, &self.stage.paths, self.now(), &mut |_, _| ())?)
    }

    /// The daily run: a plan, and what it says. What takes more than the cap waits for consent, which is given while the audit finds no
    /// list that shrank for no reason.
    ///
    /// # Errors
    /// Those of the tool, also a refusal.
    pub fn archive(&self) -> Done<Ran> {
        let (plan, mut journal) = self.plan(false)?;
        let hands = self.hands("archive");
        let is_sound = !plan.needs_consent()
            || self.audit()?.accounts.iter().all(|it| it.unexplained.is_empty() && it.regrown.is_empty());
        let consent = (plan.needs_consent() && is_sound).then_some(plan.digest.as_str());
        match carry_out(&hands, &self.stage.calendar, &mut journal, &plan, consent) {
            Err(Stop::Consent(_)) => Ok(Ran::default()),
            ran => Ok(ran?),
        }
    }

    /// The weekly run that empties cold storage.
    ///
    /// # Errors
    /// Those of the tool, also a refusal.
    pub fn purge(&self) -> Done<Ran> {
        let (plan, mut journal) = self.plan(true)?;
        let hands = self.hands("purge");
        Ok(purge::carry_out(&hands, &self.stage.calendar, &mut journal, &plan, Some(&plan.digest))?)
    }

    /// A complete look, and what follows from it.
    ///
    /// # Errors
    /// Those of the tool, also a refusal.
    pub fn plan(&self, purges: bool) -> Done<(Plan, Journal<'_>)> {
        let Stage { disk, paths, calendar, .. } = self.stage;
        let journal = self.journal()?;
        let began = self.now();
        let seen = watched(disk, paths, calendar, &Quietly)?;
        let mut known = walks(disk, &paths.state)?;
        let record = WalkRecord::of(&seen, began, self.now());
        let before = known.last().copied();
        known.push(record);
        let mut first_seen = FirstSeen::read(disk, &paths.state)?;
        let grounds = Grounds {
            disk,
            survey: &seen,
            paths,
            policy: &self.policy,
            journal: &journal,
            walks: &known,
            reports: &BTreeMap::new(),
            declared: Declared::default(),
            now: self.now(),
        };
        let mut plan = if purges { purge::plan(&grounds, &first_seen)? } else { Plan::make(&grounds)? };
        let taken = |before: &WalkRecord| journal.bytes_taken_after(before.began);
        plan.refuse(before.and_then(|before| record.fewer_than(&before, taken(&before))));
        if plan.head.refusals.is_empty() {
            remember(disk, &paths.state, &record)?;
            first_seen.remember(disk, &paths.state, &seen, self.now())?;
        }
        Ok((plan, journal))
    }
}
