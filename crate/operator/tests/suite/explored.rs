//! Every short history of one document, or two, with an account, their owner and an operator, over the real decisions: what is marked,
//! taken, moved back, set aside, settled and removed for ever, with a clock that is honest. No history loses what an account wants (I1),
//! overwrites anything (I5), or needs more than the next run to be whole again (I6).

mod world;

use std::collections::HashSet;
use world::{Step, World};

/// What takes many steps to come about is where the histories begin.
const TAKEN: [Step; 6] = [
    Step::Unpin(0),
    Step::Days(100),
    Step::Archive(None),
    Step::Days(20),
    Step::Archive(None),
    Step::Days(100),
];

fn begins() -> [Vec<Step>; 5] {
    [
        Vec::new(),
        TAKEN[..4].to_vec(),
        TAKEN.to_vec(),
        [&TAKEN[..4], &[Step::Archive(Some(9))]].concat(),
        // Somebody made it anew: a conflict.
        [&TAKEN[..], &[Step::Write(0)]].concat(),
    ]
}

fn play(documents: usize, path: &[Step]) -> Result<World, String> {
    let mut world = World::new(documents);
    for step in path {
        world.take(*step).map_err(|what| format!("{what}\nreplay: {documents} documents, {path:?}"))?;
    }
    Ok(world)
}

/// All histories of so many steps. Answers how many states there are, in how many the document was taken, and in how many removed.
fn explore(documents: usize, most: usize) -> (usize, usize, usize) {
    let (mut seen, mut taken, mut removed) = (HashSet::new(), 0, 0);
    let mut paths: Vec<Vec<Step>> = begins().into();
    for _ in 0..most {
        let mut next = Vec::new();
        for path in &paths {
            for step in Step::all(documents) {
                let mut path = path.clone();
                path.push(step);
                let world = play(documents, &path).unwrap_or_else(|what| panic!("{what}"));
                if !seen.insert(world.fingerprint()) {
                    continue;
                }
                let (was_taken, was_removed) = world.first();
                taken += usize::from(was_taken);
                removed += usize::from(was_removed);
                world
                    .comes_to_an_end()
                    .unwrap_or_else(|what| panic!("{what}\nreplay: {documents} documents, {path:?}"));
                next.push(path);
            }
        }
        paths = next;
    }
    (seen.len(), taken, removed)
}

fn number(name: &str) -> Option<usize> {
    std::env::var(name).ok()?.parse().ok()
}

/// `PINFOLD_OPERATOR_STEPS` says how many steps; each more costs about ten times as much. `PINFOLD_OPERATOR_DOCUMENTS=2` takes two documents for
/// all of them.
#[test]
fn no_short_history_loses_what_an_account_wants() {
    let documents = number("PINFOLD_OPERATOR_DOCUMENTS").unwrap_or(1);
    let (states, taken, removed) = explore(documents, number("PINFOLD_OPERATOR_STEPS").unwrap_or(2));
    println!("{states} states, {taken} taken, {removed} removed");
    // The histories are about something: documents were taken, and some were removed for ever.
    assert!(taken > 10 && removed > 0, "{states} states, {taken} taken, {removed} removed");
}

/// What happens to one document does nothing to another one.
#[test]
fn no_step_with_two_documents_loses_either() {
    let (states, taken, _) = explore(2, 1);
    assert!(states > 60 && taken > 5, "{states} states, {taken} taken");
}

/// Whoever takes a document into a list and off it again, while it lies in cold storage, wanted it until then.
#[test]
fn what_was_let_go_in_cold_storage_has_its_whole_time_again() {
    let path = |days: i64| {
        [&TAKEN[..], &[Step::Pin(0), Step::Unpin(0), Step::Days(days), Step::Purge(None)]].concat()
    };
    for (days, removed) in [(80, false), (100, true)] {
        let world = play(1, &path(days)).unwrap_or_else(|what| panic!("{what}"));
        assert_eq!(world.first().1, removed, "{days} days later");
    }
}

/// What somebody wrote a moment ago can be set aside: its time counts from the last change too, and the copies of a document go together.
#[test]
fn what_was_set_aside_is_not_removed_sooner_than_anything_else() {
    for (days, left) in [(100, 2), (160, 0)] {
        let end = [Step::Write(0), Step::Aside(0, None), Step::Days(days), Step::Purge(None)];
        let world = play(1, &[&TAKEN[..], &end].concat()).unwrap_or_else(|what| panic!("{what}"));
        assert_eq!(world.lines(0), left, "{days} days later");
    }
}
