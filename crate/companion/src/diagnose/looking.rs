//! The account on its server, looked at: drives, histories, then question after question, few at a time.

use std::io::{IsTerminal, stderr};

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use indicatif::ProgressBar;
use pinfold_client::trust::certificates;
use pinfold_client::{Client, Credentials, Options, Policy};
use pinfold_core::error::Error;
use pinfold_core::report::Signed;
use pinfold_core::secret::Password;
use pinfold_recovery::{Care, Diagnosis};

use super::Args;
use crate::past::{Progress, over};
use crate::sync::{deadlines, secrets};
use crate::telling::{self, now};

/// How many questions wait for an answer at a time: half of what a session allows.
const AT_ONCE: usize = 8;

/// Looks, and has the report signed.
///
/// # Errors
/// Those of signing in and loading, `net/*`, `drive/anonymous`, `crypto/read-only` for an account without a key.
pub(super) async fn look(args: &Args) -> Result<(Diagnosis, Signed), Error> {
    match (&args.data, &args.origin) {
        (Some(data), _) => in_files(args, data).await,
        (None, origin) => {
            let origin = origin.as_deref().unwrap_or_default();
            let password = secrets::password_for(&args.user, origin)?;
            on_server(args, password, origin, origin).await
        }
    }
}

/// What the report names where no instance was asked.
#[cfg(feature = "serve")]
const FILES: &str = "data-directory";

/// In a data directory, from a copy of what the account names.
#[cfg(feature = "serve")]
async fn in_files(args: &Args, data: &std::path::Path) -> Result<(Diagnosis, Signed), Error> {
    let password = secrets::password_for(&args.user, &data.display().to_string())?;
    let stored = super::stored::serve(data, &args.user, &password, &args.login_salt).await?;
    let looked = on_server(args, password, &stored.server.origin(), FILES).await;
    stored.server.shutdown().await;
    looked
}

/// This program was built without the server that it needs.
#[cfg(not(feature = "serve"))]
async fn in_files(_: &Args, _: &std::path::Path) -> Result<(Diagnosis, Signed), Error> {
    let message =
        "this program was built without the server that --data needs: build it with --features serve";
    Err(Error::new(pinfold_core::error::Code::MisuseBadArgument, message))
}

async fn on_server(
    args: &Args,
    password: Password,
    origin: &str,
    named: &str,
) -> Result<(Diagnosis, Signed), Error> {
    let begun = now();
    let credentials = Credentials {
        origin: origin.to_owned(),
        username: args.user.as_str().into(),
        password,
        otp: None,
        login_salt: args.login_salt.clone(),
    };
    let options = Options {
        deadlines: deadlines(args.patience),
        extra_roots: args.ca.as_deref().map_or_else(|| Ok(Vec::new()), certificates)?,
        store: args.state.clone(),
        // It only reads.
        policy: Policy { in_drive: false, ..Policy::default() },
        ..Options::default()
    };
    let client = Client::open(credentials, options).await?;
    let looked = with(args, &client, named, begun).await;
    client.close().await;
    looked
}

async fn with(args: &Args, client: &Client, named: &str, begun: u64) -> Result<(Diagnosis, Signed), Error> {
    let mut diagnosis = Diagnosis::new(args.care());
    let drive = client.load_drive().await?;
    diagnosis.drive(&drive, &client.plan(&drive.additions()).await?);
    for team in client.teams().await? {
        match client.load_team(&team.id).await {
            Ok(drive) => diagnosis.drive(&drive, &client.plan(&drive.additions()).await?),
            Err(error) if error.code().as_str().starts_with("team/") => diagnosis.team_unread(error.code()),
            Err(error) => return Err(error),
        }
    }
    for mailbox in client.mailbox_entries().await? {
        diagnosis.mailbox(&mailbox);
    }
    diagnosis.vault(&client.vault().await?);
    if args.care() == Care::Whole {
        let mut progress = Progress::new(false);
        let read = over(client, None, &mut |reading, at| progress.line(reading, at)).await;
        progress.end();
        diagnosis.histories(&read?);
    }
    ask(client, &mut diagnosis).await?;
    let report = diagnosis.report(named, begun, now())?;
    let signed = client.sign_report(report).await?;
    if args.tell_operator {
        telling::of_report(client, signed.report()).await?;
    }
    Ok((diagnosis, signed))
}

async fn ask(client: &Client, diagnosis: &mut Diagnosis) -> Result<(), Error> {
    let bar = if stderr().is_terminal() { ProgressBar::new_spinner() } else { ProgressBar::hidden() };
    let mut waiting = FuturesUnordered::new();
    loop {
        for asked in diagnosis.next(AT_ONCE - waiting.len()) {
            waiting.push(async move {
                let answer = client.question(asked.question.clone()).await;
                (asked, answer)
            });
        }
        // One slow answer keeps no other question waiting.
        let Some((asked, answer)) = waiting.next().await else { break };
        diagnosis.answer(&asked, answer)?;
        let (answered, asked) = diagnosis.progress();
        bar.set_message(format!("{answered} of {asked} questions"));
        bar.tick();
    }
    bar.finish_and_clear();
    Ok(())
}
