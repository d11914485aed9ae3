//! `explore`: the engine, or a mutant of a client, on one thread with a virtual clock; everything from a seed.

use clap::Parser;
use pinfold_core::error::{Code, Error};
use pinfold_core::json::stringify;
use pinfold_testkit::explore::every_state;
use pinfold_testkit::replay::side_by_side;
use pinfold_testkit::trial::{Kind, Report, account, guarded, run as run_seed, search};
use pinfold_testkit::world::World;
use std::fmt::Arguments as Line;
use std::io::{Write, stdout};
use std::path::PathBuf;
use std::process::ExitCode;

/// What to explore.
#[derive(Parser)]
pub(crate) struct Arguments {
    /// Which client: guarded, race-2019, second-fix, cache-race, in-place-of-mutant
    #[arg(long, default_value = "guarded", value_parser = kind)]
    client: Kind,
    /// Show this seed, step by step, instead of looking for one
    #[arg(long, conflicts_with_all = ["seeds", "from", "folders"])]
    seed: Option<u64>,
    /// How many seeds to run
    #[arg(long, default_value_t = 1000)]
    seeds: u64,
    /// The first of them
    #[arg(long, default_value_t = 0)]
    from: u64,
    /// Instead of seeds: every order of replies for this many shared folders, up to four in reasonable time
    #[arg(long, conflicts_with_all = ["seeds", "from", "client"])]
    folders: Option<usize>,
    /// Also write the run that is shown, and beside a mutant the product in its place, for the page that replays it
    #[arg(long)]
    json: Option<PathBuf>,
}

fn kind(name: &str) -> Result<Kind, String> {
    Kind::named(name).ok_or_else(|| "there is no such client".to_owned())
}

pub(crate) fn run(arguments: &Arguments) -> ExitCode {
    let done = match (arguments.seed, arguments.folders) {
        (Some(seed), _) => run_seed(arguments.client, seed, true).and_then(|report| show(&report, arguments)),
        (None, Some(folders)) => exhaust(folders),
        (None, None) => look(arguments),
    };
    done.unwrap_or_else(|error| {
        eprintln!("{error}");
        ExitCode::FAILURE
    })
}

/// 0 when every seed holds; 1 with the first that does not.
fn look(arguments: &Arguments) -> Result<ExitCode, Error> {
    let seeds = arguments.from..arguments.from.saturating_add(arguments.seeds);
    let (found, runs) = search(arguments.client, seeds)?;
    let Some(found) = found else {
        say(format_args!("{runs} runs of {}: nothing lost, nothing held up", arguments.client));
        return Ok(ExitCode::SUCCESS);
    };
    say(format_args!("run {runs} of {}:", arguments.client));
    show(&run_seed(found.kind, found.seed, true)?, arguments)
}

fn show(report: &Report, arguments: &Arguments) -> Result<ExitCode, Error> {
    for (at, step) in report.steps.iter().enumerate() {
        let fault = step.fault.map(|fault| format!("  [{fault:?}]")).unwrap_or_default();
        let lost = if step.lost.is_empty() { String::new() } else { format!("  LOST {}", step.lost.len()) };
        say(format_args!("{at:4}  {}{fault}  → {}{lost}", shorten(&step.key.1), sent(&step.sent)));
    }
    if let Some(path) = &arguments.json {
        let text = stringify(&side_by_side(report.kind, report.seed)?);
        std::fs::write(path, text).map_err(|error| {
            let error = Error::new(Code::HostStorage, "the run cannot be written").with("reason", error);
            error.with("file", path.display())
        })?;
    }
    Ok(match &report.outcome {
        Ok(outcome) => {
            say(format_args!("{outcome:?}"));
            ExitCode::SUCCESS
        }
        Err(violation) => {
            say(format_args!("{violation}"));
            say(format_args!("on the page of `npm start`: /replay.html#{}/{}", report.kind, report.seed));
            say(format_args!("{}", report.replay()));
            ExitCode::FAILURE
        }
    })
}

/// Whoever has read enough (`| head`) may leave.
fn say(line: Line<'_>) {
    let _ = writeln!(stdout(), "{line}");
}

fn sent(frames: &[String]) -> String {
    let frames: Vec<String> = frames.iter().map(|frame| shorten(frame)).collect();
    if frames.is_empty() { "-".to_owned() } else { frames.join(", ") }
}

/// Ids in eight characters.
fn shorten(about: &str) -> String {
    let short = |word: &str| if word.len() == 32 { word.chars().take(8).collect() } else { word.to_owned() };
    about.split(' ').map(short).collect::<Vec<String>>().join(" ")
}

fn exhaust(folders: usize) -> Result<ExitCode, Error> {
    let built = account(folders, 3, None)?.built;
    match every_state(|order| World::new(built.clone(), vec![guarded(&built, 1)], Vec::new()).run(order)) {
        Ok((runs, states)) => {
            say(format_args!(
                "{folders} folders: {states} states, {runs} runs: nothing lost, nothing held up"
            ));
            Ok(ExitCode::SUCCESS)
        }
        Err(violation) => {
            say(format_args!("{violation}"));
            Ok(ExitCode::FAILURE)
        }
    }
}
