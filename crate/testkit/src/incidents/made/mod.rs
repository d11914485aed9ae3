//! Incidents that were made and not recorded: people, their clients and an operator do things to an account, in the patches
//! that CryptPad's client writes, and what happened is noted while it happens. The product reads the data directory with the
//! user's name and password and has to find exactly that.
//!
//! ```text
//! seed ─▶ World: channels, clock, sessions ◀─ stories, one after the other, each with its own things
//!              │ data directory                  │ what is lost, by whom, where the key is
//!              └────────────▶ incidents::run ◀───┘ manifest.json, in the form of the recorded ones
//! ```
//! Timelines come from a plain replay that parses every state.

mod archive;
mod by_clients;
mod by_people;
mod in_teams;
mod manifest;
mod opaque;
mod operator;
mod pins;
mod things;
mod truth;
mod with_claims;
mod with_names;
mod with_others;
mod world;

use std::io;
use std::path::Path;

use pinfold_core::error::Error;

use super::Report;
use world::World;

/// One thing that happens to an account.
type Story = fn(&mut World) -> Result<(), Error>;

/// All of them, by name.
const STORIES: &[&[(&str, Story)]] = &[
    by_people::STORIES,
    with_names::STORIES,
    by_clients::STORIES,
    in_teams::STORIES,
    operator::STORIES,
    with_claims::STORIES,
    with_others::STORIES,
    opaque::STORIES,
];

/// Makes the incident of a seed in a folder that does not exist or is empty: `manifest.json` and `data`. What happened, by the
/// names of the stories.
///
/// # Errors
/// Those of the disk.
pub fn make(seed: u64, folder: &Path) -> io::Result<Vec<&'static str>> {
    let failed = |error: Error| io::Error::other(error.to_string());
    let mut world = World::new(seed).map_err(failed)?;
    let stories: Vec<&(&str, Story)> = STORIES.iter().copied().flatten().collect();
    let mut told = Vec::new();
    for at in 0..2 + world.below(8) {
        // Every story has its turn, whatever the seeds are.
        let first = usize::try_from(seed).unwrap_or_default();
        let chosen = if at == 0 { first % stories.len() } else { world.below(stories.len()) };
        if let Some((name, story)) = stories.get(chosen) {
            story(&mut world).map_err(failed)?;
            told.push(*name);
        }
        world.days_pass();
    }
    world.end().map_err(failed)?;
    manifest::write(&world, folder)?;
    Ok(told)
}

/// Makes the incident of a seed and puts it through the product.
///
/// # Errors
/// Every difference in words, with the line that replays it.
pub fn run(seed: u64) -> Result<Report, String> {
    let again = format!("again: cargo run -p pinfold-testkit -- made {seed} {}", seed + 1);
    let tried = || -> io::Result<(Vec<&'static str>, Report)> {
        let folder = tempfile::tempdir()?;
        let stories = make(seed, folder.path())?;
        Ok((stories, super::run(folder.path())?))
    };
    let (stories, report) = tried().map_err(|error| format!("seed {seed}: {error}\n  {again}"))?;
    if report.is_good() {
        return Ok(report);
    }
    Err(format!("seed {seed} ({}): {report}\n  {again}", stories.join(", ")))
}
