//! The three clocks of a run, and how it notices that it slept (`docs/OPERATIONS.md` 1.7).
//!
//! A wall clock that is wrong makes everything look old. So the time of the file system is asked as well: a file is written, what was
//! written is read back, and its time must agree with the wall clock. A clock that only goes forward tells whether the machine slept.

use crate::when::moment;
use pinfold_datadir::disk::{Disk, read_if_there, unlink_if_there};
use std::cell::Cell;
use std::io;
use std::path::Path;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Two clocks of one moment may differ by so much, in ms.
const SKEW: i64 = 5 * 60_000;
/// Between two looks at the clocks nothing this project does takes so long, in ms.
const NAP: i64 = 60_000;

/// The clocks of a machine. Tests have their own.
pub trait Clock {
    /// The wall clock, in ms since 1970 UTC.
    fn wall(&self) -> i64;

    /// A clock that only goes forward, in ms since some moment.
    fn steady(&self) -> i64;

    /// Waits.
    fn pause(&self, ms: u64);
}

/// The clocks of this machine.
#[derive(Debug)]
pub struct RealClock(Instant);

impl Default for RealClock {
    fn default() -> Self {
        Self(Instant::now())
    }
}

impl Clock for RealClock {
    fn wall(&self) -> i64 {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
    }

    fn steady(&self) -> i64 {
        i64::try_from(self.0.elapsed().as_millis()).unwrap_or(i64::MAX)
    }

    fn pause(&self, ms: u64) {
        std::thread::sleep(Duration::from_millis(ms));
    }
}

/// Why the clocks cannot be trusted.
#[derive(Debug, thiserror::Error)]
pub enum ClockError {
    /// The wall clock and the file system disagree.
    #[error(
        "the clock of this host says {}, and the file system below {folder} says {}: they are more than five minutes apart", moment(*.wall), moment(*.file_system)
    )]
    Skew {
        /// The wall clock, in ms.
        wall: i64,
        /// The time of the file that was just written, in ms.
        file_system: i64,
        /// Where it was written.
        folder: String,
    },
    /// The file that was just written holds something else.
    #[error("what was written to {0} was not read back")]
    ReadBack(String),
    /// The process or the machine stood still, or a clock was set.
    #[error(
        "the process stood still or a clock was set: {0} ms passed between two steps. What was seen before counts no more"
    )]
    Slept(i64),
    /// The file could not be written.
    #[error(transparent)]
    Disk(#[from] io::Error),
}

/// Asks the file system for its time: writes a file that nobody else wrote, reads it back, and compares.
///
/// # Errors
/// [`ClockError`], when the clocks disagree or the file cannot be written.
pub fn compare(disk: &dyn Disk, state: &Path, clock: &dyn Clock) -> Result<(), ClockError> {
    disk.make_folder(state)?;
    let path = state.join(".stamp");
    let wall = clock.wall();
    let nonce = format!("{wall} {} {}\n", clock.steady(), std::process::id());
    unlink_if_there(disk, &path)?;
    disk.create(&path, &mut nonce.as_bytes())?;
    let file_system = disk.stat(&path)?.mtime;
    let read = read_if_there(disk, &path, 1 << 10)?;
    unlink_if_there(disk, &path)?;
    if read.as_deref() != Some(nonce.as_bytes()) {
        return Err(ClockError::ReadBack(path.display().to_string()));
    }
    if wall.abs_diff(file_system) > SKEW.unsigned_abs() {
        return Err(ClockError::Skew { wall, file_system, folder: state.display().to_string() });
    }
    Ok(())
}

/// Notices when time passes in which nothing was done.
pub struct Watch<'a> {
    clock: &'a dyn Clock,
    began: (i64, i64),
    last: Cell<(i64, i64)>,
    slept: Cell<Option<i64>>,
}

impl<'a> Watch<'a> {
    /// Begins to watch.
    pub fn begin(clock: &'a dyn Clock) -> Self {
        Self::since(clock, clock.wall())
    }

    /// Watches since a time of the wall clock in ms, which was asked a moment ago: a sleep since then counts.
    pub fn since(clock: &'a dyn Clock, wall: i64) -> Self {
        let then = (wall, clock.steady());
        Self { clock, began: then, last: Cell::new(then), slept: Cell::new(None) }
    }

    /// Says that work goes on. Called between any two steps.
    pub fn tick(&self) {
        let now = (self.clock.wall(), self.clock.steady());
        let last = self.last.replace(now);
        // A machine that slept: the wall clock went on and the steady one did not. A process that was stopped: both did.
        let (wall, steady) = (now.0.saturating_sub(last.0), now.1.saturating_sub(last.1));
        let drift = now.0.saturating_sub(self.began.0).abs_diff(now.1.saturating_sub(self.began.1));
        if steady > NAP || wall.abs() > NAP || drift > NAP.unsigned_abs() {
            self.slept.set(Some(wall.abs().max(steady)));
        }
    }

    /// Whether nobody slept so far.
    ///
    /// # Errors
    /// [`ClockError::Slept`]; it stays, since what was seen before the sleep is old.
    pub fn awake(&self) -> Result<(), ClockError> {
        self.tick();
        self.slept.get().map_or(Ok(()), |ms| Err(ClockError::Slept(ms)))
    }
}
