//! What was lost, and putting it back: the class behind `pinfold/recovery`. Only built with the feature `recovery`, into a
//! module of its own: docs/adr/0006-recovery-module.md.
//!
//! ```text
//! reading ─▶ Investigation ─▶ report (lost, affected, timeline …)
//!                  │ plan                    pins, edits
//!                  └──────▶ drives as they are now ─▶ living
//! ```

mod changing;
mod conflict;
mod deleting;
mod diagnosing;
mod living;
mod pins;
mod reading;
mod report;
mod selected;
mod types;
mod warnings;

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use js_sys::{Function, Promise};
use pinfold_core::error::{Code, Error};
use pinfold_recovery::pin_log::{export, import};
use pinfold_recovery::{Claim, Investigation, Need, NoticeFile, PinLog, Signs};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use web_sys::AbortSignal;

use crate::engine::Engine;
use crate::error::to_js;
use crate::plain::js;
use crate::promise::{Answer, promise};
use crate::session::RawSession;
use reading::{Past, Told};
use selected::Question;

/// Whoever awaits something of the host's.
type Awaited<T> = Result<T, JsValue>;

/// One account's histories, as they were read last, and what can be done with them. Made by `RawSession.recovery`.
#[wasm_bindgen]
pub struct RawRecovery {
    inner: Rc<Inner>,
}

struct Inner {
    engine: Rc<Engine>,
    /// What was read to its end.
    read: RefCell<Option<Rc<Past>>>,
    /// What a first reading read that came to no end. The next one goes on.
    begun: RefCell<Option<Rc<Past>>>,
    warnings: warnings::Kept,
    /// Whether something is read or written: one after the other.
    busy: Cell<bool>,
}

#[wasm_bindgen]
impl RawSession {
    /// What this account lost, and putting it back.
    pub fn recovery(&self) -> RawRecovery {
        let (read, begun, warnings) = <_>::default();
        let busy = Cell::new(false);
        RawRecovery { inner: Rc::new(Inner { engine: self.engine(), read, begun, warnings, busy }) }
    }
}

#[wasm_bindgen]
impl RawRecovery {
    /// Reads the history of every document that the account ever named; once more, only the lines that are new. With `need` the server
    /// is asked as well, where histories do not tell enough: 1 after each calendar, 2 also after what is lost. Not `fresh`, it is only
    /// asked. `progress` hears of documents, lines, bytes and answers.
    ///
    /// # Errors
    /// `drive/unreadable` where no line of the account's own drive opens; `net/*`, `peer/*`, `misuse/*`, or the signal's
    /// reason. What was read before stays then, and the next reading goes on from it.
    #[wasm_bindgen(unchecked_return_type = "Promise<void>")]
    pub fn read(
        &self,
        fresh: bool,
        need: u8,
        #[wasm_bindgen(unchecked_param_type = "((progress: RecoveryProgress) => void) | undefined")]
        progress: Option<Function>,
        signal: Option<AbortSignal>,
    ) -> Promise {
        self.alone(async move |inner| {
            let told = Told::to(progress);
            let known = inner.read.borrow().clone().filter(|_| !fresh);
            let past = match known {
                Some(past) => past,
                None => inner.read_all(None, &told, signal.clone()).await?,
            };
            let need = [Need::Nothing, Need::Calendars].get(usize::from(need)).copied();
            reading::ask(&inner.engine, &past, need.unwrap_or(Need::Losses), &told, signal).await?;
            Ok(JsValue::UNDEFINED)
        })
    }

    /// Every document whose history was asked for.
    ///
    /// # Errors
    /// `misuse/closed` before the first reading; so of every question below.
    #[wasm_bindgen(unchecked_return_type = "DocumentHistory[]")]
    pub fn documents(&self, titles: bool) -> Result<JsValue, JsValue> {
        self.asked(|read| report::documents(read, titles))
    }

    /// What the lines did, the newest first: of all documents, or of one channel.
    ///
    /// # Errors
    /// `misuse/bad-argument` for a channel that was not read.
    #[wasm_bindgen(unchecked_return_type = "HistoryPage")]
    pub fn history(
        &self,
        channel: Option<String>,
        skip: usize,
        count: usize,
        titles: bool,
    ) -> Result<JsValue, JsValue> {
        self.tried(|read| report::history(read, channel.as_deref(), (skip, count), titles))
    }

    /// Everything that is lost, and what speaks for an accident in each. `told` are times at which the person was told that something
    /// was gone; `notice` is the text of an operator's notice.
    ///
    /// # Errors
    /// As `documents`; `misuse/bad-argument` for what is no notice.
    #[wasm_bindgen(unchecked_return_type = "LostItem[]")]
    pub fn lost(&self, told: Vec<f64>, titles: bool, notice: Option<String>) -> Result<JsValue, JsValue> {
        self.inner.beside(notice.as_deref())?;
        let signs = Signs { notices: told.into_iter().map(selected::millis).collect(), ..Signs::default() };
        self.asked(|read| report::lost(read, &read.accidents(&signs), titles))
    }

    /// What became of each thing in an incident. `question` is the JSON of one.
    ///
    /// # Errors
    /// `misuse/bad-argument` for what is no question, and for what is no notice.
    #[wasm_bindgen(unchecked_return_type = "AffectedItem[]")]
    pub fn affected(&self, question: &str, titles: bool, notice: Option<String>) -> Result<JsValue, JsValue> {
        self.inner.beside(notice.as_deref())?;
        let question = Question::read(question).map_err(|error| to_js(&error))?;
        self.asked(|read| report::affected(read, &read.affected(&question.asked), titles))
    }

    /// What became of one thing, by its title, its link or its channel.
    ///
    /// # Errors
    /// As `lost`; `misuse/bad-argument` where none of them is given.
    #[wasm_bindgen(unchecked_return_type = "ThingFate")]
    pub fn fate(
        &self,
        title: Option<String>,
        href: Option<String>,
        password: Option<String>,
        channel: Option<String>,
        notice: Option<String>,
    ) -> Result<JsValue, JsValue> {
        let notice = self.inner.beside(notice.as_deref())?;
        let claim = match (&title, &href, &channel) {
            (Some(title), ..) => Claim::Title(title),
            (None, Some(href), _) => Claim::Link(href, password.as_deref()),
            (None, None, Some(channel)) => Claim::Channel(channel),
            (None, None, None) => return Err(to_js(&selected::bad("of"))),
        };
        self.asked(|read| report::fate(&read.fate(claim, notice.items())))
    }

    /// What has a tag now.
    ///
    /// # Errors
    /// As `documents`.
    #[wasm_bindgen(unchecked_return_type = "TaggedItem[]")]
    pub fn tagged(&self, tag: &str, titles: bool) -> Result<JsValue, JsValue> {
        self.asked(|read| report::tagged(read, tag, titles))
    }

    /// What changed the account's lists of pins, as far as this device's store knows.
    #[wasm_bindgen(js_name = pinChanges, unchecked_return_type = "PinChangeLog")]
    pub fn pin_changes(&self) -> JsValue {
        js(&self.inner.engine.with_session(|session| pins::told(session.pin_changes())))
    }

    /// The same as a text for another device.
    #[wasm_bindgen(js_name = exportPinChanges)]
    pub fn export_pin_changes(&self) -> String {
        self.inner.engine.with_session(|session| export(session.pin_changes()))
    }

    /// Adds what another device exported.
    ///
    /// # Errors
    /// `misuse/bad-argument` for anything else.
    #[wasm_bindgen(js_name = importPinChanges)]
    pub fn import_pin_changes(&self, text: &str) -> Result<(), JsValue> {
        let other = import(text).map_err(|error| to_js(&error))?;
        let now = self.inner.engine.now();
        self.inner.engine.with_session(|session| session.learn_pin_changes(now, other));
        Ok(())
    }

    /// Is everything there? Reads the drives anew and asks the server after each thing that they name; `quick` reads no message
    /// and no history; with `tell` the operator is told that everything was read, if it was. `progress` hears of questions. Ends with what was
    /// found and the signed report.
    ///
    /// # Errors
    /// `drive/*`, `crypto/read-only` for an account without a key, `net/*`, `peer/*`, or the signal's reason.
    #[wasm_bindgen(unchecked_return_type = "Promise<DiagnosisReport>")]
    #[allow(clippy::too_many_arguments, reason = "plain values, as they cross the boundary")]
    pub fn diagnose(
        &self,
        origin: String,
        quick: bool,
        titles: bool,
        tell: bool,
        notice: Option<String>,
        #[wasm_bindgen(unchecked_param_type = "((progress: DiagnosisProgress) => void) | undefined")]
        progress: Option<Function>,
        signal: Option<AbortSignal>,
    ) -> Promise {
        self.alone(async move |inner| {
            let notice = inner.beside(notice.as_deref())?;
            let asking = diagnosing::Asking { origin, quick, titles, tell, notice, progress, signal };
            let histories = inner.read.borrow().clone().filter(|_| !quick);
            diagnosing::diagnose(&inner.engine, histories, asking).await
        })
    }
}

impl RawRecovery {
    /// Runs what reads or writes, unless something else does.
    fn alone<F: Future<Output = Answer> + 'static>(
        &self,
        run: impl FnOnce(Rc<Inner>) -> F + 'static,
    ) -> Promise {
        let inner = Rc::clone(&self.inner);
        promise(async move {
            if inner.busy.replace(true) {
                let error = Error::new(Code::MisuseBusy, "another call of this recovery is under way");
                return Err(to_js(&error));
            }
            let done = run(Rc::clone(&inner)).await;
            inner.busy.set(false);
            done
        })
    }

    fn asked<T: serde::Serialize>(&self, ask: impl FnOnce(&Investigation) -> T) -> Result<JsValue, JsValue> {
        self.tried(|read| Ok(ask(read)))
    }

    fn tried<T: serde::Serialize>(
        &self,
        ask: impl FnOnce(&Investigation) -> Result<T, Error>,
    ) -> Result<JsValue, JsValue> {
        self.inner.asked(ask).map(|value| js(&value))
    }
}

impl Inner {
    /// Takes in what is known beside the histories: what an operator tells, what this device's log of pin changes does, and the keys that
    /// its vault keeps.
    fn beside(&self, notice: Option<&str>) -> Result<NoticeFile, JsValue> {
        let notice = notice.map(NoticeFile::read).transpose().map_err(|error| to_js(&error))?;
        let notice = notice.unwrap_or_default();
        if let Some(past) = &*self.read.borrow() {
            let (pins, vault) = self
                .engine
                .with_session(|session| (PinLog::of(session.pin_changes()), session.vault().clone()));
            let mut investigation = past.investigation.borrow_mut();
            investigation.vault(vault);
            investigation.pins_changed(&pins);
            investigation.noticed(&notice);
        }
        Ok(notice)
    }

    fn asked<T>(&self, ask: impl FnOnce(&Investigation) -> Result<T, Error>) -> Result<T, JsValue> {
        let read = self.read.borrow();
        let unread = || Error::new(Code::MisuseClosed, "no history was read yet");
        let past = read.as_ref().ok_or_else(unread);
        past.and_then(|past| ask(&past.investigation.borrow())).map_err(|error| to_js(&error))
    }

    /// Reads what is new, where the histories were read before, and with this tag, if it is to be followed.
    async fn read_all(
        &self,
        tag: Option<&str>,
        told: &Rc<Told>,
        signal: Option<AbortSignal>,
    ) -> Awaited<Rc<Past>> {
        let earlier = self.read.borrow().clone().or_else(|| self.begun.borrow_mut().take());
        let fits = |past: &Rc<Past>| tag.is_none_or(|tag| past.investigation.borrow().watches(tag));
        let past = match earlier.filter(fits) {
            Some(past) => past,
            None => Past::new(&self.engine, tag)?,
        };
        let ended = reading::all(&self.engine, &past, told, signal).await;
        match ended {
            Ok(()) => _ = self.read.replace(Some(Rc::clone(&past))),
            Err(_) if self.read.borrow().is_none() => _ = self.begun.replace(Some(Rc::clone(&past))),
            Err(_) => {}
        }
        ended.map(|()| past)
    }
}
