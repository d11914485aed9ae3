//! Carrying out a plan: mark, move, look again.

mod back;

use crate::archive::{ActError, Hands};
use crate::clock::{Clock, Watch, compare};
use crate::cooling::{GROUP, Together, Wish};
use crate::journal::{Act, Journal, Record, Seen, Step, Target, UnderWay};
use crate::named::logs_of;
use crate::notices::{is_due, sent};
use crate::plan::{Does, Plan, Purpose};
use crate::state::first_replaced;
pub use crate::stop::Stop;
pub(crate) use crate::stop::held;
use crate::survey::{Survey, watched_for_a_run};
use crate::waits::Wait;
use crate::wanted::Wanted;
use pinfold_datadir::id::ItemId;
use serde::Serialize;
use std::io;

/// After so many documents the pin logs are looked at again, or after a quarter as many as there are pin logs: a look at a million of them
/// must not come with every few documents. What an account began to name meanwhile is moved back by the last look.
pub(crate) const BATCH: usize = 256;
/// One of so many moved documents is read back.
const SAMPLE: usize = 100;
const NAMED: &str = "an account names it now";
const NO_NOTICE: &str = "an account that gets notices named it once, and was sent none since it was marked, or not long enough ago";

/// What a run did.
#[derive(Debug, Default, Serialize)]
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
    /// Ids that an account began to name meanwhile, and that could not be moved back, with the reason. They lie in cold storage.
    pub not_moved_back: Vec<(Target, String)>,
    /// Ids of which a live body appeared again after they were moved: somebody had it open and wrote on.
    pub late_writes: Vec<Target>,
    /// How many copies were read back and compared.
    pub read_back: u64,
    /// Copies that are not what was moved.
    pub damaged: Vec<Target>,
    /// Whether somebody ended it, between two ids, before the plan was carried out.
    pub ended: bool,
    /// What stopped it before the plan was carried out. What was done before is done, and told here.
    pub stop: Option<Stop>,
    /// Why what was moved was not looked at to the end: what an account began to name meanwhile, what is written to, and damaged copies may
    /// be missing here. `check` finds them.
    pub not_looked_back: Option<Stop>,
    /// How many ids the plan would take that this run did not come to.
    pub not_reached: u64,
}

impl Done {
    fn note(&mut self, target: Target, taken: Result<(), ActError>) -> Result<(), Stop> {
        match taken {
            Ok(()) => self.archived.push(target),
            Err(error) if error.ends_the_run() => return Err(error.into()),
            Err(error) => self.skipped.push((target, error.to_string())),
        }
        Ok(())
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
    let by = (&plan.head.policy, hands.now);
    let fresh = watched_for_a_run(hands.disk, hands.paths, clock, hands.going, by).map_err(Stop::Refused)?;
    if let Some(refusal) = fresh.refusals(hands.paths, plan.head.declared).into_iter().next() {
        return Err(Stop::Refused(refusal));
    }
    match first_replaced(hands.disk, hands.paths, &fresh, &plan.logs).map_err(Stop::Refused)? {
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
    let consented = check_plan(hands, plan, Purpose::Archive, consent)?;
    let watch = Watch::since(clock, hands.now);
    compare(hands.disk, &hands.paths.state, clock)?;
    watch.awake()?;
    let mut fresh = look(hands, clock, plan)?;
    journal.saw_logs(logs_of(&fresh));
    let mut done = Done::default();
    // From here on what was done is told, whatever stops the rest.
    let mut run = Run { hands, watch: &watch, plan, consented, changed: false };
    let went = run.go(journal, &mut fresh, &mut done);
    let taken = plan.entries.iter().filter(|entry| run.reason(&entry.does).is_some()).count();
    done.not_reached = taken.saturating_sub(done.archived.len() + done.skipped.len()) as u64;
    let looked = run.look_back(clock, journal, &mut fresh, &mut done);
    // Both count: what stopped the rest does not hide that the last look was not made.
    done.not_looked_back = looked.err();
    done.stop = went.err();
    Ok(done)
}

/// A plan under way.
struct Run<'a> {
    hands: &'a Hands<'a>,
    watch: &'a Watch<'a>,
    plan: &'a Plan,
    consented: bool,
    /// Whether a list changed since the plan was made: every look finds only what changed since the look before it.
    changed: bool,
}

impl Run<'_> {
    /// Why an entry is taken, if it is.
    fn reason<'e>(&self, does: &'e Does) -> Option<&'e str> {
        match does {
            Does::Take { reason } => Some(reason),
            // The one wait that consent to this very plan can end.
            Does::Wait { wait: Wait::Accounts(_) } if self.consented => Some("INACTIVE"),
            _ => None,
        }
    }

    fn go(&mut self, journal: &mut Journal<'_>, fresh: &mut Survey, done: &mut Done) -> Result<(), Stop> {
        let (hands, plan) = (self.hands, self.plan);
        // Lists that grew since the plan was made: what they name now is not touched (F16).
        let mut wanted = fresh.wanted(&plan.head.policy, hands.now);
        // What is no candidate any more is on the disk as such before anything else is done.
        journal.together(|journal| {
            let mut kept = plan.entries.iter().filter(|entry| matches!(entry.does, Does::Keep { .. }));
            kept.try_for_each(|entry| unmark(hands, journal, &entry.id))
        })?;
        let sent = sent(hands.disk, &hands.paths.state)?;
        let of = plan.entries.len();
        let mut group = Group::default();
        for (at, entry) in plan.entries.iter().enumerate() {
            if hands.going.ends() {
                done.ended = true;
                break;
            }
            hands.going.told("carrying out the plan", at, of);
            let under_way = journal.is_under_way(&entry.id);
            if let Does::Wait { wait: Wait::Mark } = &entry.does {
                self.watch.awake()?;
                // What an earlier act has left under way is no candidate before that has ended.
                if under_way {
                    continue;
                }
                match journal.marked_since(&entry.id) {
                    Some(_) => done.marked += 1,
                    None => group.notes.push(hands.record(Act::Mark, &entry.id, Step::Done)),
                }
                continue;
            }
            let Some(reason) = self.reason(&entry.does) else { continue };
            if under_way {
                done.skipped.push((entry.id.clone(), UnderWay.to_string()));
                continue;
            }
            if let Does::Wait { wait: Wait::Accounts(keys) } = &entry.does {
                let (marked, before) =
                    (journal.marked_since(&entry.id), plan.head.policy.noticed_before(hands.now));
                if keys.iter().any(|key| is_due(&sent, key, marked, before)) {
                    done.skipped.push((entry.id.clone(), NO_NOTICE.to_owned()));
                    continue;
                }
            }
            // A group asks for itself before anything of it is taken away.
            if group.wishes.is_empty() || !matches!(entry.id, Target::Item(_)) {
                held(hands)?;
            }
            self.watch.awake()?;
            group.acts += 1;
            if group.acts.is_multiple_of(BATCH.max(fresh.accounts.len() / 4))
                && fresh.look_at_pins_again(hands.disk, hands.paths, hands.now).map_err(Stop::Refused)?
            {
                self.changed = true;
                wanted = fresh.wanted(&plan.head.policy, hands.now);
                group.drop_what_is_wanted(hands, journal, &wanted, done)?;
            }
            match &entry.id {
                Target::Item(id) if wanted.wants(id).is_some() => {
                    unmark(hands, journal, &entry.id)?;
                    done.skipped.push((entry.id.clone(), NAMED.to_owned()));
                }
                Target::Item(id) => {
                    let sample = group.taken.is_multiple_of(SAMPLE);
                    group.taken += 1;
                    let wish = Wanting { id: id.clone(), reason: reason.into(), seen: entry.seen, sample };
                    group.wishes.push(wish);
                }
                Target::PinLog(key) if !wanted.inactive.contains(key) => {
                    unmark(hands, journal, &entry.id)?;
                    done.skipped.push((entry.id.clone(), "the account is active now".to_owned()));
                }
                Target::PinLog(key) => {
                    // What the account alone wanted goes before its list, so that a run that is cut does not lose sight of it.
                    group.go(hands, self.watch, journal, done)?;
                    let taken = hands.archive_seen_pin_log(journal, key, entry.seen);
                    done.note(entry.id.clone(), taken)?;
                }
                _ => {}
            }
            if group.wishes.len() == GROUP || group.notes.len() == BATCH {
                group.go(hands, self.watch, journal, done)?;
            }
        }
        group.go(hands, self.watch, journal, done)?;
        hands.going.told("carrying out the plan", of, of);
        Ok(())
    }
}

/// Says that something is no candidate any more. Nobody who comes back finds it half-way gone.
fn unmark(hands: &Hands<'_>, journal: &mut Journal<'_>, id: &Target) -> io::Result<()> {
    match journal.marked_since(id) {
        Some(_) => journal.note(hands.record(Act::Unmark, id, Step::Done)),
        None => Ok(()),
    }
}

/// A [`Wish`] that outlives the line of the plan it was read from.
struct Wanting {
    id: ItemId,
    reason: Box<str>,
    seen: Option<Seen>,
    sample: bool,
}

impl Wanting {
    fn wish(&self) -> Wish<'_> {
        Wish { id: &self.id, reason: &self.reason, seen: self.seen, sample: self.sample }
    }
}

/// What is done at once: for each of these by itself the disk would be waited for many times.
#[derive(Default)]
struct Group {
    wishes: Vec<Wanting>,
    notes: Vec<Record>,
    acts: usize,
    taken: usize,
}

impl Group {
    /// What an account began to name after it was collected is not moved.
    fn drop_what_is_wanted(
        &mut self,
        hands: &Hands<'_>,
        journal: &mut Journal<'_>,
        wanted: &Wanted,
        done: &mut Done,
    ) -> io::Result<()> {
        let (stay, go): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.wishes).into_iter().partition(|wish| wanted.wants(&wish.id).is_some());
        self.wishes = go;
        for wish in stay {
            let id = Target::Item(wish.id);
            unmark(hands, journal, &id)?;
            done.skipped.push((id, NAMED.to_owned()));
        }
        Ok(())
    }

    fn go(
        &mut self,
        hands: &Hands<'_>,
        watch: &Watch<'_>,
        journal: &mut Journal<'_>,
        done: &mut Done,
    ) -> Result<(), Stop> {
        let notes = std::mem::take(&mut self.notes);
        let marks = notes.len() as u64;
        journal.together(|journal| notes.into_iter().try_for_each(|note| journal.note(note)))?;
        done.marked += marks;
        let owned = std::mem::take(&mut self.wishes);
        let wishes: Vec<Wish<'_>> = owned.iter().map(Wanting::wish).collect();
        // Once more before anything is taken away: a hold, or a sleep, that came meanwhile leaves all of them where they are.
        let mut go_on = || held(hands).and_then(|()| Ok(watch.awake()?));
        match hands.archive_together(journal, &wishes, &mut go_on)? {
            Together::Each(each) => {
                let each = wishes.iter().zip(each);
                each.into_iter().try_for_each(|(wish, taken)| done.note(Target::Item(wish.id.clone()), taken))
            }
            Together::Not(stop) => Err(stop),
        }
    }
}
