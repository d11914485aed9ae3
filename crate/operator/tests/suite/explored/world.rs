//! The world that is explored: a store with one or two documents. An account, an owner and an operator act on it. It notes which
//! documents somebody wants.

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
use pinfold_operator::settle::{Decision, Right};
use pinfold_operator::survey::{Declared, survey};
use pinfold_operator::waits::WalkRecord;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::Write;

const HOUR: i64 = 3_600_000;
/// Nothing that nobody decided is removed for ever sooner after somebody last wrote to it or moved it back, in days.
const SOONEST: i64 = 149;
/// Nor sooner after an account let it go: its whole time in cold storage, in days.
const LET_GO: i64 = 90;

/// Documents are named by their numbers. A second number is that of the write before which the power goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// The account takes the document into its list.
    Pin(usize),
    /// It takes it off.
    Unpin(usize),
    /// Somebody writes; where nothing is live a client makes the document anew.
    Write(usize),
    /// Its owner removes it.
    Delete(usize),
    /// So many days go by, with a complete look at the store on each tenth.
    Days(i64),
    /// A plan is made and carried out, with consent.
    Archive(Option<u32>),
    /// The document is moved back.
    Restore(usize, Option<u32>),
    /// Its live side is set aside.
    Aside(usize, Option<u32>),
    /// A verdict is carried out.
    Settle(usize, Right, Option<u32>),
    /// Cold storage is emptied.
    Purge(Option<u32>),
    /// A hold is set, or ended.
    Hold,
}

impl Step {
    /// Every step with so many documents.
    pub fn all(documents: usize) -> Vec<Self> {
        let of_one = |n| {
            [
                Self::Pin(n),
                Self::Unpin(n),
                Self::Write(n),
                Self::Delete(n),
                Self::Restore(n, None),
                Self::Restore(n, Some(5)),
                Self::Aside(n, None),
                Self::Settle(n, Right::ArchivedWins, None),
                Self::Settle(n, Right::ArchivedWins, Some(9)),
                Self::Settle(n, Right::LiveWins, Some(5)),
            ]
        };
        let of_all = [
            Self::Days(20),
            Self::Days(100),
            Self::Archive(None),
            Self::Archive(Some(5)),
            Self::Archive(Some(9)),
            Self::Purge(None),
            Self::Purge(Some(4)),
            Self::Hold,
        ];
        (0..documents).flat_map(of_one).chain(of_all).collect()
    }

    /// After how many writes the power goes.
    fn cut(self) -> Option<u32> {
        match self {
            Self::Archive(cut) | Self::Purge(cut) => cut,
            Self::Restore(_, cut) | Self::Aside(_, cut) | Self::Settle(_, _, cut) => cut,
            _ => None,
        }
    }
}

/// What is known of one document.
struct Known {
    id: ItemId,
    pinned: bool,
    /// When it was last written to or moved back, in ms.
    wanted: i64,
    /// When the account took it off its list, in ms.
    let_go: i64,
    /// Whether its owner removed it and nobody made it anew.
    decided: bool,
    /// Every line that somebody wrote, and that nobody removed for ever.
    lines: BTreeSet<String>,
}

/// The store, and which of its documents somebody wants.
pub struct World {
    store: Store,
    disk: TrialDisk,
    now: i64,
    walks: Vec<WalkRecord>,
    first_seen: FirstSeen,
    written: u32,
    /// Whether a removal was cut: the next run may go on with it.
    removing: bool,
    known: Vec<Known>,
}

impl World {
    pub fn new(documents: usize) -> Self {
        let (store, disk) = (Store::new(), TrialDisk::aged(NOW, Times::all(NOW - 200 * DAY)));
        let known: Vec<Known> = ["a", "b"]
            .into_iter()
            .take(documents)
            .map(|label| {
                let id = store.old_channel(label);
                let log = fs::read_to_string(store.paths.live(&id).body).unwrap();
                let lines = log.lines().map(Into::into).collect();
                Known { id, pinned: true, wanted: NOW, let_go: i64::MIN, decided: false, lines }
            })
            .collect();
        let ids: Vec<String> = known.iter().map(|known| format!("\"{}\"", known.id)).collect();
        store.pin_log(&format!("[\"PIN\",[{}],{}]\n", ids.join(","), NOW - 200 * DAY));
        let mut world = Self {
            store,
            disk,
            now: NOW,
            walks: Vec::new(),
            first_seen: FirstSeen::default(),
            written: 0,
            removing: false,
            known,
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

    fn log(&mut self, command: &str, n: usize) {
        let path = self.store.paths.pin_log(&KEY.parse().unwrap());
        let line = format!("[\"{command}\",[\"{}\"],{}]\n", self.known[n].id, self.now);
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
        let id = |n: usize| self.known[n].id.clone();
        match step {
            Step::Archive(_) => {
                let plan = self.plan(&journal, false);
                drop(carry_out(&hands, &clock, &mut journal, &plan, Some(&plan.digest)));
            }
            Step::Purge(_) => {
                let plan = self.plan(&journal, true);
                drop(purge::carry_out(&hands, &clock, &mut journal, &plan, Some(&plan.digest)));
            }
            Step::Restore(n, _) => drop(hands.restore(&mut journal, &id(n))),
            Step::Aside(n, _) => drop(hands.aside(&mut journal, &id(n))),
            Step::Settle(n, right, _) => {
                drop(hands.settle(&mut journal, &Decision { id: id(n), right, live: None }));
            }
            _ => {}
        }
        Ok(())
    }

    fn exists(&self, line: &str) -> bool {
        self.store.contents().iter().any(|content| String::from_utf8_lossy(content).contains(line))
    }

    fn is_live(&self, n: usize) -> bool {
        self.store.paths.live(&self.known[n].id).body.exists()
    }

    fn held(&self) -> bool {
        hold::read(&self.disk, &self.store.paths).unwrap().is_some()
    }

    pub fn take(&mut self, step: Step) -> Result<(), String> {
        self.disk.now.set(self.now);
        match step {
            Step::Pin(n) if !self.known[n].pinned => {
                self.log("PIN", n);
                self.known[n].pinned = true;
            }
            Step::Unpin(n) if self.known[n].pinned => {
                self.log("UNPIN", n);
                (self.known[n].pinned, self.known[n].let_go) = (false, self.now);
            }
            Step::Pin(_) | Step::Unpin(_) => {}
            Step::Write(n) => self.write(n),
            Step::Delete(n) => self.delete(n),
            Step::Days(days) => {
                for _ in 0..days / 10 {
                    self.now += 10 * DAY;
                    self.look();
                }
            }
            Step::Hold => {
                if self.held() {
                    hold::release(&self.disk, &self.store.paths, self.now).unwrap();
                } else {
                    let hold = Hold { by: "anna".into(), why: "x".into(), since: self.now, before: None };
                    hold::set(&self.disk, &self.store.paths, &hold).unwrap();
                }
            }
            _ => return self.judged(step),
        }
        Ok(())
    }

    fn write(&mut self, n: usize) {
        self.written += 1;
        let live = self.store.paths.live(&self.known[n].id);
        let line = format!("[0,\"s\",\"MSG\",\"c\",\"line {}\",1]", self.written);
        if !live.metadata.exists() {
            self.store.write(&live.metadata, &format!("{{\"channel\":\"{}\"}}\n", self.known[n].id));
            self.disk.set(&live.metadata, Times::all(self.now));
        }
        let mut log = fs::OpenOptions::new().append(true).create(true).open(&live.body).unwrap();
        log.write_all(format!("{line}\n").as_bytes()).unwrap();
        self.disk.set(&live.body, Times::all(self.now));
        let known = &mut self.known[n];
        known.lines.insert(line);
        (known.wanted, known.decided) = (self.now, false);
    }

    fn delete(&mut self, n: usize) {
        if !self.is_live(n) {
            return;
        }
        // The server itself overwrites what lies in cold storage: that is no act of ours.
        let over = fs::read_to_string(self.store.paths.archived(&self.known[n].id).body).unwrap_or_default();
        removed_by_its_owner(&self.store, &self.known[n].id);
        let gone: Vec<&str> = over.lines().filter(|line| !self.exists(line)).collect();
        self.known[n].lines.retain(|line| !gone.contains(&line.as_str()));
        self.known[n].decided = true;
    }

    /// Lets the operator act, and looks at what became of every document.
    fn judged(&mut self, step: Step) -> Result<(), String> {
        let held = self.held();
        let were_live: Vec<bool> = (0..self.known.len()).map(|n| self.is_live(n)).collect();
        self.disk.left.set(step.cut());
        let done = self.operator(step);
        let was_cut = self.disk.left.get() == Some(0);
        let removes = matches!(step, Step::Purge(_)) || self.removing;
        self.removing = was_cut && removes;
        self.disk.left.set(None);
        if let (Err(error), false) = (done, was_cut) {
            return Err(format!("the operator's run failed: {error}"));
        }
        // What somebody who can open it decided, or an operator named, goes whoever pins it; nothing of it is lost.
        let by_name = matches!(step, Step::Aside(..) | Step::Settle(..));
        for (n, was_live) in were_live.into_iter().enumerate() {
            let is_live = self.is_live(n);
            let known = &self.known[n];
            let pinned = known.pinned;
            if was_live && !is_live && (held || pinned) && !was_cut && !by_name {
                return Err(format!("document {n} taken, though held: {held}, pinned: {pinned}"));
            }
            let gone: Vec<String> = known.lines.iter().filter(|line| !self.exists(line)).cloned().collect();
            if !gone.is_empty() {
                let early = known.wanted + SOONEST * DAY > self.now
                    || known.let_go.saturating_add(LET_GO * DAY) > self.now;
                if held || !removes || (pinned || early) && !known.decided {
                    return Err(format!(
                        "{gone:?} of document {n} is nowhere; held: {held}, pinned: {pinned}"
                    ));
                }
            }
            let known = &mut self.known[n];
            known.lines.retain(|line| !gone.contains(line));
            if !was_live && is_live {
                (known.wanted, known.decided) = (self.now, false);
            }
        }
        Ok(())
    }

    /// After everything that may happen the next run leaves nothing under way, except under a hold.
    pub fn comes_to_an_end(&self) -> Result<(), String> {
        let mut journal = Journal::open(&self.disk, &self.store.paths.state).map_err(|e| e.to_string())?;
        let all = finish(&self.hands(), &mut journal).map_err(|error| error.to_string())?;
        if !self.held() && !all.left.is_empty() {
            return Err(format!("it does not come to an end: {:?}", all.left));
        }
        match self.known.iter().flat_map(|known| &known.lines).find(|line| !self.exists(line)) {
            Some(line) if !self.removing => Err(format!("{line} is nowhere after the next run")),
            _ => Ok(()),
        }
    }

    /// Whether the first document was taken for want of activity, and whether it was removed for ever.
    pub fn first(&self) -> (bool, bool) {
        (!self.is_live(0) && !self.known[0].decided, self.known[0].lines.is_empty())
    }

    /// How many lines there are of a document, anywhere.
    pub fn lines(&self, n: usize) -> usize {
        self.known[n].lines.len()
    }

    /// Two histories that lead to the same have the same future: times count from now.
    pub fn fingerprint(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        for (path, content) in self.store.names() {
            let full = self.store.folder.path().join(&path);
            let age = pinfold_datadir::disk::Disk::stat(&self.disk, &full)
                .map(|stat| (self.now - stat.mtime, self.now - stat.ctime));
            (path, content, age.ok()).hash(&mut hasher);
        }
        let journal = fs::read_to_string(self.store.paths.state.join("acts.ndjson")).unwrap_or_default();
        for known in &self.known {
            (known.pinned, known.wanted, known.let_go, known.decided).hash(&mut hasher);
        }
        (self.now, self.held(), self.walks.len(), journal).hash(&mut hasher);
        hasher.finish()
    }
}
