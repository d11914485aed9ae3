//! Sending older copies to an object store, some at once.

use super::{Elsewhere, LARGEST, Listed, MARKER, Manifest, Part, PartName, kept_of, listed, object, put};
use crate::archive::{ActError, Hands};
use crate::cooling::each;
use crate::copies::older;
use crate::finish::End;
use crate::hex::hex;
use crate::journal::{Act, Journal, Record, Seen, Step, Target};
use crate::stop::{Stop, held};
use pinfold_datadir::disk::{read_if_there, stat_if_there};
use pinfold_datadir::id::ItemId;
use pinfold_datadir::moves::{MoveError, at, drop_name, temporary_name, write_whole};
use pinfold_datadir::shelf::Shelf;
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::io::{self, Read};
use std::path::PathBuf;

/// So many copies have one manifest.
const BATCH: usize = 32;

/// What a run sent.
#[derive(Debug, Default, Serialize)]
pub struct Sent {
    /// The copies that are in the store now, compared, and no longer here.
    pub sent: Vec<Target>,
    /// How many bytes those have.
    pub bytes: u64,
    /// Those that stay here, and why.
    pub skipped: Vec<(Target, String)>,
    /// The manifests of this run.
    pub manifests: Vec<String>,
    /// Whether somebody ended it between two batches.
    pub ended: bool,
    /// What stopped it. What was sent before is sent, and told here.
    pub stop: Option<Stop>,
    /// How many copies this run did not come to.
    pub not_reached: u64,
}

/// A copy under way.
struct Sending {
    id: ItemId,
    n: u32,
    intent: Record,
    copy: Listed,
}

/// Sends all older copies of channels and blobs, those left out of which a conflict is open.
///
/// # Errors
/// [`Stop`], when there is a hold, or when the store does not keep what it has: nothing was done then.
pub fn send(hands: &Hands<'_>, journal: &mut Journal<'_>, shelf: &dyn Shelf) -> Result<Sent, Stop> {
    held(hands)?;
    prove(shelf, &hands.run).map_err(Stop::Disk)?;
    let copies = older(hands.disk, hands.paths).map_err(Stop::Disk)?;
    let mut done = Sent::default();
    let went = send_all(hands, journal, shelf, &copies, &mut done);
    done.not_reached = copies.len().saturating_sub(done.sent.len() + done.skipped.len()) as u64;
    done.stop = went.err();
    Ok(done)
}

fn send_all(
    hands: &Hands<'_>,
    journal: &mut Journal<'_>,
    shelf: &dyn Shelf,
    copies: &[(ItemId, u32)],
    done: &mut Sent,
) -> Result<(), Stop> {
    for (batch, some) in copies.chunks(BATCH).enumerate() {
        hands.going.told("sending older copies", batch * BATCH, copies.len());
        if hands.going.ends() {
            done.ended = true;
            break;
        }
        held(hands)?;
        let manifest = format!("manifests/{}-{batch}.json", hands.run);
        hands.send_together(journal, shelf, some, &manifest, done)?;
    }
    hands.going.told("sending older copies", copies.len(), copies.len());
    Ok(())
}

/// Whether a store refuses to write over what it has. One that does not know the condition would lose copies without a word.
fn prove(shelf: &dyn Shelf, run: &str) -> io::Result<()> {
    let name = format!("probes/{run}");
    shelf.put(&name, b"first".to_vec())?;
    let second = shelf.put(&name, b"second".to_vec());
    let mut there = Vec::new();
    shelf.open(&name)?.take(16).read_to_end(&mut there)?;
    shelf.remove(&name)?;
    let refused = second.is_err_and(|error| error.kind() == io::ErrorKind::AlreadyExists);
    if refused && there == b"first" {
        return Ok(());
    }
    Err(io::Error::other(format!("{} writes over what it has: nothing is sent there", shelf.address())))
}

impl Hands<'_> {
    fn send_together(
        &self,
        journal: &mut Journal<'_>,
        shelf: &dyn Shelf,
        some: &[(ItemId, u32)],
        manifest: &str,
        done: &mut Sent,
    ) -> Result<(), Stop> {
        let mut all: Vec<Result<Sending, ActError>> = journal.together(|journal| {
            Ok(some.iter().map(|(id, n)| self.begin_sending(journal, id, *n)).collect())
        })?;
        let put = self.put_all(journal, shelf, &mut all, manifest, done);
        if let Err(stop) = put.and_then(|()| held(self)) {
            // Nothing was taken away: what the store has by now is found there by the next run.
            journal.together(|journal| {
                each(&mut all, |one| self.give_up(journal, &one.intent, "").map(drop));
                Ok(())
            })?;
            return Err(stop);
        }
        journal.together(|journal| {
            each(&mut all, |one| {
                self.note(
                    journal,
                    Record { step: Step::Placed, at: self.now, seen: None, ..one.intent.clone() },
                )
            });
            Ok(())
        })?;
        each(&mut all, |one| self.release(one));
        journal.together(|journal| {
            each(&mut all, |one| {
                self.note(
                    journal,
                    Record { step: Step::Done, at: self.now, seen: None, ..one.intent.clone() },
                )
            });
            Ok(())
        })?;
        for ((id, n), one) in some.iter().zip(all) {
            let target = Target::Older(id.clone(), *n);
            match one {
                Ok(one) => {
                    done.bytes += one.intent.bytes;
                    done.sent.push(target);
                }
                Err(error) if error.ends_the_run() => return Err(error.into()),
                Err(error) => done.skipped.push((target, error.to_string())),
            }
        }
        Ok(())
    }

    fn begin_sending(&self, journal: &mut Journal<'_>, id: &ItemId, n: u32) -> Result<Sending, ActError> {
        let target = Target::Older(id.clone(), n);
        // Whoever settles a conflict needs all copies, here.
        if self.is_any(&self.paths.live(id))? && self.is_any(&self.paths.archived(id))? {
            return Err(ActError::Conflict);
        }
        let item = Target::Item(id.clone());
        if journal.last(&item).is_some_and(|last| !matches!(last.step, Step::Done | Step::Undone)) {
            return Err(ActError::Conflict);
        }
        let copy = self.copy_of(journal, id, n)?;
        // A copy that is in the store already, whole: it was fetched, or a run was cut while the local one went.
        let elsewhere = kept_of(journal, id, n).map(|kept| kept.elsewhere);
        let step = journal.intent(&target, Act::Send).map(|(_, step)| step);
        let intent = Record {
            generation: Some(n),
            bytes: copy.parts.iter().map(|part| part.bytes).sum(),
            seen: self.seen_older(id, n)?,
            elsewhere,
            ..self.record(Act::Send, &target, Step::Intent)
        };
        // What is under way is already announced.
        if step.is_none() {
            self.note(journal, intent.clone())?;
        }
        Ok(Sending { id: id.clone(), n, intent, copy })
    }

    /// What lies here of an older copy, read once to its end.
    fn copy_of(&self, journal: &Journal<'_>, id: &ItemId, n: u32) -> Result<Listed, ActError> {
        let folder = self.generation(id, n);
        let mut parts = Vec::new();
        for name in PartName::ALL {
            let path = folder.join(name.file());
            let Some(stat) = stat_if_there(self.disk, &path).map_err(at(&path))? else { continue };
            if stat.size > LARGEST {
                return Err(at(&path)(io::Error::from(io::ErrorKind::FileTooLarge)).into());
            }
            let sha256 = hex(&pinfold_datadir::moves::digest(self.disk, &path)?);
            parts.push(Part { name, bytes: stat.size, sha256, mtime: stat.mtime });
        }
        if parts.is_empty() {
            return Err(ActError::Nothing);
        }
        let since = journal.generation_at(&Target::Item(id.clone()), n);
        Ok(Listed { id: id.clone(), generation: n, since, parts })
    }

    /// When all of this has ended the store holds every part, compared, and a manifest says so.
    fn put_all(
        &self,
        journal: &mut Journal<'_>,
        shelf: &dyn Shelf,
        all: &mut [Result<Sending, ActError>],
        manifest: &str,
        done: &mut Sent,
    ) -> Result<(), Stop> {
        for one in all.iter_mut() {
            let Ok(sending) = one else { continue };
            let was = match &sending.intent.elsewhere {
                Some(_) => self.compare_kept(journal, shelf, sending),
                None => self.put_parts(shelf, sending),
            };
            let Err(error) = was.and_then(|()| self.is_unchanged(sending)) else { continue };
            if error.ends_the_run() {
                return Err(error.into());
            }
            let given_up = self.give_up(journal, &sending.intent, "");
            *one = Err(given_up.err().unwrap_or(error));
        }
        let fresh = |one: &&mut Sending| one.intent.elsewhere.is_none();
        let copies: Vec<Listed> =
            all.iter_mut().flatten().filter(fresh).map(|one| one.copy.clone()).collect();
        if copies.is_empty() {
            return Ok(());
        }
        let made = Manifest { version: 1, run: self.run.clone(), made: self.now, copies };
        let bytes = serde_json::to_vec_pretty(&made).map_err(io::Error::other)?;
        // As a part of its own: written if absent, read back and compared.
        let sha256 = hex(&Sha256::digest(&bytes));
        let whole = Part { name: PartName::Body, bytes: bytes.len() as u64, sha256, mtime: self.now };
        put(shelf, manifest, bytes, &whole)?;
        done.manifests.push(manifest.to_owned());
        for one in all.iter_mut().flatten().filter(|one| one.intent.elsewhere.is_none()) {
            one.intent.elsewhere = Some(Elsewhere {
                address: shelf.address().to_owned(),
                manifest: manifest.to_owned(),
                sha256: one.copy.digest(),
            });
        }
        Ok(())
    }

    fn put_parts(&self, shelf: &dyn Shelf, one: &Sending) -> Result<(), ActError> {
        // The body first: what is in the way is mostly another body, and then nothing else of this copy is put there.
        for part in one.copy.parts.iter().rev() {
            let path = self.generation(&one.id, one.n).join(part.name.file());
            let bytes =
                read_if_there(self.disk, &path, LARGEST).map_err(at(&path))?.ok_or(ActError::Changed)?;
            if hex(&Sha256::digest(&bytes)) != part.sha256 {
                return Err(ActError::Changed);
            }
            put(shelf, &object(&one.id, one.n, part.name), bytes, part)?;
        }
        Ok(())
    }

    /// The store has it: all that its manifest lists is compared anew, and what lies here has to be of that.
    fn compare_kept(
        &self,
        journal: &Journal<'_>,
        shelf: &dyn Shelf,
        one: &mut Sending,
    ) -> Result<(), ActError> {
        let kept = kept_of(journal, &one.id, one.n).ok_or(ActError::Changed)?;
        let copy = listed(shelf, &kept)?;
        for part in &copy.parts {
            let name = copy.object(part.name);
            if super::is_there(shelf, &name, part).map_err(ActError::Shelf)? != Some(true) {
                return Err(MoveError::Differs(PathBuf::from(format!("{}/{name}", shelf.address()))).into());
            }
        }
        for here in &one.copy.parts {
            let there = copy.parts.iter().find(|part| part.name == here.name);
            if there.is_none_or(|there| there.sha256 != here.sha256) {
                return Err(ActError::Conflict);
            }
        }
        one.intent.bytes = copy.parts.iter().map(|part| part.bytes).sum();
        one.copy = copy;
        Ok(())
    }

    fn is_unchanged(&self, one: &Sending) -> Result<(), ActError> {
        match self.seen_older(&one.id, one.n)? == one.intent.seen {
            true => Ok(()),
            false => Err(ActError::Changed),
        }
    }

    fn seen_older(&self, id: &ItemId, n: u32) -> Result<Option<Seen>, ActError> {
        let mut seen: Option<Seen> = None;
        for name in PartName::ALL {
            let path = self.generation(id, n).join(name.file());
            if let Some(stat) = stat_if_there(self.disk, &path).map_err(at(&path))? {
                let latest = seen.map_or(stat.mtime, |seen| seen.1.max(stat.mtime));
                seen = Some((stat.size, latest, stat.inode));
            }
        }
        Ok(seen)
    }

    /// Takes the local names away. The file that says where the copy went is there first.
    fn release(&self, one: &Sending) -> Result<(), ActError> {
        let folder = self.generation(&one.id, one.n);
        let marker = folder.join(MARKER);
        let text = serde_json::to_vec_pretty(&one.intent.elsewhere)
            .map_err(io::Error::other)
            .map_err(at(&marker))?;
        write_whole(self.disk, &marker, &text).map_err(at(&marker))?;
        for name in PartName::ALL {
            drop_name(self.disk, &folder.join(name.file()))?;
        }
        Ok(())
    }

    /// What becomes of an act on an older copy that a run which was cut left under way. Without the store nothing is taken away.
    pub(crate) fn end_older(
        &self,
        journal: &mut Journal<'_>,
        id: &ItemId,
        n: u32,
        intent: &Record,
        step: Step,
    ) -> Result<End, ActError> {
        let folder = self.generation(id, n);
        let with = |elsewhere: Option<Elsewhere>| Record { elsewhere, ..intent.clone() };
        // What the store has stands in the line that came last.
        let elsewhere = journal.last(&intent.id).and_then(|last| last.elsewhere);
        match intent.act {
            Act::Send => {
                let mut here = 0;
                for name in PartName::ALL {
                    let path = folder.join(name.file());
                    here += stat_if_there(self.disk, &path).map_err(at(&path))?.map_or(0, |stat| stat.size);
                }
                match (step, here) {
                    (Step::Placed, 0) if self.is_there(&folder.join(MARKER))? => {
                        let done = Record { step: Step::Done, at: self.now, seen: None, ..with(elsewhere) };
                        self.note(journal, done)?;
                        Ok(End::Finished)
                    }
                    (Step::Placed, here) if here < intent.bytes => Ok(End::Left(
                        "a part of it went to the object store already: `send` goes on".to_owned(),
                    )),
                    _ => self.give_up(journal, &with(elsewhere), "it is here, whole: `send` begins anew"),
                }
            }
            Act::Fetch => {
                for name in PartName::ALL {
                    drop_name(self.disk, &temporary_name(&folder.join(name.file())))?;
                }
                self.give_up(journal, &with(elsewhere), "the object store has it: `fetch` begins anew")
            }
            Act::Promote => match self.promote(journal, id, n) {
                Err(error @ (ActError::Conflict | ActError::Changed)) => {
                    Ok(End::TakenBack(error.to_string()))
                }
                done => done.map(|()| End::Finished),
            },
            Act::Remove => self.give_up(journal, &with(elsewhere), "the next `purge` removes what is left"),
            _ => Ok(End::Left("nothing is known about such an act".to_owned())),
        }
    }
}
