//! What a chain keeps of checkpoints: not a second copy of the document.

use pinfold_core::chainpad::{Chain, Message, Mode, Step};
use pinfold_core::json::Text;

/// A writer, and what it has sent.
struct Writer {
    chain: Chain,
    sent: Vec<Message>,
}

impl Writer {
    fn after(messages: &[Message]) -> Self {
        let mut chain = Chain::new(Mode::ListMap);
        read(&mut chain, messages);
        Self { chain, sent: Vec::new() }
    }

    /// So many edits, each of which makes another document.
    fn write(&mut self, who: &str, edits: std::ops::Range<usize>) -> Vec<Message> {
        for edit in edits {
            let wanted = Text::from(format!("{{\"{who}\":{edit}}}"));
            while let Some(message) = self.chain.message_towards(&wanted).unwrap() {
                self.sent.push(message.clone());
                self.chain.push_message(message);
            }
        }
        std::mem::take(&mut self.sent)
    }
}

fn read(chain: &mut Chain, messages: &[Message]) {
    for message in messages {
        chain.push_message(message.clone());
    }
}

#[test]
fn a_checkpoint_that_repeats_the_document_is_left_and_entered_again() {
    let mut ours = Writer::after(&[]);
    let first = ours.write("a", 0..52);
    let checkpoint = first.iter().position(|message| message.checkpoint).unwrap();
    // Somebody who has not seen the checkpoint writes more, and then we do.
    let longer = Writer::after(&first[..checkpoint - 1]).write("b", 0..20);
    let longest = ours.write("a", 52..80);

    let mut reader = Chain::new(Mode::ListMap);
    for message in first {
        let repeats = message.checkpoint;
        reader.push_message(message);
        assert!(!repeats || reader.best_message().unwrap().operations.is_empty());
    }
    read(&mut reader, &longer);
    assert_eq!(reader.document_text(), Text::from("{\"b\":19}"));
    read(&mut reader, &longest);
    assert_eq!(reader.document_text(), Text::from("{\"a\":79}"));
    assert_eq!(reader.best_hash(), ours.chain.best_hash());
}

#[test]
fn a_checkpoint_that_a_history_begins_with_becomes_the_document() {
    let mut writer = Writer::after(&[]);
    let messages = writer.write("a", 0..70);
    let at = messages.iter().position(|message| message.checkpoint).unwrap();
    let mut reader = Chain::new(Mode::ListMap);
    assert_eq!(reader.push_message(messages[at].clone()), Step::Adopted);
    assert!(reader.best_message().unwrap().operations.is_empty());
    messages[at + 1..]
        .iter()
        .for_each(|message| assert_eq!(reader.push_message(message.clone()), Step::Applied));
    assert_eq!(reader.document_text(), writer.chain.document_text());
}
