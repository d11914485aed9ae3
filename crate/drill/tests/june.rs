//! The short form of the drill: twenty accounts, every playing.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use pinfold_drill::figures::{Played, Playing};
use pinfold_drill::june;
use pinfold_drill::safeguard::Safeguard;
use pinfold_drill::town::{Size, Town};
use std::sync::LazyLock;

/// `PINFOLD_SEED` plays another one.
static TOWN: LazyLock<Town> = LazyLock::new(|| {
    let seed = std::env::var("PINFOLD_SEED").ok().and_then(|seed| seed.parse().ok());
    Town::build(Size { seed: seed.unwrap_or(1), accounts: 20 }).unwrap()
});

async fn played(playing: Playing) -> Played {
    let played = june::play(TOWN.clone(), playing, |row| println!("{row}")).await.unwrap();
    assert!(played.faults.is_empty(), "{:?}\n{}", played.faults, played.replay());
    played
}

#[tokio::test(flavor = "multi_thread")]
async fn as_it_happened_it_ends_with_conflicts_and_people_who_cannot_read() {
    let played = played(Playing::AsItHappened).await;
    let last = played.last().unwrap();
    assert!(last.conflicts >= 5 && last.lost >= 30 && last.people >= 5, "{last:?}\n{}", played.replay());
    assert_eq!(played.count("conflicts"), Some(last.conflicts as u64), "{}", played.replay());
    // Before the archival script everybody could read everything, and the server believed less than what is true.
    let before = played.steps.iter().find(|step| step.step.starts_with("people came with")).unwrap();
    assert!(before.lost == 0 && before.believed < before.wanted, "{before:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn repaired_nothing_is_lost_and_no_conflict_is_left() {
    let played = played(Playing::Repaired).await;
    let last = played.last().unwrap();
    assert_eq!((last.lost, last.conflicts), (0, 0), "{}", played.replay());
    assert!(played.count("folders put back into drives") > Some(0), "{}", played.replay());
}

/// The same seed is the same story.
#[tokio::test(flavor = "multi_thread")]
async fn a_seed_plays_the_same_again() {
    let counts = |played: &Played| {
        played.steps.iter().map(|it| (it.lost, it.conflicts, it.believed, it.live)).collect::<Vec<_>>()
    };
    let (one, other) = (played(Playing::AsItHappened).await, played(Playing::AsItHappened).await);
    assert_eq!(counts(&one), counts(&other), "{}", one.replay());
}

#[tokio::test(flavor = "multi_thread")]
async fn from_the_first_day_nothing_is_lost_and_the_disk_gets_room() {
    let played = played(Playing::FromTheFirstDay).await;
    assert!(played.steps.iter().all(|step| step.lost == 0 && step.conflicts == 0), "{}", played.replay());
    assert_eq!(played.last().unwrap().day, "2019-12-31", "{}", played.replay());
}

/// A drill that passes without a safeguard would prove nothing of it. `npm test` takes one of them away, `PINFOLD_LONG=1` each.
#[tokio::test(flavor = "multi_thread")]
async fn without_a_safeguard_it_fails() {
    let all = std::env::var_os("PINFOLD_LONG").is_some();
    for without in Safeguard::ALL.into_iter().filter(|it| all || *it == Safeguard::NeverOverwrite) {
        let played = june::play_without(Some(without), TOWN.clone(), without.playing(), |_| ()).await;
        assert!(played.map_or(true, |played| !played.faults.is_empty()), "without {}", without.name());
    }
}
