//! What each line of a history did, entry by entry, as far back as it is remembered.

use std::collections::VecDeque;

use crate::history::Moment;
use crate::timeline::Event;

/// The most events that are remembered of one document: 64 bytes each.
const MOST: usize = 100_000;

/// What the lines of one document did, the newest of them. A line that changed no entry is not in it.
#[derive(Debug, Default)]
pub struct Diary {
    events: VecDeque<(Moment, Event)>,
    forgotten: usize,
}

impl Diary {
    /// Notes what a line did.
    pub(crate) fn note(&mut self, at: Moment, events: &[Event]) {
        for event in events {
            if self.events.len() == MOST {
                self.events.pop_front();
                self.forgotten += 1;
            }
            self.events.push_back((at, *event));
        }
    }

    /// The events in the order of the lines, and where each was.
    pub fn events(&self) -> impl DoubleEndedIterator<Item = (Moment, Event)> {
        self.events.iter().copied()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.events.len()
    }

    /// Whether no line did anything that is remembered.
    pub fn is_empty(&self) -> bool {
        self.events.is_empty()
    }

    /// How many older events there were that are not remembered.
    pub const fn forgotten(&self) -> usize {
        self.forgotten
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::timeline::Did;

    #[test]
    fn the_oldest_events_are_forgotten_and_counted() {
        let mut diary = Diary::default();
        let event = |presence| Event { presence, did: Did::Changed };
        for line in 0..MOST + 3 {
            diary.note(Moment { line, time: None, author: None }, &[event(line)]);
        }
        assert_eq!((diary.len(), diary.forgotten()), (MOST, 3));
        assert_eq!(diary.events().next().map(|(at, _)| at.line), Some(3));
        assert_eq!(diary.events().next_back().map(|(at, _)| at.line), Some(MOST + 2));
    }
}
