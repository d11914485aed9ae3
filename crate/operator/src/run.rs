//! Carrying out a plan: mark, move, look again.

use crate::archive::{ActError, Hands};
use crate::clock::{Clock, ClockError, Watch, compare};
use crate::cooling::{Together, Wish};
use crate::hold;
use crate::journal::{Act, Journal, Record, Step, Target};
use crate::plan::{Does, Plan, Purpose};
use crate::state::first_replaced;
use crate::survey::{Refusal, Survey, Wanted, watched};
use crate::waits::Wait;
use pinfold_datadir::disk::stat_if_there;
use pinfold_datadir::id::KeyName;
use serde::Serialize;
use std::io;

/// After so many documents the pin logs are looked at again.
pub(crate) const BATCH: usize = 256;
/// One of so many moved documents is read back.
const SAMPLE: usize = 100;
/// So many documents take each step together.
const GROUP: usize = 32;
/// How long after the last move a body that appears again is looked for, in ms: a message that was under way lands by then.
const SETTLE: u64 = 3_000;

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
    /// The plan is for something else.
    #[error("the plan is for the other of archive and purge")]
    Purpose,
    /// A pin log is not what the plan saw.
    #[error("the pin log {0} was replaced or cut since the plan was made: make a new one")]
    State(KeyName),
    /// Cold storage was emptied less than a week ago.
    #[error("cold storage was emptied less than a week ago: not before {0}")]
    TooSoon(i64),
    /// The clocks cannot be trusted, or the process slept.
    #[error(transparent)]
    Clock(#[from] ClockError),
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
    /// Ids that were removed from cold storage, for ever.
    pub removed: Vec<Target>,
    /// Ids that the plan would take and that were left, with the reason.
    pub skipped: Vec<(Target, String)>,
    /// Ids that were moved while an account began to name them, and were moved back at once.
    pub moved_back: Vec<Target>,
    /// Ids of which a live body appeared again after they were moved: somebody had it open and wrote on.
    pub late_writes: Vec<Target>,
    /// How many copies were read back and compared.
    pub read_back: u64,
    /// Copies that are not what was moved.
    pub damaged: Vec<Target>,
    /// Whether somebody ended it, between two ids, before the plan was carried out.
    pub ended: bool,
}

impl Done {
    fn note(&mut self, target: Target, taken: Result<(), ActError>) {
        match taken {
            Ok(()) => self.archived.push(target),
            Err(error) => self.skipped.push((target, error.to_string())),
        }
    }
}

/// What has to hold before a plan is carried out.
pub(crate) fn check_plan(
    hands: &Hands<'_>,
    plan: &Plan,
    purpose: Purpose,
    consent: Option<&str>,
) -> Result<bool, Stop> {
    let head = &plan.head;
    if head.purpose != purpose {
        return Err(Stop::Purpose);
    }
    if !(head.made..head.expires).contains(&hands.now) {
        return Err(Stop::Expired);
    }
    if let Some(refusal) = head.refusals.first() {
        return Err(Stop::Refused(refusal.clone()));
    }
    held(hands)?;
    let consented = consent == Some(plan.digest.as_str());
    if plan.needs_consent() && !consented {
        return Err(Stop::Consent(plan.digest.clone()));
    }
    Ok(consented)
}

/// Looks at the store again, and compares it with what the plan saw. Nothing is taken before this look ended.
pub(crate) fn look(hands: &Hands<'_>, clock: &dyn Clock, plan: &Plan) -> Result<Survey, Stop> {
    let fresh = watched(hands.disk, hands.paths, clock, hands.going).map_err(Stop::Refused)?;
    if let Some(refusal) = fresh.refusals(hands.paths, plan.head.declared).into_iter().next() {
        return Err(Stop::Refused(refusal));
    }
    match first_replaced(hands.disk, &fresh, &plan.logs).map_err(Stop::Refused)? {
        Some(log) => Err(Stop::State(log)),
        None => Ok(fresh),
    }
}

/// Carries out a plan. `consent`: the digest that the operator agreed to.
///
/// # Errors
/// [`Stop`].
pub fn carry_out(
    hands: &Hands<'_>,
    clock: &dyn Clock,
    journal: &mut Journal<'_>,
    plan: &Plan,
    consent: Option<&str>,
) -> Result<Done, Stop> {
    let head = &plan.head;
    let consented = check_plan(hands, plan, Purpose::Archive, consent)?;
    let watch = Watch::since(clock, hands.now);
    compare(hands.disk, &hands.paths.state, clock)?;
    watch.awake()?;
    let mut done = Done::default();
    let mut fresh = look(hands, clock, plan)?;
    // Lists that grew since the plan was made: what they name now is not touched (F16).
    let mut wanted = fresh.wanted(&head.policy, hands.now);
    let of = plan.entries.len();
    let mut group = Group::default();
    // Whether a list changed since the plan was made: every look finds only what changed since the look before it.
    let mut changed = false;
    for (at, entry) in plan.entries.iter().enumerate() {
        if hands.going.ends() {
            done.ended = true;
            break;
        }
        hands.going.told("carrying out the plan", at, of);
        let reason = match &entry.does {
            Does::Wait { wait: Wait::Mark } => {
                watch.awake()?;
                done.marked += 1;
                if journal.marked_since(&entry.id).is_none() {
                    group.notes.push(hands.record(Act::Mark, &entry.id, Step::Done));
                }
                continue;
            }
            Does::Take { reason } => reason,
            // The one wait that consent to this very plan can end.
            Does::Wait { wait: Wait::Accounts(_) } if consented => "INACTIVE",
            Does::Keep { .. } if journal.marked_since(&entry.id).is_some() => {
                group.notes.push(hands.record(Act::Unmark, &entry.id, Step::Done));
                continue;
            }
            _ => continue,
        };
        held(hands)?;
        watch.awake()?;
        group.acts += 1;
        if group.acts.is_multiple_of(BATCH)
            && fresh.look_at_pins_again(hands.disk, hands.paths, hands.now).map_err(Stop::Refused)?
        {
            changed = true;
            wanted = fresh.wanted(&head.policy, hands.now);
            group.drop_what_is_wanted(&wanted, &mut done);
        }
        match &entry.id {
            Target::Item(id) if wanted.wants(id).is_some() => {
                done.skipped.push((entry.id.clone(), "an account names it now".to_owned()));
            }
            Target::Item(id) => {
                let sample = group.taken.is_multiple_of(SAMPLE);
                group.taken += 1;
                group.wishes.push(Wish { id, reason, seen: entry.seen, sample });
            }
            Target::PinLog(key) if !wanted.inactive.contains(key) => {
                done.skipped.push((entry.id.clone(), "the account is active now".to_owned()));
            }
            Target::PinLog(key) => {
                // What the account alone wanted goes before its list, so that a run that is cut does not lose sight of it.
                group.go(hands, &watch, journal, &mut done)?;
                let taken = hands.archive_pin_log(journal, key);
                done.note(entry.id.clone(), taken);
            }
            _ => {}
        }
        if group.wishes.len() == GROUP || group.notes.len() == BATCH {
            group.go(hands, &watch, journal, &mut done)?;
        }
    }
    group.go(hands, &watch, journal, &mut done)?;
    hands.going.told("carrying out the plan", of, of);
    changed |= fresh.look_at_pins_again(hands.disk, hands.paths, hands.now).map_err(Stop::Refused)?;
    if changed && !done.archived.is_empty() {
        rescue(hands, journal, &fresh.wanted(&head.policy, hands.now), &mut done)?;
    }
    if !done.archived.is_empty() {
        clock.pause(SETTLE);
    }
    done.late_writes = late_writes(hands, &done.archived)?;
    read_back(hands, journal, &mut done)?;
    Ok(done)
}

/// What is done at once: for each of these by itself the disk would be waited for many times.
#[derive(Default)]
struct Group<'a> {
    wishes: Vec<Wish<'a>>,
    notes: Vec<Record>,
    acts: usize,
    taken: usize,
}

impl Group<'_> {
    /// What an account began to name after it was collected is not moved.
    fn drop_what_is_wanted(&mut self, wanted: &Wanted, done: &mut Done) {
        self.wishes.retain(|wish| {
            let stays = wanted.wants(wish.id).is_some();
            if stays {
                done.skipped.push((Target::Item(wish.id.clone()), "an account names it now".to_owned()));
            }
            !stays
        });
    }

    fn go(
        &mut self,
        hands: &Hands<'_>,
        watch: &Watch<'_>,
        journal: &mut Journal<'_>,
        done: &mut Done,
    ) -> Result<(), Stop> {
        let notes = std::mem::take(&mut self.notes);
        journal.together(|journal| notes.into_iter().try_for_each(|note| journal.note(note)))?;
        let wishes = std::mem::take(&mut self.wishes);
        // Once more before anything is taken away: a hold, or a sleep, that came meanwhile leaves all of them where they are.
        let mut go_on = || held(hands).and_then(|()| Ok(watch.awake()?));
        match hands.archive_together(journal, &wishes, &mut go_on)? {
            Together::Each(each) => {
                for (wish, taken) in wishes.iter().zip(each) {
                    done.note(Target::Item(wish.id.clone()), taken);
                }
                Ok(())
            }
            Together::Not(stop) => Err(stop),
        }
    }
}

/// Moves back what an account began to name between the last look at the pin logs and the move (F16).
fn rescue(
    hands: &Hands<'_>,
    journal: &mut Journal<'_>,
    wanted: &Wanted,
    done: &mut Done,
) -> Result<(), Stop> {
    for target in std::mem::take(&mut done.archived) {
        let Target::Item(id) = &target else {
            done.archived.push(target);
            continue;
        };
        match wanted.wants(id).map(|_| hands.restore(journal, id)) {
            None => done.archived.push(target),
            Some(Ok(())) => done.moved_back.push(target),
            // Its user wrote on before it came back: a conflict, and the look for late writes tells it.
            Some(Err(ActError::Conflict)) => done.archived.push(target),
            Some(Err(error)) => return Err(Stop::Disk(io::Error::other(error.to_string()))),
        }
    }
    Ok(())
}

/// Reads back what the journal has a digest of, and looks whether everything that was moved is there.
fn read_back(hands: &Hands<'_>, journal: &Journal<'_>, done: &mut Done) -> io::Result<()> {
    for target in &done.archived {
        let Target::Item(id) = target else { continue };
        let Some(last) = journal.last(target) else { continue };
        let archived = hands.paths.archived(id);
        // A body that was written on after it was moved, through a handle that was open, is longer, and no damage.
        let there = hands.bytes(&archived).map_err(io::Error::other)? >= last.bytes;
        done.read_back += u64::from(last.sha256.is_some());
        let whole = there && last.is_whole(hands.disk, &archived.body).unwrap_or(false);
        if !whole && !done.late_writes.contains(target) {
            done.damaged.push(target.clone());
        }
    }
    Ok(())
}

/// Finishes what a killed run left half-done, before anything else begins.
///
/// # Errors
/// [`ActError`] of the first that cannot be finished.
pub fn finish(hands: &Hands<'_>, journal: &mut Journal<'_>) -> Result<Vec<Target>, ActError> {
    let mut finished = Vec::new();
    for record in journal.unfinished() {
        if hands.going.ends() {
            break;
        }
        if record.act == Act::Archive && hands.not_begun(journal, &record)? {
            continue;
        }
        match (&record.id, record.act) {
            // With a conflict it has ended too: both sides are kept, and told as one.
            (Target::Item(id), Act::Archive) => tolerated(hands.archive(journal, id, &record.reason, None))?,
            (Target::Item(id), Act::Restore) => tolerated(hands.restore(journal, id))?,
            (Target::Item(id), Act::Aside) => drop(hands.aside(journal, id)?),
            (Target::Item(id), Act::ColdAside) => hands.archived_apart(journal, id)?,
            (Target::Item(id), Act::Trim) => hands.trim(journal, id, &record.reason)?,
            (Target::Item(id), Act::Remove) => hands.finish_removal(journal, id, record.generation)?,
            (Target::PinLog(key), Act::Archive) => hands.archive_pin_log(journal, key)?,
            (Target::PinLog(key), Act::Restore) => hands.restore_pin_log(journal, key)?,
            (Target::Block(key), Act::Archive) => hands.archive_block(journal, key, &record.reason)?,
            (Target::Block(key), Act::Restore) => hands.restore_block(journal, key)?,
            (Target::Report(key), Act::Archive) => {
                hands.archive_account(journal, key, None, &record.reason)?;
            }
            (Target::Report(key), Act::Aside) => hands.report_apart(journal, key)?,
            (Target::Task(name), _) => {
                let (day, name) = name.split_once('/').unwrap_or(("", name));
                hands.finish_task(journal, day, name)?;
            }
            // Without the new bytes nothing can be finished; the old block is at one of its places.
            (_, Act::Replace) => hands.note(journal, Record { step: Step::Undone, ..record.clone() })?,
            _ => continue,
        }
        finished.push(record.id);
    }
    Ok(finished)
}

/// What stopped at a conflict is finished: neither side was touched, and the journal says that it was taken back.
fn tolerated(done: Result<(), ActError>) -> Result<(), ActError> {
    match done {
        Err(ActError::Conflict) => Ok(()),
        done => done,
    }
}

/// A hold that cannot be read is a hold.
pub(crate) fn held(hands: &Hands<'_>) -> Result<(), Stop> {
    match hold::read(hands.disk, hands.paths)? {
        Some(hold) => Err(Stop::Hold(hold.why)),
        None => Ok(()),
    }
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
