//! November 2012.

use super::played;
use pinfold_drill::figures::{Playing, Story};

#[tokio::test(flavor = "multi_thread")]
async fn with_todays_scope_documents_are_lost_for_ever() {
    let played = played(Story::November2012, Playing::AsItHappened).await;
    let last = played.last().unwrap();
    assert!(last.lost >= 30 && last.people >= 5, "{last:?}\n{}", played.replay());
    assert!(played.count("archived copies that are gone for ever") > Some(0), "{}", played.replay());
}

#[tokio::test(flavor = "multi_thread")]
async fn found_out_in_time_everything_doubtful_comes_back_with_its_tag() {
    let played = played(Story::November2012, Playing::Repaired).await;
    let last = played.last().unwrap();
    assert_eq!((last.lost, last.conflicts), (0, 0), "{}", played.replay());
    assert!(played.count("documents put back by the operator") > Some(0), "{}", played.replay());
}

#[tokio::test(flavor = "multi_thread")]
async fn with_a_plan_people_are_asked_and_the_vault_keeps_what_they_agreed_to() {
    let played = played(Story::November2012, Playing::FromTheFirstDay).await;
    assert_eq!(played.last().unwrap().lost, 0, "{}", played.replay());
    let count = |of: &str| played.count(of).unwrap();
    assert!(count("people who were asked") > count("people who agreed all the same"), "{}", played.replay());
    assert!(count("keys put back from the vault") > 0, "{}", played.replay());
}
