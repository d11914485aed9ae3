//! What each fuzz target does with its bytes. `tests/suite/seeds.rs` replays the seeds through the same functions.

use pinfold_core::account::block;
use pinfold_core::chainpad::{Chain, Message, Mode};
use pinfold_core::crypto::curve::CurvePair;
use pinfold_core::crypto::message::MessageKeys;
use pinfold_core::crypto::sign::SigningKey;
use pinfold_core::error::{Code, Error};
use pinfold_core::href;
use pinfold_core::ids::{ChannelId, is_valid_channel};
use pinfold_core::json::{self, Value};
use pinfold_core::mailbox::letter::{self, MailboxKeys};
use pinfold_core::mailbox::message;
use pinfold_core::ports::Entropy;
use pinfold_core::roster::Roster;
use pinfold_core::secret::Secret;
use pinfold_core::wire::{frame, keeper};

/// Takes any bytes.
type Target = fn(&[u8]);

/// All of them, by the name of their program and of their directory of seeds.
#[allow(dead_code, reason = "a program runs one, the test runs all")]
pub const ALL: &[(&str, Target)] = &[
    ("frame", frame),
    ("keeper", keeper),
    ("href", href),
    ("block", block),
    ("chainpad", chainpad),
    ("message", message),
    ("letter", letter),
    ("content", content),
    ("json", json),
    ("roster", roster),
];

struct Fixed;

impl Entropy for Fixed {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), Error> {
        out.fill(5);
        Ok(())
    }
}

fn secret<const N: usize>(fill: u8) -> Secret<N> {
    Secret::derive_with(|out| out.fill(fill))
}

/// A frame of the server.
pub fn frame(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else { return };
    if let Err(error) = frame::decode(text) {
        assert_eq!(error.code(), Code::PeerMalformed);
    }
}

/// A text of the history keeper.
pub fn keeper(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else { return };
    let _ = keeper::read(text);
}

/// A link, then after a line feed its password.
pub fn href(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else { return };
    let (link, password) = text.split_once('\n').map_or((text, None), |(link, word)| (link, Some(word)));
    let channel = href::href_to_channel(link, password);
    // Cleaning a link takes its options away and changes nothing of where it leads.
    if let (Ok(Some(channel)), Some(clean)) = (&channel, href::parse_href(link).clean()) {
        assert_eq!(href::href_to_channel(&clean, password).as_ref(), Ok(&Some(channel.clone())), "{clean}");
    }
    for kind in ["pad", "file", "drive", "user", "form", "invite"] {
        if let Ok(secrets) = href::secrets_from_hash(kind, link, password) {
            let _ = secrets.message_keys();
        }
    }
}

/// A log-in block as the server sends it, and the same bytes as what a block holds.
pub fn block(data: &[u8]) {
    assert!(block::open(data, &secret(1)).is_err(), "nobody knows the key");
    let Ok(text) = str::from_utf8(data) else { return };
    let sealed = block::seal_text(text, &secret(1), &mut Fixed).unwrap();
    match block::open(&sealed, &secret(1)) {
        Ok(block) => {
            let again = block::seal(&block, &secret(1), &mut Fixed).unwrap();
            let again = block::open(&again, &secret(1)).unwrap();
            assert_eq!(again.user_hash.expose(), block.user_hash.expose());
            assert_eq!(again.ed_public, block.ed_public);
            // As texts: a number that is too large is infinite once read, and null once written.
            let text = |extra: json::Object| json::stringify(&Value::Object(extra));
            assert_eq!(text(again.extra), text(block.extra));
        }
        Err(error) => assert_eq!(error.code(), Code::BlockMalformed),
    }
}

/// The messages of a channel, one a line.
pub fn chainpad(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else { return };
    let mut chain = Chain::new(Mode::ListMap);
    for line in text.split('\n') {
        // As in JavaScript, a number that is too large is infinite once read, and null once written.
        let finite = |message: &Message| {
            message.operations.iter().all(|o| o.offset.is_finite() && o.remove.is_finite())
        };
        if let Some(message) = Message::parse(line).ok().filter(finite) {
            assert_eq!(Message::parse(&message.to_json()).as_ref().map(Message::hash), Ok(message.hash()));
        }
        chain.push(line);
        assert!(chain.to_json().is_ok(), "a list-map document is always JSON");
    }
}

/// A channel message as the server sends it, and the same bytes signed by the channel's key.
pub fn message(data: &[u8]) {
    let keys = MessageKeys::writing(secret(1), SigningKey::from_seed(&secret(2)));
    let Ok(text) = str::from_utf8(data) else { return };
    assert!(keys.open(text).is_err(), "nobody knows the key");
    let _ = keys.open_unverified(text);
    assert_eq!(keys.seal(text, &mut Fixed).and_then(|sealed| keys.open(&sealed)).as_deref(), Ok(text));
}

/// A letter as the server sends it, and the same bytes as its text.
pub fn letter(data: &[u8]) {
    let (alice, bob) = (CurvePair::from_secret(secret(1)), CurvePair::from_secret(secret(2)));
    let keys = MailboxKeys::new(bob);
    let Ok(text) = str::from_utf8(data) else { return };
    assert!(keys.open(text).is_err(), "nobody sealed it");
    let sealed = letter::seal(text, &alice, keys.public(), None, &mut Fixed).unwrap();
    let opened = keys.open(&sealed).unwrap();
    assert_eq!((opened.content.as_str(), opened.author), (text, alice.public().to_base64()));
}

/// A JSON text.
pub fn json(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else { return };
    let valid = json::validate_utf16(&text.encode_utf16().collect::<Vec<_>>());
    let Ok(value) = Value::parse(text) else { return };
    assert!(valid, "what is read is valid");
    let written = json::stringify(&value);
    let again = Value::parse(&written).unwrap();
    assert_eq!(json::stringify(&again), written);
    assert_eq!(json::canonical(&again), json::canonical(&value));
}

/// The messages of a roster, one a line: its author's first character, then the content.
pub fn roster(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else { return };
    let mut roster = Roster::new();
    for (at, line) in text.split('\n').enumerate() {
        let Some(author) = line.chars().next() else { continue };
        let (_, content) = line.split_at(author.len_utf8());
        let author = author.to_string().repeat(44);
        let before = json::canonical(&roster.state());
        if roster.push(&at.to_string(), &author, content).is_err() {
            assert_eq!(json::canonical(&roster.state()), before, "what is refused changes nothing");
        }
    }
}

/// What an opened letter says: of a kind that is not known, the word is kept; a subject is an id that a server stores, and
/// that of a team is the channel of a document.
pub fn content(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let Ok((read, claims)) = message::Message::read(text) else { return };
    let value = Value::parse(text).unwrap();
    assert_eq!(read.kind(), value.get("type").and_then(Value::as_str));
    for subject in read.subjects() {
        match subject {
            message::Subject::Channel(id) => assert!(is_valid_channel(&id), "{id}"),
            message::Subject::Team(id) => assert!(ChannelId::parse(&id).is_some(), "{id}"),
        }
    }
    read.facts(&mut |_, _| {});
    let sender = message::Sender { author: Some("me".to_owned()), claims };
    sender.claim();
}
