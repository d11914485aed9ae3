//! A chain at rest: what is needed to go on from its last message without those before it.
//!
//! Whoever goes on from there knows what a reader knows whose history begins with a checkpoint. What hangs on a message
//! further up is a stray beyond a gap, and so a doubt (`doubt.rs`): then all of the history has to be read.

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
    /// The chain at rest, if nothing is known that has yet to find its place, and nobody broke the rules.
    pub fn still(&mut self) -> Option<Still> {
        let beginning = [Some(IMPLICIT_ROOT), self.initial()];
        let strays = self.graph.unplaced().any(|id| !beginning.contains(&Some(id)));
        let document_hash = self.document.hash();
        let follows = self.is_at_best() && self.expected == Name::Hash(document_hash);
        let valid = !self.mode.checks_json() || self.document.is_json();
        if self.at_start() || strays || !follows || !valid {
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
        chain.document = Document::known(still.document.to_utf16(), still.document_hash);
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
        /// Sends a message as if the last ones had not come: everybody knows of them when the next is written.
        Fork(usize),
        /// Sends a message before the one that it is written on.
        Swap,
    }

    fn deed() -> impl Strategy<Value = Deed> {
        let edit = (0usize..400, 0usize..30, 1usize..30);
        prop_oneof![
            12 => edit.prop_map(|(at, remove, len)| Deed::Edit(at, remove, len)),
            1 => Just(Deed::Lie),
            1 => (0usize..40).prop_map(Deed::Repeat),
            3 => (1usize..6).prop_map(Deed::Fork),
            1 => Just(Deed::Swap),
        ]
    }

    fn read(messages: &[Message]) -> Chain {
        let mut chain = Chain::new(Mode::Text);
        for message in messages {
            chain.push_message(message.clone());
        }
        chain
    }

    fn write(chain: &mut Chain, log: &mut Vec<Message>, (at, remove, len): (usize, usize, usize)) {
        let mut text = chain.document_text().as_str().unwrap_or_default().to_owned();
        let at = at % (text.len() + 1);
        let removed = at..text.len().min(at + remove);
        text.replace_range(removed, &format!("{len}-{}", "abcde".repeat(len / 5)));
        while let Ok(Some(message)) = chain.message_towards(&text.as_str().into()) {
            log.push(message.clone());
            chain.push_message(message);
        }
    }

    /// Everything that is sent, checkpoints as they fall due.
    fn sent(deeds: &[Deed]) -> Vec<Message> {
        let mut log = Vec::new();
        let mut chain = read(&log);
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
                Deed::Fork(back) => {
                    let other = read(&log[..log.len().saturating_sub(*back).max(1)]);
                    let wanted = format!("{}{}", log.len(), other.document_text().as_str().unwrap());
                    log.extend(other.message_towards(&wanted.as_str().into()).unwrap());
                    chain = read(&log);
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
        fn who_goes_on_comes_to_the_same_document_or_is_in_doubt(
            deeds in proptest::collection::vec(deed(), 1..60),
            rests in proptest::collection::vec(any::<proptest::sample::Index>(), 3),
        ) {
            let log = sent(&deeds);
            for rest in rests {
                let (before, after) = log.split_at(rest.index(log.len()) + 1);
                let mut whole = Chain::new(Mode::Text);
                let (mut doubt, mut last) = (Doubt::default(), None);
                before.iter().for_each(|message| last = Some(push(&mut whole, &mut doubt, message)));
                let at_rest = matches!(last, Some(Step::Applied | Step::Adopted)) && doubt.why().is_none();
                let Some(still) = whole.still().filter(|_| at_rest) else { continue };
                let mut later = Chain::going_on(Mode::Text, &still);
                let mut of_later = Doubt::default();
                prop_assert!(later.document() == whole.document());
                for message in after {
                    push(&mut whole, &mut doubt, message);
                    push(&mut later, &mut of_later, message);
                    if of_later.why().is_some() || doubt.why().is_some() {
                        continue;
                    }
                    prop_assert!(later.document() == whole.document());
                    prop_assert_eq!(later.best_hash(), whole.best_hash());
                    prop_assert_eq!(later.can_be_followed(), whole.can_be_followed());
                }
                // They write the same.
                if of_later.why().is_none() && doubt.why().is_none() {
                    let wanted = "something else".into();
                    prop_assert_eq!(later.message_towards(&wanted), whole.message_towards(&wanted));
                }
            }
        }
    }

    #[test]
    fn a_message_that_waits_for_another_is_no_rest() {
        let log = sent(&[Deed::Edit(1, 0, 5), Deed::Edit(2, 0, 5), Deed::Edit(3, 0, 5)]);
        let (last, before) = log.split_last().unwrap();
        assert!(read(before).still().is_some());
        assert!(Chain::new(Mode::Text).still().is_none());
        let mut waits = read(&before[..before.len() - 1]);
        assert!(matches!(waits.push_message(last.clone()), Step::Stray { .. }));
        assert!(waits.still().is_none());
    }
}
