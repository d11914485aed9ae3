//! Mailboxes against a model: any log with replays and deletions, any overlap of history and live messages, any
//! lost connection, another device, and a crash at any point between delivery and dismissal.

mod actions;
mod copies;
mod gate;
mod letters;
mod many;
mod news;
mod reading;
mod seams;
mod texts;
mod world;

use actions::{Action, action, deleting};
use pinfold_core::mailbox::WINDOW;
use proptest::prelude::*;
use world::World;

/// Room for no letter, for a few of them, for all.
fn window() -> impl Strategy<Value = usize> {
    prop_oneof![1 => Just(0), 2 => 0..8 * letters::LETTER, 1 => Just(WINDOW)]
}

fn run(deletes: bool, actions: Vec<Action>, stored: u8, whole: bool, indexes_last: bool, window: usize) {
    let mut world = World::new(stored, whole, indexes_last, window, deletes);
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
        run(false, actions, stored, whole, indexes_last, window);
    }

    #[test]
    fn a_log_that_loses_lines_costs_a_reading_and_no_letter(
        actions in proptest::collection::vec(deleting(), 0..80),
        stored in 0..12_u8,
        whole: bool,
        indexes_last: bool,
        window in window(),
    ) {
        run(true, actions, stored, whole, indexes_last, window);
    }
}
