//! Several editors of one channel, who see what the others wrote late.

use pinfold_core::chainpad::{Chain, Doubt, Hash, Message, Mode, Operation, Step};
use pinfold_core::json::{Text, Value, canonical};
use proptest::prelude::*;

#[derive(Debug, Clone, Copy)]
enum Action {
    /// Write a value under a key, knowing what was read so far.
    Write { editor: usize, key: u8, value: u16 },
    /// Read some of what is new.
    Read { editor: usize, messages: usize },
}

fn actions(len: core::ops::Range<usize>) -> impl Strategy<Value = Vec<Action>> {
    let action = prop_oneof![
        3 => (0usize..3, 0u8..6, any::<u16>()).prop_map(|(editor, key, value)| Action::Write { editor, key, value }),
        2 => (0usize..3, 1usize..5).prop_map(|(editor, messages)| Action::Read { editor, messages }),
    ];
    proptest::collection::vec(action, len)
}

struct Editor {
    chain: Chain,
    /// How much of the log was read.
    read: usize,
    /// Where the own message stands that was not read back yet: one is in flight at a time.
    in_flight: Option<usize>,
}

impl Editor {
    fn read(&mut self, log: &[Message], messages: usize) {
        for message in log.iter().skip(self.read).take(messages) {
            self.chain.push_message(message.clone());
            self.read += 1;
        }
        self.in_flight = self.in_flight.filter(|at| *at >= self.read);
    }

    fn write(&mut self, log: &mut Vec<Message>, key: u8, value: u16) {
        if self.in_flight.is_some() {
            return;
        }
        let mut document = self.chain.to_json().unwrap();
        let entry = format!("{value} {}", "😀x".repeat(usize::from(value % 40)));
        document.as_object_mut().unwrap().insert(format!("key {key}"), entry);
        let wanted = Text::from(canonical(&document));
        if let Some(message) = self.chain.message_towards(&wanted).unwrap() {
            self.in_flight = Some(log.len());
            log.push(message);
        }
    }
}

fn play(actions: &[Action]) -> (Vec<Message>, Vec<Chain>) {
    let mut editors = [0; 3].map(|_| Editor { chain: Chain::new(Mode::ListMap), read: 0, in_flight: None });
    let mut log = Vec::new();
    for action in actions {
        match *action {
            Action::Write { editor, key, value } => editors[editor].write(&mut log, key, value),
            Action::Read { editor, messages } => editors[editor].read(&log, messages),
        }
    }
    for editor in &mut editors {
        editor.read(&log, usize::MAX);
    }
    (log, editors.map(|editor| editor.chain).into())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn all_editors_end_with_the_same_document(actions in actions(1..300)) {
        let (log, chains) = play(&actions);
        let mut fresh = Chain::new(Mode::ListMap);
        let mut doubt = Doubt::default();
        for message in &log {
            let step = fresh.push(&message.to_json());
            doubt.note(Some(step), &fresh);
            prop_assert_eq!(doubt.why(), None);
            prop_assert!(
                matches!(step, Step::Applied | Step::Remembered | Step::Known | Step::Stray { beyond_gap: false }),
                "an honest message came to {:?}", step
            );
        }
        for chain in &chains {
            prop_assert_eq!(chain.best_hash(), fresh.best_hash());
            prop_assert_eq!(chain.document(), fresh.document());
        }
        prop_assert_eq!(fresh.strays().count(), 0);
        let value = fresh.to_json().unwrap();
        prop_assert_eq!(Text::from(canonical(&value)), fresh.document_text());
    }

    /// Unreadable and not shorter (L5), also where a branch that lost becomes the newest through the gap.
    #[test]
    fn a_message_that_is_missing_below_the_newest_is_doubted(
        actions in actions(1..200),
        missing in any::<proptest::sample::Index>(),
    ) {
        let (log, chains) = play(&actions);
        let newest = chains[0].best_hash().unwrap();
        let at = |hash: &Hash| log.iter().position(|message| message.hash() == *hash);
        let parent = |hash: &Hash| log[at(hash)?].parent.as_str().and_then(Hash::parse);
        // The first message of a channel is known to everybody.
        let below: Vec<_> = std::iter::successors(parent(&newest), parent).filter(|hash| at(hash) > Some(0)).collect();
        prop_assume!(!below.is_empty());
        let missing = below[missing.index(below.len())];
        let (mut reader, mut doubt) = (Chain::new(Mode::ListMap), Doubt::default());
        for message in log.iter().filter(|message| message.hash() != missing) {
            let step = reader.push_message(message.clone());
            doubt.note(Some(step), &reader);
        }
        prop_assert_eq!(doubt.why(), Some("a patch whose parent never came"));
    }

    #[test]
    fn a_history_from_any_checkpoint_of_one_writer_ends_the_same(actions in actions(150..300)) {
        let alone: Vec<_> = actions
            .iter()
            .map(|action| match *action {
                Action::Write { key, value, .. } => Action::Write { editor: 0, key, value },
                Action::Read { .. } => Action::Read { editor: 0, messages: 9 },
            })
            .collect();
        let (log, chains) = play(&alone);
        for (start, _) in log.iter().enumerate().filter(|(_, message)| message.checkpoint) {
            let mut reader = Chain::new(Mode::ListMap);
            log[start..].iter().for_each(|message| _ = reader.push_message(message.clone()));
            prop_assert_eq!(reader.document(), chains[0].document());
            prop_assert_eq!(reader.strays().count(), 0);
        }
    }
}

fn write_alone(chain: &mut Chain, count: usize) -> Vec<Message> {
    let mut log = Vec::new();
    while log.len() < count {
        let wanted = Text::from(canonical(&Value::parse(&format!("{{\"n\":{}}}", log.len())).unwrap()));
        let message = chain.message_towards(&wanted).unwrap().unwrap();
        assert_eq!(
            chain.push_message(message.clone()),
            if log.is_empty() { Step::Known } else { Step::Applied }
        );
        log.push(message);
    }
    log
}

#[test]
fn every_fiftieth_message_is_a_checkpoint_and_the_first_is_the_initial_one() {
    let log = write_alone(&mut Chain::new(Mode::ListMap), 160);
    let checkpoints: Vec<_> = (0..log.len()).filter(|at| log[*at].checkpoint).collect();
    assert_eq!(checkpoints, [49, 99, 149]);
    assert_eq!(Some(log[0].hash()), Chain::new(Mode::ListMap).best_hash());
}

#[test]
fn a_message_that_is_missing_shows_as_a_stray() {
    let log = write_alone(&mut Chain::new(Mode::ListMap), 20);
    let mut reader = Chain::new(Mode::ListMap);
    for (at, message) in log.iter().enumerate().filter(|(at, _)| *at != 10) {
        let step = reader.push_message(message.clone());
        assert_eq!(step == Step::Stray { beyond_gap: true }, at > 10, "{at}: {step:?}");
    }
    assert!(reader.strays().eq(log[11..].iter().map(Message::hash)));
    assert_eq!(reader.push_message(log[10].clone()), Step::Applied);
    assert_eq!(reader.strays().count(), 0);
    assert_eq!(reader.best_hash(), Some(log[19].hash()));
}

#[test]
fn a_branch_beside_the_first_checkpoint_is_a_gap_only_if_it_wins() {
    let mut writer = Chain::new(Mode::ListMap);
    let log = write_alone(&mut writer, 52);
    // Another editor wrote two messages at once with the checkpoint.
    let mut other = Chain::new(Mode::ListMap);
    log[..49].iter().for_each(|message| _ = other.push_message(message.clone()));
    let mut beside = Vec::new();
    for text in ["{\"o\":1}", "{\"o\":2}", "{\"o\":3}", "{\"o\":4}"] {
        let mut message = other.message_towards(&text.into()).unwrap().unwrap();
        if message.checkpoint {
            // Not every client keeps to the interval.
            message = patch_instead(&other, text);
        }
        assert_eq!(other.push_message(message.clone()), Step::Applied);
        beside.push(message);
    }
    let mut reader = Chain::new(Mode::ListMap);
    assert_eq!(reader.push_message(log[49].clone()), Step::Adopted);
    reader.push_message(log[50].clone());
    reader.push_message(log[51].clone());
    assert_eq!(reader.push_message(beside[0].clone()), Step::Stray { beyond_gap: false });
    reader.push_message(beside[1].clone());
    assert_eq!(reader.strays().count(), 0);
    reader.push_message(beside[2].clone());
    assert_eq!(reader.push_message(beside[3].clone()), Step::Stray { beyond_gap: true });
    assert_eq!(reader.strays().last(), Some(beside[3].hash()));
}

fn patch_instead(chain: &Chain, text: &str) -> Message {
    let whole = Operation {
        offset: 0.0,
        remove: chain.document().len() as f64,
        insert: text.encode_utf16().collect(),
    };
    Message {
        checkpoint: false,
        operations: whole.simplify(&chain.document()).into_iter().collect(),
        document_hash: Hash::of_units(&chain.document()).to_string().into(),
        parent: chain.best_hash().unwrap().to_string().into(),
    }
}

#[test]
fn what_hangs_on_nothing_is_harmless_once_those_who_saw_it_went_on_without_it() {
    let log = write_alone(&mut Chain::new(Mode::ListMap), 20);
    let mut nonsense = log[10].clone();
    nonsense.parent = Hash::of_units(&[]).to_string().into();
    let (mut reader, mut doubt) = (Chain::new(Mode::ListMap), Doubt::default());
    let mut read = |message: &Message| {
        let step = reader.push_message(message.clone());
        doubt.note(Some(step), &reader);
        doubt.why().is_some()
    };
    assert!(!log[..10].iter().any(&mut read));
    assert!(read(&nonsense));
    // This one may have been under way.
    assert!(read(&log[10]));
    assert!(!read(&log[11]));
}
