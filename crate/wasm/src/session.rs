//! The exported class: arguments in, promises out. What runs behind it is [`crate::engine`].
//!
//! Exported methods take `&self` and clone a handle, so concurrent calls are no "recursive use" (they end
//! as `misuse/busy`).

use core::time::Duration;
use std::rc::Rc;

use js_sys::{JsString, Promise, Reflect};
use pinfold_core::account::Username;
use pinfold_core::drive::edit::EntryId;
use pinfold_core::error::{Code, Error};
use pinfold_core::guard::consent::Consent;
use pinfold_core::guard::vault::Decision;
use pinfold_core::json::{Text, Value, stringify};

use pinfold_core::secret::{Password, SecretText};
use pinfold_core::session::Session;
use pinfold_core::session::effect::{Credentials, Outcome};
use pinfold_core::session::inbox::Reading;
use pinfold_core::session::sending::Recipient;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::AbortSignal;

use crate::drive::{RawDrive, RawPinSet};
use crate::edits;
use crate::engine::Engine;
use crate::error::to_js;
use crate::guard;
use crate::mailbox::RawMailbox;
use crate::promise::{promise, rejected};
use crate::report;

/// A signed-in session. Made by `RawSession.open`.
#[wasm_bindgen]
pub struct RawSession {
    engine: Rc<Engine>,
}

#[wasm_bindgen]
impl RawSession {
    /// Signs in and reads the account document; with `register` in the options, creates the account first. With
    /// `anonymous` in place of name and password, opens a drive that belongs to no account.
    ///
    /// # Errors
    /// `login/*`, `block/*`, `href/*`, `drive/unreadable`, `net/*`, `peer/*`, `misuse/bad-argument`, or the
    /// signal's reason.
    #[wasm_bindgen(unchecked_return_type = "Promise<RawSession>")]
    pub fn open(
        #[wasm_bindgen(unchecked_param_type = "Credentials")] credentials: &JsValue,
        #[wasm_bindgen(unchecked_param_type = "RawOptions")] options: &JsValue,
    ) -> Promise {
        let way = match read_way(credentials, options) {
            Ok(way) => way,
            Err(error) => return rejected(&error),
        };
        let signal = Reflect::get(options, &"signal".into()).ok();
        // One of another realm as well, which is no instance of this realm's class. The caller looked at its methods.
        let signal = signal.filter(JsValue::is_object).map(JsCast::unchecked_into);
        let start = Box::new(move |session: &mut Session, now| match way {
            Way::Register(credentials) => session.register(now, credentials),
            Way::LogIn(credentials) => session.open(now, credentials),
            Way::Anonymous { origin, link } => session.open_anonymous(now, &origin, &link),
        });
        Engine::new(options).operation(signal, start, |engine, outcome| match outcome {
            Outcome::Opened => Some(RawSession { engine }.into()),
            _ => None,
        })
    }

    /// Who signed in.
    #[wasm_bindgen(unchecked_return_type = "Account")]
    pub fn account(&self) -> JsValue {
        self.engine.with_session(|session| {
            let (mailboxes, teams) = (session.mailboxes(), session.teams());
            session.account().map_or(JsValue::NULL, |account| report::account(account, &mailboxes, &teams))
        })
    }

    /// Loads every declared folder of the user's drive, or of a team's: its document and its roster as well.
    ///
    /// # Errors
    /// `drive/unreadable`, `team/*`, `net/*`, `peer/*`, `misuse/*`, or the signal's reason.
    #[wasm_bindgen(js_name = loadDrive, unchecked_return_type = "Promise<RawDrive>")]
    pub fn load_drive(&self, signal: Option<AbortSignal>, team: Option<String>) -> Promise {
        let start = Box::new(move |session: &mut Session, now| match team {
            Some(id) => session.load_team(now, &id),
            None => session.load_drive(now),
        });
        Rc::clone(&self.engine).operation(signal, start, loaded)
    }

    /// Brings the server's list to this set and what the guard keeps beside it. `consent` is the digest of a
    /// plan that the user agreed to.
    ///
    /// # Errors
    /// `pins/*`, `rpc/*`, `net/*`, `peer/*`, `misuse/*`, or the signal's reason.
    #[wasm_bindgen(js_name = syncPins, unchecked_return_type = "Promise<PinReceipt>")]
    pub fn sync_pins(
        &self,
        pins: &RawPinSet,
        consent: Option<String>,
        signal: Option<AbortSignal>,
    ) -> Promise {
        let (set, consent) = (pins.set(), consent.map(Consent::to));
        let start =
            Box::new(move |session: &mut Session, now| session.sync_pins(now, &set, consent.as_ref()));
        Rc::clone(&self.engine).operation(signal, start, receipt)
    }

    /// What sending the pins of a drive would change, and which other ids stay pinned.
    #[wasm_bindgen(unchecked_return_type = "PinPlan")]
    pub fn plan(&self, drive: &RawDrive) -> JsValue {
        let pins = drive.additions();
        let now = self.engine.now();
        let plan = self.engine.with_session(|session| session.plan(now, pins.owner(), &pins.seen()));
        guard::plan(&plan)
    }

    /// Keys that are kept, tombstones, and what the server was caught at.
    #[wasm_bindgen(unchecked_return_type = "GuardReport")]
    pub fn guard(&self) -> JsValue {
        self.engine.with_session(|session| guard::report(session.vault(), session.evidence()))
    }

    /// What is kept of an entry, as JSON with its keys; undefined when there is none. `key` is a channel, or a channel, a
    /// space and the id of one of its keys: no channel has a space in it.
    #[wasm_bindgen(js_name = vaultEntry)]
    pub fn vault_entry(&self, key: &str) -> Option<String> {
        let (channel, id) = guard::named(key);
        self.engine.with_session(|session| {
            let key = session.vault().key_of(&channel, id)?;
            (key.decision != Decision::Discarded).then(|| stringify(&key.entry()))
        })
    }

    /// The user gave a kept key up, which is named as in `vaultEntry`. There is no other way for one to leave.
    ///
    /// # Errors
    /// `misuse/bad-argument` when none is kept for the channel.
    #[wasm_bindgen(js_name = discardKey)]
    pub fn discard_key(&self, key: &str) -> Result<(), JsValue> {
        let (channel, id) = guard::named(key);
        let now = self.engine.now();
        let decided = |session: &mut Session| session.decide_on(now, &channel, id, Decision::Discarded);
        self.engine.with_session(decided).map_err(|error| to_js(&error))
    }

    /// Puts a kept entry back into the document it vanished from; it is named as in `vaultEntry`.
    ///
    /// # Errors
    /// `misuse/bad-argument` when none is kept, and as `edit`.
    #[wasm_bindgen(js_name = putBack, unchecked_return_type = "Promise<void>")]
    pub fn put_back(&self, key: String, signal: Option<AbortSignal>) -> Promise {
        let start = Box::new(move |session: &mut Session, now| {
            let (channel, id) = guard::named(&key);
            session.put_back_key(now, &channel, id)
        });
        Rc::clone(&self.engine).operation(signal, start, written)
    }

    /// How careful the guard is.
    ///
    /// # Errors
    /// `misuse/bad-argument` for what is no sensible policy.
    #[wasm_bindgen(js_name = setPolicy)]
    pub fn set_policy(
        &self,
        #[wasm_bindgen(unchecked_param_type = "GuardPolicy")] policy: &JsValue,
    ) -> Result<(), JsValue> {
        let policy = guard::policy(policy).map_err(|error| to_js(&error))?;
        self.engine.with_session(|session| session.set_policy(policy));
        Ok(())
    }

    /// Adds what is known of a drive to the server's list, and removes nothing.
    ///
    /// # Errors
    /// As `syncPins`.
    #[wasm_bindgen(js_name = addPins, unchecked_return_type = "Promise<PinReceipt>")]
    pub fn add_pins(&self, drive: &RawDrive, signal: Option<AbortSignal>) -> Promise {
        let additions = drive.additions();
        let start = Box::new(move |session: &mut Session, now| session.add_pins(now, &additions));
        Rc::clone(&self.engine).operation(signal, start, receipt)
    }

    /// From now on, what appears in a loaded drive is pinned by itself; nothing is unpinned.
    #[wasm_bindgen(js_name = followChanges)]
    pub fn follow_changes(&self) {
        let now = self.engine.now();
        self.engine.with_session(|session| session.follow_changes(now));
    }

    /// Reads a mailbox from the last letter of its dismissed prefix on, or with `whole` its log from the
    /// beginning. Letters wait up to `patience` milliseconds for the folders, documents and teams they name.
    ///
    /// # Errors
    /// `mailbox/absent`, `misuse/*`, `net/closed`, or the reason of a signal that was aborted before.
    #[wasm_bindgen(js_name = openMailbox, unchecked_return_type = "Promise<RawMailbox>")]
    pub fn open_mailbox(
        &self,
        name: String,
        signal: Option<AbortSignal>,
        whole: Option<bool>,
        patience: Option<f64>,
    ) -> Promise {
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates")]
        let patience = patience.map_or(Reading::default().patience, |ms| Duration::from_millis(ms as u64));
        let reading = Reading { whole: whole.unwrap_or(false), patience, ..Reading::default() };
        let engine = Rc::clone(&self.engine);
        promise(async move {
            if let Some(signal) = signal.filter(AbortSignal::aborted) {
                return Err(signal.reason());
            }
            let (ticket, queue) = engine.open_mailbox(&name, reading).map_err(|error| to_js(&error))?;
            Ok(RawMailbox::new(&engine, ticket, queue).into())
        })
    }

    /// Seals a message to somebody and has the server store it. `content` is a JSON object; what the account says of
    /// itself is added to it. Resolves to when the server stored it.
    ///
    /// # Errors
    /// `misuse/*`, `drive/unreadable`, `rpc/refused`, `net/*`.
    #[wasm_bindgen(js_name = sendLetter, unchecked_return_type = "Promise<number | null>")]
    pub fn send_letter(&self, curve_public: &str, mailbox: &str, kind: String, content: &str) -> Promise {
        let content = match Value::parse(content) {
            Ok(Value::Object(content)) => content,
            _ => {
                return rejected(&Error::new(
                    Code::MisuseBadArgument,
                    "the content of a message is an object",
                ));
            }
        };
        let recipient = match Recipient::new(curve_public, mailbox) {
            Ok(recipient) => recipient,
            Err(error) => return rejected(&error),
        };
        let start =
            Box::new(move |session: &mut Session, now| session.send_letter(now, &recipient, &kind, content));
        Rc::clone(&self.engine).operation(None, start, |_, outcome| match outcome {
            #[allow(clippy::cast_precision_loss, reason = "a date in milliseconds")]
            Outcome::Sent { time } => Some(time.map_or(JsValue::NULL, |time| JsValue::from(time.0 as f64))),
            _ => None,
        })
    }

    /// Edits the account document or a team's drive, or in it the shared folder whose entry has this id: all of
    /// the edits, or none. They are the JSON text of a list.
    ///
    /// # Errors
    /// `edit/*`, `crypto/read-only`, `drive/incomplete`, `team/*`, `href/*`, `net/*`, `misuse/*`, or the signal's
    /// reason.
    #[wasm_bindgen(unchecked_return_type = "Promise<void>")]
    pub fn edit(
        &self,
        edits: String,
        folder: Option<String>,
        team: Option<String>,
        signal: Option<AbortSignal>,
    ) -> Promise {
        let start = Box::new(move |session: &mut Session, now| {
            let target = edits::target(team, folder.as_deref())?;
            let edits = edits::read(&edits, session, now)?;
            session.edit(now, target, edits)
        });
        Rc::clone(&self.engine).operation(signal, start, written)
    }

    /// Creates a shared folder and puts it into folders of the drive's tree. Resolves to its entry's id.
    ///
    /// # Errors
    /// `edit/*`, `crypto/read-only`, `drive/incomplete`, `net/*`, `misuse/*`, or the signal's reason.
    #[wasm_bindgen(js_name = createFolder, unchecked_return_type = "Promise<string>")]
    pub fn create_folder(
        &self,
        title: String,
        path: Vec<String>,
        password: Option<String>,
        signal: Option<AbortSignal>,
    ) -> Promise {
        let password = password.map(SecretText::new);
        let start = Box::new(move |session: &mut Session, now| {
            let path = path.into_iter().map(Text::from).collect();
            session.create_folder(now, &title.into(), path, password.as_ref().map(SecretText::expose))
        });
        Rc::clone(&self.engine).operation(signal, start, |_, outcome| match outcome {
            Outcome::Created(id) => Some(id.key().into()),
            _ => None,
        })
    }

    /// The ids of the entries in the trash of the user's drive, or of a team's.
    ///
    /// # Errors
    /// `drive/incomplete`, `team/*`.
    pub fn trash(&self, team: Option<String>) -> Result<Vec<String>, JsValue> {
        let ids = self.engine.with_session(|session| session.trash(team.as_deref()));
        ids.map(|ids| ids.into_iter().map(EntryId::key).collect()).map_err(|error| to_js(&error))
    }

    /// Resolves once the host's store has what the session learnt; a store that never answers never resolves it.
    #[wasm_bindgen(unchecked_return_type = "Promise<void>")]
    pub fn saved(&self) -> Promise {
        Rc::clone(&self.engine).saved()
    }

    /// Ends the session and wipes its keys now, not at garbage collection.
    pub fn close(&self) {
        self.engine.close();
    }
}

#[cfg(feature = "recovery")]
impl RawSession {
    pub(crate) fn engine(&self) -> Rc<Engine> {
        Rc::clone(&self.engine)
    }
}

impl Drop for RawSession {
    fn drop(&mut self) {
        self.close();
    }
}

fn loaded(engine: Rc<Engine>, outcome: Outcome) -> Option<JsValue> {
    match outcome {
        Outcome::Drive(drive) => Some(RawDrive::new(*drive, engine.timeline()).into()),
        _ => None,
    }
}

fn receipt(_: Rc<Engine>, outcome: Outcome) -> Option<JsValue> {
    match outcome {
        Outcome::Pins(receipt) => Some(report::receipt(&receipt)),
        _ => None,
    }
}

fn written(_: Rc<Engine>, outcome: Outcome) -> Option<JsValue> {
    matches!(outcome, Outcome::Written).then_some(JsValue::UNDEFINED)
}

/// How a session begins.
enum Way {
    Register(Credentials),
    LogIn(Credentials),
    Anonymous { origin: String, link: SecretText },
}

fn read_way(credentials: &JsValue, options: &JsValue) -> Result<Way, Error> {
    let string =
        |key: &str| -> Option<JsString> { Reflect::get(credentials, &key.into()).ok()?.dyn_into().ok() };
    // Unit by unit: a password may hold half a surrogate pair, and has keys of its own then.
    let units = |string: &JsString| -> Option<Vec<u16>> {
        let mut units = Vec::with_capacity(usize::try_from(string.length()).ok()?);
        units.extend(string.iter());
        Some(units)
    };
    let text = |string: &JsString| units(string).map(|units| Text::from_utf16(&units));
    let plain = |key: &str| string(key).and_then(|string| text(&string)?.into_string().ok());
    // The host lowers it by the rules that count, its own; ours would need a table of 11 KB.
    let username = || {
        let typed = string("username")?;
        Some(Username::with_lower_case(text(&typed)?, text(&typed.to_lower_case())?))
    };
    let missing = |what| Error::new(Code::MisuseBadArgument, "a credential is missing").with("which", what);
    let origin = plain("origin").ok_or_else(|| missing("origin"))?;
    if let Some(link) = plain("anonymous") {
        return Ok(Way::Anonymous { origin, link: SecretText::new(link) });
    }
    let credentials = Credentials {
        origin,
        username: username().ok_or_else(|| missing("username"))?,
        password: string("password")
            .and_then(|password| units(&password))
            .map(Password::from_utf16)
            .ok_or_else(|| missing("password"))?,
        otp: plain("otp").map(SecretText::new),
        login_salt: plain("loginSalt").unwrap_or_default(),
    };
    let registers = Reflect::get(options, &"register".into()).is_ok_and(|register| register.is_truthy());
    Ok(if registers { Way::Register(credentials) } else { Way::LogIn(credentials) })
}
