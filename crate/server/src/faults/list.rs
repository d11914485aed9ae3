//! The rules in force and how often each has matched.

use super::{Action, Fault, Matcher, Occasion, Verdict};
use serde::Serialize;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::watch;

/// A delay ends at the latest after this.
const LONGEST_DELAY: Duration = Duration::from_secs(3600);

/// A rule and what became of it.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FaultStatus {
    /// The rule as given.
    #[serde(flatten)]
    pub fault: Fault,
    /// How many requests matched it.
    pub matched: u64,
    /// How often it acted.
    pub acted: u64,
}

/// The list, shared by everything that answers requests.
#[derive(Clone, Default)]
pub(crate) struct Faults {
    list: Arc<Mutex<Vec<FaultStatus>>>,
    /// How often it was replaced.
    replaced: Arc<watch::Sender<u64>>,
}

impl Faults {
    /// Replaces the whole list; counting starts again.
    pub(crate) fn replace(&self, faults: Vec<Fault>) {
        let fresh = faults.into_iter().map(|fault| FaultStatus { fault, matched: 0, acted: 0 }).collect();
        let mut list = self.list.lock().unwrap_or_else(PoisonError::into_inner);
        *list = fresh;
        // Under the lock, as it is read: a request sees a list and the number of that list.
        self.replaced.send_modify(|times| *times += 1);
    }

    /// Comes back when the request may be carried out.
    pub(crate) async fn waited(&self, verdict: &Verdict) {
        if verdict.delay_ms > 0 {
            tokio::time::sleep(Duration::from_millis(verdict.delay_ms).min(LONGEST_DELAY)).await;
        }
        if let Some(times) = verdict.hold {
            // An error says that the server ends: then nobody waits any more.
            let _ = self.replaced.subscribe().wait_for(|now| *now > times).await;
        }
    }

    /// The list as it stands.
    pub(crate) fn status(&self) -> Vec<FaultStatus> {
        self.list.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Notes that the rules which are carried out at installation were.
    pub(crate) fn installed(&self, at: usize) {
        if let Some(status) = self.list.lock().unwrap_or_else(PoisonError::into_inner).get_mut(at) {
            status.acted += 1;
        }
    }

    /// What the rules in force do to a request; counts it for each that matches.
    pub(crate) fn consult(&self, occasion: &Occasion<'_>) -> Verdict {
        let mut verdict = Verdict::default();
        let mut list = self.list.lock().unwrap_or_else(PoisonError::into_inner);
        let replaced = *self.replaced.borrow();
        for status in list.iter_mut() {
            if !applies(&status.fault.action, occasion.command) || !matches(&status.fault.on, occasion) {
                continue;
            }
            status.matched += 1;
            let spent = status.fault.times.is_some_and(|times| status.acted >= times);
            if status.matched <= status.fault.skip || spent {
                continue;
            }
            status.acted += 1;
            verdict.add(&status.fault.action, replaced);
        }
        verdict
    }
}

fn matches(matcher: &Matcher, occasion: &Occasion<'_>) -> bool {
    let channel = matcher.channel.as_deref().is_none_or(|wanted| occasion.channel == Some(wanted));
    let command = matcher.command.as_deref().is_none_or(|wanted| occasion.command == wanted);
    let account =
        matcher.account.as_deref().is_none_or(|wanted| occasion.accounts.iter().any(|held| held == wanted));
    let frame = matcher.frame.is_none_or(|wanted| occasion.frame == Some(wanted));
    channel && command && account && frame
}

/// Whether an action can do anything to a command; what cannot apply does not use up `times`.
fn applies(action: &Action, command: &str) -> bool {
    let history = matches!(command, "GET_HISTORY" | "GET_HISTORY_RANGE" | "GET_FULL_HISTORY");
    let http = command.starts_with("HTTP_");
    match action {
        Action::DropMessage { .. } | Action::Reorder { .. } | Action::Tamper { .. } => history,
        Action::Restrict { .. } => {
            history || matches!(command, "JOIN" | "MSG" | "GET_METADATA" | "WRITE_PRIVATE_MESSAGE")
        }
        Action::New { .. } => {
            history
                || matches!(command, "IS_NEW_CHANNEL" | "GET_METADATA" | "GET_FILE_SIZE" | "GET_DELETED_PADS")
                || matches!(command, "HTTP_BLOCK" | "HTTP_BLOB")
        }
        Action::NoCookie => !history && !http && !matches!(command, "JOIN" | "LEAVE" | "MSG" | "PING"),
        Action::Garbage { .. } | Action::Oversized { .. } => !http,
        Action::ForgetPins { .. } => false,
        Action::Delay { .. }
        | Action::Hold
        | Action::Silence { .. }
        | Action::Cut { .. }
        | Action::Error { .. } => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::faults::FaultFile;

    fn faults(text: &str) -> Faults {
        let faults = Faults::default();
        faults.replace(FaultFile::parse(text).unwrap().faults);
        faults
    }

    fn ask<'a>(command: &'a str, channel: &'a str) -> Occasion<'a> {
        Occasion { command, channel: Some(channel), accounts: &[], frame: Some(3) }
    }

    #[test]
    fn skip_and_times_count_only_what_matches() {
        let faults = faults(
            r#"{"faults":[{"on":{"channel":"c","command":"JOIN"},"skip":1,"times":2,"do":{"kind":"delay","ms":7}}]}"#,
        );
        let delays: Vec<u64> = ["x", "c", "c", "x", "c", "c"]
            .map(|channel| faults.consult(&ask("JOIN", channel)).delay_ms)
            .into();
        assert_eq!(delays, [0, 0, 7, 0, 7, 0]);
        let status = faults.status();
        assert_eq!((status[0].matched, status[0].acted), (4, 2));
    }

    #[test]
    fn an_action_that_cannot_apply_is_not_used_up() {
        let faults =
            faults(r#"{"faults":[{"on":{"channel":"c"},"times":1,"do":{"kind":"drop-message","nth":1}}]}"#);
        assert!(faults.consult(&ask("JOIN", "c")).drop.is_empty());
        assert_eq!(faults.consult(&ask("GET_HISTORY", "c")).drop, [1]);
    }

    #[test]
    fn frames_and_accounts_match() {
        let faults = faults(
            r#"{"faults":[{"on":{"frame":3},"do":{"kind":"delay","ms":1}},{"on":{"account":"k"},"do":{"kind":"delay","ms":10}}]}"#,
        );
        assert_eq!(faults.consult(&ask("PIN", "c")).delay_ms, 1);
        let held = ["k".to_owned()];
        let occasion = Occasion { command: "PIN", channel: None, accounts: &held, frame: Some(4) };
        assert_eq!(faults.consult(&occasion).delay_ms, 10);
    }
}
