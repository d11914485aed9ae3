//! Mailboxes against a model: any log with replays and deletions, any overlap of history and live messages, any
//! lost connection, another device, and a crash at any point between delivery and dismissal.

mod gate;
mod letters;
mod reading;
mod seams;
mod texts;
mod world;

use pinfold_core::mailbox::WINDOW;
use proptest::prelude::*;
use world::{Action, World};

fn action() -> impl Strategy<Value = Action> {
    let index = any::<prop::sample::Index>;
    prop_oneof![
        4 => index().prop_map(Action::Write),
        1 => (index(), index()).prop_map(|(which, place)| Action::Replay(which, place)),
        12 => Just(Action::Frame),
        8 => Just(Action::Take),
        3 => Just(Action::Keep),
        4 => index().prop_map(Action::Dismiss),
        4 => Just(Action::Acknowledge),
        1 => Just(Action::Cut),
        2 => Just(Action::Connect),
        1 => Just(Action::Crash),
        1 => index().prop_map(Action::Elsewhere),
    ]
}

/// Deleting lines is for the tests that expect less: what was deleted cannot be delivered.
fn deleting() -> impl Strategy<Value = Action> {
    prop_oneof![9 => action(), 1 => any::<prop::sample::Index>().prop_map(Action::Delete)]
}

/// Room for no letter, for a few of them, for all.
fn window() -> impl Strategy<Value = usize> {
    prop_oneof![1 => Just(0), 2 => 0..8 * letters::LETTER, 1 => Just(WINDOW)]
}

fn run(actions: Vec<Action>, stored: u8, whole: bool, indexes_last: bool, window: usize) {
    let mut world = World::new(stored, whole, indexes_last, window);
    for action in actions {
        world.act(&action);
    }
    world.finish();
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn each_letter_once_in_the_servers_order(
        actions in proptest::collection::vec(action(), 0..80),
        stored in 0..12_u8,
        whole: bool,
        indexes_last: bool,
        window in window(),
    ) {
        run(actions, stored, whole, indexes_last, window);
    }

    #[test]
    fn a_log_that_loses_lines_costs_a_reading_and_no_letter(
        actions in proptest::collection::vec(deleting(), 0..80),
        stored in 0..12_u8,
        whole: bool,
        indexes_last: bool,
        window in window(),
    ) {
        run(actions, stored, whole, indexes_last, window);
    }
}
