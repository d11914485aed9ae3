//! `npm run drill`: plays the incidents and prints what was lost in each playing.

use clap::Parser;
use pinfold_drill::failed::Done;
use pinfold_drill::figures::{HEAD, Played, Playing};
use pinfold_drill::june;
use pinfold_drill::safeguard::Safeguard;
use pinfold_drill::script::Script;
use pinfold_drill::town::{Size, Town};
use std::io::{Write, stdout};
use std::path::PathBuf;
use std::process::ExitCode;

/// Plays June 2019 on the embedded server, with real clients and the operator's tool: as it happened, then repaired, and with
/// pinfold from the first day.
#[derive(Debug, Parser)]
#[command(name = "drill", version)]
struct Arguments {
    /// Makes everything that is random
    #[arg(long, default_value_t = 2053)]
    seed: u64,
    /// How many seeds, from that one on
    #[arg(long, default_value_t = 1)]
    seeds: u64,
    /// How many accounts lie on the server
    #[arg(long, default_value_t = 300)]
    accounts: usize,
    /// Only this playing: a (as it happened), b (the same, then repaired), c (pinfold from the first day). May be given more than once
    #[arg(long, value_parser = playing)]
    playing: Vec<Playing>,
    /// Write the figures of all playings here, as JSON
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Write the same as the script that the page `drill.html` tells the story from
    #[arg(long, value_name = "FILE")]
    page: Option<PathBuf>,
    /// Play without this safeguard: settle-gate, never-overwrite, placeholder-verdict, tag-in-one-step or hold. The drill must fail
    #[arg(long, value_parser = safeguard)]
    without: Option<Safeguard>,
    /// Play without each of the safeguards in turn
    #[arg(long, conflicts_with_all = ["without", "playing"])]
    mutants: bool,
    /// Only say how many conflicts each seed comes to, without playing it
    #[arg(long)]
    reckon: bool,
}

fn playing(letter: &str) -> Result<Playing, String> {
    Playing::named(letter).ok_or_else(|| "a, b or c".to_owned())
}

fn safeguard(name: &str) -> Result<Safeguard, String> {
    Safeguard::named(name).ok_or_else(|| "there is no such safeguard".to_owned())
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match run(&arguments).await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{}", error.as_str());
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: &Arguments) -> Done<bool> {
    let all = [Playing::AsItHappened, Playing::Repaired, Playing::FromTheFirstDay];
    let playings = if arguments.playing.is_empty() { &all[..] } else { &arguments.playing[..] };
    let mut played = Vec::new();
    for seed in arguments.seed..arguments.seed.saturating_add(arguments.seeds) {
        let size = Size { seed, accounts: arguments.accounts };
        if arguments.reckon {
            let town = Town::build_for(size, false)?;
            say(&format!("seed {seed}: {} conflicts", Script::of(&town).conflicts(&town)));
            continue;
        }
        let town = Town::build(size)?;
        if arguments.mutants || arguments.without.is_some() {
            let chosen = arguments.without.map_or_else(|| Safeguard::ALL.to_vec(), |one| vec![one]);
            return mutants(&town, &chosen).await;
        }
        for playing in playings {
            say(&format!("\n({}) {}, seed {seed}\n{HEAD}", playing.letter(), playing.title()));
            let one = june::play(town.clone(), *playing, say).await?;
            say(&one.replay());
            played.push(one);
        }
    }
    if let Some(path) = &arguments.json {
        std::fs::write(path, serde_json::to_string(&played)?)?;
    }
    if let Some(path) = &arguments.page {
        // A script, so that the page plays without a server.
        std::fs::write(path, format!("globalThis.drillRuns = {};\n", serde_json::to_string(&played)?))?;
    }
    Ok(summary(&played))
}

/// Plays without each of these, and says how that fails. Answers whether all of them do.
async fn mutants(town: &Town, without: &[Safeguard]) -> Done<bool> {
    let mut all = true;
    for one in without {
        let (playing, name) = (one.playing(), one.name());
        let fault = match june::play_without(Some(*one), town.clone(), playing, |_| ()).await {
            Ok(played) => (!played.faults.is_empty()).then(|| played.faults.join("; ")),
            Err(error) => Some(format!("it cannot go on: {}", error.as_str())),
        };
        all &= fault.is_some();
        let mark = if fault.is_some() { "✓" } else { "✗" };
        let fault = fault.unwrap_or_else(|| "nothing is wrong, so the drill proves nothing of it".into());
        say(&format!("{mark} without {name} ({}), ({}): {fault}", one.instead(), playing.letter()));
    }
    Ok(all)
}

/// What was lost at the end of each.
fn summary(played: &[Played]) -> bool {
    say("");
    for one in played {
        let (lost, conflicts) = one.last().map_or((0, 0), |last| (last.lost, last.conflicts));
        let minutes: f64 = one.steps.iter().map(|step| step.minutes).sum();
        let mark = if one.faults.is_empty() { "✓" } else { "✗" };
        let (letter, title, seed) = (one.playing.letter(), one.playing.title(), one.seed);
        say(&format!(
            "{mark} ({letter}) {title}, seed {seed}: {lost} documents unreadable, {conflicts} conflicts, {minutes:.1} min"
        ));
    }
    played.iter().all(|one| one.faults.is_empty())
}

/// Whoever has read enough may leave.
fn say(line: &str) {
    let _ = writeln!(stdout(), "{line}");
}
