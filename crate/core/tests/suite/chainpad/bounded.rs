//! What a history costs: steps are counted, never time. And what saves them changes nothing.

use super::plain::{Plain, apply, message};
use pinfold_core::chainpad::{Chain, Doubt, Fault, Hash, Message, Mode, Operation, Step};
use proptest::prelude::*;

/// Somebody who writes what they like, where they like.
struct Branch {
    tip: Hash,
    document: Vec<u16>,
}

impl Branch {
    /// Where every list-map channel begins.
    fn start() -> Self {
        Self { tip: Chain::new(Mode::ListMap).best_hash().unwrap(), document: units("{}") }
    }

    fn fork(&self) -> Self {
        Self { tip: self.tip, document: self.document.clone() }
    }

    /// A message that inserts a text, and is not the end of the branch.
    fn aside(&self, at: u64, insert: &str) -> Message {
        let operation = Operation { offset: at as f64, remove: 0.0, insert: units(insert) };
        message(false, vec![operation], Hash::of_units(&self.document).to_string(), self.tip.to_string())
    }

    /// The next message of the branch.
    fn write(&mut self, at: u64, insert: &str) -> Message {
        let message = self.aside(at, insert);
        self.document = apply(&self.document, &message.operations);
        self.tip = message.hash();
        message
    }
}

fn units(text: &str) -> Vec<u16> {
    text.encode_utf16().collect()
}

const MANY: usize = 12_000;
/// Steps for each message, at most: a walk between branches that is not repeated.
const FEW: u64 = 8;

/// Replays a history twice: what it leads to, and how many steps it took.
fn replayed(log: &[Message]) -> (Chain, Vec<Step>) {
    let mut chain = Chain::new(Mode::ListMap);
    let steps = log.iter().map(|message| chain.push_message(message.clone())).collect();
    assert!(chain.steps() <= FEW * log.len() as u64, "{} steps for {} messages", chain.steps(), log.len());
    (chain, steps)
}

/// A branch of many messages, so that no way beside it is short.
fn long(branch: &mut Branch, count: usize, insert: &str) -> Vec<Message> {
    (0..count).map(|_| branch.write(1, insert)).collect()
}

#[test]
fn a_branch_that_lost_costs_nothing() {
    let (mut main, mut side) = (Branch::start(), Branch::start());
    let mut log = long(&mut main, MANY + 1, " ");
    log.extend(long(&mut side, MANY, "\t"));
    let (chain, steps) = replayed(&log);
    assert_eq!(chain.best_hash(), Some(main.tip));
    assert!(steps.iter().skip(MANY + 1).all(|step| *step == Step::Remembered));
}

#[test]
fn a_branch_that_comes_late_and_wins_is_walked_once() {
    let (mut main, mut side) = (Branch::start(), Branch::start());
    let mut log = long(&mut main, MANY / 2, " ");
    log.extend(long(&mut side, MANY, "\t"));
    assert_eq!(replayed(&log).0.best_hash(), Some(side.tip));
    // The same, the newest first.
    let (first, rest) = log.split_at(MANY / 2);
    let backwards: Vec<Message> = first.iter().chain(rest.iter().rev()).cloned().collect();
    assert_eq!(replayed(&backwards).0.best_hash(), Some(side.tip));
}

#[test]
fn two_branches_that_overtake_each_other_are_not_walked_each_time() {
    let (mut one, mut other) = (Branch::start(), Branch::start());
    let mut log = Vec::new();
    while log.len() < MANY {
        log.push(one.write(1, " "));
        log.extend([other.write(1, "\t"), other.write(1, "\t")]);
        log.push(one.write(1, " "));
    }
    let (chain, _) = replayed(&log);
    assert!([one.tip, other.tip].contains(&chain.best_hash().unwrap()));
}

#[test]
fn messages_in_vain_at_the_end_of_a_long_branch_are_not_each_worth_the_way() {
    let (mut main, mut side) = (Branch::start(), Branch::start());
    let mut log = long(&mut main, MANY / 4, " ");
    log.extend(long(&mut side, MANY / 4, "\t"));
    for number in 0..MANY as u64 / 2 {
        // Of another document; not JSON; what changes nothing is not in simplest form.
        let mut wrong = side.aside(1, &"\n".repeat(2));
        wrong.document_hash = format!("{number:064x}").as_str().into();
        let broken = side.aside(0, &number.to_string());
        let operation = Operation {
            offset: 0.0,
            remove: 1.0,
            insert: units(&format!("{{{}", " ".repeat(number as usize % 90))),
        };
        let useless =
            message(false, vec![operation], Hash::of_units(&side.document).to_string(), side.tip.to_string());
        log.push([wrong, broken, useless][number as usize % 3].clone());
    }
    let (mut chain, steps) = replayed(&log);
    assert_eq!(chain.document_hash(), Hash::of_units(&chain.document()));
    assert!(steps.contains(&Step::Forgotten(Fault::DocumentHash)), "names another document");
    assert!(steps.contains(&Step::Refused(Fault::NotJson)), "is not JSON");
    assert!(steps.contains(&Step::Forgotten(Fault::NotSimplest)), "is not in simplest form");
}

#[test]
fn what_hangs_on_a_fault_costs_nothing_wherever_the_fault_is() {
    for before in [0, 10, MANY / 2] {
        let mut side = Branch::start();
        let mut log = long(&mut side.fork(), before / 2 + 1, " ");
        log.extend(long(&mut side, before, "\t"));
        // Not JSON: whoever does not check may write on.
        log.push(side.write(0, "x"));
        log.extend(long(&mut side, MANY / 4, " "));
        let tip = side.fork();
        log.extend((0..MANY as u64 / 4).map(|at| tip.aside(1, &format!(" {at}"))));
        let (chain, steps) = replayed(&log);
        assert!(steps.iter().rev().take(MANY / 4).all(|step| matches!(step, Step::Refused(_))));
        assert!(chain.to_json().is_ok());
    }
}

#[test]
fn checkpoints_and_siblings_cost_no_look_at_all_the_others() {
    let mut main = Branch::start();
    let mut log = long(&mut main, MANY / 4, " ");
    let tip = main.fork();
    for number in 0..MANY as u64 / 2 {
        let whole = Operation {
            offset: 0.0,
            remove: tip.document.len() as f64 + number as f64,
            insert: tip.document.clone(),
        };
        let names = Hash::of_units(&tip.document).to_string();
        log.push(if number.is_multiple_of(2) {
            tip.aside(1, &number.to_string())
        } else {
            message(true, vec![whole], names, tip.tip.to_string())
        });
    }
    replayed(&log);
}

#[test]
fn more_branches_than_are_kept_run_into_the_budget_and_leave_a_doubt() {
    const BRANCHES: usize = 9;
    let insert = |number: usize| [" ", "\t", "\n", "\r", "  "][if number == 8 { 4 } else { number % 4 }];
    let at = |number: usize| u64::from(number < 4 || number == 8);
    let mut branches: Vec<Branch> = (0..BRANCHES).map(|_| Branch::start()).collect();
    let mut chain = Chain::new(Mode::ListMap);
    let mut doubt = Doubt::default();
    let (mut sent, mut doubted) = (0, false);
    // Each branch in turn becomes the longest.
    for round in 0..80 {
        for (number, branch) in branches.iter_mut().enumerate() {
            for _ in 0..if round == 0 { 300 + number } else { BRANCHES } {
                let step = chain.push_message(branch.write(at(number), insert(number)));
                doubt.note(Some(step), &chain);
                doubted |= doubt.why().is_some();
                sent += 1;
            }
        }
    }
    assert!(chain.steps() <= (1 << 14) + 32 * sent, "{} for {sent}", chain.steps());
    assert!(doubted);
}

/// What the next message is.
#[derive(Debug, Clone)]
enum Next {
    /// So many of a branch.
    Write { branch: usize, count: usize },
    /// One at the end of a branch, in vain: of another document, not JSON, not in simplest form.
    Vain { branch: usize, why: usize, number: u16 },
    /// A checkpoint of a branch.
    Checkpoint { branch: usize },
    /// One that is not JSON, and the branch goes on from it.
    Break { branch: usize },
}

fn next() -> impl Strategy<Value = Next> {
    let branch = || 0usize..4;
    prop_oneof![
        8 => (branch(), 1usize..30).prop_map(|(branch, count)| Next::Write { branch, count }),
        4 => (branch(), 0usize..3, any::<u16>()).prop_map(|(branch, why, number)| Next::Vain { branch, why, number }),
        1 => branch().prop_map(|branch| Next::Checkpoint { branch }),
        1 => branch().prop_map(|branch| Next::Break { branch }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    /// Against the second implementation, which walks every way. (A fault that lies far back is remembered, and not found
    /// anew: there the two differ in what they still know of messages in vain, and in nothing else.)
    #[test]
    fn what_saves_steps_changes_nothing(plan in proptest::collection::vec(next(), 1..24)) {
        let mut branches: Vec<Branch> = (0..4).map(|_| Branch::start()).collect();
        let (mut chain, mut plain) = (Chain::new(Mode::ListMap), Plain::new(Mode::ListMap));
        for (at, next) in plan.into_iter().enumerate() {
            let messages = match next {
                Next::Write { branch, count } => long(&mut branches[branch], count, &" ".repeat(branch + 1)),
                Next::Vain { branch, why, number } => {
                    let branch = &branches[branch];
                    let mut wrong = branch.aside(1, "\n");
                    wrong.document_hash = format!("{number:064x}").as_str().into();
                    let operation = Operation { offset: 0.0, remove: 1.0, insert: units(&format!("{{{number}")) };
                    let useless = message(false, vec![operation], Hash::of_units(&branch.document).to_string(), branch.tip.to_string());
                    vec![[wrong, branch.aside(0, &number.to_string()), useless][why].clone()]
                }
                Next::Checkpoint { branch } => {
                    let branch = &mut branches[branch];
                    let whole = Operation { offset: 0.0, remove: branch.document.len() as f64, insert: branch.document.clone() };
                    let message = message(true, vec![whole], Hash::of_units(&branch.document).to_string(), branch.tip.to_string());
                    branch.tip = message.hash();
                    vec![message]
                }
                Next::Break { branch } if at % 3 == 0 => vec![branches[branch].write(0, "x")],
                Next::Break { .. } => Vec::new(),
            };
            for message in messages {
                let step = chain.push_message(message.clone());
                plain.push(message);
                prop_assert_eq!(chain.best_hash(), Some(plain.best), "{:?}", step);
                prop_assert_eq!(chain.root_hash(), Some(plain.root), "{:?}", step);
                prop_assert_eq!(chain.document(), plain.document(), "{:?}", step);
                prop_assert_eq!(chain.document_hash(), Hash::of_units(&chain.document()));
            }
        }
    }
}
