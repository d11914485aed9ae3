//! What today's client does when something is not there, row by row, and what the client of this project does instead.

use pinfold_drill::absence::{TABLE, ours, today};

#[tokio::test(flavor = "multi_thread")]
async fn every_reaction_of_todays_client_is_as_the_table_says() {
    let mut faults = Vec::new();
    for (number, row) in TABLE.iter().enumerate() {
        let found = today(row, number as u64).await.unwrap_or_else(|error| vec![error.as_str().to_owned()]);
        faults.extend(found.into_iter().map(|fault| format!("{row:?}: {fault}")));
    }
    assert!(faults.is_empty(), "{faults:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn on_the_same_absences_nothing_is_erased_made_or_let_go() {
    let mut faults = Vec::new();
    for (number, row) in TABLE.iter().enumerate() {
        let found = ours(row, number as u64).await.unwrap_or_else(|error| vec![error.as_str().to_owned()]);
        faults.extend(found.into_iter().map(|fault| format!("{row:?}: {fault}")));
    }
    assert!(faults.is_empty(), "{faults:#?}");
}
