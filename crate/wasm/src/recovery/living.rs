//! The account's drives as they are now: read, pinned, written to.

use std::rc::Rc;

use pinfold_core::document::Tables;
use pinfold_core::drive::complete::Drive;
use pinfold_core::drive::edit::Edit;
use pinfold_core::error::{Code, Error};
use pinfold_core::ids::{ChannelId, IdSet, PinId};
use pinfold_core::json::Value;
use pinfold_core::net::synced::SyncedDoc;
use pinfold_core::ports::UnixMillis;
use pinfold_core::session::Session;
use pinfold_core::session::effect::{Outcome, TeamEntry};
use pinfold_core::session::writing::Target;
use web_sys::AbortSignal;

use super::Awaited;
use super::reading::code_of;
use crate::engine::Engine;
use crate::error::to_js;

/// The drives that could be read.
pub(super) struct Living {
    engine: Rc<Engine>,
    pub(super) drive: Drive,
    pub(super) teams: Vec<(String, Drive)>,
}

impl Living {
    /// Reads the drive and the teams. A team that cannot be read is left out: its documents are then not found.
    pub(super) async fn read(engine: &Rc<Engine>, signal: Option<&AbortSignal>) -> Awaited<Self> {
        let drive = load(engine, signal, |session, now| session.load_drive(now)).await?;
        let mut teams = Vec::new();
        for TeamEntry { id, .. } in engine.with_session(Session::teams) {
            let asked = id.clone();
            match load(engine, signal, move |session, now| session.load_team(now, &asked)).await {
                Ok(team) => teams.push((id, team)),
                // The connection or the caller gave up: no team says that.
                Err(error) if !code_of(&error).is_some_and(|code| code.starts_with("team/")) => {
                    return Err(error);
                }
                Err(_) => {}
            }
        }
        Ok(Self { engine: Rc::clone(engine), drive, teams })
    }

    /// All of them, the user's own first.
    pub(super) fn drives(&self) -> impl Iterator<Item = &Drive> {
        [&self.drive].into_iter().chain(self.teams.iter().map(|(_, drive)| drive))
    }

    /// The account's public key, as owners are spelled.
    pub(super) fn own_key(&self) -> Option<String> {
        self.drive.whose().signed_by().map(ToString::to_string)
    }

    fn target(&self, channel: &ChannelId) -> Awaited<Target> {
        let found = self.engine.with_session(|session| session.target_of(channel));
        let absent = || Error::new(Code::EditAbsent, "the document is not in the account as it was read");
        found.ok_or_else(|| to_js(&absent()))
    }

    /// Adds ids to the list of whoever pins for a document, and everything that is named now. Nothing leaves a list. A drive
    /// that belongs to no account has no list.
    pub(super) async fn pin(
        &self,
        channel: &ChannelId,
        ids: &IdSet,
        signal: &Option<AbortSignal>,
    ) -> Awaited<()> {
        let target = self.target(channel)?;
        let drive = match &target {
            Target::Account | Target::Folder(_) => Some(&self.drive),
            Target::Team { id, .. } => self.teams.iter().find(|(team, _)| team == id).map(|(_, drive)| drive),
        };
        // Nothing is written where nobody would pin it: a team's drive that was not loaded.
        let absent = || Error::new(Code::EditAbsent, "the drive that it belongs to is not loaded");
        let drive = drive.ok_or_else(|| to_js(&absent()))?;
        if drive.whose().signed_by().is_none() {
            return Ok(());
        }
        let additions = drive.additions().with(ids.clone());
        let start = Box::new(move |session: &mut Session, now| session.add_pins(now, &additions));
        let refused = match self.engine.run(signal.clone(), start).await? {
            Outcome::Pins(receipt) => receipt.refused.into_iter().find(|refused| ids.contains(&refused.id)),
            _ => None,
        };
        match refused {
            Some(refused) => Err(to_js(&Error::new(
                refused.code,
                "the server does not pin what is to be put back: nothing more was written",
            ))),
            None => Ok(()),
        }
    }

    /// The tables of a document as it was read last.
    pub(super) fn tables(&self, channel: &ChannelId) -> Option<Tables<'_>> {
        self.drives().find_map(|drive| drive.tables_of(channel))
    }

    /// The document of the account or of a team as it was read last.
    pub(super) fn document(&self, channel: &ChannelId) -> Option<&Value> {
        self.drives().map(Drive::root).find(|root| root.channel() == channel).map(SyncedDoc::document)
    }

    /// Takes a channel or file that the account owns away from everybody.
    pub(super) async fn destroy(&self, id: &PinId, signal: &Option<AbortSignal>) -> Awaited<()> {
        let id = id.clone();
        let start = Box::new(move |session: &mut Session, now| session.destroy(now, &id));
        self.engine.run(signal.clone(), start).await.map(drop)
    }

    /// Writes into a document, in one message.
    pub(super) async fn write(
        &self,
        channel: &ChannelId,
        edits: Vec<Edit>,
        signal: &Option<AbortSignal>,
    ) -> Awaited<()> {
        let target = self.target(channel)?;
        let start = Box::new(move |session: &mut Session, now| session.edit(now, target, edits));
        self.engine.run(signal.clone(), start).await.map(drop)
    }
}

pub(super) async fn load(
    engine: &Rc<Engine>,
    signal: Option<&AbortSignal>,
    start: impl FnOnce(&mut Session, UnixMillis) -> Result<pinfold_core::session::effect::Ticket, Error> + 'static,
) -> Awaited<Drive> {
    match engine.run(signal.cloned(), Box::new(start)).await? {
        Outcome::Drive(drive) => Ok(*drive),
        _ => Err(to_js(&Error::new(Code::Internal, "an operation ended as another one"))),
    }
}
