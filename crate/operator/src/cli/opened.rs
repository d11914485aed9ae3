//! Which store a command is about, and by which times it is judged.

use super::Failed;
use super::going::Shown;
use clap::Args;
use pinfold_datadir::config::{Config, Plain};
use pinfold_datadir::decrees::Decrees;
use pinfold_datadir::disk::read_if_there;
use pinfold_datadir::paths::Paths;
use pinfold_datadir::real::RealDisk;
use pinfold_operator::clock::{Clock, RealClock};
use pinfold_operator::policy::{Policy, PolicyError};
use std::path::PathBuf;

/// What of the configuration `--set` can replace.
const SETTINGS: [&str; 10] = [
    "filePath",
    "archivePath",
    "pinPath",
    "taskPath",
    "blockPath",
    "blobPath",
    "decreePath",
    "inactiveTime",
    "archiveRetentionTime",
    "accountRetentionTime",
];

/// Which store.
#[derive(Debug, Args)]
pub(crate) struct Store {
    /// The folder in which the server is started: relative paths begin there
    #[arg(long, global = true, default_value = ".")]
    base: PathBuf,
    /// CryptPad's configuration file [default: config/config.js below the base]
    #[arg(long, global = true)]
    config: Option<PathBuf>,
    /// A setting in place of the one in the configuration file, as NAME=VALUE: a path (pinPath=/srv/pins) or a number of days
    /// (inactiveTime=120). Decrees override it, as they override the file
    #[arg(long = "set", global = true, value_name = "NAME=VALUE")]
    settings: Vec<String>,
    /// Say that this store has no pin logs: without them nobody wants anything
    #[arg(long, global = true)]
    pub(crate) no_pin_logs: bool,
    /// Print JSON
    #[arg(long, global = true)]
    pub(crate) json: bool,
}

/// A store that can be looked at.
pub(crate) struct Opened {
    pub(crate) paths: Paths,
    /// Judged only where it is needed: a hold that is set by decree makes figures on purpose that no run accepts.
    policy: Result<Policy, PolicyError>,
    pub(crate) now: i64,
    pub(crate) clock: RealClock,
    pub(crate) going: Shown,
}

impl Opened {
    pub(crate) fn policy(&self) -> Result<&Policy, Failed> {
        self.policy.as_ref().map_err(Failed::refused)
    }
}

pub(super) fn open(store: &Store) -> Result<Opened, Failed> {
    let file = store.config.clone().unwrap_or_else(|| store.base.join("config/config.js"));
    let text = std::fs::read_to_string(&file)
        .map_err(|error| Failed::Refused(format!("{}: {error}", file.display())))?;
    let mut config =
        Config::read(&text).map_err(|error| Failed::Refused(format!("{}: {error}", file.display())))?;
    for setting in &store.settings {
        let (name, value) =
            setting.split_once('=').filter(|(name, _)| SETTINGS.contains(name)).ok_or_else(|| {
                Failed::Usage(format!("{setting}: one of {} and a value", SETTINGS.join("=, ") + "="))
            })?;
        // What is no number is a text, and where a number belongs that is refused.
        let value = value.parse().map_or_else(|_| Plain::Text(value.into()), Plain::Number);
        config.set(name, value);
    }
    if config.get("pinPath").is_none_or(|path| *path == Plain::Text(String::new())) {
        // Two programs of CryptPad have two defaults for this one path; guessing is how a run without pins begins.
        return Err(Failed::Refused(format!(
            "{} does not say where the pin logs lie: set pinPath",
            file.display()
        )));
    }
    let paths = config.paths(&store.base).map_err(Failed::refused)?.with_links_followed();
    let decrees = read_if_there(&RealDisk, &paths.decree_log(), 1 << 28).map_err(Failed::refused)?;
    let policy = Policy::of(&config, &Decrees::read(&decrees.unwrap_or_default()));
    let clock = RealClock::default();
    let going = Shown::begin().map_err(Failed::refused)?;
    Ok(Opened { paths, policy, now: clock.wall(), clock, going })
}
