//! What of a channel is kept on this machine, so that the next start asks only for what is new.
//!
//! Of a document, the state that a reading of it comes to (`kept_state.rs`), and the ciphertexts that came after. Where there is no
//! state, the ciphertexts before as well, which are the log: of a roster, of a document at which no state can be had, and of one
//! that was gone on from a kept state and whose log begins elsewhere by now. They are three records. The state and what came after
//! name the message that they follow: records of two times do not fit together. Nothing of it decides anything: it tells from which
//! message on to ask for the history, and only the server's end of history makes a document.

use super::kept_state::{Extent, KeptState};
use crate::chunks::Chunks;
use crate::ids::MessageHash;

/// The most bytes of a channel that are kept; what is larger is read anew each time.
const LIMIT: usize = 32 * 1024 * 1024;
/// The most bytes of a log that are held until it is known whether there is a state. Of more, nothing but a state is kept.
const HELD: usize = 8 * 1024 * 1024;
/// The first line of each record: the version of the form.
const FORM: &str = "pinfold log 1";
/// In that of the second record, before the last message of the first.
const AFTER: &str = " after ";
/// After so many later messages it is written anew what all of them come to.
const MANY: usize = 64;

/// Which of the records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The log up to where what came after begins, if there is no state of it.
    Base,
    /// What came after.
    Tail,
    /// What a reading comes to, or nothing. To be sealed: it holds the document.
    State,
}

impl Part {
    /// All of them, the log first and in its order.
    pub const ALL: [Self; 3] = [Self::Base, Self::Tail, Self::State];

    /// A name for keys of stores.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Base => "base",
            Self::Tail => "tail",
            Self::State => "state",
        }
    }
}

/// What is to become of the record of the state.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    /// It is written anew.
    State(Extent),
    /// It is emptied.
    Nothing,
}

/// What is to be stored of one channel.
#[derive(Debug, Default)]
pub(super) struct KeptLog {
    /// The log before the tail, as it will be stored if there is no state of it. Dropped as soon as there is one.
    base: Chunks,
    tail: Vec<String>,
    /// Counts the messages before the tail, whether they are stored or not, and those of the tail that are in the state that was kept last.
    extent: Extent<Option<MessageHash>>,
    /// Whether a reading from the beginning is on its way.
    reading: bool,
    base_changed: bool,
    tail_changed: bool,
    /// How long the tail was when a state was wanted last.
    wanted_at: usize,
    /// Whether this began with a kept state.
    resumed: bool,
    /// Whether the base is another one than at the beginning of that.
    moved: bool,
}

/// A kept log that is gone on from a kept state.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Resumed {
    /// The bytes of the messages up to the state.
    pub(super) bytes: usize,
    /// The messages after it, in order.
    pub(super) later: Vec<String>,
}

impl KeptLog {
    /// What was found on this machine; the messages in order, or `None` where there is nothing to begin
    /// with.
    pub(super) fn recall(&mut self, base: Option<&str>, tail: Option<&str>) -> Option<Vec<String>> {
        let mut messages = lines(base?, FORM)?;
        self.extent = Extent::of(&messages);
        self.tail = tail.and_then(|tail| later(self.extent.last.as_ref()?, tail)).unwrap_or_default();
        messages.extend(self.tail.iter().cloned());
        Some(messages)
    }

    /// Goes on from a state that was kept; `None` if the two records are not of one time.
    pub(super) fn go_on(&mut self, state: &KeptState, tail: &str) -> Option<Resumed> {
        let tail = later(&state.log.last, tail)?;
        let is_head = |message: &String| MessageHash::of(message).as_ref() == Some(&state.head);
        let in_state = tail.iter().position(is_head).map_or(0, |at| at + 1);
        let log = &state.log;
        if log.later == 0 && log.last != state.head {
            return None;
        }
        let (before, after) = tail.split_at_checked(in_state).filter(|_| in_state == log.later)?;
        let bytes = before.iter().fold(log.bytes, |sum, message| sum.saturating_add(message.len()));
        let resumed = Resumed { bytes, later: after.to_vec() };
        *self =
            Self { extent: log.clone().into(), tail, wanted_at: in_state, resumed: true, ..Self::default() };
        Some(resumed)
    }

    /// If what the log comes to is to be kept with the next changes: of how much of the log it is. [`Wanted::Nothing`] where what was
    /// kept is of no use any more and there is nothing to put in its place: a state that comes of another state is kept only as
    /// long as the log begins where it did.
    pub(super) fn wants_state(&mut self) -> Option<Wanted> {
        let base = self.base_changed && self.extent.messages > 0;
        let many = self.tail_changed && self.tail.len() >= self.wanted_at + MANY;
        if !base && !many || self.extent.bytes > LIMIT {
            return None;
        }
        self.wanted_at = self.tail.len();
        self.moved |= self.resumed && base;
        let extent = Extent { later: self.tail.len(), ..self.extent.clone() };
        Some(extent.named().filter(|_| !self.moved).map_or(Wanted::Nothing, Wanted::State))
    }

    /// Whether the log begins or ends elsewhere than the state that was kept before.
    pub(super) const fn begins_elsewhere(&self) -> bool {
        self.base_changed
    }

    /// The state that was wanted is there.
    pub(super) fn has_state(&mut self) {
        self.extent.later = self.tail.len();
    }

    /// Nobody stores the log: it takes no room until somebody does.
    pub(super) fn let_go(&mut self) {
        self.base = Chunks::default();
    }

    /// The history is read from its beginning: what was kept is of no use.
    pub(super) fn start_over(&mut self) {
        *self = Self { reading: true, tail_changed: true, ..Self::default() };
    }

    /// A message of the log, in its order.
    pub(super) fn note(&mut self, stored: &str) {
        if self.reading { self.note_whole(stored) } else { self.note_later(stored) }
    }

    fn note_whole(&mut self, stored: &str) {
        self.extent.add(stored);
        self.base_changed = true;
        if self.extent.messages == 1 {
            self.base.extend(FORM.as_bytes());
        }
        // What was let go of does not begin again in the middle.
        if self.extent.bytes > HELD {
            self.base = Chunks::default();
        } else if !self.base.is_empty() {
            write(&mut self.base, stored);
        }
    }

    fn note_later(&mut self, stored: &str) {
        self.tail.push(stored.to_owned());
        self.tail_changed = true;
        // What stands before the last checkpoint but one is never asked for again (PROTOCOL.md 9.2).
        let checkpoints = self.tail.iter().enumerate().filter(|(_, message)| message.starts_with("cp|"));
        if let Some((start, _)) = checkpoints.rev().nth(1) {
            let base = self.tail.split_off(start);
            self.extent = Extent::of(&base);
            let held = if self.extent.bytes <= HELD { written(FORM, &base) } else { Chunks::default() };
            (self.base, self.tail) = (held, Vec::new());
            self.base_changed = true;
            self.wanted_at = 0;
        }
    }

    /// What has changed of the log since this was last asked, each record whole. Nothing of a log that is too large. This ends a
    /// reading from the beginning.
    pub(super) fn take_changes(&mut self) -> Vec<(Part, Chunks)> {
        self.reading = false;
        let mut changes = Vec::new();
        if std::mem::take(&mut self.base_changed) && !self.base.is_empty() {
            changes.push((Part::Base, std::mem::take(&mut self.base)));
        }
        if std::mem::take(&mut self.tail_changed) && self.extent.bytes <= LIMIT {
            let after = self.extent.last.as_ref().map_or("", MessageHash::as_str);
            changes.push((Part::Tail, written(&[FORM, AFTER, after].concat(), &self.tail)));
        }
        changes
    }
}

fn written(head: &str, messages: &[String]) -> Chunks {
    let mut record = Chunks::default();
    record.extend(head.as_bytes());
    messages.iter().for_each(|message| write(&mut record, message));
    record
}

fn write(record: &mut Chunks, message: &str) {
    record.extend(b"\n");
    record.extend(message.as_bytes());
}

/// The messages of a record with this first line.
fn lines(text: &str, head: &str) -> Option<Vec<String>> {
    let mut lines = text.lines();
    (text.len() <= 2 * LIMIT && lines.next() == Some(head)).then(|| lines.map(str::to_owned).collect())
}

/// The messages of a second record, if it follows this message.
fn later(last: &MessageHash, text: &str) -> Option<Vec<String>> {
    lines(text, &[FORM, AFTER, last.as_str()].concat())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chainpad::{Hash, Still};

    fn stored(log: &mut KeptLog, base: &mut Option<String>, tail: &mut Option<String>) {
        for (part, bytes) in log.take_changes() {
            let text = String::from_utf8(bytes.into_vec()).unwrap();
            *match part {
                Part::Base => &mut *base,
                Part::Tail => &mut *tail,
                Part::State => continue,
            } = Some(text);
        }
    }

    #[test]
    fn what_is_kept_is_the_log_and_what_came_after() {
        let (mut base, mut tail) = (None, None);
        let mut log = KeptLog::default();
        assert_eq!(log.recall(None, None), None);
        log.start_over();
        ["a", "b"].into_iter().for_each(|message| log.note(message));
        stored(&mut log, &mut base, &mut tail);
        log.note("c");
        stored(&mut log, &mut base, &mut tail);
        assert!(log.take_changes().is_empty());
        let found = KeptLog::default().recall(base.as_deref(), tail.as_deref()).unwrap();
        assert_eq!(found, ["a", "b", "c"]);
    }

    #[test]
    fn two_checkpoints_later_the_beginning_is_left_behind() {
        let (mut base, mut tail) = (None, None);
        let mut log = KeptLog::default();
        log.start_over();
        log.note("a");
        stored(&mut log, &mut base, &mut tail);
        for message in ["b", "cp|1|c", "d", "cp|2|e", "f"] {
            log.note(message);
            stored(&mut log, &mut base, &mut tail);
        }
        let found = KeptLog::default().recall(base.as_deref(), tail.as_deref()).unwrap();
        assert_eq!(found, ["cp|1|c", "d", "cp|2|e", "f"]);
    }

    #[test]
    fn a_state_fits_the_log_of_its_time_alone() {
        let hash = |text: &str| MessageHash::of(text).unwrap();
        let extent = |later| Extent { base: hash("a"), last: hash("b"), messages: 2, bytes: 2, later };
        let state = |head: &str, later| KeptState {
            log: extent(later),
            head: hash(head),
            key: String::new(),
            still: Still {
                message: Hash::of_units(&[]),
                depth: 2,
                document_hash: Hash::of_units(&[]),
                document: "{}".into(),
            },
        };
        let mut log = KeptLog::default();
        log.start_over();
        ["a", "b"].into_iter().for_each(|message| log.note(message));
        assert_eq!(log.wants_state(), Some(Wanted::State(extent(0))));
        log.take_changes();
        (0..MANY).for_each(|at| {
            assert_eq!(log.wants_state(), None);
            log.note(&format!("later {at}"));
        });
        assert_eq!(log.wants_state(), Some(Wanted::State(extent(MANY))));
        assert_eq!(log.wants_state(), None);

        let tail = format!("{FORM}{AFTER}b\nc\nd");
        let later = |head, later| KeptLog::default().go_on(&state(head, later), &tail);
        let resumed = |bytes, later: &[&str]| {
            Some(Resumed { bytes, later: later.iter().map(|&message| message.to_owned()).collect() })
        };
        assert_eq!(later("b", 0), resumed(2, &["c", "d"]));
        assert_eq!(later("c", 1), resumed(3, &["d"]));
        assert_eq!(later("d", 2), resumed(4, &[]));
        // The tail is older than it, or newer: what is in it stands in the base by now.
        for (head, count) in [("c", 0), ("e", 3), ("b", 1), ("a", 0)] {
            assert_eq!(later(head, count), None, "{head}");
        }
        for other in ["of another form", &format!("{FORM}\nc"), &format!("{FORM}{AFTER}c\nd")] {
            assert_eq!(KeptLog::default().go_on(&state("b", 0), other), None, "{other}");
            let found = KeptLog::default().recall(Some(&format!("{FORM}\na\nb")), Some(other));
            assert_eq!(found.unwrap(), ["a", "b"], "{other}");
        }
    }

    #[test]
    fn a_state_is_kept_and_not_the_log_that_it_comes_of() {
        let hash = |text: &str| MessageHash::of(text).unwrap();
        let records = |log: &mut KeptLog| -> Vec<(Part, String)> {
            let text = |bytes: Chunks| String::from_utf8(bytes.into_vec()).unwrap();
            log.take_changes().into_iter().map(|(part, bytes)| (part, text(bytes))).collect()
        };
        let tail = |after, messages| (Part::Tail, format!("{FORM}{AFTER}{after}{messages}"));
        let mut log = KeptLog::default();
        log.start_over();
        ["a", "b"].into_iter().for_each(|message| log.note(message));
        assert!(log.wants_state().is_some());
        log.has_state();
        let base = |messages: &str| (Part::Base, format!("{FORM}{messages}"));
        assert_eq!(records(&mut log), [base("\na\nb"), tail("b", "")]);
        // Two checkpoints later there is another beginning. The messages are at hand, until there is a state of them.
        ["cp|1|c", "d", "cp|2|e"].into_iter().for_each(|message| log.note(message));
        assert!(log.wants_state().is_some() && log.begins_elsewhere());
        let records_now = records(&mut log);
        assert_eq!(records_now, [base("\ncp|1|c\nd\ncp|2|e"), tail(hash("cp|2|e").as_str(), "")]);
        (0..MANY).for_each(|at| log.note(&format!("later {at}")));
        assert!(log.wants_state().is_some() && !log.begins_elsewhere());
        // No state can be had at this message: what was kept stays, and after so many more it is tried again.
        log.note("one more");
        assert_eq!(log.wants_state(), None);
        (0..MANY).for_each(|at| log.note(&format!("much later {at}")));
        assert!(log.wants_state().is_some());
        log.has_state();
        assert!(records(&mut log).iter().all(|(part, _)| *part == Part::Tail));
        // What nobody stores, and what is too large, is not held; and of a log there is all or nothing.
        let mut unstored = KeptLog::default();
        unstored.start_over();
        unstored.note("a");
        unstored.let_go();
        unstored.note("b");
        assert!(unstored.wants_state().is_some() && unstored.base.is_empty());
        let large = "d".repeat(HELD);
        for (messages, let_go) in [(["cp|3|f", "g", "cp|4|h"], true), (["cp|5|i", &large, "cp|6|j"], false)] {
            messages.into_iter().for_each(|message| log.note(message));
            if let_go {
                log.let_go();
            }
            assert!(log.wants_state().is_some() && log.base.is_empty());
            assert_eq!(records(&mut log).len(), 1);
        }
    }

    #[test]
    fn where_the_log_begins_later_a_state_is_of_that_or_is_taken_away() {
        let hash = |text: &str| MessageHash::of(text).unwrap();
        let mut log = KeptLog::default();
        log.start_over();
        ["cp|1|a", "b"].into_iter().for_each(|message| log.note(message));
        log.wants_state();
        log.take_changes();
        ["cp|2|c", "cp|3|d", "e"].into_iter().for_each(|message| log.note(message));
        let extent = Extent { base: hash("cp|2|c"), last: hash("cp|3|d"), messages: 2, bytes: 12, later: 1 };
        assert_eq!(log.wants_state(), Some(Wanted::State(extent.clone())));

        let still = Still {
            message: Hash::of_units(&[]),
            depth: 2,
            document_hash: Hash::of_units(&[]),
            document: "{}".into(),
        };
        let state = KeptState { log: extent, head: hash("e"), key: String::new(), still };
        let mut resumed = KeptLog::default();
        assert!(resumed.go_on(&state, &format!("{FORM}{AFTER}{}\ne", hash("cp|3|d").as_str())).is_some());
        (0..MANY).for_each(|at| resumed.note(&format!("later {at}")));
        assert!(
            matches!(resumed.wants_state(), Some(Wanted::State(Extent { later, .. })) if later == MANY + 1)
        );
        ["cp|4|f", "cp|5|g"].into_iter().for_each(|message| resumed.note(message));
        assert_eq!(resumed.wants_state(), Some(Wanted::Nothing));
        resumed.take_changes();
        (0..MANY).for_each(|at| resumed.note(&format!("more {at}")));
        assert_eq!(resumed.wants_state(), Some(Wanted::Nothing));
    }

    #[test]
    fn a_record_of_another_form_is_nothing_to_begin_with() {
        for base in ["", "pinfold log 2\na", "a\nb"] {
            assert_eq!(KeptLog::default().recall(Some(base), None), None, "{base}");
        }
    }
}
