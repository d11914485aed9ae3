//! The messages of one channel on their way to a document: held, opened in groups, replayed, doubted.
//!
//! Not every message that comes is part of the document:
//! - One that somebody with the key signed, and that does not open, is skipped, as the real client does. A message that
//!   builds on it builds on something missing, and that is a doubt (`chainpad/doubt.rs`).
//! - One that nobody with the key signed was not stored like this. In the history it was damaged later: a doubt as well.
//!   Among the live ones it is a stranger's (PROTOCOL.md 9.5, trap 40), and is passed over as if it had not come.
//!
//! A history of which nothing is understood does not count as an empty document.

use std::fmt;
use std::sync::Arc;

mod arrived;
mod framing;
mod going_on;
mod looking;

use crate::chainpad::checkpoint::{self, is_checkpoint, strip_prefix};
use crate::chainpad::{Chain, Doubt, Hash, Message, Mode, Standing, Step};
use crate::crypto::Scratch;
use crate::crypto::message::{MessageKeys, check_signature};
use crate::crypto::sign::VerifyingKey;
use crate::error::{Code, Error};
use crate::ids::MessageHash;
use crate::json::{Text, Value};
use crate::net::departures::Departures;
use crate::net::mark::Mark;
use crate::net::place::{Known, Place, Track};
use crate::ports::Entropy;
use arrived::Arrived;
use framing::strip_ancient_framing;

/// The most bytes of messages one channel may hold before we stop reading it; and a pad, that is only looked into.
const LIMIT: usize = 512 * 1024 * 1024;
const PAD_LIMIT: usize = 16 * 1024 * 1024;
/// Messages are opened this many at a time: checking signatures in groups takes a third of the time.
const GROUP: usize = 128;
/// Or this many bytes of them: what is held beside its opened form counts twice, and large messages gain nothing.
const GROUP_BYTES: usize = 256 * 1024;
/// Or when they make the whole document pass by for so many units together, as each may for its hash: a page that
/// replays them stands still meanwhile.
const GROUP_UNITS: usize = 16 * 1024 * 1024;

/// The result of a channel's messages.
pub(super) struct History {
    keys: MessageKeys,
    /// Messages that wait for their group to fill.
    held: Vec<String>,
    held_bytes: usize,
    messages: usize,
    bytes: usize,
    limit: usize,
    track: Track,
    mark: Mark,
    /// What left since the head that was known, once that came by.
    departures: Option<Departures>,
    arrived: Arrived,
    replay: Replay,
}

/// The messages that were opened, and what they came to.
struct Replay {
    chain: Chain,
    /// Whether there may be more than was understood.
    doubt: Doubt,
    /// Whether anything was understood.
    understood: bool,
    /// Whether the server stores what nobody signed: its metadata names no key to check with.
    unguarded: bool,
    cached: Option<Arc<Value>>,
    /// Whether the last message is the one that the document is at, as far as that is plain.
    at_last: bool,
    /// Whether it began where an earlier session ended: what came before is not known.
    lacks_beginning: bool,
    /// Whether a message came whose meaning depends on the messages before the state. Then the whole history must be read.
    needs_beginning: bool,
}

/// A message of ours, ready to be stored.
pub(super) struct Sealed {
    /// As it is sent and stored: encrypted, signed, with the prefix of a checkpoint.
    pub(super) stored: String,
    /// Its hash in the chain.
    pub(super) hash: Hash,
    /// Whether the document is as wanted after it. After a checkpoint, or the first message of a channel, it is not yet.
    pub(super) is_whole: bool,
    message: Message,
}

impl History {
    /// Of a list-map document.
    pub(super) fn new(keys: MessageKeys) -> Self {
        Self::of(keys, Mode::ListMap, LIMIT)
    }

    /// Of a pad.
    pub(super) fn pad(keys: MessageKeys) -> Self {
        Self::of(keys, Mode::Pad, PAD_LIMIT)
    }

    fn of(keys: MessageKeys, mode: Mode, limit: usize) -> Self {
        Self {
            keys,
            held: Vec::new(),
            held_bytes: 0,
            messages: 0,
            bytes: 0,
            limit,
            track: Track::default(),
            mark: Mark::default(),
            departures: None,
            arrived: Arrived::default(),
            replay: Replay {
                chain: Chain::new(mode),
                doubt: Doubt::default(),
                understood: false,
                unguarded: false,
                cached: None,
                at_last: false,
                lacks_beginning: false,
                needs_beginning: false,
            },
        }
    }

    /// How many messages were taken in.
    pub(super) fn messages(&self) -> usize {
        self.messages
    }

    /// The hash of the last one.
    pub(super) fn head(&self) -> Option<&MessageHash> {
        self.track.head()
    }

    /// What the server must show again if it has not forgotten it.
    pub(super) fn expect(&mut self, known: Known) {
        self.track.expect(known);
    }

    /// What another reading of the channel must be shown again. Who goes on from a state is asked what left since it was looked at
    /// last, and has not seen that.
    pub(super) fn known(&self) -> Option<Known> {
        let asked = self.track.asked().filter(|_| self.replay.lacks_beginning);
        asked.cloned().or_else(|| self.track.known())
    }

    /// Where it stands.
    pub(super) fn place(&self) -> Place {
        self.track.place()
    }

    /// Adopts the validation key that the metadata names. A reader with a view key has none of its own and
    /// takes the server's word for it (PROTOCOL.md 6.1); an editor's own key wins, and must agree.
    ///
    /// # Errors
    /// `crypto/signature` when it does not, `crypto/malformed` when it is no key.
    pub(super) fn adopt_key(&mut self, offered: &str) -> Result<(), Error> {
        self.keys = self.keys.clone().with_validate_key(VerifyingKey::from_base64(offered)?)?;
        Ok(())
    }

    /// The metadata names no validation key: whoever wishes can write into the channel.
    pub(super) fn is_unguarded(&mut self) {
        self.replay.unguarded = true;
    }

    /// Takes a message of the history in.
    ///
    /// # Errors
    /// What is wrong, when the history is larger than any real one.
    pub(super) fn hold(&mut self, stored: &str) -> Result<(), &'static str> {
        self.bytes += stored.len();
        if self.bytes > self.limit {
            return Err("its history is larger than any real one");
        }
        self.held.push(stored.to_owned());
        self.held_bytes += stored.len();
        let units = self.held.len().saturating_mul(self.replay.chain.document_len());
        if self.held.len() >= GROUP || self.held_bytes >= GROUP_BYTES || units >= GROUP_UNITS {
            self.open_held();
        }
        Ok(())
    }

    /// Opens and replays what is held.
    pub(super) fn open_held(&mut self) {
        let held = std::mem::take(&mut self.held);
        self.held_bytes = 0;
        let mut rest = held.as_slice();
        while let Some((count, is_it)) = self.mark.wanted(rest) {
            let Some((before, after)) = rest.split_at_checked(count) else { break };
            self.open_looking(before);
            let document = self.document().ok();
            self.mark.found(document, is_it);
            rest = after;
            if is_it {
                break;
            }
        }
        self.open_looking(rest);
    }

    fn open_looking(&mut self, held: &[String]) {
        let known = held.iter().position(|stored| self.track.awaits(stored)).map_or(0, |at| at + 1);
        let (before, after) = held.split_at_checked(known).unwrap_or((&[], held));
        self.open(before);
        if !before.is_empty() {
            self.look_at_departures();
        }
        match self.departures {
            None => self.open(after),
            Some(_) => after.chunks(1).for_each(|one| {
                self.open(one);
                one.iter().for_each(|stored| self.look(stored));
            }),
        }
    }

    fn open(&mut self, held: &[String]) {
        let mut number = self.arrived.before + self.messages;
        self.messages += held.len();
        held.iter().for_each(|stored| self.track.pass(stored));
        let Self { keys, replay, arrived, .. } = self;
        let messages = held.iter().map(|stored| strip_prefix(stored).0);
        let mut again = messages.clone();
        // Not kept: it is as large as the largest message, and there are as many readers as folders.
        let mut scratch = Scratch::default();
        keys.open_many(messages, &mut scratch, |opened| {
            let message = again.next().unwrap_or_default();
            match opened {
                Ok(plain) => {
                    let step = replay.chain.push(strip_ancient_framing(plain));
                    arrived.note(number, step);
                    replay.note(step);
                }
                Err(_) => replay.pass_over(keys, message),
            }
            number += 1;
        });
    }

    /// Whether a message is one of somebody with the key.
    pub(super) fn opens(&self, stored: &str) -> bool {
        self.keys.open_with(strip_prefix(stored).0, &mut Scratch::default()).is_ok()
    }

    /// Takes a message in that was written just now; `false` when it does not belong to this channel.
    ///
    /// Perhaps the server has neither checked nor stored a message that comes as a checkpoint: a stranger may send an old
    /// one again under the id of the last checkpoint. A known one changes nothing; others build on a state long past.
    pub(super) fn take(&mut self, stored: &str) -> bool {
        let (message, prefixed) = strip_prefix(stored);
        let mut scratch = Scratch::default();
        let Ok(plain) = self.keys.open_with(message, &mut scratch) else { return false };
        if prefixed && !is_checkpoint(plain) {
            return false;
        }
        let step = self.replay.chain.push(strip_ancient_framing(plain));
        if prefixed && matches!(step, Step::Stray { .. }) {
            // Whether it is one of before the state is not known.
            self.replay.needs_beginning |= self.replay.lacks_beginning;
            return false;
        }
        self.arrived.note(self.arrived.before + self.messages, step);
        self.messages += 1;
        self.bytes += stored.len();
        self.replay.note(step);
        if self.bytes > self.limit {
            self.replay.doubt.raise("its history is larger than any real one", &self.replay.chain);
        }
        self.advance_head(stored, prefixed && step == Step::Known);
        self.look(stored);
        true
    }

    /// The next message that brings the document to a canonical text; `None` when it is there.
    ///
    /// # Errors
    /// `crypto/read-only`, `host/no-entropy`; `edit/unfit` when nobody could follow what is in the channel.
    pub(super) fn seal_towards(
        &mut self,
        wanted: &Text,
        entropy: &mut dyn Entropy,
    ) -> Result<Option<Sealed>, Error> {
        let next = self.replay.chain.message_towards(wanted);
        let next =
            next.map_err(|_| Error::new(Code::EditUnfit, "nothing can follow what the channel holds"))?;
        let Some(message) = next else { return Ok(None) };
        let plain = message.to_json();
        let hash = message.hash();
        let sealed = self.keys.seal(&plain, &mut { entropy })?;
        let stored = match checkpoint::is_checkpoint(&plain) {
            true => ["cp|", &checkpoint::id(&plain), "|", &sealed].concat(),
            false => sealed,
        };
        // The first message of a channel is one that every chain has from the start.
        let is_whole = !message.checkpoint && self.replay.chain.standing(&hash) == Standing::Unknown;
        Ok(Some(Sealed { stored, hash, is_whole, message }))
    }

    /// Takes in a message of ours that the server has stored.
    pub(super) fn take_own(&mut self, sealed: &Sealed) {
        self.messages += 1;
        let step = self.replay.chain.push_message(sealed.message.clone());
        self.replay.note(step);
        self.advance_head(&sealed.stored, sealed.message.checkpoint && step == Step::Known);
        self.look(&sealed.stored);
    }

    /// Where a message stands, seen from the document.
    pub(super) fn standing(&self, hash: &Hash) -> Standing {
        self.replay.chain.standing(hash)
    }

    /// Names an earlier message as the last one: what came after it will come again, and is known then.
    pub(super) fn rewind(&mut self, head: &MessageHash) {
        self.track.rewind(head);
        self.replay.at_last = false;
    }

    /// Of two equal checkpoints the server stores one (9.5): it would not know the other as a place to go on from.
    fn advance_head(&mut self, stored: &str, repeated_checkpoint: bool) {
        if !repeated_checkpoint {
            self.track.pass(stored);
        }
    }

    /// Why the history may hold more than was understood: see [`Doubt`].
    pub(super) fn suspicion(&self) -> Option<&'static str> {
        let nothing = self.messages > 0 && !self.replay.understood;
        let beginning =
            self.replay.needs_beginning.then_some("a message that hangs on one before the kept state");
        let why = self.replay.doubt.why().or(beginning);
        why.or(nothing.then_some("not one of its messages is understood"))
    }

    /// The document at the end of the messages so far.
    ///
    /// # Errors
    /// Why there is no document.
    pub(super) fn document(&mut self) -> Result<Arc<Value>, &'static str> {
        if let Some(why) = self.suspicion() {
            return Err(why);
        }
        let Replay { chain, cached, .. } = &mut self.replay;
        if let Some(document) = cached {
            return Ok(Arc::clone(document));
        }
        // To parse the document takes its text. So from here on the text is kept instead of the units.
        chain.pack();
        let parsed = chain.to_json().ok().filter(|document| document.as_object().is_some());
        let document = Arc::new(parsed.ok_or("its document is no JSON object")?);
        *cached = Some(Arc::clone(&document));
        Ok(document)
    }
}

impl Replay {
    /// What a message says about those before it.
    fn note(&mut self, step: Step) {
        self.doubt.note(Some(step), &self.chain);
        self.at_last = matches!(step, Step::Applied | Step::Adopted);
        // Whoever knows the beginning may take any other step for something else.
        let plain = matches!(step, Step::Applied | Step::Remembered | Step::Known);
        self.needs_beginning |= self.lacks_beginning && !plain;
        self.understood |= matches!(step, Step::Applied | Step::Adopted | Step::Known | Step::Remembered);
        if matches!(step, Step::Applied | Step::Adopted | Step::Refused(_)) {
            self.cached = None;
        }
    }

    /// A message of the history that does not open.
    fn pass_over(&mut self, keys: &MessageKeys, message: &str) {
        self.at_last = false;
        let signed = |key: &VerifyingKey| check_signature(message, key, &mut Scratch::default()).is_ok();
        if !self.unguarded && !keys.verify.as_ref().is_some_and(signed) {
            self.doubt.note(None, &self.chain);
        }
    }
}

impl fmt::Debug for History {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("History")
            .field("messages", &self.messages)
            .field("doubt", &self.replay.doubt)
            .finish_non_exhaustive()
    }
}
