//! Whether the disk is there that something is moved back to.

use super::Failed;
use pinfold_operator::archive::Hands;
use pinfold_operator::journal::Target;
use pinfold_operator::waits::walks;
use std::collections::BTreeSet;

/// Nothing is moved to where a disk is missing: after mounting, it would be hidden below. An earlier walk saw documents, or pin logs, and now
/// the folder of their kind is missing, or has not even an empty folder in it.
pub(super) fn mounted(hands: &Hands<'_>, going: impl IntoIterator<Item = Target>) -> Result<(), Failed> {
    let seen = walks(hands.disk, &hands.paths.state).map_err(Failed::refused)?;
    let Some(last) = seen.last() else { return Ok(()) };
    let were_there = |target: &Target| match target {
        Target::PinLog(_) => last.logs > 0,
        _ => last.documents > 0,
    };
    let going: BTreeSet<_> = going
        .into_iter()
        .filter(were_there)
        .filter_map(|target| hands.folder_of(&target).map(ToOwned::to_owned))
        .collect();
    match going.iter().find(|folder| hands.is_missing_or_empty(folder)) {
        None => Ok(()),
        Some(folder) => Err(Failed::Refused(format!(
            "{} is missing or empty: is its disk mounted? Nothing was moved. If it is mounted, make an empty folder in it, and run this again",
            folder.display()
        ))),
    }
}
