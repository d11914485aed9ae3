//! Mailboxes of a whole session: the gate, lost connections, dismissals, and crashes between a delivery and its dismissal,
//! in whatever order things happen; and each way in which a log can turn out other than expected.

use std::collections::BTreeSet;
use std::time::Duration;

use pinfold_core::error::Code;
use pinfold_core::ids::MessageHash;
use pinfold_core::mailbox::WINDOW;
use pinfold_core::session::effect::Ticket;
use pinfold_core::session::inbox::Reading;
use pinfold_testkit::account::{Built, Plan, Variety, build_with};
use pinfold_testkit::entropy::Seeded;
use pinfold_testkit::harness::{Harness, InOrder, Shuffled};

/// What everybody is told: letters without keys.
const BOX: &str = "broadcast";
const PAD: &str = "0123456789abcdef0123456789abcdef";
/// Longer than any of these runs.
const PATIENCE: u64 = 1_000_000_000_000;

fn account() -> Built {
    let plan = Plan { seed: 9, documents: 1, folders: 2, per_folder: 1 };
    build_with(plan, &Variety { letters: 2, teams: 1, ..Variety::default() }).unwrap()
}

fn channel() -> String {
    "0".repeat(33)
}

/// A letter, which names a document or does not.
fn letter(number: usize, names: bool) -> String {
    let content = if names { format!(r#""channel":"{PAD}""#) } else { String::new() };
    format!(r#"{{"uid":"{number:056}","type":"FORM_RESPONSE","content":{{{content}}}}}"#)
}

fn hash(text: &str) -> String {
    MessageHash::of(text).unwrap().as_str().to_owned()
}

struct World {
    random: Seeded,
    harness: Harness,
    mailbox: Ticket,
    /// Texts in the order in which they were stored first.
    log: Vec<String>,
    clock: u64,
    replayed: BTreeSet<String>,
    /// Of this life: what was delivered and looked at, the loading of the drive, and dismissals under way.
    seen: usize,
    asked: bool,
    loading: Option<Ticket>,
    loaded: bool,
    dismissing: Vec<(Ticket, String)>,
    /// Of all lives: dismissals that were acknowledged, and those of which nobody knows.
    written: BTreeSet<String>,
    doubtful: BTreeSet<String>,
}

fn open(built: Built, random: &mut Seeded) -> (Harness, Ticket) {
    let mut harness = Harness::with_entropy(built, Seeded::new(random.next_u64()));
    harness.keeps = false;
    harness.resume(&mut InOrder).unwrap();
    let window = [0, 400, WINDOW][random.below(3)];
    let reading = Reading { whole: random.below(2) == 0, patience: Duration::from_millis(PATIENCE), window };
    let mailbox = harness.session.open_mailbox(harness.now, BOX, reading).unwrap();
    (harness, mailbox)
}

impl World {
    fn new(built: Built, seed: u64) -> Self {
        let mut random = Seeded::new(seed);
        let stored = &built.server.channels[&channel()].messages;
        let log = stored.iter().map(|stored| stored.message.clone()).collect();
        let expected = built.mailboxes.iter().find(|mailbox| mailbox.name == BOX).unwrap();
        let dismissed = expected.letters.iter().filter(|letter| letter.dismissed);
        let written = dismissed.map(|letter| letter.hash.clone()).collect();
        let (harness, mailbox) = open(built, &mut random);
        let mut world = Self {
            random,
            harness,
            mailbox,
            log,
            clock: 1_700_000_100_000,
            replayed: BTreeSet::new(),
            seen: 0,
            asked: false,
            loading: None,
            loaded: false,
            dismissing: Vec::new(),
            written,
            doubtful: BTreeSet::new(),
        };
        (0..world.random.below(8)).for_each(|_| world.write());
        world
    }

    fn store(&mut self, text: &str) {
        self.clock += 1;
        let frame = self.harness.built.server.write(&channel(), text, self.clock);
        self.harness.relay(&channel(), frame);
    }

    fn write(&mut self) {
        let text = letter(self.log.len(), self.random.below(3) == 0);
        self.store(&text);
        self.log.push(text);
    }

    fn act(&mut self) {
        match self.random.below(20) {
            0..=8 if !self.harness.pending().is_empty() => {
                let mut schedule = Shuffled(Seeded::new(self.random.next_u64()));
                self.harness.go_on(&mut schedule);
            }
            0..=8 => self.harness.pass(self.harness.now + Duration::from_millis(500)),
            9 | 10 => self.write(),
            11 => {
                // Also the first, which another client dismissed: nothing but the log tells that.
                let text = self.log[self.random.below(self.log.len())].clone();
                self.replayed.insert(hash(&text));
                self.store(&text);
            }
            12..=14 => self.keep(),
            15 | 16 => self.dismiss(),
            17 => self.load(),
            18 => self.harness.cut(),
            _ => self.crash(),
        }
        self.look();
    }

    fn keep(&mut self) {
        if let Some((_, delivery)) = self.harness.deliveries.last() {
            let hash = delivery.hash.clone();
            self.harness.session.leave_message(self.harness.now, self.mailbox, &hash);
        }
    }

    /// One of the letters that were delivered in this life.
    fn dismiss(&mut self) {
        let count = self.harness.deliveries.len();
        if count == 0 {
            return;
        }
        let hash = self.harness.deliveries[self.random.below(count)].1.hash.clone();
        if let Ok(ticket) = self.harness.session.dismiss(self.harness.now, self.mailbox, &hash) {
            self.dismissing.push((ticket, hash.as_str().to_owned()));
        }
    }

    fn load(&mut self) {
        if self.loading.is_none()
            && let Ok(ticket) = self.harness.session.load_drive(self.harness.now)
        {
            (self.asked, self.loading) = (true, Some(ticket));
        }
    }

    /// All that is not on the server is gone.
    fn crash(&mut self) {
        self.doubtful.extend(self.dismissing.drain(..).map(|(_, hash)| hash));
        let built = self.harness.built.clone();
        (self.harness, self.mailbox) = open(built, &mut self.random);
        (self.seen, self.asked, self.loading, self.loaded) = (0, false, None, false);
    }

    /// Only allowed things may happen.
    fn look(&mut self) {
        // Carries out what the session asked for last.
        assert!(self.harness.ended(self.mailbox).is_none());
        assert!(self.harness.ended.is_empty(), "{:?}", self.harness.ended);
        for (ticket, hash) in std::mem::take(&mut self.dismissing) {
            match self.harness.ended(ticket) {
                None => self.dismissing.push((ticket, hash)),
                Some(Ok(_)) => _ = self.written.insert(hash),
                Some(Err(_)) => _ = self.doubtful.insert(hash),
            }
        }
        if let Some(ended) = self.loading.and_then(|ticket| self.harness.ended(ticket)) {
            self.loading = None;
            self.loaded |= ended.is_ok();
        }
        let order = |hash: &str| self.log.iter().position(|text| text.starts_with(hash)).unwrap();
        let mut before = BTreeSet::new();
        let mut last = None;
        for (at, (_, delivery)) in self.harness.deliveries.iter().enumerate() {
            let hash = delivery.hash.as_str();
            let place = order(hash);
            assert_eq!(delivery.position, at as u64);
            assert!(before.insert(hash.to_owned()), "{place} twice");
            if !self.replayed.contains(hash) {
                assert!(last.replace(place).is_none_or(|last| last < place), "{place} out of order");
            }
            if at < self.seen {
                continue;
            }
            let opened = delivery.letter.as_ref().unwrap();
            assert_eq!(opened.text, self.log[place]);
            let known = self.written.contains(hash) || self.doubtful.contains(hash);
            assert!(delivery.dismissed || !self.written.contains(hash), "{place} came back");
            assert!(!delivery.dismissed || known || self.dismissing.iter().any(|(_, asked)| asked == hash));
            // Not before the folders are settled, once somebody asked for them; marked where nobody did.
            let names = opened.text.contains(PAD) && !delivery.dismissed;
            assert!(!names || self.loaded || !self.asked, "{place} came before the folders");
            assert_eq!(delivery.unresolved, names && !self.loaded, "{place}");
        }
        self.seen = self.harness.deliveries.len();
    }

    /// The connection holds, the drive is loaded and everything is taken: then nothing is missing.
    fn finish(mut self) {
        for _ in 0..4 * (self.log.len() + self.replayed.len()) + 40 {
            self.harness.pass(self.harness.now + Duration::from_secs(5));
            self.look();
            if !self.loaded {
                self.load();
            }
            self.keep();
            self.look();
        }
        assert!(self.loaded && self.dismissing.is_empty());
        for (at, text) in self.log.iter().enumerate() {
            let hash = hash(text);
            let delivered =
                self.harness.deliveries.iter().any(|(_, delivery)| delivery.hash.as_str() == hash);
            let gone = self.written.contains(&hash) || self.doubtful.contains(&hash);
            assert!(delivered || gone, "{at} was lost");
        }
    }
}

#[test]
fn each_letter_once_in_order_and_not_before_its_folders() {
    let built = account();
    let one = std::env::var("PINFOLD_SEED").ok().and_then(|seed| seed.parse().ok());
    for seed in one.map_or_else(|| (0..60).collect::<Vec<u64>>(), |seed| vec![seed]) {
        println!(
            "replay: PINFOLD_SEED={seed} cargo test -p pinfold-testkit --test suite mailbox::each_letter"
        );
        let mut world = World::new(built.clone(), seed);
        (0..120).for_each(|_| world.act());
        world.finish();
    }
}

/// A mailbox whose seven letters were read, three of them dismissed; the server's log can then be changed.
fn read() -> Harness {
    let mut built = account();
    for number in 10..14 {
        built.server.write(&channel(), &letter(number, false), 1_700_000_200_000 + number as u64);
    }
    let mut harness = Harness::new(built);
    harness.resume(&mut InOrder).unwrap();
    let mailbox = harness.session.open_mailbox(harness.now, BOX, Reading::default()).unwrap();
    harness.drain();
    assert_eq!(harness.deliveries.len(), 7);
    for at in [1, 2] {
        let hash = harness.deliveries[at].1.hash.clone();
        let ticket = harness.session.dismiss(harness.now, mailbox, &hash).unwrap();
        assert!(harness.run(ticket, &mut InOrder).is_ok());
    }
    harness.deliveries.clear();
    assert!(harness.notices.is_empty());
    harness
}

/// The connection is lost, `change` happens to the log, and reading goes on; or, `anew`, in another session.
fn after(change: impl FnOnce(&mut Vec<pinfold_testkit::server::Stored>), anew: bool) -> Harness {
    let mut harness = read();
    harness.cut();
    change(&mut harness.built.server.channels.get_mut(&channel()).unwrap().messages);
    if anew {
        harness = Harness::new(harness.built.clone());
        harness.resume(&mut InOrder).unwrap();
        harness.session.open_mailbox(harness.now, BOX, Reading::default()).unwrap();
    }
    harness.pass(harness.now + Duration::from_secs(5));
    assert!(harness.ended.is_empty());
    harness
}

/// The server refuses one question, by its number: that says nothing of the mailbox.
#[test]
fn a_page_that_is_refused_ends_and_the_mailbox_goes_on() {
    let mut harness = read();
    let mailbox = harness.states[0].0;
    let page = harness.session.older_letters(harness.now, mailbox, 5).unwrap();
    assert!(harness.ended(page).is_none());
    let asked = harness.sent.last().unwrap();
    assert!(asked.contains("GET_HISTORY_RANGE"), "{asked}");
    let number = asked[1..].split(',').next().unwrap().to_owned();
    harness.interject(&format!("[{number},\"ERROR\",\"EINVAL\",\"\"]"));
    assert_eq!(harness.ended(page).unwrap().unwrap_err().code(), Code::RpcRefused);
    harness.drain();
    assert!(harness.ended.is_empty());
    let page = harness.session.older_letters(harness.now, mailbox, 5).unwrap();
    assert!(harness.run(page, &mut InOrder).is_ok());
}

fn codes(harness: &Harness) -> Vec<Code> {
    harness.notices.iter().map(|(_, code)| *code).collect()
}

fn undismissed(harness: &Harness) -> Vec<String> {
    let new = harness.deliveries.iter().filter(|(_, delivery)| !delivery.dismissed);
    new.map(|(_, delivery)| delivery.hash.as_str().to_owned()).collect()
}

#[test]
fn a_log_without_its_anchor_is_read_whole_and_what_was_dismissed_stays_so() {
    // The third of the log is the end of the dismissed prefix.
    let harness = after(|log| _ = log.remove(2), true);
    assert_eq!(codes(&harness), [Code::MailboxAnchorLost]);
    let log = &harness.built.server.channels[&channel()].messages;
    assert_eq!(undismissed(&harness), log[2..].iter().map(|m| hash(&m.message)).collect::<Vec<_>>());
}

#[test]
fn a_log_that_lost_its_end_has_a_gap_and_repeats_nothing() {
    let fresh = letter(20, false);
    let stored = pinfold_testkit::server::Stored { message: fresh.clone(), time: 1_700_000_300_000 };
    let harness = after(
        |log| {
            log.pop();
            log.push(stored);
        },
        false,
    );
    assert_eq!(codes(&harness), [Code::MailboxGap]);
    assert_eq!(undismissed(&harness), [hash(&fresh)]);
}

#[test]
fn a_log_in_another_order_is_noticed_and_repeats_nothing() {
    let harness = after(
        |log| {
            log.pop();
            log.swap(3, 4);
        },
        false,
    );
    assert_eq!(codes(&harness), [Code::MailboxGap, Code::MailboxReordered]);
    assert!(harness.deliveries.is_empty());
}

#[test]
fn letters_that_name_documents_wait_for_the_teams_once_one_was_asked_for() {
    let mut built = account();
    built.server.write(&channel(), &letter(10, true), 1_700_000_200_000);
    let mut harness = Harness::new(built);
    harness.resume(&mut InOrder).unwrap();
    harness.load(&mut InOrder).unwrap();
    let team = harness.built.teams[0].id.clone();
    let ticket = harness.session.load_team(harness.now, &team).unwrap();
    harness.session.open_mailbox(harness.now, BOX, Reading::default()).unwrap();
    while harness.states.iter().all(|(_, state)| state.held.is_none()) {
        assert!(harness.ended(ticket).is_none(), "the team was loaded before the letter came");
        // The mailbox first, whatever the team asks for.
        let mailbox = |answer: &pinfold_testkit::server::Answer| answer.channel() == Some(&channel());
        let at = harness.pending().iter().position(mailbox);
        harness.go_on(&mut At(at.unwrap_or(0)));
    }
    assert_eq!(harness.deliveries.len(), 3);
    assert!(harness.run(ticket, &mut InOrder).is_ok());
    harness.drain();
    assert_eq!((harness.deliveries.len(), harness.deliveries[3].1.unresolved), (4, false));
    assert_eq!(codes(&harness), []);
}

struct At(usize);

impl pinfold_testkit::harness::Schedule for At {
    fn choose(&mut self, pending: &[pinfold_testkit::server::Answer]) -> usize {
        self.0.min(pending.len() - 1)
    }
}

#[test]
fn without_a_drive_letters_come_at_once_and_say_so() {
    let mut built = account();
    for number in 10..13 {
        built.server.write(&channel(), &letter(number, true), 1_700_000_200_000 + number as u64);
    }
    let mut harness = Harness::new(built);
    harness.resume(&mut InOrder).unwrap();
    harness.session.open_mailbox(harness.now, BOX, Reading::default()).unwrap();
    let began = harness.now;
    harness.drain();
    assert_eq!((harness.deliveries.len(), harness.now), (6, began));
    assert!(harness.deliveries[3..].iter().all(|(_, delivery)| delivery.unresolved));
    assert_eq!(codes(&harness), [Code::MailboxNotLoaded]);
}
