//! Many letters dismissed one by one, in any order: steps are counted, never time.

use pinfold_core::channel::Line;
use pinfold_core::drive::account::Account;
use pinfold_core::drive::edit::{Edit, MailboxPlace, Shape, Viewed};
use pinfold_core::ids::MessageHash;
use pinfold_core::json::Value;
use pinfold_core::mailbox::Dismissed;
use pinfold_core::mailbox::delivery::Known;
use pinfold_core::mailbox::reader::{Input, MailboxReader};
use pinfold_core::ports::UnixMillis;
use pinfold_core::session::inbox::Reading;
use pinfold_core::wire::keeper::Existence;

use super::letters::{at_once, opened};

const MANY: usize = 1_000;
/// Steps for each letter, at most: it is copied, looked up and passed a few times.
const FEW: u64 = 40;

fn text(number: usize) -> String {
    format!(r#"{{"uid":"{number:056}"}}"#)
}

/// The orders in which letters are dismissed: each has a place that is far from the end of the prefix.
fn orders() -> Vec<Vec<usize>> {
    let last_first = (0..MANY).rev().collect();
    let scattered = (0..MANY).map(|at| at * 617 % MANY).collect();
    let odd_first = (0..MANY).map(|at| if at < MANY / 2 { 2 * at + 1 } else { 2 * at - MANY }).collect();
    vec![(0..MANY).collect(), last_first, scattered, odd_first]
}

struct World {
    reader: MailboxReader,
    document: Value,
    hashes: Vec<MessageHash>,
    steps: u64,
}

impl World {
    /// A reader that has handed out all letters. The first of them the document ends its prefix at.
    fn new() -> Self {
        let (mut reader, _) = opened(Dismissed::default(), Reading { whole: true, ..at_once() }, 1);
        reader.handle(Input::Joined);
        reader.handle(Input::Existence(&Existence::Known));
        let texts: Vec<String> = (0..MANY).map(text).collect();
        for message in &texts {
            reader.handle(Input::History { txid: 1, line: Line::new(message, Some(UnixMillis(7))) });
        }
        reader.handle(Input::End { txid: 1 });
        let hashes: Vec<MessageHash> = texts.iter().map(|text| MessageHash::of(text).unwrap()).collect();
        for hash in &hashes {
            assert_eq!(&reader.next_delivery(UnixMillis(0), &|_| Known::Settled).unwrap().hash, hash);
            reader.leave(hash);
        }
        let document =
            Value::parse(r#"{"mailboxes":{"notifications":{"channel":"c","viewed":[]}}}"#).unwrap();
        Self { reader, document, hashes, steps: 0 }
    }

    fn ask(&mut self, number: usize) -> Viewed {
        let dismissal = self.reader.dismiss(&self.hashes[number]).unwrap();
        Viewed::new(MailboxPlace::Own("notifications".to_owned()), dismissal)
    }

    fn write(&mut self, viewed: Viewed) {
        let before = viewed.steps();
        let edit = Edit::MarkViewed(viewed);
        assert_eq!(edit.apply(&mut self.document, Shape::Account), Ok(true));
        if let Edit::MarkViewed(viewed) = &edit {
            self.steps += viewed.steps() - before;
        }
        self.reader.document_says(Account::dismissed(&self.document, "notifications").unwrap());
    }

    /// All of them are dismissed, and nothing was looked at again and again.
    fn check(&self, of_the_log: u64) {
        let says = Account::dismissed(&self.document, "notifications").unwrap();
        assert_eq!(says.last_known.as_ref(), self.hashes.last());
        assert_eq!((says.viewed, self.reader.unread()), (Vec::new(), 0));
        let steps = self.steps + of_the_log;
        assert!(steps <= FEW * MANY as u64, "{steps} steps for {MANY} letters");
    }
}

#[test]
fn letters_that_are_dismissed_before_the_first_is_written_are_written_as_one() {
    for order in orders() {
        let mut world = World::new();
        let mut asked: Vec<Viewed> = order.into_iter().map(|number| world.ask(number)).collect();
        let of_the_log = asked.last().unwrap().steps();
        let (first, later) = asked.split_first_mut().unwrap();
        assert_eq!(first.join(later.iter()), MANY - 1);
        let all = first.clone();
        world.write(all);
        world.check(of_the_log);
    }
}

#[test]
fn letters_that_are_dismissed_one_after_the_other_each_cost_little() {
    for order in orders() {
        let mut world = World::new();
        let mut of_the_log = 0;
        for number in order {
            let viewed = world.ask(number);
            of_the_log = viewed.steps();
            world.write(viewed);
        }
        world.check(of_the_log);
    }
}

#[test]
fn letters_that_arrive_in_between_cost_no_copy_of_the_log() {
    let mut world = World::new();
    let mut of_the_log = 0;
    let mut asked = Vec::new();
    for number in 0..MANY {
        let message = text(MANY + number);
        world.reader.handle(Input::Live { line: Line::new(&message, Some(UnixMillis(8))) });
        asked.push(world.ask(MANY - 1 - number));
        of_the_log = asked.last().unwrap().steps();
        assert_eq!(world.reader.unread(), MANY);
    }
    let (first, later) = asked.split_first_mut().unwrap();
    assert_eq!(first.join(later.iter()), MANY - 1);
    let all = first.clone();
    world.write(all);
    assert_eq!(world.reader.unread(), MANY);
    let steps = world.steps + of_the_log;
    assert!(steps <= 2 * FEW * MANY as u64, "{steps} steps for {MANY} letters");
}

#[test]
fn only_what_is_of_one_mailbox_and_one_log_is_written_as_one() {
    let (mut world, mut other) = (World::new(), World::new());
    let mut first = world.ask(3);
    let elsewhere =
        Viewed::new(MailboxPlace::Team("1".to_owned()), world.reader.dismiss(&world.hashes[4]).unwrap());
    let later = [world.ask(5), elsewhere, world.ask(6)];
    assert_eq!(first.join(later.iter()), 1);
    assert_eq!(first.join([other.ask(7)].iter()), 0);
    world.write(first);
    let says = Account::dismissed(&world.document, "notifications").unwrap();
    assert_eq!(says.viewed, [world.hashes[3].clone(), world.hashes[5].clone()]);
}
