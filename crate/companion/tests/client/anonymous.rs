//! A drive that belongs to no account, over sockets.

use crate::support::Stage;
use pinfold_client::{Client, Options};
use pinfold_core::drive::complete::Drive;
use pinfold_core::error::Code;
use pinfold_core::secret::SecretText;
use pinfold_testkit::account::{Built, Login, Plan, Variety, build_with};

pub(crate) fn anonymous() -> Built {
    let plan = Plan { seed: 31, documents: 6, folders: 2, per_folder: 3 };
    build_with(plan, &Variety { login: Login::Anonymous, ..Variety::default() }).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn it_opens_by_its_link_and_is_complete_and_never_pinned() {
    let built = anonymous();
    let stage = Stage::made(&built).await;
    let link = SecretText::new(built.user_hash().to_owned());
    let client = Client::open_anonymous(stage.server.origin(), link, Options::default()).await.unwrap();
    assert!(client.account().ed_public().is_none());
    let Drive::Complete(drive) = client.load_drive().await.unwrap() else { panic!("incomplete") };
    let ids: Vec<_> = drive.pin_set().ids().iter().map(ToString::to_string).collect();
    assert_eq!(ids, built.pin_list());
    let error = client.sync_pins(&drive.pin_set()).await.unwrap_err();
    assert_eq!(error.code(), Code::DriveAnonymous);
    assert!(stage.pin_log().is_empty());
    client.close().await;
}
