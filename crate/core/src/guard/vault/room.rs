//! Whose keys are written when there is not room for all: a rule by which nobody pushes out the keys of others.
//!
//! The documents share the room: a document that needs little gets all it needs, and the others get equal parts of the
//! rest. The user's own drive counts as much as all folders together. Within a document, the keys that vanished at the
//! same time are numbered, and every first key comes before any second one. So a person who puts a thousand entries
//! into a folder and takes them out again does not push out the one that vanished on another day. Keys that are not
//! decided yet come before all others, and among these the best one of each channel.

use core::cmp::Reverse;

use super::{Decision, KeptKey, Vault};
use crate::compact::sorted;
use crate::json::Text;
use crate::ports::UnixMillis;

/// The order in which keys get room: first by what was decided about the key, then whether its channel has a better key.
type Class = (Reverse<Decision>, bool);

/// One key and what it needs.
struct Row<'v> {
    key: &'v KeptKey,
    class: Class,
    /// The number of it among those that vanished from the document at the same time.
    turn: usize,
    bytes: usize,
    /// What its document needs until this key has room.
    needs: usize,
}

/// The keys for which there is room, the first first. `bytes` says what one takes; `each` is the most for one document
/// that is not the user's own.
pub(super) fn fill<'v>(
    vault: &'v Vault,
    room: usize,
    each: usize,
    bytes: &dyn Fn(&KeptKey) -> usize,
) -> Vec<&'v KeptKey> {
    let home = |folder: &Text| vault.home.as_ref() == Some(folder);
    let row = |(_, key): &'v (Text, KeptKey)| {
        let best = vault.key(&key.channel).is_some_and(|best| core::ptr::eq(best, key));
        Row { key, class: (Reverse(key.decision), !best), turn: 0, bytes: bytes(key), needs: 0 }
    };
    let mut rows: Vec<Row<'v>> = vault.keys.iter().map(row).collect();
    // One after the other of what vanished at once.
    let by_time = |row: &Row<'v>| (&row.key.folder, row.class, row.key.at);
    rows = sorted(rows, &|a, b| by_time(a).cmp(&by_time(b)));
    let mut last: Option<(&Text, Class, UnixMillis)> = None;
    let mut turn = 0;
    for row in &mut rows {
        let group = (&row.key.folder, row.class, row.key.at);
        turn = if last == Some(group) { turn + 1 } else { 0 };
        row.turn = turn;
        last = Some(group);
    }
    // What each document needs, in the order of its own.
    let own = |row: &Row<'v>| (&row.key.folder, row.class, row.turn, Reverse(row.key.at));
    rows = sorted(rows, &|a, b| own(a).cmp(&own(b)));
    let mut folders: Vec<&Text> = rows.iter().map(|row| &row.key.folder).collect();
    folders.dedup();
    let others = folders.iter().filter(|folder| !home(folder)).count().max(1);
    let (mut last, mut needs): (Option<&Text>, usize) = (None, 0);
    rows.retain_mut(|row| {
        if last != Some(&row.key.folder) {
            (last, needs) = (Some(&row.key.folder), 0);
        }
        let own = home(&row.key.folder);
        if !own && needs.saturating_add(row.bytes) > each {
            return false;
        }
        needs = needs.saturating_add(row.bytes);
        row.needs = if own { needs / others } else { needs };
        true
    });
    let turns = |row: &Row<'v>| (row.class, row.needs);
    let mut left = room;
    let rows = sorted(rows, &|a, b| turns(a).cmp(&turns(b))).into_iter().filter(|row| {
        let rest = left.checked_sub(row.bytes);
        left = rest.unwrap_or(left);
        rest.is_some()
    });
    rows.map(|row| row.key).collect()
}
