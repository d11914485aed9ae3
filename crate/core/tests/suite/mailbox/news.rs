//! Which letters are news: what CryptPad's client does by itself, seen by whoever reads the deliveries (docs/mailbox.md).

use std::collections::HashSet;
use std::time::Duration;

use pinfold_core::channel::{Line, TxIds};
use pinfold_core::crypto::curve::CurvePair;
use pinfold_core::error::Error;
use pinfold_core::ids::{ChannelId, MessageHash};
use pinfold_core::mailbox::delivery::{Delivery, Known, Patience};
use pinfold_core::mailbox::habits::{NoNews, Reader};
use pinfold_core::mailbox::letter::{MailboxKeys, seal};
use pinfold_core::mailbox::reader::{Ask, Input, MailboxReader};
use pinfold_core::mailbox::{Dismissed, WINDOW};
use pinfold_core::ports::{Entropy, UnixMillis};
use pinfold_core::secret::Secret;
use pinfold_core::wire::keeper::Existence;

use super::letters::ends;

struct Counting(u8);

impl Entropy for Counting {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), Error> {
        out.fill_with(|| {
            self.0 = self.0.wrapping_mul(29).wrapping_add(7);
            self.0
        });
        Ok(())
    }
}

fn person(number: u8) -> CurvePair {
    CurvePair::from_secret(Secret::derive_with(|out: &mut [u8; 32]| out.fill(number)))
}

fn key(number: u8) -> String {
    person(number).public().to_base64()
}

/// The reader of these mailboxes is person 1; person 2 is a contact and person 3 is muted.
const ME: u8 = 1;

/// Why a letter is no news and which one did that, and which ones it does that to.
type Told = (Option<(NoNews, Option<usize>)>, Vec<usize>);

/// A mailbox whose letters are sealed, or that of the operators, which is open.
struct Inbox {
    reader: MailboxReader,
    log: Vec<String>,
    sealed: bool,
    entropy: Counting,
}

impl Inbox {
    fn open(sealed: bool, window: usize, dismissed: Dismissed) -> Self {
        let channel = ChannelId::parse(&"c".repeat(32)).unwrap();
        let keys = sealed.then(|| MailboxKeys::new(person(ME)));
        let (mut reader, _) = MailboxReader::open(
            channel,
            keys,
            dismissed,
            false,
            Patience(Duration::ZERO),
            window,
            TxIds::starting_at(1).pair(),
        );
        let people = |number| HashSet::from([key(number)]);
        let (friends, muted) = (people(2), people(3));
        reader.reads_as(&Reader { curve_public: key(ME), friends, muted, ..Reader::default() });
        reader.handle(Input::Joined);
        reader.handle(Input::Existence(&Existence::Known));
        Self { reader, log: Vec::new(), sealed, entropy: Counting(1) }
    }

    fn stored(&mut self, author: u8, text: &str) -> String {
        let text = text.replace("ME", &key(ME)).replace("SELF", &key(author));
        let stored = match self.sealed {
            true => seal(&text, &person(author), person(ME).public(), None, &mut self.entropy).unwrap(),
            false => text,
        };
        self.log.push(stored.clone());
        stored
    }

    /// The letters come as the history of the log.
    fn history(&mut self, letters: &[(u8, &str)]) {
        for (author, text) in letters {
            let message = self.stored(*author, text);
            let time = Some(UnixMillis(self.log.len() as u64));
            assert_eq!(self.reader.handle(Input::History { txid: 1, line: Line::new(&message, time) }), None);
        }
    }

    fn end(&mut self) {
        assert_eq!(self.reader.handle(Input::End { txid: 1 }), None);
    }

    fn live(&mut self, author: u8, text: &str) {
        let message = self.stored(author, text);
        let time = Some(UnixMillis(self.log.len() as u64));
        assert_eq!(self.reader.handle(Input::Live { line: Line::new(&message, time) }), None);
    }

    fn hash(&self, at: usize) -> MessageHash {
        MessageHash::of(&self.log[at]).unwrap()
    }

    fn next(&mut self) -> Option<Delivery> {
        if self.reader.lacks_texts()
            && let Some(Ask::Range { txid, range }) = self.reader.fetch(50)
        {
            let (first, last) = ends(&range);
            let at = |hash: &MessageHash| (0..self.log.len()).find(|at| self.hash(*at) == *hash).unwrap();
            let range = at(first.unwrap_or(last))..=at(last);
            for message in &self.log[range] {
                self.reader.handle(Input::Range { txid, line: Line::new(message, None) });
            }
            self.reader.handle(Input::RangeEnd { txid, readable: true });
        }
        let delivery = self.reader.next_delivery(UnixMillis(0), &|_| Known::Settled)?;
        self.reader.leave(&delivery.hash);
        Some(delivery)
    }

    /// Everything that can be delivered now: why each is no news, what did it, and what it does to others.
    fn all(&mut self) -> Vec<Told> {
        let mut all = Vec::new();
        while let Some(delivery) = self.next() {
            let at = |hash: &MessageHash| (0..self.log.len()).find(|at| self.hash(*at) == *hash).unwrap();
            let no_news = delivery.superseded.map(|it| (it.why, it.by.as_ref().map(at)));
            all.push((no_news, delivery.supersedes.iter().map(at).collect()));
        }
        all
    }
}

const REQUEST: &str = r#"{"type":"FRIEND_REQUEST","content":{"user":{"curvePublic":"SELF"}}}"#;
const CANCEL: &str = r#"{"type":"CANCEL_FRIEND_REQUEST","content":{}}"#;
const SHARE: &str = r#"{"type":"SHARE_PAD","content":{"href":"/code/#/2/code/view/x/"}}"#;
const NEWS: Told = (None, Vec::new());

fn is(why: NoNews, by: impl Into<Option<usize>>) -> Told {
    (Some((why, by.into())), Vec::new())
}

fn custom(uid: &str) -> String {
    format!(r#"{{"uid":"{uid:0>56}","type":"BROADCAST_CUSTOM","content":{{"en":"hello"}}}}"#)
}

fn delete(own: &str, uid: &str) -> String {
    format!(r#"{{"uid":"{own:0>56}","type":"BROADCAST_DELETE","content":{{"uid":"{uid:0>56}"}}}}"#)
}

fn dated(uid: &str, kind: &str, content: &str) -> String {
    format!(r#"{{"uid":"{uid:0>56}","type":"BROADCAST_{kind}","content":{{{content}}}}}"#)
}

#[test]
fn what_is_taken_back_in_the_log_is_never_news() {
    for window in [0, WINDOW] {
        let mut inbox = Inbox::open(false, window, Dismissed::default());
        let texts = [custom("1"), custom("2"), delete("3", "1"), custom("4")];
        let texts: Vec<(u8, &str)> = texts.iter().map(|text| (0, text.as_str())).collect();
        inbox.history(&texts);
        assert_eq!(inbox.all(), [], "the rest of the log may take the first back");
        inbox.end();
        assert_eq!(inbox.reader.news(), 2);
        let withdrawal = (Some((NoNews::Withdrawal, None)), vec![0]);
        assert_eq!(inbox.all(), [is(NoNews::Withdrawn, 2), NEWS, withdrawal, NEWS], "{window}");
        assert_eq!(inbox.reader.news(), 2);
    }
}

#[test]
fn what_comes_later_says_what_it_takes_back() {
    let mut inbox = Inbox::open(false, WINDOW, Dismissed::default());
    inbox.history(&[(0, custom("1").as_str())]);
    inbox.end();
    assert_eq!((inbox.all(), inbox.reader.news()), (vec![NEWS], 1));
    inbox.live(0, &delete("2", "1"));
    assert_eq!(inbox.all(), [(Some((NoNews::Withdrawal, None)), vec![0])]);
    assert_eq!(inbox.reader.news(), 0);
    // Nothing is dismissed by that: it can be, like any other.
    assert!(!inbox.reader.is_dismissed(&inbox.hash(0)));
    assert!(inbox.reader.dismiss(&inbox.hash(0)).is_some());
    assert_eq!((inbox.reader.unread(), inbox.reader.news()), (1, 0));
    assert!(inbox.reader.dismiss(&inbox.hash(1)).is_some());
    assert_eq!((inbox.reader.unread(), inbox.reader.news()), (0, 0));
    inbox.reader.not_dismissed(&inbox.hash(1));
    assert_eq!((inbox.reader.unread(), inbox.reader.news()), (1, 0));
}

#[test]
fn there_is_one_maintenance_and_one_survey_at_a_time() {
    let mut inbox = Inbox::open(false, WINDOW, Dismissed::default());
    let texts = [
        dated("1", "MAINTENANCE", r#""start":1,"end":2"#),
        dated("2", "SURVEY", r#""url":"/form/""#),
        dated("3", "MAINTENANCE", r#""start":3,"end":4"#),
        dated("4", "SURVEY", ""),
        dated("5", "MAINTENANCE", r#""start":5"#),
        delete("6", "5"),
        delete("7", "5"),
    ];
    let texts: Vec<(u8, &str)> = texts.iter().map(|text| (0, text.as_str())).collect();
    inbox.history(&texts);
    inbox.end();
    let withdrawal = |of: &[usize]| (Some((NoNews::Withdrawal, None)), of.to_vec());
    assert_eq!(
        inbox.all(),
        [
            is(NoNews::Replaced, 2),
            is(NoNews::Withdrawn, 3),
            (Some((NoNews::Replaced, Some(4))), vec![0]),
            withdrawal(&[1]),
            (Some((NoNews::Withdrawn, Some(5))), vec![2]),
            withdrawal(&[4]),
            withdrawal(&[]),
        ]
    );
}

#[test]
fn a_second_request_of_the_same_person_is_no_news() {
    let mut inbox = Inbox::open(true, WINDOW, Dismissed::default());
    inbox.history(&[(5, REQUEST), (5, REQUEST), (6, REQUEST), (6, CANCEL), (7, CANCEL), (5, REQUEST)]);
    inbox.end();
    assert_eq!(inbox.reader.news(), 1);
    assert_eq!(
        inbox.all(),
        [
            NEWS,
            is(NoNews::Repeated, 0),
            is(NoNews::Withdrawn, 3),
            (Some((NoNews::Withdrawal, None)), vec![2]),
            is(NoNews::Withdrawal, None),
            is(NoNews::Repeated, 0),
        ]
    );
    // Once the first is dismissed, the next one asks anew.
    assert!(inbox.reader.dismiss(&inbox.hash(0)).is_some());
    inbox.live(5, REQUEST);
    assert_eq!(inbox.all(), [NEWS]);
}

#[test]
fn a_document_that_is_shared_again_is_news_once() {
    let mut inbox = Inbox::open(true, WINDOW, Dismissed::default());
    let other = SHARE.replace("/x/", "/y/");
    inbox.history(&[(2, SHARE), (2, other.as_str()), (5, SHARE)]);
    inbox.end();
    assert_eq!(inbox.all(), [is(NoNews::Replaced, 2), NEWS, (None, vec![0])]);
    inbox.live(2, SHARE);
    assert_eq!(inbox.all(), [(None, vec![2])]);
    assert_eq!(inbox.reader.news(), 2);
}

#[test]
fn some_letters_are_no_news_because_of_who_wrote_them() {
    let mut inbox = Inbox::open(true, WINDOW, Dismissed::default());
    let claims = r#"{"type":"TEST","content":{"user":{"curvePublic":"ME"}}}"#;
    let unfriend = r#"{"type":"UNFRIEND","content":{}}"#;
    inbox.history(&[(5, claims), (ME, claims), (2, unfriend), (5, unfriend), (3, SHARE), (3, REQUEST)]);
    inbox.history(&[(5, SHARE), (3, SHARE)]);
    inbox.end();
    let muted = is(NoNews::Muted, None);
    assert_eq!(
        inbox.all(),
        [
            is(NoNews::Foreign, None),
            NEWS,
            NEWS,
            is(NoNews::Stranger, None),
            muted.clone(),
            muted.clone(),
            NEWS,
            muted,
        ]
    );
}

/// Announcements are the operators': in a mailbox in which everybody can write they take nothing back.
#[test]
fn a_stranger_takes_nothing_back() {
    let mut inbox = Inbox::open(true, WINDOW, Dismissed::default());
    let named = SHARE.replace(r#"{"type"#, &format!(r#"{{"uid":"{:0>56}","type"#, "1"));
    let texts = [
        custom("1"),
        delete("2", "1"),
        dated("3", "SURVEY", r#""url":"/form/""#),
        dated("4", "SURVEY", ""),
        dated("5", "MAINTENANCE", ""),
    ];
    inbox.history(&[(2, named.as_str())]);
    for text in &texts {
        inbox.history(&[(5, text.as_str())]);
    }
    inbox.history(&[(5, CANCEL), (2, REQUEST)]);
    inbox.end();
    let all = inbox.all();
    assert_eq!(all.len(), 8);
    for (at, delivered) in all.iter().enumerate() {
        let expected = if at == 6 { is(NoNews::Withdrawal, None) } else { NEWS };
        assert_eq!(*delivered, expected, "{at}");
    }
}

/// What was dismissed before it came says nothing about the others.
#[test]
fn what_is_dismissed_supersedes_nothing() {
    let mut first = Inbox::open(true, WINDOW, Dismissed::default());
    let message = first.stored(5, REQUEST);
    let dismissed = Dismissed { viewed: vec![MessageHash::of(&message).unwrap()], ..Dismissed::default() };
    let mut inbox = Inbox::open(true, WINDOW, dismissed);
    inbox.history(&[(5, REQUEST), (5, REQUEST), (5, REQUEST)]);
    assert_eq!(inbox.log[0], message);
    inbox.end();
    assert_eq!(inbox.all(), [NEWS, NEWS, is(NoNews::Repeated, 1)]);
}

/// A count that is taken anew with every letter would make this run for minutes.
#[test]
fn thousands_of_live_letters_are_counted_as_they_come() {
    let mut inbox = Inbox::open(false, 0, Dismissed::default());
    inbox.end();
    for number in 0..30_000_usize {
        inbox.live(0, &custom(&number.to_string()));
        assert_eq!((inbox.reader.unread(), inbox.reader.news()), (number + 1, number + 1));
    }
}
