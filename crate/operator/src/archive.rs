//! The hands of a run: what moving documents to cold storage (`cooling.rs`) and back (`warming.rs`) rests on, and the live side of a
//! conflict that is set aside. What stands where: `archive/standing.rs`.

mod parts;
mod standing;

use crate::going::Going;
use crate::hex::hex;
use crate::journal::{Act, Journal, Record, Step, Target, UnderWay};
use pinfold_datadir::archive::free;
use pinfold_datadir::disk::{Disk, read_if_there, stat_if_there};
use pinfold_datadir::id::ItemId;
use pinfold_datadir::moves::{
    MoveError, at, begins_with, digest_of_first, drop_name, is_same, place, take, write_whole,
};
use pinfold_datadir::paths::{ItemFiles, Paths};
use std::io;
use std::path::{Path, PathBuf};

/// Why a document was not moved. Everything that it had is still there.
#[derive(Debug, thiserror::Error)]
pub enum ActError {
    /// A move was refused.
    #[error(transparent)]
    Move(#[from] MoveError),
    /// The report on an account, which says what went with it, cannot be read.
    #[error(
        "{} is no report on an account: {why}. Put a whole copy in its place; or end the move as it stands (`finish --give-up`), and bring back \
         what went by the reason that its placeholders give (`restore --reason`)", .path.display()
    )]
    Report {
        /// Where it lies.
        path: PathBuf,
        /// Why it cannot be read.
        why: String,
    },
    /// The journal could not be written, or the disk does not say that it has the names that were given. The act is under way.
    #[error("what is done cannot be noted, or is not known to be on the disk: {0}")]
    Journal(io::Error),
    /// The object store, or the way to it, failed. Nothing was taken away for that.
    #[error("the object store failed: {0}")]
    Shelf(io::Error),
    /// There is nothing of it at the place it should be moved from.
    #[error("there is nothing to move")]
    Nothing,
    /// Both places hold something: only a conflict can be settled, never overwritten.
    #[error("both places hold something")]
    Conflict,
    /// It is not what the plan saw: somebody wrote, or it was replaced.
    #[error("it changed since it was looked at")]
    Changed,
    /// Another act on it did not end.
    #[error(transparent)]
    UnderWay(#[from] UnderWay),
}

impl ActError {
    /// Whether nothing else may be done in this run either: it could not be noted, is not known to be on the disk, or needs a store that does
    /// not answer.
    pub fn ends_the_run(&self) -> bool {
        matches!(self, Self::Journal(_) | Self::Shelf(_))
    }
}

/// The hands of one run on one store.
pub struct Hands<'a> {
    /// The disk.
    pub disk: &'a dyn Disk,
    /// The folders.
    pub paths: &'a Paths,
    /// The name of the run.
    pub run: String,
    /// The time in ms.
    pub now: i64,
    /// Who watches, and says when to end.
    pub going: &'a dyn Going,
}

impl Hands<'_> {
    /// Moves the live side of a conflict into a generation, so that the archived side can return. Nothing is deleted.
    ///
    /// # Errors
    /// [`ActError`].
    pub fn aside(&self, journal: &mut Journal<'_>, id: &ItemId) -> Result<u32, ActError> {
        let target = Target::Item(id.clone());
        let live = self.paths.live(id);
        let n = match journal.begun(&target, Act::Aside, None)? {
            Some((intent, _)) => self.number(journal, &intent, &live)?,
            None => {
                if !self.is_any(&live)? {
                    return Err(ActError::Nothing);
                }
                let n = self.free_generation(id)?;
                let intent = Record {
                    generation: Some(n),
                    bytes: self.bytes(&live)?,
                    seen: self.seen_now(&live)?,
                    ..self.record(Act::Aside, &target, Step::Intent)
                };
                self.note(journal, intent)?;
                n
            }
        };
        let generation = self.generation(id, n);
        self.all_apart(&live, &generation)?;
        if let Some(index) = &live.index {
            drop_name(self.disk, index)?;
        }
        self.note(journal, Record { generation: Some(n), ..self.record(Act::Aside, &target, Step::Done) })?;
        Ok(n)
    }

    /// The folder of a generation.
    pub(crate) fn generation(&self, id: &ItemId, n: u32) -> PathBuf {
        self.paths.generations(id).join(n.to_string())
    }

    pub(crate) fn free_generation(&self, id: &ItemId) -> Result<u32, ActError> {
        self.free(&self.paths.generations(id))
    }

    pub(crate) fn free(&self, generations: &Path) -> Result<u32, ActError> {
        Ok(free(self.disk, generations)?)
    }

    /// Moves the older archived copy into a generation, both files of it, also where only one would be replaced: halves of two
    /// generations never become one document.
    pub(crate) fn to_generation(&self, archived: &ItemFiles, generation: &Path) -> Result<(), ActError> {
        self.all_apart(archived, generation)
    }

    /// The number of the generation that an act which was begun goes on with: a free one, if something else lies at the place of the one that
    /// it announced.
    pub(crate) fn number(
        &self,
        journal: &mut Journal<'_>,
        intent: &Record,
        files: &ItemFiles,
    ) -> Result<u32, ActError> {
        let n = intent.generation.unwrap_or(1);
        let Target::Item(id) = &intent.id else { return Ok(n) };
        if !self.is_taken(files, &self.generation(id, n))? {
            return Ok(n);
        }
        let n = self.free_generation(id)?;
        self.note(journal, Record { generation: Some(n), at: self.now, ..intent.clone() })?;
        Ok(n)
    }

    /// Whether something else lies where parts would be set apart.
    pub(crate) fn is_taken(&self, files: &ItemFiles, folder: &Path) -> Result<bool, ActError> {
        for (from, name) in parts_body_first(files) {
            let to = folder.join(name);
            if self.is_there(from)? && self.is_there(&to)? && !is_same(self.disk, from, &to)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Gives all parts a second place before any of them leaves its first one, so that they lie together at every moment. The body leaves
    /// first: without it the server tells newcomers why it is not there.
    fn all_apart(&self, files: &ItemFiles, folder: &Path) -> Result<(), ActError> {
        for (from, name) in parts_body_first(files) {
            if self.is_there(from)? {
                place(self.disk, from, &folder.join(name))?;
            }
        }
        for (from, name) in parts_body_first(files) {
            if self.is_there(from)? {
                take(self.disk, from, &folder.join(name))?;
            }
        }
        Ok(())
    }

    /// Takes the names away again that all parts were given in a folder. Answers whether the first ones hold all that those hold.
    pub(crate) fn drop_apart(&self, files: &ItemFiles, folder: &Path) -> Result<bool, ActError> {
        let second: Vec<_> =
            parts_body_first(files).into_iter().map(|(from, name)| (from, folder.join(name))).collect();
        let pairs: Vec<_> = second.iter().map(|(from, to)| (*from, to.as_path())).collect();
        self.drop_second(&pairs)
    }

    /// Whether the main file of a document is in cold storage alone.
    pub(crate) fn has_left(&self, live: &ItemFiles, archived: &ItemFiles) -> Result<bool, ActError> {
        if self.is_there(&live.body)? {
            return Ok(false);
        }
        Ok(self.is_there(&archived.body)?
            || !self.is_there(&live.metadata)? && self.is_there(&archived.metadata)?)
    }

    pub(crate) fn set_apart(&self, from: &Path, to: &Path) -> Result<(), ActError> {
        if self.is_there(from)? {
            place(self.disk, from, to)?;
            take(self.disk, from, to)?;
        }
        Ok(())
    }

    /// Takes an archived name away once its live twin holds at least the same bytes. Somebody may write to the live name already. Where it
    /// holds something else both stay; but of two activity files the later one alone.
    pub(crate) fn take_back(&self, archived: &Path, live: &Path) -> Result<(), ActError> {
        if self.is_outlived(archived, live)? || begins_with(self.disk, live, archived)? {
            drop_name(self.disk, archived)?;
        }
        Ok(())
    }

    /// Whether an activity file has a twin that was written later, or in the same moment: nothing is lost with it. The other way round the
    /// live one is what an older time left, and the archived one stays.
    pub(crate) fn is_outlived(&self, archived: &Path, live: &Path) -> Result<bool, ActError> {
        if !is_activity(live) {
            return Ok(false);
        }
        let time = |path: &Path| {
            Ok::<_, ActError>(stat_if_there(self.disk, path).map_err(at(path))?.map(|stat| stat.mtime))
        };
        Ok(match (time(archived)?, time(live)?) {
            (Some(archived), Some(live)) => archived <= live,
            _ => false,
        })
    }

    /// Writes why a file is not there. An older text goes; the journal has it.
    pub(crate) fn placeholder(&self, path: &Path, reason: &str) -> Result<(), ActError> {
        if self.text_of(path)?.is_some_and(|text| text == reason) {
            return Ok(());
        }
        let folder = path.parent().unwrap_or(Path::new("."));
        self.disk.make_folder(folder).map_err(at(folder))?;
        Ok(write_whole(self.disk, path, reason.as_bytes()).map_err(at(path))?)
    }

    /// The text of a placeholder.
    pub(crate) fn text_of(&self, path: &Path) -> Result<Option<String>, ActError> {
        let bytes = read_if_there(self.disk, path, 1 << 16).map_err(at(path))?;
        Ok(bytes.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()))
    }

    /// Takes second names away again, all of them or none: only while the first ones hold all that they hold. Answers whether it did.
    pub(crate) fn drop_second(&self, pairs: &[(&Path, &Path)]) -> Result<bool, ActError> {
        let (mut ours, mut rewritten) = (false, false);
        for (first, second) in pairs {
            if !self.is_there(second)? {
                continue;
            }
            // A part that has the second name alone must not be parted from the others.
            if !self.is_there(first)? {
                return Ok(false);
            }
            match begins_with(self.disk, first, second)? {
                true => ours |= !is_activity(first),
                false if self.is_outlived(second, first)? => rewritten = true,
                false => return Ok(false),
            }
        }
        // With another part beside it that is ours, the activity file is ours as well.
        if rewritten && !ours {
            return Ok(false);
        }
        for (_, second) in pairs {
            drop_name(self.disk, second)?;
        }
        Ok(true)
    }

    /// A line for the journal, about now.
    pub fn record(&self, act: Act, id: &Target, step: Step) -> Record {
        Record::new(self.now, self.run.clone(), act, id.clone(), step)
    }

    pub(crate) fn note(&self, journal: &mut Journal<'_>, record: Record) -> Result<(), ActError> {
        journal.note(record).map_err(ActError::Journal)
    }
}

impl Record {
    /// A line that says no more than this.
    pub const fn new(at: i64, run: String, act: Act, id: Target, step: Step) -> Self {
        Self {
            at,
            run,
            act,
            id,
            step,
            reason: String::new(),
            generation: None,
            bytes: 0,
            placeholder: None,
            sha256: None,
            digested: None,
            seen: None,
            elsewhere: None,
            logs: None,
            given_up: None,
        }
    }

    /// Whether a body is still what was moved: what a digest was made of stands there. Where none was made nothing is known against it. A client
    /// that had the log open may have written on: that is behind it.
    ///
    /// # Errors
    /// An error of the file system.
    pub fn is_whole(&self, disk: &dyn Disk, body: &Path) -> Result<bool, MoveError> {
        let Some(before) = &self.sha256 else { return Ok(true) };
        Ok(hex(&digest_of_first(disk, body, self.digested.unwrap_or(u64::MAX))?) == *before)
    }
}

/// An activity file says no more than when somebody last asked for its blob. The server writes it anew each time: the later one of two says
/// all that the other says.
pub(crate) fn is_activity(live: &Path) -> bool {
    live.extension().is_some_and(|end| end == "activity")
}

fn parts_body_first(files: &ItemFiles) -> Vec<(&Path, &'static str)> {
    let mut parts = vec![(files.body.as_path(), "log.ndjson"), (files.metadata.as_path(), "metadata.ndjson")];
    parts.extend(files.activity.as_ref().map(|path| (path.as_path(), "activity")));
    parts
}

pub(crate) fn pairs_body_first<'a>(
    from: &'a ItemFiles,
    to: &'a ItemFiles,
) -> impl Iterator<Item = (&'a Path, &'a Path)> {
    parts_body_first(from).into_iter().zip(parts_body_first(to)).map(|((from, _), (to, _))| (from, to))
}
