//! The teams of an account: each is a drive of its own, pinned under its own key.

use super::report::Output;
use super::verdict::Verdict;
use super::watched;
use crate::client::{Client, Event, TeamEntry};
use pinfold_core::drive::complete::Drive;
use pinfold_core::error::{Code, Error};
use pinfold_core::pins::sync::Receipt;
use tokio::sync::mpsc::UnboundedReceiver;

/// What became of one team.
pub(super) struct TeamReport {
    pub(super) team: TeamEntry,
    /// Whether everything of it was read, and how many ids are known to need a pin.
    pub(super) read: Option<(bool, usize)>,
    /// What the server answered; a viewer has no key to ask it with.
    pub(super) receipt: Option<Receipt>,
    pub(super) error: Option<Error>,
}

impl TeamReport {
    /// What a team's end makes of a run that was complete so far.
    pub(super) fn verdict(&self) -> Verdict {
        match (&self.error, self.read, &self.receipt) {
            (Some(error), ..) if Verdict::of_error(error) == Verdict::Unconfirmed => Verdict::Unconfirmed,
            (Some(_), ..) | (None, None | Some((false, _)), _) => Verdict::Partial,
            (None, Some((true, _)), Some(receipt)) if !receipt.confirmed() => Verdict::Kept,
            (None, Some((true, _)), _) => Verdict::Complete,
        }
    }

    /// Whether the account may only look at the team: then its members pin it.
    pub(super) fn view_only(&self) -> bool {
        self.receipt.is_none() && self.error.is_none()
    }
}

/// One team after another; that one fails touches neither the user's pins nor another team's.
pub(super) async fn each(
    client: &Client,
    events: &mut UnboundedReceiver<Event>,
    output: &mut dyn Output,
) -> Result<Vec<TeamReport>, Error> {
    let mut reports = Vec::new();
    for team in client.teams().await? {
        let mut report = TeamReport { team, read: None, receipt: None, error: None };
        if let Err(error) = one(client, &mut report, events, output).await {
            report.error = Some(error);
        }
        output.team(&report);
        reports.push(report);
    }
    Ok(reports)
}

async fn one(
    client: &Client,
    report: &mut TeamReport,
    events: &mut UnboundedReceiver<Event>,
    output: &mut dyn Output,
) -> Result<(), Error> {
    let drive = watched(client.load_team(&report.team.id), events, output).await?;
    let additions = drive.additions();
    report.read = Some((matches!(drive, Drive::Complete(_)), additions.ids().len()));
    let answered = match &drive {
        Drive::Complete(drive) => watched(client.sync_pins(&drive.pin_set()), events, output).await,
        Drive::Partial(_) => watched(client.add_pins(&additions), events, output).await,
    };
    match answered {
        Ok(receipt) => report.receipt = Some(receipt),
        Err(error) if error.code() == Code::CryptoReadOnly => {}
        Err(error) => return Err(error),
    }
    Ok(())
}
