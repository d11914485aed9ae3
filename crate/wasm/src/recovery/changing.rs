//! What changes the account: putting back, taking back, deleting; and the warnings that a person switched off.

use std::rc::Rc;

use js_sys::{Function, Promise};
use pinfold_core::error::{Code, Error};
use pinfold_core::ids::ChannelId;
use pinfold_core::json::Text;
use pinfold_recovery::{Act, Choice, NoticeFile, Wanted, tag_of};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use web_sys::AbortSignal;

use super::living::Living;
use super::reading::Told;
use super::{Inner, RawRecovery, deleting, report, selected, warnings};
use crate::clock::host_now;
use crate::error::to_js;
use crate::plain::js;
use crate::promise::promise;

#[wasm_bindgen]
impl RawRecovery {
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
            let notice = inner.beside(notice.as_deref())?;
            let (plan, losses, tag) = inner.asked(|read| {
                let asked = Choice { channels: &channels, notice: Some(&notice), ..Choice::default() };
                let losses = asked.of(read.losses())?;
                let marked: Vec<String> = notice.restored().map(str::to_owned).collect();
                let tag = tag_or_default(tag.as_deref(), &notice);
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
            let past = inner.read_all(Some(&tag), &Told::to(progress), signal.clone()).await?;
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
                let read = |document| living.tables(channel(document)?);
                plan.compare(read, |document| living.document(channel(document)?));
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

impl Inner {
    fn channel(&self, document: usize) -> Result<ChannelId, JsValue> {
        let absent = || Error::new(Code::EditAbsent, "the document is not in the account as it was read");
        self.asked(|read| {
            read.documents().get(document).map(|document| document.channel.clone()).ok_or_else(absent)
        })
    }
}

/// The tag without `#`; without one, that of the notice or of today.
pub(super) fn tag_or_default(tag: Option<&str>, notice: &NoticeFile) -> Text {
    let given = tag.map(|tag| tag.trim().trim_start_matches('#')).filter(|tag| !tag.is_empty());
    given.map(Text::from).or_else(|| notice.tag()).unwrap_or_else(|| tag_of(host_now().0))
}
