//! The teams of an account: each is a drive of its own, pinned under its own key.

use super::report::{Output, TeamReport};
use super::{pinned, watched};
use pinfold_client::{Client, Event};
use pinfold_core::drive::complete::Drive;
use pinfold_core::error::{Code, Error};
use tokio::sync::mpsc::UnboundedReceiver;

/// One team after another; that one fails touches neither the user's pins nor another team's.
pub(super) async fn each(
    client: &Client,
    consent: &mut Option<String>,
    events: &mut UnboundedReceiver<Event>,
    output: &mut dyn Output,
) -> Result<Vec<TeamReport>, Error> {
    all(client, Some(consent), events, output).await
}

/// As [`each`], and only looks.
pub(super) async fn each_plan(
    client: &Client,
    events: &mut UnboundedReceiver<Event>,
    output: &mut dyn Output,
) -> Result<Vec<TeamReport>, Error> {
    all(client, None, events, output).await
}

async fn all(
    client: &Client,
    mut consent: Option<&mut Option<String>>,
    events: &mut UnboundedReceiver<Event>,
    output: &mut dyn Output,
) -> Result<Vec<TeamReport>, Error> {
    let mut reports = Vec::new();
    for team in client.teams().await? {
        let mut report = TeamReport { team, read: None, receipt: None, plan: None, error: None };
        if let Err(error) = one(client, consent.as_deref_mut(), &mut report, events, output).await {
            report.error = Some(error);
        }
        output.team(&report);
        reports.push(report);
    }
    Ok(reports)
}

async fn one(
    client: &Client,
    consent: Option<&mut Option<String>>,
    report: &mut TeamReport,
    events: &mut UnboundedReceiver<Event>,
    output: &mut dyn Output,
) -> Result<(), Error> {
    let drive = watched(client.load_team(&report.team.id), events, output).await?;
    let additions = drive.additions();
    report.read = Some((matches!(drive, Drive::Complete(_)), additions.ids().len()));
    if let Some(consent) = consent {
        match watched(pinned(client, &drive, consent), events, output).await {
            Ok(receipt) => report.receipt = Some(receipt),
            // Its members pin it.
            Err(error) if error.code() == Code::CryptoReadOnly => return Ok(()),
            Err(error) => return Err(error),
        }
    }
    report.plan = Some(client.plan(&additions).await?);
    Ok(())
}
