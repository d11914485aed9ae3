//! "Was I affected?" For an incident of a certain time: what became of each thing that the account ever held, and by whose
//! doing.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use pinfold_core::names::names;

use crate::history::{Author, Moment};
use crate::investigation::{Document, Investigation, Whose};
use crate::joined::{Joined, Stay, stands};
use crate::loss::{Cause, Loss, losses};
use crate::place::Place;
use crate::presence::What;
use crate::reading::{Copy, Told};
use crate::steps;

/// What is asked about an incident.
#[derive(Debug, Clone, Default)]
pub struct Question {
    /// When it began, in milliseconds since the epoch.
    pub from: u64,
    /// When it was over, that moment included.
    pub to: u64,
    /// Whether it was about shared folders and what is in them, and nothing else.
    pub folders_only: bool,
    /// It was about folders that nobody had written in for so many milliseconds before it began. Whether that holds for a
    /// single document is not known: those are all asked about.
    pub idle_for: Option<u64>,
    /// The sessions of this device, as far as it knows them: another session of the account's own is another device. If
    /// there is none, nothing is said of devices.
    pub here: HashSet<Author>,
}

names! {
    /// How a thing is now, as far as the incident goes.
    #[derive(Hash, PartialOrd, Ord)]
    Harm as Harm, "How a thing is now, as far as an incident goes.":
    /// Nothing happened to it in that time, and it can be read.
    Untouched = "untouched",
    /// Its entry is there, and the server has no channel behind it, or nothing of it was read.
    Missing = "missing",
    /// An operator's notice says that it was in the archive in that time, and it is there again.
    Restored = "restored",
    /// A client made its channel anew in that time, empty.
    MadeAnew = "made-anew",
    /// Its entry left the account in that time, and its key with it, or it went to the trash.
    KeyGone = "key-gone",
    /// It cannot be told: its log could not be read, or no line of it opens.
    Unknown = "unknown",
}

names! {
    /// Who did it.
    #[derive(Hash)]
    By as Doer, "By whose doing.":
    /// The user, on this device, or on any where the devices are not known.
    User = "user",
    /// Another device of the user's.
    OtherDevice = "other-device",
    /// Another member of the folder or team.
    OtherMember = "other-member",
    /// A client by itself, on the server's word.
    Client = "client",
    /// The server has nothing, and no line says why.
    Server = "server",
    /// An operator archived it, as their notice says.
    Operator = "operator",
}

/// What became of one thing.
#[derive(Debug, Clone)]
pub struct Affected {
    /// What it is.
    pub what: What,
    /// Its channel.
    pub channel: String,
    /// Where what it said last is kept.
    pub place: Place,
    /// How it is.
    pub harm: Harm,
    /// By whose doing. None where it is untouched, or where it cannot be told.
    pub by: Option<By>,
    /// Why it is gone, if it is.
    pub cause: Option<Cause>,
    /// When, if a line says so.
    pub at: Option<Moment>,
    /// When somebody last wrote in it before the incident, if it was read.
    pub last_active: Option<Moment>,
    /// The sessions that wrote in the document that holds it during the incident, in the order of their first line. Everything in
    /// one document has the same.
    pub visits: Arc<[Author]>,
}

impl Investigation {
    /// What became of each thing that the account ever held, in the order of the documents. What never stood anywhere is
    /// not in the list: [`Investigation::fate`] says whether that proves anything.
    pub fn affected(&self, question: &Question) -> Vec<Affected> {
        let joined = Joined::of(self);
        let losses = losses(&joined);
        let lost: HashMap<&str, &Loss> = losses.iter().map(|loss| (loss.channel.as_str(), loss)).collect();
        let sessions = self.documents().iter().map(|document| Sessions::of(document, question)).collect();
        let asking = Asking { investigation: self, joined: &joined, lost: &lost, question, sessions };
        let mut named: HashSet<&str> = HashSet::new();
        let mut found = Vec::new();
        // The last stay of a channel is the one that counts.
        let stays = joined.stays(Copy::Live).rev().filter(|stay| joined.reaches(stay.document));
        for stay in stays {
            if let Some(channel) = stay.channel.as_deref().filter(|_| asking.is_asked_about(stay))
                && named.insert(channel)
            {
                found.push(asking.answer(stay, channel));
            }
        }
        found.reverse();
        // What stood in a folder that is asked about, and stands nowhere now.
        let holder = |loss: &Loss| self.holder_of(loss.place);
        let inside = losses.iter().filter(|loss| !named.contains(loss.channel.as_str()));
        let inside = inside.filter(|loss| matches!(loss.cause, Cause::FolderLost | Cause::FolderMadeAnew));
        let inside = inside.filter(|loss| holder(loss).is_some_and(|holder| named.contains(holder)));
        found.extend(inside.filter_map(|loss| asking.inside(loss)));
        found.extend(losses.iter().filter_map(|loss| asking.kept(loss)));
        found
    }
}

struct Asking<'a> {
    investigation: &'a Investigation,
    joined: &'a Joined<'a>,
    lost: &'a HashMap<&'a str, &'a Loss>,
    question: &'a Question,
    /// Of each document, by its number.
    sessions: Vec<Sessions>,
}

/// The sessions that wrote in a document, as far as an incident goes.
struct Sessions {
    /// When somebody wrote in it last before the incident: of a session that went on during it, when that began.
    last_active: Option<Moment>,
    /// Those that wrote in it during the incident.
    during: Arc<[Author]>,
}

impl Sessions {
    fn of(document: &Document, question: &Question) -> Self {
        let of =
            |told: &'_ Told| told.sessions.iter().inspect(|_| steps::step()).copied().collect::<Vec<_>>();
        let live = document.live.as_ref().map(of).unwrap_or_default();
        let archived = document.archived.as_ref().map(of).unwrap_or_default();
        let moments = live.iter().chain(&archived).flat_map(|session| [session.first, session.last]);
        let before = |moment: &Moment| moment.time.is_some_and(|time| time < question.from);
        let during = live.iter().filter(|session| {
            let (first, last) = (session.first.time, session.last.time);
            first.zip(last).is_some_and(|(first, last)| {
                first.min(last) <= question.to && first.max(last) >= question.from
            })
        });
        Self {
            last_active: moments.filter(before).max_by_key(|moment| moment.time),
            during: during.map(|session| session.author).collect(),
        }
    }
}

impl Asking<'_> {
    fn is_in_time(&self, at: Option<Moment>) -> bool {
        let time = at.and_then(|at| at.time);
        // Without a time it may have been then.
        time.is_none_or(|time| (self.question.from..=self.question.to).contains(&time))
    }

    fn is_asked_about(&self, stay: &Stay<'_>) -> bool {
        let is_folder = stay.presence.what == What::SharedFolder;
        let was_there = stay.presence.from.time.is_none_or(|time| time <= self.question.to);
        let kind =
            matches!(stay.presence.what, What::File | What::SharedFolder | What::Team | What::Calendar);
        let in_folder = stay.document.whose == Whose::Folder;
        let idle = self.question.idle_for.is_none_or(|idle| {
            let last = self.last_active(stay.channel.as_deref().unwrap_or_default());
            let last = last.and_then(|last| last.time);
            !is_folder || last.is_none_or(|last| last.saturating_add(idle) <= self.question.from)
        });
        was_there && kind && idle && (!self.question.folders_only || is_folder || in_folder)
    }

    fn last_active(&self, channel: &str) -> Option<Moment> {
        self.sessions.get(self.investigation.place_of(channel)?)?.last_active
    }

    /// The sessions that wrote in a document during the incident.
    fn visits(&self, at: usize) -> Arc<[Author]> {
        self.sessions.get(at).map(|sessions| Arc::clone(&sessions.during)).unwrap_or_default()
    }

    fn answer(&self, stay: &Stay<'_>, channel: &str) -> Affected {
        let (harm, by, at) = self.harm(stay, channel);
        Affected {
            what: stay.presence.what,
            channel: channel.to_owned(),
            place: stay.place(),
            harm,
            by,
            cause: self
                .lost
                .get(channel)
                .filter(|_| !matches!(harm, Harm::Untouched | Harm::Restored | Harm::Unknown))
                .map(|loss| loss.cause),
            at,
            last_active: self.last_active(channel),
            visits: self.visits(stay.at),
        }
    }

    fn harm(&self, stay: &Stay<'_>, channel: &str) -> (Harm, Option<By>, Option<Moment>) {
        let anew = self.joined.was_made_anew(channel).filter(|at| self.is_in_time(Some(*at)));
        match self.lost.get(channel) {
            Some(loss) if !stands(stay.presence) && (anew.is_some() || self.is_in_time(loss.at)) => {
                (Harm::KeyGone, self.by(loss), loss.at)
            }
            _ if stands(stay.presence) && anew.is_some() => (Harm::MadeAnew, Some(By::Client), anew),
            _ if self.investigation.is_unknown(channel) => (Harm::Unknown, None, None),
            _ if stands(stay.presence) && self.is_missing(stay, channel) => {
                (Harm::Missing, Some(self.operator(channel).map_or(By::Server, |_| By::Operator)), None)
            }
            _ if stands(stay.presence) && self.operator(channel) == Some(true) => {
                (Harm::Restored, Some(By::Operator), None)
            }
            _ => (Harm::Untouched, None, None),
        }
    }

    /// Whether what an operator had archived is back, as far as their notice goes.
    fn operator(&self, channel: &str) -> Option<bool> {
        self.investigation.is_back(channel, (self.question.from, self.question.to))
    }

    /// Whether the server has nothing behind an entry, as far as that was asked.
    fn is_missing(&self, stay: &Stay<'_>, channel: &str) -> bool {
        let is_document = matches!(stay.presence.what, What::SharedFolder | What::Team);
        let unread = self.investigation.document_of(channel).is_some_and(|document| document.live.is_none());
        match self.investigation.said(channel) {
            Some(said) => !said.is_live(),
            None if is_document => unread,
            None => self.operator(channel) == Some(false),
        }
    }

    /// What was in a folder that is gone, or was made anew.
    fn inside(&self, loss: &Loss) -> Option<Affected> {
        let holder = self.investigation.holder_of(loss.place)?;
        let of_folder = self.lost.get(holder);
        let anew = self.joined.was_made_anew(holder);
        let at = of_folder.and_then(|folder| folder.at).or(anew);
        let in_time = anew.is_some_and(|at| self.is_in_time(Some(at))) || self.is_in_time(at);
        let harm = if loss.cause == Cause::FolderMadeAnew { Harm::MadeAnew } else { Harm::KeyGone };
        in_time.then(|| Affected {
            what: loss.what,
            channel: loss.channel.clone(),
            place: loss.place,
            harm,
            by: of_folder.map_or(Some(By::Client), |folder| self.by(folder)),
            cause: Some(loss.cause),
            at,
            last_active: None,
            visits: Arc::default(),
        })
    }

    /// What the vault alone knows of. When it left nobody knows, only when a device noticed that: it may have been in that time, unless
    /// it was noticed before.
    fn kept(&self, loss: &Loss) -> Option<Affected> {
        let Place::Vault { document, .. } = loss.place else { return None };
        let holder = document.and_then(|at| self.investigation.documents().get(at));
        let in_folder = holder.is_some_and(|holder| holder.whose == Whose::Folder);
        let is_asked_about = !self.question.folders_only || loss.what == What::SharedFolder || in_folder;
        let then = loss.since.is_none_or(|since| since >= self.question.from);
        (then && is_asked_about).then(|| Affected {
            what: loss.what,
            channel: loss.channel.clone(),
            place: loss.place,
            harm: Harm::KeyGone,
            by: self.by(loss),
            cause: Some(loss.cause),
            at: None,
            last_active: self.last_active(&loss.channel),
            visits: document.map(|at| self.visits(at)).unwrap_or_default(),
        })
    }

    fn by(&self, loss: &Loss) -> Option<By> {
        let author = loss.at.and_then(|at| at.author);
        let elsewhere =
            |author: &Author| !self.question.here.is_empty() && !self.question.here.contains(author);
        let user = if author.as_ref().is_some_and(elsewhere) { By::OtherDevice } else { By::User };
        Some(match loss.cause {
            Cause::RemovedOrErased | Cause::Unknown => return None,
            Cause::UserTrash | Cause::UserRemoved | Cause::UserBurst | Cause::UserAfterLoss => user,
            Cause::OtherMember | Cause::OtherMemberTrash | Cause::OtherMemberBurst => By::OtherMember,
            Cause::ClientOnServerWord | Cause::FolderMadeAnew => By::Client,
            Cause::PasswordChange if author.is_some_and(|author| !self.joined.is_own(author)) => {
                By::OtherMember
            }
            Cause::PasswordChange | Cause::FolderLost => user,
        })
    }
}
