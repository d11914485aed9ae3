//! Moving documents to cold storage, some at once, so that one whole copy of each exists at every moment (`docs/OPERATIONS.md` 5.3).
//!
//! ```text
//! intent ─▶ older copy to generations ─▶ placeholder, beside its name ─▶ its name; link metadata, body ─▶ placed
//!        ─▶ unlink body, metadata ─▶ done
//! ```
//!
//! Right before the body is unlinked it is looked at once more: what somebody wrote to since the intent, or since the plan, stays.
//!
//! Every document of a group takes a step before any takes the next. Names and lines of the journal are waited for once for the group: a step
//! begins when what it rests on is on the disk. A run that was cut goes on from its last line in the journal: each step is harmless when it was
//! done before. What was announced and not begun is taken back: the next plan judges it anew.

use crate::archive::{ActError, Hands, pairs_body_first};
use crate::hex::hex;
use crate::journal::{Act, Journal, Record, Seen, Step, Target};
use pinfold_datadir::deferred::Deferred;
use pinfold_datadir::id::ItemId;
use pinfold_datadir::moves::{
    MoveError, at, digest_of_first, drop_name, named, place_if_there, take_if_both, temporary_name,
    written_beside,
};
use pinfold_datadir::paths::ItemFiles;
use std::io;
use std::path::Path;

/// So many documents take each step together. With more of them fewer waits come on each; with fewer a run that is cut leaves less under way.
pub const GROUP: usize = 128;

/// A document that shall go to cold storage.
#[derive(Debug, Clone, Copy)]
pub struct Wish<'a> {
    /// Which.
    pub id: &'a ItemId,
    /// What its placeholder will say.
    pub reason: &'a str,
    /// What the plan saw of it.
    pub seen: Option<Seen>,
    /// Whether the journal also holds a digest of the body, so that it can be read back and compared.
    pub sample: bool,
}

/// What became of a group.
pub enum Together<E> {
    /// Each by itself, in the order of the wishes.
    Each(Vec<Result<(), ActError>>),
    /// Somebody said no before anything was taken away, and all is as it was.
    Not(E),
}

/// A document under way.
struct Cooling {
    live: ItemFiles,
    archived: ItemFiles,
    intent: Record,
    step: Step,
    /// What its placeholder will say lies beside it.
    written: bool,
    /// Its placeholder says why it is not there.
    said: bool,
}

impl Cooling {
    fn new(live: ItemFiles, archived: ItemFiles, intent: Record, step: Step) -> Self {
        Self { live, archived, intent, step, written: false, said: false }
    }
}

/// Lets every document that is still under way take a step.
pub(crate) fn each<T>(all: &mut [Result<T, ActError>], mut step: impl FnMut(&mut T) -> Result<(), ActError>) {
    for one in all {
        if let Ok(under_way) = one
            && let Err(error) = step(under_way)
        {
            *one = Err(error);
        }
    }
}

impl Hands<'_> {
    /// Moves a channel or blob to cold storage. `reason` becomes its placeholder. `seen`: see [`Wish`].
    ///
    /// # Errors
    /// [`ActError`].
    pub fn archive(
        &self,
        journal: &mut Journal<'_>,
        id: &ItemId,
        reason: &str,
        seen: Option<Seen>,
    ) -> Result<(), ActError> {
        self.archive_sampled(journal, id, reason, seen, false)
    }

    /// The same; with `sample` the journal also holds a digest of the body, so that it can be read back and compared.
    ///
    /// # Errors
    /// [`ActError`].
    pub fn archive_sampled(
        &self,
        journal: &mut Journal<'_>,
        id: &ItemId,
        reason: &str,
        seen: Option<Seen>,
        sample: bool,
    ) -> Result<(), ActError> {
        let wish = Wish { id, reason, seen, sample };
        let done = self.archive_together(journal, &[wish], &mut || Ok::<(), ()>(()));
        match done.map_err(ActError::Journal)? {
            Together::Each(mut each) => each.pop().unwrap_or(Err(ActError::Nothing)),
            Together::Not(()) => Err(ActError::Nothing),
        }
    }

    /// Moves some at once. `go_on` is asked before any live name is taken away: with an error all of them stay where they are.
    ///
    /// # Errors
    /// When the journal or a folder cannot be written: what was begun is finished by the next run.
    pub fn archive_together<E>(
        &self,
        journal: &mut Journal<'_>,
        wishes: &[Wish<'_>],
        go_on: &mut dyn FnMut() -> Result<(), E>,
    ) -> io::Result<Together<E>> {
        let late = Deferred::new(self.disk);
        let hands = Hands { disk: &late, run: self.run.clone(), ..*self };
        let mut all: Vec<Result<Cooling, ActError>> = journal
            .together(|journal| Ok(wishes.iter().map(|wish| self.begin_cooling(journal, wish)).collect()))?;
        // Rare, and each name is waited for by itself: an older copy leaves its place here.
        journal.together(|journal| {
            each(&mut all, |one| self.set_older_apart(journal, one));
            Ok(())
        })?;
        each(&mut all, |one| hands.write_why(one));
        // No placeholder has its name before the disk has what it says.
        late.settle()?;
        journal.together(|journal| {
            each(&mut all, |one| hands.name_twice(journal, one));
            late.settle()
        })?;
        if let Err(no) = go_on() {
            journal.together(|journal| {
                each(&mut all, |one| hands.back_out(journal, one));
                late.settle()
            })?;
            return Ok(Together::Not(no));
        }
        journal.together(|journal| {
            each(&mut all, |one| hands.take_body(journal, one));
            late.settle()
        })?;
        journal.together(|journal| {
            each(&mut all, |one| hands.take_others(journal, one));
            each(&mut all, |one| hands.write_late_why(one));
            late.settle()
        })?;
        each(&mut all, |one| if one.written { hands.name_why(one) } else { Ok(()) });
        late.settle()?;
        journal.together(|journal| {
            each(&mut all, |one| {
                let bytes = self.bytes(&one.archived)?;
                let done = Record { bytes, ..self.step(&one.intent, Step::Done) };
                self.note(journal, done)
            });
            Ok(())
        })?;
        Ok(Together::Each(all.into_iter().map(|one| one.map(drop)).collect()))
    }

    fn begin_cooling(&self, journal: &mut Journal<'_>, wish: &Wish<'_>) -> Result<Cooling, ActError> {
        let target = Target::Item(wish.id.clone());
        let (live, archived) = (self.paths.live(wish.id), self.paths.archived(wish.id));
        if let Some((mut intent, step)) = journal.begun(&target, Act::Archive, None)? {
            if step == Step::Intent && intent.generation.is_some() {
                intent.generation = Some(self.number(journal, &intent, &archived)?);
            }
            return Ok(Cooling::new(live, archived, intent, step));
        }
        let parts = self.parts(&live)?;
        let now = parts.seen().ok_or(ActError::Nothing)?;
        if wish.seen.is_some_and(|seen| seen != now) {
            return Err(ActError::Changed);
        }
        // A client may write on meanwhile: the digest is of what there is now.
        let body = parts.body.filter(|_| wish.sample);
        let sha256 = match &body {
            Some(body) => Some(hex(&digest_of_first(self.disk, &live.body, body.size)?)),
            None => None,
        };
        // What CryptPad's own run left half-moved is completed; everything else that is there is an older copy.
        let older = self.is_any(&archived)? && !self.is_half_archived(&live, &archived)?;
        let intent = Record {
            reason: wish.reason.into(),
            generation: if older { Some(self.free_generation(wish.id)?) } else { None },
            bytes: parts.bytes(),
            placeholder: self.text_of(&live.placeholder)?,
            sha256,
            digested: body.map(|body| body.size),
            seen: Some(now),
            ..self.record(Act::Archive, &target, Step::Intent)
        };
        self.note(journal, intent.clone())?;
        Ok(Cooling::new(live, archived, intent, Step::Intent))
    }

    fn set_older_apart(&self, journal: &mut Journal<'_>, one: &Cooling) -> Result<(), ActError> {
        if let (Step::Intent, Some(n), Target::Item(id)) = (one.step, one.intent.generation, &one.intent.id) {
            self.to_generation(&one.archived, &self.generation(id, n))?;
            self.note(journal, self.step(&one.intent, Step::Apart))?;
        }
        Ok(())
    }

    fn write_why(&self, one: &mut Cooling) -> Result<(), ActError> {
        // Without a metadata file, a placeholder beside a live log makes the server believe the placeholder.
        if one.step != Step::Placed && self.is_there(&one.live.metadata)? {
            written_beside(self.disk, &one.live.placeholder, one.intent.reason.as_bytes())?;
            one.written = true;
        }
        Ok(())
    }

    /// Gives what was written beside it the name of the placeholder, unless somebody said something meanwhile.
    fn name_why(&self, one: &mut Cooling) -> Result<(), ActError> {
        let placeholder = &one.live.placeholder;
        let now = self.text_of(placeholder)?;
        if now.is_none() || now == one.intent.placeholder {
            named(self.disk, placeholder)?;
        } else {
            drop_name(self.disk, &temporary_name(placeholder))?;
        }
        (one.written, one.said) = (false, true);
        Ok(())
    }

    fn name_twice(&self, journal: &mut Journal<'_>, one: &mut Cooling) -> Result<(), ActError> {
        if one.step == Step::Placed {
            return Ok(());
        }
        if one.written {
            self.name_why(one)?;
        }
        for (from, to) in one.live.moved().zip(one.archived.moved()) {
            if let Err(error) = place_if_there(self.disk, from, to) {
                // A full disk, or somebody else put something there, or the document was made anew since a run was cut: it stays.
                self.back_out(journal, one)?;
                return Err(match error {
                    MoveError::Occupied(_) => ActError::Conflict,
                    error => error.into(),
                });
            }
        }
        self.note(journal, self.step(&one.intent, Step::Placed))
    }

    /// A later line about what an intent announced.
    fn step(&self, intent: &Record, step: Step) -> Record {
        Record { step, at: self.now, seen: None, ..intent.clone() }
    }

    /// Takes second names away again: the live side was whole all the time, or somebody wrote on there. Where the second ones hold something
    /// else, both sides are kept, whole.
    fn back_out(&self, journal: &mut Journal<'_>, one: &Cooling) -> Result<(), ActError> {
        let pairs: Vec<_> = one.live.moved().zip(one.archived.moved()).collect();
        let as_before = self.drop_second(&pairs)?;
        self.placeholder_as_before(one)?;
        self.note(journal, self.step(&one.intent, Step::Undone))?;
        if as_before { Ok(()) } else { Err(ActError::Conflict) }
    }

    /// Only our own word goes. What an owner or a moderator said meanwhile stays.
    fn placeholder_as_before(&self, one: &Cooling) -> Result<(), ActError> {
        let placeholder = &one.live.placeholder;
        if self.text_of(placeholder)?.is_none_or(|text| text != one.intent.reason) {
            return Ok(());
        }
        match &one.intent.placeholder {
            Some(before) => self.placeholder(placeholder, before),
            None => Ok(drop_name(self.disk, placeholder)?),
        }
    }

    /// Writes why the document is not there beside the name of the placeholder, unless it has that name already, or somebody else said
    /// something meanwhile: of a document without metadata, which could not have it before.
    fn write_late_why(&self, one: &mut Cooling) -> Result<(), ActError> {
        let placeholder = &one.live.placeholder;
        let now = self.text_of(placeholder)?;
        let is_said = now.is_some() && (one.said || now != one.intent.placeholder);
        if is_said || now.as_ref() == Some(&one.intent.reason) {
            return Ok(());
        }
        let folder = placeholder.parent().unwrap_or(Path::new("."));
        self.disk.make_folder(folder).map_err(at(folder))?;
        written_beside(self.disk, placeholder, one.intent.reason.as_bytes())?;
        one.written = true;
        Ok(())
    }

    /// The body first: while only metadata is left, newcomers are told the reason.
    fn take_body(&self, journal: &mut Journal<'_>, one: &Cooling) -> Result<(), ActError> {
        if self.is_another(&one.live, &one.archived, one.intent.seen)?
            && !self.has_left(&one.live, &one.archived)?
        {
            self.back_out(journal, one)?;
            return Err(ActError::Changed);
        }
        // Somebody took the new copy away meanwhile: this one stays, with its metadata.
        if self.is_there(&one.live.body)? && !self.is_there(&one.archived.body)? {
            self.back_out(journal, one)?;
            return Err(ActError::Changed);
        }
        if let Some(index) = &one.live.index {
            drop_name(self.disk, index)?;
        }
        leave(take_if_both(self.disk, &one.live.body, &one.archived.body))
    }

    /// The rest goes where the body went. Where a body is live, somebody wrote on meanwhile: it keeps its metadata, without which neither owners nor
    /// signatures would count, and both copies are a conflict.
    fn take_others(&self, journal: &mut Journal<'_>, one: &Cooling) -> Result<(), ActError> {
        let replaced = self.is_there(&one.live.body)? && self.is_there(&one.archived.body)?;
        if replaced && self.is_there(&one.live.metadata)? {
            self.placeholder_as_before(one)?;
            self.note(journal, self.step(&one.intent, Step::Undone))?;
            return Err(ActError::Conflict);
        }
        for (from, to) in pairs_body_first(&one.live, &one.archived).skip(1) {
            leave(take_if_both(self.disk, from, to))?;
        }
        Ok(())
    }

    /// Takes back what a cut run began: the live side is there.
    ///
    /// # Errors
    /// [`ActError`]; with [`ActError::Conflict`] it has ended, and cold storage holds something of it as well.
    pub(crate) fn take_back_cooling(
        &self,
        journal: &mut Journal<'_>,
        id: &ItemId,
        mut intent: Record,
        step: Step,
    ) -> Result<(), ActError> {
        let (live, archived) = (self.paths.live(id), self.paths.archived(id));
        let (Step::Intent, Some(n)) = (step, intent.generation) else {
            return self.back_out(journal, &Cooling::new(live, archived, intent, step));
        };
        // What lies in cold storage is the older copy, or what is left of it: nothing of the live side went there yet. It stays whole, here
        // or there.
        let folder = self.generation(id, n);
        if self.drop_apart(&archived, &folder)? {
            intent.generation = None;
        } else if self.is_any(&archived)? && !self.is_taken(&archived, &folder)? {
            self.to_generation(&archived, &folder)?;
        }
        let one = Cooling::new(live, archived, intent, step);
        self.placeholder_as_before(&one)?;
        self.note(journal, self.step(&one.intent, Step::Undone))
    }

    /// Takes away what a cut run left under names that were never given.
    pub(crate) fn drop_temporary(&self, live: &ItemFiles, archived: &ItemFiles) -> Result<(), ActError> {
        for path in archived.moved().chain([live.placeholder.as_path()]) {
            drop_name(self.disk, &temporary_name(path))?;
        }
        Ok(())
    }

    /// Whether a cut run announced it and began nothing.
    pub(crate) fn is_not_begun(&self, id: &ItemId, record: &Record) -> Result<bool, ActError> {
        let begun = match record.generation {
            Some(n) => self.is_there(&self.generation(id, n))?,
            None => self.is_any(&self.paths.archived(id))?,
        };
        let said = self.text_of(&self.paths.live(id).placeholder)?;
        Ok(record.step == Step::Intent && !begun && said == record.placeholder)
    }
}

/// A name of which the other one holds something else is left: somebody wrote on, and both sides count.
fn leave(taken: Result<(), MoveError>) -> Result<(), ActError> {
    match taken {
        Err(MoveError::Differs(_)) => Ok(()),
        taken => Ok(taken?),
    }
}
