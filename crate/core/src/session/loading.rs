//! A loading of a drive and its folders, the user's or a team's: what is to be read, and when all of it has
//! its outcome.

use crate::document::AccountDoc;
use crate::drive::account::Account;
use crate::drive::complete::Whose;
use crate::drive::declared::{Declared, Opens};
use crate::drive::loader::FolderLoader;
use crate::drive::team::Team;
use crate::error::{Code, Error};
use crate::net::document::{DocumentReader, Progress, SyncedDoc};
use crate::net::unavailable::Unavailable;
use crate::ports::Millis;
use crate::session::effect::{Effect, Event, FolderEvent, FolderState, Outcome, Phase, TeamEntry, Ticket};
use crate::session::{Operation, Session};

/// Which of an account's drives.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Scope {
    /// The user's own.
    User,
    /// That of the team under this key of the account document.
    Team(String),
}

/// A loading of all folders of one drive.
#[derive(Debug)]
pub(super) struct LoadRun {
    /// The document whose folders these are. When it changes, the run is rebased, not finished.
    root: SyncedDoc,
    pub(super) loader: FolderLoader,
    /// Channels to read, in their order.
    wanted: Vec<Opens>,
    /// Those that had no outcome when they were looked at last, by their places. Once there are none, all are looked at.
    open: Vec<usize>,
    begun: bool,
}

impl LoadRun {
    pub(super) fn start(whose: Whose, root: SyncedDoc) -> Self {
        let loader = FolderLoader::new(whose, root.clone());
        let wanted: Vec<Opens> =
            loader.open().into_iter().filter_map(|declared| declared.opens.clone()).collect();
        let open = (0..wanted.len()).collect();
        Self { root, loader, wanted, open, begun: false }
    }

    /// Whether it is of these very readings.
    fn is_of(&self, whose: &Whose, root: &SyncedDoc) -> bool {
        self.root.is(root)
            && match (self.loader.whose(), whose) {
                (Whose::Team(_, Ok(known)), Whose::Team(_, Ok(roster))) => known.is(roster),
                (Whose::Team(_, Err(known)), Whose::Team(_, Err(why))) => known == why,
                (Whose::User(_), Whose::User(_)) => true,
                _ => false,
            }
    }
}

impl Session {
    /// Loads every declared folder. Ends with [`Outcome::Drive`]. A second call reads again only what is
    /// missing: what was read to its end is followed, and as new as the connection.
    ///
    /// # Errors
    /// `misuse/*` at once; `drive/unreadable`, `net/*`, `peer/*` at the end. A folder that cannot be read
    /// is no error but a [`PartialDrive`](crate::drive::complete::PartialDrive).
    pub fn load_drive(&mut self, now: Millis) -> Result<Ticket, Error> {
        self.start_load(now, Scope::User)
    }

    /// As [`Session::load_drive`], for a team: its document, its roster and its folders. It touches neither
    /// the user's drive nor another team's. `id` is the team's key in the account document.
    ///
    /// # Errors
    /// `misuse/*` at once; `team/*`, `drive/unreadable`, `net/*`, `peer/*` at the end.
    pub fn load_team(&mut self, now: Millis, id: &str) -> Result<Ticket, Error> {
        self.start_load(now, Scope::Team(id.to_owned()))
    }

    fn start_load(&mut self, now: Millis, scope: Scope) -> Result<Ticket, Error> {
        self.check_ready()?;
        let ticket = self.out.ticket();
        self.retry_unavailable();
        self.ask_server_time();
        self.told.remove(&scope);
        self.inboxes.settling.asked(&scope);
        self.operation = Some(Operation::Load { ticket, scope, run: None });
        self.stirred = true;
        self.advance(now);
        Ok(ticket)
    }

    /// The teams that the account document names now.
    pub fn teams(&mut self) -> Vec<TeamEntry> {
        let Some(root) = self.document() else { return Vec::new() };
        let document = root.document();
        let entry = |id: String| TeamEntry { name: Team::name_of(document, &id), id };
        Team::ids(document).into_iter().map(entry).collect()
    }

    /// Looks at where everything stands and starts what can be started. Called after every input: it
    /// depends on the state alone, not on how the state came about.
    pub(super) fn advance(&mut self, now: Millis) {
        if !std::mem::take(&mut self.stirred)
            || matches!(self.operation, Some(Operation::Open { login: Some(_), .. }))
        {
            return;
        }
        self.open_shelves(now);
        if self.operation.is_some() {
            self.dial(now);
        }
        if self.wire.link().is_some() && self.guard.ready() {
            self.open_root(now);
            self.resume_readers(now);
            self.resume_inboxes(now);
            self.advance_operation(now);
            self.complete_entries(now);
            self.write(now);
            self.flush_rpc(now);
        }
        self.serve_inboxes(now);
    }

    fn open_root(&mut self, now: Millis) {
        if matches!(&self.operation, Some(Operation::Make { making, .. }) if making.is_account()) {
            return;
        }
        let Some(signed_in) = &self.signed_in else { return };
        let channel = signed_in.channel.clone();
        if self.readers.contains_key(&channel) {
            return;
        }
        let Ok(keys) = signed_in.secrets.message_keys() else { return };
        let read_only = !signed_in.secrets.can_edit();
        self.out.progress(Phase::Drive, 0, None);
        let txid = self.out.txids();
        self.read(now, &channel, DocumentReader::open(channel.clone(), keys, read_only, txid));
    }

    fn advance_operation(&mut self, now: Millis) {
        if matches!(self.operation, Some(Operation::Make { .. })) {
            return self.advance_making(now);
        }
        let Some(signed_in) = &self.signed_in else { return };
        let legacy = signed_in.legacy;
        let Some(root) = self.readers.get_mut(&signed_in.channel).and_then(|r| r.reader.outcome()) else {
            return;
        };
        let root = match root {
            Ok(root) => root,
            Err(why) if legacy && matches!(self.operation, Some(Operation::Open { .. })) => {
                let error =
                    Error::new(Code::LoginRefused, "there is no account under this name and password");
                self.signed_in = None;
                self.finish(Err(error.with("cause", why.code().as_str())));
                return;
            }
            Err(why) => {
                let error =
                    Error::new(Code::DriveUnreadable, "the account document could not be read to its end");
                self.finish(Err(error.with("cause", why.code().as_str())));
                return;
            }
        };
        let account = match self.adopt_account(&root) {
            Ok(account) => account,
            Err(error) => return self.finish(Err(error)),
        };
        match &self.operation {
            Some(Operation::Open { .. }) => {
                self.out.progress(Phase::Drive, 1, Some(1));
                self.finish(Ok(Outcome::Opened));
            }
            Some(Operation::Load { scope: Scope::User, .. }) => {
                self.load_folders(now, &Scope::User, Whose::User(Box::new(account)), root);
            }
            Some(Operation::Load { scope: Scope::Team(id), .. }) => {
                let id = id.clone();
                self.load_team_documents(now, &root, id);
            }
            Some(Operation::Pins { .. }) => self.advance_pins(now),
            Some(Operation::Make { .. }) | None => {}
        }
    }

    fn adopt_account(&mut self, root: &SyncedDoc) -> Result<Account, Error> {
        let account = match (&self.account, &self.signed_in) {
            (Some(account), _) => account.clone(),
            (None, None) => return Err(Error::new(Code::MisuseClosed, "the session is not signed in")),
            (None, Some(signed_in)) => {
                if AccountDoc::of(root.document()).is_deprecated() {
                    return Err(Error::new(Code::LoginPasswordChanged, "the account has a new password"));
                }
                Account::read(
                    root.document(),
                    signed_in.channel.clone(),
                    signed_in.block_id.clone(),
                    &signed_in.admin_keys,
                )
                .with_derived(signed_in.sign.clone())
            }
        };
        self.adopt_signers(root, &account);
        self.account = Some(account.clone());
        Ok(account)
    }

    /// A team's folders stand in its own document, and its pins depend on its roster: both come first.
    fn load_team_documents(&mut self, now: Millis, root: &SyncedDoc, id: String) {
        let team = self.team(root.document(), &id);
        let team = match team.and_then(|team| self.roles_of(&team).map(|()| team)) {
            Ok(team) => team,
            Err(error) => return self.finish(Err(error)),
        };
        let scope = Scope::Team(id);
        if !self.reads(&team.channel) {
            let txid = self.out.txids();
            let opened = DocumentReader::open(team.channel.clone(), team.keys.clone(), team.read_only, txid);
            self.read(now, &team.channel, opened);
        }
        if !self.reads(&team.roster.channel) {
            let txid = self.out.txids();
            self.read(now, &team.roster.channel, DocumentReader::open_roster(team.roster.clone(), txid));
        }
        match self.team_as_read(root, team) {
            None => {}
            Some(Ok((whose, document))) => self.load_folders(now, &scope, whose, document),
            Some(Err(error)) => self.finish(Err(error)),
        }
    }

    /// A team with what was read of it; `None` while something is still to come.
    pub(super) fn team_as_read(
        &mut self,
        root: &SyncedDoc,
        team: Team,
    ) -> Option<Result<(Whose, SyncedDoc), Error>> {
        let document = self.readers.get_mut(&team.channel)?.reader.outcome()?;
        let roster = self.readers.get(&team.roster.channel)?.reader.roster()?;
        let document = match document {
            Ok(document) => document,
            Err(why) => {
                let error =
                    Error::new(Code::TeamUnreadable, "the team's document could not be read to its end");
                return Some(Err(error.with("cause", why.code().as_str())));
            }
        };
        let own = AccountDoc::of(root.document()).curve_public().unwrap_or_default();
        if roster.as_ref().is_ok_and(|synced| synced.roster().role(own).is_none()) {
            let error = Error::new(Code::TeamNotMember, "the roster does not name this account");
            return Some(Err(error));
        }
        Some(Ok((Whose::Team(Box::new(team), roster), document)))
    }

    fn load_folders(&mut self, now: Millis, scope: &Scope, whose: Whose, root: SyncedDoc) {
        let Some(Operation::Load { run: slot, .. }) = &mut self.operation else { return };
        let mut run = match slot.take() {
            Some(run) if run.is_of(&whose, &root) => run,
            _ => Box::new(LoadRun::start(whose, root)),
        };
        if !self.settle_folders(now, scope, &mut run) {
            if let Some(Operation::Load { run: slot, .. }) = &mut self.operation {
                *slot = Some(run);
            }
            return;
        }
        let drive = run.loader.finish(self.version);
        if let Ok(drive) = &drive {
            self.watch_drive(now, drive);
        }
        self.finish(drive.map(|drive| Outcome::Drive(Box::new(drive))));
    }

    /// Opens what can be opened and takes the outcomes that are there, in one moment, from what the readers
    /// hold now. Whether none is missing.
    pub(super) fn settle_folders(&mut self, now: Millis, scope: &Scope, run: &mut LoadRun) -> bool {
        let whose = run.loader.whose();
        if !std::mem::replace(&mut run.begun, true) {
            let mut followed = vec![whose.channel().clone()];
            followed.extend(whose.team().map(|team| team.roster.channel.clone()));
            followed.extend(run.wanted.iter().map(|opens| opens.channel.clone()));
            self.follow_only(scope, followed);
            self.tell_folders(now, scope, run, true);
        }
        self.open_folders(now, &run.wanted, &run.open);
        run.open.retain(|at| {
            let opens = run.wanted.get(*at);
            let reading = opens.and_then(|opens| self.readers.get(&opens.channel));
            let better = reading.zip(opens).is_some_and(|(reading, opens)| better(&reading.reader, opens));
            better || reading.is_none_or(|reading| !reading.reader.is_settled())
        });
        // Each answer costs a look at what is still open, and only the last one a look at everything.
        let ready = run.open.is_empty();
        self.tell_folders(now, scope, run, ready);
        if !ready || !self.take_outcomes(run) {
            return false;
        }
        if *scope == Scope::User {
            self.inboxes.drive_settled(&run.root);
        }
        true
    }

    /// Takes the outcomes that are there now. Whether none is missing.
    pub(super) fn take_outcomes(&mut self, run: &mut LoadRun) -> bool {
        let mut open = Vec::new();
        for (at, opens) in run.wanted.iter().enumerate() {
            match self.readers.get_mut(&opens.channel).and_then(|reading| reading.reader.outcome()) {
                Some(Ok(document)) => run.loader.loaded(document),
                Some(Err(why)) => run.loader.unavailable(&opens.channel, why),
                None => open.push(at),
            }
        }
        run.open = open;
        run.open.is_empty()
    }

    fn open_folders(&mut self, now: Millis, wanted: &[Opens], open: &[usize]) {
        let next: Vec<&Opens> = open
            .iter()
            .filter_map(|at| wanted.get(*at))
            .filter(|opens| {
                self.readers.get(&opens.channel).is_none_or(|reading| better(&reading.reader, opens))
            })
            .take(self.free_slots())
            .collect();
        for opens in next {
            let txid = self.out.txids();
            let opened =
                DocumentReader::open(opens.channel.clone(), opens.keys.clone(), opens.read_only, txid);
            self.read(now, &opens.channel, opened);
        }
    }

    /// Tells of each folder whose state changed since it was last told.
    /// Where not `all` are looked at, those that were told to be settled are not.
    fn tell_folders(&mut self, now: Millis, scope: &Scope, run: &LoadRun, all: bool) {
        let mut told = self.told.remove(scope).unwrap_or_default();
        let mut changed = false;
        let settled =
            |state: &FolderState| matches!(state, FolderState::Loaded | FolderState::Unavailable(_));
        for declared in run.loader.declared() {
            if !all && told.get(&declared.id).is_some_and(settled) {
                continue;
            }
            let (state, document) = self.folder_state(declared);
            if told.get(&declared.id) == Some(&state) {
                continue;
            }
            told.insert(declared.id.clone(), state);
            changed = true;
            let folder = FolderEvent::of(run.loader.whose().team(), declared, state, document.as_ref());
            self.out.push(Effect::Event(Event::Folder { at: now, folder }));
        }
        if changed {
            let done = told.values().filter(|state| settled(state)).count();
            self.out.progress(Phase::Folders, done, Some(run.loader.declared().len()));
        }
        self.told.insert(scope.clone(), told);
    }

    fn folder_state(&mut self, declared: &Declared) -> (FolderState, Option<SyncedDoc>) {
        let Some(opens) = &declared.opens else {
            return (FolderState::Unavailable(Unavailable::NoKeys.code()), None);
        };
        let Some(reading) = self.readers.get_mut(&opens.channel) else { return (FolderState::Waiting, None) };
        match reading.reader.progress() {
            Progress::Suspended => (FolderState::Waiting, None),
            Progress::Opening => (FolderState::Opening, None),
            Progress::Loading => (FolderState::Loading, None),
            Progress::Following | Progress::Unavailable => match reading.reader.outcome() {
                Some(Ok(document)) => (FolderState::Loaded, Some(document)),
                Some(Err(why)) => (FolderState::Unavailable(why.code()), None),
                None => (FolderState::Loading, None),
            },
        }
    }
}

/// One folder may be declared in several drives: it is read once, and anew when better keys turn up. What was read as a
/// roster, and is none, may be the folder that it is declared to be.
fn better(reading: &DocumentReader, opens: &Opens) -> bool {
    let no_roster = reading.reads_roster() && matches!(reading.roster(), Some(Err(_)));
    (reading.read_only() && !opens.read_only) || no_roster
}
