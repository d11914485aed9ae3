//! What can happen to a mailbox and its readers.

use proptest::prelude::*;
use proptest::sample::Index;

#[derive(Debug, Clone)]
pub enum Action {
    /// Somebody writes a letter. The index places its live frame among those of the history.
    Write(Index),
    /// A letter of the log is written again.
    Replay(Index, Index),
    /// The next frame arrives.
    Frame,
    Take,
    Keep,
    /// One of the delivered letters is dismissed.
    Dismiss(Index),
    /// The oldest dismissal comes into the account document.
    Acknowledge,
    Cut,
    Connect,
    /// All that is not in the document is forgotten, and reading begins anew.
    Crash,
    /// The real client on another device dismisses a letter.
    Elsewhere(Index),
    /// A line of the log is deleted.
    Delete(Index),
}

pub fn action() -> impl Strategy<Value = Action> {
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
pub fn deleting() -> impl Strategy<Value = Action> {
    prop_oneof![9 => action(), 1 => any::<prop::sample::Index>().prop_map(Action::Delete)]
}
