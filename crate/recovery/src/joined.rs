//! The stays of all documents of an account, joined by channel, by author and by time. Everything is looked up, so that the
//! work grows with what there is and not with its square.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use pinfold_core::document::Branch;
use pinfold_core::json::Text;

use crate::bursts::Bursts;
use crate::history::{Author, Beginning, Moment};
use crate::investigation::{Document, Investigation, Whose};
use crate::place::Place;
use crate::presence::{Presence, What};
use crate::reading::Copy;
use crate::steps;

/// Two removals of one session so close together are one act, in milliseconds.
pub const BURST: u64 = 10_000;
/// What a client erases on the server's word, it erases at once everywhere, in milliseconds.
const AT_ONCE: u64 = 1_000;
/// A folder is made after its entry, or shortly before it, in milliseconds.
const MADE_WITH_ITS_ENTRY: u64 = 5 * 60 * 1000;

/// One stay, and where it is.
pub(crate) struct Stay<'i> {
    /// The number of its document.
    pub(crate) at: usize,
    pub(crate) document: &'i Document,
    pub(crate) copy: Copy,
    /// Its number in the timeline of that copy.
    pub(crate) number: usize,
    pub(crate) presence: &'i Presence,
    pub(crate) channel: Option<String>,
}

impl Stay<'_> {
    pub(crate) const fn place(&self) -> Place {
        Place::History { document: self.at, copy: self.copy, presence: self.number }
    }

    /// What it is of: the channel, or itself alone where none is known.
    fn thing(&self) -> String {
        self.channel.clone().unwrap_or_else(|| format!("{} {}", self.at, self.number))
    }
}

/// What an account's documents tell together.
pub(crate) struct Joined<'i> {
    investigation: &'i Investigation,
    stays: Vec<Stay<'i>>,
    /// The stays of each channel, as places in `stays`.
    by_channel: HashMap<String, Vec<usize>>,
    /// The stays of each copy of a document stand together: where the first is, and behind the last.
    by_document: HashMap<(usize, Copy), Range<usize>>,
    /// When each session entered a channel somewhere; sorted.
    arrivals: HashMap<(String, Option<Author>), Vec<u64>>,
    /// Entries that went to the list of old folders: document, copy, line and channel.
    put_aside: HashSet<(usize, Copy, usize, String)>,
    /// When a shared folder of this channel was entered first.
    entered: HashMap<String, u64>,
    /// Channels of the documents that the account reaches now.
    reached: HashSet<String>,
    /// Channels that stand in one of those, outside the trash.
    standing: HashSet<String>,
    /// The sessions that were the user's.
    own: HashSet<Author>,
    /// Those of them that erase no key by themselves.
    careful: HashSet<Author>,
    /// What each session removed that did not only move, and had not been in the trash.
    removals: Bursts,
    /// When each session's client erased something on the server's word; sorted.
    erasures: HashMap<Author, Vec<u64>>,
    /// The lines with which an entry of a document or file left: no client erases one.
    by_hand: HashSet<(usize, Copy, usize)>,
}

impl<'i> Joined<'i> {
    pub(crate) fn of(investigation: &'i Investigation) -> Self {
        let stays: Vec<Stay<'_>> = stays_of(investigation).collect();
        let mut by_channel: HashMap<String, Vec<usize>> = HashMap::new();
        for (at, stay) in stays.iter().enumerate() {
            if let Some(channel) = &stay.channel {
                by_channel.entry(channel.clone()).or_default().push(at);
            }
        }
        let mut joined = Self {
            investigation,
            stays,
            by_channel,
            by_document: HashMap::new(),
            arrivals: HashMap::new(),
            put_aside: HashSet::new(),
            entered: HashMap::new(),
            reached: reached(investigation),
            standing: HashSet::new(),
            own: investigation.own().clone(),
            careful: HashSet::new(),
            removals: Bursts::default(),
            erasures: HashMap::new(),
            by_hand: HashSet::new(),
        };
        joined.look_up();
        let standing =
            joined.stays(Copy::Live).filter(|stay| joined.reaches(stay.document) && stands(stay.presence));
        joined.standing = standing.filter_map(|stay| stay.channel.clone()).collect();
        joined.own.extend(joined.unpinned());
        joined.careful =
            investigation.evidence.removed_here.iter().filter_map(|row| joined.removed_here(row)).collect();
        joined.own.extend(&joined.careful);
        let removed = joined.stays(Copy::Live).filter(|stay| joined.is_removed(stay));
        joined.removals = Bursts::of(removed.filter_map(|stay| {
            let to = stay.presence.to?;
            Some((to.author?, to.time?, stay.thing()))
        }));
        joined.erasures = joined.times(|stay| was_erased_alone(stay.presence));
        joined
    }

    /// What is asked for often is looked up.
    fn look_up(&mut self) {
        for (place, stay) in self.stays.iter().enumerate() {
            let of = self.by_document.entry((stay.at, stay.copy)).or_insert(place..place);
            of.end = place + 1;
            let (Some(channel), from) = (&stay.channel, stay.presence.named) else { continue };
            if stay.presence.what == What::OldFolder {
                self.put_aside.insert((stay.at, stay.copy, from.line, channel.clone()));
            }
            if let (What::File, Some(to)) = (stay.presence.what, stay.presence.to) {
                self.by_hand.insert((stay.at, stay.copy, to.line));
            }
            let Some(time) = from.time.filter(|_| stay.copy == Copy::Live) else { continue };
            self.arrivals.entry((channel.clone(), from.author)).or_default().push(time);
            if stay.presence.what == What::SharedFolder {
                let first = self.entered.entry(channel.clone()).or_insert(time);
                *first = (*first).min(time);
            }
        }
        self.arrivals.values_mut().for_each(|times| times.sort_unstable());
    }

    /// The sessions that removed what the account's own pin log let go of at the same time: the clients of other members
    /// do nothing then.
    fn unpinned(&self) -> Vec<Author> {
        let let_go = |stay: &&Stay<'_>| {
            let (Some(channel), Some(time)) = (&stay.channel, stay.presence.to.and_then(|to| to.time)) else {
                return false;
            };
            is_near(self.investigation.unpins(channel), time, BURST, 1)
        };
        self.stays(Copy::Live).filter(let_go).filter_map(|stay| stay.presence.to?.author).collect()
    }

    /// The session that removed what a device's log says was removed there: the last one before that.
    fn removed_here(&self, (document, id, time): &(String, String, u64)) -> Option<Author> {
        let here = |stay: &&Stay<'_>| stay.copy == Copy::Live && stay.document.channel.as_str() == document;
        let left = self.stays_of(id).filter(here).filter_map(|stay| stay.presence.to);
        let before = left.filter(|to| to.time.is_some_and(|at| at <= time.saturating_add(BURST)));
        before.max_by_key(|to| to.time)?.author
    }

    fn times(&self, wanted: impl Fn(&Stay<'_>) -> bool) -> HashMap<Author, Vec<u64>> {
        let mut times: HashMap<Author, Vec<u64>> = HashMap::new();
        for stay in self.stays(Copy::Live).filter(|stay| wanted(stay)) {
            if let Some(Moment { time: Some(time), author: Some(author), .. }) = stay.presence.to {
                times.entry(author).or_default().push(time);
            }
        }
        times.values_mut().for_each(|times| times.sort_unstable());
        times
    }

    pub(crate) fn reaches(&self, document: &Document) -> bool {
        self.reached.contains(document.channel.as_str())
    }

    pub(crate) fn stands(&self, channel: &str) -> bool {
        self.standing.contains(channel)
    }

    pub(crate) fn stays(&self, copy: Copy) -> impl DoubleEndedIterator<Item = &Stay<'i>> {
        self.stays.iter().inspect(|_| steps::step()).filter(move |stay| stay.copy == copy)
    }

    /// Every stay of a channel, in both copies of every document.
    pub(crate) fn stays_of(&self, channel: &str) -> impl Iterator<Item = &Stay<'i>> {
        let places = self.by_channel.get(channel).into_iter().flatten();
        places.inspect(|_| steps::step()).filter_map(|at| self.stays.get(*at))
    }

    /// The stay in a history that is there.
    pub(crate) fn stay(&self, place: Place) -> Option<&Stay<'i>> {
        let Place::History { document, copy, presence } = place else { return None };
        self.stays.get(self.by_document.get(&(document, copy))?.start.checked_add(presence)?)
    }

    pub(crate) const fn investigation(&self) -> &'i Investigation {
        self.investigation
    }

    /// What a copy of a document holds.
    pub(crate) fn inside(&self, channel: &str, copy: Copy) -> impl Iterator<Item = &Stay<'i>> {
        let at = self.investigation.place_of(channel);
        let places = at.and_then(|at| self.by_document.get(&(at, copy))).cloned().unwrap_or_default();
        self.stays.get(places).unwrap_or_default().iter().inspect(|_| steps::step())
    }

    pub(crate) fn document_of(&self, channel: &str) -> Option<&'i Document> {
        self.investigation.document_of(channel)
    }

    /// Whether the entry went to the list of old folders in the same line: its password was changed.
    pub(crate) fn was_put_aside(&self, stay: &Stay<'_>, channel: &str) -> bool {
        let Some(to) = stay.presence.to else { return false };
        self.put_aside.contains(&(stay.at, stay.copy, to.line, channel.to_owned()))
    }

    /// Whether the client erased it on the server's word: no person takes the data away and leaves the number in the
    /// tree, and nobody removes teams and calendars one by one. In a team's drive both go at once; there it is told by
    /// what the same session erased elsewhere at the same time.
    pub(crate) fn was_erased(&self, stay: &Stay<'_>) -> bool {
        let Some(Moment { time, author: Some(author), .. }) = stay.presence.to else {
            return was_erased_alone(stay.presence);
        };
        let elsewhere = self.erasures.get(&author).zip(time);
        let away = |channel: &String| time.is_some_and(|time| self.investigation.was_away(channel, time));
        was_erased_alone(stay.presence)
            || stay.presence.what == What::SharedFolder
                && (elsewhere.is_some_and(|(times, time)| is_near(times, time, AT_ONCE, 1))
                    || self.looks_erased(stay) && stay.channel.as_ref().is_some_and(away))
    }

    /// Whether a client that erases it writes what is seen here, and a person may write it as well: in a team's drive entry and
    /// number go in one line; of what lay in the trash an empty list stays.
    fn looks_erased(&self, stay: &Stay<'_>) -> bool {
        let Some(to) = stay.presence.to else { return false };
        stay.presence.what == What::SharedFolder
            && (stay.presence.left_an_empty_list || stay.document.whose == Whose::Team)
            && !self.by_hand.contains(&(stay.at, stay.copy, to.line))
    }

    /// Whether a client may have erased the key of a folder that looks removed. That the folder was in use before says nothing: its owner
    /// may have destroyed it, and an operator put it back. It was somebody where a client had read the folder just before, since its list
    /// of pins as a whole names what is in it, and where the folder is still there.
    pub(crate) fn may_be_erased(&self, stay: &Stay<'_>, channel: &str) -> bool {
        let (at, by) = stay.presence.to.map_or((None, None), |to| (to.time, to.author));
        let had = |at| is_near_before(self.investigation.listed_times(channel), at, BURST);
        let is_there = self.document_of(channel).is_some_and(|document| document.live.is_some());
        let is_careful = by.is_some_and(|author| self.careful.contains(&author));
        self.looks_erased(stay) && !is_careful && !(is_there && at.is_some_and(had))
    }

    /// Whether somebody else did it: in a document of several people, by a session that never wrote in the account's
    /// own drive.
    pub(crate) fn is_others(&self, stay: &Stay<'_>) -> bool {
        let author = stay.presence.to.or(stay.presence.thrown).and_then(|at| at.author);
        stay.document.whose != Whose::Account && !author.is_some_and(|author| self.own.contains(&author))
    }

    /// Whether a session was the user's.
    pub(crate) fn is_own(&self, author: Author) -> bool {
        self.own.contains(&author)
    }

    /// Whether the same session removed something else within seconds.
    pub(crate) fn is_in_a_burst(&self, stay: &Stay<'_>) -> bool {
        let Some(Moment { time: Some(time), author: Some(author), .. }) = stay.presence.to else {
            return false;
        };
        self.removals.has_another(author, time, &stay.thing(), BURST)
    }

    /// Whether it was taken out without the trash, and did not only move.
    fn is_removed(&self, stay: &Stay<'_>) -> bool {
        matches!(stay.presence.what, What::File | What::SharedFolder)
            && !stay.presence.is_there()
            && !went_through_the_trash(stay.presence)
            && !self.only_moved(stay)
    }

    /// Whether its channel appeared elsewhere by the same session at about the same time: it was moved or converted.
    fn only_moved(&self, stay: &Stay<'_>) -> bool {
        let (Some(to), Some(channel)) = (stay.presence.to, &stay.channel) else { return false };
        let Some(time) = to.time else { return false };
        let from = stay.presence.named;
        let is_one_of_them = stay.copy == Copy::Live
            && from.author == to.author
            && from.apart(&to).is_some_and(|apart| apart <= BURST);
        let times = self.arrivals.get(&(channel.clone(), to.author));
        times.is_some_and(|times| is_near(times, time, BURST, 1 + usize::from(is_one_of_them)))
    }

    /// Whether a folder had been made anew when it was thrown away, or left.
    pub(crate) fn was_made_anew_before(&self, stay: &Stay<'_>, channel: &str) -> bool {
        let at = stay.presence.thrown.or(stay.presence.to).and_then(|at| at.time);
        let anew = self.was_made_anew(channel).and_then(|anew| anew.time);
        stay.presence.what == What::SharedFolder && anew.is_some_and(|anew| at.is_none_or(|at| anew <= at))
    }

    /// Whether a folder's channel began much later than its first entry: a client made it anew, empty. When it did.
    pub(crate) fn was_made_anew(&self, channel: &str) -> Option<Moment> {
        let live = self.document_of(channel)?.live.as_ref()?;
        if live.begins != Beginning::Whole {
            return None;
        }
        let entered = self.entered.get(channel)?;
        (live.first.time? > entered.saturating_add(MADE_WITH_ITS_ENTRY)).then_some(live.first)
    }
}

/// The channels of the documents that the account reaches now: from the account to its teams and folders, and from the teams
/// to theirs.
pub(crate) fn reached(investigation: &Investigation) -> HashSet<String> {
    let mut open: Vec<String> = Vec::new();
    open.extend(investigation.documents().first().map(|account| account.channel.as_str().to_owned()));
    let mut reached: HashSet<String> = HashSet::new();
    while let Some(channel) = open.pop() {
        if !reached.insert(channel.clone()) {
            continue;
        }
        let document = investigation.document_of(&channel);
        let Some((document, told)) = document.and_then(|document| Some((document, document.live.as_ref()?)))
        else {
            continue;
        };
        let there = told.timeline.presences().iter().filter(|presence| presence.is_there());
        let holds = there.filter(|presence| matches!(presence.what, What::SharedFolder | What::Team));
        open.extend(holds.filter_map(|presence| channel_of(document, presence)));
    }
    reached
}

/// The channel of an entry, as it says, or as its link does.
pub(crate) fn channel_of(document: &Document, presence: &Presence) -> Option<String> {
    let entry = presence.entry();
    let named = entry.channel().and_then(Text::as_str).map(str::to_owned);
    named.or_else(|| entry.leads_to(document.links.as_ref()))
}

fn stays_of(investigation: &Investigation) -> impl Iterator<Item = Stay<'_>> {
    let documents = investigation.documents().iter().enumerate();
    documents.flat_map(|(at, document)| {
        let copies = [Copy::Live, Copy::Archived].into_iter();
        copies.filter_map(move |copy| Some((copy, document.told(copy)?))).flat_map(move |(copy, told)| {
            let presences = told.timeline.presences().iter().enumerate();
            presences.map(move |(number, presence)| {
                let channel = channel_of(document, presence);
                Stay { at, document, copy, number, presence, channel }
            })
        })
    })
}

/// Whether at least so many of these sorted times are so near to a time.
fn is_near(times: &[u64], time: u64, by: u64, count: usize) -> bool {
    let from = times.partition_point(|other| *other < time.saturating_sub(by));
    let to = times.partition_point(|other| *other <= time.saturating_add(by));
    to.saturating_sub(from) >= count
}

/// Whether one of these sorted times is so near before a time, or that time itself.
fn is_near_before(times: &[u64], time: u64, by: u64) -> bool {
    let before = times.partition_point(|other| *other <= time);
    let last = before.checked_sub(1).and_then(|last| times.get(last));
    last.is_some_and(|last| time - last <= by)
}

fn was_erased_alone(presence: &Presence) -> bool {
    match presence.what {
        What::SharedFolder => presence.left_a_number,
        What::Team | What::Calendar => !presence.is_there(),
        What::File | What::OldFolder | What::Link => false,
    }
}

/// Whether it is in the document and not in the trash.
pub(crate) fn stands(presence: &Presence) -> bool {
    presence.is_there() && presence.thrown.is_none() && presence.what != What::OldFolder
}

/// Whether it was in the trash in an earlier session, or long enough before it left: emptying the trash is deliberate.
pub(crate) fn went_through_the_trash(presence: &Presence) -> bool {
    let (Some(thrown), Some(to)) = (presence.thrown, presence.to) else { return false };
    presence.places.iter().all(|spot| spot.branch == Branch::Trash)
        && (thrown.author != to.author || thrown.apart(&to).is_some_and(|apart| apart >= BURST))
}
