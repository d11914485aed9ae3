//! What is counted after each step of a playing, and how it is printed.

use crate::calendar::date;
use crate::truth::Truth;
use serde::{Serialize, Serializer};
use std::fmt::Write as _;

/// Which incident.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Story {
    /// Clients sent their lists before they had loaded, and a right script believed them.
    June2019,
    /// One row was deleted, and stood for many documents in several folders.
    November2012,
}

impl Story {
    /// Both.
    pub const ALL: [Self; 2] = [Self::June2019, Self::November2012];

    /// Its name on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::June2019 => "june-2019",
            Self::November2012 => "november-2012",
        }
    }

    /// Its name in the output.
    pub const fn title(self) -> &'static str {
        match self {
            Self::June2019 => "June 2019",
            Self::November2012 => "November 2012",
        }
    }

    /// The story of a name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.name() == name)
    }
}

/// Which of the three ways a story is played.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Playing {
    /// As it happened.
    AsItHappened,
    /// The same, then repaired with this project.
    Repaired,
    /// With this project from the first day.
    FromTheFirstDay,
}

impl Playing {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::AsItHappened, Self::Repaired, Self::FromTheFirstDay];

    /// Its letter on the command line.
    pub const fn letter(self) -> &'static str {
        match self {
            Self::AsItHappened => "a",
            Self::Repaired => "b",
            Self::FromTheFirstDay => "c",
        }
    }

    /// Its name in the output.
    pub const fn title(self) -> &'static str {
        match self {
            Self::AsItHappened => "as it happened",
            Self::Repaired => "as it happened, then repaired with pinfold",
            Self::FromTheFirstDay => "with pinfold from the first day",
        }
    }

    /// The playing of a letter.
    pub fn named(letter: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.letter() == letter)
    }
}

/// What was counted after one step.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Figures {
    /// The day of the story.
    pub day: String,
    /// What was done; nothing, where it was only counted in passing.
    pub step: String,
    /// Documents that somebody wants and cannot read, counted for each person.
    pub lost: usize,
    /// People who cannot read something.
    pub people: usize,
    /// Documents that each person wants and cannot read, by number; not for what was only counted in passing.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unreadable: Vec<usize>,
    /// Ids of which an archived and a live copy exist.
    pub conflicts: usize,
    /// Ids that somebody wants.
    pub wanted: usize,
    /// How many of them the server believes to be wanted.
    pub believed: usize,
    /// Bytes at live places.
    pub live: u64,
    /// Bytes in cold storage.
    pub cold: u64,
    /// How full the disk is, of a hundred.
    pub disk: u64,
    /// How long the step took, in minutes of the machine.
    pub minutes: f64,
}

/// How a story was played to its end.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Played {
    /// Of which story.
    #[serde(serialize_with = "by_name")]
    pub story: Story,
    /// Which way.
    pub playing: Playing,
    /// The seed.
    pub seed: u64,
    /// How many accounts.
    pub accounts: usize,
    /// After each step.
    pub steps: Vec<Figures>,
    /// Further counts, by what they are of.
    pub counts: Vec<(String, u64)>,
    /// What is not as it must be at the end of this playing.
    pub faults: Vec<String>,
}

impl Played {
    /// The last figures.
    pub fn last(&self) -> Option<&Figures> {
        self.steps.last()
    }

    /// A further count.
    pub fn count(&self, of: &str) -> Option<u64> {
        self.counts.iter().find(|(name, _)| name == of).map(|(_, count)| *count)
    }

    /// The line that plays the same once more.
    pub fn replay(&self) -> String {
        let Self { story, playing, seed, accounts, .. } = self;
        let (story, letter) = (story.name(), playing.letter());
        format!("npm run drill -- --story {story} --seed {seed} --accounts {accounts} --playing {letter}")
    }
}

fn by_name<S: Serializer>(story: &Story, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(story.name())
}

impl Figures {
    /// What was counted, of a disk of so many bytes.
    pub fn of(at: i64, step: &str, truth: &Truth, capacity: u64, minutes: f64) -> Self {
        Self {
            day: date(at),
            step: step.to_owned(),
            lost: truth.lost(),
            people: truth.people(),
            unreadable: truth.unreadable.clone(),
            conflicts: truth.conflicts,
            wanted: truth.wanted,
            believed: truth.believed,
            live: truth.live,
            cold: truth.cold,
            disk: ((truth.live + truth.cold) * 100).checked_div(capacity).unwrap_or(0),
            minutes,
        }
    }

    /// One row.
    pub fn row(&self) -> String {
        let mut row = format!("{}  {:<46}", self.day, self.step);
        let _ = write!(
            row,
            "{:>7} {:>6} {:>9} {:>6}/{:<6} {:>7} {:>7} {:>4}% {:>6.2}",
            self.lost,
            self.people,
            self.conflicts,
            self.believed,
            self.wanted,
            kilobytes(self.live),
            kilobytes(self.cold),
            self.disk,
            self.minutes
        );
        row
    }
}

/// The words above the rows.
pub const HEAD: &str = "day         step                                           unread people conflicts   pinned/wanted  live kB cold kB disk    min";

fn kilobytes(bytes: u64) -> u64 {
    bytes.div_ceil(1000)
}
