//! Carrying out a plan: mark, move, look again.

use crate::archive::{ActError, Hands};
use crate::hold;
use crate::journal::{Act, Journal, Record, Step, Target};
use crate::plan::{Does, Plan};
use crate::survey::{Refusal, Survey, survey};
use crate::waits::Wait;
use pinfold_datadir::disk::stat_if_there;
use serde::Serialize;
use std::io;

/// Why a run did not begin, or ended before its plan did. What was done before is done.
#[derive(Debug, thiserror::Error)]
pub enum Stop {
    /// There is a hold.
    #[error("a hold is set: {0}")]
    Hold(String),
    /// The plan is more than a day old, or of the future.
    #[error("the plan is not valid at this time")]
    Expired,
    /// The plan itself says that nothing may be taken.
    #[error("nothing may be taken: {0}")]
    Refused(Refusal),
    /// The plan takes more than the cap and was not consented to.
    #[error("the plan takes more than its cap: it needs --consent {0}")]
    Consent(String),
    /// The store cannot be looked at again, or the journal cannot be written.
    #[error(transparent)]
    Disk(#[from] io::Error),
}

/// What a run did.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub struct Done {
    /// Ids that are marked now.
    pub marked: u64,
    /// Ids that were moved to cold storage.
    pub archived: Vec<Target>,
    /// Ids that the plan would take and that were left, with the reason.
    pub skipped: Vec<(Target, String)>,
    /// Ids of which a live body appeared again after they were moved: somebody had it open and wrote on.
    pub late_writes: Vec<Target>,
}

/// Carries out a plan. `consent`: the digest that the operator agreed to.
///
/// # Errors
/// [`Stop`].
pub fn carry_out(
    hands: &Hands<'_>,
    journal: &mut Journal<'_>,
    plan: &Plan,
    consent: Option<&str>,
) -> Result<Done, Stop> {
    let head = &plan.head;
    if !(head.made..head.expires).contains(&hands.now) {
        return Err(Stop::Expired);
    }
    if let Some(refusal) = head.refusals.first() {
        return Err(Stop::Refused(refusal.clone()));
    }
    held(hands)?;
    let consented = consent == Some(plan.digest.as_str());
    if head.totals.is_over(&head.policy) && !consented {
        return Err(Stop::Consent(plan.digest.clone()));
    }
    let mut done = Done::default();
    let fresh = look(hands)?;
    // Lists that grew since the plan was made: what they name now is not touched (F16).
    let wanted = fresh.wanted(&head.policy, hands.now);
    for entry in &plan.entries {
        let may = match &entry.does {
            Does::Wait { wait: Wait::Mark } => {
                mark(hands, journal, &entry.id)?;
                done.marked += 1;
                continue;
            }
            Does::Take { reason } => Some(reason),
            // The one wait that consent to this very plan can end.
            Does::Wait { wait: Wait::Accounts(_) } if consented => None,
            Does::Keep { .. } if journal.marked_since(&entry.id).is_some() => {
                note(hands, journal, &entry.id, Act::Unmark)?;
                continue;
            }
            _ => continue,
        };
        held(hands)?;
        let reason = may.map_or("INACTIVE", String::as_str);
        let taken = match &entry.id {
            Target::Item(id) if wanted.pinned.contains_key(id) || wanted.doubtful.contains_key(id) => {
                Err("an account names it now".to_owned())
            }
            Target::Item(id) => {
                hands.archive(journal, id, reason, entry.seen).map_err(|error| error.to_string())
            }
            Target::PinLog(key) if !wanted.inactive.contains(key) => {
                Err("the account is active now".to_owned())
            }
            Target::PinLog(key) => hands.archive_pin_log(journal, key).map_err(|error| error.to_string()),
        };
        match taken {
            Ok(()) => done.archived.push(entry.id.clone()),
            Err(why) => done.skipped.push((entry.id.clone(), why)),
        }
    }
    done.late_writes = late_writes(hands, &done.archived)?;
    Ok(done)
}

/// Finishes what a killed run left half-done, before anything else begins.
///
/// # Errors
/// [`ActError`] of the first that cannot be finished.
pub fn finish(hands: &Hands<'_>, journal: &mut Journal<'_>) -> Result<Vec<Target>, ActError> {
    let mut finished = Vec::new();
    for record in journal.unfinished() {
        match (&record.id, record.act) {
            (Target::Item(id), Act::Archive) => hands.archive(journal, id, &record.reason, None)?,
            (Target::Item(id), Act::Restore) => hands.restore(journal, id)?,
            (Target::Item(id), Act::Aside) => drop(hands.aside(journal, id)?),
            (Target::PinLog(key), Act::Archive) => hands.archive_pin_log(journal, key)?,
            _ => continue,
        }
        finished.push(record.id);
    }
    Ok(finished)
}

/// A hold that cannot be read is a hold.
fn held(hands: &Hands<'_>) -> Result<(), Stop> {
    match hold::read(hands.disk, hands.paths)? {
        Some(hold) => Err(Stop::Hold(hold.why)),
        None => Ok(()),
    }
}

fn look(hands: &Hands<'_>) -> Result<Survey, Stop> {
    survey(hands.disk, hands.paths, hands.now, &mut |_, _| ()).map_err(Stop::Refused)
}

fn mark(hands: &Hands<'_>, journal: &mut Journal<'_>, id: &Target) -> io::Result<()> {
    if journal.marked_since(id).is_some() { Ok(()) } else { note(hands, journal, id, Act::Mark) }
}

fn note(hands: &Hands<'_>, journal: &mut Journal<'_>, id: &Target, act: Act) -> io::Result<()> {
    journal.note(Record {
        at: hands.now,
        run: hands.run.clone(),
        act,
        id: id.clone(),
        step: Step::Done,
        reason: String::new(),
        generation: None,
        bytes: 0,
    })
}

fn late_writes(hands: &Hands<'_>, archived: &[Target]) -> io::Result<Vec<Target>> {
    let mut late = Vec::new();
    for target in archived {
        if let Target::Item(id) = target
            && stat_if_there(hands.disk, &hands.paths.live(id).body)?.is_some()
        {
            late.push(target.clone());
        }
    }
    Ok(late)
}
