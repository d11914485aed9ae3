//! Which warnings before a deletion the person switched off: one encrypted record of the account in the host's store. Without a store
//! it is known as long as this recovery lives.

use std::cell::RefCell;
use std::rc::Rc;

use futures::lock::Mutex;
use pinfold_core::error::{Code, Error};
use pinfold_core::guard::sealed::StoreKey;
use pinfold_core::json::{Object, Value};
use pinfold_core::session::Session;
use pinfold_recovery::Action;
use pinfold_recovery::delete::Warnings;

use super::Awaited;
use crate::engine::Engine;
use crate::error::to_js;
use crate::host::HostEntropy;

const KIND: &str = "delete-warnings";
const OFF: &str = "off";

/// As they were read last. Whoever changes them waits until the one before has written: otherwise the later record would be made from
/// the one before the earlier.
#[derive(Default)]
pub(super) struct Kept {
    known: RefCell<Warnings>,
    turn: Mutex<()>,
}

/// The name of the record and its key, from what opens the account's own document.
fn place(engine: &Rc<Engine>) -> Result<(String, StoreKey), Error> {
    let closed = || Error::new(Code::MisuseClosed, "the session is not signed in");
    engine.with_session(|session: &mut Session| {
        let keys = session.drive_secrets().ok_or_else(closed)?.message_keys()?;
        let secret = keys.crypt_key.expose();
        Ok((StoreKey::derive(secret, "names").name(&[KIND]), StoreKey::derive(secret, KIND)))
    })
}

/// What is switched off. What cannot be read, and what is no action, switches nothing off: a warning too many costs little.
pub(super) async fn read(engine: &Rc<Engine>, kept: &Kept) -> Awaited<Warnings> {
    if let Some(store) = &engine.store {
        let (name, key) = place(engine).map_err(|error| to_js(&error))?;
        let found = store.get(&name).await.ok().flatten();
        let record = found.and_then(|bytes| key.open(&bytes).ok());
        let names = record.as_ref().and_then(|record| record.get(OFF)?.as_array()).unwrap_or_default();
        let mut warnings = Warnings::default();
        for action in names.iter().filter_map(|name| name.as_str()?.parse().ok()) {
            warnings.switch_off(action);
        }
        *kept.known.borrow_mut() = warnings;
    }
    Ok(kept.known.borrow().clone())
}

/// Switches one off, or on again.
///
/// # Errors
/// `misuse/bad-argument` for destroying, whose warning stays on; `host/storage`, `host/no-entropy`.
pub(super) async fn switch(engine: &Rc<Engine>, kept: &Kept, action: Action, on: bool) -> Awaited<Warnings> {
    let _turn = kept.turn.lock().await;
    let mut warnings = read(engine, kept).await?;
    if on {
        warnings.switch_on(action);
    } else if !warnings.switch_off(action) {
        let stays = Error::new(Code::MisuseBadArgument, "the warning before destroying stays on");
        return Err(to_js(&stays.with("argument", "action")));
    }
    if let Some(store) = &engine.store {
        let mut record = Object::new();
        record.insert(OFF, off(&warnings).map(|action| Value::from(action.as_str())).collect::<Vec<_>>());
        let sealed = place(engine)
            .and_then(|(name, key)| Ok((name, key.seal(&Value::Object(record), &mut HostEntropy)?)));
        let (name, bytes) = sealed.map_err(|error| to_js(&error))?;
        store.put(&name, bytes.into()).await.map_err(|error| to_js(&error))?;
    }
    *kept.known.borrow_mut() = warnings.clone();
    Ok(warnings)
}

/// The actions whose warning is off.
pub(super) fn off(warnings: &Warnings) -> impl Iterator<Item = Action> {
    Action::ALL.into_iter().filter(|action| warnings.is_off(*action))
}
