//! A chain at rest: what is needed to go on from its last message without those before it.
//!
//! Whoever goes on from there knows nothing of what came before. A message that hangs on that is a stray, whichever message it is,
//! also the first of all; it may be of a branch that wins for everybody else. So all of the history has to be read then, and no later
//! message changes that (`net/history/going_on.rs`).

use super::chain::IMPLICIT_ROOT;
use super::document::Document;
use super::hash::Name;
use super::{Chain, Hash, Message, Mode};
use crate::json::Text;

/// A document at rest, and the message that it is at.
pub struct Still {
    /// The message.
    pub message: Hash,
    /// Messages from the first root to it: by this it is known when a checkpoint is due.
    pub depth: u64,
    /// What the next message has to name.
    pub document_hash: Hash,
    /// The document.
    pub document: Text,
}

impl Chain {
    /// The chain at rest, if nothing is known that has yet to find its place or hangs on the last message, and nobody broke
    /// the rules.
    pub fn still(&mut self) -> Option<Still> {
        let beginning = [Some(IMPLICIT_ROOT), self.initial()];
        let strays = self.graph.unplaced().any(|id| !beginning.contains(&Some(id)));
        let document_hash = self.document.hash();
        let follows = self.is_at_best() && self.expected == Name::Hash(document_hash);
        let valid = !self.mode.checks_json() || self.document.is_json();
        if self.at_start() || strays || self.graph.has_children(self.best) || !follows || !valid {
            return None;
        }
        let (message, depth) = (self.best_hash()?, self.graph.depth(self.best)?);
        Some(Still { message, depth, document_hash, document: self.document_text() })
    }

    /// Goes on from there, with nothing known of what came before.
    pub fn going_on(mode: Mode, still: &Still) -> Self {
        let mut chain = Self::new(mode);
        // As a checkpoint that was taken as the start: nothing goes back beyond it.
        let start = Message {
            checkpoint: true,
            operations: Vec::new(),
            document_hash: still.document_hash.to_string().into(),
            parent: "before".into(),
        };
        let id = chain.graph.insert(still.message, start);
        chain.graph.replace_root(chain.root, id);
        chain.graph.connect(id, still.depth);
        chain.document = Document::known(still.document.clone(), still.document_hash);
        chain.expected = Name::Hash(still.document_hash);
        (chain.root, chain.best) = (id, id);
        chain
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chainpad::{Doubt, Step};
    use proptest::prelude::*;

    /// What somebody does to a channel.
    #[derive(Debug, Clone)]
    enum Deed {
        /// Writes so many letters at a place, and takes so many away.
        Edit(usize, usize, usize),
        /// Sends the last message but with another hash of the document.
        Lie,
        /// Sends a message that was sent before.
        Repeat(usize),
        /// Sends so many messages as if the last ones had not come, or none at all: everybody knows of them when the next is
        /// written.
        Fork(usize, usize),
        /// Sends a message before the one that it is written on.
        Swap,
    }

    fn deed() -> impl Strategy<Value = Deed> {
        let edit = (0usize..400, 0usize..30, 1usize..30);
        prop_oneof![
            12 => edit.prop_map(|(at, remove, len)| Deed::Edit(at, remove, len)),
            1 => Just(Deed::Lie),
            1 => (0usize..40).prop_map(Deed::Repeat),
            3 => (1usize..6, 1usize..3).prop_map(|(back, count)| Deed::Fork(back, count)),
            1 => (1usize..99, 1usize..9).prop_map(|(back, count)| Deed::Fork(back, count)),
            1 => Just(Deed::Swap),
        ]
    }

    fn read(mode: Mode, messages: &[Message]) -> Chain {
        let mut chain = Chain::new(mode);
        for message in messages {
            chain.push_message(message.clone());
        }
        chain
    }

    /// Letters as a document of this kind.
    fn document(mode: Mode, text: &str) -> Text {
        if mode == Mode::Text { text.into() } else { format!("{{\"a\":\"{text}\"}}").as_str().into() }
    }

    fn letters(chain: &Chain) -> String {
        chain
            .document_text()
            .as_str()
            .unwrap()
            .chars()
            .filter(|letter| letter.is_ascii_alphanumeric())
            .collect()
    }

    fn write_as(chain: &mut Chain, log: &mut Vec<Message>, text: &str) {
        let wanted = document(chain.mode(), text);
        while let Ok(Some(message)) = chain.message_towards(&wanted) {
            log.push(message.clone());
            chain.push_message(message);
        }
    }

    fn write(chain: &mut Chain, log: &mut Vec<Message>, (at, remove, len): (usize, usize, usize)) {
        let mut text = letters(chain);
        let at = at % (text.len() + 1);
        let removed = at..text.len().min(at + remove);
        text.replace_range(removed, &format!("{len}{}", "abcde".repeat(len / 5)));
        write_as(chain, log, &text);
    }

    /// Everything that is sent, checkpoints as they fall due.
    fn sent(mode: Mode, deeds: &[Deed]) -> Vec<Message> {
        let mut log = Vec::new();
        let mut chain = read(mode, &log);
        write(&mut chain, &mut log, (0, 0, 300));
        for deed in deeds {
            match deed {
                Deed::Edit(at, remove, len) => write(&mut chain, &mut log, (*at, *remove, *len)),
                Deed::Lie => {
                    let mut message = log.last().unwrap().clone();
                    message.document_hash = "ab".repeat(32).as_str().into();
                    log.push(message);
                }
                Deed::Repeat(back) => log.push(log[log.len().saturating_sub(1 + back)].clone()),
                Deed::Fork(back, count) => {
                    let mut other = read(mode, &log[..log.len().saturating_sub(*back)]);
                    for _ in 0..*count {
                        let text = format!("{}{}", log.len(), letters(&other));
                        write_as(&mut other, &mut log, &text);
                    }
                    chain = read(mode, &log);
                }
                Deed::Swap => {
                    let last = log.len() - 1;
                    write(&mut chain, &mut log, (3, 1, 9));
                    log[last..].reverse();
                }
            }
        }
        log
    }

    fn push(chain: &mut Chain, doubt: &mut Doubt, message: &Message) -> Step {
        let step = chain.push_message(message.clone());
        doubt.note(Some(step), chain);
        step
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]
        #[test]
        fn who_goes_on_comes_to_the_same_document_or_knows_that_the_beginning_is_needed(
            mode in prop_oneof![Just(Mode::Text), Just(Mode::ListMap)],
            deeds in proptest::collection::vec(deed(), 1..60),
            rests in proptest::collection::vec(any::<proptest::sample::Index>(), 3),
        ) {
            let log = sent(mode, &deeds);
            for rest in rests {
                let (before, after) = log.split_at(rest.index(log.len()) + 1);
                let mut whole = Chain::new(mode);
                let (mut doubt, mut last) = (Doubt::default(), None);
                before.iter().for_each(|message| last = Some(push(&mut whole, &mut doubt, message)));
                let at_rest = matches!(last, Some(Step::Applied | Step::Adopted)) && doubt.why().is_none();
                let Some(still) = whole.still().filter(|_| at_rest) else { continue };
                let mut later = Chain::going_on(mode, &still);
                prop_assert!(later.document() == whole.document());
                for (at, message) in after.iter().enumerate() {
                    push(&mut whole, &mut doubt, message);
                    // As in net/history.rs.
                    let step = later.push_message(message.clone());
                    if !matches!(step, Step::Applied | Step::Remembered | Step::Known) {
                        break;
                    }
                    prop_assert!(doubt.why().is_none());
                    prop_assert!(later.document() == whole.document());
                    prop_assert_eq!(later.best_hash(), whole.best_hash());
                    prop_assert_eq!(later.can_be_followed(), whole.can_be_followed());
                    // They write the same.
                    let wanted = document(mode, "something else");
                    prop_assert_eq!(later.message_towards(&wanted), whole.message_towards(&wanted));
                    // A state of a state.
                    if at % 7 == 6
                        && step == Step::Applied
                        && let Some(again) = later.still()
                    {
                        later = Chain::going_on(mode, &again);
                    }
                }
            }
        }
    }

    #[test]
    fn a_message_that_waits_for_another_is_no_rest() {
        for mode in [Mode::Text, Mode::ListMap] {
            let log = sent(mode, &[Deed::Edit(1, 0, 5), Deed::Edit(2, 0, 5), Deed::Edit(3, 0, 5)]);
            let (last, before) = log.split_last().unwrap();
            assert!(read(mode, before).still().is_some());
            assert!(Chain::new(mode).still().is_none());
            let mut waits = read(mode, &before[..before.len() - 1]);
            assert!(matches!(waits.push_message(last.clone()), Step::Stray { .. }));
            assert!(waits.still().is_none());
        }
    }

    #[test]
    fn what_hangs_on_the_first_of_all_messages_is_never_taken_for_a_plain_step() {
        for mode in [Mode::Text, Mode::ListMap] {
            let log = sent(mode, &[Deed::Edit(1, 0, 5), Deed::Edit(2, 0, 5)]);
            let still = read(mode, &log).still().unwrap();
            let mut others = read(mode, &[]);
            let mut branch = Vec::new();
            write_as(&mut others, &mut branch, "another beginning");
            let mut later = Chain::going_on(mode, &still);
            let steps: Vec<_> = branch.iter().map(|message| later.push_message(message.clone())).collect();
            assert!(steps.iter().any(|step| matches!(step, Step::Stray { .. })), "{steps:?}");
        }
    }
}
