//! The days of a story, told in seconds. Nothing pretends to be slow: the story's time goes as fast as the machine's, and between
//! two days it jumps. Every moment of the machine belongs to one moment of the story, so the times of files need no forging: what
//! the disk says is translated ([`crate::disk`]), also the time of the last change of anything, which no program can set.

use pinfold_operator::clock::Clock;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A day in ms.
pub const DAY: i64 = 86_400_000;
/// An hour in ms.
pub const HOUR: i64 = 3_600_000;

/// The kernel stamps files with a clock that stands still for some ms: a jump waits for longer than that, on both sides.
const APART: Duration = Duration::from_millis(10);

/// A moment as the machine and as the story has it, both in ms since 1970 UTC.
#[derive(Debug, Clone, Copy)]
struct Mark {
    machine: i64,
    story: i64,
}

#[derive(Debug)]
struct Days {
    first: Mark,
    jumps: Vec<Mark>,
    waited: i64,
}

/// The clock of a story. Clones are the same clock.
#[derive(Debug, Clone)]
pub struct Calendar(Arc<Mutex<Days>>);

impl Calendar {
    /// A story that begins now, at this moment of its own.
    pub fn beginning(story: i64) -> Self {
        let first = Mark { machine: machine(), story };
        Self(Arc::new(Mutex::new(Days { first, jumps: Vec::new(), waited: 0 })))
    }

    /// What time it is in the story.
    pub fn now(&self) -> i64 {
        self.story(machine())
    }

    /// Jumps. Nothing may be under way that writes. A moment that is over already is no reason to go back.
    pub fn go_to(&self, story: i64) {
        if story <= self.now() {
            return;
        }
        std::thread::sleep(APART);
        let machine = machine();
        self.days().jumps.push(Mark { machine, story });
        std::thread::sleep(APART);
    }

    /// The story's time of a moment of the machine.
    pub fn story(&self, machine: i64) -> i64 {
        let days = self.days();
        let after = days.jumps.partition_point(|mark| mark.machine <= machine);
        let mark = after.checked_sub(1).and_then(|at| days.jumps.get(at)).copied().unwrap_or(days.first);
        machine.saturating_sub(mark.machine).saturating_add(mark.story)
    }

    /// The moment of the machine that has this time in the story.
    pub fn machine(&self, story: i64) -> i64 {
        let days = self.days();
        let after = days.jumps.partition_point(|mark| mark.story <= story);
        let mark = after.checked_sub(1).and_then(|at| days.jumps.get(at)).copied().unwrap_or(days.first);
        story.saturating_sub(mark.story).saturating_add(mark.machine)
    }

    fn days(&self) -> MutexGuard<'_, Days> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Clock for Calendar {
    fn wall(&self) -> i64 {
        self.now()
    }

    fn steady(&self) -> i64 {
        machine().saturating_add(self.days().waited)
    }

    /// Nobody waits: the story goes on by so much.
    fn pause(&self, ms: u64) {
        let ms = i64::try_from(ms).unwrap_or(0);
        let now = self.now();
        let mut days = self.days();
        days.waited = days.waited.saturating_add(ms);
        days.jumps.push(Mark { machine: machine(), story: now.saturating_add(ms) });
    }
}

/// The machine's clock, in ms.
fn machine() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// Midnight UTC at the beginning of a day, in ms.
pub fn day(year: i64, month: i64, day: i64) -> i64 {
    // Howard Hinnant's days_from_civil: years begin in March.
    let year = if month > 2 { year } else { year - 1 };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let days = era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468;
    days * DAY
}

/// The day of a moment: `2019-06-14`.
pub fn date(ms: i64) -> String {
    let days = ms.div_euclid(DAY) + 719_468;
    let (era, of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let (month, later) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
    format!("{:04}-{month:02}-{day:02}", year + era * 400 + later)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_dates_fit() {
        assert_eq!(day(1970, 1, 1), 0);
        assert_eq!(day(2019, 6, 14), 1_560_470_400_000);
        for n in -1000..40_000 {
            let text = date(n * DAY + 5 * HOUR);
            let part = |from: usize, to: usize| text[from..to].parse::<i64>().unwrap();
            assert_eq!(day(part(0, 4), part(5, 7), part(8, 10)), n * DAY, "{text}");
        }
    }

    /// What was written before a jump is from before it, whichever of the disk's clocks stamped it.
    #[test]
    fn a_file_has_the_day_on_which_it_was_written() {
        let folder = tempfile::tempdir().unwrap();
        let calendar = Calendar::beginning(day(2018, 12, 1));
        let disk = crate::disk::StoryDisk::new(calendar.clone());
        for month in 1..12 {
            calendar.go_to(day(2019, month, 1));
            let path = folder.path().join(month.to_string());
            std::fs::write(&path, "x").unwrap();
        }
        for month in 1..12 {
            let path = folder.path().join(month.to_string());
            let stat = pinfold_datadir::disk::Disk::stat(&disk, &path).unwrap();
            for time in [stat.mtime, stat.ctime] {
                assert_eq!(date(time), format!("2019-{month:02}-01"));
                assert!(calendar.machine(time).abs_diff(calendar.machine(day(2019, month, 1))) < 10_000);
            }
        }
    }

    #[test]
    fn a_pause_is_no_sleep() {
        let calendar = Calendar::beginning(0);
        let (wall, steady) = (calendar.wall(), calendar.steady());
        calendar.pause(3_600_000);
        assert!(calendar.wall() - wall >= HOUR && calendar.steady() - steady >= HOUR);
    }
}
