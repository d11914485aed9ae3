//! Two copies of one channel, an archived one and a live one: which of them is worth what. Only the key-holder can tell;
//! the rules are asked in this order, and what cannot be read is never called empty.
//!
//! ```text
//! the same lines ─▶ same-chain        no sign of content, ever ─▶ placeholder, placeholder-titled
//! unreadable     ─▶ unknown           equal documents          ─▶ equal
//!                                     nothing that the archived copy lacks ─▶ within
//!                                     both have content ─▶ merge (folders), keep-both (documents)
//! ```

use std::collections::HashSet;

use pinfold_core::chainpad::Mode;
use pinfold_core::crypto::message::MessageKeys;
use pinfold_core::document::FolderDoc;
use pinfold_core::href::HrefCipher;
use pinfold_core::json::{Text, Value};
use pinfold_core::names::names;

use crate::content::{App, Body};
use crate::history::{History, Line, Read};
use crate::steps;

/// So many characters tell a stored message from every other: its signature begins with them.
const NAME: usize = 64;

names! {
    /// What the two copies are to each other.
    #[derive(Hash)]
    Verdict as CopiesVerdict, "What the two copies of a channel are to each other.":
    /// The live copy holds only what a client writes by itself, and never held anything else: restore the archived one.
    Placeholder = "placeholder",
    /// As before, and somebody gave it a title: restore the archived one, and offer the title.
    PlaceholderTitled = "placeholder-titled",
    /// Everything in the live copy is in the archived one.
    Within = "within",
    /// Both are the same document: the archived one has the history.
    Equal = "equal",
    /// Both are parts of one log, as after a trim or a torn copy: this is no conflict.
    SameChain = "same-chain",
    /// Two folders with content: their difference can be written at the end of the archived one.
    Merge = "merge",
    /// As before, but the account only has the view key.
    MergeNeedsEditor = "merge-needs-editor",
    /// Two documents with content: both are kept.
    KeepBoth = "keep-both",
    /// One of them cannot be read as a whole: both are kept.
    Unknown = "unknown",
}

/// What the channel is of.
#[derive(Debug, Clone)]
pub enum Of {
    /// A shared folder, and what opens the edit links inside; viewers have none.
    Folder(Option<HrefCipher>),
    /// A document of an application.
    Document(App),
}

/// One of the two copies, read line by line.
pub struct Side {
    of: Of,
    history: History,
    names: Vec<Box<str>>,
    /// How often what a person writes became another.
    changes: usize,
    body: Option<Body>,
    /// Whether a state held more than a client writes by itself.
    had_content: bool,
    /// The last title that a person typed, also one that was taken away again.
    title: Option<Value>,
}

impl Side {
    /// A copy of which no line was read.
    pub fn new(of: Of, keys: MessageKeys) -> Self {
        let mode = match of {
            Of::Folder(_) => Mode::ListMap,
            Of::Document(_) => Mode::Pad,
        };
        let history = History::in_mode(keys, mode);
        Self { of, history, names: Vec::new(), changes: 0, body: None, had_content: false, title: None }
    }

    /// Takes the next line in.
    pub fn line(&mut self, line: Line<'_>) {
        self.names.push(name(line.message).collect());
        let (_, read) = self.history.line(line);
        let (Read::Changed, Some(document)) = (read, self.history.document()) else { return };
        let body = match &self.of {
            Of::Folder(_) => Body::of_folder(document),
            Of::Document(app) => Body::of_document(*app, document),
        };
        self.had_content |= !body.is_start();
        self.title = body.title().or(self.title.take().as_ref()).cloned();
        self.changes += usize::from(!self.body.as_ref().is_some_and(|was| was.has_content_of(&body)));
        self.body = Some(body);
    }

    /// A line did not open, hangs on a line that is not there, or nothing came of more than one line: "empty" would be a guess.
    fn is_unreadable(&self) -> bool {
        let broken = self.history.unread() > 0 || self.history.holes() > 0;
        broken || self.names.len() > 1 && self.body.is_none()
    }

    fn is_placeholder(&self) -> bool {
        let body = self.body.as_ref();
        !self.had_content && body.is_none_or(|body| self.changes <= body.most_changes())
    }

    /// Whether a log goes on where this copy ends, or is this copy: it has this copy's last line. The other copy of a
    /// conflict never does, whatever both hold. Each line of the log is told once, from the first on.
    pub fn is_in<'l>(&self, mut log: impl Iterator<Item = &'l str>) -> bool {
        let Some(last) = self.names.last() else { return false };
        log.any(|message| name(message).eq(last.chars()))
    }

    /// The last title that a person typed in it, also one that was taken away again: of a copy that holds nothing else, it is all that
    /// somebody wrote, and whoever has the key is offered it.
    pub fn title(&self) -> Option<&Text> {
        self.title.as_ref().and_then(Value::as_text)
    }

    /// The document as it is after the last line.
    pub fn document(&self) -> Option<&Value> {
        self.history.document()
    }
}

impl std::fmt::Debug for Side {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Side").field("of", &self.of).field("lines", &self.names.len()).finish_non_exhaustive()
    }
}

/// What tells a stored message from every other.
fn name(message: &str) -> impl Iterator<Item = char> {
    message.chars().take(NAME)
}

/// Judges a conflict: `archived` and `live` are the copies of one channel.
pub fn judge(archived: &Side, live: &Side) -> Verdict {
    if is_one_chain(&archived.names, &live.names) {
        return Verdict::SameChain;
    }
    // Of a copy without a line nothing is known: that is not empty.
    if archived.names.is_empty() || archived.is_unreadable() || live.is_unreadable() {
        return Verdict::Unknown;
    }
    if live.is_placeholder() {
        // Also one that was taken away again: somebody typed it.
        return if live.title.is_some() { Verdict::PlaceholderTitled } else { Verdict::Placeholder };
    }
    if archived.body == live.body {
        return Verdict::Equal;
    }
    match &live.of {
        Of::Document(_) => Verdict::KeepBoth,
        Of::Folder(links) => {
            let within = archived
                .document()
                .zip(live.document())
                .is_some_and(|(a, b)| is_within(b, a, links.as_ref()));
            match (within, links) {
                (true, _) => Verdict::Within,
                (false, Some(_)) => Verdict::Merge,
                (false, None) => Verdict::MergeNeedsEditor,
            }
        }
    }
}

/// Whether the live lines are a part of the archived ones, or go on where those end.
fn is_one_chain(archived: &[Box<str>], live: &[Box<str>]) -> bool {
    let Some(first) = live.first() else { return true };
    let counted = |_: &_| steps::step();
    // No channel has a message twice: what is repeated says nothing that its first place does not.
    let Some(at) = archived.iter().inspect(counted).position(|name| name == first) else { return false };
    archived.get(at..).unwrap_or_default().iter().inspect(counted).zip(live).all(|(a, b)| a == b)
}

/// Whether every entry of one folder is in another, and it shows no folder of names that the other lacks.
pub fn is_within(inner: &Value, outer: &Value, links: Option<&HrefCipher>) -> bool {
    let channels = |document| -> HashSet<String> {
        let tables = FolderDoc::of(document).tables();
        let named = tables.entries().map(|entry| {
            let named = entry.channel().and_then(Text::as_str).map(str::to_owned);
            named
                .or_else(|| entry.leads_to(links))
                .or_else(|| entry.href().map(str::to_owned))
                .unwrap_or_default()
        });
        named.collect()
    };
    let folders = |document| -> HashSet<Vec<String>> {
        let tree = FolderDoc::of(document).tables().tree();
        let above = tree.standing().filter_map(|(_, place)| {
            let mut names: Vec<String> =
                place.names().into_iter().map(|name| name.to_string_lossy().into_owned()).collect();
            names.pop();
            (!names.is_empty()).then_some(names)
        });
        above.collect()
    };
    channels(inner).is_subset(&channels(outer)) && folders(inner).is_subset(&folders(outer))
}
