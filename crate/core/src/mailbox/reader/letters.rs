//! The lines of a mailbox, as the machine of its channel hands them on.

use super::news::News;
use super::texts::Fetch;
use crate::channel::{self, At, Next, Trouble};
use crate::error::Code;
use crate::ids::MessageHash;
use crate::mailbox::begin::Begin;
use crate::mailbox::delivery::{Delivery, Desk, Patience, Settled};
use crate::mailbox::letter::MailboxKeys;
use crate::mailbox::line::Line;
use crate::mailbox::log::{Dismissed, Log};
use crate::ports::UnixMillis;

/// What was read of the channel, up to the letters that wait to be delivered.
pub(super) struct Letters {
    pub(super) log: Log,
    pub(super) desk: Desk,
    pub(super) whole: bool,
    pub(super) window: usize,
    /// Where the history has to begin, until it did.
    begin: Option<Begin>,
    /// Live messages that arrived before the end of the history.
    pub(super) waiting: Line,
    /// Reading the whole log: letters of which it is not known yet whether they lie in the dismissed past.
    pub(super) held: Option<Line>,
    /// The whole log is being read, also when the connection was lost in between.
    pub(super) reading_whole: bool,
    /// The first reading began at the end of the dismissed prefix, and not at the beginning of the log.
    pub(super) began_at_anchor: bool,
    /// In this reading of the whole log, a letter came that was seen before.
    pub(super) passed_known: bool,
    /// Whether it was read before: what turns up then among old letters was put there since.
    pub(super) knows_past: bool,
    /// The first letter that was or will be delivered.
    pub(super) oldest: Option<MessageHash>,
    /// The first of the older messages that were asked for.
    pub(super) begins: Option<MessageHash>,
    pub(super) news: News,
    /// Texts that were asked for again.
    pub(super) fetch: Option<Fetch>,
    /// The next one is asked for by itself.
    pub(super) fetch_alone: bool,
    pub(super) notices: Vec<Code>,
}

impl Letters {
    pub(super) fn new(
        keys: Option<MailboxKeys>,
        dismissed: Dismissed,
        whole: bool,
        patience: Patience,
        window: usize,
    ) -> Self {
        let broadcast = keys.is_none();
        Self {
            log: Log::new(dismissed),
            desk: Desk::new(keys, patience),
            whole,
            window,
            begin: None,
            waiting: Line::default(),
            held: None,
            reading_whole: false,
            began_at_anchor: false,
            passed_known: false,
            knows_past: false,
            oldest: None,
            begins: None,
            news: News::of(broadcast),
            fetch: None,
            fetch_alone: false,
            notices: Vec::new(),
        }
    }

    /// The next message that may be delivered.
    pub(super) fn next(&mut self, now: UnixMillis, settled: Settled<'_>) -> Option<Delivery> {
        let told = self.desk.never_asked;
        let mut delivery = self.desk.next(now, &self.log, settled);
        if let Some(delivery) = &mut delivery {
            self.tell_news(delivery);
        }
        if self.desk.never_asked && !told {
            self.notices.push(Code::MailboxNotLoaded);
        }
        delivery
    }

    /// The message that was received last is no longer in the log: others may be missing as well.
    pub(super) fn tell_gap(&mut self) {
        if !self.log.is_empty() {
            self.notices.push(Code::MailboxGap);
        }
    }
}

impl channel::Log for Letters {
    fn begins_at(&mut self) -> Option<MessageHash> {
        self.begin = self.log.resumes_at().filter(|_| !(self.whole && self.log.is_empty()));
        self.begin.as_ref().map(|begin| begin.hash.clone())
    }

    fn meets(&mut self, _anchor: &MessageHash, line: channel::Line<'_>) -> Next {
        let Some(begin) = self.begin.take() else { return Next::BeginAnew };
        if let Some(told) = begin.missed(line.text, line.time) {
            self.notices.extend(told);
            return Next::BeginAnew;
        }
        // Nobody said when it was stored: this may be a copy of it.
        if begin.time.is_none() {
            return Next::BeginAnew;
        }
        self.began_at_anchor |= self.log.is_empty();
        self.take_in(line);
        Next::GoOn
    }

    fn take(&mut self, line: channel::Line<'_>) -> Next {
        if self.brings_news(line.text) {
            return Next::BeginAnew;
        }
        self.take_in(line);
        Next::GoOn
    }

    fn early(&mut self, line: channel::Line<'_>) {
        self.wait(line);
    }

    fn live(&mut self, line: channel::Line<'_>) -> Next {
        channel::Log::take(self, line)
    }

    fn end(&mut self, _created: bool) -> Result<(), Trouble> {
        self.history_ended(false);
        Ok(())
    }

    fn begin_anew(&mut self) {
        self.read_whole();
    }

    /// What is known to be dismissed stays so, because the document names it (PROTOCOL.md 18.6).
    fn unknown(&mut self) {
        self.tell_gap();
    }

    /// What arrived stays, and its turn comes. Live messages will be part of the history.
    fn lost(&mut self, _whole: bool) -> bool {
        self.waiting.take();
        self.fetch = None;
        true
    }

    fn absent(&mut self, _reason: Option<String>) -> Result<(), Trouble> {
        self.nothing_there();
        Ok(())
    }

    fn notice(&mut self, at: At, code: &str, reason: Option<&str>) -> Result<(), Trouble> {
        match (at, code) {
            (At::Opening, _) => Ok(()),
            (At::Live, "ECLEARED") => {
                self.tell_gap();
                self.log.read_anew();
                self.log.read(false);
                Ok(())
            }
            _ => Err(Trouble::Said {
                live: at == At::Live,
                code: code.to_owned(),
                reason: reason.map(str::to_owned),
            }),
        }
    }
}
