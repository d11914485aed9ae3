//! What a run came to, for people and for machines.

use super::Args;
use super::printable::printable;
use super::verdict::Verdict;
use pinfold_client::{Event, TeamEntry};
use pinfold_core::drive::account::Account;
use pinfold_core::drive::complete::Drive;
use pinfold_core::error::{Code, Error};
use pinfold_core::guard::plan::Plan;
use pinfold_core::mailbox::delivery::Delivery;
use pinfold_core::mailbox::message::Message;
use pinfold_core::pin_run::Receipt;

/// Where a run is shown. Called in the order of the run.
pub(super) trait Output {
    /// A step of the engine's.
    fn event(&mut self, event: &Event);
    /// Something is about to be asked on the terminal.
    fn pause(&mut self);
    /// The account document was read.
    fn signed_in(&mut self, args: &Args, account: &Account);
    /// Every declared folder has its outcome.
    fn drive(&mut self, drive: &Drive);
    /// What would be done, of a run that does nothing.
    fn plan(&mut self, plan: &Plan);
    /// The pins were answered; what is kept after that, and why.
    fn receipt(&mut self, receipt: &Receipt, plan: &Plan);
    /// A team was read and pinned, as far as it could be.
    fn team(&mut self, report: &TeamReport);
    /// A mailbox has a message.
    fn message(&mut self, mailbox: &str, message: &MessageReport);
    /// A mailbox was read as far as it could be.
    fn mailbox(&mut self, mailbox: &MailboxReport);
    /// The end.
    fn end(&mut self, summary: &Summary);
}

/// Everything at the end.
pub(super) struct Summary {
    pub(super) verdict: Verdict,
    pub(super) drive: Option<Drive>,
    pub(super) receipt: Option<Receipt>,
    pub(super) plan: Option<Plan>,
    pub(super) teams: Vec<TeamReport>,
    pub(super) mailbox: Option<MailboxReport>,
    pub(super) error: Option<Error>,
}

impl Default for Summary {
    fn default() -> Self {
        Self {
            verdict: Verdict::Failed,
            drive: None,
            receipt: None,
            plan: None,
            teams: Vec::new(),
            mailbox: None,
            error: None,
        }
    }
}

impl Summary {
    /// The user's own pins were answered, or were not. Either way the teams and the mailbox are gone through: they
    /// have keys, lists and quotas of their own.
    pub(super) fn pinned(&mut self, verdict: Verdict, answered: Result<Receipt, Error>) {
        match answered {
            Ok(receipt) => {
                self.verdict = verdict;
                self.error = receipt.refused.first().map(|first| {
                    Error::new(first.code, "the server did not take all pins")
                        .with("refused", receipt.refused.len())
                });
                self.receipt = Some(receipt);
            }
            Err(error) => self.fail(error),
        }
    }

    /// The run ended here.
    pub(super) fn fail(&mut self, error: Error) {
        self.verdict = Verdict::of_error(&error);
        self.error = Some(error);
    }

    /// A run that only shows what it would do.
    pub(super) fn planned(&mut self, plan: Plan) {
        let complete = matches!(self.drive, Some(Drive::Complete(_)));
        self.verdict = if complete { Verdict::Planned } else { Verdict::Partial };
        self.plan = Some(plan);
    }

    /// The teams were gone through. What is wrong with the user's own drive says more than a team; where all of it was
    /// read, the worst of the teams counts.
    pub(super) fn teams(&mut self, reports: Vec<TeamReport>) {
        if matches!(self.verdict, Verdict::Complete | Verdict::Planned | Verdict::Retained) {
            let teams = reports.iter().map(TeamReport::verdict);
            let worst = teams.chain([self.verdict]).max_by_key(Verdict::severity);
            self.verdict = worst.unwrap_or(self.verdict);
        }
        self.teams = reports;
    }

    /// A mailbox was read. That an account has none is no failure, unless that one was asked for by its name: then
    /// the command line is wrong.
    pub(super) fn mailbox(&mut self, report: MailboxReport, asked_for: bool) {
        let absent = |error: &Error| error.code() == Code::MailboxAbsent;
        if let Some(error) = report.error.as_ref().filter(|error| asked_for || !absent(error)) {
            self.error.get_or_insert_with(|| error.clone());
            // The pins were settled before, and their verdict says more.
            if self.verdict == Verdict::Complete {
                self.verdict = if absent(error) { Verdict::Usage } else { Verdict::Failed };
            }
        }
        self.mailbox = Some(report);
    }
}

/// One message of a mailbox, without its content.
#[derive(Debug)]
pub(super) struct MessageReport {
    /// Its place, from 0.
    pub(super) position: u64,
    /// Its hash, which names it.
    pub(super) hash: String,
    /// When the server stored it, in milliseconds since the epoch.
    pub(super) time: Option<u64>,
    /// Its type as it claims, if it opens and claims one.
    pub(super) kind: Option<String>,
    /// Whether it was dismissed before.
    pub(super) dismissed: bool,
    /// Why it is no news.
    pub(super) superseded: Option<&'static str>,
    /// Why it does not open.
    pub(super) unreadable: Option<Code>,
}

impl MessageReport {
    pub(super) fn of(delivery: &Delivery) -> Self {
        let Delivery { position, hash, time, dismissed, superseded, letter, .. } = delivery;
        let message = letter.as_ref().ok().and_then(|letter| letter.message.as_ref());
        let kind = message.and_then(Message::kind).map(|kind| printable(kind, 40));
        Self {
            position: *position,
            hash: hash.as_str().to_owned(),
            time: time.map(|time| time.0),
            kind,
            dismissed: *dismissed,
            superseded: superseded.as_ref().map(|it| it.why.as_str()),
            unreadable: letter.as_ref().err().map(Error::code),
        }
    }
}

/// A mailbox as far as it was read.
#[derive(Debug)]
pub(super) struct MailboxReport {
    pub(super) name: String,
    pub(super) messages: Vec<MessageReport>,
    pub(super) error: Option<Error>,
}

impl MailboxReport {
    pub(super) fn new(name: &str) -> Self {
        Self { name: name.to_owned(), messages: Vec::new(), error: None }
    }

    pub(super) fn failed(mut self, error: Error) -> Self {
        self.error = Some(error);
        self
    }

    pub(super) fn dismissed(&self) -> usize {
        self.messages.iter().filter(|message| message.dismissed).count()
    }

    pub(super) fn unreadable(&self) -> usize {
        self.messages.iter().filter(|message| message.unreadable.is_some()).count()
    }

    /// Whether the server's own times agree with its order.
    pub(super) fn times_ascend(&self) -> bool {
        let times: Vec<u64> = self.messages.iter().filter_map(|message| message.time).collect();
        times.is_sorted()
    }
}

/// What became of one team.
pub(super) struct TeamReport {
    pub(super) team: TeamEntry,
    /// Whether everything of it was read, and how many ids are known to need a pin.
    pub(super) read: Option<(bool, usize)>,
    /// What the server answered; a viewer has no key to ask it with.
    pub(super) receipt: Option<Receipt>,
    /// What is kept of it that it does not name, and why.
    pub(super) plan: Option<Plan>,
    pub(super) error: Option<Error>,
}

impl TeamReport {
    /// What a team's end makes of a run that was complete so far.
    pub(super) fn verdict(&self) -> Verdict {
        match (&self.error, self.read, &self.receipt) {
            (Some(error), ..) if Verdict::of_error(error) == Verdict::Unconfirmed => Verdict::Unconfirmed,
            (Some(_), ..) | (None, None | Some((false, _)), _) => Verdict::Partial,
            (None, _, Some(receipt)) if !receipt.refused.is_empty() => Verdict::Partial,
            (None, Some((true, _)), Some(receipt)) if !receipt.confirmed() || receipt.retained > 0 => {
                Verdict::Retained
            }
            (None, Some((true, _)), _) => Verdict::Complete,
        }
    }

    /// Whether the account may only look at the team: then its members pin it.
    pub(super) fn view_only(&self) -> bool {
        self.receipt.is_none() && self.error.is_none() && self.plan.is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_of_the_teams_counts_where_the_own_drive_was_read() {
        let team = |whole: Option<bool>, receipt| TeamReport {
            team: TeamEntry { id: "1".to_owned(), name: None },
            read: whole.map(|whole| (whole, 1)),
            receipt,
            plan: None,
            error: None,
        };
        let surplus = || Receipt {
            complete: true,
            count: 1,
            digest: String::new(),
            server: String::new(),
            form: None,
            sent: 1,
            reset: false,
            retained: 0,
            refused: Vec::new(),
            read_back: true,
        };
        let kept = || team(Some(true), Some(surplus()));
        for (own, teams, all) in [
            (Verdict::Complete, vec![team(Some(true), None)], Verdict::Complete),
            (Verdict::Complete, vec![kept(), team(None, None)], Verdict::Partial),
            (Verdict::Retained, vec![team(Some(false), None), kept()], Verdict::Partial),
            (Verdict::Retained, vec![team(Some(true), None)], Verdict::Retained),
            (Verdict::Partial, vec![kept()], Verdict::Partial),
        ] {
            let mut summary = Summary { verdict: own, ..Summary::default() };
            summary.teams(teams);
            assert_eq!(summary.verdict, all);
        }
    }
}
