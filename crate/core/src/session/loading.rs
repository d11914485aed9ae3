//! Loading a drive and its folders, the user's or a team's.

use crate::drive::complete::Whose;
use crate::drive::team::Team;
use crate::error::Error;
use crate::net::document::{DocumentReader, SyncedDoc};
use crate::ports::UnixMillis;
use crate::session::Session;
use crate::session::effect::{Outcome, TeamEntry, Ticket};
use crate::session::folders::LoadRun;
use crate::session::news::News;
use crate::session::operation::{Operation, Progress};
use crate::session::parts::Parts;
use crate::session::scope::Scope;

/// See the module. `run` is `None` until the document that declares the folders is followed.
#[derive(Debug)]
struct Loading {
    scope: Scope,
    run: Option<LoadRun>,
}

impl Session {
    /// Loads every declared folder. Ends with [`Outcome::Drive`]. A second call reads again only what is
    /// missing: what was read to its end is followed, and as new as the connection.
    ///
    /// # Errors
    /// `misuse/*` at once; `drive/unreadable`, `net/*`, `peer/*` at the end. A folder that cannot be read
    /// is no error but a [`PartialDrive`](crate::drive::complete::PartialDrive).
    pub fn load_drive(&mut self, now: UnixMillis) -> Result<Ticket, Error> {
        self.start_load(now, Scope::User)
    }

    /// As [`Session::load_drive`], for a team: its document, its roster and its folders. It touches neither
    /// the user's drive nor another team's. `id` is the team's key in the account document.
    ///
    /// # Errors
    /// `misuse/*` at once; `team/*`, `drive/unreadable`, `net/*`, `peer/*` at the end.
    pub fn load_team(&mut self, now: UnixMillis, id: &str) -> Result<Ticket, Error> {
        self.start_load(now, Scope::Team(id.to_owned()))
    }

    /// The teams that the account document names now.
    pub fn teams(&mut self) -> Vec<TeamEntry> {
        let Some(root) = self.parts.document() else { return Vec::new() };
        let document = root.document();
        let entry = |id: String| TeamEntry { name: Team::name_of(document, &id), id };
        Team::ids(document).into_iter().map(entry).collect()
    }

    fn start_load(&mut self, now: UnixMillis, scope: Scope) -> Result<Ticket, Error> {
        self.check_ready()?;
        self.parts.retry_unavailable();
        self.parts.ask_server_time();
        self.parts.folders.tell_anew(&scope);
        self.parts.inboxes.asked(&scope);
        let ticket = self.parts.out.ticket();
        self.begin(now, ticket, Loading { scope, run: None });
        Ok(ticket)
    }
}

impl Operation for Loading {
    fn advance(mut self: Box<Self>, parts: &mut Parts, now: UnixMillis) -> Progress {
        let (whose, root) = match parts.account_as_read() {
            None => return Progress::Goes(self),
            Some(Err(error)) => return self.over(parts, Err(error)),
            Some(Ok((account, root))) => match &self.scope {
                Scope::User => (Whose::User(Box::new(account)), root),
                Scope::Team(id) => match parts.read_team(now, &root, id) {
                    None => return Progress::Goes(self),
                    Some(Err(error)) => return self.over(parts, Err(error)),
                    Some(Ok(team)) => team,
                },
            },
        };
        let mut run = match self.run.take() {
            Some(run) if run.is_of(&whose, &root) => run,
            _ => LoadRun::start(whose, root),
        };
        if !parts.settle_folders(now, &self.scope, &mut run) {
            self.run = Some(run);
            return Progress::Goes(self);
        }
        let drive = run.finish(parts.readers.version());
        if let Ok(drive) = &drive {
            parts.watch_drive(now, drive);
        }
        self.over(parts, drive.map(|drive| Outcome::Drive(Box::new(drive))))
    }

    fn hear(self: Box<Self>, _: &mut Parts, _: UnixMillis, _: News) -> Progress {
        Progress::Goes(self)
    }

    fn deadline(&self) -> Option<UnixMillis> {
        None
    }

    fn late(self: Box<Self>, _: &mut Parts, _: UnixMillis) -> Progress {
        Progress::Goes(self)
    }

    fn lost(self: Box<Self>, parts: &mut Parts, _: UnixMillis, error: &Error) -> Progress {
        self.over(parts, Err(error.clone()))
    }

    /// Folders that are being read are read on: they are followed, and the next loading has them at once.
    fn give_up(self: Box<Self>, parts: &mut Parts, _: UnixMillis, error: &Error) -> Error {
        self.settled(parts);
        error.clone()
    }
}

impl Loading {
    fn over(&self, parts: &mut Parts, result: Result<Outcome, Error>) -> Progress {
        self.settled(parts);
        Progress::Over(result)
    }

    /// Letters no longer wait for a team once its loading has ended, well or not.
    fn settled(&self, parts: &mut Parts) {
        if let Scope::Team(id) = &self.scope {
            parts.inboxes.team_settled(id);
        }
    }
}

impl Parts {
    /// A team's folders stand in its own document, and its pins depend on its roster: both come first.
    fn read_team(
        &mut self,
        now: UnixMillis,
        root: &SyncedDoc,
        id: &str,
    ) -> Option<Result<(Whose, SyncedDoc), Error>> {
        let team = self.team(root.document(), id);
        let team = match team.and_then(|team| self.roles_of(&team).map(|()| team)) {
            Ok(team) => team,
            Err(error) => return Some(Err(error)),
        };
        if !self.reads(&team.channel) {
            let txid = self.out.txids();
            let opened = DocumentReader::open(team.channel.clone(), team.keys.clone(), team.read_only, txid);
            self.read(now, &team.channel, opened);
        }
        if !self.reads(&team.roster.channel) {
            let txid = self.out.txids();
            self.read(now, &team.roster.channel, DocumentReader::open_roster(team.roster.clone(), txid));
        }
        self.team_as_read(root, team)
    }
}
