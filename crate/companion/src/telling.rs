//! What the operator is told, if the person agreed to it: that this account read everything, when, and under which digest its list of
//! pins is. No id and no title. What this account let go of then need not wait for it (docs/reports.md).

use std::time::{SystemTime, UNIX_EPOCH};

use pinfold_client::Client;
use pinfold_core::error::Error;
use pinfold_core::ids::EdPublic;
use pinfold_core::pin_run::Receipt;
use pinfold_core::report::{List, Report};

/// Milliseconds since 1970, by this device's clock.
pub(crate) fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

/// Tells the operator of a run of pins that was confirmed. Of any other there is nothing to tell.
///
/// # Errors
/// Those of [`Client::sign_report`] and [`Client::tell_operator`]. The pins are as they are.
pub(crate) async fn of_receipt(
    client: &Client,
    account: &EdPublic,
    origin: &str,
    begun: u64,
    receipt: &Receipt,
) -> Result<(), Error> {
    if !(receipt.complete && receipt.confirmed()) {
        return Ok(());
    }
    let list = List {
        key: account.to_string(),
        count: u64::try_from(receipt.count).unwrap_or(u64::MAX),
        digest: receipt.digest.clone(),
        server: Some(receipt.server.clone()),
        confirmed: true,
    };
    let report = Report {
        account: account.to_string(),
        origin: origin.trim_end_matches('/').to_owned(),
        begun,
        made: now(),
        complete: true,
        lists: vec![list],
        findings: Vec::new(),
        rows: None,
    };
    of_report(client, &report).await
}

/// Tells the operator of a report, without its rows, if everything was read.
///
/// # Errors
/// As [`of_receipt`].
pub(crate) async fn of_report(client: &Client, report: &Report) -> Result<(), Error> {
    if report.complete {
        // Its findings name no document, and concern nobody but the user.
        let told = Report { findings: Vec::new(), ..report.without_rows() };
        client.tell_operator(client.sign_report(told).await?).await?;
    }
    Ok(())
}
