//! Giving one operation up, at any moment: what else is under way goes on, and the next operation is not harmed.

use std::time::Duration;

use pinfold_core::drive::complete::Drive;
use pinfold_core::error::{Code, Error};
use pinfold_core::json::{Object, Text, Value};
use pinfold_core::session::effect::{Event, Outcome, Ticket};
use pinfold_core::session::inbox::Reading;
use pinfold_core::session::sending::Recipient;
use pinfold_testkit::account::{Plan, Variety, build_with};
use pinfold_testkit::harness::{Harness, InOrder};

const BOX: &str = "notifications";
/// More answers than any of these operations needs.
const MOST: usize = 200;

struct Beside {
    letter: Ticket,
    mailbox: Ticket,
    letters: usize,
}

fn opened() -> Harness {
    let plan = Plan { seed: 5, documents: 2, folders: 4, per_folder: 2 };
    let mut harness = Harness::new(build_with(plan, &Variety { letters: 8, ..Variety::default() }).unwrap());
    harness.give_up_unknown();
    harness.resume(&mut InOrder).unwrap();
    harness
}

fn text(document: &Value, path: &[&str]) -> String {
    path.iter().try_fold(document, |at, key| at.get(key)).and_then(Value::as_str).unwrap().to_owned()
}

/// A letter is being sent, and a mailbox read.
fn beside(harness: &mut Harness) -> Beside {
    let root = harness.session.document().unwrap();
    let document = root.document();
    let to = text(document, &["mailboxes", "notifications", "channel"]);
    let recipient = Recipient::new(&text(document, &["curvePublic"]), &to).unwrap();
    let letters = harness.built.mailboxes.iter().find(|mailbox| mailbox.name == BOX).unwrap().letters.len();
    let whole = Reading { whole: true, patience: Duration::from_millis(1), ..Reading::default() };
    let mailbox = harness.session.open_mailbox(harness.now, BOX, whole).unwrap();
    let letter =
        harness.session.send_letter(harness.now, &recipient, "FRIEND_REQUEST", Object::new()).unwrap();
    Beside { letter, mailbox, letters }
}

fn was_cut(harness: &Harness) -> bool {
    harness.events.iter().any(|event| matches!(event, Event::Net { open: false, .. }))
}

/// Both end as if nothing had been given up.
fn both_finish(harness: &mut Harness, beside: &Beside) {
    assert!(matches!(harness.run(beside.letter, &mut InOrder), Ok(Outcome::Sent { .. })));
    for _ in 0..MOST {
        if harness.deliveries.len() >= beside.letters {
            break;
        }
        harness.go_on(&mut InOrder);
    }
    assert!(harness.deliveries.len() >= beside.letters, "{} letters", harness.deliveries.len());
    assert!(harness.ended.iter().all(|(ticket, _)| *ticket != beside.mailbox));
    assert!(!was_cut(harness), "the connection stayed");
}

/// Begins an operation beside a letter and a mailbox, and gives it up after so many answers. How it ended; `None`:
/// that was too late.
fn given_up(
    harness: &mut Harness,
    answers: usize,
    start: impl FnOnce(&mut Harness) -> Ticket,
) -> (Beside, Option<Error>) {
    let ticket = start(harness);
    let beside = beside(harness);
    for _ in 0..answers {
        harness.deliver_one();
    }
    if let Some(ended) = harness.ended(ticket) {
        ended.unwrap();
        return (beside, None);
    }
    harness.session.cancel(harness.now, ticket);
    let error = harness.ended(ticket).expect("it ends at once").unwrap_err();
    (beside, Some(error))
}

#[test]
fn a_loading_that_is_given_up_disturbs_no_letter_and_no_mailbox() {
    let mut moments = 0;
    for answers in 0..MOST {
        let mut harness = opened();
        let (beside, error) =
            given_up(&mut harness, answers, |harness| harness.session.load_drive(harness.now).unwrap());
        both_finish(&mut harness, &beside);
        let Some(error) = error else { break };
        assert_eq!(error.code(), Code::NetClosed);
        moments += 1;
        // What was being read is read: the next loading is whole.
        assert!(matches!(harness.load(&mut InOrder).unwrap(), Drive::Complete(_)));
        assert!(!was_cut(&harness));
    }
    assert!(moments > 10, "{moments}");
}

fn changes(harness: &Harness) -> usize {
    let changing = |command: &str| matches!(command, "PIN" | "UNPIN" | "RESET");
    harness.built.server.commands.iter().filter(|(command, _)| changing(command)).count()
}

/// `forgets`: the server has forgotten its sessions, so each call has to be signed anew.
#[test]
fn a_pin_run_that_is_given_up_sends_nothing_more_and_the_next_one_is_right() {
    for forgets in [false, true] {
        let (mut moments, mut unconfirmed) = (0, 0);
        for answers in 0..MOST {
            let mut harness = opened();
            let Drive::Complete(drive) = harness.load(&mut InOrder).unwrap() else { panic!("partial") };
            let set = drive.pin_set();
            let (beside, error) = given_up(&mut harness, answers, |harness| {
                if forgets {
                    harness.built.server.expire_sessions();
                }
                harness.session.sync_pins(harness.now, &set, None).unwrap()
            });
            let sent = changes(&harness);
            both_finish(&mut harness, &beside);
            let Some(error) = error else { break };
            harness.drain();
            assert_eq!(changes(&harness), sent, "nothing was sent after the end");
            assert!(matches!(error.code(), Code::NetClosed | Code::PinsUnconfirmed), "{error}");
            unconfirmed += usize::from(error.code() == Code::PinsUnconfirmed);
            moments += 1;
            assert!(harness.pin(&Drive::Complete(drive), &mut InOrder).unwrap().confirmed());
            assert!(!was_cut(&harness));
        }
        assert!(moments > 3 && unconfirmed > 0, "{moments}, {unconfirmed}");
    }
}

/// The answer to a call of a run that was given up says nothing to a run that began before it came.
#[test]
fn a_late_answer_of_a_pin_run_is_not_handed_to_the_next_run() {
    for answers in 0..MOST {
        let mut harness = opened();
        let Drive::Complete(drive) = harness.load(&mut InOrder).unwrap() else { panic!("partial") };
        let set = drive.pin_set();
        let (beside, error) = given_up(&mut harness, answers, |harness| {
            harness.session.sync_pins(harness.now, &set, None).unwrap()
        });
        if error.is_none() {
            break;
        }
        let ticket = harness.session.sync_pins(harness.now, &set, None).unwrap();
        let Ok(Outcome::Pins(receipt)) = harness.run(ticket, &mut InOrder) else { panic!("no receipt") };
        assert!(receipt.confirmed());
        both_finish(&mut harness, &beside);
    }
}

#[test]
fn a_folder_that_is_given_up_while_it_is_made_harms_nothing() {
    let (mut moments, mut not_made) = (0, 0);
    for answers in 0..MOST {
        let mut harness = opened();
        harness.load(&mut InOrder).unwrap();
        let before: Vec<String> = harness.built.server.channels.keys().cloned().collect();
        let (beside, error) = given_up(&mut harness, answers, |harness| {
            harness.session.create_folder(harness.now, &Text::from("New"), Vec::new(), None).unwrap()
        });
        let made = harness.built.server.channels.len();
        both_finish(&mut harness, &beside);
        let Some(error) = error else { break };
        assert_eq!(error.code(), Code::NetClosed);
        moments += 1;
        harness.drain();
        // Nothing more is made, and nobody stays in what was.
        assert_eq!(harness.built.server.channels.len(), made, "after {answers} answers");
        let new = harness.built.server.channels.keys().filter(|channel| !before.contains(channel));
        assert!(new.clone().all(|channel| harness.built.server.members(channel).is_empty()));
        not_made += usize::from(new.count() == 0);
        assert!(matches!(harness.load(&mut InOrder).unwrap(), Drive::Complete(_)));
    }
    assert!(moments > 3 && not_made > 1, "{moments}, {not_made}");
}

/// Who waits for something of an account is told when the session goes on to another.
#[test]
fn going_on_to_another_account_ends_what_was_under_way() {
    let mut harness = opened();
    let beside = beside(&mut harness);
    let signed_in = harness.built.signed_in().unwrap();
    let ticket = harness.session.resume(harness.now, signed_in).unwrap();
    assert_eq!(harness.ended(beside.letter).unwrap().unwrap_err().code(), Code::MisuseClosed);
    assert!(
        harness
            .ended
            .iter()
            .any(|(mailbox, error)| { *mailbox == beside.mailbox && error.code() == Code::MisuseClosed })
    );
    harness.run(ticket, &mut InOrder).unwrap();
    assert!(matches!(harness.load(&mut InOrder).unwrap(), Drive::Complete(_)));
}

/// Nothing else can be on a connection that was made for a log-in.
#[test]
fn a_log_in_that_is_given_up_hangs_up() {
    let plan = Plan { seed: 5, documents: 1, folders: 0, per_folder: 0 };
    let mut harness = Harness::new(build_with(plan, &Variety::default()).unwrap());
    let signed_in = harness.built.signed_in().unwrap();
    let ticket = harness.session.resume(harness.now, signed_in).unwrap();
    harness.deliver_one();
    harness.session.cancel(harness.now, ticket);
    assert_eq!(harness.ended(ticket).unwrap().unwrap_err().code(), Code::NetClosed);
    assert!(harness.pending().is_empty() && harness.session.deadline().is_none());
}
