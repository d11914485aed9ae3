//! Where histories come from: an operator's files, or a live server. `lost`, `history` and `affected` read there and write
//! nothing.

pub(crate) mod affected;
pub(crate) mod files;
pub(crate) mod history;
mod live;
mod notice;
mod progress;
mod words;

use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::time::Duration;

use pinfold_client::trust::certificates;
use pinfold_client::{Client, Credentials, Options, Policy};
use pinfold_core::Username;
use pinfold_core::error::{Code, Error};
use pinfold_core::guard::vault::Vault;
use pinfold_core::secret::Password;
use pinfold_recovery::{Investigation, Moment, Need, Presence, Reading};

pub(crate) use live::over;
pub(crate) use notice::read as read_notice;
pub(crate) use progress::Progress;
pub(crate) use words::{date, moment};

use crate::sync::{deadlines, secrets};

/// Whose account it is, and from where its histories are read.
#[derive(Debug, clap::Args)]
#[command(group = clap::ArgGroup::new("source").args(["data", "origin"]).required(true))]
pub(crate) struct Source {
    /// The server's data directory: the folder that holds `datastore` and `block`
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Or the instance itself, as its pages are addressed: https://pad.example.org
    #[arg(long, value_name = "URL")]
    origin: Option<String>,
    /// The account's name, as typed when logging in
    #[arg(long, value_name = "NAME")]
    user: String,
    /// The instance's own salt for log-ins, if its operator has set one
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    login_salt: String,
    /// With --origin: how long to wait for each next sign of progress
    #[arg(long, value_name = "DURATION", default_value = "30s", value_parser = humantime::parse_duration)]
    patience: Duration,
    /// With --origin: trust the certificates in this PEM file besides the system's
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
}

/// Whoever is told how far a reading is.
pub(crate) trait Hears {
    /// A line was read.
    fn line(&mut self, reading: &Reading, moment: Moment);

    /// So many of the questions to the server were answered.
    fn answered(&mut self, answered: usize, asked: usize);
}

/// What of an account's past is read.
#[derive(Clone, Copy, Default)]
pub(crate) struct Wanted<'w> {
    /// The keys that this device kept, where a session knows them.
    pub(crate) vault: Option<&'w Vault>,
    /// The tag that is followed, if one is.
    pub(crate) tag: Option<&'w str>,
    /// What the server is asked for as well.
    pub(crate) need: Need,
}

impl Source {
    /// Reads everything that the account ever named.
    ///
    /// # Errors
    /// `misuse/bad-argument`, `login/*`, `block/*`, `drive/unreadable`; of a live server also `net/*` and `peer/*`.
    pub(crate) async fn investigate(
        &self,
        need: Need,
        state: Option<&Path>,
        heard: &mut dyn Hears,
    ) -> Result<Investigation, Error> {
        let wanted = Wanted { need, ..Wanted::default() };
        match (&self.data, &self.origin) {
            (Some(data), _) => {
                let password = secrets::password_for(&self.user, &data.display().to_string())?;
                files::investigate(data, &self.user, &password, &self.login_salt, wanted, heard)
            }
            (None, origin) => {
                let origin = origin.as_deref().unwrap_or_default();
                let password = secrets::password_for(&self.user, origin)?;
                let client = self.client(origin, password, state).await?;
                let investigation = self.read_over(&client, wanted, state.is_some(), heard).await;
                client.close().await;
                investigation
            }
        }
    }

    async fn read_over(
        &self,
        client: &Client,
        wanted: Wanted<'_>,
        remembers: bool,
        heard: &mut dyn Hears,
    ) -> Result<Investigation, Error> {
        if !remembers {
            return over(client, wanted, heard).await;
        }
        // What this device knew is known once the drive is read, and what left since its last look is kept as well.
        drop(client.load_drive().await?);
        let vault = client.vault().await?;
        over(client, Wanted { vault: Some(&vault), ..wanted }, heard).await
    }

    async fn client(&self, origin: &str, password: Password, state: Option<&Path>) -> Result<Client, Error> {
        let credentials = Credentials {
            origin: origin.to_owned(),
            username: Username::from(self.user.as_str()),
            password,
            otp: None,
            login_salt: self.login_salt.clone(),
        };
        let options = Options {
            deadlines: deadlines(self.patience),
            extra_roots: self.ca.as_deref().map_or_else(|| Ok(Vec::new()), certificates)?,
            store: state.map(Path::to_owned),
            // It only reads.
            policy: Policy { in_drive: false, ..Policy::default() },
            ..Options::default()
        };
        Client::open(credentials, options).await
    }
}

/// Follows a tag, if one is given, and knows what the vault keeps.
fn asked(investigation: Investigation, wanted: Wanted<'_>) -> Investigation {
    let mut investigation = match wanted.tag {
        Some(tag) => investigation.watch(tag),
        None => investigation,
    };
    if let Some(vault) = wanted.vault {
        investigation.vault(vault.clone());
    }
    investigation
}

/// Without the drive there are no losses either: that would look as if nothing was lost.
fn with_drive(investigation: &Investigation) -> Result<(), Error> {
    let drive = investigation.documents().first().and_then(|drive| drive.live.as_ref());
    if drive.is_none_or(|drive| drive.unread >= drive.lines) {
        let message = "there is no log of the account's drive, or no line of it opens";
        return Err(Error::new(Code::DriveUnreadable, message));
    }
    Ok(())
}

/// The title of an entry as it is or was last.
pub(crate) fn title(presence: &Presence) -> Option<String> {
    presence.title().map(Cow::into_owned)
}

/// The channel of an entry. Whoever writes in a folder may put any text in its place.
pub(crate) fn channel(presence: &Presence) -> Option<String> {
    let channel = presence.entry().channel()?;
    Some(crate::sync::printable::printable(&channel.to_string_lossy(), 60))
}
