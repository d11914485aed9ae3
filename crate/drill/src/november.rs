//! November 2012 in the terms of drives, in three playings: one row is deleted, and it stands for many documents in several folders.

mod as_it_happened;
mod planned;
mod repaired;
mod rows;

use crate::calendar::{DAY, day};
use crate::failed::Done;
use crate::figures::{Played, Playing, Story};
use crate::safeguard::Safeguard;
use crate::stage::Stage;
use crate::town::Town;
use rows::Script;

/// The day on which people delete a row.
const DELETED: (i64, i64, i64) = (2012, 11, 7);
/// When people threw something away on purpose, which they delete for good on the same day.
const THROWN: (i64, i64, i64) = (2012, 11, 5);
/// When it is told that something went that nobody meant, in the second playing.
const FOUND_OUT: (i64, i64, i64) = (2012, 11, 8);
/// When everybody has put back what they want.
const PUT_BACK: (i64, i64, i64) = (2012, 11, 17);
/// The end of the first playing.
const END: (i64, i64, i64) = (2012, 11, 30);

/// How far this story lies before the other one: their towns are the same.
pub fn shift() -> i64 {
    day(2012, 10, 24) - day(2019, 5, 20)
}

/// Plays the story once. `heard` is told each row as it comes.
///
/// # Errors
/// When it cannot go on. What is lost is no error: it is in the figures.
pub async fn play(town: Town, playing: Playing, heard: impl FnMut(&str) + Send + 'static) -> Done<Played> {
    play_without(None, town, playing, heard).await
}

/// The same without one of the safeguards. Something must be wrong then: an error, or a fault in what was played.
///
/// # Errors
/// As [`play`].
pub async fn play_without(
    without: Option<Safeguard>,
    mut town: Town,
    playing: Playing,
    heard: impl FnMut(&str) + Send + 'static,
) -> Done<Played> {
    town.shift = shift();
    let script = Script::of(&mut town)?;
    let mut stage = Stage::set(town, playing, heard)?;
    stage.played.story = Story::November2012;
    stage.without = without;
    match playing {
        Playing::AsItHappened => {
            as_it_happened::play(&mut stage, &script).await?;
            as_it_happened::goes_on(&mut stage)?;
        }
        Playing::Repaired => {
            as_it_happened::play(&mut stage, &script).await?;
            repaired::play(&mut stage, &script).await?;
        }
        Playing::FromTheFirstDay => planned::play(&mut stage, &script).await?,
    }
    Ok(stage.played)
}

/// Whether the archive is emptied on this day: on Sundays.
fn is_sunday(at: i64) -> bool {
    (at - day(2012, 11, 4)).rem_euclid(7 * DAY) < DAY
}
