//! The history of one copy of a document: while its lines come, and what it tells at its end.

use std::collections::HashMap;

use pinfold_core::crypto::message::MessageKeys;
use pinfold_core::document::Shape;
use pinfold_core::ids::ChannelId;
use pinfold_core::json::{Text, Value};

use crate::diary::Diary;
use crate::history::{Author, Beginning, History, Line, Moment, Read};
use crate::marks::Marks;
use crate::presence::Presence;
use crate::steps;
use crate::timeline::{Did, Timeline};

/// Which copy of a channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Copy {
    /// The one that clients read.
    Live,
    /// The one in the server's archive. Only an operator can read it.
    Archived,
}

/// One connection that wrote in a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Session {
    /// Which.
    pub author: Author,
    /// Its first line.
    pub first: Moment,
    /// Its last line.
    pub last: Moment,
}

/// What the history of one copy tells.
#[derive(Debug)]
pub struct Told {
    /// Every stay of every entry.
    pub timeline: Timeline,
    /// Where the history begins.
    pub begins: Beginning,
    /// Its first line.
    pub first: Moment,
    /// Its last line.
    pub last: Moment,
    /// The sessions that wrote in it, in the order of their first lines.
    pub sessions: Vec<Session>,
    /// How many lines it has.
    pub lines: usize,
    /// How many of them say nothing that can be understood.
    pub unread: usize,
    /// How many of them hang on a line that is not there: of what came after the hole, nothing can be told.
    pub holes: usize,
    /// What got the tag that is watched.
    pub marks: Option<Marks>,
    /// Line by line, if that is remembered.
    pub diary: Option<Diary>,
    /// Whether lines after the last one are known to be missing.
    cut_off: bool,
    /// What the next line goes on from.
    history: History,
}

impl Told {
    /// Whether every line was understood, and none is missing between the first and the last.
    pub const fn is_unbroken(&self) -> bool {
        self.unread == 0 && self.holes == 0
    }

    /// The same, lent.
    pub(crate) fn state(&self) -> Option<&Value> {
        self.history.document()
    }

    /// The document after the last line, keys included; `None` where it never was one.
    pub fn document(&self) -> Option<Value> {
        self.history.document().cloned()
    }

    /// What it tells with the lines that came behind its last one.
    pub(crate) fn with<'l>(self, lines: impl IntoIterator<Item = Line<'l>>) -> Option<Self> {
        let Self { timeline, marks, diary, history, sessions, cut_off, .. } = self;
        let by_author = sessions.iter().enumerate().map(|(at, session)| (session.author, at)).collect();
        let mut growing =
            Growing { history, timeline, marks, diary, sessions, by_author, has_events: false, cut_off };
        for line in lines {
            growing.line(line);
        }
        growing.end()
    }
}

/// A history that is being read.
#[derive(Debug)]
pub struct Reading {
    document: usize,
    copy: Copy,
    /// The channel whose lines are wanted, from the first to the last.
    pub channel: ChannelId,
    growing: Growing,
}

/// What a history tells so far.
#[derive(Debug)]
struct Growing {
    history: History,
    timeline: Timeline,
    marks: Option<Marks>,
    diary: Option<Diary>,
    sessions: Vec<Session>,
    by_author: HashMap<Author, usize>,
    has_events: bool,
    cut_off: bool,
}

impl Reading {
    /// Of one copy of a document, which `document` numbers. What got the tag is followed, and what each line did remembered, if
    /// that is asked for.
    pub(crate) fn new(
        document: usize,
        copy: Copy,
        channel: ChannelId,
        keys: MessageKeys,
        shape: Shape,
        (tag, keeps_diary): (Option<&str>, bool),
    ) -> Self {
        let growing = Growing {
            history: History::new(keys),
            timeline: Timeline::new(shape),
            marks: tag.map(|tag| Marks::new(shape, tag)),
            diary: keeps_diary.then(Diary::default),
            sessions: Vec::new(),
            by_author: HashMap::new(),
            has_events: false,
            cut_off: false,
        };
        Self { document, copy, channel, growing }
    }

    /// The number of its document, and what it tells. Nothing without lines: there is no such copy.
    pub(crate) fn end(self) -> (usize, Option<Told>) {
        (self.document, self.growing.end())
    }

    /// The server did not send all of it: that counts as a hole at the end.
    pub const fn cut_off(&mut self) {
        self.growing.cut_off = true;
    }

    /// Which copy of the channel is wanted.
    pub const fn copy(&self) -> Copy {
        self.copy
    }

    /// What the last line did to each entry: which, as it is now or was when it left, and what.
    pub fn events(&self) -> impl Iterator<Item = (&Presence, Did)> {
        let timeline = &self.growing.timeline;
        let events = if self.growing.has_events { timeline.events() } else { &[] };
        events.iter().filter_map(|event| Some((timeline.presences().get(event.presence)?, event.did)))
    }

    /// How far the reading is: lines and bytes so far.
    pub fn progress(&self) -> (usize, u64) {
        (self.growing.history.lines(), self.growing.history.bytes())
    }

    /// Takes the next line in.
    pub fn line(&mut self, line: Line<'_>) -> (Moment, Read) {
        self.growing.line(line)
    }
}

impl Growing {
    fn end(self) -> Option<Told> {
        let Self { mut history, timeline, cut_off, mut marks, diary, sessions, .. } = self;
        if let Some(marks) = &mut marks {
            marks.end(history.document());
        }
        history.rest();
        Some(Told {
            begins: history.begins(),
            lines: history.lines(),
            unread: history.unread(),
            holes: history.holes() + usize::from(cut_off),
            cut_off,
            first: history.first()?,
            last: history.last()?,
            timeline,
            marks,
            diary,
            sessions,
            history,
        })
    }

    fn line(&mut self, line: Line<'_>) -> (Moment, Read) {
        let (moment, read) = self.history.line(line);
        if let Some(author) = moment.author {
            let at = *self.by_author.entry(author).or_insert(self.sessions.len());
            match self.sessions.get_mut(at) {
                Some(session) => session.last = moment,
                None => self.sessions.push(Session { author, first: moment, last: moment }),
            }
        }
        self.has_events = read == Read::Changed;
        if self.has_events {
            let (before, after) = self.history.texts();
            self.timeline.follow(moment, before, &after);
            self.watch(moment);
            if let Some(diary) = &mut self.diary {
                diary.note(moment, self.timeline.events());
            }
        }
        (moment, read)
    }

    /// Follows the tag. Documents are parsed only where it came or went: a drive that has it is otherwise read as fast as any.
    fn watch(&mut self, moment: Moment) {
        let Some(marks) = &mut self.marks else { return };
        let presences = self.timeline.presences();
        let mut touched = self.timeline.events().iter().filter_map(|event| presences.get(event.presence));
        if !touched.any(|presence| marks.concerns(presence)) {
            return;
        }
        let before = self.history.texts().0;
        let earlier = Value::parse_text(&Text::from_utf16(before)).ok().filter(|_| !before.is_empty());
        if let Some(document) = self.history.document() {
            steps::step();
            marks.see(moment, earlier.as_ref(), document);
        }
    }
}
