//! A reading that goes on from a kept state finds what one that reads the log finds, or asks for the whole history.

use pinfold_core::chainpad::{Chain, Message, Mode, Operation};
use pinfold_core::channel::{Ask, Existence, Input, Line, TxIds};
use pinfold_core::crypto::message::MessageKeys;
use pinfold_core::crypto::sign::SigningKey;
use pinfold_core::ids::{ChannelId, MessageHash};
use pinfold_core::json::{Text, Value, canonical};
use pinfold_core::net::document::DocumentReader;
use pinfold_core::net::kept_log::Part;
use pinfold_core::net::place::Known;
use pinfold_core::ports::Entropy;
use pinfold_core::secret::Secret;

struct Counting(u8);

impl Entropy for Counting {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), pinfold_core::error::Error> {
        self.0 = self.0.wrapping_add(1);
        out.fill(self.0);
        Ok(())
    }
}

/// A member's keys; `fill` is the content key.
fn keys(fill: u8) -> MessageKeys {
    let sign = SigningKey::from_seed(&Secret::derive_with(|seed: &mut [u8; 32]| seed.fill(3)));
    MessageKeys {
        crypt_key: Secret::derive_with(|key| key.fill(fill)),
        verify: Some(sign.verifying_key()),
        sign: Some(sign),
    }
}

/// A document with these entries.
fn text(entries: &[&str]) -> Text {
    let entries: Vec<String> =
        entries.iter().map(|name| format!(r#""{name}":{{"channel":"{name}"}}"#)).collect();
    Text::from(format!(r#"{{"filesData":{{{}}}}}"#, entries.join(",")))
}

/// A channel, as its members and its server know it.
struct Channel {
    messages: Vec<Message>,
    stored: Vec<String>,
    random: Counting,
}

impl Channel {
    /// With one message for each of these documents, after the first.
    fn new(documents: &[&[&str]]) -> Self {
        let mut channel = Self { messages: Vec::new(), stored: Vec::new(), random: Counting(0) };
        documents.iter().for_each(|entries| channel.write(usize::MAX, entries));
        channel
    }

    /// Somebody who has seen so many messages changes the document.
    fn write(&mut self, seen: usize, entries: &[&str]) {
        let mut chain = Chain::new(Mode::ListMap);
        for message in self.messages.iter().take(seen) {
            chain.push_message(message.clone());
        }
        while let Some(message) = chain.message_towards(&text(entries)).unwrap() {
            self.store(&message);
            chain.push_message(message);
        }
    }

    fn store(&mut self, message: &Message) {
        let sealed = keys(5).seal(&message.to_json(), &mut self.random).unwrap();
        self.stored.push(if message.checkpoint {
            format!("cp|{}|{sealed}", self.stored.len())
        } else {
            sealed
        });
        self.messages.push(message.clone());
    }

    /// Somebody sends a checkpoint on the message at this place, with these entries.
    fn checkpoint_on(&mut self, at: usize, entries: &[&str]) {
        let mut chain = Chain::new(Mode::ListMap);
        for message in self.messages.iter().take(at + 1) {
            chain.push_message(message.clone());
        }
        let insert: Vec<u16> = text(entries).to_utf16();
        let remove = chain.document().len() as f64;
        let message = Message {
            checkpoint: true,
            operations: vec![Operation { offset: 0.0, remove, insert }],
            document_hash: chain.document_hash().to_string().as_str().into(),
            parent: self.messages[at].hash().to_string().as_str().into(),
        };
        self.store(&message);
    }

    fn hash(&self, at: usize) -> MessageHash {
        MessageHash::of(&self.stored[at]).unwrap()
    }
}

fn open(crypt_key: u8) -> DocumentReader {
    let channel = ChannelId::parse(&"a".repeat(32)).unwrap();
    let (mut reader, _) = DocumentReader::open(channel, keys(crypt_key), false, TxIds::default().pair());
    reader.keep_log();
    reader
}

/// The server answers with what it has; whether it was asked for everything.
fn serve(reader: &mut DocumentReader, stored: &[String], ask: Option<Ask>) -> bool {
    let mut asks: Vec<Ask> = ask.into_iter().collect();
    asks.extend(reader.handle(Input::Joined));
    asks.extend(reader.handle(Input::Existence(&Existence::Known)));
    let mut whole = false;
    while let Some(ask) = asks.pop() {
        let Ask::History { txid, from } = ask else { continue };
        whole |= from.is_none();
        let is_it = |text: &String| MessageHash::of(text) == from;
        let begin = stored.iter().position(is_it).unwrap_or(0);
        for text in &stored[begin..] {
            asks.extend(reader.handle(Input::History { txid, line: Line::new(text, None) }));
        }
        asks.extend(reader.handle(Input::End { txid }));
    }
    whole
}

fn document(reader: &mut DocumentReader) -> String {
    canonical(reader.outcome().unwrap().unwrap().document())
}

/// The log as it is kept where no state can be.
fn log(channel: &Channel) -> String {
    [&["pinfold log 1".to_owned()], channel.stored.as_slice()].concat().join("\n")
}

/// Tail and state of a reading of all of it. Whoever can seal the state does not store the log that comes with it.
fn kept(channel: &Channel) -> [String; 2] {
    let mut reader = open(5);
    let ask = reader.recalled(None, None);
    assert!(serve(&mut reader, &channel.stored, ask));
    document(&mut reader);
    let mut parts = [const { String::new() }; 3];
    for (part, bytes) in reader.take_log() {
        let at = Part::ALL.iter().position(|known| *known == part).unwrap();
        parts[at] = String::from_utf8(bytes.into_vec()).unwrap();
    }
    let [base, tail, state] = parts;
    assert_eq!(base, log(channel));
    [tail, state]
}

const FOUR: [&[&str]; 4] = [&["a"], &["a", "b"], &["a", "b", "c"], &["a", "b", "c", "d"]];

#[test]
fn a_state_serves_the_key_that_it_was_read_with() {
    let mut channel = Channel::new(&FOUR);
    let [tail, state] = kept(&channel);
    assert!(!open(6).go_on(&state, &tail), "another key opens nothing of the channel");
    let mut reader = open(5);
    assert!(reader.go_on(&state, &tail));
    channel.write(usize::MAX, &["b"]);
    let ask = reader.begin();
    assert!(!serve(&mut reader, &channel.stored, ask), "it went on");
    assert_eq!(document(&mut reader), r#"{"filesData":{"b":{"channel":"b"}}}"#);
}

#[test]
fn a_live_checkpoint_on_what_came_before_has_all_of_it_read() {
    let mut channel = Channel::new(&FOUR);
    let [tail, state] = kept(&channel);
    let mut reader = open(5);
    assert!(reader.go_on(&state, &tail));
    let ask = reader.begin();
    serve(&mut reader, &channel.stored, ask);
    assert!(!reader.in_doubt());
    channel.checkpoint_on(1, &["a"]);
    let checkpoint = channel.stored.last().unwrap().clone();
    reader.handle(Input::Live { line: Line::new(&checkpoint, None) });
    assert!(reader.in_doubt());
    let mut ids = TxIds::default();
    for _ in 0..8 {
        ids.pair();
    }
    let ask = reader.read_again(ids.pair());
    assert!(matches!(ask, Some(Ask::History { from: None, .. })));
    serve(&mut reader, &channel.stored, ask);
    assert!(!reader.in_doubt());
}

/// What was removed while nobody looked is found whether the log or the state is gone on from, also where a message that hangs on what
/// came before has all of it read.
#[test]
fn what_left_since_the_last_look_is_found_in_every_way() {
    for fork in [false, true] {
        let mut channel = Channel::new(&FOUR);
        let (base, parts) = (log(&channel), kept(&channel));
        let last = channel.stored.len() - 1;
        let known = Known { base: channel.hash(0), head: channel.hash(last) };
        channel.write(usize::MAX, &["a", "c", "d"]);
        if fork {
            channel.write(2, &["z"]);
        }
        let removal = channel.hash(last + 1);
        for from_state in [false, true] {
            let mut reader = open(5);
            reader.expect(known.clone());
            reader.mark(known.head.clone());
            let [tail, state] = &parts;
            let ask = if from_state {
                assert!(reader.go_on(state, tail));
                reader.begin()
            } else {
                reader.recalled(Some(&base), Some(tail))
            };
            assert_eq!(serve(&mut reader, &channel.stored, ask), fork && from_state);
            let left: Vec<_> =
                reader.left().iter().map(|left| (left.channel.clone(), left.message.clone())).collect();
            assert_eq!(left, [(Text::from("b"), removal.clone())], "fork {fork}, state {from_state}");
            let marked = reader.take_marked().map(|document| canonical(&document));
            assert_eq!(marked, Some(canonical(&Value::parse_text(&text(FOUR[3])).unwrap())));
            assert!(document(&mut reader).contains(r#""d""#));
        }
    }
}

/// As a crash may leave it: the tail holds what the state does not explain. The log explains it, or the server, and nothing is forgotten
/// by the try.
#[test]
fn a_tail_that_the_state_does_not_explain_is_read_without_it() {
    let mut channel = Channel::new(&FOUR);
    let (base, [tail, state]) = (log(&channel), kept(&channel));
    let last = channel.stored.len() - 1;
    channel.write(usize::MAX, &["a", "c", "d"]);
    channel.write(2, &["z"]);
    let tail = [&[tail][..], &channel.stored[last + 1..]].concat().join("\n");
    for base in [Some(base), None] {
        let mut reader = open(5);
        reader.expect(Known { base: channel.hash(0), head: channel.hash(last) });
        reader.mark(channel.hash(last));
        assert!(!reader.go_on(&state, &tail));
        let ask = reader.recalled(base.as_deref(), Some(&tail));
        assert_eq!(serve(&mut reader, &channel.stored, ask), base.is_none(), "it went on from the log");
        let marked = reader.take_marked().map(|document| canonical(&document));
        assert_eq!(marked, Some(canonical(&Value::parse_text(&text(FOUR[3])).unwrap())));
        assert!(!document(&mut reader).contains(r#""b""#));
    }
}
