//! `npm run drill`: plays the incidents and prints what was lost in each playing.

use clap::Parser;
use pinfold_drill::failed::Done;
use pinfold_drill::figures::{HEAD, Played, Playing, Story};
use pinfold_drill::safeguard::Safeguard;
use pinfold_drill::script::Script;
use pinfold_drill::town::{Size, Town};
use pinfold_drill::{accidents, play_without};
use std::io::{Write, stdout};
use std::path::PathBuf;
use std::process::{Command, ExitCode};

/// Accounts of the town in which a safeguard is taken away.
const SMALL: usize = 20;
/// Pin changes in which accidents are looked for.
const CHANGES: u64 = 30_000_000;

/// Plays June 2019 and November 2012 on the embedded server, with real clients and the operator's tool: as it happened, then repaired, and with
/// pinfold from the first day. Then it looks for accidents in 30,000,000 pin changes, and takes every safeguard away in turn.
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
    /// The short form: 20 accounts, and accidents among 300,000 pin changes
    #[arg(long)]
    short: bool,
    /// Only this story: june-2019 or november-2012. May be given more than once
    #[arg(long, value_parser = story)]
    story: Vec<Story>,
    /// Only this playing: a (as it happened), b (the same, then repaired), c (pinfold from the first day). May be given more than once
    #[arg(long, value_parser = playing)]
    playing: Vec<Playing>,
    /// Write the figures of all playings here, as JSON
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Write the same as the script that the page `drill.html` tells the stories from
    #[arg(long, value_name = "FILE")]
    page: Option<PathBuf>,
    /// Play without this safeguard, by its name. The drill must fail
    #[arg(long, value_parser = safeguard)]
    without: Option<Safeguard>,
    /// Only play without each of the safeguards in turn
    #[arg(long, conflicts_with_all = ["without", "playing", "story"])]
    mutants: bool,
    /// Only look for accidents in so many pin changes
    #[arg(long, value_name = "CHANGES")]
    accidents: Option<u64>,
    /// Only say how many conflicts each seed comes to, without playing it
    #[arg(long)]
    reckon: bool,
}

impl Arguments {
    fn accounts(&self) -> usize {
        if self.short { SMALL } else { self.accounts }
    }

    /// Whether everything is played, and not a part of it.
    fn is_whole(&self) -> bool {
        self.story.is_empty() && self.playing.is_empty() && self.seeds == 1
    }

    fn seeds(&self) -> std::ops::Range<u64> {
        self.seed..self.seed.saturating_add(self.seeds)
    }
}

fn story(name: &str) -> Result<Story, String> {
    Story::named(name).ok_or_else(|| "june-2019 or november-2012".to_owned())
}

fn playing(letter: &str) -> Result<Playing, String> {
    Playing::named(letter).ok_or_else(|| "a, b or c".to_owned())
}

fn safeguard(name: &str) -> Result<Safeguard, String> {
    Safeguard::named(name).ok_or_else(|| format!("one of {}", Safeguard::ALL.map(Safeguard::name).join(", ")))
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
    if arguments.reckon {
        for seed in arguments.seeds() {
            let town = Town::build_for(Size { seed, accounts: arguments.accounts() }, false)?;
            say(&format!("seed {seed}: {} conflicts", Script::of(&town).conflicts(&town)));
        }
        return Ok(true);
    }
    if let Some(changes) = arguments.accidents {
        return found(arguments.seed, changes);
    }
    if let Some(one) = arguments.without {
        return mutants(&Town::build(Size { seed: arguments.seed, accounts: arguments.accounts() })?, &[one])
            .await;
    }
    let small = Size { seed: arguments.seed, accounts: SMALL };
    if arguments.mutants {
        return mutants(&Town::build(small)?, &Safeguard::ALL).await;
    }
    let played = stories(arguments).await?;
    write(arguments, &played)?;
    let mut all = summary(&played);
    if arguments.is_whole() {
        say("\nAccidents");
        all &= in_a_process(arguments.seed, if arguments.short { CHANGES / 100 } else { CHANGES })?;
        say("\nWithout a safeguard, each of which must fail");
        all &= mutants(&Town::build(small)?, &Safeguard::ALL).await?;
    }
    Ok(all)
}

async fn stories(arguments: &Arguments) -> Done<Vec<Played>> {
    let stories = if arguments.story.is_empty() { &Story::ALL[..] } else { &arguments.story[..] };
    let playings = if arguments.playing.is_empty() { &Playing::ALL[..] } else { &arguments.playing[..] };
    let mut played = Vec::new();
    for seed in arguments.seeds() {
        let town = Town::build(Size { seed, accounts: arguments.accounts() })?;
        for story in stories {
            for playing in playings {
                let (title, letter, how) = (story.title(), playing.letter(), playing.title());
                say(&format!("\n{title}, ({letter}) {how}, seed {seed}\n{HEAD}"));
                let one = play_without(None, *story, town.clone(), *playing, say).await?;
                say(&one.replay());
                played.push(one);
            }
        }
    }
    Ok(played)
}

fn write(arguments: &Arguments, played: &[Played]) -> Done<()> {
    if let Some(path) = &arguments.json {
        std::fs::write(path, serde_json::to_string(played)?)?;
    }
    if let Some(path) = &arguments.page {
        // A script, so that the page plays without a server.
        std::fs::write(path, format!("globalThis.drillRuns = {};\n", serde_json::to_string(played)?))?;
    }
    Ok(())
}

/// Looks for accidents, and says what came of it.
fn found(seed: u64, changes: u64) -> Done<bool> {
    let looked = accidents::look(seed, changes)?;
    say(&format!("{} {}", if looked.is_right() { "✓" } else { "✗" }, looked.words()));
    say(&format!("npm run drill -- --seed {seed} --accidents {changes}"));
    Ok(looked.is_right())
}

/// The same in a process of its own, so that the memory is its own.
fn in_a_process(seed: u64, changes: u64) -> Done<bool> {
    let program = std::env::current_exe()?;
    let arguments = ["--seed".into(), seed.to_string(), "--accidents".into(), changes.to_string()];
    Ok(Command::new(program).args(arguments).status()?.success())
}

/// Plays without each of these, and says how that fails. Answers whether all of them do.
async fn mutants(town: &Town, without: &[Safeguard]) -> Done<bool> {
    let mut all = true;
    for one in without {
        let (story, playing, name) = (one.story(), one.playing(), one.name());
        let fault = match play_without(Some(*one), story, town.clone(), playing, |_| ()).await {
            Ok(played) => (!played.faults.is_empty()).then(|| played.faults.join("; ")),
            Err(error) => Some(format!("it cannot go on: {}", error.as_str())),
        };
        all &= fault.is_some();
        let mark = if fault.is_some() { "✓" } else { "✗" };
        let fault = fault.unwrap_or_else(|| "nothing is wrong, so the drill proves nothing of it".into());
        let (instead, title, letter) = (one.instead(), story.title(), playing.letter());
        say(&format!("{mark} without {name} ({instead}), {title} ({letter}): {fault}"));
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
        let (story, letter, title, seed) =
            (one.story.title(), one.playing.letter(), one.playing.title(), one.seed);
        say(&format!(
            "{mark} {story}, ({letter}) {title}, seed {seed}: {lost} documents unreadable, {conflicts} conflicts, {minutes:.1} min"
        ));
    }
    played.iter().all(|one| one.faults.is_empty())
}

/// Whoever has read enough may leave.
fn say(line: &str) {
    let _ = writeln!(stdout(), "{line}");
}
