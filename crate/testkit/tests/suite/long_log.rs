//! A mailbox of 10,000 letters: the first is there before the last arrived, all of them come in their order, and what is
//! held of them stays within bounds, however slowly they are taken.

use std::collections::VecDeque;

use pinfold_core::crypto::curve::CurvePair;
use pinfold_core::ids::MessageHash;
use pinfold_core::json::Value;
use pinfold_core::mailbox::WINDOW;
use pinfold_core::mailbox::letter::seal;
use pinfold_core::session::effect::{Effect, Input, Ticket};
use pinfold_core::session::inbox::Reading;
use pinfold_testkit::account::{Built, Plan, Variety, build_with};
use pinfold_testkit::entropy::Seeded;
use pinfold_testkit::harness::{Harness, InOrder};
use pinfold_testkit::server::{Outgoing, Stored};

const LETTERS: usize = 10_000;

/// An account whose log of notifications is long: letters of 300 to 1,500 bytes, and one that is longer than what is held
/// of all of them. Returns their hashes.
fn account() -> (Built, Vec<String>) {
    let plan = Plan { seed: 3, documents: 2, folders: 1, per_folder: 1 };
    let mut built = build_with(plan, &Variety { mixed: true, letters: 1, ..Variety::default() }).unwrap();
    let mut entropy = Seeded::new(11);
    let mine = built.document.get("curvePrivate").and_then(Value::as_str).unwrap();
    let mine = CurvePair::from_base64(mine).unwrap();
    let author = CurvePair::from_base64("BQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQU=").unwrap();
    let mut letter = |at: usize| {
        let length = if at == LETTERS / 2 { WINDOW } else { entropy.below(900) };
        let text = format!(r#"{{"type":"UNFRIEND","content":{{"at":{at},"x":"{}"}}}}"#, "x".repeat(length));
        let message = seal(&text, &author, mine.public(), None, &mut entropy).unwrap();
        Stored { message, time: 1_700_000_000_000 + at as u64 }
    };
    let log: Vec<Stored> = (0..LETTERS).map(&mut letter).collect();
    let hashes = log.iter().map(|stored| stored.message[..64].to_owned()).collect();
    let notifications = built.mailboxes.iter().find(|mailbox| mailbox.name == "notifications").unwrap();
    built.server.channels.get_mut(&notifications.channel).unwrap().messages = log;
    (built, hashes)
}

/// A session whose frames arrive one by one.
struct Slow {
    harness: Harness,
    frames: VecDeque<String>,
    mailbox: Ticket,
    open: Option<MessageHash>,
    delivered: Vec<String>,
    /// Frames that had arrived when the first letter was delivered.
    first_after: Option<usize>,
    arrived: usize,
    most: usize,
    asked: Vec<String>,
}

impl Slow {
    fn carry_out(&mut self) {
        while let Some(effect) = self.harness.session.poll() {
            match effect {
                Effect::Send(frame) => {
                    for outgoing in self.harness.built.server.receive(&frame) {
                        if let Outgoing::Answer(answer) = outgoing {
                            self.frames.extend(answer.frames);
                        }
                    }
                    self.asked.push(frame);
                }
                Effect::Delivery(_, delivery) => {
                    assert!(self.open.is_none(), "one at a time");
                    assert!(delivery.letter.is_ok(), "{:?}", delivery.letter);
                    self.first_after.get_or_insert(self.arrived);
                    self.delivered.push(delivery.hash.as_str().to_owned());
                    self.open = Some(delivery.hash);
                }
                _ => {}
            }
        }
        self.most = self.most.max(self.harness.session.mailbox_bytes(self.mailbox));
    }

    fn requests(&self) -> usize {
        self.asked.iter().filter(|frame| frame.contains("GET_HISTORY_RANGE")).count()
    }

    fn keep(&mut self) {
        if let Some(hash) = self.open.take() {
            self.harness.session.leave_message(self.harness.now, self.mailbox, &hash);
            self.carry_out();
        }
    }
}

fn read(built: Built, frames_per_letter: usize) -> Slow {
    let mut harness = Harness::new(built);
    harness.resume(&mut InOrder).unwrap();
    harness.load(&mut InOrder).unwrap();
    let reading = Reading { whole: true, ..Reading::default() };
    let mailbox = harness.session.open_mailbox(harness.now, "notifications", reading).unwrap();
    let mut slow = Slow {
        harness,
        frames: VecDeque::new(),
        mailbox,
        open: None,
        delivered: Vec::new(),
        first_after: None,
        arrived: 0,
        most: 0,
        asked: Vec::new(),
    };
    slow.carry_out();
    loop {
        while let Some(frame) = slow.frames.pop_front() {
            slow.arrived += 1;
            slow.harness.session.handle(slow.harness.now, Input::Frame(&frame));
            slow.carry_out();
            if slow.arrived.is_multiple_of(frames_per_letter) {
                slow.keep();
            }
        }
        if slow.open.is_none() {
            return slow;
        }
        slow.keep();
    }
}

#[test]
fn ten_thousand_letters_come_in_order_and_within_bounds() {
    let (built, hashes) = account();
    let logs =
        || built.server.channels.values().flat_map(|log| &log.messages).map(|stored| stored.message.len());
    let (bytes, longest) = (logs().sum::<usize>(), logs().max().unwrap());
    assert!(bytes > 9 * WINDOW && longest > WINDOW, "{bytes} bytes, {longest} in one");
    let slow = read(built.clone(), 3);
    assert!(slow.delivered == hashes, "all of them, in the server's order, once");
    assert!(slow.first_after.unwrap() < 10, "the first came after {:?} frames", slow.first_after);
    assert!(slow.most <= WINDOW + longest, "{} bytes were held", slow.most);
    // Each request brings about half of what may be held.
    assert!(slow.requests() < 4 * bytes / WINDOW, "{} requests", slow.requests());

    // What is taken as fast as it comes is asked for once.
    let (mut built, half) = (built, LETTERS / 2);
    let log = built.server.channels.values_mut().find(|log| log.messages.len() == LETTERS).unwrap();
    log.messages.truncate(half);
    let quick = read(built, 1);
    assert!(quick.delivered == hashes[..half]);
    assert!(quick.most < WINDOW / 100, "{} bytes were held", quick.most);
    assert_eq!(quick.requests(), 0);
}
