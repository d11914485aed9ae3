//! Letters that wait for their turn, and how much of them is in memory.
//!
//! Nothing holds a server back that sends a log, and a log may be long. Of the letters that wait only so much
//! ciphertext is held; of the rest the place is known, and the text is asked for again before its turn comes
//! (PROTOCOL.md 9.3).

use std::collections::VecDeque;

use crate::error::Error;
use crate::ids::MessageHash;
use crate::mailbox::delivery::Opened;
use crate::ports::UnixMillis;

/// How many bytes of ciphertext a mailbox holds of letters that wait; one letter may come on top.
pub const WINDOW: usize = 1 << 20;

/// The text of a stored message.
#[derive(Debug)]
pub(super) enum Body {
    /// In memory.
    Here(String),
    /// Opened when it came, and stored in so many bytes; without a letter once that was taken out.
    Opened(Option<Box<Result<Opened, Error>>>, usize),
    /// In the log: so many bytes.
    There(usize),
    /// The log held it, and does so no longer.
    Gone,
}

/// A stored message that waits for its turn.
#[derive(Debug)]
pub(super) struct Stored {
    pub(super) hash: MessageHash,
    pub(super) body: Body,
    pub(super) time: Option<UnixMillis>,
    /// It was opened to see what it does to other letters. One that is dismissed does nothing.
    pub(super) judged: bool,
    /// A later letter may take it back or stand in its place.
    pub(super) may_be_superseded: bool,
}

impl Stored {
    /// Takes a text in if there is room for so many bytes.
    pub(super) fn within(room: usize, hash: MessageHash, text: &str, time: Option<UnixMillis>) -> Self {
        let fits = text.len() <= room;
        let body = if fits { Body::Here(text.to_owned()) } else { Body::There(text.len()) };
        Self { hash, body, time, judged: false, may_be_superseded: false }
    }

    fn bytes(&self) -> usize {
        match &self.body {
            Body::Here(text) => text.len(),
            Body::Opened(_, bytes) => *bytes,
            Body::There(_) | Body::Gone => 0,
        }
    }

    /// Keeps the opened letter instead of the text, if that is here.
    pub(super) fn keep_opened(&mut self, letter: Result<Opened, Error>) {
        if let Body::Here(text) = &self.body {
            self.body = Body::Opened(Some(Box::new(letter)), text.len());
        }
    }

    /// How long the text is that is to be asked for.
    fn lacks(&self) -> Option<usize> {
        match self.body {
            Body::There(bytes) => Some(bytes),
            _ => None,
        }
    }
}

/// Letters in their order, and the bytes of them that are held.
#[derive(Debug, Default)]
pub(super) struct Line {
    letters: VecDeque<Stored>,
    bytes: usize,
}

impl Line {
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    pub(super) fn len(&self) -> usize {
        self.letters.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.letters.is_empty()
    }

    pub(super) fn front(&self) -> Option<&Stored> {
        self.letters.front()
    }

    pub(super) fn front_mut(&mut self) -> Option<&mut Stored> {
        self.letters.front_mut()
    }

    pub(super) fn push(&mut self, stored: Stored) {
        self.bytes += stored.bytes();
        self.letters.push_back(stored);
    }

    /// As [`Line::push`], for a line whose texts are asked for from the front on: behind one that is to be asked for,
    /// all of them are.
    pub(super) fn push_behind(&mut self, mut stored: Stored) {
        if self.letters.back().is_some_and(|last| last.lacks().is_some())
            && matches!(stored.body, Body::Here(_) | Body::Opened(..))
        {
            stored.body = Body::There(stored.bytes());
        }
        self.push(stored);
    }

    pub(super) fn pop(&mut self) -> Option<Stored> {
        let stored = self.letters.pop_front()?;
        self.bytes -= stored.bytes();
        Some(stored)
    }

    /// All of it; the line is empty then.
    pub(super) fn take(&mut self) -> VecDeque<Stored> {
        std::mem::take(self).letters
    }

    /// The letters whose texts are to be asked for, from the first on, with their lengths.
    pub(super) fn lacking(&self) -> impl Iterator<Item = (&MessageHash, usize)> {
        let first = self.letters.partition_point(|stored| stored.lacks().is_none());
        self.letters.range(first..).filter_map(|stored| Some((&stored.hash, stored.lacks()?)))
    }

    /// A text came. The letter that it belongs to, if that is the first that is lacking.
    pub(super) fn fill(&mut self, text: &str) -> Option<&mut Stored> {
        let stored = self.first_lacking()?;
        let is_it =
            stored.lacks() == Some(text.len()) && MessageHash::of(text).as_ref() == Some(&stored.hash);
        if !is_it {
            return None;
        }
        let first = self.letters.partition_point(|stored| stored.lacks().is_none());
        self.bytes += text.len();
        let stored = self.letters.get_mut(first)?;
        stored.body = Body::Here(text.to_owned());
        Some(stored)
    }

    /// The first text that is lacking will not come.
    pub(super) fn give_up(&mut self) {
        if let Some(stored) = self.first_lacking() {
            stored.body = Body::Gone;
        }
    }

    fn first_lacking(&mut self) -> Option<&mut Stored> {
        let first = self.letters.partition_point(|stored| stored.lacks().is_none());
        self.letters.get_mut(first)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_knows_how_much_of_it_is_held() {
        let stored = |text: &str| Stored::within(8, MessageHash::of(text).unwrap(), text, None);
        let mut line = Line::default();
        assert!(line.is_empty());
        line.push(stored("a letter"));
        line.push(stored("one that does not fit"));
        assert_eq!((line.is_empty(), line.len(), line.bytes()), (false, 2, 8));
        assert!(line.fill("one that does not fit").is_some());
        assert_eq!(line.bytes(), 8 + 21);
        line.pop();
        assert_eq!(line.bytes(), 21);
    }
}
