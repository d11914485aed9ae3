//! The histories of an account, read from its server: the drive's, then those of every team and folder that any of them
//! ever named. Read once more, only what came behind the last known line of each is asked for.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

use futures::future::join_all;
use js_sys::{Function, Reflect};
use pinfold_core::error::{Code, Error};
use pinfold_core::ids::ChannelId;
use pinfold_core::session::Session;
use pinfold_core::session::effect::{Answer, HistoryPage, Position};
use pinfold_recovery::{Copy, Inquiry, Investigation, Line, Need, Reading, Said};
use serde::Serialize;
use wasm_bindgen::JsValue;
use web_sys::AbortSignal;

use super::Awaited;
use super::diagnosing::{AT_ONCE as QUESTIONS, one};
use crate::engine::{Engine, Taker};
use crate::error::to_js;
use crate::plain::js;

/// The most histories that are read at a time: fewer than the session allows.
const AT_ONCE: usize = 4;
/// So often a history is asked for again without a new line, before its connection counts as lost for good.
const TRIES: usize = 3;

/// How far the reading is, and the asking after it.
#[derive(Debug, Clone, Copy, Default, Serialize)]
struct Progress {
    documents: usize,
    lines: usize,
    bytes: f64,
    answered: usize,
    asked: usize,
}

/// What was read, and how far.
pub(super) struct Past {
    pub(super) investigation: RefCell<Investigation>,
    /// Where the reading of each channel that has a history goes on.
    positions: RefCell<HashMap<ChannelId, Position>>,
}

impl Past {
    /// Of which nothing was read. With a tag, what got it is followed.
    pub(super) fn new(engine: &Rc<Engine>, tag: Option<&str>) -> Awaited<Rc<Self>> {
        let closed = || Error::new(Code::MisuseClosed, "the session is not signed in");
        let begun = engine
            .with_session(|session| Investigation::of_secrets(session.drive_secrets().ok_or_else(closed)?));
        let mut begun = begun.map_err(|error| to_js(&error))?.remember();
        if let Some(tag) = tag {
            begun = begun.watch(tag);
        }
        Ok(Rc::new(Self { investigation: RefCell::new(begun), positions: RefCell::default() }))
    }
}

/// Reads all of them, or what is new of them.
pub(super) async fn all(
    engine: &Rc<Engine>,
    past: &Rc<Past>,
    told: &Rc<Told>,
    signal: Option<AbortSignal>,
) -> Awaited<()> {
    // The shared folders behind the keys that are kept are read as well.
    past.investigation.borrow_mut().vault(engine.with_session(|session| session.vault().clone()));
    let turn = |channel, fresh| Turn::new(past, told, channel, fresh).run(engine, signal.clone());
    let known = past.investigation.borrow_mut().again();
    for batch in known.chunks(AT_ONCE) {
        engine.turn(&signal).await?;
        let turns = batch.iter().map(|channel| turn(channel.clone(), None));
        join_all(turns).await.into_iter().collect::<Awaited<()>>()?;
    }
    loop {
        let batch = next(&mut past.investigation.borrow_mut());
        if batch.is_empty() {
            break;
        }
        engine.turn(&signal).await?;
        let turns = batch.into_iter().map(|reading| turn(reading.channel.clone(), Some(reading)));
        join_all(turns).await.into_iter().collect::<Awaited<()>>()?;
    }
    // Without the drive there are no losses either: that would look as if nothing was lost.
    let investigation = past.investigation.borrow();
    let drive = investigation.documents().first().and_then(|drive| drive.live.as_ref());
    if drive.is_none_or(|drive| drive.unread >= drive.lines) {
        let error = Error::new(Code::DriveUnreadable, "no line of the account's own history opens");
        return Err(to_js(&error));
    }
    Ok(())
}

/// Nothing of a calendar or a lost document is read here. Whether it is there the server says without showing it to anybody
/// (PROTOCOL.md 11.1). A server that has stopped answering is asked no further: what was read counts without that.
pub(super) async fn ask(
    engine: &Rc<Engine>,
    past: &Rc<Past>,
    need: Need,
    told: &Told,
    signal: Option<AbortSignal>,
) -> Awaited<()> {
    let questions = past.investigation.borrow_mut().questions(need);
    for asked in &questions {
        past.investigation.borrow_mut().answered(asked, None);
    }
    if ask_each(engine, past, told, &signal, &questions).await? {
        let further = past.investigation.borrow().further_questions(need);
        ask_each(engine, past, told, &signal, &further).await?;
    }
    Ok(())
}

/// Answers whether the server still does.
async fn ask_each(
    engine: &Rc<Engine>,
    past: &Rc<Past>,
    told: &Told,
    signal: &Option<AbortSignal>,
    questions: &[Inquiry],
) -> Awaited<bool> {
    if questions.is_empty() {
        return Ok(true);
    }
    told.more(|so_far| so_far.asked += questions.len());
    for batch in questions.chunks(QUESTIONS) {
        engine.turn(signal).await?;
        let answers =
            join_all(batch.iter().map(|asked| one(engine, asked.question.clone(), signal.clone()))).await;
        let is_aborted = signal.as_ref().is_some_and(AbortSignal::aborted);
        let is_silent = |answer: &Awaited<Answer>| {
            answer.as_ref().is_err_and(|error| code_of(error).is_some_and(|code| code.starts_with("net/")))
        };
        let all_silent = answers.iter().all(is_silent);
        for (asked, answer) in batch.iter().zip(answers) {
            if is_aborted && answer.is_err() {
                return answer.map(|_| true);
            }
            past.investigation.borrow_mut().answered(asked, answer.ok().as_ref());
        }
        told.more(|so_far| so_far.answered += batch.len());
        if all_silent {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The next live histories. What lies in the archive only an operator can read: there it counts as nothing.
fn next(investigation: &mut Investigation) -> Vec<Reading> {
    let mut batch = Vec::new();
    while batch.len() < AT_ONCE {
        match investigation.next_reading() {
            Some(reading) if reading.copy() == Copy::Archived => investigation.done(reading),
            Some(reading) => batch.push(reading),
            None => break,
        }
    }
    batch
}

/// Who hears of it.
pub(super) struct Told {
    so_far: Cell<Progress>,
    listener: Option<Function>,
}

impl Told {
    pub(super) fn to(listener: Option<Function>) -> Rc<Self> {
        Rc::new(Self { so_far: Cell::default(), listener })
    }

    fn more(&self, add: impl FnOnce(&mut Progress)) {
        let mut now = self.so_far.get();
        add(&mut now);
        self.so_far.set(now);
        if let Some(listener) = &self.listener {
            // A listener that throws is the caller's affair.
            let _ = listener.call1(&JsValue::UNDEFINED, &js(&now));
        }
    }
}

/// Why the server does not hand a history out.
enum Refused {
    /// The document is not there any more, as the server says.
    Gone(Said),
    /// It is there, and this account may not read it: nothing is claimed of it.
    Unreadable,
}

/// One history that is being read: from its first line, or behind what is known of it.
struct Turn {
    past: Rc<Past>,
    told: Rc<Told>,
    channel: ChannelId,
    fresh: RefCell<Option<Reading>>,
    position: RefCell<Option<Position>>,
    lines: Cell<usize>,
}

impl Turn {
    fn new(past: &Rc<Past>, told: &Rc<Told>, channel: ChannelId, fresh: Option<Reading>) -> Rc<Self> {
        let known = past.positions.borrow().get(&channel).filter(|_| fresh.is_none()).cloned();
        let (past, told) = (Rc::clone(past), Rc::clone(told));
        let (fresh, position) = (RefCell::new(fresh), RefCell::new(known));
        Rc::new(Self { past, told, channel, fresh, position, lines: Cell::new(0) })
    }

    /// Takes a page in, and notes where the reading is.
    fn take(&self, page: &HistoryPage) {
        let mut fresh = self.fresh.borrow_mut();
        let mut investigation = self.past.investigation.borrow_mut();
        let mut position = self.position.borrow_mut();
        if page.anew {
            match fresh.as_mut() {
                // The server began anew: what came before does not count, and what comes now is not all that is known.
                Some(reading) if reading.progress().0 > 0 => reading.cut_off(),
                Some(_) => {}
                None => *fresh = investigation.from_the_start(&self.channel),
            }
            *position = None;
        }
        let lines = page.lines.iter().map(|line| Line {
            message: &line.text,
            time: line.time.map(|time| time.0),
            author: line.author.as_deref(),
        });
        *position = page.end().or(position.take());
        match fresh.as_mut() {
            Some(reading) => lines.for_each(|line| _ = reading.line(line)),
            None => {
                investigation.more(&self.channel, lines);
                let known = position.clone().map(|position| (self.channel.clone(), position));
                self.past.positions.borrow_mut().extend(known);
            }
        }
        drop((fresh, investigation, position));
        self.lines.set(self.lines.get() + page.lines.len());
        let bytes: usize = page.lines.iter().map(|line| line.text.len()).sum();
        self.told.more(|so_far| {
            so_far.lines += page.lines.len();
            #[allow(clippy::cast_precision_loss, reason = "a number of bytes, for people")]
            let bytes = bytes as f64;
            so_far.bytes += bytes;
        });
    }

    /// Reads it to its end, and takes in what the server says of it.
    async fn run(self: Rc<Self>, engine: &Rc<Engine>, signal: Option<AbortSignal>) -> Awaited<()> {
        let mut tries = 0;
        let ended = loop {
            let before = self.lines.get();
            let (taking, after) = (Rc::clone(&self), self.position.borrow().clone());
            let taker: Taker = Box::new(move |page| taking.take(&page));
            let ended = engine.history(signal.clone(), self.channel.clone(), after, taker).await;
            tries = if self.lines.get() > before { 0 } else { tries + 1 };
            let is_lost = |error: &JsValue| {
                code_of(error).is_some_and(|code| code.starts_with("net/")) && tries < TRIES
            };
            match ended {
                Err(error) if is_lost(&error) => {
                    // It ends once there is a connection again. What it says of the drive is no news here.
                    let load = Box::new(|session: &mut Session, now| session.load_drive(now));
                    let _ = engine.run(signal.clone(), load).await;
                }
                ended => break ended,
            }
        };
        let refused = match ended {
            // The server had more than it sent: that is no whole history, and no ground to say what is lost.
            Ok(end) if end.cut_off => {
                let error = Error::new(Code::PeerMalformed, "the server left out the end of a history");
                return Err(to_js(&error));
            }
            Ok(_) => None,
            Err(error) => Some(refused(&error).ok_or(error)?),
        };
        self.settle(refused);
        self.told.more(|so_far| so_far.documents += 1);
        Ok(())
    }

    fn settle(&self, refused: Option<Refused>) {
        let channel = &self.channel;
        let mut investigation = self.past.investigation.borrow_mut();
        let reading = self.fresh.borrow_mut().take();
        if reading.is_some() || refused.is_some() {
            let mut positions = self.past.positions.borrow_mut();
            positions.remove(channel);
            // What an error ended is a part: the next reading begins again.
            let known = self.position.borrow().clone().filter(|_| refused.is_none());
            positions.extend(known.map(|position| (channel.clone(), position)));
        }
        let said = match refused {
            None => Some(Said::Live),
            Some(Refused::Gone(said)) => Some(said),
            Some(Refused::Unreadable) => None,
        };
        match (reading, said) {
            (None, Some(Said::Live)) => investigation.server_says(channel.as_str(), Said::Live),
            (None, said) => investigation.no_more(channel, said),
            (Some(mut reading), said) => {
                // The lines before an error are a part.
                if reading.progress().0 > 0 && said != Some(Said::Live) {
                    reading.cut_off();
                }
                match said {
                    Some(said) => investigation.server_says(channel.as_str(), said),
                    None => investigation.could_not_read(channel.as_str()),
                }
                investigation.done(reading);
            }
        }
    }
}

/// What an error says of a channel; `None` for one that concerns the whole reading.
fn refused(error: &JsValue) -> Option<Refused> {
    let code = code_of(error)?;
    let reason = || {
        let detail = Reflect::get(error, &"detail".into()).ok();
        detail.and_then(|detail| Reflect::get(&detail, &"reason".into()).ok()?.as_string())
    };
    match code.as_str() {
        "folder/missing" => Some(Refused::Gone(Said::Missing)),
        "folder/deleted" | "folder/archived" | "folder/password-changed" => {
            Some(Refused::Gone(Said::Archived(reason().unwrap_or_default())))
        }
        code if code.starts_with("folder/") => Some(Refused::Unreadable),
        _ => None,
    }
}

/// The code of an error that is ours.
pub(super) fn code_of(error: &JsValue) -> Option<String> {
    Reflect::get(error, &"code".into()).ok()?.as_string()
}
