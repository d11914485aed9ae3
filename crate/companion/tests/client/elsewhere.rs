//! What the user deletes with another client, as the command line meets it: the other client's own list stands, and
//! what went by accident is put back and said.

use crate::cli::{Run, assert_transcript_at, run};
use crate::support::pinned;
use pinfold_client::{Client, Credentials, Options, Policy, Target};
use pinfold_core::drive::complete::Drive;
use pinfold_core::drive::edit::{Edit, EntryId, Put};
use pinfold_server::{DataOption, Options as ServerOptions, Running, Server};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

const KEYS: [&str; 5] = ["a", "b", "c", "d", "e"];

/// An account with five documents, and its server, which is started anew now and then.
struct Home {
    directory: tempfile::TempDir,
    server: Running,
    key: String,
}

async fn start(directory: &tempfile::TempDir) -> Running {
    let data = DataOption::Directory { path: directory.path().join("data"), fresh: false };
    Server::start(ServerOptions { data, ..ServerOptions::default() }).await.unwrap()
}

/// A client that leaves no note: any other client of the account.
fn other() -> Options {
    Options { policy: Policy { in_drive: false, ..Policy::default() }, ..Options::default() }
}

impl Home {
    async fn make() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let server = start(&directory).await;
        let client = Client::register(credentials(&server), other()).await.unwrap();
        let key = client.account().ed_public().unwrap().as_str().to_owned();
        client.load_drive().await.unwrap();
        let put = |(at, name): (usize, &&str)| {
            let link = format!("/pad/#/2/pad/edit/{}wp81vGRSpB96Oh-2xXCwfsl/", name);
            let id = EntryId::new(u64::try_from(at).unwrap() + 1).unwrap();
            Edit::Put(Put::document(id, &link, None, &(*name).into(), pinfold_core::UnixMillis(1)).unwrap())
        };
        client.edit(Target::Account, KEYS.iter().enumerate().map(put).collect()).await.unwrap();
        client.close().await;
        Self { directory, server, key }
    }

    fn pin_log(&self) -> PathBuf {
        let key = self.key.replace('/', "-");
        self.directory.path().join("data/pins").join(&key[..2]).join(format!("{key}.ndjson"))
    }

    fn pinned(&self) -> BTreeSet<String> {
        pinned(&self.pin_log())
    }

    /// The other client makes its edits, and brings the list to what it sees, as CryptPad's client does when it starts.
    async fn elsewhere(self, edits: Vec<Vec<Edit>>) -> Self {
        let client = Client::open(credentials(&self.server), other()).await.unwrap();
        client.load_drive().await.unwrap();
        for edits in edits {
            client.edit(Target::Account, edits).await.unwrap();
        }
        let Drive::Complete(drive) = client.load_drive().await.unwrap() else { panic!("incomplete") };
        let list: Vec<Value> = drive.pin_set().tagged().iter().map(|id| json!(id.as_str())).collect();
        client.close().await;
        let path = self.pin_log();
        let Self { directory, server, key } = self;
        server.shutdown().await;
        let line = json!(["RESET", list, 1_900_000_000_000_u64]);
        let log = fs::read_to_string(&path).unwrap();
        fs::write(path, format!("{log}{line}\n")).unwrap();
        Self { server: start(&directory).await, directory, key }
    }

    async fn sync(&self, more: &[&str]) -> Run {
        let origin = self.server.origin();
        let mut arguments = vec!["sync", "--origin", &origin, "--user", "somebody", "--mailbox", "none"];
        arguments.extend(more);
        run(arguments.into_iter().map(str::to_owned).collect(), Some("long enough")).await
    }
}

fn credentials(server: &Running) -> Credentials {
    Credentials {
        origin: server.origin(),
        username: "somebody".into(),
        password: "long enough".into(),
        otp: None,
        login_salt: String::new(),
    }
}

fn entries(numbers: [u64; 3]) -> Vec<EntryId> {
    numbers.map(|number| EntryId::new(number).unwrap()).into()
}

/// Into the trash, and the trash emptied: the other client's list stands, whoever starts next and how often.
#[tokio::test(flavor = "multi_thread")]
async fn what_another_client_deleted_is_not_put_back() {
    let home = Home::make().await;
    let first = home.sync(&[]).await;
    assert_eq!(first.code, 0, "{}", first.stdout);
    let before = home.pinned();
    let gone = entries([1, 2, 3]);
    let removals = gone.iter().map(|entry| Edit::Remove { entry: *entry }).collect();
    let mut home = home.elsewhere(vec![removals, vec![Edit::EmptyTrash { entries: gone }]]).await;
    let theirs = home.pinned();
    assert_eq!(theirs.len() + 3, before.len());
    for _ in 0..2 {
        let run = home.sync(&[]).await;
        assert_eq!(home.pinned(), theirs, "{}", run.stdout);
        assert_eq!(run.code, 0, "{}", run.stdout);
        assert!(run.stdout.contains("exactly these already"), "{}", run.stdout);
        assert!(run.stdout.contains("Removed by a client of yours"), "{}", run.stdout);
        home = home.elsewhere(Vec::new()).await;
    }
    let json = home.sync(&["--json", "--plan"]).await.result();
    assert_eq!(
        (&json["outcome"], json["plan"]["retained"].as_array().map(Vec::len)),
        (&json!("planned"), Some(3))
    );
    assert!(json["plan"]["retained"].as_array().unwrap().iter().all(|kept| kept["own"] == true));
}

/// Erased at once from where they stood: that looks like an accident. They are put back, that is said, and they go only
/// with consent.
#[tokio::test(flavor = "multi_thread")]
async fn what_left_as_by_accident_is_put_back_and_said() {
    let home = Home::make().await;
    assert_eq!(home.sync(&[]).await.code, 0);
    let before = home.pinned();
    let erased = entries([1, 2, 3]).into_iter().map(|entry| Edit::Erase { entry }).collect();
    let home = home.elsewhere(vec![erased]).await;
    let log = fs::read_to_string(home.pin_log()).unwrap();
    let plan = home.sync(&["--plan"]).await;
    assert_eq!(plan.code, 0, "{}", plan.stdout);
    assert_eq!(fs::read_to_string(home.pin_log()).unwrap(), log, "nothing was sent");
    let run = home.sync(&[]).await;
    assert_eq!((run.code, home.pinned()), (5, before.clone()), "{}", run.stdout);
    assert!(!run.stdout.contains("exactly"), "{}", run.stdout);
    let result = home.sync(&["--json"]).await.result();
    assert_eq!((&result["outcome"], &result["confirmed"]), (&json!("retained"), &json!(true)));
    assert_eq!((&result["pins"]["retained"], &result["plan"]["needsConsent"]), (&json!(3), &json!(true)));
    let digest = result["plan"]["digest"].as_str().unwrap().to_owned();
    assert!(plan.stdout.contains(&digest) && run.stdout.contains(&digest), "{}", plan.stdout);
    let stale = home.sync(&["--consent", "another"]).await;
    assert_eq!(stale.code, 1);
    assert!(stale.stderr.contains("pins/stale-consent"), "{}", stale.stderr);
    let agreed = home.sync(&["--consent", &digest]).await;
    assert_eq!((agreed.code, home.pinned()), (5, before), "{}", agreed.stdout);
    assert!(agreed.stdout.contains("it may go after"), "{}", agreed.stdout);
    assert_transcript_at("retained", &home.server.origin(), &run, &|text| masked(text));
}

/// Ids and hashes, which are new each time, as dots.
fn masked(text: &str) -> String {
    let long = |word: &&str| word.len() >= 32 && !word.contains('/') || word.len() == 88;
    let mut masked = text.to_owned();
    for word in text.split_whitespace().filter(long) {
        masked = masked.replace(word, &"·".repeat(8));
    }
    masked
}
