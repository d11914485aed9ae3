//! `pinfold-companion sync`: an account's drive with all its shared folders, then its pins, then its teams,
//! each with its own pins, then a mailbox.

mod advice;
mod args;
mod human;
mod json;
pub(crate) mod printable;
mod report;
mod retained;
pub(crate) mod secrets;
mod teams;
mod verdict;

pub(crate) use args::Args;

use human::Human;
use json::JsonLines;
use pinfold_client::{Client, Consent, Credentials, Deadlines, Event, Mailbox, Options, Policy};
use pinfold_core::drive::complete::Drive;
use pinfold_core::error::{Code, Error};
use pinfold_core::pin_run::Receipt;
use report::{MailboxReport, MessageReport, Output, Summary};
use std::io::{IsTerminal, stdout};
use std::pin::pin;
use std::process::ExitCode;
use std::time::Duration;
use tokio::sync::mpsc::{self, UnboundedReceiver};
use verdict::Verdict;

use crate::telling;

/// How often a one-time code may be typed; the server counts as well.
const OTP_ATTEMPTS: usize = 3;

/// Carries the command out and prints what came of it. The exit codes are those of `sync --help`.
pub(crate) async fn run(args: Args) -> ExitCode {
    let titles = args.titles || (!args.json && stdout().is_terminal());
    let mut output: Box<dyn Output> =
        if args.json { Box::new(JsonLines::new(titles)) } else { Box::new(Human::new(titles)) };
    let mut summary = Summary::default();
    if let Err(error) = steps(&args, &mut *output, &mut summary).await {
        summary.fail(error);
    }
    output.end(&summary);
    ExitCode::from(summary.verdict.code())
}

/// Folders before pins, pins before mailboxes: no other order compiles.
async fn steps(args: &Args, output: &mut dyn Output, summary: &mut Summary) -> Result<(), Error> {
    let (client, mut events) = sign_in(args, output).await?;
    let begun = telling::now();
    output.signed_in(args, client.account());
    let drive = watched(client.load_drive(), &mut events, output).await?;
    output.drive(&drive);
    let drive = summary.drive.insert(drive);
    let mut consent = args.consent.clone();
    if args.plan {
        let plan = client.plan(&drive.additions()).await?;
        output.plan(&plan);
        summary.planned(plan);
        summary.teams(teams::each_plan(&client, &mut events, output).await?);
        client.close().await;
        return Ok(());
    }
    let answered = watched(pinned(&client, drive, &mut consent), &mut events, output).await;
    let plan = client.plan(&drive.additions()).await;
    let verdict = answered.as_ref().map_or(Verdict::Failed, |receipt| Verdict::of_receipt(drive, receipt));
    if let (Ok(receipt), Ok(plan)) = (&answered, &plan) {
        output.receipt(receipt, plan);
    }
    if let (true, Ok(receipt), Some(account)) = (args.tell_operator, &answered, client.account().ed_public())
    {
        let told = telling::of_receipt(&client, account, &args.origin, begun, receipt).await;
        // The pins are as they are: a report that is missing makes documents wait, and nothing worse.
        let _ = told.inspect_err(|error| eprintln!("the operator could not be told: {error}"));
    }
    summary.pinned(verdict, answered);
    summary.plan = plan.ok();
    match teams::each(&client, &mut consent, &mut events, output).await {
        Ok(reports) => summary.teams(reports),
        // What went wrong first says more.
        Err(error) if summary.error.is_none() => summary.fail(error),
        Err(_) => {}
    }
    if let Some(name) = args.mailbox() {
        let report = watched_mailbox(&client, name, &mut events, output).await;
        output.mailbox(&report);
        summary.mailbox(report, args.mailbox.is_some());
    }
    client.close().await;
    match consent {
        None => Ok(()),
        Some(_) => Err(Error::new(
            Code::PinsStaleConsent,
            "no difference that there is has the digest that was agreed to",
        )),
    }
}

/// Brings the server's list to what a drive names and the guard keeps; with the user's consent, where it is to this
/// difference.
async fn pinned(client: &Client, drive: &Drive, consent: &mut Option<String>) -> Result<Receipt, Error> {
    let additions = drive.additions();
    let Drive::Complete(complete) = drive else { return client.add_pins(&additions).await };
    let plan = client.plan(&additions).await?;
    match consent.take_if(|digest| *digest == plan.digest()) {
        Some(digest) => client.sync_pins_with(&complete.pin_set(), Consent::to(digest)).await,
        None => client.sync_pins(&complete.pin_set()).await,
    }
}

async fn sign_in(args: &Args, output: &mut dyn Output) -> Result<(Client, UnboundedReceiver<Event>), Error> {
    if args.anonymous {
        let link = secrets::link()?;
        let (options, mut events) = options(args)?;
        let opening = Client::open_anonymous(args.origin.clone(), link, options);
        return Ok((watched(opening, &mut events, output).await?, events));
    }
    let password = secrets::password(args)?;
    let mut otp = secrets::otp(args)?;
    let mut prompts = 0;
    loop {
        let credentials = Credentials {
            origin: args.origin.clone(),
            username: args.user().into(),
            password: password.clone(),
            otp: otp.take(),
            login_salt: args.login_salt.clone(),
        };
        let (options, mut events) = options(args)?;
        match watched(Client::open(credentials, options), &mut events, output).await {
            Ok(client) => return Ok((client, events)),
            Err(error) if error.code() == Code::LoginSecondFactor && prompts < OTP_ATTEMPTS => {
                prompts += 1;
                output.pause();
                otp = secrets::prompted_otp()?;
                if otp.is_none() {
                    return Err(error);
                }
            }
            Err(error) => return Err(error),
        }
    }
}

fn options(args: &Args) -> Result<(Options, UnboundedReceiver<Event>), Error> {
    let (tell, events) = mpsc::unbounded_channel();
    let options = Options {
        deadlines: deadlines(args.patience),
        extra_roots: args.extra_roots()?,
        store: args.state.clone(),
        policy: Policy {
            give_up_unknown: args.give_up_unknown,
            // Who only looks leaves no note.
            in_drive: !args.no_note && !args.plan,
            ..Policy::default()
        },
        on_event: Some(Box::new(move |event| drop(tell.send(event)))),
        ..Options::default()
    };
    Ok((options, events))
}

/// How long every command that signs in waits for connections, progress and answers.
pub(crate) fn deadlines(patience: Duration) -> Deadlines {
    let patience = patience.max(Duration::from_millis(1));
    Deadlines { connect: patience, progress: patience, answer: patience, ..Deadlines::default() }
}

/// Shows events while something runs, and those that are left when it has ended.
async fn watched<T>(
    running: impl Future<Output = T>,
    events: &mut UnboundedReceiver<Event>,
    output: &mut dyn Output,
) -> T {
    let mut running = pin!(running);
    loop {
        tokio::select! {
            biased;
            Some(event) = events.recv() => output.event(&event),
            done = &mut running => {
                while let Ok(event) = events.try_recv() {
                    output.event(&event);
                }
                return done;
            }
        }
    }
}

/// Reads what the log holds; an error is part of the report, because the pins are settled by now.
async fn watched_mailbox(
    client: &Client,
    name: &str,
    events: &mut UnboundedReceiver<Event>,
    output: &mut dyn Output,
) -> MailboxReport {
    let mut report = MailboxReport::new(name);
    let mailbox = match client.mailbox(name, true).await {
        Ok(mailbox) => mailbox,
        Err(error) => return report.failed(error),
    };
    let mut mailbox: Mailbox = mailbox;
    while let Some(next) = watched(mailbox.next_of_backlog(), events, output).await {
        match next {
            Ok(delivery) => {
                let message = MessageReport::of(&delivery);
                output.message(name, &message);
                report.messages.push(message);
            }
            Err(error) => return report.failed(error),
        }
    }
    report
}
