//! June 2019, in its three playings: one calendar, one town, one disk.

mod as_it_happened;
mod first_day;
mod repaired;

use crate::failed::Done;
use crate::figures::{Played, Playing};
use crate::safeguard::Safeguard;
use crate::stage::Stage;
use crate::town::Town;
use futures_util::{StreamExt, TryStreamExt, stream};

/// So many people are at it at once: a session waits more than it works.
const AT_ONCE: usize = 8;

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
    town: Town,
    playing: Playing,
    heard: impl FnMut(&str) + Send + 'static,
) -> Done<Played> {
    let mut stage = Stage::set(town, playing, heard)?;
    stage.without = without;
    if without == Some(Safeguard::Doubt) {
        stage.disk.hides_damage_in = Some(stage.paths.pins.clone());
    }
    match playing {
        Playing::AsItHappened => drop(as_it_happened::play(&mut stage).await?),
        Playing::Repaired => {
            as_it_happened::play(&mut stage).await?;
            repaired::play(&mut stage).await?;
        }
        Playing::FromTheFirstDay => first_day::play(&mut stage).await?,
    }
    Ok(stage.played)
}

/// Lets some people do something, some of them at once. In their order.
pub(crate) async fn each<T, F: Future<Output = Done<T>>>(
    numbers: impl Iterator<Item = usize>,
    act: impl Fn(usize) -> F,
) -> Done<Vec<T>> {
    let acts = numbers.map(|number| {
        let acted = act(number);
        async move { acted.await.map_err(|error| error.while_(&format!("person {number}"))) }
    });
    stream::iter(acts).buffered(AT_ONCE).try_collect().await
}
