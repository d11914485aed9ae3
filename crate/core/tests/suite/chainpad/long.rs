//! Long documents. After a change, pinfold reads only the text around it again. The result must be the same as after
//! reading the whole text each time.

use super::plain::{Plain, apply, message};
use pinfold_core::chainpad::{Chain, Fault, Hash, Mode, Operation, Step};
use pinfold_core::json::validate_utf16;
use proptest::prelude::*;

/// States are noted at multiples of this, and in other places.
const STRIDE: usize = 4096;

/// A message that changes the document after an earlier one.
#[derive(Debug, Clone)]
struct Next {
    /// How many messages before the last one.
    back: usize,
    places: Vec<Place>,
    checkpoint: bool,
}

/// A change in a document.
#[derive(Debug, Clone)]
struct Place {
    at: At,
    remove: usize,
    insert: Vec<u16>,
}

#[derive(Debug, Clone)]
enum At {
    /// So many parts of 10,000 of the document.
    Anywhere(usize),
    /// Beside a multiple of the stride.
    Stride { number: usize, beside: usize },
    /// So many units before the end.
    End(usize),
    /// Where the change before it ends.
    Next,
}

impl At {
    fn of(&self, len: usize, before: usize) -> usize {
        match self {
            Self::Anywhere(part) => part * len / 10_000,
            Self::Stride { number, beside } => (number * STRIDE + beside).saturating_sub(2),
            Self::End(back) => len.saturating_sub(*back),
            Self::Next => before,
        }
    }
}

fn place() -> impl Strategy<Value = Place> {
    let at = prop_oneof![
        3 => (0usize..=10_000).prop_map(At::Anywhere),
        3 => (0usize..6, 0usize..5).prop_map(|(number, beside)| At::Stride { number, beside }),
        2 => (0usize..6).prop_map(At::End),
        2 => Just(At::Next),
    ];
    let remove = prop_oneof![4 => 0usize..4, 1 => (1usize..3).prop_map(|n| n * STRIDE), 1 => 0usize..9000];
    let text = |text: &str| text.encode_utf16().collect::<Vec<u16>>();
    let insert = prop_oneof![
        Just(vec![]),
        Just(text(" ")),
        Just(text("7,")),
        Just(text("\"a\",")),
        Just(text("\"")),
        Just(text("]")),
        Just(text("\\")),
        // Halves of a surrogate pair, together and alone.
        Just(vec![0xD83D, 0xDE00]),
        Just(vec![0xD83D]),
        Just(vec![0xDE00]),
        (1usize..900).prop_map(move |count| text(&"\"long\",".repeat(count))),
        (1usize..900).prop_map(|count| vec![0x20; 5 * count]),
    ];
    (at, remove, insert).prop_map(|(at, remove, insert)| Place { at, remove, insert })
}

fn next() -> impl Strategy<Value = Next> {
    let back = prop_oneof![6 => Just(0usize), 1 => 1usize..4];
    let places = proptest::collection::vec(place(), 1..4);
    let checkpoint = prop::bool::weighted(0.1);
    (back, places, checkpoint).prop_map(|(back, places, checkpoint)| Next { back, places, checkpoint })
}

/// The changes as operations in order, apart and in simplest form.
fn operations(places: &[Place], document: &[u16]) -> Vec<Operation> {
    let mut before = 0;
    let mut operations = Vec::new();
    for place in places {
        let at = place.at.of(document.len(), before).clamp(before, document.len().max(before));
        let remove = place.remove.min(document.len().saturating_sub(at));
        before = at + remove;
        let operation = Operation { offset: at as f64, remove: remove as f64, insert: place.insert.clone() };
        operations.extend(operation.simplify(document));
    }
    operations
}

/// An array of strings and numbers, some of which hold characters beyond the first plane.
fn document(count: usize) -> Vec<u16> {
    format!("[{}0]", "\"abcd\",12,\"\u{1f600}\",  ".repeat(count)).encode_utf16().collect()
}

/// The first message of a channel's life after what every reader knows.
fn whole(chain: &mut Chain, document: &[u16]) -> pinfold_core::chainpad::Message {
    let operation = Operation { offset: 0.0, remove: 2.0, insert: document.to_vec() };
    let operation = operation.simplify(&chain.document()).unwrap();
    let (names, parent) = (chain.document_hash(), chain.best_hash().unwrap());
    message(false, vec![operation], names.to_string(), parent.to_string())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]
    #[test]
    fn a_long_document_becomes_what_the_plain_way_makes_of_it(
        count in 1usize..900,
        plan in proptest::collection::vec(next(), 1..16),
    ) {
        let start = document(count);
        let (mut chain, mut plain) = (Chain::new(Mode::ListMap), Plain::new(Mode::ListMap));
        let first = whole(&mut chain, &start);
        let mut written = vec![(first.hash(), start)];
        chain.push_message(first.clone());
        plain.push(first);
        for next in plan {
            let (parent, document) = &written[written.len() - 1 - next.back.min(written.len() - 1)];
            let operations = if next.checkpoint {
                vec![Operation { offset: 0.0, remove: document.len() as f64, insert: document.clone() }]
            } else {
                operations(&next.places, document)
            };
            let names = Hash::of_units(document).to_string();
            let message = message(next.checkpoint, operations, names, parent.to_string());
            let after = apply(document, &message.operations);
            // Most messages follow what is in order; some hang on what is no JSON.
            if validate_utf16(&after) || next.back == 1 {
                written.push((message.hash(), after));
            }
            chain.push_message(message.clone());
            plain.push(message);
            prop_assert_eq!(chain.best_hash(), Some(plain.best));
            prop_assert!(chain.document() == plain.document(), "other documents");
            prop_assert_eq!(chain.document_hash(), Hash::of_units(&chain.document()));
        }
    }
}

/// Of two changes side by side the first ends, and the second begins, where a state was noted.
#[test]
fn what_is_cut_off_behind_a_noted_place_is_no_json() {
    let text = format!(r#"{{"a":"{}"}}"#, "x".repeat(2 * STRIDE));
    let document: Vec<u16> = text.encode_utf16().collect();
    for noted in [STRIDE, 2 * STRIDE] {
        let mut chain = Chain::new(Mode::ListMap);
        let first = whole(&mut chain, &document);
        assert_eq!(chain.push_message(first), Step::Applied);
        let (start, end) = (noted - 100, document.len());
        let operations = vec![
            Operation { offset: start as f64, remove: (noted - start) as f64, insert: vec![0x79] },
            Operation { offset: noted as f64, remove: (end - noted) as f64, insert: vec![] },
        ];
        let (names, parent) = (chain.document_hash(), chain.best_hash().unwrap());
        let cut = message(false, operations, names.to_string(), parent.to_string());
        assert_eq!(chain.push_message(cut), Step::Refused(Fault::NotJson));
        assert_eq!(chain.document(), document);
    }
}
