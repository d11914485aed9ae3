//! A line so slow that one frame takes longer than anybody waits for an answer.

use crate::support::Stage;
use pinfold_client::{Client, Credentials, Deadlines, Options};
use pinfold_core::drive::complete::Drive;
use pinfold_testkit::account::{Login, Plan, Variety, build_with};
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// Of one read, and the rest after each.
const PIECE: usize = 8 * 1024;
const REST: Duration = Duration::from_millis(100);

/// Hands on what comes, what the server says slowly.
async fn slow(server: SocketAddr) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let onward = TcpStream::connect(server).await.unwrap();
            let (mut from_client, mut to_client) = client.into_split();
            let (mut from_server, mut to_server) = onward.into_split();
            tokio::spawn(async move { drop(tokio::io::copy(&mut from_client, &mut to_server).await) });
            tokio::spawn(async move {
                let mut piece = vec![0; PIECE];
                while let Ok(bytes) = from_server.read(&mut piece).await {
                    if bytes == 0 || to_client.write_all(&piece[..bytes]).await.is_err() {
                        return;
                    }
                    if bytes > PIECE / 2 {
                        tokio::time::sleep(REST).await;
                    }
                }
            });
        }
    });
    address
}

#[tokio::test(flavor = "multi_thread")]
async fn a_frame_that_takes_longer_than_patience_is_waited_for() {
    let login = Login::Block { username: "slow".into(), password: "pässword".into() };
    let plan = Plan { seed: 31, documents: 1200, folders: 1, per_folder: 1 };
    let built = build_with(plan, &Variety { login, ..Variety::default() }).unwrap();
    let largest = built.server.channels.values().flat_map(|log| &log.messages).map(|m| m.message.len()).max();
    // Of the patience below, several times over.
    let least = 3 * PIECE * 12;
    assert!(largest.unwrap() > least, "{largest:?}, {least}");
    let stage = Stage::made(&built).await;
    let address = slow(stage.server.addr).await;
    let deadlines = Deadlines {
        progress: Duration::from_millis(1_200),
        answer: Duration::from_millis(1_200),
        ..Deadlines::default()
    };
    let credentials = Credentials { origin: format!("http://{address}"), ..stage.credentials() };
    let client = Client::open(credentials, Options { deadlines, ..Options::default() }).await.unwrap();
    assert!(matches!(client.load_drive().await.unwrap(), Drive::Complete(_)));
    client.close().await;
}
