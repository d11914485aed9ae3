//! A recorded or made account on a server of its own, whose data directory the test can look into.

use pinfold_client::{Client, Credentials, Deadlines, Options, Policy};
use pinfold_core::drive::complete::{CompleteDrive, Drive, PartialDrive};
use pinfold_core::error::{Code, Error};
use pinfold_core::pin_run::Receipt;
use pinfold_datadir::pin_log::served::Served;
use pinfold_server::faults::FaultFile;
use pinfold_server::{DataOption, Options as ServerOptions, Running, Server, Timing};
use pinfold_testkit::account::Built;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// An id that no recorded drive names: what an earlier drive may have pinned.
pub(crate) const STALE: &str = "5ca1e000000000000000000000000001";

/// An account and its server.
pub(crate) struct Stage {
    pub(crate) server: Running,
    pub(crate) manifest: Value,
    directory: tempfile::TempDir,
}

impl Stage {
    /// An account with a complete drive: three shared folders and a team.
    pub(crate) async fn carol() -> Self {
        Self::start("carol", |_, _| {}, Timing::default()).await
    }

    /// The same; an earlier session pinned everything, and an id that the drive no longer names.
    pub(crate) async fn carol_with_surplus() -> Self {
        Self::carol_with_surplus_and(Timing::default()).await
    }

    pub(crate) async fn carol_with_surplus_and(timing: Timing) -> Self {
        let pins = |manifest: &Value| {
            let mut pins: Vec<String> = strings(&manifest["pin"]["hashedList"]);
            pins.push(STALE.into());
            pins
        };
        let prepare = |data: &Path, manifest: &Value| {
            let line = json!(["PIN", pins(manifest), 1_700_000_000_000_u64]);
            let path = pin_log(data, manifest);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, format!("{line}\n")).unwrap();
        };
        Self::start("carol", prepare, timing).await
    }

    /// The same account; an earlier session pinned one id and let it go.
    #[cfg(feature = "lost")]
    pub(crate) async fn carol_who_let_go() -> Self {
        let prepare = |data: &Path, manifest: &Value| {
            let lines = [
                json!(["PIN", [STALE], 1_700_000_000_000_u64]),
                json!(["UNPIN", [STALE], 1_700_000_001_000_u64]),
            ];
            let path = pin_log(data, manifest);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, lines.map(|line| format!("{line}\n")).concat()).unwrap();
        };
        Self::start("carol", prepare, Timing::default()).await
    }

    /// An account with eight shared folders, one of them restricted to others: never complete.
    pub(crate) async fn fixture() -> Self {
        Self::start("fixture", |_, _| {}, Timing::default()).await
    }

    /// An account of a recorded incident; `prepare` may set its data directory back to an earlier moment.
    pub(crate) async fn incident(name: &str, user: &str, prepare: impl FnOnce(&Path, &Value)) -> Self {
        let directory = tempfile::tempdir().unwrap();
        copy(&account_path("../incidents").join(name), directory.path());
        let path = directory.path().join("manifest.json");
        let manifest: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
        // As the manifest of an account: that of the one user.
        fs::write(path, manifest["users"][user].to_string()).unwrap();
        Self::serve(directory, prepare, Timing::default()).await
    }

    /// An account that was made from a seed and has pinned nothing yet.
    pub(crate) async fn made(built: &Built) -> Self {
        let directory = tempfile::tempdir().unwrap();
        built.write(directory.path()).unwrap();
        Self::serve(directory, |_, _| {}, Timing::default()).await
    }

    async fn start(account: &str, prepare: impl FnOnce(&Path, &Value), timing: Timing) -> Self {
        let directory = tempfile::tempdir().unwrap();
        copy(&account_path(account), directory.path());
        Self::serve(directory, prepare, timing).await
    }

    /// The same account on another server, of whose files something changed meanwhile.
    #[cfg(feature = "lost")]
    pub(crate) async fn served_again(self, change: impl FnOnce()) -> Self {
        self.server.shutdown().await;
        Self::serve(self.directory, |_, _| change(), Timing::default()).await
    }

    async fn serve(
        directory: tempfile::TempDir,
        prepare: impl FnOnce(&Path, &Value),
        timing: Timing,
    ) -> Self {
        let manifest = fs::read_to_string(directory.path().join("manifest.json")).unwrap();
        let manifest: Value = serde_json::from_str(&manifest).unwrap();
        let data = directory.path().join("data");
        prepare(&data, &manifest);
        let options = ServerOptions {
            data: DataOption::Directory { path: data, fresh: false },
            timing,
            ..ServerOptions::default()
        };
        Self { server: Server::start(options).await.unwrap(), manifest, directory }
    }

    /// Puts rules of misbehaviour in force, instead of those before.
    pub(crate) async fn misbehave(&self, rules: Value) {
        let body = json!({ "faults": rules }).to_string();
        FaultFile::parse(&body).unwrap();
        let url = format!("{}/pinfold/faults", self.server.origin());
        let put = http().put(url).header("content-type", "application/json").body(body);
        let answer = put.send().await.unwrap();
        assert!(answer.status().is_success(), "{}", answer.status());
    }

    /// How often each of the rules in force acted.
    #[cfg(feature = "lost")]
    pub(crate) async fn faults_acted(&self) -> Vec<u64> {
        let answer = http().get(format!("{}/pinfold/faults", self.server.origin())).send().await.unwrap();
        let told: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
        told["faults"].as_array().unwrap().iter().map(|rule| rule["acted"].as_u64().unwrap()).collect()
    }

    pub(crate) fn credentials(&self) -> Credentials {
        let text = |field: &str| self.manifest[field].as_str().unwrap();
        Credentials {
            origin: self.server.origin(),
            username: text("username").into(),
            password: text("password").into(),
            otp: None,
            login_salt: String::new(),
        }
    }

    pub(crate) async fn open(&self) -> Client {
        self.try_open(Options::default()).await.unwrap()
    }

    /// A client that may give up what nobody recorded: with others no list is ever replaced here, because each
    /// test is the first start.
    pub(crate) async fn try_open(&self, options: Options) -> Result<Client, Error> {
        let policy = Policy { give_up_unknown: true, ..options.policy };
        Client::open(self.credentials(), Options { policy, ..options }).await
    }

    /// The server's data directory.
    #[cfg(feature = "lost")]
    pub(crate) fn data(&self) -> PathBuf {
        self.directory.path().join("data")
    }

    /// The log of a channel.
    #[cfg(feature = "lost")]
    pub(crate) fn log(&self, channel: &str) -> PathBuf {
        self.data().join("datastore").join(&channel[..2]).join(format!("{channel}.ndjson"))
    }

    /// The server's pin log of the account: every line's command and ids.
    pub(crate) fn pin_log(&self) -> Vec<(String, Vec<String>)> {
        let path = pin_log(&self.directory.path().join("data"), &self.manifest);
        let log = fs::read_to_string(path).unwrap_or_default();
        log.lines()
            .map(|line| {
                let line: Value = serde_json::from_str(line).unwrap();
                (line[0].as_str().unwrap().to_owned(), strings(&line[1]))
            })
            .collect()
    }

    /// How often the log was replaced.
    pub(crate) fn resets(&self) -> usize {
        self.pin_log().iter().filter(|(command, _)| command == "RESET").count()
    }

    /// What the log comes to.
    pub(crate) fn pinned(&self) -> BTreeSet<String> {
        pinned(&pin_log(&self.directory.path().join("data"), &self.manifest))
    }

    /// What the recorded drive names.
    pub(crate) fn expected(&self) -> BTreeSet<String> {
        strings(&self.manifest["pin"]["hashedList"]).into_iter().collect()
    }

    /// Everything that the drive names is pinned, whatever happened.
    pub(crate) fn assert_nothing_lost(&self) {
        let pinned = self.pinned();
        let lost: Vec<String> = self.expected().difference(&pinned).cloned().collect();
        assert!(lost.is_empty(), "lost {lost:?}");
    }

    /// How many messages the account's document has.
    pub(crate) fn messages_of_drive(&self) -> usize {
        let channel = self.manifest["driveChannel"].as_str().unwrap();
        let shelf = self.directory.path().join("data/datastore").join(&channel[..2]);
        fs::read_to_string(shelf.join(format!("{channel}.ndjson"))).unwrap().lines().count()
    }

    /// The channel of one of carol's shared folders.
    pub(crate) fn a_folder(&self) -> String {
        let folders = self.manifest["folders"].as_object().unwrap();
        folders.values().next().unwrap()["channel"].as_str().unwrap().to_owned()
    }
}

pub(crate) fn account_path(account: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/accounts").join(account)
}

fn pin_log(data: &Path, manifest: &Value) -> PathBuf {
    let key = manifest["edPublic"].as_str().unwrap().replace('/', "-");
    data.join("pins").join(&key[..2]).join(format!("{key}.ndjson"))
}

/// What a pin log on disk comes to, as the server reads it.
pub(crate) fn pinned(log: &Path) -> BTreeSet<String> {
    let Ok(log) = fs::read(log) else { return BTreeSet::new() };
    let served = Served::read(log.as_slice()).unwrap();
    assert_eq!(served.damage, []);
    served.log.pins.iter().map(|id| id.to_string_lossy().into_owned()).collect()
}

pub(crate) fn strings(list: &Value) -> Vec<String> {
    list.as_array().unwrap().iter().map(|text| text.as_str().unwrap().to_owned()).collect()
}

pub(crate) fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::write(target, fs::read(entry.path()).unwrap()).unwrap();
        }
    }
}

fn http() -> reqwest::Client {
    // A second installation is refused, and that is fine.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().no_proxy().build().unwrap()
}

/// Little patience with what is silent on purpose.
pub(crate) fn impatient() -> Options {
    let quick = Duration::from_secs(1);
    let deadlines = Deadlines { progress: quick, answer: quick, ..Deadlines::default() };
    Options { deadlines, ..Options::default() }
}

/// Loads and pins as far as it may.
pub(crate) async fn sync(client: &Client) -> Result<(Drive, Receipt), Error> {
    let drive = client.load_drive().await?;
    let receipt = match &drive {
        Drive::Complete(drive) => client.sync_pins(&drive.pin_set()).await?,
        Drive::Partial(_) => client.add_pins(&drive.additions()).await?,
    };
    Ok((drive, receipt))
}

pub(crate) async fn complete(client: &Client) -> CompleteDrive {
    match client.load_drive().await.unwrap() {
        Drive::Complete(drive) => drive,
        Drive::Partial(drive) => panic!("missing: {:?}", reasons(&drive)),
    }
}

/// Why folders are missing.
pub(crate) fn reasons(drive: &PartialDrive) -> Vec<Code> {
    drive.missing().map(|(_, why)| why.code()).collect()
}

/// The fact of that name.
pub(crate) fn detail<'a>(error: &'a Error, key: &str) -> Option<&'a str> {
    error.detail().iter().find(|(k, _)| *k == key).map(|(_, value)| value.as_str())
}

/// Ends with a panic rather than never.
pub(crate) async fn soon<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(120), future).await.expect("it does not end")
}
