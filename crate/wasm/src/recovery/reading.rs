//! The histories of an account, read from its server: the drive's, then those of every team and folder that any of them
//! ever named.

use std::cell::RefCell;
use std::rc::Rc;

use futures::future::join_all;
use js_sys::{Function, Reflect};
use pinfold_core::error::{Code, Error};
use pinfold_core::session::Session;
use pinfold_core::session::effect::{HistoryPage, Position};
use pinfold_recovery::{Copy, Investigation, Line, Reading, Said};
use serde::Serialize;
use wasm_bindgen::JsValue;
use web_sys::AbortSignal;

use super::Awaited;
use crate::engine::{Engine, Taker};
use crate::error::to_js;
use crate::host::now;
use crate::plain::js;

/// The most histories that are read at a time: fewer than the session allows.
const AT_ONCE: usize = 4;
/// So often a history is asked for again without a new line, before its connection counts as lost for good.
const TRIES: usize = 3;

/// How far the reading is.
#[derive(Debug, Clone, Copy, Default, Serialize)]
struct Progress {
    documents: usize,
    lines: usize,
    bytes: f64,
}

/// Reads all of them; with a tag, what got it is followed.
pub(super) async fn all(
    engine: &Rc<Engine>,
    tag: Option<&str>,
    progress: Option<Function>,
    signal: Option<AbortSignal>,
) -> Awaited<Investigation> {
    let closed = || Error::new(Code::MisuseClosed, "the session is not signed in");
    let investigation =
        engine.with_session(|session| Investigation::of_secrets(session.drive_secrets().ok_or_else(closed)?));
    let investigation = investigation.map_err(|error| to_js(&error))?.remember();
    let mut investigation = match tag {
        Some(tag) => investigation.watch(tag),
        None => investigation,
    };
    let told = Rc::new(Told { so_far: RefCell::default(), listener: progress });
    loop {
        let batch = next(&mut investigation);
        if batch.is_empty() {
            break;
        }
        let readings = batch.into_iter().map(|reading| one(engine, reading, &told, signal.clone()));
        for read in join_all(readings).await {
            let (reading, refused) = read?;
            match refused {
                None => {}
                Some(Refused::Gone(said)) => investigation.server_says(reading.channel.as_str(), said),
                Some(Refused::Unreadable) => investigation.could_not_read(reading.channel.as_str()),
            }
            investigation.done(reading);
        }
    }
    // Without the drive there are no losses either: that would look as if nothing was lost.
    let drive = investigation.documents().first().and_then(|drive| drive.live.as_ref());
    if drive.is_none_or(|drive| drive.unread >= drive.lines) {
        let error = Error::new(Code::DriveUnreadable, "no line of the account's own history opens");
        return Err(to_js(&error));
    }
    Ok(investigation)
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

struct Told {
    so_far: RefCell<Progress>,
    listener: Option<Function>,
}

impl Told {
    fn more(&self, lines: usize, bytes: f64, documents: usize) {
        let mut so_far = self.so_far.borrow_mut();
        so_far.lines += lines;
        so_far.bytes += bytes;
        so_far.documents += documents;
        let now = *so_far;
        drop(so_far);
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

/// Takes the pages of a history in, and notes where it is.
fn pages(
    reading: &Rc<RefCell<Option<Reading>>>,
    position: &Rc<RefCell<Option<Position>>>,
    told: &Rc<Told>,
) -> Taker {
    let (taking, noting, telling) = (Rc::clone(reading), Rc::clone(position), Rc::clone(told));
    Box::new(move |page: HistoryPage| {
        if let Some(reading) = taking.borrow_mut().as_mut() {
            // The server began anew: what came before does not count, and what comes now is not all that is known.
            if page.anew && reading.progress().0 > 0 {
                reading.cut_off();
            }
            let bytes: usize = page.lines.iter().map(|line| line.text.len()).sum();
            for line in &page.lines {
                let (time, author) = (line.time.map(|time| time.0), line.author.as_deref());
                reading.line(Line { message: &line.text, time, author });
            }
            #[allow(clippy::cast_precision_loss, reason = "a number of bytes, for people")]
            telling.more(page.lines.len(), bytes as f64, 0);
        }
        let mut position = noting.borrow_mut();
        *position = page.end().or(position.take());
    })
}

/// One history, and why the server did not hand it out.
async fn one(
    engine: &Rc<Engine>,
    reading: Reading,
    told: &Rc<Told>,
    signal: Option<AbortSignal>,
) -> Awaited<(Reading, Option<Refused>)> {
    let channel = reading.channel.clone();
    let reading = Rc::new(RefCell::new(Some(reading)));
    let position: Rc<RefCell<Option<Position>>> = Rc::default();
    let lines = || reading.borrow().as_ref().map_or(0, |reading| reading.progress().0);
    let mut tries = 0;
    let ended = loop {
        let before = lines();
        let after = position.borrow().clone();
        let pages = pages(&reading, &position, told);
        let ended = engine.history(signal.clone(), channel.clone(), after, pages).await;
        tries = if lines() > before { 0 } else { tries + 1 };
        let is_lost =
            |error: &JsValue| code_of(error).is_some_and(|code| code.starts_with("net/")) && tries < TRIES;
        match ended {
            Err(error) if is_lost(&error) => {
                // It ends once there is a connection again. What it says of the drive is no news here.
                let load = Box::new(|session: &mut Session| session.load_drive(now()));
                let _ = engine.run(signal.clone(), load).await;
            }
            ended => break ended,
        }
    };
    let refused = match ended {
        Ok(end) => {
            // The server had more than it sent: that is no whole history, and no ground to say what is lost.
            if end.cut_off {
                let error = Error::new(Code::PeerMalformed, "the server left out the end of a history");
                return Err(to_js(&error));
            }
            None
        }
        Err(error) => Some(refused(&error).ok_or(error)?),
    };
    told.more(0, 0.0, 1);
    let reading = reading.borrow_mut().take();
    let gone = || to_js(&Error::new(Code::Internal, "a history was taken twice"));
    let mut reading = reading.ok_or_else(gone)?;
    // The lines before an error are a part.
    if refused.is_some() && reading.progress().0 > 0 {
        reading.cut_off();
    }
    Ok((reading, refused))
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
