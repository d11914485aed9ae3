//! From nothing to a pinned drive: an account is registered on the embedded server, over sockets.

use pinfold_client::{Client, Credentials, Options, Target};
use pinfold_core::drive::complete::Drive;
use pinfold_core::drive::edit::{Edit, EntryId, Put};
use pinfold_core::error::Code;
use pinfold_core::secret::SecretText;
use pinfold_server::{DataOption, Options as ServerOptions, Server};

const PAD: &str = "/pad/#/2/pad/edit/dwp81vGRSpB96Oh-2xXCwfsl/";
const PAD_CHANNEL: &str = "4f919e08f542b3d817ac196016c3fd87";

#[tokio::test(flavor = "multi_thread")]
async fn an_account_is_registered_filled_pinned_and_opened_again() {
    let directory = tempfile::tempdir().unwrap();
    let data = DataOption::Directory { path: directory.path().join("data"), fresh: false };
    let server = Server::start(ServerOptions { data, ..ServerOptions::default() }).await.unwrap();
    let who = || Credentials {
        origin: server.origin(),
        username: "Nobody Yet".into(),
        password: "long enough".into(),
        otp: None,
        login_salt: String::new(),
    };
    let refused = |result: Result<Client, _>| result.map(drop).unwrap_err();
    let error = refused(Client::open(who(), Options::default()).await);
    assert_eq!(pinfold_core::error::Error::code(&error), Code::LoginRefused);

    let client = Client::register(who(), Options::default()).await.unwrap();
    let key = client.account().ed_public().unwrap().clone();
    let again = refused(Client::register(who(), Options::default()).await);
    assert_eq!(again.code(), Code::LoginTaken);
    let password = Some(SecretText::new("pw".into()));
    let folder = client.create_folder("Together".into(), vec!["shared".into()], password).await.unwrap();
    client.load_drive().await.unwrap();
    let put =
        Put::document(EntryId::new(7).unwrap(), PAD, None, &"Notes".into(), pinfold_core::UnixMillis(1))
            .unwrap();
    client.edit(Target::Folder(folder), vec![Edit::Put(put)]).await.unwrap();
    let Drive::Complete(drive) = client.load_drive().await.unwrap() else { panic!("incomplete") };
    assert!(drive.pin_set().ids().iter().any(|id| id.as_str() == PAD_CHANNEL));
    assert!(client.sync_pins(&drive.pin_set()).await.unwrap().confirmed());
    client.close().await;

    // Names are lower-cased, passwords are not.
    let client = Client::open(Credentials { username: "nobody yet".into(), ..who() }, Options::default());
    let client = client.await.unwrap();
    assert_eq!(client.account().ed_public(), Some(&key));
    let Drive::Complete(seen) = client.load_drive().await.unwrap() else { panic!("incomplete") };
    assert_eq!(seen.pin_set().ids(), drive.pin_set().ids());
    client.close().await;
}

/// A double click: each finds nobody there, and the later block replaces the earlier one.
#[tokio::test(flavor = "multi_thread")]
async fn of_two_at_once_one_is_registered_and_the_other_is_told() {
    let server = Server::start(ServerOptions::default()).await.unwrap();
    let mut tries = tokio::task::JoinSet::new();
    for number in 0..4 {
        let origin = server.origin();
        let who = move || Credentials {
            origin: origin.clone(),
            username: format!("twice {number}").as_str().into(),
            password: "long enough".into(),
            otp: None,
            login_salt: String::new(),
        };
        tries.spawn(async move {
            let (one, two) = tokio::join!(
                Client::register(who(), Options::default()),
                Client::register(who(), Options::default())
            );
            let (client, error) = match (one, two) {
                (Ok(client), Err(error)) | (Err(error), Ok(client)) => (client, error),
                (one, two) => panic!("{:?} {:?}", one.err(), two.err()),
            };
            assert_eq!(error.code(), Code::LoginTaken);
            let opened = Client::open(who(), Options::default()).await.unwrap();
            assert_eq!(opened.account().ed_public(), client.account().ed_public());
        });
    }
    while let Some(done) = tries.join_next().await {
        done.unwrap();
    }
    server.shutdown().await;
}
