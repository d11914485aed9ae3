//! `pinfold-companion pins`: the log of what changed an account's lists of pins, as this device kept it; lists that shrank and
//! grew again; and bringing the logs of two devices together.

use std::io::{Write, stdout};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use pinfold_client::trust::certificates;
use pinfold_client::{Changes, Client, Credentials, Options, Policy};
use pinfold_core::error::{Code, Error};
use pinfold_recovery::pin_log::{PinChange, PinLog, PinStep, Regrown, Shrunk, export, import};
use serde_json::json;

use crate::past::date;
use crate::sync::{deadlines, secrets};

/// The longest file that is read, in bytes: a hundred times the longest log.
const LIMIT: u64 = 64 * 1024 * 1024;

const AFTER_HELP: &str = "\
Environment:
  PINFOLD_PASSWORD  The password; without it there is a prompt. It is never an argument.

Exit codes:
  0  the log was told, and nothing in it speaks for a mistake
  1  failed: the error is printed with its code
  2  the command line cannot be carried out
  3  a list lost ids that came back later, or more ids than the log explains; or a row is not understood";

/// What `pins` can be told.
///
/// Signs in, opens the log that `sync --state` keeps in that directory, and prints every change: when, by which device and
/// session, for what cause, in which document. Nothing is pinned, and nothing is written to the server.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Args {
    /// The instance, as its pages are addressed: https://pad.example.org
    #[arg(long, value_name = "URL")]
    origin: String,
    /// The account's name, as typed when logging in
    #[arg(long, value_name = "NAME")]
    user: String,
    /// The instance's own salt for log-ins, if its operator has set one
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    login_salt: String,
    /// Where the log is: the directory that `sync --state` uses
    #[arg(long, value_name = "DIR")]
    state: PathBuf,
    /// How long to wait for each next sign of progress
    #[arg(long, value_name = "DURATION", default_value = "30s", value_parser = humantime::parse_duration)]
    patience: Duration,
    /// Trust the certificates in this PEM file besides the system's
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
    /// Add what another device exported to this log; it may be given more than once, and twice does no harm
    #[arg(long, value_name = "FILE")]
    merge: Vec<PathBuf>,
    /// Write the log here, for another device: ids, counts and times, not encrypted; an existing file is not overwritten
    #[arg(long, value_name = "FILE")]
    export: Option<PathBuf>,
    /// Print one JSON object per line, the last of type `result`
    #[arg(long)]
    json: bool,
}

pub(crate) async fn run(args: Args) -> ExitCode {
    match steps(&args).await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(3),
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// Whether nothing speaks for a mistake.
async fn steps(args: &Args) -> Result<bool, Error> {
    let others = args.merge.iter().map(|path| read(path)).collect::<Result<Vec<_>, _>>()?;
    let credentials = Credentials {
        origin: args.origin.clone(),
        username: args.user.as_str().into(),
        password: secrets::password_for(&args.user, &args.origin)?,
        otp: None,
        login_salt: args.login_salt.clone(),
    };
    let options = Options {
        deadlines: deadlines(args.patience),
        extra_roots: args.ca.as_deref().map_or_else(|| Ok(Vec::new()), certificates)?,
        store: Some(args.state.clone()),
        pin_changes: true,
        policy: Policy { in_drive: false, ..Policy::default() },
        ..Options::default()
    };
    let client = Client::open(credentials, options).await?;
    let log = merged(&client, others).await;
    client.close().await;
    let log = log?;
    if let Some(path) = &args.export {
        write(path, &export(&log))?;
    }
    let told = PinLog::of(&log);
    let (regrown, shrunk) = (told.regrown(), told.shrunk());
    let mut out = stdout().lock();
    let printed = match args.json {
        true => in_json(&mut out, &told, &regrown, &shrunk),
        false => in_words(&mut out, &told, &regrown, &shrunk),
    };
    // Whoever reads may have gone.
    drop(printed);
    Ok(regrown.is_empty() && shrunk.is_empty() && told.unread() == 0)
}

async fn merged(client: &Client, others: Vec<Changes>) -> Result<Changes, Error> {
    for other in others {
        client.learn_pin_changes(other).await?;
    }
    client.pin_changes().await
}

/// Reads what `pins --export` wrote.
///
/// # Errors
/// `misuse/bad-argument`.
pub(crate) fn read(path: &Path) -> Result<Changes, Error> {
    let failed = |error| Error::new(Code::MisuseBadArgument, "a log cannot be read").with("reason", error);
    if std::fs::metadata(path).map_err(failed)?.len() > LIMIT {
        return Err(Error::new(Code::MisuseBadArgument, "a log is larger than any this program writes"));
    }
    import(&std::fs::read_to_string(path).map_err(failed)?)
}

fn write(path: &Path, text: &str) -> Result<(), Error> {
    let written = std::fs::File::create_new(path).and_then(|mut file| writeln!(file, "{text}"));
    written.map_err(|error| Error::new(Code::HostStorage, "the log cannot be written").with("reason", error))
}

fn in_json(
    out: &mut impl Write,
    log: &PinLog,
    regrown: &[Regrown],
    shrunk: &[Shrunk],
) -> std::io::Result<()> {
    for (number, change) in log.changes().iter().enumerate() {
        let PinChange { time, device, session, key, document, of, count, ids, agreed, .. } = change;
        let line = json!({
            "type": "change",
            "change": number,
            "time": time,
            "device": device,
            "session": session,
            "number": change.number,
            "key": key,
            "command": change.command.as_str(),
            "step": change.step.as_str(),
            "cause": change.cause.as_str(),
            "agreed": agreed,
            "document": document,
            "of": of,
            "count": count,
            "ids": ids,
        });
        writeln!(out, "{line}")?;
    }
    for Regrown { change, ids } in regrown {
        writeln!(out, "{}", json!({"type": "regrown", "change": change, "ids": ids}))?;
    }
    for Shrunk { change, missing } in shrunk {
        writeln!(out, "{}", json!({"type": "shrunk", "change": change, "missing": missing}))?;
    }
    let result = json!({
        "type": "result",
        "changes": log.changes().len(),
        "unread": log.unread(),
        "idsSince": log.ids_since(),
        "regrown": regrown.iter().map(|gap| gap.ids.len()).sum::<usize>(),
        "shrunk": shrunk.len(),
    });
    writeln!(out, "{result}")
}

fn in_words(
    out: &mut impl Write,
    log: &PinLog,
    regrown: &[Regrown],
    shrunk: &[Shrunk],
) -> std::io::Result<()> {
    for change in log.changes() {
        let PinChange { time, device, session, document, of, count, .. } = change;
        let (command, cause) = (change.command.as_str(), change.cause.as_str());
        let agreed = if change.agreed { ", agreed" } else { "" };
        let place = document.as_ref().map(|document| format!("  in {document}")).unwrap_or_default();
        let sign = match change.step {
            PinStep::Came => "+",
            PinStep::Went => "-",
            PinStep::Same => " ",
        };
        writeln!(
            out,
            "{}  {command:5} of {of:5}  {sign}{count:<5} {cause}{agreed}{place}  by {device}/{session}",
            date(*time)
        )?;
    }
    let at = |change: usize| log.changes().get(change).map(|change| date(change.time)).unwrap_or_default();
    for Regrown { change, ids } in regrown {
        writeln!(out, "{} went at {} and came back:", counted(ids.len(), "id"), at(*change))?;
        for id in ids {
            writeln!(out, "  {id}")?;
        }
    }
    for Shrunk { change, missing } in shrunk {
        writeln!(out, "the list sent at {} is {missing} shorter than the log explains", at(*change))?;
    }
    if log.unread() > 0 {
        writeln!(out, "{} not understood: nothing is claimed of that", counted(log.unread(), "row"))?;
    }
    writeln!(out, "{}.", counted(log.changes().len(), "change"))
}

fn counted(number: usize, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}
