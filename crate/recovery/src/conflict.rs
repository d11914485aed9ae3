//! A channel that lies in the archive and live, from both copies to what is done: what opens it, which copy stays, and for two folders what
//! is written into the one that stays. The holder of the key decides, the operator moves.
//!
//! ```text
//! drives ─▶ Conflict ◀─ stored lines of both copies
//!              ├─▶ verdict ─▶ decision, for the operator
//!              ╰─▶ merge_plan ─▶ acts: nobody else has it open, pins, the same again, one message
//! ```

use std::cell::OnceCell;

use pinfold_core::crypto::hash::sha256;
use pinfold_core::crypto::message::MessageKeys;
use pinfold_core::document::{Entry, Kind, Tables};
use pinfold_core::drive::complete::{Drive, Folder, FolderOutcome};
use pinfold_core::drive::edit::Edit;
use pinfold_core::encoding::encode_hex;
use pinfold_core::error::{Code, Error};
use pinfold_core::exchange::{Decision, Right, decisions};
use pinfold_core::href::{HrefCipher, parse_href, secrets_from_hash};
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
    /// Both copies are looked at as a whole for it: once.
    verdict: OnceCell<Verdict>,
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
        Ok(Self { channel, of, keys, archived, live, verdict: OnceCell::new() })
    }

    /// Forgets what was read of a copy: it comes once more.
    pub fn anew(&mut self, copy: Copy) {
        *self.side(copy) = Side::new(self.of.clone(), self.keys.clone());
    }

    /// One of the copies, to be read line by line ([`Side::line`]).
    pub fn side(&mut self, copy: Copy) -> &mut Side {
        self.verdict = OnceCell::new();
        match copy {
            Copy::Archived => &mut self.archived,
            Copy::Live => &mut self.live,
        }
    }

    /// Reads the next lines of a copy from the file that an operator exported ([`LogLine::all`]), so many at most. Whether there may be more.
    pub fn lines(&mut self, copy: Copy, file: &mut impl Iterator<Item = LogLine>, most: usize) -> bool {
        let side = self.side(copy);
        let taken = file.take(most).inspect(|read| side.line(read.line())).count();
        taken == most
    }

    /// What the copies are to each other.
    pub fn verdict(&self) -> Verdict {
        *self.verdict.get_or_init(|| judge(&self.archived, &self.live))
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

    /// Whether there is anything to be merged: two folders, and an account that may write in them.
    ///
    /// # Errors
    /// `misuse/bad-argument` where there is not.
    pub fn can_merge(&self) -> Result<(), Error> {
        self.links().map(drop)
    }

    fn links(&self) -> Result<&HrefCipher, Error> {
        match (&self.of, self.verdict()) {
            (Of::Folder(Some(links)), Verdict::Merge | Verdict::Within | Verdict::PlaceholderTitled) => {
                Ok(links)
            }
            _ => Err(Error::new(Code::MisuseBadArgument, "there is nothing to be merged")),
        }
    }

    /// Writing what the live copy had into the archived one, which is back: `drives` were read after the host had seen that it is
    /// ([`Self::is_back`]).
    ///
    /// # Errors
    /// `misuse/bad-argument` where there is nothing to be merged, `drive/incomplete` where the folder was not read, `edit/unfit` where a copy
    /// holds no folder.
    pub fn merge_plan(&self, drives: &[&Drive], tag: &Text) -> Result<MergePlan, Error> {
        let links = self.links()?;
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
    drives.iter().find_map(|drive| document_of(drive, channel))
}

/// What opens a document or file of this channel. An entry may name a channel that its link does not lead to.
fn document_of(drive: &Drive, channel: &str) -> Option<(Of, MessageKeys)> {
    let own = (
        Tables::of_drive(drive.root().document()),
        drive.whose().team().and_then(|team| team.links.as_ref()),
    );
    let folders = drive.folders().iter().filter_map(|folder| {
        let links = folder.declared.opens.as_ref().and_then(|opens| opens.links.as_ref());
        Some((folder.outcome.read()?.tables(), links))
    });
    let is_it = |entry: &Entry<'_>| entry.channel().and_then(Text::as_str) == Some(channel);
    let opened = |entry: Entry<'_>, links: Option<&HrefCipher>| {
        let link = entry.readable_href(links)?;
        let secrets = secrets_from_hash("pad", &parse_href(&link).hash?, entry.password()).ok()?;
        let keys = secrets.message_keys().ok()?;
        (secrets.channel.as_deref() == Some(channel)).then(|| (Of::Document(App::of_link(&link)), keys))
    };
    folders.chain([own]).find_map(|(tables, links)| {
        tables.of_kind(Kind::File).filter(is_it).find_map(|entry| opened(entry, links))
    })
}
