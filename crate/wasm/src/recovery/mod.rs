//! What was lost, and putting it back: the class behind `pinfold/recovery`. Only built with the feature `recovery`, into a
//! module of its own: docs/adr/0006-recovery-module.md.
//!
//! ```text
//! reading ─▶ Investigation ─▶ report (lost, affected, timeline …)
//!                  │ plan                    pins, edits
//!                  └──────▶ drives as they are now ─▶ living
//! ```

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
use pinfold_core::json::Text;
use pinfold_recovery::pin_log::{export, import};
use pinfold_recovery::{Act, Choice, Investigation, NoticeFile, PinLog, Signs, Wanted, tag_of};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use web_sys::AbortSignal;

use crate::engine::Engine;
use crate::error::to_js;
use crate::host::now;
use crate::plain::js;
use crate::promise::{Answer, promise};
use crate::session::RawSession;
use living::Living;
use reading::Past;
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
    /// Reads the history of every document that the account ever named; once more, only the lines that are new. `progress`
    /// hears of documents, lines and bytes.
    ///
    /// # Errors
    /// `drive/unreadable` where no line of the account's own drive opens; `net/*`, `peer/*`, `misuse/*`, or the signal's
    /// reason. What was read before stays then, and the next reading goes on from it.
    #[wasm_bindgen(unchecked_return_type = "Promise<void>")]
    pub fn read(
        &self,
        #[wasm_bindgen(unchecked_param_type = "((progress: RecoveryProgress) => void) | undefined")]
        progress: Option<Function>,
        signal: Option<AbortSignal>,
    ) -> Promise {
        self.alone(async |inner| {
            inner.read_all(None, progress, signal).await?;
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

    /// Everything that is lost, and what speaks for an accident in each; the log of pin changes is looked at as well. `told` are times at which the person was told
    /// that something was gone.
    ///
    /// # Errors
    /// As `documents`.
    #[wasm_bindgen(unchecked_return_type = "LostItem[]")]
    pub fn lost(&self, told: Vec<f64>, titles: bool) -> Result<JsValue, JsValue> {
        let gaps = self.inner.engine.with_session(|session| PinLog::of(session.pin_changes()).gaps());
        if let Some(past) = &*self.inner.read.borrow() {
            past.investigation.borrow_mut().pins_regrew(gaps);
        }
        let signs = Signs { notices: told.into_iter().map(selected::millis).collect(), ..Signs::default() };
        self.asked(|read| report::lost(read, &read.accidents(&signs), titles))
    }

    /// What became of each thing in an incident. `question` is the JSON of one.
    ///
    /// # Errors
    /// `misuse/bad-argument` for what is no question.
    #[wasm_bindgen(unchecked_return_type = "AffectedItem[]")]
    pub fn affected(&self, question: &str, titles: bool) -> Result<JsValue, JsValue> {
        let question = Question::read(question).map_err(|error| to_js(&error))?;
        self.asked(|read| report::affected(read, &read.affected(&question.asked), titles))
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
        self.inner.engine.with_session(|session| session.learn_pin_changes(now(), other));
        Ok(())
    }

    /// Is everything there? Reads the drives anew and asks the server after each thing that they name; `quick` reads no message
    /// and no history; with `tell` the operator is told that everything was read, if it was. `progress` hears of questions. Ends with what was
    /// found and the signed report.
    ///
    /// # Errors
    /// `drive/*`, `crypto/read-only` for an account without a key, `net/*`, `peer/*`, or the signal's reason.
    #[wasm_bindgen(unchecked_return_type = "Promise<DiagnosisReport>")]
    pub fn diagnose(
        &self,
        origin: String,
        quick: bool,
        titles: bool,
        tell: bool,
        #[wasm_bindgen(unchecked_param_type = "((progress: DiagnosisProgress) => void) | undefined")]
        progress: Option<Function>,
        signal: Option<AbortSignal>,
    ) -> Promise {
        self.alone(async move |inner| {
            let asking = diagnosing::Asking { origin, quick, titles, tell, progress, signal };
            let histories = inner.read.borrow().clone().filter(|_| !quick);
            diagnosing::diagnose(&inner.engine, histories, asking).await
        })
    }

    /// Puts lost channels back, marked with a tag: pins first, then entry, place and tag in one message for each document.
    /// `notice` is the text of an operator's notice: what it brought back gains the tag. With `dry` nothing is written.
    ///
    /// # Errors
    /// `misuse/bad-argument` for a channel under which nothing is lost, and for what is no notice; `pins/*`, `edit/*`,
    /// `crypto/read-only`, `net/*`, `peer/*`, or the signal's reason. What was written before an error stays; the same
    /// call again goes on.
    #[wasm_bindgen(unchecked_return_type = "Promise<RestoreResult>")]
    pub fn restore(
        &self,
        channels: Vec<String>,
        notice: Option<String>,
        tag: Option<String>,
        make_folders: bool,
        dry: bool,
        signal: Option<AbortSignal>,
    ) -> Promise {
        self.alone(async move |inner| {
            let notice =
                notice.as_deref().map(NoticeFile::read).transpose().map_err(|error| to_js(&error))?;
            let (plan, losses, tag) = inner.asked(|read| {
                let asked = Choice { channels: &channels, notice: notice.as_ref(), ..Choice::default() };
                let losses = asked.of(read.losses())?;
                let marked: Vec<String> =
                    notice.iter().flat_map(|notice| notice.restored().map(str::to_owned)).collect();
                let tag = tag_or_default(tag.as_deref(), notice.as_ref());
                let wanted = Wanted { losses: &losses, marked: &marked, tag: tag.clone(), make_folders };
                Ok((read.restore_plan(&wanted), losses, tag))
            })?;
            if !dry && !plan.steps.is_empty() {
                let mut living = Living::read(&inner.engine, signal.as_ref()).await?;
                for act in plan.acts() {
                    match act {
                        Act::Read => living = Living::read(&inner.engine, signal.as_ref()).await?,
                        Act::Pin(document, ids) => {
                            living.pin(&inner.channel(document)?, ids, &signal).await?
                        }
                        Act::Write(document, edits) => {
                            living.write(&inner.channel(document)?, edits.to_vec(), &signal).await?;
                        }
                    }
                }
            }
            Ok(js(&report::restored(&plan, &losses, &tag, dry)))
        })
    }

    /// Takes back what was put back with a tag, and nobody touched since. The histories are read anew for it, unless this tag
    /// was asked for last.
    ///
    /// # Errors
    /// As `read` and `restore`.
    #[wasm_bindgen(unchecked_return_type = "Promise<UndoResult>")]
    pub fn undo(
        &self,
        tag: String,
        dry: bool,
        #[wasm_bindgen(unchecked_param_type = "((progress: RecoveryProgress) => void) | undefined")]
        progress: Option<Function>,
        signal: Option<AbortSignal>,
    ) -> Promise {
        self.alone(async move |inner| {
            let past = inner.read_all(Some(&tag), progress, signal.clone()).await?;
            let (mut plan, channels) = {
                let investigation = past.investigation.borrow();
                let channels = investigation.documents().iter().map(|document| document.channel.clone());
                (investigation.undo_plan(), channels.collect::<Vec<_>>())
            };
            if !dry && !plan.steps.is_empty() {
                let channel = |at: usize| channels.get(at);
                let living = Living::read(&inner.engine, signal.as_ref()).await?;
                for (document, edits) in &plan.steps {
                    if let Some(channel) = channel(*document) {
                        living.write(channel, edits.clone(), &signal).await?;
                    }
                }
                // What came of it: an entry that somebody changed meanwhile stayed.
                let living = Living::read(&inner.engine, signal.as_ref()).await?;
                let account = living.drive.root().document();
                plan.compare(|document| living.tables(channel(document)?), Some(account));
            }
            Ok(js(&report::undone(&past.investigation.borrow(), &plan, dry)))
        })
    }

    /// The actions whose warning of more than one document the person switched off on this device.
    #[wasm_bindgen(js_name = warningsOff, unchecked_return_type = "Promise<DeleteAction[]>")]
    pub fn warnings_off(&self) -> Promise {
        let inner = Rc::clone(&self.inner);
        promise(async move {
            let warnings = warnings::read(&inner.engine, &inner.warnings).await?;
            Ok(js(&warnings::off(&warnings).map(|action| action.as_str()).collect::<Vec<_>>()))
        })
    }

    /// Switches such a warning off, or on again, and keeps that.
    ///
    /// # Errors
    /// `misuse/bad-argument` for what is no action, and for destroying; `host/storage`.
    #[wasm_bindgen(js_name = switchWarning, unchecked_return_type = "Promise<DeleteAction[]>")]
    pub fn switch_warning(
        &self,
        #[wasm_bindgen(unchecked_param_type = "DeleteAction")] action: String,
        on: bool,
    ) -> Promise {
        let inner = Rc::clone(&self.inner);
        promise(async move {
            let action = action.parse().map_err(|_| to_js(&selected::bad("action")))?;
            let warnings = warnings::switch(&inner.engine, &inner.warnings, action, on).await?;
            Ok(js(&warnings::off(&warnings).map(|action| action.as_str()).collect::<Vec<_>>()))
        })
    }

    /// What a deletion comes to. The drives are read anew for it; nothing is written. `picks` is the JSON of a list.
    ///
    /// # Errors
    /// `edit/absent` for a place where nothing stands, `crypto/read-only`, `misuse/bad-argument`, `net/*`, `peer/*`, or
    /// the signal's reason.
    #[wasm_bindgen(js_name = planDelete, unchecked_return_type = "Promise<DeletePlanReport>")]
    pub fn plan_delete(
        &self,
        picks: String,
        #[wasm_bindgen(unchecked_param_type = "DeleteAction")] action: String,
        #[wasm_bindgen(unchecked_param_type = "DeleteView")] view: String,
        titles: bool,
        signal: Option<AbortSignal>,
    ) -> Promise {
        self.alone(async move |inner| {
            let living = Living::read(&inner.engine, signal.as_ref()).await?;
            let kept = warnings::read(&inner.engine, &inner.warnings).await?;
            deleting::planned(&living, (&picks, &action, &view), &kept, titles)
        })
    }

    /// Carries a deletion out, as it was planned: it is planned anew, and refused if it comes to anything else by now.
    /// `consent` and `again` are digests that the person agreed to; `off` names actions whose warning is switched off, beside
    /// those of which that is kept.
    ///
    /// # Errors
    /// As `planDelete`, and those of an edit. What is refused is no error: the result says so, and nothing is changed.
    #[wasm_bindgen(js_name = carryOut, unchecked_return_type = "Promise<DeleteResult>")]
    #[allow(clippy::too_many_arguments, reason = "plain values, as they cross the boundary")]
    pub fn carry_out(
        &self,
        picks: String,
        #[wasm_bindgen(unchecked_param_type = "DeleteAction")] action: String,
        #[wasm_bindgen(unchecked_param_type = "DeleteView")] view: String,
        planned: String,
        consent: Option<String>,
        again: Option<String>,
        off: Vec<String>,
        signal: Option<AbortSignal>,
    ) -> Promise {
        self.alone(async move |inner| {
            let living = Living::read(&inner.engine, signal.as_ref()).await?;
            let agreed = deleting::Agreed {
                planned: &planned,
                consent: consent.as_deref(),
                again: again.as_deref(),
                off: &off,
                kept: warnings::read(&inner.engine, &inner.warnings).await?,
            };
            deleting::carried_out(&living, (&picks, &action, &view), &agreed, &signal).await
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
        progress: Option<Function>,
        signal: Option<AbortSignal>,
    ) -> Awaited<Rc<Past>> {
        let earlier = self.read.borrow().clone().or_else(|| self.begun.borrow_mut().take());
        let fits = |past: &Rc<Past>| tag.is_none_or(|tag| past.investigation.borrow().watches(tag));
        let past = match earlier.filter(fits) {
            Some(past) => past,
            None => Past::new(&self.engine, tag)?,
        };
        let ended = reading::all(&self.engine, &past, progress, signal).await;
        match ended {
            Ok(()) => _ = self.read.replace(Some(Rc::clone(&past))),
            Err(_) if self.read.borrow().is_none() => _ = self.begun.replace(Some(Rc::clone(&past))),
            Err(_) => {}
        }
        ended.map(|()| past)
    }

    fn channel(&self, document: usize) -> Result<pinfold_core::ids::ChannelId, JsValue> {
        let absent = || Error::new(Code::EditAbsent, "the document is not in the account as it was read");
        self.asked(|read| {
            read.documents().get(document).map(|document| document.channel.clone()).ok_or_else(absent)
        })
    }
}

/// The tag without `#`; without one, that of the notice or of today.
fn tag_or_default(tag: Option<&str>, notice: Option<&NoticeFile>) -> Text {
    let given = tag.map(|tag| tag.trim().trim_start_matches('#')).filter(|tag| !tag.is_empty());
    given.map(Text::from).or_else(|| notice.and_then(NoticeFile::tag)).unwrap_or_else(|| tag_of(now().0))
}
