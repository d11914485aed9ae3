//! The folders of one drive: opened, told of, and taken in as they come.

use crate::channel::Progress;
use crate::drive::declared::{Declared, Opens};
use crate::net::document::{DocumentReader, SyncedDoc};
use crate::net::unavailable::Unavailable;
use crate::ports::UnixMillis;
use crate::session::effect::{Effect, Event, FolderEvent, FolderState, Phase};
use crate::session::folders::LoadRun;
use crate::session::parts::Parts;
use crate::session::scope::Scope;

impl Parts {
    /// Opens what can be opened and takes the outcomes that are there, in one moment, from what the readers
    /// hold now. Whether none is missing.
    pub(in crate::session) fn settle_folders(
        &mut self,
        now: UnixMillis,
        scope: &Scope,
        run: &mut LoadRun,
    ) -> bool {
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
            let reader = opens.and_then(|opens| self.readers.get(&opens.channel));
            let better = reader.zip(opens).is_some_and(|(reader, opens)| better(reader, opens));
            better || reader.is_none_or(|reader| !reader.is_settled())
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
    pub(in crate::session) fn take_outcomes(&mut self, run: &mut LoadRun) -> bool {
        let mut open = Vec::new();
        for (at, opens) in run.wanted.iter().enumerate() {
            match self.readers.outcome(&opens.channel) {
                Some(Ok(document)) => run.loader.loaded(document),
                Some(Err(why)) => run.loader.unavailable(&opens.channel, why),
                None => open.push(at),
            }
        }
        run.open = open;
        run.open.is_empty()
    }

    fn open_folders(&mut self, now: UnixMillis, wanted: &[Opens], open: &[usize]) {
        let next: Vec<&Opens> = open
            .iter()
            .filter_map(|at| wanted.get(*at))
            .filter(|opens| self.readers.get(&opens.channel).is_none_or(|reader| better(reader, opens)))
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
    /// Without `all`, folders that were told to be settled are passed over.
    fn tell_folders(&mut self, now: UnixMillis, scope: &Scope, run: &LoadRun, all: bool) {
        let mut told = self.folders.told.remove(scope).unwrap_or_default();
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
        self.folders.told.insert(scope.clone(), told);
    }

    fn folder_state(&mut self, declared: &Declared) -> (FolderState, Option<SyncedDoc>) {
        let Some(opens) = &declared.opens else {
            return (FolderState::Unavailable(Unavailable::NoKeys.code()), None);
        };
        let Some(reader) = self.readers.get_mut(&opens.channel) else { return (FolderState::Waiting, None) };
        match reader.progress() {
            Progress::Suspended => (FolderState::Waiting, None),
            Progress::Opening => (FolderState::Opening, None),
            Progress::Loading => (FolderState::Loading, None),
            Progress::Following | Progress::Unavailable => match reader.outcome() {
                Some(Ok(document)) => (FolderState::Loaded, Some(document)),
                Some(Err(why)) => (FolderState::Unavailable(why.code()), None),
                None => (FolderState::Loading, None),
            },
        }
    }
}

/// One folder may be declared in several drives: it is read once, and anew when better keys turn up. A channel that was
/// read as a roster, and holds none, may be a folder as declared.
fn better(reading: &DocumentReader, opens: &Opens) -> bool {
    let no_roster = reading.reads_roster() && matches!(reading.roster(), Some(Err(_)));
    (reading.read_only() && !opens.read_only) || no_roster
}
