//! The ciphertexts of a channel as they are kept on this machine, so that the next start asks only for what
//! is new.
//!
//! Two records: the log as the server gave it, and what came after. A kept log decides nothing: it tells
//! from which message on to ask for the history, and only the server's end of history makes a document.

/// The most bytes of a channel that are kept; what is larger is read anew each time.
const LIMIT: usize = 32 * 1024 * 1024;
/// The first line of each record: the version of the form.
const FORM: &str = "pinfold log 1";

/// Which of the two records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The log as far as it was read at once.
    Base,
    /// What came after.
    Tail,
}

impl Part {
    /// Both, in the order of the log.
    pub const BOTH: [Self; 2] = [Self::Base, Self::Tail];

    /// A name for keys of stores.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Base => "base",
            Self::Tail => "tail",
        }
    }
}

/// What is to be stored of one channel.
#[derive(Debug, Default)]
pub(super) struct KeptLog {
    /// Messages of a whole reading that has not ended yet.
    base: Vec<String>,
    tail: Vec<String>,
    bytes: usize,
    /// Whether a reading from the beginning is on its way.
    reading: bool,
    base_changed: bool,
    tail_changed: bool,
}

impl KeptLog {
    /// What was found on this machine; the messages in order, or `None` where there is nothing to begin
    /// with.
    pub(super) fn recall(&mut self, base: Option<&str>, tail: Option<&str>) -> Option<Vec<String>> {
        let mut messages = read(base?)?;
        self.bytes = messages.iter().map(String::len).sum();
        self.tail = tail.and_then(read).unwrap_or_default();
        messages.extend(self.tail.iter().cloned());
        Some(messages)
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
        self.bytes = self.bytes.saturating_add(stored.len());
        if self.bytes <= LIMIT {
            self.base.push(stored.to_owned());
            self.base_changed = true;
        } else {
            self.base = Vec::new();
        }
    }

    fn note_later(&mut self, stored: &str) {
        self.tail.push(stored.to_owned());
        self.tail_changed = true;
        // What stands before the last checkpoint but one is never asked for again (PROTOCOL.md 9.2).
        let checkpoints = self.tail.iter().enumerate().filter(|(_, message)| message.starts_with("cp|"));
        if let Some((start, _)) = checkpoints.rev().nth(1) {
            self.base = self.tail.split_off(start);
            self.tail = Vec::new();
            self.bytes = self.base.iter().map(String::len).sum();
            self.base_changed = true;
        }
    }

    /// What has changed since this was last asked, each record as a text. Nothing of a log that is too large.
    /// This ends a reading from the beginning.
    pub(super) fn take_changes(&mut self) -> Vec<(Part, String)> {
        self.reading = false;
        let mut changes = Vec::new();
        if std::mem::take(&mut self.base_changed) && !self.base.is_empty() {
            changes.push((Part::Base, written(&std::mem::take(&mut self.base))));
        }
        if std::mem::take(&mut self.tail_changed) && self.bytes <= LIMIT {
            changes.push((Part::Tail, written(&self.tail)));
        }
        changes
    }
}

fn written(messages: &[String]) -> String {
    let mut text = FORM.to_owned();
    for message in messages {
        text.push('\n');
        text.push_str(message);
    }
    text
}

fn read(text: &str) -> Option<Vec<String>> {
    let mut lines = text.lines();
    (text.len() <= 2 * LIMIT && lines.next() == Some(FORM)).then(|| lines.map(str::to_owned).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stored(log: &mut KeptLog, base: &mut Option<String>, tail: &mut Option<String>) {
        for (part, text) in log.take_changes() {
            *match part {
                Part::Base => &mut *base,
                Part::Tail => &mut *tail,
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
    fn a_record_of_another_form_is_nothing_to_begin_with() {
        for base in ["", "pinfold log 2\na", "a\nb"] {
            assert_eq!(KeptLog::default().recall(Some(base), None), None, "{base}");
        }
    }
}
