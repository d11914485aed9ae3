//! What pin logs tell of accidents and damage, account by account (B5 to B9, B17). Nothing but pin logs is read.

use crate::survey::{Account, Survey};
use pinfold_core::pins::trail::{Removal as Went, Trail as Changes};
use pinfold_datadir::id::{ItemId, KeyName};
use pinfold_datadir::pin_log::{Change, Command, Finding, PinLog};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, BufRead};

/// What an audit finds about one account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AccountAudit {
    /// The account.
    pub key: KeyName,
    /// Whether its log lies where no reader looks for it.
    pub misplaced: bool,
    /// Odd lines.
    pub damage: Vec<Finding>,
    /// More than one document taken off within ten seconds.
    pub bursts: Vec<Removal>,
    /// Documents that were taken off and came back: something went wrong in between.
    pub regrown: Vec<Removal>,
    /// What a RESET left out although no UNPIN had taken it off.
    pub unexplained: Vec<Removal>,
}

/// Documents that went from a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Removal {
    /// The first line, counted from 1.
    pub line: usize,
    /// Its time in ms, where it has one.
    pub time: Option<i64>,
    /// What went.
    pub ids: Vec<ItemId>,
}

/// A document whose last pin went.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LastPin {
    /// Which.
    pub id: ItemId,
    /// Whose pin it was, where a whole line of a log says that it went.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<KeyName>,
    /// That line, counted from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<usize>,
    /// Its time in ms, where it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time: Option<i64>,
}

/// A whole audit.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Audit {
    /// Accounts about which there is something to say.
    pub accounts: Vec<AccountAudit>,
    /// Live documents that some account named once and that none pins now.
    pub unpinned: Vec<LastPin>,
    /// How many accounts there are.
    pub looked_at: usize,
}

/// Collects changes while logs are read, so that no log is held whole.
#[derive(Debug, Default)]
pub struct Auditor {
    current: Option<(KeyName, Trail)>,
    done: BTreeMap<KeyName, Trail>,
}

/// The changes of one account: the rule of what is odd in them is shared with the log that a client keeps.
#[derive(Debug, Default)]
struct Trail {
    changes: Changes<ItemId>,
    /// What a RESET left out.
    left_out: Vec<Removal>,
}

impl Auditor {
    /// Takes the next change of an account.
    pub fn hear(&mut self, key: &KeyName, change: &Change) {
        if self.current.as_ref().is_none_or(|(current, _)| current != key) {
            self.close();
            self.current = Some((key.clone(), Trail::default()));
        }
        if let Some((_, trail)) = &mut self.current {
            trail.hear(change);
        }
    }

    fn close(&mut self) {
        if let Some((key, trail)) = self.current.take()
            && !trail.changes.removals().is_empty()
        {
            self.done.insert(key, trail);
        }
    }

    /// Ends the audit of a survey whose changes were all heard.
    pub fn finish(mut self, survey: &Survey) -> Audit {
        self.close();
        // What was named and is not pinned by that account is little; what any account pins is much.
        let mut unpinned: BTreeSet<ItemId> =
            survey.accounts.iter().flat_map(|account| account.log.gone.iter()).collect();
        unpinned.retain(|id| survey.live.find(id).is_some_and(|document| document.has_body()));
        for id in survey.accounts.iter().flat_map(|account| account.log.pins.iter()) {
            unpinned.remove(&id);
        }
        let unpinned = self.last_pins(unpinned);
        let audits = survey
            .accounts
            .iter()
            .map(|account| told(account, self.done.remove(&account.key).unwrap_or_default()));
        Audit {
            accounts: audits.filter(AccountAudit::says_something).collect(),
            unpinned,
            looked_at: survey.accounts.len(),
        }
    }
}

impl Auditor {
    /// Of each document the latest line that took it off a list.
    fn last_pins(&self, ids: BTreeSet<ItemId>) -> Vec<LastPin> {
        let mut last: BTreeMap<ItemId, LastPin> = ids
            .into_iter()
            .map(|id| (id.clone(), LastPin { id, account: None, line: None, time: None }))
            .collect();
        for (key, trail) in &self.done {
            for went in trail.changes.removals() {
                for found in &went.ids {
                    let Some(pin) =
                        last.get_mut(found).filter(|pin| pin.line.is_none() || pin.time <= went.time)
                    else {
                        continue;
                    };
                    (pin.account, pin.line, pin.time) = (Some(key.clone()), Some(went.place), went.time);
                }
            }
        }
        last.into_values().collect()
    }
}

impl Trail {
    fn hear(&mut self, change: &Change) {
        self.changes.hear((change.line, change.time), &change.added, &change.removed);
        if change.command == Command::Reset && !change.removed.is_empty() {
            let Change { line, time, removed, .. } = change;
            self.left_out.push(Removal { line: *line, time: *time, ids: removed.clone() });
        }
    }
}

impl Trail {
    fn told(self, key: &KeyName, damage: Vec<Finding>) -> AccountAudit {
        AccountAudit {
            key: key.clone(),
            misplaced: false,
            damage,
            bursts: self.changes.bursts().iter().map(told_of).collect(),
            regrown: self.changes.regrown().map(told_of).collect(),
            unexplained: self.left_out,
        }
    }
}

fn told_of(went: &Went<ItemId>) -> Removal {
    Removal { line: went.place, time: went.time, ids: went.ids.clone() }
}

impl AccountAudit {
    /// What one log tells that is read by itself, and not with its store: of all logs together no more than one account is held then.
    ///
    /// # Errors
    /// An error of the reader.
    pub fn of_log(key: &KeyName, from: impl BufRead, now: i64) -> io::Result<Self> {
        let mut trail = Trail::default();
        let log = PinLog::read(from, now, |change| trail.hear(&change))?;
        Ok(trail.told(key, log.findings))
    }

    fn says_something(&self) -> bool {
        self.misplaced
            || ![
                self.damage.is_empty(),
                self.bursts.is_empty(),
                self.regrown.is_empty(),
                self.unexplained.is_empty(),
            ]
            .iter()
            .all(|empty| *empty)
    }
}

fn told(account: &Account, trail: Trail) -> AccountAudit {
    AccountAudit {
        misplaced: account.misplaced.is_some(),
        ..trail.told(&account.key, account.log.findings.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "HSFw-mSe13urwJ97HvTzw4QbbxgS3QMYQrcuKGRA8fE=";

    fn audit(log: &str) -> AccountAudit {
        AccountAudit::of_log(&KEY.parse().unwrap(), log.as_bytes(), 1_780_000_000_000).unwrap()
    }

    fn line(command: &str, ids: &str, seconds: i64) -> String {
        let ids: Vec<String> = ids.chars().map(|c| format!("\"{}\"", c.to_string().repeat(32))).collect();
        format!("[\"{command}\",[{}],{}]\n", ids.join(","), 1_779_000_000_000_i64 + seconds * 1000)
    }

    #[test]
    fn two_within_ten_seconds_are_a_burst_and_one_is_none() {
        let head = line("PIN", "abcd", 0);
        let burst = audit(
            &(head.clone() + &line("UNPIN", "a", 100) + &line("UNPIN", "b", 110) + &line("UNPIN", "c", 200)),
        );
        assert_eq!(burst.bursts.len(), 1);
        assert_eq!((burst.bursts[0].line, burst.bursts[0].ids.len()), (2, 2));
        assert!(burst.unexplained.is_empty() && burst.regrown.is_empty());
        assert!(audit(&(head + &line("UNPIN", "a", 100) + &line("UNPIN", "b", 111))).bursts.is_empty());
    }

    #[test]
    fn a_list_that_shrinks_and_grows_again_is_told_with_its_reset() {
        let told =
            audit(&(line("PIN", "abcd", 0) + &line("RESET", "ab", 100) + &line("RESET", "abcd", 5000)));
        assert_eq!((told.bursts.len(), told.unexplained.len(), told.regrown.len()), (1, 1, 1));
        assert_eq!((told.regrown[0].line, told.regrown[0].ids.len()), (2, 2));
    }
}
