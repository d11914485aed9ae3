//! What a run does with acts that another one began and did not end: a power cut, a kill, a full disk came between.
//!
//! Time has passed since. Somebody may have pinned the document, written to it or removed it, and an operator may have said `hold`. So
//! nothing is taken away because a journal says so:
//!
//! ```text
//! archive:  the live body left, and no line says that both places held it ──▶ somebody else took it, and that counts
//!           the live body is there ── no hold, not named since, not written to since ──▶ goes on
//!                                  └─ else ──▶ taken back, whole
//!           it left already ── its owner or a moderator removed it ──▶ that counts
//!                           └─ a hold, or named since ──▶ put back
//! restore:  its owner or a moderator removed it since ──▶ taken back; else goes on
//! aside:    somebody wrote to it since ──▶ taken back; made anew since ──▶ both stay; else goes on
//! trim:     a hold ──▶ waits; its owner removed it since ──▶ that counts; else goes on
//! remove:   no hold, nobody names it or did since, the same as before ──▶ goes on; else what is left stays
//! ```
//!
//! Not named: the logs of the accounts say it, and there are as many of them as the run saw that began the act.
//!
//! What cannot be finished stays under way and is told, and an operator can give it up. It takes nothing else with it. Where both places hold
//! something in the end both stay, and it is told as a conflict.

mod places;

use crate::archive::{ActError, Hands};
use crate::journal::{Act, Journal, Record, Step, Target};
use crate::last_named::LastNamed;
use crate::named::{Named, SKEW};
use crate::restore::Why;
use crate::stop::held;
use pinfold_datadir::id::ItemId;
use serde::Serialize;
use std::collections::BTreeSet;

const NAMED: &str = "an account names it now";
const LET_GO: &str = "an account named it since, and let it go again";
const BOTH: &str = "both places hold something";
const CHANGED: &str = "it changed since it was begun";
const REMOVED: &str = "its owner or a moderator removed it";
const TAKEN: &str = "it was not there any more, and this program had not taken it";
const ANEW: &str =
    "somebody made it anew since; what was there before is an older copy in archive/generations now";

/// What became of the acts that were under way.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub struct Finished {
    /// Those that are done now.
    pub finished: Vec<Target>,
    /// Those that were taken back, and why: the documents are as they were.
    pub taken_back: Vec<(Target, String)>,
    /// Those that ended with something at both places, and why they ended. Both sides are whole: `conflicts` lists them.
    pub conflicts: Vec<(Target, String)>,
    /// Those that are still under way, and why. At every place of theirs one whole copy is.
    pub left: Vec<(Target, String)>,
    /// Whether somebody ended it between two acts.
    pub ended: bool,
}

impl Finished {
    /// Whether nothing is left to do for anybody.
    pub fn is_well(&self) -> bool {
        self.left.is_empty() && self.conflicts.is_empty()
    }

    /// Whether nothing was under way.
    pub fn is_empty(&self) -> bool {
        self.finished.is_empty()
            && self.taken_back.is_empty()
            && self.conflicts.is_empty()
            && self.left.is_empty()
    }
}

/// What became of one act.
pub(crate) enum End {
    Finished,
    TakenBack(String),
    Conflict(String),
    Left(String),
}

/// Finishes what a run that was cut left under way, or takes it back, before anything else begins.
///
/// # Errors
/// [`ActError::Journal`] when the journal or a folder cannot be written.
pub fn finish(hands: &Hands<'_>, journal: &mut Journal<'_>) -> Result<Finished, ActError> {
    let mut all = Finished::default();
    let open = journal.unfinished();
    hands.settle_names(&open).map_err(ActError::Journal)?;
    let mut look = Look { open: &open, named: None, last: None };
    for record in &open {
        if hands.going.ends() {
            all.ended = true;
            break;
        }
        let id = record.id.clone();
        if let Some(why) = hands.is_away(journal, record) {
            all.left.push((id, why.to_owned()));
            continue;
        }
        match hands.end(journal, record, &mut look) {
            Ok(End::Finished) => all.finished.push(id),
            Ok(End::TakenBack(why)) => all.taken_back.push((id, why)),
            Ok(End::Conflict(why)) => all.conflicts.push((id, why)),
            Ok(End::Left(why)) => all.left.push((id, why)),
            Err(error) if error.ends_the_run() => return Err(error),
            Err(error) if journal.is_under_way(&id) => all.left.push((id, error.to_string())),
            Err(error) => all.taken_back.push((id, error.to_string())),
        }
    }
    Ok(all)
}

/// The pin logs, read when they are asked for.
struct Look<'a> {
    open: &'a [Record],
    named: Option<Result<Named, String>>,
    last: Option<Result<LastNamed, String>>,
}

impl Look<'_> {
    /// Why a document stays as far as accounts say it. Logs that cannot be read may name anything.
    fn stays(
        &mut self,
        hands: &Hands<'_>,
        intent: &Record,
        names: impl FnOnce(&Named) -> bool,
    ) -> Option<String> {
        let open = self.open;
        let named = self.named.get_or_insert_with(|| {
            Named::now(hands.disk, hands.paths, hands.now, &ids(open)).map_err(|error| error.to_string())
        });
        match named {
            Ok(named) if names(named) => Some(NAMED.to_owned()),
            Ok(named) => named.fewer_than(intent.logs),
            Err(error) => Some(format!("the pin logs could not be read: {error}")),
        }
    }

    /// Why a copy stays that was to be removed when this intent was written: whoever named it since wanted it.
    fn was_named(&mut self, hands: &Hands<'_>, id: &ItemId, intent: &Record) -> Option<String> {
        let open = self.open;
        let last = self.last.get_or_insert_with(|| {
            LastNamed::read(hands.disk, hands.paths, hands.now, &ids(open)).map_err(|error| error.to_string())
        });
        match last {
            Ok(last) => {
                last.at(id).filter(|at| *at >= intent.at.saturating_sub(SKEW)).map(|_| LET_GO.to_owned())
            }
            Err(error) => Some(format!("the pin logs could not be read: {error}")),
        }
    }
}

/// The documents of which an act is open.
fn ids(open: &[Record]) -> BTreeSet<ItemId> {
    open.iter().filter_map(|open| crate::cold::item(&open.id).cloned()).collect()
}

impl Hands<'_> {
    fn end(&self, journal: &mut Journal<'_>, record: &Record, look: &mut Look<'_>) -> Result<End, ActError> {
        let begun = journal.intent(&record.id, record.act);
        let (intent, step) = begun.unwrap_or_else(|| (record.clone(), record.step));
        match (&record.id, record.act) {
            (Target::Item(id), Act::Archive) => return self.end_archive(journal, id, intent, step, look),
            (Target::Item(id), Act::Remove) => return self.end_removal(journal, id, &intent, look),
            (Target::PinLog(_) | Target::Block(_), Act::Archive) => return self.end_single(journal, &intent),
            (Target::Item(id), Act::Restore) => {
                if self.removed_since(id, &intent)? {
                    return self.give_up(journal, &intent, REMOVED);
                }
                // With a conflict it has ended too: both sides are kept, and told as one.
                return self.ended(self.restore(journal, id));
            }
            (Target::Item(id), Act::Aside) => {
                let live = self.paths.live(id);
                if self.is_there(&live.body)? && self.seen_now(&live)? != intent.seen {
                    let folder = self.generation(id, intent.generation.unwrap_or(1));
                    if self.drop_apart(&live, &folder)? {
                        let intent = Record { generation: None, ..intent };
                        return self.give_up(journal, &intent, CHANGED);
                    }
                    // What was to be set aside is there, and what somebody made since is not ours to move.
                    return self.both_stay(journal, &intent, ANEW);
                }
                self.aside(journal, id)?;
            }
            (Target::Item(id), Act::ColdAside) => {
                let archived = self.paths.archived(id);
                // The live side was to win, and it is gone: the other one is all that there is.
                if !self.is_any(&self.paths.live(id))? {
                    let folder = self.generation(id, intent.generation.unwrap_or(1));
                    if self.drop_apart(&archived, &folder)? {
                        return self.give_up(journal, &Record { generation: None, ..intent }, REMOVED);
                    }
                    // Whoever removed it put it where the other one lay.
                    if self.is_taken(&archived, &folder)? {
                        return self.give_up(journal, &intent, REMOVED);
                    }
                }
                self.archived_apart(journal, id)?;
            }
            (Target::Item(id), Act::Trim) => {
                if let Some(why) = self.is_held() {
                    return Ok(End::Left(why));
                }
                if !self.is_there(&self.paths.live(id).body)? {
                    return self.give_up(journal, &intent, REMOVED);
                }
                return self.ended(self.trim(journal, id, &intent.reason));
            }
            (Target::PinLog(key), Act::Restore) => return self.ended(self.restore_pin_log(journal, key)),
            (Target::Block(key), Act::Restore) => return self.ended(self.restore_block(journal, key)),
            (Target::Report(key), Act::Archive) => {
                let done = match self.archive_account(journal, key, None, &intent.reason) {
                    // It was announced, and went otherwise before its report was written.
                    Err(ActError::Nothing) => return self.give_up(journal, &intent, TAKEN),
                    done => done?,
                };
                if let Some(stop) = done.stop {
                    return Ok(End::Left(stop.to_string()));
                }
                if done.ended {
                    return Ok(End::Left("somebody ended it between two documents".to_owned()));
                }
                if let Some((target, why)) = done.failed.first() {
                    return Ok(End::Left(format!("{target}: {why}")));
                }
            }
            (Target::Report(key), Act::Aside) => self.report_apart(journal, key)?,
            (Target::Task(name), _) => {
                let (day, name) = name.split_once('/').unwrap_or(("", name));
                self.finish_task(journal, day, name)?;
            }
            (Target::Older(id, n), _) => return self.end_older(journal, id, *n, &intent, step),
            // Without the new bytes nothing can be finished; the old block is at one of its places.
            (_, Act::Replace) => return self.give_up(journal, &intent, "whoever wrote it asks again"),
            _ => return Ok(End::Left("nothing is known about such an act".to_owned())),
        }
        Ok(End::Finished)
    }

    fn end_archive(
        &self,
        journal: &mut Journal<'_>,
        id: &ItemId,
        intent: Record,
        step: Step,
        look: &mut Look<'_>,
    ) -> Result<End, ActError> {
        let (live, archived) = (self.paths.live(id), self.paths.archived(id));
        self.drop_temporary(&live, &archived)?;
        // What somebody decided goes whoever names it.
        let for_activity = intent.reason == "INACTIVE";
        let mut named = |hands: &Self| match for_activity {
            true => look.stays(hands, &intent, |named| named.since(id, intent.at)),
            false => None,
        };
        let held = self.is_held();
        if !self.has_left(&live, &archived)? {
            if self.is_not_begun(id, &intent)? && step == Step::Intent {
                let intent = Record { generation: None, ..intent };
                return self.give_up(journal, &intent, "it was announced, and not begun");
            }
            let changed = match step {
                Step::Placed => self.is_another(&live, &archived, intent.seen)?,
                _ => self.seen_now(&live)? != intent.seen,
            } && self.main(&live)?.is_some();
            let why = held.clone().or_else(|| changed.then(|| CHANGED.to_owned())).or_else(|| named(self));
            if let Some(why) = why {
                return match self.take_back_cooling(journal, id, intent, step) {
                    Ok(()) => Ok(End::TakenBack(why)),
                    Err(ActError::Conflict) => Ok(End::Conflict(why)),
                    Err(error) => Err(error),
                };
            }
            return self.ended(self.archive(journal, id, &intent.reason, None));
        }
        // A body goes only after the disk has the line that says that both places hold it.
        if step != Step::Placed && self.seen_now(&live)? != intent.seen {
            return self.give_up(journal, &intent, TAKEN);
        }
        if !self.removed_since(id, &intent)? {
            let back = if for_activity { held.clone().or_else(|| named(self)) } else { None };
            if let Some(why) = back {
                return match self.restore(journal, id) {
                    Ok(()) => Ok(End::TakenBack(why)),
                    Err(ActError::Conflict) if journal.is_under_way(&intent.id) => {
                        self.both_stay(journal, &intent, &why)
                    }
                    Err(ActError::Conflict) => Ok(End::Conflict(why)),
                    Err(error) => Err(error),
                };
            }
        }
        match held {
            Some(why) => Ok(End::Left(why)),
            None => self.ended(self.archive(journal, id, &intent.reason, None)),
        }
    }

    fn end_single(&self, journal: &mut Journal<'_>, intent: &Record) -> Result<End, ActError> {
        let file = match &intent.id {
            Target::Block(key) => self.block(key),
            Target::PinLog(key) => self.pin_log(key),
            _ => return Ok(End::Left(String::new())),
        };
        let changed = self.single_seen(&file)?.is_some_and(|now| Some(now) != intent.seen);
        match self.is_held().or_else(|| changed.then(|| CHANGED.to_owned())) {
            Some(why) if self.is_there(&file.live)? => match self.take_back_single(journal, &file, intent) {
                Ok(()) => Ok(End::TakenBack(why)),
                Err(ActError::Conflict) => Ok(End::Conflict(why)),
                Err(error) => Err(error),
            },
            _ => self.ended(self.archive_single(journal, &file, &intent.reason, None)),
        }
    }

    fn end_removal(
        &self,
        journal: &mut Journal<'_>,
        id: &ItemId,
        intent: &Record,
        look: &mut Look<'_>,
    ) -> Result<End, ActError> {
        if let Some(why) = self.is_held() {
            return Ok(End::Left(why));
        }
        // What somebody decided to remove is not held by other people's lists.
        let named = match self.why(id)? {
            Why::Decided(_) => None,
            Why::Inactive | Why::Unknown => {
                look.stays(self, intent, |named| named.any(id)).or_else(|| look.was_named(self, id, intent))
            }
        };
        if let Some(why) = named {
            self.give_up_removing(journal, intent)?;
            return Ok(End::TakenBack(why));
        }
        self.ended(self.go_on_removing(journal, id, intent))
    }

    /// A conflict, or a change, ends an act too: both sides were left, and the journal says so.
    fn ended(&self, done: Result<(), ActError>) -> Result<End, ActError> {
        match done {
            Err(ActError::Conflict) => Ok(End::Conflict(BOTH.to_owned())),
            Err(ActError::Changed) => Ok(End::TakenBack(CHANGED.to_owned())),
            done => done.map(|()| End::Finished),
        }
    }

    fn both_stay(&self, journal: &mut Journal<'_>, intent: &Record, why: &str) -> Result<End, ActError> {
        self.give_up(journal, intent, why)?;
        Ok(End::Conflict(why.to_owned()))
    }

    /// Ends an act that cannot be finished as it stands, because an operator says so. Nothing is moved: what lies at its places stays there.
    ///
    /// # Errors
    /// [`ActError::Nothing`] when no act on it is under way.
    pub fn give_up_by(
        &self,
        journal: &mut Journal<'_>,
        target: &Target,
        by: &str,
        why: &str,
    ) -> Result<(), ActError> {
        let last = journal.last(target).filter(|_| journal.is_under_way(target));
        let last = last.ok_or(ActError::Nothing)?;
        let line = Record { step: Step::Undone, at: self.now, seen: None, ..last };
        self.note(journal, Record { given_up: Some(format!("{by}: {why}")), ..line })
    }

    pub(crate) fn give_up(
        &self,
        journal: &mut Journal<'_>,
        intent: &Record,
        why: &str,
    ) -> Result<End, ActError> {
        self.note(journal, Record { step: Step::Undone, at: self.now, seen: None, ..intent.clone() })?;
        Ok(End::TakenBack(why.to_owned()))
    }

    /// Whether the placeholder says something that neither the act nor anybody before it had said: an owner or a moderator removed it.
    fn removed_since(&self, id: &ItemId, intent: &Record) -> Result<bool, ActError> {
        let said = self.text_of(&self.paths.live(id).placeholder)?;
        Ok(said.is_some_and(|text| {
            text != "INACTIVE" && text != intent.reason && Some(&text) != intent.placeholder.as_ref()
        }))
    }

    /// Why nothing is taken away. A hold that cannot be read is a hold.
    fn is_held(&self) -> Option<String> {
        held(self).err().map(|stop| stop.to_string())
    }
}
