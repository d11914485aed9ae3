//! The times by which a store is judged, and where they come from (`docs/OPERATIONS.md` 1.1, 2.9 and 3).

use pinfold_datadir::config::{Config, Plain};
use pinfold_datadir::decrees::{Decrees, account};
use pinfold_datadir::id::KeyName;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// A day in ms.
pub const DAY: i64 = 86_400_000;

/// Days between the mark and the move.
const MARKED_DAYS: i64 = 14;
/// Days without a change before this project calls a document inactive without being asked again.
const INACTIVE_DAYS: i64 = 90;
/// Nothing that cannot be taken back happens sooner than this after the last change.
const IRREVERSIBLE_DAYS: i64 = 149;

/// How long what waits. Times can only be made longer than these by configuration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    /// Days without a change after which a document is inactive.
    pub inactive_days: i64,
    /// Days that CryptPad's own scripts leave a copy in cold storage.
    pub archive_days: i64,
    /// Days without a line in its pin log after which an account is inactive; `None`: never.
    pub account_days: Option<i64>,
    /// Accounts that never become inactive, because they have a limit of their own.
    pub premium: BTreeSet<KeyName>,
    /// Days between the mark and the move to cold storage.
    pub marked_days: i64,
    /// Days in cold storage before anything irreversible.
    pub cold_days: i64,
    /// The part of all ids, or of all bytes, that one run may take, in thousandths.
    pub cap_per_mille: u64,
}

/// Why there is no policy. A figure that makes no sense stops the run: it never means "all" or "nothing".
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    /// A number of days that is zero, negative, broken or too large.
    #[error("{0} is not a number of days between 1 and 36500")]
    NotDays(&'static str),
    /// A text or another value in place of a number.
    #[error("{0} is not a number")]
    NotANumber(&'static str),
    /// A line of the decrees cannot be read, and it may be the one that switches eviction off.
    #[error("line {0} of the decrees cannot be read")]
    DamagedDecree(usize),
}

impl Policy {
    /// The policy of a configuration and the decrees that override it.
    ///
    /// # Errors
    /// [`PolicyError`].
    pub fn of(config: &Config, decrees: &Decrees) -> Result<Self, PolicyError> {
        if let Some(line) = decrees.damaged.first() {
            return Err(PolicyError::DamagedDecree(*line));
        }
        let inactive = days("inactiveTime", config, decrees.inactive_days)?.unwrap_or(90);
        let archive = days("archiveRetentionTime", config, decrees.archive_days)?.unwrap_or(90);
        // Unlike the other two, CryptPad takes a figure of zero and less to mean "never" here.
        let account_days = match decrees.account_days {
            Some(days) if days <= 0 => None,
            decreed => match (decreed, config.get("accountRetentionTime")) {
                (None, Some(Plain::Number(days))) if *days <= 0.0 => None,
                _ => days("accountRetentionTime", config, decreed)?,
            },
        };
        let configured = config.custom_limits().filter_map(account);
        Ok(Self {
            inactive_days: inactive,
            archive_days: archive,
            account_days,
            premium: configured.chain(decrees.limits.iter().cloned()).collect(),
            marked_days: MARKED_DAYS,
            cold_days: 45.max(archive).max(IRREVERSIBLE_DAYS - MARKED_DAYS - inactive),
            cap_per_mille: 10,
        })
    }

    /// Whether documents are called inactive sooner than this project thinks right. Then every run needs consent to its plan.
    pub fn is_short(&self) -> bool {
        self.inactive_days < INACTIVE_DAYS
    }

    /// The time in ms before which a document that nobody changed is inactive.
    pub fn inactive_before(&self, now: i64) -> i64 {
        before(now, self.inactive_days)
    }

    /// The time in ms after which any sign of life spares a document: reading, renaming, restoring.
    ///
    /// CryptPad looks back by the time of cold storage only; what was read within the time of inactivity is spared here too.
    pub fn spared_after(&self, now: i64) -> i64 {
        before(now, self.inactive_days.max(self.archive_days))
    }

    /// The time in ms up to which a notice was sent that counts: whoever got it has as long as a mark takes.
    pub fn noticed_before(&self, now: i64) -> i64 {
        before(now, self.marked_days)
    }

    /// The time in ms up to which a copy was last changed that may be removed for ever. What was set aside, or went because somebody said so, was
    /// never inactive before: the ages of the others do not add up to as much for it.
    pub fn removable_before(&self, now: i64) -> i64 {
        before(now, IRREVERSIBLE_DAYS)
    }

    /// The time in ms after which what was restored is protected: whoever wants it may come once a year.
    pub fn restored_before(&self, now: i64) -> i64 {
        before(now, self.inactive_days.max(365))
    }

    /// The time in ms up to which an account is inactive; `None`: accounts never become inactive.
    pub fn account_before(&self, now: i64) -> Option<i64> {
        self.account_days.map(|days| before(now, days))
    }
}

fn before(now: i64, days: i64) -> i64 {
    now.saturating_sub(days.saturating_mul(DAY))
}

fn days(key: &'static str, config: &Config, decreed: Option<i64>) -> Result<Option<i64>, PolicyError> {
    let days = match (decreed, config.get(key)) {
        (Some(days), _) => days,
        (None, None) => return Ok(None),
        (None, Some(Plain::Number(days))) if days.fract() == 0.0 && days.abs() < 1e9 => *days as i64,
        (None, Some(Plain::Number(_))) => return Err(PolicyError::NotDays(key)),
        (None, Some(_)) => return Err(PolicyError::NotANumber(key)),
    };
    if (1..=36_500).contains(&days) { Ok(Some(days)) } else { Err(PolicyError::NotDays(key)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(text: &str, decrees: &str) -> Result<Policy, PolicyError> {
        let config = Config::read(&format!("module.exports = {{ {text} }};")).unwrap();
        Policy::of(&config, &Decrees::read(decrees.as_bytes()))
    }

    #[test]
    fn a_figure_that_makes_no_sense_stops_the_run() {
        for text in [
            "inactiveTime: 0",
            "inactiveTime: -1",
            "archiveRetentionTime: 0",
            "inactiveTime: 1.5",
            "inactiveTime: 99999",
        ] {
            assert!(matches!(policy(text, ""), Err(PolicyError::NotDays(_))), "{text}");
        }
        assert_eq!(policy("inactiveTime: '90'", ""), Err(PolicyError::NotANumber("inactiveTime")));
        assert_eq!(
            policy("", "[\"SET_INACTIVE_TIME\",[0],\"k\",1]\n"),
            Err(PolicyError::NotDays("inactiveTime"))
        );
        assert_eq!(policy("", "torn\n"), Err(PolicyError::DamagedDecree(1)));
    }

    #[test]
    fn decrees_win_and_no_retention_means_never() {
        let decreed = policy("inactiveTime: 30", "[\"SET_INACTIVE_TIME\",[60],\"k\",1]\n").unwrap();
        assert_eq!((decreed.inactive_days, decreed.archive_days, decreed.account_days), (60, 90, None));
        assert_eq!(policy("accountRetentionTime: 0", "").unwrap().account_days, None);
        assert_eq!(policy("accountRetentionTime: 365", "").unwrap().account_days, Some(365));
    }

    #[test]
    fn nothing_irreversible_happens_before_149_days() {
        for text in [
            "",
            "inactiveTime: 7, archiveRetentionTime: 1",
            "inactiveTime: 400",
            "archiveRetentionTime: 15",
            "inactiveTime: 400, archiveRetentionTime: 15",
        ] {
            let policy = policy(text, "").unwrap();
            assert!(policy.inactive_days + policy.marked_days + policy.cold_days >= 149, "{text}");
            assert!(policy.cold_days >= 45, "{text}");
        }
        assert!(policy("inactiveTime: 89", "").unwrap().is_short());
        assert!(!policy("inactiveTime: 90", "").unwrap().is_short());
    }
}
