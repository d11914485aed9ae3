//! A server's log, a connection, an account document and a reader; and what must hold of them at every step.

use std::collections::{BTreeSet, VecDeque};

use pinfold_core::channel::{Line, TxIds};
use pinfold_core::drive::account::Account;
use pinfold_core::drive::edit::{Edit, MailboxPlace, Shape, Viewed};
use pinfold_core::error::Code;
use pinfold_core::ids::MessageHash;
use pinfold_core::json::Value;
use pinfold_core::mailbox::delivery::Known;
use pinfold_core::mailbox::reader::{Ask, Input, MailboxReader};
use pinfold_core::mailbox::{Dismissal, Dismissed};
use pinfold_core::ports::UnixMillis;
use pinfold_core::session::inbox::Reading;
use pinfold_core::wire::keeper::Existence;
use proptest::sample::Index;

use super::actions::Action;
use super::letters::{LETTER, at_once, ends, hash, message, number, opened};

enum Frame {
    Joined,
    Existence(bool),
    History(u64, String, u64),
    End(u64),
    Unknown(u64),
    Live(String, u64),
    Text(u64, String),
    TextsEnd(u64),
}

pub struct World {
    log: Vec<(u8, u64)>,
    next: u8,
    clock: u64,
    /// Which of two copies the server begins at when it is asked for a hash.
    indexes_last: bool,
    whole: bool,
    window: usize,
    /// Lines of the log are deleted in this run.
    deletes: bool,
    document: Value,
    frames: VecDeque<Frame>,
    joined: bool,
    connected: bool,
    txid: u64,
    reader: MailboxReader,
    /// What the reader delivered since it was opened, and whether it called it dismissed.
    delivered: Vec<(u8, bool)>,
    /// Asked to be dismissed in this life.
    asked: BTreeSet<u8>,
    dismissals: VecDeque<Dismissal>,
    /// Dismissals that changed the document, by letter.
    written: BTreeSet<u8>,
    elsewhere: BTreeSet<u8>,
    /// Ends of the prefix that the real client wrote: without a time.
    untimed: BTreeSet<u8>,
    replayed: BTreeSet<u8>,
    deleted: BTreeSet<u8>,
}

fn document_says(document: &Value) -> Dismissed {
    Account::dismissed(document, "notifications").unwrap()
}

fn open(document: &Value, whole: bool, window: usize, txid: u64) -> (MailboxReader, Vec<Ask>) {
    opened(document_says(document), Reading { whole, window, ..at_once() }, txid)
}

impl World {
    pub fn new(stored: u8, whole: bool, indexes_last: bool, window: usize, deletes: bool) -> Self {
        let document =
            Value::parse(r#"{"mailboxes":{"notifications":{"channel":"c","viewed":[]}}}"#).unwrap();
        let (reader, asks) = open(&document, whole, window, 1);
        let mut world = Self {
            log: Vec::new(),
            next: 0,
            clock: 1_000,
            indexes_last,
            whole,
            window,
            deletes,
            document,
            frames: VecDeque::new(),
            joined: false,
            connected: true,
            txid: 1,
            reader,
            delivered: Vec::new(),
            asked: BTreeSet::new(),
            dismissals: VecDeque::new(),
            written: BTreeSet::new(),
            elsewhere: BTreeSet::new(),
            untimed: BTreeSet::new(),
            replayed: BTreeSet::new(),
            deleted: BTreeSet::new(),
        };
        for _ in 0..stored {
            world.store(None, 0);
        }
        asks.into_iter().for_each(|ask| world.answer(Some(ask)));
        world
    }

    pub fn act(&mut self, action: &Action) {
        match action {
            Action::Write(place) => self.store(None, place.index(usize::MAX)),
            Action::Replay(which, place) if !self.log.is_empty() => {
                let (number, _) = self.log[which.index(self.log.len())];
                // When the letters were stored at which the real client ended the prefix is not on record: a replay of
                // one, where the log lost the first, nobody can tell from it.
                // Where the first is there, reading the whole log tells.
                if !self.deletes || !self.elsewhere.contains(&number) && !self.untimed.contains(&number) {
                    self.replayed.insert(number);
                    self.store(Some(number), place.index(usize::MAX));
                }
            }
            Action::Frame => self.deliver_frame(),
            Action::Take => self.take(),
            Action::Keep => self.keep(),
            Action::Dismiss(which) if !self.delivered.is_empty() => {
                let (number, _) = self.delivered[which.index(self.delivered.len())];
                self.asked.insert(number);
                self.dismissals.extend(self.reader.dismiss(&hash(number)));
                assert!(self.reader.is_dismissed(&hash(number)) || !self.holds(number));
            }
            Action::Acknowledge => self.acknowledge(),
            Action::Cut => self.cut(),
            Action::Connect => self.connect(),
            Action::Crash => {
                self.cut();
                self.delivered.clear();
                self.asked.clear();
                self.dismissals.clear();
                self.connected = true;
                self.txid += 2;
                let (reader, asks) = open(&self.document, self.whole, self.window, self.txid);
                self.reader = reader;
                asks.into_iter().for_each(|ask| self.answer(Some(ask)));
            }
            Action::Elsewhere(which) => self.dismiss_elsewhere(which),
            Action::Delete(which) if !self.log.is_empty() => {
                let (number, _) = self.log.remove(which.index(self.log.len()));
                self.deleted.insert(number);
            }
            Action::Replay(..) | Action::Dismiss(_) | Action::Delete(_) => {}
        }
    }

    /// The connection holds, everything arrives and everything is taken; then nothing is missing.
    pub fn finish(&mut self) {
        self.connect();
        self.fetch();
        loop {
            while !self.frames.is_empty() {
                self.deliver_frame();
            }
            let before = self.delivered.len();
            self.keep();
            self.take();
            if self.delivered.len() == before && self.frames.is_empty() {
                break;
            }
        }
        assert!(self.reader.backlog_ended());
        while !self.dismissals.is_empty() {
            self.acknowledge();
        }
        let unread: BTreeSet<u8> =
            self.log.iter().map(|(number, _)| *number).filter(|number| !self.is_dismissed(*number)).collect();
        for number in &unread {
            assert!(self.delivered.iter().any(|(seen, _)| seen == number), "{number} was lost");
        }
        let counted = self.reader.unread();
        // Lines that were deleted after they had been read count still. Where one was the end of the prefix, and the
        // real client wrote that, what lies before it cannot be told from news.
        let again = if self.deleted.is_empty() { 0 } else { self.elsewhere.len() };
        let most = unread.len() + self.deleted.len() + again;
        assert!((unread.len()..=most).contains(&counted), "{counted} for {unread:?}");
    }

    fn holds(&self, number: u8) -> bool {
        self.log.iter().any(|(held, _)| *held == number)
    }

    fn is_dismissed(&self, number: u8) -> bool {
        self.written.contains(&number) || self.elsewhere.contains(&number) || self.asked.contains(&number)
    }

    fn store(&mut self, again: Option<u8>, place: usize) {
        let number = again.unwrap_or(self.next);
        self.next += u8::from(again.is_none());
        self.clock += 1;
        self.log.push((number, self.clock));
        if self.joined {
            // A live frame overtakes the rest of a history, and nothing else.
            let fixed =
                self.frames.iter().rposition(|frame| !matches!(frame, Frame::History(..) | Frame::End(_)));
            let first = fixed.map_or(0, |at| at + 1);
            let at = first + place % (self.frames.len() - first + 1);
            self.frames.insert(at, Frame::Live(message(number), self.clock));
        }
    }

    fn answer(&mut self, ask: Option<Ask>) {
        match ask {
            None => {}
            Some(Ask::Admission { .. } | Ask::Create { .. }) => panic!("a mailbox asks for neither"),
            Some(Ask::Join) => {
                self.joined = true;
                self.frames.push_back(Frame::Joined);
            }
            Some(Ask::Existence) => self.frames.push_back(Frame::Existence(!self.log.is_empty())),
            Some(Ask::Range { txid, range }) => {
                let (first, last) = ends(&range);
                let texts: Vec<Frame> = self
                    .range(first, last)
                    .iter()
                    .map(|(number, _)| Frame::Text(txid, message(*number)))
                    .collect();
                self.frames.extend(texts);
                self.frames.push_back(Frame::TextsEnd(txid));
            }
            Some(Ask::History { txid, from }) => {
                let is = |(number, _): &(u8, u64)| from.as_ref().is_none_or(|from| hash(*number) == *from);
                let start = match (&from, self.indexes_last) {
                    (None, _) => Some(0),
                    (_, false) => self.log.iter().position(is),
                    (_, true) => self.log.iter().rposition(is),
                };
                match start {
                    None => self.frames.push_back(Frame::Unknown(txid)),
                    Some(start) => {
                        let stored = self.log[start..].iter();
                        let history =
                            stored.map(|(number, time)| Frame::History(txid, message(*number), *time));
                        self.frames.extend(history);
                        self.frames.push_back(Frame::End(txid));
                    }
                }
            }
        }
    }

    /// From the first to the last; for the last alone without a first. To the end where the last is not known.
    fn range(&self, first: Option<&MessageHash>, last: &MessageHash) -> &[(u8, u64)] {
        let at = |wanted: &MessageHash| {
            let is = |(number, _): &(u8, u64)| hash(*number) == *wanted;
            if self.indexes_last { self.log.iter().rposition(is) } else { self.log.iter().position(is) }
        };
        let end = at(last).map_or(self.log.len(), |at| at + 1);
        let start = first.map_or(Some(end.saturating_sub(1)), at);
        start.and_then(|start| self.log.get(start..end)).unwrap_or_default()
    }

    fn deliver_frame(&mut self) {
        let Some(frame) = self.frames.pop_front() else { return };
        let ask = match frame {
            Frame::Joined => self.reader.handle(Input::Joined),
            Frame::Existence(true) => self.reader.handle(Input::Existence(&Existence::Known)),
            Frame::Existence(false) => self.reader.handle(Input::Existence(&Existence::New { reason: None })),
            Frame::History(txid, message, time) => {
                self.reader.handle(Input::History { txid, line: Line::new(&message, Some(UnixMillis(time))) })
            }
            Frame::End(txid) => self.reader.handle(Input::End { txid }),
            Frame::Unknown(txid) => {
                self.reader.handle(Input::ChannelError { txid: Some(txid), code: "EUNKNOWN", reason: None })
            }
            Frame::Text(txid, message) => {
                self.reader.handle(Input::Range { txid, line: Line::new(&message, None) })
            }
            Frame::TextsEnd(txid) => self.reader.handle(Input::RangeEnd { txid, readable: true }),
            Frame::Live(message, time) => {
                self.reader.handle(Input::Live { line: Line::new(&message, Some(UnixMillis(time))) })
            }
        };
        assert!(self.reader.take_failure().is_none());
        self.answer(ask);
        self.fetch();
    }

    /// As a session does after everything that happens.
    fn fetch(&mut self) {
        // The next letter is held even if there is no room for it.
        assert!(self.reader.bytes() <= self.window + LETTER, "{} bytes are held", self.reader.bytes());
        if self.reader.lacks_texts() {
            self.txid += 2;
            let ask = self.reader.fetch(self.txid);
            assert!(ask.is_some());
            self.answer(ask);
        }
    }

    fn take(&mut self) {
        let Some(delivery) = self.reader.next_delivery(UnixMillis(0), &|_| Known::Settled) else { return };
        self.fetch();
        assert_eq!(delivery.position, self.delivered.len() as u64);
        let number = number(&delivery.hash);
        match &delivery.letter {
            Ok(letter) => assert_eq!(letter.text, message(number)),
            Err(error) => {
                assert_eq!(error.code(), Code::MailboxGap);
                assert!(self.deleted.contains(&number), "the text of {number} was lost");
            }
        }
        assert!(self.delivered.iter().all(|(seen, _)| *seen != number), "{number} twice");
        if delivery.dismissed {
            // What was deleted before the end of the prefix cannot be told from what is dismissed there.
            let past = self.is_dismissed(number) || (self.deleted.contains(&number) && !self.holds(number));
            assert!(past, "{number} was dismissed unseen");
        } else {
            assert!(!self.written.contains(&number), "{number} came back");
            // A dismissed part that ends at a letter which has yet to arrive counts from then on.
            let reads = !self.reader.reading() && !self.reader.suspended();
            let arrived = reads && !self.frames.iter().any(|frame| matches!(frame, Frame::Live(..)));
            let known = !self.deletes && arrived && self.elsewhere.contains(&number);
            assert!(!known, "{number} came back from elsewhere");
        }
        // Numbers are in the order of the log, except of what was written more than once or is no longer there.
        let ordered = |number: &u8| !self.replayed.contains(number) && !self.deleted.contains(number);
        if ordered(&number) {
            let mut before = self.delivered.iter().map(|(seen, _)| *seen).filter(ordered);
            assert!(before.next_back().is_none_or(|last| last < number), "{number} out of order");
        }
        assert!(self.reader.next_delivery(UnixMillis(0), &|_| Known::Settled).is_none(), "two at a time");
        self.delivered.push((number, delivery.dismissed));
    }

    fn keep(&mut self) {
        if let Some((number, _)) = self.delivered.last() {
            self.reader.leave(&hash(*number));
        }
    }

    fn acknowledge(&mut self) {
        let Some(dismissal) = self.dismissals.pop_front() else { return };
        let letter = number(&dismissal.letter);
        let viewed = Viewed::new(MailboxPlace::Own("notifications".to_owned()), dismissal);
        let changed = Edit::MarkViewed(viewed).apply(&mut self.document, Shape::Account).unwrap();
        // Nothing changes where another device was further already.
        assert!(!changed || self.written.insert(letter), "{letter} was acknowledged twice");
        self.reader.document_says(document_says(&self.document));
    }

    fn cut(&mut self) {
        self.frames.clear();
        self.joined = false;
        self.connected = false;
        self.reader.handle(Input::Lost);
    }

    fn connect(&mut self) {
        if !self.connected {
            self.connected = true;
            self.txid += 2;
            for ask in self.reader.resume(TxIds::starting_at(self.txid).pair()) {
                self.answer(Some(ask));
            }
        }
    }

    fn dismiss_elsewhere(&mut self, which: &Index) {
        let mut log: Vec<MessageHash> = Vec::new();
        for (number, _) in &self.log {
            if !log.contains(&hash(*number)) {
                log.push(hash(*number));
            }
        }
        let last = document_says(&self.document).last_known;
        if log.is_empty() || last.is_some_and(|last| !log.contains(&last)) {
            return;
        }
        let letter = log[which.index(log.len())].clone();
        if !self.replayed.is_empty() {
            return;
        }
        self.elsewhere.insert(number(&letter));
        let place = MailboxPlace::Own("notifications".to_owned());
        let viewed = Viewed::without_trail(place, &[letter], log);
        Edit::MarkViewed(viewed).apply(&mut self.document, Shape::Account).unwrap();
        let says = document_says(&self.document);
        self.untimed.extend(says.last_known.as_ref().map(number));
        self.reader.document_says(says);
    }
}
