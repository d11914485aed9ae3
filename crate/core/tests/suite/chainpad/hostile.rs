//! Messages that follow the format and break the rules, in any order.

use super::plain::{Plain, apply, message};
use pinfold_core::chainpad::{Chain, Hash, Message, Mode, Operation, Step};
use proptest::prelude::*;

/// One message: which earlier one it follows, what it changes and what is wrong with it.
#[derive(Debug, Clone)]
struct Plan {
    /// How many messages back its parent is, in the order of writing.
    back: usize,
    edits: Vec<(u16, u8, String)>,
    kind: Kind,
    simplified: bool,
    /// How far it is delayed in the order of arrival.
    delay: usize,
    twice: bool,
}

#[derive(Debug, Clone, Copy)]
enum Kind {
    Patch,
    /// Names another document than the one before it.
    WrongDocument,
    /// Follows a message that does not exist.
    NoParent,
    Checkpoint,
    /// A checkpoint with a content of its own.
    FalseCheckpoint,
}

fn plan() -> impl Strategy<Value = Plan> {
    let insert =
        proptest::sample::select(vec!["", "1,", "[],", "\"é\",", "{\"a\":0},", "[7]", "]", "x", "😀", "😁"]);
    let edits = proptest::collection::vec((0u16..30, 0u8..3, insert.prop_map(str::to_owned)), 1..3);
    let kind = prop_oneof![
        12 => Just(Kind::Patch),
        1 => Just(Kind::WrongDocument),
        1 => Just(Kind::NoParent),
        2 => Just(Kind::Checkpoint),
        1 => Just(Kind::FalseCheckpoint),
    ];
    let back = prop_oneof![4 => Just(0usize), 2 => 1usize..3, 1 => 0usize..30];
    let delay = prop_oneof![5 => Just(0usize), 1 => 1usize..6];
    (back, edits, kind, prop::bool::weighted(0.9), delay, prop::bool::weighted(0.1)).prop_map(
        |(back, edits, kind, simplified, delay, twice)| Plan { back, edits, kind, simplified, delay, twice },
    )
}

/// A written message and the document after it.
struct Written {
    hash: Hash,
    document: Vec<u16>,
    /// What a patch after it has to name.
    names: String,
}

fn write(plans: &[Plan], mode: Mode) -> Vec<String> {
    let start: Vec<u16> = "[0]".encode_utf16().collect();
    let whole = |remove: u32| Operation { offset: 0.0, remove: remove.into(), insert: start.clone() };
    let root = Chain::new(Mode::Text).root_hash().unwrap();
    let (before, remove) = match mode {
        Mode::ListMap => (Chain::new(mode).best_hash().unwrap(), 2),
        _ => (root, 0),
    };
    let before_document: &[u16] = if remove == 2 { &[0x7B, 0x7D] } else { &[] };
    let first =
        message(false, vec![whole(remove)], Hash::of_units(before_document).to_string(), before.to_string());
    let mut written = vec![
        // Other branches may start beside the first message.
        Written { hash: root, names: Hash::of_units(&[]).to_string(), document: vec![] },
        Written { hash: first.hash(), names: Hash::of_units(&start).to_string(), document: start },
    ];
    let mut arrivals = vec![(0, first.to_json())];
    for (at, plan) in plans.iter().enumerate() {
        let parent = &written[written.len() - 1 - plan.back.min(written.len() - 1)];
        let (sent, document) = compose(plan, parent);
        let names = if sent.checkpoint {
            sent.document_hash.to_string_lossy().into_owned()
        } else {
            Hash::of_units(&document).to_string()
        };
        arrivals.push((at + 1 + plan.delay, sent.to_json()));
        if plan.twice {
            arrivals.push((at + 2, sent.to_json()));
        }
        written.push(Written { hash: sent.hash(), document, names });
    }
    arrivals.sort_by_key(|(at, _)| *at);
    arrivals.into_iter().map(|(_, text)| text).collect()
}

fn compose(plan: &Plan, parent: &Written) -> (Message, Vec<u16>) {
    let len = parent.document.len();
    let names = match plan.kind {
        Kind::WrongDocument => Hash::of_units(&[0x77]).to_string(),
        _ => parent.names.clone(),
    };
    let follows = match plan.kind {
        Kind::NoParent => Hash::of_units(&[0x78]).to_string(),
        _ => parent.hash.to_string(),
    };
    let operations = match plan.kind {
        Kind::Checkpoint => {
            vec![Operation { offset: 0.0, remove: len as f64, insert: parent.document.clone() }]
        }
        Kind::FalseCheckpoint => {
            let insert = plan.edits[0].2.encode_utf16().collect();
            vec![Operation { offset: 0.0, remove: f64::from(plan.edits[0].1), insert }]
        }
        _ => operations(plan, &parent.document),
    };
    let document = apply(&parent.document, &operations);
    let checkpoint = matches!(plan.kind, Kind::Checkpoint | Kind::FalseCheckpoint);
    (message(checkpoint, operations, names, follows), document)
}

fn operations(plan: &Plan, document: &[u16]) -> Vec<Operation> {
    let edits = plan.edits.iter().map(|(at, remove, insert)| Operation {
        // A few lie beyond the end of the document.
        offset: (u64::from(*at) % (document.len() as u64 + 2)) as f64,
        remove: f64::from(*remove),
        insert: insert.encode_utf16().collect(),
    });
    let mut operations: Vec<_> = edits.collect();
    operations.sort_by(|a, b| a.offset.total_cmp(&b.offset));
    if plan.simplified {
        let mut document = document.to_vec();
        operations = operations
            .iter()
            .rev()
            .filter_map(|operation| {
                let simplest = operation.simplify(&document);
                document = apply(&document, std::slice::from_ref(operation));
                simplest
            })
            .collect();
        operations.reverse();
    }
    operations
}

fn mode() -> impl Strategy<Value = Mode> {
    prop_oneof![Just(Mode::ListMap), Just(Mode::Pad), Just(Mode::Text)]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn both_implementations_agree_after_every_message(
        mode in mode(),
        plans in proptest::collection::vec(plan(), 1..30),
        skip in prop_oneof![3 => Just(0usize), 1 => 0usize..8],
        packed in any::<u32>(),
    ) {
        let (mut chain, mut plain) = (Chain::new(mode), Plain::new(mode));
        for (at, text) in write(&plans, mode).iter().enumerate().skip(skip) {
            if packed >> (at % 32) & 1 == 1 {
                chain.pack();
            }
            let step = chain.push(text);
            plain.push(Message::parse(text).unwrap());
            prop_assert_eq!(chain.best_hash(), Some(plain.best), "{:?}", step);
            prop_assert_eq!(chain.root_hash(), Some(plain.root), "{:?}", step);
            prop_assert_eq!(chain.document(), plain.document(), "{:?}", step);
            prop_assert_eq!(chain.known_hashes().collect::<Vec<_>>(), plain.known(), "{:?}", step);
            prop_assert_eq!(chain.document_hash(), Hash::of_units(&chain.document()));
        }
    }

    #[test]
    fn duplicates_and_a_second_reading_change_nothing(mode in mode(), plans in proptest::collection::vec(plan(), 1..30)) {
        let log = write(&plans, mode);
        let (mut once, mut twice) = (Chain::new(mode), Chain::new(mode));
        for text in &log {
            once.push(text);
            twice.push(text);
            // What was refused, or pruned at once, may be tried again with another outcome.
            let hash = Message::parse(text).unwrap().hash();
            if twice.known_hashes().any(|known| known == hash) {
                prop_assert_eq!(twice.push(text), Step::Known);
            }
        }
        prop_assert_eq!(once.document(), twice.document());
        prop_assert_eq!(once.best_hash(), twice.best_hash());
        prop_assert!(once.known_hashes().eq(twice.known_hashes()));
    }

    #[test]
    fn no_text_makes_it_panic(
        texts in proptest::collection::vec(
            r#"\[[24], ?\[(\[[0-9]{1,17}, ?[0-9]{1,17}, ?"([ab\[\]{}]|\\ud83d|\\ude00|é|😀){0,3}"\], ?){0,4}"(e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855|[0-9a-f]{64})"\], ?"(a4b411975be1d48a91f0ebfcd967add000f69564b2dc5ee644b87bf2bbfd786f|b)"\]"#,
            0..8,
        ),
        noise in ".{0,40}",
        mode in mode(),
    ) {
        let mut chain = Chain::new(mode);
        // Of a checkpoint the first operation is checked; nobody writes another one.
        let mut unchecked = mode == Mode::Text;
        for text in &texts {
            unchecked |= Message::parse(text).is_ok_and(|m| m.checkpoint && m.operations.len() > 1);
            chain.push(text);
            prop_assert!(unchecked || chain.document().is_empty() || chain.to_json().is_ok());
        }
        prop_assert!(matches!(chain.push(&noise), Step::Malformed(_)));
    }
}

#[test]
fn a_long_branch_behind_a_fault_is_not_walked_for_each_message() {
    let mut chain = Chain::new(Mode::ListMap);
    let mut document: Vec<u16> = "{".encode_utf16().collect();
    let initial = chain.best_hash().unwrap();
    let broken = Operation { offset: 1.0, remove: 1.0, insert: vec![] };
    let first = message(false, vec![broken], Hash::of_units(&[0x7B, 0x7D]).to_string(), initial.to_string());
    assert!(matches!(chain.push_message(first.clone()), Step::Refused(_)));
    let mut before = first.hash();
    for _ in 0..3000 {
        let space = Operation { offset: 1.0, remove: 0.0, insert: vec![0x20] };
        let names = Hash::of_units(&document).to_string();
        let next = message(false, vec![space], names, before.to_string());
        document.insert(1, 0x20);
        before = next.hash();
        assert!(matches!(chain.push_message(next), Step::Refused(_)));
    }
    assert_eq!(*chain.document(), [0x7B, 0x7D]);
}
