//! The log of what changed an account's lists of pins, as its devices kept it: read, searched for lists that shrank and grew
//! again, and carried from one device to another.
//!
//! The core writes it ([`Changes`]): one row for each command, document and cause. Rows hold ids, counts and times, and no title.

use std::collections::{BTreeMap, HashSet};

use pinfold_core::error::{Code, Error};
use pinfold_core::guard::changes::Changes;
use pinfold_core::json::{Text, Value, stringify};
use pinfold_core::names::names;
use pinfold_core::pins::log::Command;
use pinfold_core::pins::trail::Trail;

names! {
    /// Why ids came to a list of pins, or went. What goes has the guard's causes.
    #[derive(Hash)]
    PinCause, "Why ids came to a list of pins, or went from it.":
    /// The drive was loaded, and it names them.
    Loading = "loading",
    /// They appeared in a drive that is followed.
    Followed = "followed",
    /// The user entered them on this device.
    Edit = "edit",
    /// Nothing new was sent: what was missing on the server's list is back.
    Again = "again",
    /// The list was replaced, and what it held beyond this is gone.
    Replaced = "replaced",
    /// The list that was replaced held ids that nobody had recorded. The user agreed to that, or the policy did.
    GivenUp = "given-up",
    /// A client of the user's own took them out on purpose; they are waiting, and are not put back.
    Own = "own",
    /// The user removed their entries on this device.
    RemovedHere = "removed-here",
    /// Their entries are gone, and this device did not do it.
    RemovedElsewhere = "removed-elsewhere",
    /// The entry of the shared folder they stood in is gone.
    FolderRemoved = "folder-removed",
    /// The shared folder they stood in holds nothing any more.
    FolderEmptied = "folder-emptied",
    /// The document they stood in was shown in an older state than before.
    RolledBack = "rolled-back",
    /// It was the account's own document, under another password.
    Moved = "account-moved",
}

names! {
    /// What a row tells of its ids.
    #[derive(Hash)]
    PinStep as PinChangeStep, "What a change did with the ids that it names.":
    /// They were pinned.
    Came = "came",
    /// They were taken off.
    Went = "went",
    /// Nothing came or went by it, as far as this device knows.
    Same = "same",
}

/// One row of the log.
#[derive(Clone, PartialEq, Eq)]
pub struct PinChange {
    /// When the server had carried it out, by the device's clock, in milliseconds since the epoch.
    pub time: u64,
    /// The device that asked for it: a random name that it gave itself.
    pub device: String,
    /// And its session.
    pub session: String,
    /// Counts the commands of that session; rows of one command have the same.
    pub number: u64,
    /// The public key under which it was signed: the user's, or a team's.
    pub key: String,
    /// The command.
    pub command: Command,
    /// Whether the ids came or went.
    pub step: PinStep,
    /// Why.
    pub cause: PinCause,
    /// Whether a person had agreed to it.
    pub agreed: bool,
    /// The document that the ids stand in, or stood in last.
    pub document: Option<String>,
    /// How many ids the command carried: for RESET the length of the list.
    pub of: u64,
    /// How many ids this row is about.
    pub count: u64,
    /// Which; `None` where only their number was kept.
    pub ids: Option<Vec<String>>,
}

/// Says when and how much, and nothing else.
impl std::fmt::Debug for PinChange {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { time, command, step, cause, count, .. } = self;
        let mut shown = f.debug_struct("PinChange");
        shown.field("time", time).field("command", command).field("step", step);
        shown.field("cause", cause).field("count", count).finish_non_exhaustive()
    }
}

/// Ids that went from a list and came back to it later (H3): something went wrong in between.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Regrown {
    /// Which of [`PinLog::changes`] took them off.
    pub change: usize,
    /// What came back.
    pub ids: Vec<String>,
}

/// A list that became shorter than the recorded removals make it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shrunk {
    /// Which of [`PinLog::changes`] shows it: a RESET.
    pub change: usize,
    /// So many ids went that no row names.
    pub missing: u64,
}

/// A log, in the order of its times.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PinLog {
    changes: Vec<PinChange>,
    unread: usize,
}

impl PinLog {
    /// Reads the rows.
    pub fn of(log: &Changes) -> Self {
        let mut read = Self::default();
        for (head, ids) in log.rows() {
            match row(head, ids) {
                Some(row) => read.changes.push(row),
                None => read.unread += 1,
            }
        }
        let place =
            |change: &PinChange| (change.time, change.session.clone(), change.number, change.step as u8);
        read.changes.sort_by_cached_key(place);
        read
    }

    /// Every change, the oldest first.
    pub fn changes(&self) -> &[PinChange] {
        &self.changes
    }

    /// How many rows are not understood. Nothing is claimed of them.
    pub const fn unread(&self) -> usize {
        self.unread
    }

    /// From when on the ids are known, in milliseconds since the epoch; before that there are sums, or nothing. `None` for an
    /// empty log.
    pub fn ids_since(&self) -> Option<u64> {
        let without = self.changes.iter().rposition(|change| change.ids.is_none());
        self.changes.get(without.map_or(0, |at| at + 1)).map(|change| change.time)
    }

    /// Ids that went and came back, list by list: each is a candidate for an accident, also if it is back.
    pub fn regrown(&self) -> Vec<Regrown> {
        let mut trails: BTreeMap<&str, Trail<String>> = BTreeMap::new();
        for (at, change) in self.changes.iter().enumerate() {
            let ids = change.ids.as_deref().unwrap_or_default();
            let (came, went) = match change.step {
                PinStep::Came => (ids, &[][..]),
                PinStep::Went => (&[][..], ids),
                PinStep::Same => continue,
            };
            let time = i64::try_from(change.time).ok();
            trails.entry(&change.key).or_default().hear((at, time), came, went);
        }
        let gaps = trails.values().flat_map(Trail::regrown);
        let mut found: Vec<Regrown> =
            gaps.map(|gap| Regrown { change: gap.place, ids: gap.ids.clone() }).collect();
        found.sort_by_key(|gap| gap.change);
        found
    }

    /// Everything that a list lost when it shrank and grew again: each id of such a gap is a candidate, also if it is not back. What
    /// the user removed in the same command, as far as the log says so, is none.
    pub fn gaps(&self) -> HashSet<String> {
        let command = |change: &PinChange| (change.time, change.session.clone(), change.number);
        let regrown = self.regrown();
        let places = regrown.iter().filter_map(|gap| self.changes.get(gap.change));
        let commands: HashSet<_> = places.map(command).collect();
        let meant = |change: &PinChange| matches!(change.cause, PinCause::Own | PinCause::RemovedHere);
        let mut gaps: HashSet<String> = regrown.into_iter().flat_map(|gap| gap.ids).collect();
        for change in self.changes.iter().filter(|change| change.step == PinStep::Went && !meant(change)) {
            if commands.contains(&command(change)) {
                gaps.extend(change.ids.iter().flatten().cloned());
            }
        }
        gaps
    }

    /// The rows of each command.
    pub(crate) fn commands(&self) -> impl Iterator<Item = &[PinChange]> {
        self.changes.chunk_by(|a, b| {
            (a.time, &a.device, &a.session, a.number) == (b.time, &b.device, &b.session, b.number)
        })
    }

    /// Lists that became shorter than what was recorded explains. The lengths are those that this account's devices sent, and
    /// other clients may have changed a list in between: a sign, and no proof.
    pub fn shrunk(&self) -> Vec<Shrunk> {
        let mut lengths: BTreeMap<&str, u64> = BTreeMap::new();
        let mut found = Vec::new();
        let mut at = 0;
        for rows in self.commands() {
            let Some(first) = rows.first() else { continue };
            let sum = |step| -> u64 {
                rows.iter().filter(|row| row.step == step).fold(0, |sum, row| sum.saturating_add(row.count))
            };
            let (came, went) = (sum(PinStep::Came), sum(PinStep::Went));
            let length = lengths.get_mut(first.key.as_str());
            let expected = length.as_deref().map(|length| length.saturating_add(came).saturating_sub(went));
            match (first.command, expected) {
                (Command::Reset, expected) => {
                    if let Some(missing) = expected.and_then(|length| length.checked_sub(first.of))
                        && missing > 0
                    {
                        found.push(Shrunk { change: at, missing });
                    }
                    lengths.insert(&first.key, first.of);
                }
                (_, Some(expected)) => drop(length.map(|length| *length = expected)),
                (_, None) => {}
            }
            at += rows.len();
        }
        found
    }
}

/// The log as one line of JSON, to be kept or read on another device ([`import`]): ids, counts and times, no title, no key.
pub fn export(log: &Changes) -> String {
    stringify(&log.write())
}

/// Reads what [`export`] wrote.
///
/// # Errors
/// `misuse/bad-argument` for anything else.
pub fn import(text: &str) -> Result<Changes, Error> {
    let refused = || Error::new(Code::MisuseBadArgument, "this is no log of pin changes that is known here");
    let log = Changes::read(&Value::parse(text).map_err(|_| refused())?).map_err(|_| refused())?;
    // A row of somebody else's making would never be read, and push out others.
    if PinLog::of(&log).unread > 0 {
        return Err(refused());
    }
    // As small as a log of one's own.
    Ok(Changes::default().merge(log))
}

fn row(head: &Text, ids: &Text) -> Option<PinChange> {
    let words: Vec<&str> = head.as_str()?.split(' ').collect();
    let [time, by, number, key, command, sign, cause, agreed, document, of, count] = words.as_slice() else {
        return None;
    };
    let (device, session) = by.split_once('/')?;
    let (of, count): (u64, u64) = (of.parse().ok()?, count.parse().ok()?);
    let ids: Vec<String> = ids.as_str()?.split(' ').filter(|id| !id.is_empty()).map(str::to_owned).collect();
    let known = u64::try_from(ids.len()).ok()? == count;
    if !known && !ids.is_empty() {
        return None;
    }
    Some(PinChange {
        time: time.parse().ok()?,
        device: device.to_owned(),
        session: session.to_owned(),
        number: number.parse().ok()?,
        key: (*key).to_owned(),
        command: Command::named(command)?,
        step: match *sign {
            "+" => PinStep::Came,
            "-" => PinStep::Went,
            "=" => PinStep::Same,
            _ => return None,
        },
        cause: cause.parse().ok()?,
        agreed: match *agreed {
            "agreed" => true,
            "unasked" | "-" => false,
            _ => return None,
        },
        document: (!matches!(*document, "-" | "?")).then(|| (*document).to_owned()),
        of,
        count,
        ids: known.then_some(ids),
    })
}

#[cfg(test)]
mod tests;
