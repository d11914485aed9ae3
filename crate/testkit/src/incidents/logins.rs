//! The keys of names and passwords. Deriving them takes longer than all the rest of an incident, and the names come again.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use pinfold_core::account::login::{LoginKeys, derive_login};
use pinfold_core::error::Error;

static KNOWN: Mutex<BTreeMap<[String; 2], Arc<LoginKeys>>> = Mutex::new(BTreeMap::new());

/// As [`derive_login`] without a salt, once for each name and password.
pub(super) fn log_in(name: &str, password: &str) -> Result<Arc<LoginKeys>, Error> {
    let of = [name.to_owned(), password.to_owned()];
    let known = || KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(keys) = known().get(&of) {
        return Ok(Arc::clone(keys));
    }
    let keys = Arc::new(derive_login(name, password, "")?);
    known().insert(of, Arc::clone(&keys));
    Ok(keys)
}
