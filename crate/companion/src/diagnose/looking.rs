//! The account on its server, looked at: drives, histories, then question after question, few at a time.

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use pinfold_client::trust::certificates;
use pinfold_client::{Client, Credentials, Options, Policy};
use pinfold_core::error::Error;
use pinfold_core::report::Signed;
use pinfold_core::secret::Password;
use pinfold_recovery::{Care, Diagnosis, NoticeFile};

use super::Args;
use crate::past::{Hears, Progress, Wanted, over};
use crate::sync::{deadlines, secrets};
use crate::telling::{self, now};

/// How many questions wait for an answer at a time: half of what a session allows.
const AT_ONCE: usize = 8;

/// What is looked at, and with what.
pub(super) struct Look<'a> {
    pub(super) args: &'a Args,
    /// What an operator tells; without a notice, nothing.
    pub(super) notice: NoticeFile,
}

/// Looks, and has the report signed.
///
/// # Errors
/// Those of signing in and loading, `net/*`, `drive/anonymous`, `crypto/read-only` for an account without a key.
pub(super) async fn look(look: Look<'_>) -> Result<(Diagnosis, Signed), Error> {
    let args = look.args;
    match (&args.data, &args.origin) {
        (Some(data), _) => in_files(look, data).await,
        (None, origin) => {
            let origin = origin.as_deref().unwrap_or_default();
            let password = secrets::password_for(&args.user, origin)?;
            on_server(look, password, origin, origin).await
        }
    }
}

/// What the report names where no instance was asked.
#[cfg(feature = "serve")]
const FILES: &str = "data-directory";

/// In a data directory, from a copy of what the account names.
#[cfg(feature = "serve")]
async fn in_files(look: Look<'_>, data: &std::path::Path) -> Result<(Diagnosis, Signed), Error> {
    let args = look.args;
    let password = secrets::password_for(&args.user, &data.display().to_string())?;
    let stored = super::stored::serve(data, &args.user, &password, &args.login_salt).await?;
    let looked = on_server(look, password, &stored.server.origin(), FILES).await;
    stored.server.shutdown().await;
    looked
}

/// This program was built without the server that it needs.
#[cfg(not(feature = "serve"))]
async fn in_files(_: Look<'_>, _: &std::path::Path) -> Result<(Diagnosis, Signed), Error> {
    let message =
        "this program was built without the server that --data needs: build it with --features serve";
    Err(Error::new(pinfold_core::error::Code::MisuseBadArgument, message))
}

async fn on_server(
    look: Look<'_>,
    password: Password,
    origin: &str,
    named: &str,
) -> Result<(Diagnosis, Signed), Error> {
    let begun = now();
    let args = look.args;
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
    let looked = with(&look, &client, named, begun).await;
    client.close().await;
    looked
}

async fn with(
    Look { args, notice }: &Look<'_>,
    client: &Client,
    named: &str,
    begun: u64,
) -> Result<(Diagnosis, Signed), Error> {
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
        // It asks the server itself.
        let read = over(client, Wanted::default(), &mut progress).await;
        progress.end();
        let mut read = read?;
        read.noticed(notice);
        diagnosis.histories(&read);
    }
    diagnosis.noticed(notice);
    ask(client, &mut diagnosis).await?;
    let report = diagnosis.report(named, begun, now())?;
    let signed = client.sign_report(report).await?;
    if args.tell_operator {
        telling::of_report(client, signed.report()).await?;
    }
    Ok((diagnosis, signed))
}

async fn ask(client: &Client, diagnosis: &mut Diagnosis) -> Result<(), Error> {
    let mut bar = Progress::new(false);
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
        bar.answered(answered, asked);
    }
    bar.end();
    Ok(())
}
