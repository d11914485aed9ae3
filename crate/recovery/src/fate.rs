//! What became of one thing: for a person who asks after it, by its title or its link.

use pinfold_core::href::href_to_channel;
use pinfold_core::json::Text;

use crate::history::Beginning;
use crate::investigation::{Document, Investigation};
use crate::joined::Joined;
use crate::loss::{Cause, Loss, losses};
use crate::presence::What;
use crate::reading::{Copy, Told};

/// What an operator says of a channel: it was archived, and perhaps put back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// The channel.
    pub channel: String,
    /// Whether it was put back.
    pub restored: bool,
}

/// What became of something.
#[derive(Debug, Clone)]
pub enum Fate {
    /// It is where it always was.
    Untouched,
    /// It stands elsewhere, or under another number.
    Moved,
    /// It stands where it was under another name.
    Renamed,
    /// An operator archived it, or the folder that holds it, and put it back.
    Restored,
    /// It is lost.
    Lost(Loss),
    /// No document of the account ever named it.
    NeverExisted,
    /// No document names it, but at least one log was shortened: of the time before, nothing can be told.
    NotSince(Option<u64>),
    /// No document names it, but at least one history has a hole, has lines that do not open, or was not read: it may have
    /// stood there.
    Unknown,
}

impl Fate {
    /// Since when it is so: when it left, or since when alone anything can be told.
    pub fn since(&self) -> Option<u64> {
        match self {
            Self::Lost(loss) => loss.since,
            Self::NotSince(time) => *time,
            _ => None,
        }
    }

    /// What is lost.
    pub const fn loss(&self) -> Option<&Loss> {
        match self {
            Self::Lost(loss) => Some(loss),
            _ => None,
        }
    }

    /// Its name in reports.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Untouched => "untouched",
            Self::Moved => "moved",
            Self::Renamed => "renamed",
            Self::Restored => "restored",
            Self::Lost(loss) => match loss.cause {
                Cause::UserTrash | Cause::UserRemoved | Cause::UserBurst | Cause::UserAfterLoss => {
                    "removed-by-user"
                }
                Cause::OtherMember | Cause::OtherMemberTrash | Cause::OtherMemberBurst => "removed-by-other",
                Cause::ClientOnServerWord
                | Cause::RemovedOrErased
                | Cause::PasswordChange
                | Cause::FolderMadeAnew
                | Cause::FolderLost
                | Cause::Unknown => "lost",
            },
            Self::NeverExisted => "never-existed",
            Self::NotSince(_) => "not-since",
            Self::Unknown => "unknown",
        }
    }
}

/// What a person remembers of something.
#[derive(Debug, Clone, Copy)]
pub enum Claim<'c> {
    /// Its title, or the name it was given.
    Title(&'c str),
    /// Its link, and the password if it has one.
    Link(&'c str, Option<&'c str>),
    /// Its channel, or the id of a file.
    Channel(&'c str),
}

impl Investigation {
    /// Finds a document or folder by its title, link or channel and tells where it is now. If several had the title, the answer is
    /// about a lost one; if none is lost, about the last one.
    pub fn fate(&self, claim: Claim<'_>, notices: &[Notice]) -> Fate {
        let channels = match claim {
            Claim::Link(link, password) => Vec::from_iter(href_to_channel(link, password).ok().flatten()),
            Claim::Title(title) => self.channels_called(title),
            Claim::Channel(channel) => vec![channel.to_owned()],
        };
        let fates = channels.iter().map(|channel| self.fate_of(channel, notices));
        let last = fates.reduce(|a, b| if matches!(a, Fate::Lost(_)) { a } else { b });
        last.unwrap_or_else(|| self.not_found(&Joined::of(self)))
    }

    /// What became of a channel.
    pub fn fate_of(&self, channel: &str, notices: &[Notice]) -> Fate {
        let joined = Joined::of(self);
        if let Some(loss) = losses(&joined).into_iter().find(|loss| loss.channel == channel) {
            return Fate::Lost(loss);
        }
        let stays = || joined.stays_of(channel);
        if stays().next().is_none() {
            return self.not_found(&joined);
        }
        let restored =
            |channel: &str| notices.iter().any(|notice| notice.restored && notice.channel == channel);
        let holder_restored =
            stays().any(|stay| stay.presence.is_there() && restored(stay.document.channel.as_str()));
        if restored(channel) || holder_restored {
            Fate::Restored
        } else if stays().any(|stay| stay.copy == Copy::Live && !stay.presence.is_there()) {
            Fate::Moved
        } else if stays().any(|stay| stay.presence.is_there() && stay.presence.renamed) {
            Fate::Renamed
        } else if stays().any(|stay| stay.presence.is_there() && stay.presence.moved) {
            Fate::Moved
        } else {
            Fate::Untouched
        }
    }

    fn channels_called(&self, title: &str) -> Vec<String> {
        let mut found = Vec::new();
        let kept = self.kept.entries().iter().filter(|kept| kept.presence.was_called(title));
        found.extend(kept.map(|kept| kept.channel.clone()));
        for document in self.documents() {
            for told in [&document.live, &document.archived].into_iter().flatten() {
                for presence in told.timeline.presences() {
                    let entry = presence.entry();
                    let called = presence.was_called(title);
                    let is_entry = matches!(presence.what, What::File | What::SharedFolder | What::OldFolder);
                    if let (true, true, Some(channel)) =
                        (called, is_entry, entry.channel().and_then(Text::as_str))
                        && !found.iter().any(|known: &String| known == channel)
                    {
                        found.push(channel.to_owned());
                    }
                }
            }
        }
        found
    }

    /// Nothing names it. That proves something only where every document was read, and every log is whole.
    fn not_found(&self, joined: &Joined<'_>) -> Fate {
        // What the archived copy held is in no other: without it, nothing is known of a folder that is gone or was made anew.
        let is_read = |document: &Document| {
            let [live, archived] = [&document.live, &document.archived].map(Option::as_ref);
            let needs_archived = live.is_none() || joined.was_made_anew(document.channel.as_str()).is_some();
            [live, archived].into_iter().flatten().all(Told::is_unbroken)
                && (archived.is_some() || !needs_archived)
        };
        if self.unread_documents() > 0 || !self.documents().iter().all(is_read) {
            return Fate::Unknown;
        }
        let copies = self.documents().iter().flat_map(|document| [&document.live, &document.archived]);
        let trimmed = copies.flatten().filter(|told| told.begins == Beginning::Trimmed);
        let mut times: Vec<Option<u64>> = trimmed.map(|told| told.first.time).collect();
        times.sort_unstable();
        times.last().map_or(Fate::NeverExisted, |latest| Fate::NotSince(*latest))
    }
}
