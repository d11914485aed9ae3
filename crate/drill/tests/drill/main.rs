//! The short form of the drill: twenty accounts, every story, every playing.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod absence;
mod accidents;
mod june;
mod november;
mod safeguards;

use pinfold_drill::figures::{Played, Playing, Story};
use pinfold_drill::play_without;
use pinfold_drill::town::{Size, Town};
use std::sync::LazyLock;

/// `PINFOLD_SEED` plays another one.
static TOWN: LazyLock<Town> = LazyLock::new(|| {
    let seed = std::env::var("PINFOLD_SEED").ok().and_then(|seed| seed.parse().ok());
    Town::build(Size { seed: seed.unwrap_or(1), accounts: 20 }).unwrap()
});

async fn played(story: Story, playing: Playing) -> Played {
    let played = play_without(None, story, TOWN.clone(), playing, |row| println!("{row}")).await.unwrap();
    assert!(played.faults.is_empty(), "{:?}\n{}", played.faults, played.replay());
    played
}
