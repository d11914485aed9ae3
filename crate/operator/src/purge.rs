//! Emptying cold storage: the one thing this project does that cannot be taken back (`docs/OPERATIONS.md` 2.2 and 5.8).
//!
//! A copy goes only when its time is over, counted from the journal or from the first walk that saw it, when two complete walks saw it
//! since, when nobody pins it, when nobody took it into a list and off it again in that time, and when no live document has its id: never a
//! side of a conflict.

use crate::archive::{ActError, Hands};
use crate::clock::{Clock, Watch, compare};
use crate::cold::{FirstSeen, item};
use crate::copies::{Judged, Judging, copies, files_of};
use crate::elsewhere::kept;
use crate::journal::{Act, Journal, Record, Seen, Step, Target, UnderWay};
use crate::last_named::LastNamed;
use crate::named::logs_of;
use crate::plan::{Does, Entry, Grounds, Plan, Purpose, seen};
use crate::policy::DAY;
use crate::run::{BATCH, Done, Stop, check_plan, held, look};
use crate::survey::{Refusal, Survey};
use pinfold_datadir::disk::stat_if_there;
use pinfold_datadir::id::ItemId;
use pinfold_datadir::moves::{at, drop_name};
use pinfold_datadir::shelf::Shelf;
use std::collections::{BTreeMap, BTreeSet};

/// Cold storage is emptied once a week at most.
const WEEK: i64 = 7 * DAY;

/// Why a copy in an object store stays.
const NO_SHELF: &str = "it lies in an object store, which was not named";

/// How long a look at the pin logs counts, in ms, where looking is quick.
const LOOK: i64 = 1_000;

/// Judges every copy in cold storage.
///
/// # Errors
/// [`Refusal::Incomplete`], when a folder of older copies or a placeholder cannot be read.
pub fn plan(grounds: &Grounds<'_>, first_seen: &FirstSeen) -> Result<Plan, Refusal> {
    let Grounds { disk, survey, paths, policy, now, .. } = *grounds;
    let copies = copies(disk, paths, survey)
        .map_err(|error| Refusal::Incomplete(paths.archive.clone(), error.to_string()))?;
    let elsewhere = kept(grounds.journal).map(|kept| kept.id.clone());
    let ids = copies.iter().map(|copy| copy.id.clone()).chain(elsewhere).collect();
    let mut written: BTreeMap<ItemId, i64> = BTreeMap::new();
    for copy in &copies {
        let newest = copy.parts.iter().map(|(_, stat)| stat.mtime).max().unwrap_or(i64::MAX);
        let known = written.entry(copy.id.clone()).or_insert(newest);
        *known = newest.max(*known);
    }
    let judging = Judging {
        written,
        last_named: LastNamed::read(disk, paths, now, &ids)?,
        wanted: survey.wanted(policy, now),
        live: &survey.live,
    };
    let mut entries = Vec::with_capacity(copies.len());
    for copy in copies {
        let target = Target::Item(copy.id.clone());
        let since = match copy.generation {
            None => grounds.journal.archived_at(&target).or_else(|| first_seen.since(&copy.id)),
            Some(n) => grounds.journal.generation_at(&target, n).or_else(|| first_seen.since(&copy.id)),
        };
        let changed = copy.parts.iter().map(|(_, stat)| stat.ctime).max().unwrap_or(i64::MAX);
        let does = judging.judge(grounds, Judged { id: &copy.id, changed, written: i64::MIN, since })?;
        let main = copy.parts.last().map(|(_, stat)| seen(stat));
        let bytes = copy.parts.iter().map(|(_, stat)| stat.size).sum();
        entries.push(Entry { id: target, does, bytes, seen: main, generation: copy.generation });
    }
    entries.extend(crate::elsewhere::entries(grounds, first_seen, &judging)?);
    Plan::of(grounds, Purpose::Purge, entries.into_iter().collect())
}

/// Carries out a plan of removals.
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
    carry_out_with(hands, clock, journal, plan, consent, None)
}

/// The same. What the plan removes from an object store is removed from this one; without a store it stays.
///
/// # Errors
/// [`Stop`].
pub fn carry_out_with(
    hands: &Hands<'_>,
    clock: &dyn Clock,
    journal: &mut Journal<'_>,
    plan: &Plan,
    consent: Option<&str>,
    shelf: Option<&dyn Shelf>,
) -> Result<Done, Stop> {
    check_plan(hands, plan, Purpose::Purge, consent)?;
    let watch = Watch::since(clock, hands.now);
    compare(hands.disk, &hands.paths.state, clock)?;
    watch.awake()?;
    let last = journal.removed_by_others(&hands.run);
    if let Some(last) = last.filter(|last| last.saturating_add(WEEK) > hands.now) {
        return Err(Stop::TooSoon(last.saturating_add(WEEK)));
    }
    let mut fresh = look(hands, clock, plan)?;
    journal.saw_logs(logs_of(&fresh));
    let mut done = Done::default();
    let went = remove_all(hands, (clock, &watch), journal, plan, (&mut fresh, shelf), &mut done);
    let all = plan.entries.iter().filter(|entry| matches!(entry.does, Does::Remove { .. })).count();
    done.not_reached = all.saturating_sub(done.removed.len() + done.skipped.len()) as u64;
    done.stop = went.err();
    Ok(done)
}

fn remove_all(
    hands: &Hands<'_>,
    (clock, watch): (&dyn Clock, &Watch<'_>),
    journal: &mut Journal<'_>,
    plan: &Plan,
    (fresh, shelf): (&mut Survey, Option<&dyn Shelf>),
    done: &mut Done,
) -> Result<(), Stop> {
    let mut wanted = fresh.wanted(&plan.head.policy, hands.now);
    // Lists may have named something since the plan was made and let it go again: the lists of now do not tell.
    let ids: BTreeSet<ItemId> = plan.entries.iter().filter_map(|entry| removes(&entry)).collect();
    let last_named = || LastNamed::read(hands.disk, hands.paths, hands.now, &ids).map_err(Stop::Refused);
    let mut last = last_named()?;
    let before = hands.now.saturating_sub(plan.head.policy.cold_days.saturating_mul(DAY));
    let of = plan.entries.len();
    let (mut acts, mut looked, mut took) = (0_usize, clock.steady(), 0);
    for (at, entry) in plan.entries.iter().enumerate() {
        hands.going.told("emptying cold storage", at, of);
        let elsewhere = crate::elsewhere::removed(&entry);
        let id = match (&entry.does, &entry.id) {
            (Does::Remove { .. }, Target::Item(id) | Target::Older(id, _)) => id,
            _ => continue,
        };
        if hands.going.ends() {
            done.ended = true;
            break;
        }
        held(hands)?;
        watch.awake()?;
        acts += 1;
        // Nothing brings back what goes here: the lists are looked at every second, or as often as a fifth of the time allows.
        let began = clock.steady();
        if acts.is_multiple_of(BATCH) || began.saturating_sub(looked) > LOOK.max(4 * took) {
            if fresh.look_at_pins_again(hands.disk, hands.paths, hands.now).map_err(Stop::Refused)? {
                wanted = fresh.wanted(&plan.head.policy, hands.now);
                last = last_named()?;
            }
            looked = clock.steady();
            took = looked.saturating_sub(began);
        }
        let for_activity = !matches!(hands.why(id), Ok(crate::restore::Why::Decided(_)));
        let removed = if for_activity && wanted.wants(id).is_some() {
            Err("an account names it now".to_owned())
        } else if for_activity && last.at(id).is_some_and(|named| named > before) {
            Err("an account named it not long ago".to_owned())
        } else {
            let removed = match (elsewhere, shelf) {
                (None, _) => hands.remove(journal, &entry, id),
                (Some((id, n)), Some(shelf)) => hands.remove_elsewhere(journal, shelf, id, n),
                (Some(_), None) => {
                    done.skipped.push((entry.id.clone(), NO_SHELF.to_owned()));
                    continue;
                }
            };
            match removed {
                Err(error) if error.ends_the_run() => return Err(error.into()),
                removed => removed.map_err(|error| error.to_string()),
            }
        };
        match removed {
            Ok(()) => done.removed.push(entry.id.clone()),
            Err(why) => done.skipped.push((entry.id.clone(), why)),
        }
    }
    hands.going.told("emptying cold storage", of, of);
    Ok(())
}

impl Hands<'_> {
    fn remove(&self, journal: &mut Journal<'_>, entry: &Entry, id: &ItemId) -> Result<(), ActError> {
        // Nothing is removed over an act that did not end, an earlier removal among them.
        if journal.is_under_way(&entry.id) {
            return Err(UnderWay.into());
        }
        let now = self.seen_cold(id, entry.generation)?.ok_or(ActError::Nothing)?;
        if self.is_any(&self.paths.live(id))? {
            return Err(ActError::Conflict);
        }
        if entry.seen.is_some_and(|before| before != now) {
            return Err(ActError::Changed);
        }
        let intent = Record {
            generation: entry.generation,
            bytes: entry.bytes,
            seen: Some(now),
            ..self.record(Act::Remove, &entry.id, Step::Intent)
        };
        self.note(journal, intent.clone())?;
        self.go_on_removing(journal, id, &intent)
    }

    /// Removes what a removal that was announced has left, provided that it is what was looked at then, and that nothing is live.
    ///
    /// # Errors
    /// [`ActError`]; with [`ActError::Conflict`] and [`ActError::Changed`] what is left stays, and the journal says that it was given up.
    pub(crate) fn go_on_removing(
        &self,
        journal: &mut Journal<'_>,
        id: &ItemId,
        intent: &Record,
    ) -> Result<(), ActError> {
        let now = self.seen_cold(id, intent.generation)?;
        let stays = match now {
            _ if self.is_any(&self.paths.live(id))? => Some(ActError::Conflict),
            // The body goes last: as long as it is there it is what was looked at.
            Some(now) if intent.seen != Some(now) => Some(ActError::Changed),
            _ => None,
        };
        if let Some(why) = stays {
            self.give_up_removing(journal, intent)?;
            return Err(why);
        }
        for file in files_of(self.paths, id, intent.generation) {
            drop_name(self.disk, &file)?;
        }
        self.note(journal, Record { step: Step::Done, at: self.now, seen: None, ..intent.clone() })
    }

    pub(crate) fn give_up_removing(
        &self,
        journal: &mut Journal<'_>,
        intent: &Record,
    ) -> Result<(), ActError> {
        self.note(journal, Record { step: Step::Undone, at: self.now, seen: None, ..intent.clone() })
    }

    /// The size, time and number of a copy in cold storage. If they are the same later, the copy did not change.
    fn seen_cold(&self, id: &ItemId, generation: Option<u32>) -> Result<Option<Seen>, ActError> {
        let mut main = None;
        for file in files_of(self.paths, id, generation) {
            main = stat_if_there(self.disk, &file).map_err(at(&file))?.or(main);
        }
        Ok(main.as_ref().map(seen))
    }
}

/// The document of which a line of a plan removes a copy.
fn removes(entry: &Entry) -> Option<ItemId> {
    match (&entry.does, &entry.id) {
        (Does::Remove { .. }, Target::Item(id) | Target::Older(id, _)) => Some(id.clone()),
        _ => None,
    }
}

/// The documents that a plan removes.
pub fn removed(plan: &Plan) -> impl Iterator<Item = ItemId> {
    plan.entries
        .iter()
        .filter(|entry| matches!(entry.does, Does::Remove { .. }))
        .filter_map(|entry| item(&entry.id).cloned())
}
