//! One stay of an entry in a document: from which line to which, what it said, where it stood.

use std::borrow::Cow;
use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};

use pinfold_core::document::{Branch, Entry, Kind, TeamEntry};
use pinfold_core::json::{Text, Value};
use pinfold_core::names::names;

use crate::history::Moment;

/// How many earlier channels of one entry are kept. Nobody changes a password so often, and every line may change it.
pub const EARLIER: usize = 8;

names! {
    /// What an entry is of.
    #[derive(Hash, PartialOrd, Ord)]
    What as EntryKind, "What an entry is of.":
    /// A document or an uploaded file.
    File = "file",
    /// A shared folder.
    SharedFolder = "sharedFolder",
    /// A shared folder whose password somebody changed: the drive keeps its old entry apart.
    OldFolder = "oldFolder",
    /// A link to the web.
    Link = "link",
    /// A team.
    Team = "team",
    /// A calendar.
    Calendar = "calendar",
}

impl What {
    /// Whether it has a number that stands in the tree.
    pub(crate) const fn is_numbered(self) -> bool {
        !matches!(self, Self::Team | Self::Calendar)
    }

    /// Whether it is a document that is read as well.
    pub(crate) const fn is_followed(self) -> bool {
        matches!(self, Self::SharedFolder | Self::OldFolder | Self::Team)
    }

    pub(crate) const fn of(kind: Kind) -> Self {
        match kind {
            Kind::File => Self::File,
            Kind::SharedFolder => Self::SharedFolder,
            Kind::Link => Self::Link,
        }
    }
}

/// A place in the tree of names.
#[derive(Clone, PartialEq, Eq)]
pub struct Spot {
    /// In which part of the tree.
    pub branch: Branch,
    /// The names that lead there; the last is the entry's own.
    pub names: Vec<Text>,
}

impl Spot {
    /// Places are told in this order.
    pub(crate) fn order(&self, other: &Self) -> std::cmp::Ordering {
        let rank = |spot: &Self| Branch::ALL.iter().position(|branch| *branch == spot.branch);
        rank(self).cmp(&rank(other)).then_with(|| self.names.cmp(&other.names))
    }
}

/// One stay of an entry in a document.
#[derive(Clone)]
pub struct Presence {
    /// What it is.
    pub what: What,
    /// Its key in the document.
    pub id: Text,
    /// The first line of which the document has it. Of a log that was shortened: at the latest.
    pub from: Moment,
    /// The first line of which it names the channel that it named last: whoever changes the password of a folder gives its entry
    /// another channel.
    pub named: Moment,
    /// The line that took it out; `None` while it is there.
    pub to: Option<Moment>,
    /// What it said last. Links, keys and passwords are in it.
    pub data: Value,
    /// What it said before its channel became another one, the latest [`EARLIER`] of them: what opens an older channel of a folder
    /// or team.
    pub before: Vec<Value>,
    /// Where it stood last, sorted; nowhere, where nothing shows it.
    pub places: Vec<Spot>,
    /// Where it stood last outside the trash; nowhere, if no line showed it there.
    pub stood: Vec<Spot>,
    /// The first line of its present stay in the trash, if it is there, or was when it left.
    pub thrown: Option<Moment>,
    /// Whether its title, or the name it was given, changed during this stay.
    pub renamed: bool,
    /// What it was called before: sums of the names, so that a log in which every line has another name takes no more memory.
    pub(crate) former: HashSet<u64>,
    /// Whether it stood in another folder of names, or another part of the tree, earlier in this stay; the trash does not count.
    pub moved: bool,
    /// Since when its link can only read, where it could write before in this stay.
    pub weaker: Option<Moment>,
    /// Whether its number stayed in the tree when its data left: the client erased it, not a person.
    pub left_a_number: bool,
    /// Whether its list in the trash stayed when its data left, with nothing in it. Emptying the trash leaves no list.
    pub left_an_empty_list: bool,
    /// Whether it left in one line with all that stood below one folder of names at the root: at least two documents, or a
    /// shared folder.
    pub left_with_folder: bool,
}

impl Presence {
    /// A stay that begins, of which nothing more is known.
    pub(crate) fn begun(what: What, id: Text, at: Moment, data: Value) -> Self {
        Self {
            what,
            id,
            from: at,
            named: at,
            to: None,
            data,
            before: Vec::new(),
            places: Vec::new(),
            stood: Vec::new(),
            thrown: None,
            renamed: false,
            former: HashSet::new(),
            moved: false,
            weaker: None,
            left_a_number: false,
            left_an_empty_list: false,
            left_with_folder: false,
        }
    }

    /// The entry as it was last.
    pub fn entry(&self) -> Entry<'_> {
        Entry::alone(self.kind(), &self.data)
    }

    /// Everything that was ever said of where it is, as far as it is kept; the last comes first.
    pub fn said(&self) -> impl Iterator<Item = &Value> {
        std::iter::once(&self.data).chain(&self.before)
    }

    /// What it was called last: the name that somebody gave it, else its title; of a team its name.
    pub fn title(&self) -> Option<Cow<'_, str>> {
        if self.what == What::Team {
            return TeamEntry::of(&self.data).name().map(Cow::Borrowed);
        }
        let entry = self.entry();
        entry.given_name().or(entry.title()).map(Text::to_string_lossy)
    }

    /// Whether it has or had this name: a title, or the name that somebody gave it.
    pub fn was_called(&self, name: &str) -> bool {
        let entry = self.entry();
        let now = [entry.title(), entry.given_name()].into_iter().flatten().any(|called| *called == name);
        now || self.former.contains(&sum(&Text::from(name)))
    }

    /// Keeps the names that it had in an earlier state.
    pub(crate) fn was(&mut self, data: &Value) {
        let was = Entry::alone(self.kind(), data);
        self.former.extend([was.title(), was.given_name()].into_iter().flatten().map(sum));
    }

    pub(crate) const fn kind(&self) -> Kind {
        match self.what {
            What::SharedFolder | What::OldFolder => Kind::SharedFolder,
            What::Link => Kind::Link,
            What::File | What::Team | What::Calendar => Kind::File,
        }
    }

    /// Whether it has another name than in an earlier state. A first title is no new one.
    pub(crate) fn is_renamed(&self, was: &Value) -> bool {
        let (was, is) = (Entry::alone(self.kind(), was), self.entry());
        was.given_name() != is.given_name() || was.title().is_some() && was.title() != is.title()
    }

    /// Whether it is shown, and in the trash alone.
    pub fn is_thrown(&self) -> bool {
        !self.places.is_empty() && self.places.iter().all(|spot| spot.branch == Branch::Trash)
    }

    /// Whether these places are in other folders of names than those where it stood last.
    pub(crate) fn stands_elsewhere(&self, places: &[Spot]) -> bool {
        let above = |spots: &[Spot]| -> Vec<Spot> {
            let above = |Spot { branch, names }: &Spot| {
                let names = names.split_last().map(|(_, above)| above.to_vec()).unwrap_or_default();
                Spot { branch: *branch, names }
            };
            let mut all: Vec<Spot> = spots.iter().map(above).collect();
            all.sort_by(Spot::order);
            all.dedup();
            all
        };
        !self.stood.is_empty() && above(&self.stood) != above(places)
    }

    /// Whether its links are more than view links, as far as they can be told without a key.
    pub fn can_write(&self) -> bool {
        can_write(self.entry())
    }

    /// Whether it is in the document now.
    pub fn is_there(&self) -> bool {
        self.to.is_none()
    }
}

fn sum(name: &Text) -> u64 {
    let mut sum = DefaultHasher::new();
    name.hash(&mut sum);
    sum.finish()
}

/// Old drives have view links in either field. What is encrypted is an edit link.
pub(crate) fn can_write(entry: Entry<'_>) -> bool {
    entry.href().is_some_and(|href| !href.starts_with(['/', 'h']) || !href.contains("/view/"))
}

/// Which, from when to when; nothing of what it said.
impl std::fmt::Debug for Presence {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut presence = f.debug_struct("Presence");
        presence
            .field("what", &self.what)
            .field("id", &self.id)
            .field("from", &self.from)
            .field("to", &self.to);
        presence.finish_non_exhaustive()
    }
}
