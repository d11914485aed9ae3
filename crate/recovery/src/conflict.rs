//! A channel that lies in the archive and live, from both copies to what is done: what opens it, which copy stays, and for two folders what
//! is written into the one that stays. The holder of the key decides, the operator moves.
//!
//! ```text
//! drives ─▶ Conflict ◀─ stored lines of both copies
//!              ├─▶ verdict ─▶ decision, for the operator
//!              ╰─▶ merge_plan ─▶ acts: nobody else has it open, pins, the same again, one message
//! ```

use pinfold_core::crypto::hash::sha256;
use pinfold_core::crypto::message::MessageKeys;
use pinfold_core::document::{Entry, Kind, Tables};
use pinfold_core::drive::complete::{Drive, Folder, FolderOutcome};
use pinfold_core::drive::edit::Edit;
use pinfold_core::encoding::encode_hex;
use pinfold_core::error::{Code, Error};
use pinfold_core::exchange::{Decision, Right, decisions};
use pinfold_core::href::{parse_href, secrets_from_hash};
use pinfold_core::ids::{ChannelId, IdSet};
use pinfold_core::json::Text;

use crate::content::App;
use crate::log_line::LogLine;
use crate::merge::{MergePlan, merge_plan};
use crate::reading::Copy;
use crate::verdict::{Of, Side, Verdict, judge};

/// Two copies of one channel, and what opens them.
#[derive(Debug)]
pub struct Conflict {
    /// Which.
    pub channel: ChannelId,
    of: Of,
    keys: MessageKeys,
    archived: Side,
    live: Side,
}

impl Conflict {
    /// Of a channel that one of these drives names. No line of either copy was read.
    ///
    /// # Errors
    /// `edit/absent` where none of them has a key of it.
    pub fn of(drives: &[&Drive], channel: &str) -> Result<Self, Error> {
        let unknown = || Error::new(Code::EditAbsent, "the account has no key of this document");
        let channel = ChannelId::parse(channel).ok_or_else(unknown)?;
        let (of, keys) = opened(drives, channel.as_str()).ok_or_else(unknown)?;
        let side = || Side::new(of.clone(), keys.clone());
        let (archived, live) = (side(), side());
        Ok(Self { channel, of, keys, archived, live })
    }

    /// Forgets what was read of a copy: it comes once more.
    pub fn anew(&mut self, copy: Copy) {
        *self.side(copy) = Side::new(self.of.clone(), self.keys.clone());
    }

    /// One of the copies, to be read line by line ([`Side::line`]).
    pub const fn side(&mut self, copy: Copy) -> &mut Side {
        match copy {
            Copy::Archived => &mut self.archived,
            Copy::Live => &mut self.live,
        }
    }

    /// Reads a copy from the file that an operator exported.
    pub fn body(&mut self, copy: Copy, file: &[u8]) {
        let side = self.side(copy);
        // The server drops a last line without its end.
        let whole = file.split_inclusive(|byte| *byte == b'\n').filter_map(|line| line.strip_suffix(b"\n"));
        for read in whole.filter_map(LogLine::read) {
            side.line(read.line());
        }
    }

    /// What the copies are to each other.
    pub fn verdict(&self) -> Verdict {
        judge(&self.archived, &self.live)
    }

    /// The title that is all that somebody wrote into the live copy, which is set aside with it.
    pub fn title(&self) -> Option<&Text> {
        self.live.title().filter(|_| self.verdict() == Verdict::PlaceholderTitled)
    }

    /// The text of the decision for the operator, bound to the live copy as it was exported; `None` where nothing is to be moved.
    pub fn decision(&self, live: &[u8]) -> Option<String> {
        let right = self.verdict().right()?;
        let live = Some(encode_hex(&sha256(live)));
        Some(decisions(&[Decision { id: self.channel.as_str().to_owned(), right, live }]))
    }

    /// Whether the log that the server has goes on where the archived copy ended: then the operator has put that back. Each line of the
    /// log is told once, from the first on.
    pub fn is_back<'l>(&self, log: impl Iterator<Item = &'l str>) -> bool {
        self.archived.is_in(log)
    }

    /// Writing what the live copy had into the archived one, which is back: `drives` are as they are then. The host has to see first that it
    /// is back ([`Self::is_back`]).
    ///
    /// # Errors
    /// `misuse/bad-argument` where there is nothing to be merged, `drive/incomplete` where the folder was not read, `edit/unfit` where a copy
    /// holds no folder.
    pub fn merge_plan(&self, drives: &[&Drive], tag: &Text) -> Result<MergePlan, Error> {
        let (Of::Folder(Some(links)), Verdict::Merge | Verdict::Within | Verdict::PlaceholderTitled) =
            (&self.of, self.verdict())
        else {
            return Err(Error::new(Code::MisuseBadArgument, "there is nothing to be merged"));
        };
        let loaded = folders(drives, self.channel.as_str()).find_map(|folder| match &folder.outcome {
            FolderOutcome::Loaded(document) => Some(document),
            FolderOutcome::Unavailable(_) => None,
        });
        let base = loaded.ok_or_else(|| Error::new(Code::DriveIncomplete, "the folder was not read"))?;
        let (Some(_), Some(donor)) = (self.archived.document(), self.live.document()) else {
            return Err(Error::new(Code::EditUnfit, "one of the copies holds no folder"));
        };
        Ok(merge_plan(base.document(), donor, Some(links), tag))
    }

    /// What is said where the archived copy is not back.
    pub fn not_back(&self) -> Error {
        let error =
            Error::new(Code::EditUnfit, "the archived copy is not back yet: ask the operator to settle it");
        error.with("id", &self.channel)
    }
}

/// Makes sure that no other client has a channel open, by how many have: what one writes while a copy is exchanged would be lost, and it
/// would not see that.
///
/// # Errors
/// `edit/in-use`.
pub fn nobody_else(others: usize) -> Result<(), Error> {
    match others {
        0 => Ok(()),
        others => {
            let in_use = Error::new(
                Code::EditInUse,
                "other clients have it open: close it everywhere, then run this again",
            );
            Err(in_use.with("others", others))
        }
    }
}

impl Verdict {
    /// What the operator is to do; `None` where both copies have to be kept as they are.
    pub const fn right(self) -> Option<Right> {
        match self {
            Self::Placeholder | Self::PlaceholderTitled | Self::Within | Self::Equal | Self::Merge => {
                Some(Right::ArchivedWins)
            }
            // What an operator can prove without a key.
            Self::SameChain | Self::MergeNeedsEditor | Self::KeepBoth | Self::Unknown => None,
        }
    }
}

/// One thing that a host does to carry a merge out.
#[derive(Debug, Clone, PartialEq)]
pub enum MergeAct<'p> {
    /// Asks whether another client has the folder open ([`nobody_else`]).
    Alone,
    /// Adds these ids, and what the drive names now, to the list of whoever pins for the folder.
    Pin(&'p IdSet),
    /// Writes these edits into the folder, in one message.
    Write(&'p [Edit]),
}

impl MergePlan {
    /// What is done, in this order; nothing where there is nothing to write. It stops at the first act that fails; the plan can then be made
    /// anew and carried out again.
    pub fn acts(&self) -> Vec<MergeAct<'_>> {
        if self.edits.is_empty() {
            return Vec::new();
        }
        // Pinning takes its time: somebody may open it meanwhile.
        vec![MergeAct::Alone, MergeAct::Pin(&self.pins), MergeAct::Alone, MergeAct::Write(&self.edits)]
    }
}

/// The entries of a shared folder, with what came of reading it.
fn folders<'d>(drives: &[&'d Drive], channel: &str) -> impl Iterator<Item = &'d Folder> {
    let all = drives.iter().flat_map(|drive| drive.folders());
    all.filter(move |folder| {
        folder.declared.opens.as_ref().is_some_and(|opens| opens.channel.as_str() == channel)
    })
}

/// What opens a channel: a key that can write before one that can read.
fn opened(drives: &[&Drive], channel: &str) -> Option<(Of, MessageKeys)> {
    let opens = || folders(drives, channel).filter_map(|folder| folder.declared.opens.as_ref());
    if let Some(opens) = opens().find(|opens| !opens.read_only).or_else(|| opens().next()) {
        return Some((Of::Folder(opens.links.clone()), opens.keys.clone()));
    }
    let (link, password) = drives.iter().find_map(|drive| link_of(drive, channel))?;
    let hash = parse_href(&link).hash?;
    let secrets = secrets_from_hash("pad", &hash, password.as_deref()).ok()?;
    Some((Of::Document(App::of_link(&link)), secrets.message_keys().ok()?))
}

/// A link of a document or file of this channel, and its password.
fn link_of(drive: &Drive, channel: &str) -> Option<(String, Option<String>)> {
    let own = (
        Tables::of_drive(drive.root().document()),
        drive.whose().team().and_then(|team| team.links.as_ref()),
    );
    let folders = drive.folders().iter().filter_map(|folder| {
        let links = folder.declared.opens.as_ref().and_then(|opens| opens.links.as_ref());
        Some((folder.outcome.read()?.tables(), links))
    });
    let is_it = |entry: &Entry<'_>| entry.channel().and_then(Text::as_str) == Some(channel);
    folders.chain([own]).find_map(|(tables, links)| {
        let entry = tables.of_kind(Kind::File).find(is_it)?;
        Some((entry.readable_href(links)?.into_owned(), entry.password().map(str::to_owned)))
    })
}
