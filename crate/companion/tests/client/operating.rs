//! Two programs on one data directory: the embedded server, whose clients make documents, write, pin, unpin and reset, and an operator who
//! archives, restores, settles and empties cold storage meanwhile. No lock is between them. Nothing that was acknowledged may be nowhere.

use crate::device::{Client, key, public};
use pinfold_datadir::config::{Config, Plain};
use pinfold_datadir::decrees::Decrees;
use pinfold_datadir::id::{ItemId, KeyName};
use pinfold_datadir::paths::Paths;
use pinfold_operator::archive::{ActError, Hands};
use pinfold_operator::check::{Before, Problem, check};
use pinfold_operator::clock::{Clock, RealClock};
use pinfold_operator::cold::FirstSeen;
use pinfold_operator::finish::finish;
use pinfold_operator::going::Quietly;
use pinfold_operator::journal::{Act, Journal, Step, Target};
use pinfold_operator::plan::{Grounds, Plan};
use pinfold_operator::policy::{DAY, Policy};
use pinfold_operator::purge;
use pinfold_operator::run::carry_out;
use pinfold_operator::settle::{Decision, Right};
use pinfold_operator::survey::{Declared, survey};
use pinfold_operator::waits::WalkRecord;
use pinfold_server::{DataOption, Options, Server};
use pinfold_testkit::operators::aged::AgedDisk;
use pinfold_testkit::operators::chance::Chance;
use pinfold_testkit::operators::clock::TrialClock;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

const CHANNELS: usize = 24;
const MESSAGES: usize = 80;

/// The channels. Those of even numbers are pinned from the beginning to the end; of the others every second one is never pinned by anybody.
fn channel(n: usize) -> String {
    format!("{:02x}{:030x}", n % 3, n + 1)
}

fn pinned(n: usize) -> bool {
    n.is_multiple_of(2)
}

fn ids() -> Vec<ItemId> {
    (0..CHANNELS).map(|n| channel(n).parse().unwrap()).collect()
}

/// The operator. All documents are 200 days old for it, also those that were written a moment ago: so nothing is spared because it is used.
struct Operator {
    paths: Paths,
    now: i64,
}

const DISK: AgedDisk = AgedDisk(200 * DAY);

impl Operator {
    fn policy() -> Policy {
        let mut config = Config::default();
        config.set("inactiveTime", Plain::Number(90.0));
        Policy::of(&config, &Decrees::default()).unwrap()
    }

    fn hands(&self, run: &str, now: i64) -> Hands<'_> {
        Hands { disk: &DISK, paths: &self.paths, run: run.into(), now, going: &Quietly }
    }

    fn plan(&self, journal: &Journal<'_>, cold: Option<&FirstSeen>) -> Plan {
        let seen = survey(&DISK, &self.paths, self.now, &mut |_, _| ()).unwrap();
        let walk = |days: i64| WalkRecord {
            began: self.now - days * DAY,
            ended: self.now - days * DAY,
            ..WalkRecord::default()
        };
        let grounds = Grounds {
            disk: &DISK,
            survey: &seen,
            paths: &self.paths,
            policy: &Self::policy(),
            journal,
            walks: &[walk(5), walk(3)],
            reports: &BTreeMap::new(),
            declared: Declared::default(),
            now: self.now,
        };
        match cold {
            Some(cold) => purge::plan(&grounds, cold).unwrap(),
            None => Plan::make(&grounds).unwrap(),
        }
    }

    /// A whole run over everything that nobody pins, while clients pin. Answers how many were moved, and how many moved back.
    fn archive(&self, journal: &mut Journal<'_>) -> (usize, usize) {
        let hands = self.hands("mark", self.now - 20 * DAY);
        for id in ids() {
            journal.note(hands.record(Act::Mark, &Target::Item(id), Step::Done)).unwrap();
        }
        let plan = self.plan(journal, None);
        let hands = self.hands("archive", self.now);
        let done = carry_out(&hands, &TrialClock::at(self.now), journal, &plan, Some(&plan.digest)).unwrap();
        assert_eq!(done.damaged, []);
        (done.archived.len(), done.moved_back.len())
    }

    /// Moves at random until the clients are done. Everything counts as moved 200 days ago, so that cold storage can be emptied of it.
    fn shuffle(&self, journal: &mut Journal<'_>, stop: &AtomicBool, seed: u64) -> usize {
        let hands = self.hands("shuffle", self.now - 200 * DAY);
        let (mut chance, mut acts, ids) = (Chance(seed), 0, ids());
        while !stop.load(Ordering::Relaxed) || acts < 100 {
            let id = &ids[chance.below(CHANNELS as u64) as usize];
            let decide = |right| Decision { id: id.clone(), right, live: None };
            let done = match chance.below(8) {
                0..=2 => hands.archive(journal, id, "INACTIVE", None),
                3..=4 => hands.restore(journal, id),
                5 => hands.settle(journal, &decide(Right::ArchivedWins)),
                6 => hands.settle(journal, &decide(Right::LiveWins)),
                _ => hands.aside(journal, id).map(drop),
            };
            match done {
                Ok(()) | Err(ActError::Nothing | ActError::Conflict | ActError::Changed) => acts += 1,
                Err(other) => panic!("seed {seed}, act {acts} on {id}: {other}"),
            }
            assert!(finish(&hands, journal).unwrap().is_empty(), "seed {seed}, act {acts} on {id}");
        }
        acts
    }

    /// Empties cold storage. Answers of which documents.
    fn purge(&self, journal: &mut Journal<'_>) -> BTreeSet<Target> {
        let plan = self.plan(journal, Some(&FirstSeen::default()));
        let hands = self.hands("purge", self.now);
        let done =
            purge::carry_out(&hands, &TrialClock::at(self.now), journal, &plan, Some(&plan.digest)).unwrap();
        done.removed.into_iter().collect()
    }
}

/// All that lies anywhere below a folder, as text.
fn everything(folder: &Path, text: &mut String) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            everything(&path, text);
        } else if !path.ends_with("acts.ndjson") {
            text.push_str(&String::from_utf8_lossy(&fs::read(&path).unwrap()));
        }
    }
}

/// Writes a message, and waits for what the server says of it.
async fn acknowledges(client: &mut Client, n: usize, text: &str) -> bool {
    let seq = client.send(json!(["MSG", channel(n), text])).await;
    loop {
        // Others come and go meanwhile.
        let frame = client.frame().await;
        if frame[0] == json!(seq) {
            return frame[1] == json!("ACK");
        }
    }
}

/// How a client comes to its channels.
#[derive(Clone, Copy)]
enum Begin {
    Create,
    Join,
}

/// A client that writes to its share of the channels. Answers what was acknowledged.
async fn write(mut client: Client, begin: Begin, share: usize, mut chance: Chance) -> Vec<(usize, String)> {
    let seed = chance.0;
    let mine: Vec<usize> = (0..CHANNELS).filter(|n| n % 3 == share).collect();
    for n in &mine {
        match begin {
            Begin::Create => client.create(&channel(*n), json!({ "created": n })).await,
            Begin::Join => drop(client.join(&channel(*n)).await),
        }
    }
    let mut acknowledged = Vec::new();
    for at in 0..MESSAGES {
        let n = mine[chance.below(mine.len() as u64) as usize];
        let text = format!("message-{seed}-{share}-{at}-of-{n}.");
        if acknowledges(&mut client, n, &text).await {
            acknowledged.push((n, text));
        }
    }
    acknowledged
}

/// A client that pins and resets for an account. Answers the list that was acknowledged last.
async fn pin(mut client: Client, name: &str, seed: u64) -> BTreeSet<String> {
    let key = key(name);
    let mut chance = Chance(seed);
    client.log_in(&key).await;
    let forever: BTreeSet<String> = (0..CHANNELS).filter(|n| pinned(*n)).map(channel).collect();
    let mut list = BTreeSet::new();
    for at in 0..40 {
        let others = (0..CHANNELS).filter(|n| n % 4 == 1 && chance.below(3) == 0).map(channel);
        let some: BTreeSet<String> = others.collect();
        let (command, argument, next) = match at % 3 {
            // A list that grows: one that shrinks for no reason makes the log doubtful, and all that it ever named stays.
            0 => ("RESET", &(&list | &some) | &forever, &(&list | &some) | &forever),
            1 => ("PIN", some.clone(), &list | &some),
            _ => ("UNPIN", &some & &list, &list - &some),
        };
        if argument.is_empty() {
            continue;
        }
        let answer = client.call(&key, command, json!(argument)).await;
        assert_ne!(answer[0], json!("ERROR"), "{command}: {answer:?}");
        list = next;
    }
    list
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_works_beside_a_server_and_nothing_is_lost() {
    let seed = std::env::var("PINFOLD_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(1);
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("data");
    let options =
        Options { data: DataOption::Directory { path: data.clone(), fresh: true }, ..Options::default() };
    let server = Server::start(options).await.unwrap();
    let lists = [pin(Client::connect(&server).await, "first", seed).await];
    let writers: Vec<_> = futures_util::future::join_all((0..3).map(|_| Client::connect(&server))).await;
    let made = writers
        .into_iter()
        .enumerate()
        .map(|(share, client)| write(client, Begin::Create, share, Chance(seed)));
    let mut acknowledged: Vec<(usize, String)> =
        futures_util::future::join_all(made).await.into_iter().flatten().collect();
    assert_eq!(acknowledged.len(), 3 * MESSAGES);

    let operator = Arc::new(Operator { paths: Paths::below(&data), now: RealClock::default().wall() });
    let stop = Arc::new(AtomicBool::new(false));
    let (theirs, stopped) = (Arc::clone(&operator), Arc::clone(&stop));
    let (began, begun) = tokio::sync::oneshot::channel();
    let running = tokio::task::spawn_blocking(move || {
        let mut journal = Journal::open(&DISK, &theirs.paths.state).unwrap();
        // Once while nobody is there, and all of it comes back; then once more while clients write and pin.
        let (quietly, _) = theirs.archive(&mut journal);
        let hands = theirs.hands("back", theirs.now);
        for id in ids() {
            let _ = hands.restore(&mut journal, &id);
        }
        began.send(()).unwrap();
        let (moved, back) = theirs.archive(&mut journal);
        let acts = theirs.shuffle(&mut journal, &stopped, seed);
        (quietly, moved + back, acts, theirs.purge(&mut journal))
    });
    begun.await.unwrap();
    // Old sessions write on, and an account pins and resets, while documents go under them and come back.
    let pins = pin(Client::connect(&server).await, "second", seed + 1);
    let writers: Vec<_> = futures_util::future::join_all((0..3).map(|_| Client::connect(&server))).await;
    let more = writers
        .into_iter()
        .enumerate()
        .map(|(share, client)| write(client, Begin::Join, share, Chance(seed + 2 + share as u64)));
    let (second, more) = tokio::join!(pins, futures_util::future::join_all(more));
    stop.store(true, Ordering::Relaxed);
    let (quietly, moved, acts, removed) = running.await.unwrap();
    acknowledged.extend(more.into_iter().flatten());
    assert!(quietly >= CHANNELS / 4 && acts >= 100, "seed {seed}: {quietly} moved, {acts} acts");
    println!(
        "seed {seed}: {} messages, {moved} moved by the run, {acts} acts, {} copies purged",
        acknowledged.len(),
        removed.len()
    );

    let mut text = String::new();
    everything(&data, &mut text);
    let is_removed = |n: usize| removed.contains(&Target::Item(channel(n).parse().unwrap()));
    for (n, message) in &acknowledged {
        assert!(
            text.contains(message.as_str()) || (!pinned(*n) && is_removed(*n)),
            "seed {seed}: {message} is nowhere"
        );
    }
    // Both lists are what was acknowledged last.
    let seen = survey(&DISK, &operator.paths, operator.now, &mut |_, _| ()).unwrap();
    for (name, list) in [("first", &lists[0]), ("second", &second)] {
        let key: KeyName = public(&key(name)).parse().unwrap();
        let account = seen.accounts.iter().find(|account| account.key == key).unwrap();
        let found: BTreeSet<String> = account.log.pins.iter().map(|id| id.to_string()).collect();
        assert_eq!(&found, list, "seed {seed}: {name}");
    }
    // What an account pins is live, or it is told.
    let journal = Journal::open(&DISK, &operator.paths.state).unwrap();
    let problems = check(&DISK, &operator.paths, &seen, &journal, Before::default()).unwrap();
    let told = |n: usize| {
        problems.iter().any(|problem| {
            matches!(problem, Problem::PinnedInColdStorage { id, .. } | Problem::Missing { id, .. } if id.to_string() == channel(n))
        })
    };
    for n in (0..CHANNELS).filter(|n| lists[0].contains(&channel(*n)) || second.contains(&channel(*n))) {
        let id: ItemId = channel(n).parse().unwrap();
        assert!(operator.paths.live(&id).body.exists() || told(n), "seed {seed}: {id}");
    }
    // What came back is served whole by the next start of the server: this one remembers where messages began in logs that went under it.
    server.shutdown().await;
    let hands = operator.hands("end", operator.now);
    let mut journal = journal;
    for id in ids() {
        // What was written on while it was in cold storage is a conflict: the operator says that the live side counts.
        if let Err(ActError::Conflict) = hands.restore(&mut journal, &id) {
            hands.settle(&mut journal, &Decision { id, right: Right::LiveWins, live: None }).unwrap();
        }
    }
    let options = Options { data: DataOption::Directory { path: data, fresh: false }, ..Options::default() };
    let server = Server::start(options).await.unwrap();
    let mut client = Client::connect(&server).await;
    for n in (0..CHANNELS).filter(|n| pinned(*n)) {
        let id: ItemId = channel(n).parse().unwrap();
        let Ok(log) = fs::read_to_string(operator.paths.live(&id).body) else { continue };
        client.join(&channel(n)).await;
        let history: Vec<Value> = client.history(&channel(n), json!({ "txid": 1 })).await;
        let served = history.iter().map(|line| line.to_string()).collect::<String>();
        for (_, message) in
            acknowledged.iter().filter(|(of, message)| *of == n && log.contains(message.as_str()))
        {
            assert!(served.contains(message.as_str()), "seed {seed}: {message} is not served");
        }
    }
}
