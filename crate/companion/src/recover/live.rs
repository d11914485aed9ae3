//! The account on its server: signed in, loaded, pinned first, then written to.

use std::path::Path;

use pinfold_client::{Client, Credentials, Of, Options, Policy, Target};
use pinfold_core::document::{EntryId, Tables};
use pinfold_core::drive::complete::Drive;
use pinfold_core::drive::edit::Edit;
use pinfold_core::error::{Code, Error};
use pinfold_core::guard::vault::Vault;
use pinfold_core::ids::{ChannelId, EdPublic, IdSet, PinId};
use pinfold_core::json::Value;
use pinfold_core::net::synced::SyncedDoc;
use pinfold_core::secret::Password;
use pinfold_core::session::effect::{Answer, Question};
use pinfold_recovery::{Conflict, Investigation, nobody_else};

use super::Account;
use crate::past::{Progress, Wanted, files, over};
use crate::sync::deadlines;

/// A session whose drives were read.
pub(super) struct Live {
    client: Client,
    drive: Drive,
    /// The teams that could be read.
    teams: Vec<(String, Drive)>,
}

impl Live {
    /// Signs in and reads the drive and the teams.
    ///
    /// # Errors
    /// Those of signing in and loading. A team that cannot be read is left out: its documents are then not found.
    pub(super) async fn open(account: &Account, password: &Password) -> Result<Self, Error> {
        // What is added here no other device has to be told of before its next run.
        Self::open_as(account, password, Policy { in_drive: false, ..Policy::default() }).await
    }

    /// As [`Self::open`]; keys that leave are kept in the account's own document as well.
    ///
    /// # Errors
    /// As there.
    pub(super) async fn open_to_delete(account: &Account, password: &Password) -> Result<Self, Error> {
        Self::open_as(account, password, Policy::default()).await
    }

    async fn open_as(account: &Account, password: &Password, policy: Policy) -> Result<Self, Error> {
        let credentials = Credentials {
            origin: account.origin.clone(),
            username: account.user.as_str().into(),
            password: password.clone(),
            otp: None,
            login_salt: account.login_salt.clone(),
        };
        let options = Options {
            deadlines: deadlines(account.patience),
            extra_roots: account.extra_roots()?,
            store: account.state.clone(),
            policy,
            ..Options::default()
        };
        let client = Client::open(credentials, options).await?;
        let drive = client.load_drive().await?;
        let mut live = Self { client, drive, teams: Vec::new() };
        live.load_teams().await?;
        Ok(live)
    }

    /// Reads the histories, as far as is wanted: from a data directory, or over the session itself. A session is opened for that, and where
    /// a device kept keys; then it is handed back.
    ///
    /// # Errors
    /// Those of reading, and of [`Self::open`].
    pub(super) async fn investigate(
        account: &Account,
        password: &Password,
        data: Option<&Path>,
        wanted: Wanted<'_>,
    ) -> Result<(Investigation, Option<Self>), Error> {
        let live = match data {
            Some(_) if account.state.is_none() => None,
            _ => Some(Self::open(account, password).await?),
        };
        match Self::read(account, password, (data, live.as_ref()), wanted).await {
            Ok(read) => Ok((read, live)),
            Err(error) => {
                if let Some(live) = live {
                    live.close().await;
                }
                Err(error)
            }
        }
    }

    async fn read(
        account: &Account,
        password: &Password,
        (data, live): (Option<&Path>, Option<&Self>),
        wanted: Wanted<'_>,
    ) -> Result<Investigation, Error> {
        let vault = match live {
            Some(live) => live.client.vault().await?,
            None => Vault::default(),
        };
        let wanted = Wanted { vault: Some(&vault), ..wanted };
        let mut progress = Progress::new(false);
        let read = match (data, live) {
            (None, Some(live)) => over(&live.client, wanted, &mut progress).await,
            (data, _) => {
                let (user, salt) = (&account.user, &account.login_salt);
                let data = data.unwrap_or(Path::new(""));
                files::investigate(data, user, password, salt, wanted, &mut progress)
            }
        };
        progress.end();
        read
    }

    /// The tables of a document as it was read last.
    pub(super) fn tables(&self, channel: &ChannelId) -> Option<Tables<'_>> {
        let mut drives = self.teams.iter().map(|(_, drive)| drive).chain([&self.drive]);
        drives.find_map(|drive| drive.tables_of(channel))
    }

    /// The document of the account or of a team as it was read last.
    pub(super) fn document(&self, channel: &ChannelId) -> Option<&Value> {
        let roots = self.teams.iter().map(|(_, drive)| drive.root()).chain([self.drive.root()]);
        roots.into_iter().find(|root| root.channel() == channel).map(SyncedDoc::document)
    }

    async fn load_teams(&mut self) -> Result<(), Error> {
        self.teams.clear();
        for team in self.client.teams().await? {
            if let Ok(drive) = self.client.load_team(&team.id).await {
                self.teams.push((team.id, drive));
            }
        }
        Ok(())
    }

    /// All drives that were read, the user's own first.
    pub(super) fn drives(&self) -> impl Iterator<Item = &Drive> {
        std::iter::once(&self.drive).chain(self.teams.iter().map(|(_, drive)| drive))
    }

    /// The account's public key, as owners are spelled.
    pub(super) fn own_key(&self) -> Option<&str> {
        self.client.account().ed_public().map(EdPublic::as_str)
    }

    /// Takes a channel or file that the account owns away from everybody.
    ///
    /// # Errors
    /// Those of [`Client::destroy`].
    pub(super) async fn destroy(&self, id: &PinId) -> Result<(), Error> {
        self.client.destroy(id).await
    }

    /// Reads again: a folder may have come back.
    pub(super) async fn reload(&mut self) -> Result<(), Error> {
        self.drive = self.client.load_drive().await?;
        self.load_teams().await
    }

    /// The document of a channel, and whose pins are due for it.
    fn find(&self, channel: &ChannelId) -> Option<(Target, &Drive)> {
        let folder = |drive: &Drive| -> Option<EntryId> {
            let mut folders = drive.folders().iter().map(|folder| &folder.declared);
            let opens = folders
                .find(|declared| declared.opens.as_ref().is_some_and(|opens| opens.channel == *channel));
            EntryId::parse(&opens?.id)
        };
        if self.drive.root().channel() == channel {
            return Some((Target::Account, &self.drive));
        }
        if let Some(id) = folder(&self.drive) {
            return Some((Target::Folder(id), &self.drive));
        }
        self.teams.iter().find_map(|(id, drive)| {
            let inner = folder(drive);
            let is_team = drive.root().channel() == channel;
            (is_team || inner.is_some())
                .then(|| (Target::Team { id: id.clone(), folder: inner.filter(|_| !is_team) }, drive))
        })
    }

    /// Whether the log that the server has of a channel goes on where the archived copy ended.
    ///
    /// # Errors
    /// Those of reading a history; `peer/malformed` where the server left out its end.
    pub(super) async fn is_back(&self, conflict: &Conflict) -> Result<bool, Error> {
        let mut is_back = false;
        let of = Of::Channel(conflict.channel.clone());
        let read = self.client.history(&of, None, |page| {
            is_back |= conflict.is_back(page.lines.iter().map(|line| &*line.text));
        });
        if read.await?.cut_off {
            return Err(Error::new(Code::PeerMalformed, "the server left out the end of a history"));
        }
        Ok(is_back)
    }

    /// Makes sure that no other client has a channel open.
    ///
    /// # Errors
    /// `edit/in-use`; `folder/restricted`, `net/*`.
    pub(super) async fn check_alone(&self, channel: &ChannelId) -> Result<(), Error> {
        match self.client.question(Question::Members(channel.clone())).await? {
            Answer::Members(others) => nobody_else(others),
            _ => Err(Error::new(Code::Internal, "an answer to another question")),
        }
    }

    /// Adds ids to the list of whoever pins for a document, and everything that is named now. Nothing leaves a list.
    ///
    /// # Errors
    /// `edit/absent` for a document that was not found; `pins/*`; `pins/over-limit` when the server did not take all of it.
    pub(super) async fn pin(&self, channel: &ChannelId, ids: &IdSet) -> Result<(), Error> {
        let (_, drive) = self.find(channel).ok_or_else(not_found)?;
        let receipt = self.client.add_pins(&drive.additions().with(ids.clone())).await?;
        let refused = receipt.refused.into_iter().find(|refused| ids.contains(&refused.id));
        match refused {
            Some(refused) => Err(Error::new(refused.code, "the server does not pin what is to be put back")),
            None => Ok(()),
        }
    }

    /// Writes into a document, in one message.
    ///
    /// # Errors
    /// `edit/absent` for a document that was not found; those of an edit.
    pub(super) async fn write(&self, channel: &ChannelId, edits: Vec<Edit>) -> Result<(), Error> {
        let (target, _) = self.find(channel).ok_or_else(not_found)?;
        self.client.edit(target, edits).await
    }

    pub(super) async fn close(self) {
        self.client.close().await;
    }
}

fn not_found() -> Error {
    Error::new(Code::EditAbsent, "the document is not in the account as it was read")
}
