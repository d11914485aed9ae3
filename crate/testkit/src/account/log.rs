//! The history of a list-map channel, as clients write it: patches, a checkpoint before every 50th message,
//! now and then two clients at once.

use pinfold_core::chainpad::{CHECKPOINT_INTERVAL, Chain, Hash, Message, Mode, Operation, Step, checkpoint};
use pinfold_core::crypto::message::MessageKeys;
use pinfold_core::error::Error;
use pinfold_core::href::Secrets;
use pinfold_core::json::{Object, Text, Value, canonical};

use super::parts::{EPOCH, impossible, number, texts};
use crate::entropy::Seeded;
use crate::server::{Channel, Stored};

/// How long a history is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    /// Three messages: the initial one, everything, one more key.
    Short,
    /// Grown in so many steps, then touched so many times.
    Real { steps: usize, touches: usize },
    /// What a server sends of a long one, or keeps after it was trimmed: it begins with a checkpoint, and another
    /// one comes 50 messages later.
    Trimmed { touches: usize },
}

/// A channel under hand.
pub(super) struct Log {
    keys: MessageKeys,
    channel: String,
    validate_key: String,
    chain: Chain,
    /// Messages of the branch that counts.
    depth: u64,
    messages: Vec<Stored>,
}

/// What one writer changes at a time: when an entry was last opened.
struct Touch {
    message: Message,
    time: u64,
}

impl Log {
    pub(super) fn new(secrets: &Secrets) -> Result<Self, Error> {
        let keys = secrets.message_keys()?;
        let validate_key = keys.verify.as_ref().map(|key| key.to_base64()).unwrap_or_default();
        Ok(Self {
            keys,
            channel: secrets.channel.clone().unwrap_or_default(),
            validate_key,
            chain: Chain::new(Mode::ListMap),
            depth: 0,
            messages: Vec::new(),
        })
    }

    /// Begins with a checkpoint, whose past nobody knows any more.
    pub(super) fn begin(&mut self, document: &Value, entropy: &mut Seeded) -> Result<(), Error> {
        let insert: Vec<u16> = canonical(document).encode_utf16().collect();
        let document_hash = Text::from(Hash::of_units(&insert).to_string());
        let operations = vec![Operation { offset: 0.0, remove: insert.len() as f64, insert }];
        let parent = Hash::of_units(&[]).to_string().into();
        let message = Message { checkpoint: true, operations, document_hash, parent };
        self.store(&message, entropy)?;
        match self.chain.push_message(message) {
            Step::Adopted => Ok(()),
            _ => Err(impossible("a checkpoint that is no beginning")),
        }
    }

    /// Adds what is new in `wanted`: one patch, and a checkpoint before it where one is due.
    pub(super) fn grow(&mut self, wanted: &Value, entropy: &mut Seeded) -> Result<(), Error> {
        self.checkpoint_if_due(entropy)?;
        let new: Vec<u16> = canonical(wanted).encode_utf16().collect();
        match insertions(&self.chain.document(), &new) {
            Some(operations) if self.depth > 0 && !operations.is_empty() => {
                let message = self.patch(operations);
                self.send(message, entropy)
            }
            _ => self.write(wanted, entropy),
        }
    }

    /// Goes on until the document is `wanted`.
    pub(super) fn write(&mut self, wanted: &Value, entropy: &mut Seeded) -> Result<(), Error> {
        let wanted = Text::from(canonical(wanted));
        while let Some(message) = self
            .chain
            .message_towards(&wanted)
            .map_err(|_| impossible("a document that cannot be written"))?
        {
            self.send(message, entropy)?;
        }
        Ok(())
    }

    /// Somebody opens the document of an entry; one time in 16 on two devices at once, of which one wins.
    /// Returns the time that then stands in the entry.
    pub(super) fn touch(&mut self, entry: &str, entropy: &mut Seeded) -> Result<u64, Error> {
        self.checkpoint_if_due(entropy)?;
        let first = self.touched(entry, entropy)?;
        if entropy.below(16) > 0 {
            self.send(first.message, entropy)?;
            return Ok(first.time);
        }
        let second = self.touched(entry, entropy)?;
        // Of two branches of equal length the one with the lower hash counts (PROTOCOL.md 12.3, step 6).
        let hash = |touch: &Touch| touch.message.hash().to_string();
        let time = if hash(&second) < hash(&first) { second.time } else { first.time };
        self.send(first.message, entropy)?;
        if second.time != first.time {
            self.store(&second.message, entropy)?;
            self.chain.push_message(second.message);
        }
        Ok(time)
    }

    fn touched(&mut self, entry: &str, entropy: &mut Seeded) -> Result<Touch, Error> {
        let document = self.chain.document();
        let lost = || impossible("an entry is not where it was written");
        let at = position(&document, &format!("\"{entry}\":{{")).ok_or_else(lost)?;
        let behind = document.get(at..).unwrap_or_default();
        let field = "\"atime\":";
        let at = at + position(behind, field).ok_or_else(lost)? + field.len();
        let old: Vec<u16> = document.iter().skip(at).take(13).copied().collect();
        let mut time = EPOCH + entropy.next_u64() % 100_000_000_000;
        let units = |time: u64| time.to_string().encode_utf16().collect::<Vec<_>>();
        time += u64::from(units(time) == old);
        let operation = Operation { offset: at as f64, remove: 13.0, insert: units(time) };
        let operations = operation.simplify(&document).into_iter().collect();
        Ok(Touch { message: self.patch(operations), time })
    }

    /// A patch on the document as it is.
    fn patch(&mut self, operations: Vec<Operation>) -> Message {
        let parent = self.chain.best_hash().map(|hash| hash.to_string()).unwrap_or_default();
        let document_hash = Text::from(self.chain.document_hash().to_string());
        Message { checkpoint: false, operations, document_hash, parent: parent.into() }
    }

    fn checkpoint_if_due(&mut self, entropy: &mut Seeded) -> Result<(), Error> {
        if !(self.depth + 1).is_multiple_of(CHECKPOINT_INTERVAL) {
            return Ok(());
        }
        // Whatever is wanted next, a checkpoint comes first.
        let message = self.chain.message_towards(&Text::from("{\"\":0}"));
        match message.ok().flatten().filter(|message| message.checkpoint) {
            Some(message) => self.send(message, entropy),
            None => Err(impossible("a checkpoint that is not due")),
        }
    }

    fn send(&mut self, message: Message, entropy: &mut Seeded) -> Result<(), Error> {
        self.store(&message, entropy)?;
        match self.chain.push_message(message) {
            // The initial message is known to every reader.
            Step::Applied | Step::Known => {
                self.depth += 1;
                Ok(())
            }
            _ => Err(impossible("a message that does not fit its own history")),
        }
    }

    fn store(&mut self, message: &Message, entropy: &mut Seeded) -> Result<(), Error> {
        self.append(&message.to_json(), entropy)
    }

    /// Seals and stores any text.
    pub(super) fn append(&mut self, plain: &str, entropy: &mut Seeded) -> Result<(), Error> {
        let sealed = self.keys.seal(plain, entropy)?;
        let message = if checkpoint::is_checkpoint(plain) {
            format!("cp|{}|{sealed}", checkpoint::id(plain))
        } else {
            sealed
        };
        let time = EPOCH + self.messages.len() as u64 * 1000;
        self.messages.push(Stored { message, time });
        Ok(())
    }

    /// The channel as a server keeps it.
    pub(super) fn finish(self, owners: &[String]) -> (String, Channel) {
        let mut metadata = Object::new();
        metadata.insert("validateKey", self.validate_key);
        if !owners.is_empty() {
            metadata.insert("owners", texts(owners));
        }
        metadata.insert("channel", self.channel.as_str());
        metadata.insert("created", number(EPOCH));
        let metadata = Some(pinfold_core::json::stringify(&Value::from(metadata)));
        (self.channel, Channel { metadata, messages: self.messages, ..Channel::default() })
    }
}

/// Where a text of ASCII characters begins.
fn position(units: &[u16], text: &str) -> Option<usize> {
    let text: Vec<u16> = text.encode_utf16().collect();
    let first = text.first()?;
    let starts = units.iter().enumerate().filter(|(_, unit)| *unit == first);
    starts.map(|(at, _)| at).find(|at| units.get(*at..).is_some_and(|rest| rest.starts_with(&text)))
}

/// What is inserted where, if nothing else happened: `old` is `new` with parts left out. Compared in pieces between the
/// characters that JSON is built with, each found at the next place.
fn insertions(old: &[u16], new: &[u16]) -> Option<Vec<Operation>> {
    let mut operations: Vec<Operation> = Vec::new();
    let mut fresh = pieces(new);
    let mut offset = 0.0;
    for piece in pieces(old) {
        let mut insert = Vec::new();
        loop {
            let next = fresh.next()?;
            if next == piece {
                break;
            }
            insert.extend_from_slice(next);
        }
        if !insert.is_empty() {
            operations.push(Operation { offset, remove: 0.0, insert });
        }
        offset += piece.len() as f64;
    }
    let insert: Vec<u16> = fresh.flatten().copied().collect();
    if !insert.is_empty() {
        operations.push(Operation { offset, remove: 0.0, insert });
    }
    Some(operations)
}

fn pieces(text: &[u16]) -> impl Iterator<Item = &[u16]> {
    let structural = |unit: &u16| b"{}[],".iter().any(|byte| u16::from(*byte) == *unit);
    text.chunk_by(move |a, b| !structural(a) && !structural(b))
}
