//! An account that was made from a seed, and its server, whose data directory can be damaged before it starts.

use crate::device::get;
use crate::other::Other;
use pinfold_client::{Client, Deadlines, Options};
use pinfold_core::drive::complete::Drive;
use pinfold_core::error::Error;
use pinfold_datadir::pin_log::served::Served;
use pinfold_server::faults::FaultFile;
use pinfold_server::{DataOption, Options as ServerOptions, Running, Server};
use pinfold_testkit::account::{Built, Login, Plan, Variety, build_with};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs;
use std::io::Write as _;
use std::path::PathBuf;
use std::time::Duration;

/// An id that the drive no longer names, so that there is a reason to replace the list.
const STALE: &str = "5ca1e000000000000000000000000001";
/// The folder that everything happens to.
const FOLDER: usize = 1;
/// How long a channel or call may be silent, in milliseconds.
pub(crate) const PATIENCE: u64 = 1000;

/// The data directory, before the server starts.
pub(crate) struct Disk {
    pub(crate) built: Built,
    directory: tempfile::TempDir,
    /// What a client keeps on its device.
    device: Option<tempfile::TempDir>,
}

/// The account and its running server.
pub(crate) struct Stage {
    pub(crate) built: Built,
    pub(crate) server: Running,
    /// Documents of the drive itself that no earlier session pinned.
    pub(crate) new: Vec<String>,
    directory: tempfile::TempDir,
    device: Option<tempfile::TempDir>,
}

impl Disk {
    /// Three folders of sixteen documents, five letters. Earlier sessions pinned everything that is in folders.
    pub(crate) fn make() -> Self {
        let plan = Plan { seed: 48, documents: 3, folders: 3, per_folder: 16 };
        let login = Login::Block { username: "dora".into(), password: "a pässword".into() };
        let built = build_with(plan, &Variety { letters: 5, login, ..Variety::default() }).unwrap();
        let directory = tempfile::tempdir().unwrap();
        built.write(directory.path()).unwrap();
        let disk = Self { built, directory, device: None };
        disk.pin_before();
        disk
    }

    /// An earlier session read the drive and kept the logs of its channels. Since then another device has added a
    /// document to the folder and pinned it: what was kept is stale. Returns the document.
    pub(crate) async fn after_a_session(mut self) -> (Self, String) {
        self.device = Some(tempfile::tempdir().unwrap());
        let stage = self.serve().await;
        let client = stage.open().await.unwrap();
        assert!(matches!(client.load_drive().await.unwrap(), Drive::Complete(_)));
        client.close().await;
        let mut other = Other::connect(&stage, FOLDER).await;
        let added = other.make(6_666_666);
        other.write().await;
        other.pin(&added).await;
        drop(other);
        stage.server.shutdown().await;
        let Stage { built, directory, device, .. } = stage;
        let kept = fs::read_dir(device.as_ref().unwrap().path()).unwrap();
        let logs =
            kept.filter(|file| file.as_ref().unwrap().file_name().to_string_lossy().starts_with("log-"));
        assert!(logs.count() > built.folders.len(), "a log of each folder and of the drive");
        (Self { built, directory, device }, added)
    }

    /// Everything in folders, the folders, and an id that the drive no longer names.
    fn pin_before(&self) {
        let new = self.newest();
        let mut pinned: Vec<&str> =
            self.built.pins.iter().filter(|id| !new.contains(id)).map(String::as_str).collect();
        pinned.push(STALE);
        let path = self.pin_log();
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, format!("{}\n", json!(["PIN", pinned, 1_700_000_000_000_u64]))).unwrap();
    }

    /// Two documents of the drive itself.
    fn newest(&self) -> Vec<String> {
        let folders = self.built.folders.iter();
        let inside: BTreeSet<&String> =
            folders.flat_map(|f| f.documents.iter().chain([&f.channel])).collect();
        self.built.pins.iter().filter(|id| !inside.contains(id)).skip(1).take(2).cloned().collect()
    }

    /// The channel of the folder that everything happens to.
    pub(crate) fn folder(&self) -> String {
        self.built.folders[FOLDER].channel.clone()
    }

    /// The channel of the mailbox.
    pub(crate) fn mailbox(&self) -> String {
        let mut boxes = self.built.mailboxes.iter();
        boxes.find(|mailbox| mailbox.name == "notifications").unwrap().channel.clone()
    }

    /// The folder's log.
    pub(crate) fn log(&self) -> PathBuf {
        self.log_of(&self.folder())
    }

    fn log_of(&self, channel: &str) -> PathBuf {
        self.directory.path().join("data/datastore").join(&channel[..2]).join(format!("{channel}.ndjson"))
    }

    /// Changes the lines of the folder's log.
    pub(crate) fn damage(&self, change: impl FnOnce(&mut Vec<String>)) {
        self.damage_log(&self.folder(), change);
    }

    /// Changes the lines of a channel's log.
    pub(crate) fn damage_log(&self, channel: &str, change: impl FnOnce(&mut Vec<String>)) {
        let log = fs::read_to_string(self.log_of(channel)).unwrap();
        let mut lines: Vec<String> = log.lines().map(str::to_owned).collect();
        change(&mut lines);
        fs::write(self.log_of(channel), lines.join("\n") + "\n").unwrap();
    }

    /// The writing of one more line was interrupted.
    pub(crate) fn tear_pin_log(&self) {
        let mut log = fs::OpenOptions::new().append(true).open(self.pin_log()).unwrap();
        log.write_all(b"[\"PIN\",[\"0123456789").unwrap();
    }

    fn pin_log(&self) -> PathBuf {
        pin_log(&self.directory, &self.built)
    }

    pub(crate) async fn serve(self) -> Stage {
        let data = DataOption::Directory { path: self.directory.path().join("data"), fresh: false };
        let server = Server::start(ServerOptions { data, ..ServerOptions::default() }).await.unwrap();
        Stage {
            new: self.newest(),
            built: self.built,
            server,
            directory: self.directory,
            device: self.device,
        }
    }
}

impl Stage {
    pub(crate) async fn misbehave(&self, rules: &Value) {
        let file = FaultFile::parse(&json!({ "faults": rules }).to_string()).unwrap();
        self.server.set_faults(file.faults).await.unwrap();
    }

    /// Comes back once a rule has acted.
    pub(crate) async fn until_held(&self) {
        let faults = format!("{}/pinfold/faults", self.server.origin());
        while !get(&faults).await.text().await.unwrap().contains(r#""acted":1"#) {
            tokio::task::yield_now().await;
        }
    }

    pub(crate) async fn open(&self) -> Result<Client, Error> {
        let patience = Duration::from_millis(PATIENCE);
        let deadlines = Deadlines { progress: patience, answer: patience, ..Deadlines::default() };
        let credentials = self.built.credentials(&self.server.origin()).unwrap();
        // The harder case: a list may be replaced although this is the first start and nothing is on record.
        let store = self.device.as_ref().map(|device| device.path().to_owned());
        Client::open(credentials, Options { deadlines, store, ..Options::default() }).await
    }

    /// The server's own log of what changed the list: commands and ids.
    pub(crate) fn pin_log(&self) -> Vec<(String, Vec<String>)> {
        let log = fs::read_to_string(pin_log(&self.directory, &self.built)).unwrap();
        // A torn line is what the server makes of it: nothing.
        let lines = log.lines().filter_map(|line| serde_json::from_str(line).ok());
        lines.map(|(command, ids, _): (String, Vec<String>, u64)| (command, ids)).collect()
    }

    /// What the log comes to.
    pub(crate) fn pinned(&self) -> BTreeSet<String> {
        let log = fs::read(pin_log(&self.directory, &self.built)).unwrap();
        let served = Served::read(log.as_slice()).unwrap();
        served.log.pins.iter().map(|id| id.to_string_lossy().into_owned()).collect()
    }

    /// The channels that have a log.
    pub(crate) fn channels(&self) -> BTreeSet<PathBuf> {
        let list = |path: PathBuf| fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path());
        list(self.directory.path().join("data/datastore")).flat_map(list).collect()
    }

    pub(crate) fn letters(&self) -> usize {
        self.built.mailboxes.iter().find(|mailbox| mailbox.name == "notifications").unwrap().letters.len()
    }
}

fn pin_log(directory: &tempfile::TempDir, built: &Built) -> PathBuf {
    let key = built.ed_public.replace('/', "-");
    directory.path().join("data/pins").join(&key[..2]).join(format!("{key}.ndjson"))
}
