//! Every short history of one document with an account, its owner and an operator, over the real decisions: what is marked, taken, moved
//! back and removed for ever, with a clock that is honest. No history loses what an account wants (I1), overwrites anything (I5), or needs
//! more than the next run to be whole again (I6).

use crate::rules::policy;
use crate::since::removed_by_its_owner;
use crate::store::{DAY, KEY, NOW, Store, Times, TrialClock, TrialDisk};
use pinfold_datadir::id::ItemId;
use pinfold_operator::archive::Hands;
use pinfold_operator::cold::FirstSeen;
use pinfold_operator::finish::finish;
use pinfold_operator::going::Quietly;
use pinfold_operator::hold::{self, Hold};
use pinfold_operator::journal::Journal;
use pinfold_operator::plan::{Grounds, Plan};
use pinfold_operator::purge;
use pinfold_operator::run::carry_out;
use pinfold_operator::survey::{Declared, survey};
use pinfold_operator::waits::WalkRecord;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::Write;

const HOUR: i64 = 3_600_000;
/// Nothing that nobody decided is removed for ever sooner after somebody last wrote to it or moved it back, in days.
const SOONEST: i64 = 149;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    /// The account takes the document into its list.
    Pin,
    /// It takes it off.
    Unpin,
    /// Somebody writes; where nothing is live a client makes the document anew.
    Write,
    /// Its owner removes it.
    Delete,
    /// So many days go by, with a complete look at the store on each.
    Days(i64),
    /// A plan is made and carried out, with consent. With a number: the power goes before that write.
    Archive(Option<u32>),
    /// The document is moved back.
    Restore(Option<u32>),
    /// Cold storage is emptied.
    Purge(Option<u32>),
    /// A hold is set, or ended.
    Hold,
}

const STEPS: [Step; 14] = [
    Step::Pin,
    Step::Unpin,
    Step::Write,
    Step::Delete,
    Step::Days(20),
    Step::Days(100),
    Step::Archive(None),
    Step::Archive(Some(5)),
    Step::Archive(Some(9)),
    Step::Restore(None),
    Step::Restore(Some(5)),
    Step::Purge(None),
    Step::Purge(Some(4)),
    Step::Hold,
];

/// A store, and what is known of what people want.
struct World {
    store: Store,
    disk: TrialDisk,
    id: ItemId,
    now: i64,
    walks: Vec<WalkRecord>,
    first_seen: FirstSeen,
    pinned: bool,
    /// When it was last written to or moved back, in ms. Who takes it off a list lets it go.
    wanted: i64,
    /// Whether its owner removed it and nobody made it anew.
    decided: bool,
    written: u32,
    /// Whether a removal was cut: the next run may go on with it.
    removing: bool,
    /// Every line that somebody wrote, and that nobody removed for ever.
    lines: BTreeSet<String>,
}

impl World {
    fn new() -> Self {
        let (store, disk) = (Store::new(), TrialDisk::aged(NOW, Times::all(NOW - 200 * DAY)));
        let id = store.old_channel("a");
        store.pin_log(&format!("[\"PIN\",[\"{id}\"],{}]\n", NOW - 200 * DAY));
        let lines = fs::read_to_string(store.paths.live(&id).body).unwrap().lines().map(Into::into).collect();
        let mut world = Self {
            store,
            disk,
            id,
            now: NOW,
            walks: Vec::new(),
            first_seen: FirstSeen::default(),
            pinned: true,
            wanted: NOW,
            decided: false,
            written: 0,
            removing: false,
            lines,
        };
        world.look();
        world
    }

    fn hands(&self) -> Hands<'_> {
        let run = format!("run-{}-{}", self.now, self.written);
        Hands { disk: &self.disk, paths: &self.store.paths, run, now: self.now, going: &Quietly }
    }

    /// A complete look at the store.
    fn look(&mut self) {
        self.disk.now.set(self.now);
        let seen = survey(&self.disk, &self.store.paths, self.now, &mut |_, _| ()).unwrap();
        self.walks.push(WalkRecord::of(&seen, self.now, self.now + HOUR));
        self.first_seen.remember(&self.disk, &self.store.paths.state, &seen, self.now).unwrap();
    }

    fn log(&mut self, command: &str) {
        let path = self.store.paths.pin_log(&KEY.parse().unwrap());
        let line = format!("[\"{command}\",[\"{}\"],{}]\n", self.id, self.now);
        fs::OpenOptions::new().append(true).open(&path).unwrap().write_all(line.as_bytes()).unwrap();
        self.disk.set(&path, Times::all(self.now));
    }

    fn plan(&self, journal: &Journal<'_>, purging: bool) -> Plan {
        let seen = survey(&self.disk, &self.store.paths, self.now, &mut |_, _| ()).unwrap();
        let policy = policy(90.0);
        let grounds = Grounds {
            disk: &self.disk,
            survey: &seen,
            paths: &self.store.paths,
            policy: &policy,
            journal,
            walks: &self.walks,
            reports: &BTreeMap::new(),
            declared: Declared::default(),
            now: self.now,
        };
        if purging { purge::plan(&grounds, &self.first_seen).unwrap() } else { Plan::make(&grounds).unwrap() }
    }

    /// What an operator does. A cut one is seen to its end by the next.
    fn operator(&self, step: Step) -> Result<(), String> {
        let words = |error: &dyn std::fmt::Display| error.to_string();
        let mut journal =
            Journal::open(&self.disk, &self.store.paths.state).map_err(|error| words(&error))?;
        let hands = self.hands();
        finish(&hands, &mut journal).map_err(|error| words(&error))?;
        let clock = TrialClock::at(self.now);
        match step {
            Step::Archive(_) => {
                let plan = self.plan(&journal, false);
                drop(carry_out(&hands, &clock, &mut journal, &plan, Some(&plan.digest)));
            }
            Step::Purge(_) => {
                let plan = self.plan(&journal, true);
                drop(purge::carry_out(&hands, &clock, &mut journal, &plan, Some(&plan.digest)));
            }
            _ => drop(hands.restore(&mut journal, &self.id)),
        }
        Ok(())
    }

    fn exists(&self, line: &str) -> bool {
        self.store.contents().iter().any(|content| String::from_utf8_lossy(content).contains(line))
    }

    fn is_live(&self) -> bool {
        self.store.paths.live(&self.id).body.exists()
    }

    fn take(&mut self, step: Step) -> Result<(), String> {
        self.disk.now.set(self.now);
        let live = self.store.paths.live(&self.id);
        let was_live = self.is_live();
        let before = self.lines.clone();
        match step {
            Step::Pin if !self.pinned => {
                self.log("PIN");
                self.pinned = true;
            }
            Step::Unpin if self.pinned => {
                self.log("UNPIN");
                self.pinned = false;
            }
            Step::Pin | Step::Unpin => {}
            Step::Write => {
                self.written += 1;
                let line = format!("[0,\"s\",\"MSG\",\"c\",\"line {}\",1]", self.written);
                if !live.metadata.exists() {
                    self.store.write(&live.metadata, &format!("{{\"channel\":\"{}\"}}\n", self.id));
                    self.disk.set(&live.metadata, Times::all(self.now));
                }
                let mut log = fs::OpenOptions::new().append(true).create(true).open(&live.body).unwrap();
                log.write_all(format!("{line}\n").as_bytes()).unwrap();
                self.disk.set(&live.body, Times::all(self.now));
                self.lines.insert(line);
                (self.wanted, self.decided) = (self.now, false);
            }
            Step::Delete if was_live => {
                // The server itself overwrites what lies in cold storage: that is no act of ours.
                let cold = self.store.paths.archived(&self.id).body;
                let over = fs::read_to_string(&cold).unwrap_or_default();
                removed_by_its_owner(&self.store, &self.id);
                for line in over.lines().map(str::to_owned).collect::<Vec<_>>() {
                    if !self.exists(&line) {
                        self.lines.remove(&line);
                    }
                }
                self.decided = true;
            }
            Step::Delete => {}
            Step::Days(days) => {
                for _ in 0..days / 10 {
                    self.now += 10 * DAY;
                    self.look();
                }
            }
            Step::Hold => {
                if hold::read(&self.disk, &self.store.paths).unwrap().is_some() {
                    hold::release(&self.disk, &self.store.paths, self.now).unwrap();
                } else {
                    let hold = Hold { by: "anna".into(), why: "x".into(), since: self.now, before: None };
                    hold::set(&self.disk, &self.store.paths, &hold).unwrap();
                }
            }
            Step::Archive(cut) | Step::Restore(cut) | Step::Purge(cut) => {
                let held = hold::read(&self.disk, &self.store.paths).unwrap().is_some();
                self.disk.left.set(cut);
                let done = self.operator(step);
                let was_cut = self.disk.left.get() == Some(0);
                let removes = matches!(step, Step::Purge(_)) || self.removing;
                self.removing = was_cut && removes;
                self.disk.left.set(None);
                if let (Err(error), false) = (done, was_cut) {
                    return Err(format!("the operator's run failed: {error}"));
                }
                let restores = matches!(step, Step::Restore(_));
                if restores && !was_live && self.is_live() {
                    (self.wanted, self.decided) = (self.now, false);
                }
                if was_live && !self.is_live() && (held || self.pinned) && !was_cut {
                    return Err(format!("taken, though held: {held}, pinned: {}", self.pinned));
                }
                if held && before.iter().any(|line| !self.exists(line)) {
                    return Err("removed under a hold".into());
                }
                let gone: Vec<String> = before.iter().filter(|line| !self.exists(line)).cloned().collect();
                if !gone.is_empty() {
                    let early = self.wanted + SOONEST * DAY > self.now;
                    if !removes || (self.pinned || early) && !self.decided {
                        return Err(format!("{gone:?} is nowhere"));
                    }
                    self.lines.retain(|line| !gone.contains(line));
                }
            }
        }
        Ok(())
    }

    /// After everything that may happen the next run leaves nothing under way, except under a hold.
    fn comes_to_an_end(&self) -> Result<(), String> {
        let held = hold::read(&self.disk, &self.store.paths).unwrap().is_some();
        let mut journal = Journal::open(&self.disk, &self.store.paths.state).map_err(|e| e.to_string())?;
        let all = finish(&self.hands(), &mut journal).map_err(|error| error.to_string())?;
        if !held && !all.left.is_empty() {
            return Err(format!("it does not come to an end: {:?}", all.left));
        }
        match self.lines.iter().find(|line| !self.exists(line)) {
            Some(line) if !self.removing => Err(format!("{line} is nowhere after the next run")),
            _ => Ok(()),
        }
    }

    /// Two histories that lead to the same have the same future: times count from now.
    fn fingerprint(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        for (path, content) in self.store.names() {
            let full = self.store.folder.path().join(&path);
            let age = pinfold_datadir::disk::Disk::stat(&self.disk, &full)
                .map(|stat| (self.now - stat.mtime, self.now - stat.ctime));
            (path, content, age.ok()).hash(&mut hasher);
        }
        let journal = fs::read_to_string(self.store.paths.state.join("acts.ndjson")).unwrap_or_default();
        let held = hold::read(&self.disk, &self.store.paths).unwrap().is_some();
        (self.now, self.wanted, self.pinned, self.decided, held, self.walks.len(), journal).hash(&mut hasher);
        hasher.finish()
    }
}

fn play(path: &[Step]) -> Result<World, String> {
    let mut world = World::new();
    for step in path {
        world.take(*step).map_err(|what| format!("{what}\nreplay: {path:?}"))?;
    }
    Ok(world)
}

/// All histories of so many steps. `PINFOLD_OPERATOR_STEPS` says how many; each more costs about ten times as much.
#[test]
fn no_short_history_loses_what_an_account_wants() {
    let most = std::env::var("PINFOLD_OPERATOR_STEPS").ok().and_then(|text| text.parse().ok()).unwrap_or(2);
    // What takes many steps to come about is where the histories begin.
    let begins: [&[Step]; 4] = [
        &[],
        &[Step::Unpin, Step::Days(100), Step::Archive(None), Step::Days(20)],
        &[
            Step::Unpin,
            Step::Days(100),
            Step::Archive(None),
            Step::Days(20),
            Step::Archive(None),
            Step::Days(100),
        ],
        &[Step::Unpin, Step::Days(100), Step::Archive(None), Step::Days(20), Step::Archive(Some(9))],
    ];
    let (mut seen, mut taken, mut removed) = (HashSet::new(), 0, 0);
    let mut paths: Vec<Vec<Step>> = begins.iter().map(|begin| begin.to_vec()).collect();
    for _ in 0..most {
        let mut next = Vec::new();
        for path in &paths {
            for step in STEPS {
                let mut path = path.clone();
                path.push(step);
                let world = play(&path).unwrap_or_else(|what| panic!("{what}"));
                if !seen.insert(world.fingerprint()) {
                    continue;
                }
                taken += usize::from(!world.is_live() && !world.decided);
                removed += usize::from(world.lines.is_empty());
                world.comes_to_an_end().unwrap_or_else(|what| panic!("{what}\nreplay: {path:?}"));
                next.push(path);
            }
        }
        paths = next;
    }
    // The histories are about something: documents were taken, and some were removed for ever.
    assert!(taken > 10 && removed > 0, "{} states, {taken} taken, {removed} removed", seen.len());
}
