//! The drill: the incidents this project exists for, played on the embedded server with the real programs, and counted.
//!
//! ```text
//! Size (seed, accounts) ─▶ Town (accounts, folders, documents)      Script (who comes when, what is late)
//!                            │ written to a disk, day by day            │
//!                            ▼                                          ▼
//!  Calendar ─────────▶ Stage: one data directory, its server, its times ─▶ a Playing: as it happened │ repaired │ from the first day
//!                            │ after each step                              old::  holder::  operator::
//!                            ▼
//!                      Truth: everybody's documents, looked for with everybody's keys ─▶ Figures
//! ```
//!
//! Every random choice comes from the seed. Time is virtual: [`calendar`].

pub mod absence;
pub mod accidents;
pub mod calendar;
pub mod disk;
pub mod failed;
pub mod figures;
pub mod holder;
pub mod june;
pub mod november;
pub mod old;
pub mod operator;
pub mod safeguard;
pub mod script;
pub mod stage;
pub mod town;
pub mod truth;

use failed::Done;
use figures::{Played, Playing, Story};
use safeguard::Safeguard;
use town::Town;

/// Plays a story once, without one of the safeguards if one is named. `heard` is told each row as it comes.
///
/// # Errors
/// When it cannot go on. What is lost is no error: it is in the figures.
pub async fn play_without(
    without: Option<Safeguard>,
    story: Story,
    town: Town,
    playing: Playing,
    heard: impl FnMut(&str) + Send + 'static,
) -> Done<Played> {
    match story {
        Story::June2019 => june::play_without(without, town, playing, heard).await,
        Story::November2012 => november::play_without(without, town, playing, heard).await,
    }
}
