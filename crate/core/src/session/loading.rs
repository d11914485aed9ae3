//! The account document and the declared folders: which are read now, and when all have their outcome.

use crate::compact::SortedMap;
use crate::drive::account::Account;
use crate::drive::declared::{Declared, Opens};
use crate::drive::loader::FolderLoader;
use crate::error::{Code, Error};
use crate::ids::ChannelId;
use crate::json::Value;
use crate::net::document::{Ask, DocumentReader, Input as DocumentInput, Progress, SyncedDoc};
use crate::ports::Millis;
use crate::rpc::Rpc;
use crate::session::effect::{Effect, Event, FolderEvent, FolderState, Outcome, Phase};
use crate::session::{Operation, Session};

/// How many folders are read at a time.
const IN_FLIGHT: usize = 8;

/// A document being read or followed.
#[derive(Debug)]
pub(super) struct Reading {
    pub(super) reader: DocumentReader,
    deadline: Millis,
    /// IS_NEW_CHANNEL could not be asked before the history keeper was known.
    waits_for_keeper: bool,
}

/// A loading of all folders.
#[derive(Debug)]
pub(super) struct LoadRun {
    /// The account document whose folders these are. When it changes, the run is rebased, not finished.
    root: SyncedDoc,
    loader: FolderLoader,
    /// What was last told of each entry.
    told: SortedMap<String, FolderState>,
    /// Channels to read, in the order in which they were declared.
    wanted: Vec<Opens>,
}

impl Reading {
    pub(super) fn deadline(&self) -> Option<Millis> {
        self.pending().then_some(self.deadline)
    }

    /// The connection is gone. Whether this can go on from where it was.
    pub(super) fn suspend(&mut self) -> bool {
        self.waits_for_keeper = false;
        self.reader.suspend()
    }

    /// Whether an answer is outstanding.
    fn pending(&self) -> bool {
        matches!(self.reader.progress(), Progress::Opening | Progress::Loading)
    }

    /// Whether it is neither followed nor given up.
    fn unsettled(&self) -> bool {
        self.pending() || self.reader.progress() == Progress::Suspended
    }
}

impl LoadRun {
    fn start(account: Account, root: SyncedDoc, told: SortedMap<String, FolderState>) -> Self {
        let loader = FolderLoader::new(account, root.clone());
        let wanted = loader.open().into_iter().filter_map(|declared| declared.opens.clone()).collect();
        Self { root, loader, told, wanted }
    }
}

impl Session {
    /// Looks at where everything stands and starts what can be started. Called after every input: it
    /// depends on the state alone, not on how the state came about.
    pub(super) fn advance(&mut self, now: Millis) {
        if !std::mem::take(&mut self.stirred)
            || matches!(self.operation, Some(Operation::Open { login: Some(_), .. }))
        {
            return;
        }
        if self.operation.is_some() {
            self.dial(now);
        }
        if self.wire.link().is_some() {
            self.open_root(now);
            self.resume_readers(now);
            self.advance_operation(now);
            self.flush_rpc(now);
        }
    }

    fn open_root(&mut self, now: Millis) {
        let Some(signed_in) = &self.signed_in else { return };
        let channel = signed_in.channel.clone();
        if self.readers.contains_key(&channel) {
            return;
        }
        let Ok(keys) = signed_in.secrets.message_keys() else { return };
        let read_only = !signed_in.secrets.can_edit();
        self.progress(Phase::Drive, 0, None);
        let txid = self.txid();
        let (reader, asks) = DocumentReader::open(channel.clone(), keys, read_only, txid);
        self.read(now, channel, reader, asks);
    }

    fn advance_operation(&mut self, now: Millis) {
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
        if let Err(error) = self.adopt_account(&root) {
            self.finish(Err(error));
            return;
        }
        match &self.operation {
            Some(Operation::Open { .. }) => {
                self.progress(Phase::Drive, 1, Some(1));
                self.finish(Ok(Outcome::Opened));
            }
            Some(Operation::Load { .. }) => self.load_folders(now, root),
            Some(Operation::Pins { .. }) => self.advance_pins(now),
            None => {}
        }
    }

    fn adopt_account(&mut self, root: &SyncedDoc) -> Result<(), Error> {
        if self.account.is_some() {
            return Ok(());
        }
        let Some(signed_in) = &self.signed_in else { return Ok(()) };
        if root.document().get("deprecated").is_some_and(Value::truthy) {
            return Err(Error::new(Code::LoginRemoved, "the account moved to another password"));
        }
        let account = Account::read(
            root.document(),
            signed_in.channel.clone(),
            signed_in.block_id.clone(),
            &signed_in.admin_keys,
        );
        if let (Some(key), Some(public)) = (account.signing_key(root.document()), account.ed_public()) {
            self.rpc = Some(Rpc::new(key, public.clone(), self.deadlines.answer));
        }
        self.account = Some(account);
        Ok(())
    }

    fn load_folders(&mut self, now: Millis, root: SyncedDoc) {
        let Some(account) = self.account.clone() else { return };
        let Some(Operation::Load { run: slot, .. }) = &mut self.operation else { return };
        let mut run = match slot.take() {
            Some(run) if run.root.is(&root) => run,
            stale => Box::new(LoadRun::start(account, root, stale.map(|run| run.told).unwrap_or_default())),
        };
        self.forget_undeclared(&run.wanted);
        self.tell_folders(now, &mut run);
        self.open_folders(now, &run.wanted);
        self.tell_folders(now, &mut run);
        if run
            .wanted
            .iter()
            .any(|opens| self.readers.get(&opens.channel).is_none_or(|reading| reading.unsettled()))
        {
            if let Some(Operation::Load { run: slot, .. }) = &mut self.operation {
                *slot = Some(run);
            }
            return;
        }
        // Everything is read: the outcomes are taken now, in one moment, from what the readers hold now.
        for opens in &run.wanted {
            match self.readers.get_mut(&opens.channel).and_then(|reading| reading.reader.outcome()) {
                Some(Ok(document)) => run.loader.loaded(document),
                Some(Err(why)) => run.loader.unavailable(&opens.channel, why),
                None => {}
            }
        }
        let drive = run.loader.finish(self.version);
        self.finish(drive.map(|drive| Outcome::Drive(Box::new(drive))));
    }

    fn open_folders(&mut self, now: Millis, wanted: &[Opens]) {
        let free = self.free_slots();
        let next: Vec<&Opens> =
            wanted.iter().filter(|opens| !self.readers.contains_key(&opens.channel)).take(free).collect();
        for opens in next {
            let txid = self.txid();
            let (reader, asks) =
                DocumentReader::open(opens.channel.clone(), opens.keys.clone(), opens.read_only, txid);
            self.read(now, opens.channel.clone(), reader, asks);
        }
    }

    /// How many more folders may be read now.
    fn free_slots(&self) -> usize {
        let root = self.signed_in.as_ref().map(|signed_in| &signed_in.channel);
        let reading = self.readers.iter().filter(|(channel, r)| Some(*channel) != root && r.pending());
        IN_FLIGHT.saturating_sub(reading.count())
    }

    /// What was followed when a connection was lost goes on: the account document first.
    fn resume_readers(&mut self, now: Millis) {
        let root = self.signed_in.as_ref().map(|signed_in| &signed_in.channel);
        let suspended = |reading: &Reading| reading.reader.progress() == Progress::Suspended;
        let (roots, folders): (Vec<_>, Vec<_>) = self
            .readers
            .iter()
            .filter(|(_, reading)| suspended(reading))
            .map(|(channel, _)| channel.clone())
            .partition(|channel| Some(channel) == root);
        for channel in roots.into_iter().chain(folders.into_iter().take(self.free_slots())) {
            let (txid, deadline) = (self.txid(), now + self.deadlines.progress);
            let Some(reading) = self.readers.get_mut(&channel) else { continue };
            reading.deadline = deadline;
            for ask in reading.reader.resume(txid) {
                self.ask(now, &channel, ask);
            }
        }
    }

    /// Folders that the account document no longer declares are no longer followed.
    fn forget_undeclared(&mut self, wanted: &[Opens]) {
        let mut keep = SortedMap::new();
        let root = self.signed_in.iter().map(|signed_in| &signed_in.channel);
        for channel in wanted.iter().map(|opens| &opens.channel).chain(root) {
            keep.insert(channel, ());
        }
        self.readers.retain(|channel, _| keep.contains_key(channel));
    }

    /// A second attempt reads again what the first could not.
    pub(super) fn retry_unavailable(&mut self) {
        self.readers.retain(|_, reading| reading.reader.progress() != Progress::Unavailable);
    }

    fn read(&mut self, now: Millis, channel: ChannelId, reader: DocumentReader, asks: Vec<Ask>) {
        let deadline = now + self.deadlines.progress;
        let reading = Reading { reader, deadline, waits_for_keeper: false };
        self.readers.insert(channel.clone(), Box::new(reading));
        for ask in asks {
            self.ask(now, &channel, ask);
        }
    }

    pub(super) fn reading_waits_for_keeper(&mut self, channel: &ChannelId) {
        if let Some(reading) = self.readers.get_mut(channel) {
            reading.waits_for_keeper = true;
        }
    }

    /// Hands an event to the reader of a channel, if there is one, and carries out what it asks for.
    pub(super) fn tell_reader(&mut self, now: Millis, channel: &ChannelId, input: DocumentInput<'_>) {
        let Some(reading) = self.readers.get_mut(channel) else { return };
        reading.deadline = now + self.deadlines.progress;
        let live = matches!(input, DocumentInput::Live { .. } | DocumentInput::ChannelError { .. });
        let joined = matches!(input, DocumentInput::Joined);
        let before = reading.reader.progress();
        let asks = reading.reader.handle(input);
        self.stirred |= live || !asks.is_empty() || reading.reader.progress() != before;
        self.version = self.version.wrapping_add(u64::from(live));
        if joined && std::mem::take(&mut reading.waits_for_keeper) {
            self.ask(now, channel, Ask::Existence);
        }
        for ask in asks {
            self.ask(now, channel, ask);
        }
    }

    pub(super) fn expire_readers(&mut self, now: Millis) {
        for reading in self.readers.values_mut() {
            if reading.deadline().is_some_and(|deadline| deadline <= now) {
                reading.reader.handle(DocumentInput::Deadline);
                self.stirred = true;
            }
        }
    }

    /// Tells of each folder whose state changed since it was last told.
    fn tell_folders(&mut self, now: Millis, run: &mut LoadRun) {
        let mut changed = false;
        for declared in run.loader.declared() {
            let (state, document) = self.folder_state(declared);
            if run.told.get(&declared.id) == Some(&state) {
                continue;
            }
            run.told.insert(declared.id.clone(), state);
            changed = true;
            let folder = FolderEvent::of(declared, state, document.as_ref());
            self.out.push_back(Effect::Event(Event::Folder { at: now, folder }));
        }
        if changed {
            let settled =
                |state: &&FolderState| matches!(state, FolderState::Loaded | FolderState::Unavailable(_));
            let done = run.told.values().filter(settled).count();
            self.progress(Phase::Folders, done, Some(run.loader.declared().len()));
        }
    }

    fn folder_state(&mut self, declared: &Declared) -> (FolderState, Option<SyncedDoc>) {
        let Some(opens) = &declared.opens else {
            return (FolderState::Unavailable(Code::FolderNoKeys), None);
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
