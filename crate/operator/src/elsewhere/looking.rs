//! The look at what object stores hold: that all of it is there, and that some of it is what was sent.

use super::{Kept, is_there, kept, listed};
use crate::archive::ActError;
use crate::journal::{Act, Journal, Target};
use crate::policy::DAY;
use pinfold_datadir::shelf::Shelf;
use serde::Serialize;

/// One of so many copies is read to its end, another one each day.
const SAMPLE: i64 = 100;

/// What is not as it should be in a store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
#[serde(rename_all = "kebab-case")]
pub enum Lacking {
    /// The manifest is gone, or says something else than the journal.
    #[error("{0}: its manifest is gone or says something else than the journal")]
    Manifest(Target),
    /// A part is gone.
    #[error("{0}: {1} is not in the object store")]
    Gone(Target, String),
    /// A part has another size, or other bytes.
    #[error("{0}: {1} is not what was sent")]
    Damaged(Target, String),
}

/// What a look found.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub struct Looked {
    /// How many copies of this store were looked at.
    pub copies: u64,
    /// How many of them were read to their end and compared.
    pub read_back: u64,
    /// How many lie at another address, and were not looked at.
    pub elsewhere: u64,
    /// What is not as it should be.
    pub lacking: Vec<Lacking>,
}

/// Looks at every copy that the journal says is in this store; `now` in ms.
///
/// # Errors
/// [`ActError::Shelf`] when the store does not answer.
pub fn look(shelf: &dyn Shelf, journal: &Journal<'_>, now: i64) -> Result<Looked, ActError> {
    let mut looked = Looked::default();
    let today = now.div_euclid(DAY);
    for (n, kept) in kept(journal).enumerate() {
        if kept.elsewhere.address != shelf.address() {
            looked.elsewhere += 1;
            continue;
        }
        // A removal that was cut has taken some of it: the next one takes the rest.
        if kept.last.act == Act::Remove {
            continue;
        }
        looked.copies += 1;
        let deep = (n as i64).wrapping_add(today).rem_euclid(SAMPLE) == 0;
        looked.read_back += u64::from(deep);
        look_at(shelf, &kept, deep, &mut looked.lacking)?;
    }
    Ok(looked)
}

fn look_at(shelf: &dyn Shelf, kept: &Kept, deep: bool, lacking: &mut Vec<Lacking>) -> Result<(), ActError> {
    let target = kept.target();
    let copy = match listed(shelf, kept) {
        Err(ActError::Changed) => {
            lacking.push(Lacking::Manifest(target));
            return Ok(());
        }
        copy => copy?,
    };
    for part in &copy.parts {
        let name = copy.object(part.name);
        match shelf.size(&name).map_err(ActError::Shelf)? {
            None => lacking.push(Lacking::Gone(target.clone(), name)),
            Some(size) if size != part.bytes => lacking.push(Lacking::Damaged(target.clone(), name)),
            Some(_) if deep && is_there(shelf, &name, part).map_err(ActError::Shelf)? != Some(true) => {
                lacking.push(Lacking::Damaged(target.clone(), name));
            }
            Some(_) => {}
        }
    }
    Ok(())
}
