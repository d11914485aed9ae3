//! Putting back what was lost: what is pinned first, then which edits in which documents, and what cannot be put back.
//!
//! ```text
//! the pins of all of it ─▶ the account's drive ─▶ teams ─▶ folders
//! ```
//! Each step is one message: entry, place and tag come together. A drive comes before its folders, so that a folder whose
//! own key was lost is there before something is put into it. A plan that was cut anywhere is made anew and carried out
//! again: what is there already is left alone.

use std::collections::{BTreeMap, HashMap, HashSet};

use pinfold_core::document::{Branch, EntryId, Kind, Shape, Tables};
use pinfold_core::drive::edit::{Beside, Edit, Put, PutBeside, Restore};
use pinfold_core::ids::{IdSet, PinId};
use pinfold_core::json::{Object, Text, Value};
use pinfold_core::names::names;
use pinfold_core::pins::rules::{FolderView, folder_list};

use crate::beside::beside;
use crate::investigation::{Document, Investigation, Whose};
use crate::joined::{Joined, Stay, stands};
use crate::loss::{Cause, KeyAt, Loss};
use crate::place::Place;
use crate::presence::{Presence, What};
use crate::reading::Copy;

/// What is to be put back, and how.
#[derive(Debug, Clone)]
pub struct Wanted<'w> {
    /// What is lost and shall be put back, of [`Investigation::losses`].
    pub losses: &'w [Loss],
    /// Channels that an operator has put back: their entries gain the tag wherever they stand.
    pub marked: &'w [String],
    /// The tag: see [`tag_of`](crate::tag_of).
    pub tag: Text,
    /// Whether plain folders that are gone are made again. Otherwise what stood there then stands in the root.
    pub make_folders: bool,
}

/// What putting back comes to.
#[derive(Debug, Clone, Default)]
pub struct RestorePlan {
    /// To be pinned, and that confirmed, before anything is written.
    pub pins: IdSet,
    /// What is written then, one after the other.
    pub steps: Vec<Step>,
    /// What returns because the folder that holds it does: numbers in [`Wanted::losses`].
    pub with_folders: Vec<usize>,
    /// What cannot be put back: the number in [`Wanted::losses`], and why.
    pub left: Vec<(usize, Why)>,
}

/// What is written into one document, in one message.
#[derive(Debug, Clone)]
pub struct Step {
    /// Which of [`Investigation::documents`].
    pub document: usize,
    /// The edits.
    pub edits: Vec<Edit>,
    /// The losses that end with it: numbers in [`Wanted::losses`].
    pub losses: Vec<usize>,
    /// What is to be pinned for it.
    pub pins: IdSet,
}

names! {
    /// Why something is not put back.
    #[derive(Hash)]
    Why as LeftBecause, "Why something is not put back.":
    /// The server has no live copy of the folder: an operator has to put it back first. Clients erase its entry again
    /// until then.
    FolderMissing = "folder-missing",
    /// The server has the folder and does not hand it out, or it could not be read: whether its entry would stay, and what is
    /// in it, is not known.
    FolderUnread = "folder-unread",
    /// It is there, and what was in it is not: the two copies of it have to be brought together.
    MadeAnew = "made-anew",
    /// Somebody changed its password: only who knows the new one can enter it.
    PasswordChanged = "password-changed",
    /// It is in a folder that is still there and whose key is lost: it returns with that folder.
    WithItsFolder = "with-its-folder",
    /// Its entry holds no link that can be opened.
    NoKey = "no-key",
    /// It is a calendar of a team that this account can only view. Its links are kept in that team's document alone, and a member
    /// who can edit puts it back.
    ViewOnly = "view-only",
    /// It is nothing that a drive holds a key of: a link to the web.
    BesideTheDrive = "beside-the-drive",
}

impl Investigation {
    /// How to put back what is wanted. Nothing is read or written.
    pub fn restore_plan(&self, wanted: &Wanted<'_>) -> RestorePlan {
        let mut planner = Planner::of(self, wanted);
        for (number, loss) in wanted.losses.iter().enumerate() {
            let done = match loss.what {
                What::Team | What::Calendar => planner.beside(number, loss),
                _ => planner.home(loss).map(|(document, put)| planner.put_back(number, loss, document, put)),
            };
            match done {
                Ok(()) => {}
                Err(Why::WithItsFolder) if planner.brings(loss) => planner.plan.with_folders.push(number),
                Err(why) => planner.plan.left.push((number, why)),
            }
        }
        planner.mark();
        planner.finish()
    }
}

struct Planner<'p> {
    joined: Joined<'p>,
    investigation: &'p Investigation,
    documents: &'p [Document],
    wanted: &'p Wanted<'p>,
    /// The folders that this plan puts back.
    returning: HashSet<&'p str>,
    steps: BTreeMap<usize, Step>,
    plan: RestorePlan,
}

impl<'p> Planner<'p> {
    fn of(investigation: &'p Investigation, wanted: &'p Wanted<'p>) -> Self {
        Self {
            joined: Joined::of(investigation),
            investigation,
            documents: investigation.documents(),
            wanted,
            returning: returning(investigation, wanted.losses),
            steps: BTreeMap::new(),
            plan: RestorePlan::default(),
        }
    }

    /// Into which document it goes, and as what.
    fn home(&self, loss: &Loss) -> Result<(usize, Put), Why> {
        let presence = self.investigation.presence_at(loss.place).ok_or(Why::NoKey)?;
        let kind = match presence.what {
            What::File => Kind::File,
            What::SharedFolder => Kind::SharedFolder,
            What::OldFolder => return Err(Why::PasswordChanged),
            What::Team | What::Calendar | What::Link => return Err(Why::BesideTheDrive),
        };
        if loss.cause == Cause::PasswordChange {
            return Err(Why::PasswordChanged);
        }
        if loss.cause == Cause::FolderMadeAnew && kind == Kind::SharedFolder {
            return Err(Why::MadeAnew);
        }
        if loss.key_at == KeyAt::ViaFolder {
            return Err(Why::WithItsFolder);
        }
        let folder = self.joined.document_of(&loss.channel).filter(|_| kind == Kind::SharedFolder);
        if folder.is_some_and(is_missing) {
            let is_unread = self.investigation.is_unreadable(&loss.channel);
            return Err(if is_unread { Why::FolderUnread } else { Why::FolderMissing });
        }
        // An entry that names a channel and holds no link opens nothing.
        let entry = presence.entry();
        if entry.href().or(entry.view_href()).is_none()
            || !self.investigation.leads_to(loss.place, &loss.channel)
        {
            return Err(Why::NoKey);
        }
        // What the vault keeps of a folder opens it, or it would have been read.
        let is_kept = matches!(loss.place, Place::Vault { .. });
        if is_kept && kind == Kind::SharedFolder && folder.is_none() {
            return Err(Why::NoKey);
        }
        let put = put_of(kind, &loss.channel, presence).ok_or(Why::NoKey)?;
        let holder = loss.place.document().and_then(|at| Some((at, self.documents.get(at)?)));
        if let Some((at, document)) = holder
            && self.is_open(document)
            && (kind == Kind::File || document.whose != Whose::Folder)
        {
            return Ok((at, put));
        }
        // Its document cannot be written to, or is not there any more: the account's own drive takes it.
        let document = holder.map(|(_, document)| document).filter(|of| of.whose != Whose::Account);
        let links = document.and_then(|document| document.links.as_ref());
        let own = put.in_plain(links).ok_or(Why::NoKey)?;
        Ok((0, own.within(Vec::new())))
    }

    /// A team or a calendar returns into the document that held it, in the message that puts back the other entries there. A team that
    /// the server does not have would be erased again.
    fn beside(&mut self, number: usize, loss: &Loss) -> Result<(), Why> {
        let at = loss.place.document().ok_or(Why::NoKey)?;
        let home = self.documents.get(at).ok_or(Why::NoKey)?;
        let presence = self.investigation.presence_at(loss.place);
        let Some(Presence { id, data: Value::Object(entry), .. }) = presence else { return Err(Why::NoKey) };
        let what = if loss.what == What::Team { Beside::Team } else { Beside::Calendar };
        if loss.key_at == KeyAt::ViaFolder {
            return Err(Why::WithItsFolder);
        }
        // The links of a team's calendar mean nothing elsewhere.
        if !self.is_open(home) {
            return Err(if home.links.is_none() { Why::ViewOnly } else { Why::NoKey });
        }
        let document = self.investigation.document_of(&loss.channel);
        let is_unread = self.investigation.is_unreadable(&loss.channel);
        let is_gone = self.investigation.said(&loss.channel).is_some_and(|said| !said.is_live());
        match (what, document) {
            _ if is_unread => return Err(Why::FolderUnread),
            _ if is_gone => return Err(Why::FolderMissing),
            (Beside::Team, None) => return Err(Why::NoKey),
            (Beside::Team, Some(team)) if is_missing(team) => return Err(Why::FolderMissing),
            _ => {}
        }
        let tag = self.wanted.tag.clone();
        let put = PutBeside { what, key: id.clone(), entry: entry.clone(), tag };
        // One odd entry would keep out all others of this document.
        if !put.is_fit() {
            return Err(Why::NoKey);
        }
        // A team pins for itself.
        let pins = PinId::parse(&loss.channel).filter(|_| what == Beside::Calendar);
        let step = self.step(at);
        step.edits.push(Edit::PutBeside(put));
        step.losses.push(number);
        step.pins = std::mem::take(&mut step.pins).union(pins);
        Ok(())
    }

    /// Whether the account can write in it: now, or once this plan has put its folder back.
    fn is_open(&self, document: &Document) -> bool {
        let reached = self.joined.reaches(document) || self.returning.contains(document.channel.as_str());
        let may_write = document.whose == Whose::Account || document.links.is_some();
        reached && may_write && document.live.is_some()
    }

    /// Whether its folder returns with this plan.
    fn brings(&self, loss: &Loss) -> bool {
        self.investigation.holder_of(loss.place).is_some_and(|holder| self.returning.contains(holder))
    }

    fn put_back(&mut self, number: usize, loss: &Loss, document: usize, put: Put) {
        let presence = self.investigation.presence_at(loss.place);
        let is_template =
            |presence: &Presence| presence.stood.first().is_some_and(|spot| spot.branch == Branch::Template);
        let restore = Restore {
            template: loss.place.document() == Some(document) && presence.is_some_and(is_template),
            make_folders: self.wanted.make_folders,
            ..Restore::new(put, self.wanted.tag.clone())
        };
        let mut pins = pins_of(&restore.put, self.documents.get(document));
        if loss.what == What::SharedFolder {
            let inside = self.joined.inside(&loss.channel, Copy::Live).filter(|stay| stands(stay.presence));
            let inside: Vec<IdSet> = inside.filter_map(pins_of_stay).collect();
            pins = inside.into_iter().fold(pins, IdSet::union);
        }
        let step = self.step(document);
        step.edits.push(Edit::Restore(restore));
        step.losses.push(number);
        step.pins = std::mem::take(&mut step.pins).union(pins);
    }

    /// What an operator has put back gains the tag where it stands.
    fn mark(&mut self) {
        let mut marks: Vec<(usize, Edit, IdSet)> = Vec::new();
        let tag = &self.wanted.tag;
        for channel in self.wanted.marked {
            for stay in self.joined.stays_of(channel) {
                let is_open = self.is_open(stay.document) && stay.copy == Copy::Live;
                if !(is_open && stands(stay.presence)) {
                    continue;
                }
                if let (Some(what), Value::Object(entry)) = (beside(stay.presence.what), &stay.presence.data)
                {
                    let (key, entry) = (stay.presence.id.clone(), entry.clone());
                    let put = PutBeside { what, key, entry, tag: tag.clone() };
                    if put.is_fit() {
                        marks.push((stay.at, Edit::PutBeside(put), IdSet::new()));
                    }
                    continue;
                }
                let kind = match stay.presence.what {
                    What::File => Kind::File,
                    What::SharedFolder => Kind::SharedFolder,
                    What::OldFolder | What::Link | What::Team | What::Calendar => continue,
                };
                let Some(put) = put_of(kind, channel, stay.presence) else { continue };
                let pins = pins_of(&put, Some(stay.document));
                marks.push((stay.at, Edit::Restore(Restore::new(put, tag.clone())), pins));
            }
        }
        for (document, edit, pins) in marks {
            let step = self.step(document);
            step.edits.push(edit);
            step.pins = std::mem::take(&mut step.pins).union(pins);
        }
    }

    fn step(&mut self, document: usize) -> &mut Step {
        let new = || Step { document, edits: Vec::new(), losses: Vec::new(), pins: IdSet::new() };
        self.steps.entry(document).or_insert_with(new)
    }

    fn finish(self) -> RestorePlan {
        let mut steps: Vec<Step> = self.steps.into_values().collect();
        let rank = |step: &Step| {
            self.documents.get(step.document).map(|document| match document.whose {
                Whose::Account => 0,
                Whose::Team => 1,
                Whose::Folder => 2,
            })
        };
        steps.sort_by_key(rank);
        let pins = steps.iter().fold(IdSet::new(), |all, step| all.union(step.pins.iter().cloned()));
        RestorePlan { pins, steps, ..self.plan }
    }
}

/// The folders and teams that return when all of these do: what is in another one returns if that does.
fn returning<'p>(investigation: &Investigation, losses: &'p [Loss]) -> HashSet<&'p str> {
    let mut returning = HashSet::new();
    let mut held: HashMap<&str, Vec<&'p str>> = HashMap::new();
    let mut open = Vec::new();
    for loss in losses.iter().filter(|loss| matches!(loss.what, What::SharedFolder | What::Team)) {
        let document = investigation.document_of(&loss.channel);
        let leaves = loss.key_at != KeyAt::Present || is_trashed(investigation, loss);
        if !leaves || document.is_some_and(is_missing) {
            continue;
        }
        match loss.key_at {
            KeyAt::ViaFolder => {
                let holder = investigation.holder_of(loss.place).unwrap_or_default();
                held.entry(holder).or_default().push(&loss.channel);
            }
            _ => open.push(loss.channel.as_str()),
        }
    }
    while let Some(channel) = open.pop() {
        if returning.insert(channel) {
            open.extend(held.remove(channel).into_iter().flatten());
        }
    }
    returning
}

/// Whether the server has no live copy of it.
const fn is_missing(document: &Document) -> bool {
    document.live.is_none()
}

fn is_trashed(investigation: &Investigation, loss: &Loss) -> bool {
    investigation.presence_at(loss.place).is_some_and(|presence| presence.thrown.is_some())
}

/// An entry as it was, where it stood last outside the trash.
fn put_of(kind: Kind, channel: &str, presence: &Presence) -> Option<Put> {
    let Value::Object(entry) = &presence.data else { return None };
    let number = presence.id.as_str().and_then(EntryId::parse);
    // A key that is no number: another client may have written anything. Any number will do.
    let of_channel = || u64::from_str_radix(channel.get(..12)?, 16).ok().and_then(EntryId::new);
    let mut put = Put::new(kind, number.or_else(of_channel)?, entry.clone());
    if let Some(spot) = presence.stood.iter().find(|spot| spot.branch == Branch::Root)
        && let Some((name, folders)) = spot.names.split_last()
    {
        put.name = name.clone();
        put.folders = folders.to_vec();
    }
    Some(put)
}

/// What an entry names that has to be pinned, as the rules of pins read it.
fn pins_of(put: &Put, document: Option<&Document>) -> IdSet {
    if put.kind == Kind::SharedFolder {
        let entry = Value::Object(put.entry.clone());
        let channel = pinfold_core::document::Entry::alone(put.kind, &entry).channel().and_then(PinId::of);
        return channel.into_iter().collect();
    }
    let mut alone = Value::Object(Object::new());
    let links = document.filter(|document| document.whose != Whose::Account);
    let links = links.and_then(|document| document.links.as_ref());
    // Alone in a document that holds nothing else.
    drop(Edit::Put(put.clone()).apply(&mut alone, Shape::Folder));
    let view = FolderView { pinned: None, content: Some(Tables::of(&alone)), links, read_only: false };
    folder_list(&view, None).ids.into_iter().map(|(_, id)| id).collect()
}

fn pins_of_stay(stay: &Stay<'_>) -> Option<IdSet> {
    let kind = match stay.presence.what {
        What::File => Kind::File,
        _ => return None,
    };
    let put = put_of(kind, stay.channel.as_deref()?, stay.presence)?;
    Some(pins_of(&put, Some(stay.document)))
}
