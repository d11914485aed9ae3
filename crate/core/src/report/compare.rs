//! Two reports of one account: what is no longer there, and since when; what was added; what went on.

use super::{Report, Row, Standing, Subject, malformed};
use crate::error::Error;
use crate::names::names;

names! {
    /// What became of something between two reports.
    #[derive(PartialOrd, Ord)]
    Fate as ReportFate, "What became of something between two completeness reports.":
    /// It was there, and now the server says that it has nothing.
    Lost = "lost",
    /// It was there, and now it cannot be told: the server let nobody in, did not answer, or what came does not open.
    Untold = "untold",
    /// The account no longer names it. Nothing says whether the server still has it.
    Unnamed = "unnamed",
    /// It was not there, or could not be told, and now it is there.
    Back = "back",
    /// The account did not name it.
    Added = "added",
    /// It has another newest message.
    Changed = "changed",
}

/// One difference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The id.
    pub id: String,
    /// What it is of.
    pub kind: Subject,
    /// What became of it.
    pub fate: Fate,
    /// How it was in the earlier report.
    pub was: Option<Standing>,
    /// How it is in the later one.
    pub is: Option<Standing>,
}

/// What two reports tell together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// When the earlier report was made: until then everything was as it says. In milliseconds since the epoch.
    pub since: u64,
    /// When the looking for the later one began. What is no longer there went between these two times, as far as the
    /// clocks of the devices are right.
    pub until: u64,
    /// How much is in both, as it was.
    pub same: usize,
    /// The differences, by what became of them, then by id.
    pub changes: Vec<Change>,
}

impl Difference {
    /// Compares two reports of one account on one instance, whichever way they are given.
    ///
    /// # Errors
    /// `misuse/bad-argument`: they are of two accounts or two instances, or one of them withholds its rows.
    pub fn of(one: &Report, other: &Report) -> Result<Self, Error> {
        let (earlier, later) = if one.made <= other.made { (one, other) } else { (other, one) };
        if (&earlier.account, &earlier.origin) != (&later.account, &later.origin) {
            return Err(malformed("the reports are of two accounts"));
        }
        let (Some(was), Some(is)) = (&earlier.rows, &later.rows) else {
            return Err(malformed("a report that withholds its rows cannot be compared"));
        };
        let mut difference = Self { since: earlier.made, until: later.begun, same: 0, changes: Vec::new() };
        let (mut was, mut is) = (was.iter().peekable(), is.iter().peekable());
        loop {
            // Both are in the order of their ids.
            let (before, after) = match (was.peek(), is.peek()) {
                (None, None) => break,
                (Some(_), None) => (was.next(), None),
                (None, Some(_)) => (None, is.next()),
                (Some(a), Some(b)) if a.id < b.id => (was.next(), None),
                (Some(a), Some(b)) if a.id > b.id => (None, is.next()),
                (Some(_), Some(_)) => (was.next(), is.next()),
            };
            difference.take(before, after);
        }
        difference.changes.sort_by(|a, b| (a.fate, &a.id).cmp(&(b.fate, &b.id)));
        Ok(difference)
    }

    /// How often something happened.
    pub fn count(&self, fate: Fate) -> usize {
        self.changes.iter().filter(|change| change.fate == fate).count()
    }

    fn take(&mut self, was: Option<&Row>, is: Option<&Row>) {
        let Some(row) = is.or(was) else { return };
        match fate(was, is) {
            None => self.same += 1,
            Some(fate) => self.changes.push(Change {
                id: row.id.clone(),
                kind: row.kind,
                fate,
                was: was.map(|row| row.state),
                is: is.map(|row| row.state),
            }),
        }
    }
}

fn fate(was: Option<&Row>, is: Option<&Row>) -> Option<Fate> {
    let (was, is) = match (was, is) {
        (Some(was), Some(is)) => (was, is),
        (Some(_), None) => return Some(Fate::Unnamed),
        (None, _) => return Some(Fate::Added),
    };
    match (was.state.is_there(), is.state.is_there()) {
        (true, false) if is.state.is_gone() => Some(Fate::Lost),
        (true, false) => Some(Fate::Untold),
        (false, true) => Some(Fate::Back),
        // No entry names it; its pin is kept for a while.
        (true, true) if was.kind != Subject::Other && is.kind == Subject::Other => Some(Fate::Unnamed),
        // Of what is only known to be there, no newest message is.
        (true, true) if was.head.is_some() && is.head.is_some() && was.head != is.head => Some(Fate::Changed),
        (true, true) | (false, false) => None,
    }
}
