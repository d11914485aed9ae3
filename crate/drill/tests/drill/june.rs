//! June 2019.

use super::played;
use pinfold_drill::figures::{Played, Playing, Story};

/// The same seed is the same story, so it is played twice.
#[tokio::test(flavor = "multi_thread")]
async fn as_it_happened_it_ends_with_conflicts_and_people_who_cannot_read() {
    let (one, other) = tokio::join!(
        played(Story::June2019, Playing::AsItHappened),
        played(Story::June2019, Playing::AsItHappened)
    );
    let last = one.last().unwrap();
    assert!(last.conflicts >= 5 && last.lost >= 30 && last.people >= 5, "{last:?}\n{}", one.replay());
    assert_eq!(one.count("conflicts"), Some(last.conflicts as u64), "{}", one.replay());
    // Before the archival script everybody could read everything, and the server believed less than what is true.
    let before = one.steps.iter().find(|step| step.step.starts_with("people came with")).unwrap();
    assert!(before.lost == 0 && before.believed < before.wanted, "{before:?}");
    let counts = |played: &Played| {
        played.steps.iter().map(|it| (it.lost, it.conflicts, it.believed, it.live)).collect::<Vec<_>>()
    };
    assert_eq!(counts(&one), counts(&other), "{}", one.replay());
}

#[tokio::test(flavor = "multi_thread")]
async fn repaired_nothing_is_lost_and_no_conflict_is_left() {
    let played = played(Story::June2019, Playing::Repaired).await;
    let last = played.last().unwrap();
    assert_eq!((last.lost, last.conflicts), (0, 0), "{}", played.replay());
    assert!(played.count("folders put back into drives") > Some(0), "{}", played.replay());
}

#[tokio::test(flavor = "multi_thread")]
async fn from_the_first_day_nothing_is_lost_and_the_disk_gets_room() {
    let played = played(Story::June2019, Playing::FromTheFirstDay).await;
    assert!(played.steps.iter().all(|step| step.lost == 0 && step.conflicts == 0), "{}", played.replay());
    assert_eq!(played.last().unwrap().day, "2019-12-31", "{}", played.replay());
    assert!(played.count("lists that are damaged") > Some(0), "{}", played.replay());
}
