//! Two devices, the server's pin log and an evictor that may run at any moment, in every state they can reach.
//!
//! What the devices send is the product's own: [`GuardedPinSet::seal`] plans, [`Sync`] decides on each call. The sets
//! come from drives that a session read from the server in memory, one for each state of the drive. The model adds
//! what lies between: when a call is carried out, when its answer arrives, when a device hears of a change, when the
//! server forgets its session. One connection is in order, so that an answer brings along every change before it.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex};

use pinfold_core::drive::complete::Drive;
use pinfold_core::guard::guarded::{GuardedPinSet, Sealed};
use pinfold_core::guard::ledger::Book;
use pinfold_core::guard::plan::{Moment, Policy};
use pinfold_core::guard::policy::Wait;
use pinfold_core::ids::IdSet;
use pinfold_core::json::Text;
use pinfold_core::pin_run::{Goal, Next, Sync};
use pinfold_core::pins::set::CompletePinSet;
use pinfold_core::ports::whole_millis;
use pinfold_core::rpc::command::{Command, Reply};
use pinfold_testkit::device::Device as Hand;
use pinfold_testkit::entropy::Seeded;
use pinfold_testkit::harness::{Harness, InOrder};
use pinfold_testkit::server::PinState;
use pinfold_testkit::trial::account;
use pinfold_testkit::world::other::add_document;
use stateright::{Checker, Model, Property};

const SEED: u64 = 0x90d;
const EARLIER: u64 = 1_700_000_000_000;
const NOW: u64 = 1_800_000_000_000;
/// The shortest wait: every run of a device comes so much later than the one before.
const WAIT: u64 = whole_millis(Wait::MIN.span());
/// Runs that one device may start.
const MOST_RUNS: u8 = 2;
/// What has happened to the drive: nothing, or any of these.
const ADDED: usize = 1;
const REMOVED: usize = 2;

/// The drive's four states, and what each session of the product would compute from them.
struct Devices {
    sets: Vec<CompletePinSet>,
    needed: Vec<BTreeSet<String>>,
    /// What names the state of the documents in every set.
    version: u64,
    before: PinState,
    memo: Mutex<Memo>,
}

/// What the product said, so that it is asked each thing once: it says the same again.
#[derive(Default)]
struct Memo {
    /// What devices know; both start with the first.
    books: Vec<Book>,
    sealed: HashMap<(usize, Known, u8), Arc<Sealed>>,
    stands: HashMap<Run, Stands>,
}

/// What a device knows, as the number of its book.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Known(usize);

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Got {
    Hash(String),
    Done,
}

/// A run of the product's machine: it is played again from what it was given, because it cannot be compared.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Run {
    /// The drive that it was computed from, and what was known before.
    drive: usize,
    book: Known,
    /// How many the device made before.
    number: u8,
    /// Each answer, and whether the device had heard of another drive by then.
    heard: Vec<(Got, bool)>,
    /// The answer on its way, and the drive of the moment at which it was given.
    coming: Option<(Got, usize)>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Device {
    sees: usize,
    book: Known,
    runs: u8,
    run: Option<Run>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct State {
    drive: usize,
    server: PinState,
    devices: [Device; 2],
    /// What is needed and was in the list.
    protected: BTreeSet<String>,
    idled: bool,
    /// Something that is needed was archived, although it was pinned once.
    evicted: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Action {
    /// The second device adds a document to the folder.
    Add,
    /// The first device removes another.
    Remove,
    /// A device hears of the drive as it is.
    Hear(usize),
    Start(usize),
    /// The server carries the device's call out.
    Serve(usize),
    /// The answer arrives.
    Deliver(usize),
    /// The server's session ends: what it holds is read back from the log.
    Idle,
    Evict,
}

/// The sets of the four drives, read by sessions from the server in memory.
fn devices() -> Devices {
    let tried = account(1, 0, None).unwrap().built;
    let removed = tried.folders[0].documents[0].clone();
    let set_of = |drive: usize| {
        let mut built = tried.clone();
        if drive & ADDED > 0 {
            add_document(&mut built, 0, 7_000_000).unwrap();
        }
        if drive & REMOVED > 0 {
            let mut hand = Hand::new(&built.folders[0].hash, 3).unwrap();
            hand.edit(&mut built.server, |content| remove(content, &removed)).unwrap();
        }
        let mut harness = Harness::with_entropy(built, Seeded::new(SEED));
        harness.resume(&mut InOrder).unwrap();
        let Drive::Complete(drive) = harness.load(&mut InOrder).unwrap() else { panic!("incomplete") };
        drive.pin_set()
    };
    let sets: Vec<CompletePinSet> = [0, ADDED, REMOVED, ADDED | REMOVED].map(set_of).into();
    let needed = sets.iter().map(|set| texts(set.ids()).into_iter().collect()).collect();
    let mut before = PinState::default();
    before.apply("PIN", &texts(sets[0].ids()));
    before.expire();
    let Sealed { set, book, .. } = seal(&sets[0], &Book::default(), EARLIER, 0);
    let books =
        vec![book.confirmed(
            &[],
            set.sent(pinfold_core::UnixMillis(EARLIER), &Text::from("earlier"), &IdSet::new()),
        )];
    let memo = Mutex::new(Memo { books, ..Memo::default() });
    // The first thing a session draws, once the server has named it.
    Devices { sets, needed, version: Seeded::new(SEED).next_u64(), before, memo }
}

fn remove(content: &mut pinfold_core::json::Value, channel: &str) {
    let files = content.as_object_mut().unwrap().get_mut("filesData").unwrap().as_object_mut().unwrap();
    let named =
        |entry: &pinfold_core::json::Value| entry.get("channel").and_then(|c| c.as_str()) == Some(channel);
    let key = files.iter().find(|(_, entry)| named(entry)).unwrap().0.as_str().unwrap().to_owned();
    files.remove(&key);
}

/// Removals wait as short as can be: waiting only makes what is to be shown rarer.
fn seal(set: &CompletePinSet, book: &Book, now: u64, run: u8) -> Sealed {
    let (policy, by) = (Policy { wait: Wait::MIN, ..Policy::default() }, Text::from(format!("device/{run}")));
    let moment = Moment {
        server: pinfold_core::UnixMillis(now),
        by: Some(&by),
        ..Moment::at(pinfold_core::UnixMillis(now), policy)
    };
    GuardedPinSet::seal(set, book, &moment, None, &by).unwrap()
}

/// When a run of a device is made.
fn time_of(run: u8) -> u64 {
    NOW + u64::from(run) * WAIT
}

fn texts<T: AsRef<Text>>(ids: &[T]) -> Vec<String> {
    ids.iter().map(|id| id.as_ref().as_str().unwrap().to_owned()).collect()
}

#[derive(Clone)]
enum Stands {
    Calls(Call),
    Done { confirmed: bool },
    Failed,
}

#[derive(Clone)]
enum Call {
    GetHash,
    /// The server's session ends.
    Expire,
    /// A command that changes the list, and the ids it names.
    Change(&'static str, Vec<String>),
}

impl Call {
    fn of(command: &Command) -> Option<Self> {
        Some(match command {
            Command::GetHash => Self::GetHash,
            Command::ExpireSession => Self::Expire,
            Command::Pin(batch) => Self::Change("PIN", texts(batch.ids())),
            Command::Unpin(set) => {
                let due = set.due().iter().map(|removal| removal.id.as_str().unwrap().to_owned());
                Self::Change("UNPIN", due.collect())
            }
            Command::Reset(set) => Self::Change("RESET", texts(&set.tagged())),
            _ => return None,
        })
    }
}

impl Devices {
    fn known(&self, book: Book) -> Known {
        let books = &mut self.memo.lock().unwrap().books;
        Known(books.iter().position(|known| *known == book).unwrap_or_else(|| {
            books.push(book);
            books.len() - 1
        }))
    }

    fn sealed(&self, drive: usize, known: Known, run: u8) -> Arc<Sealed> {
        let mut memo = self.memo.lock().unwrap();
        let Memo { books, sealed, .. } = &mut *memo;
        let ask = || Arc::new(seal(&self.sets[drive], &books[known.0], time_of(run), run));
        Arc::clone(sealed.entry((drive, known, run)).or_insert_with(ask))
    }

    /// Where the product's machine stands after what it heard.
    fn stands(&self, run: &Run) -> Stands {
        let run = Run { coming: None, ..run.clone() };
        if let Some(stands) = self.memo.lock().unwrap().stands.get(&run) {
            return stands.clone();
        }
        let stands = self.play(&run);
        self.memo.lock().unwrap().stands.insert(run, stands.clone());
        stands
    }

    fn play(&self, run: &Run) -> Stands {
        let set = self.sealed(run.drive, run.book, run.number).set.clone();
        let (mut sync, mut command) = Sync::start(Goal::Exactly(set), false);
        for (got, moved) in &run.heard {
            let reply = match got {
                Got::Hash(hash) => Reply::Hash(hash.clone()),
                Got::Done => Reply::Done,
            };
            match sync.handle(Ok(reply), self.version.wrapping_add(u64::from(*moved))).next {
                Next::Call(next, call) => (sync, command) = (*next, call),
                Next::Done(receipt) => return Stands::Done { confirmed: receipt.confirmed() },
                Next::Failed(_) => return Stands::Failed,
            }
        }
        Stands::Calls(Call::of(&command).unwrap())
    }

    fn serve(&self, state: &mut State, at: usize) -> Option<()> {
        let run = state.devices[at].run.clone()?;
        let Stands::Calls(command) = self.stands(&run) else { return None };
        let got = match command {
            Call::GetHash => Got::Hash(PinState::hash(&mut state.server)),
            Call::Expire => {
                state.server.expire();
                Got::Done
            }
            Call::Change(command, ids) => {
                state.server.apply(command, &ids);
                Got::Done
            }
        };
        // Only the result of the log matters.
        let pinned = state.server.pinned();
        state.server.log = vec![(pinfold_core::pins::log::Command::Pin, pinned.iter().cloned().collect())];
        state.protected.extend(self.needed[state.drive].intersection(&pinned).cloned());
        state.devices[at].run = Some(Run { coming: Some((got, state.drive)), ..run });
        Some(())
    }

    fn deliver(&self, state: &mut State, at: usize) -> Option<()> {
        let device = &mut state.devices[at];
        let mut run = device.run.take()?;
        let (got, drive) = run.coming.take()?;
        device.sees |= drive;
        run.heard.push((got, device.sees != run.drive));
        match self.stands(&run) {
            Stands::Calls(_) => device.run = Some(run),
            Stands::Done { confirmed } => {
                let now = time_of(run.number);
                let set = &self.sealed(run.drive, run.book, run.number).set;
                let mut book = self.memo.lock().unwrap().books[device.book.0].clone();
                if confirmed {
                    book = book.confirmed(
                        set.due(),
                        set.sent(pinfold_core::UnixMillis(now), &Text::from("device"), &IdSet::new()),
                    );
                }
                book.tell_server_time(pinfold_core::UnixMillis(now));
                device.book = self.known(book);
            }
            Stands::Failed => {}
        }
        Some(())
    }
}

impl Model for Devices {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        let device = Device { sees: 0, book: Known(0), runs: 0, run: None };
        let protected = self.needed[0].clone();
        let devices = [device.clone(), device];
        let server = self.before.clone();
        vec![State { drive: 0, server, devices, protected, idled: false, evicted: false }]
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        if state.drive & ADDED == 0 {
            actions.push(Action::Add);
        }
        if state.drive & REMOVED == 0 {
            actions.push(Action::Remove);
        }
        for (at, device) in state.devices.iter().enumerate() {
            if device.sees != state.drive {
                actions.push(Action::Hear(at));
            }
            match &device.run {
                None if device.runs < MOST_RUNS => actions.push(Action::Start(at)),
                None => {}
                Some(run) if run.coming.is_some() => actions.push(Action::Deliver(at)),
                Some(_) => actions.push(Action::Serve(at)),
            }
        }
        if !state.idled {
            actions.push(Action::Idle);
        }
        if !state.evicted && !state.protected.is_subset(&state.server.pinned()) {
            actions.push(Action::Evict);
        }
    }

    fn next_state(&self, last: &State, action: Action) -> Option<State> {
        let mut state = last.clone();
        match action {
            Action::Add | Action::Remove => {
                let (at, what) = if action == Action::Add { (1, ADDED) } else { (0, REMOVED) };
                state.drive |= what;
                state.devices[at].sees = state.drive;
                let needed = &self.needed[state.drive];
                state.protected.retain(|id| needed.contains(id));
            }
            Action::Hear(at) => state.devices[at].sees = state.drive,
            Action::Start(at) => {
                let device = &mut state.devices[at];
                let (drive, book, number) = (device.sees, device.book, device.runs);
                device.run = Some(Run { drive, book, number, heard: Vec::new(), coming: None });
                device.book = self.known(self.sealed(drive, book, number).book.clone());
                device.runs += 1;
            }
            Action::Serve(at) => self.serve(&mut state, at)?,
            Action::Deliver(at) => self.deliver(&mut state, at)?,
            Action::Idle => {
                state.server.expire();
                state.idled = true;
            }
            Action::Evict => state.evicted = true,
        }
        Some(state)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always("I1, I7: what is needed and was pinned stays pinned", |_, state: &State| {
                state.protected.is_subset(&state.server.pinned())
            }),
            Property::always("nothing that is needed is archived", |_, state: &State| !state.evicted),
            Property::sometimes("what was removed leaves the list", |model: &Self, state: &State| {
                state.drive & REMOVED > 0 && state.server.pinned().is_subset(&model.needed[state.drive])
            }),
            Property::sometimes("what was added is in the list", |model: &Self, state: &State| {
                state.drive & ADDED > 0 && model.needed[state.drive].is_subset(&state.server.pinned())
            }),
        ]
    }
}

#[test]
fn two_devices_and_an_evictor() {
    let checker = devices().checker().threads(2).spawn_bfs().join();
    println!("{} states, depth {}", checker.unique_state_count(), checker.max_depth());
    checker.assert_properties();
}
