//! Accounts made from a seed: the embedded server serves the directory that the builder writes, and all that was
//! built comes out.

use crate::support::{Stage, strings, sync};
use pinfold_client::Client;
use pinfold_core::drive::complete::{Drive, FolderOutcome};
use pinfold_core::json::canonical;
use pinfold_core::ports::UnixMillis;
use pinfold_testkit::account::{Built, Expected, Login, Plan, Variety, build_with};
use std::collections::BTreeSet;

fn account(seed: u64, closed: usize, login: Login) -> Built {
    let plan = Plan { seed, documents: 40, folders: 7, per_folder: 15 };
    build_with(plan, &Variety { mixed: true, closed, teams: 2, letters: 30, login }).unwrap()
}

fn names() -> (String, String) {
    ("Dóra".into(), "pässword".into())
}

async fn check(built: &Built) {
    let stage = Stage::made(built).await;
    let client = stage.open().await;
    let (drive, receipt) = sync(&client).await.unwrap();
    assert_eq!(canonical(drive.root().document()), canonical(&built.document));
    assert_eq!(drive.folders().len(), built.folders.len());
    for folder in drive.folders() {
        let expected = built.folders.iter().find(|f| f.id == folder.declared.id).unwrap();
        let outcome = match &folder.outcome {
            FolderOutcome::Loaded(document) => {
                assert_eq!(canonical(document.document()), canonical(expected.document.as_ref().unwrap()));
                Expected::Loaded { read_only: document.read_only() }
            }
            FolderOutcome::Unavailable(why) => Expected::Unavailable(why.code()),
        };
        assert_eq!(outcome, expected.expected);
    }
    let complete = built.folders.iter().all(|f| matches!(f.expected, Expected::Loaded { .. }));
    assert_eq!(matches!(drive, Drive::Complete(_)), complete);
    assert!(receipt.confirmed() || !complete);
    assert_eq!(stage.pinned().into_iter().collect::<Vec<_>>(), built.pin_list());
    assert_eq!(strings(&stage.manifest["pin"]["hashedList"]), built.pin_list());
    check_letters(built, &client).await;
    for team in &built.teams {
        let Drive::Complete(drive) = client.load_team(&team.id).await.unwrap() else { panic!("incomplete") };
        let found: BTreeSet<_> = drive.pin_set().ids().iter().map(ToString::to_string).collect();
        assert_eq!(found, team.pins.iter().cloned().collect());
        // The account owns the first team and is a member of the second: it signs for both.
        assert!(client.sync_pins(&drive.pin_set()).await.unwrap().confirmed());
    }
    client.close().await;
}

async fn check_letters(built: &Built, client: &Client) {
    for expected in &built.mailboxes {
        let mut mailbox = client.mailbox(&expected.name, true).await.unwrap();
        let mut letters = expected.letters.iter();
        while let Some(delivery) = mailbox.next_of_backlog().await {
            let (delivery, letter) = (delivery.unwrap(), letters.next().unwrap());
            assert_eq!(delivery.hash.as_str(), letter.hash);
            assert_eq!(
                (delivery.time, delivery.dismissed),
                (Some(UnixMillis(letter.time)), letter.dismissed)
            );
            let opened = delivery.letter.ok();
            assert_eq!(opened.as_ref().map(|opened| &opened.text), letter.text.as_ref());
            assert_eq!(opened.and_then(|opened| opened.sender.author), letter.author);
        }
        assert_eq!(letters.len(), 0, "{}", expected.name);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_complete_account() {
    let (username, password) = names();
    check(&account(11, 0, Login::Block { username, password })).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_with_folders_that_stay_closed() {
    let (username, password) = names();
    check(&account(12, 5, Login::Block { username, password })).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_from_before_blocks() {
    let (username, password) = names();
    check(&account(13, 0, Login::Legacy { username, password })).await;
}
