//! The time that we and the host work. Nobody is late because of it.

use core::time::Duration;

use crate::ports::{SLOW, UnixMillis, since};

/// Work of which it is worth telling all that waits.
const NOTABLE: Duration = Duration::from_millis(250);

/// The most work on frames in a row that puts deadlines off. Rest gives back as much again. A
/// server that sends without an end keeps us at work for as long as it likes: after so long it is late all the same with what it was
/// asked for.
pub(super) const IN_A_ROW: Duration = Duration::from_secs(12 * 3600);

/// The work that no deadline was told of yet, and how much more may put one off.
#[derive(Debug)]
pub(super) struct Busy {
    /// Since when the host is busy with us.
    began: Option<UnixMillis>,
    /// Since when it was not, before that.
    rested: Option<UnixMillis>,
    /// Whether the work is that on a frame of the server. Steps of ours are begun by a person or by an answer over HTTP, one each.
    frames: bool,
    untold: Duration,
    left: Duration,
}

impl Busy {
    pub(super) const fn new() -> Self {
        Self { began: None, rested: None, frames: false, untold: Duration::ZERO, left: IN_A_ROW }
    }

    /// The host hands an input in, or asks for something.
    pub(super) fn begin(&mut self, now: UnixMillis) {
        self.began.get_or_insert(now);
    }

    /// The server gives us work.
    pub(super) fn frame(&mut self) {
        self.frames = true;
    }

    /// The host listens again. The time by which deadlines move, once it is notable.
    pub(super) fn rest(&mut self, now: UnixMillis) -> Option<Duration> {
        let began = self.began.take()?;
        let idle = self.rested.replace(now).map_or(Duration::ZERO, |rested| since(rested, began));
        self.left = self.left.saturating_add(idle).min(IN_A_ROW);
        // A clock that was set anew is no work.
        let mut work = since(began, now).min(SLOW);
        if self.frames {
            work = work.min(self.left);
            self.left -= work;
        }
        self.frames = false;
        self.untold += work;
        (self.untold >= NOTABLE).then(|| core::mem::take(&mut self.untold))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    /// Works on a frame for so long, then rests for so long.
    fn turn(busy: &mut Busy, now: &mut UnixMillis, work: Duration, idle: Duration) -> Option<Duration> {
        busy.begin(*now);
        busy.frame();
        *now += work;
        let told = busy.rest(*now);
        *now += idle;
        told
    }

    #[test]
    fn small_amounts_are_told_together() {
        let (mut busy, mut now) = (Busy::new(), UnixMillis(1000));
        let work = Duration::from_millis(100);
        let told: Vec<_> = (0..4).map(|_| turn(&mut busy, &mut now, work, SECOND)).collect();
        assert_eq!(told, [None, None, Some(work * 3), None]);
        assert_eq!(busy.rest(now), None, "nothing began");
    }

    #[test]
    fn work_in_a_row_counts_up_to_its_bound_and_rest_gives_it_back() {
        let (mut busy, mut now) = (Busy::new(), UnixMillis(0));
        let mut flood = |idle| -> Duration {
            (0..2 * IN_A_ROW.as_secs()).filter_map(|_| turn(&mut busy, &mut now, SECOND, idle)).sum()
        };
        assert_eq!(flood(Duration::ZERO), IN_A_ROW);
        assert_eq!(flood(Duration::ZERO), Duration::ZERO);
        assert_eq!(
            flood(SECOND).as_secs(),
            2 * IN_A_ROW.as_secs() - 1,
            "the first came without rest before it"
        );
    }

    #[test]
    fn what_we_do_by_ourselves_has_no_bound() {
        let (mut busy, mut now) = (Busy::new(), UnixMillis(0));
        let alone = |_| {
            busy.begin(now);
            now += SECOND;
            busy.rest(now)
        };
        assert_eq!((0..2 * IN_A_ROW.as_secs()).filter_map(alone).sum::<Duration>(), 2 * IN_A_ROW);
    }

    #[test]
    fn a_clock_that_was_set_anew_is_no_work() {
        let (mut busy, mut now) = (Busy::new(), UnixMillis(0));
        assert_eq!(turn(&mut busy, &mut now, IN_A_ROW, SECOND), Some(SLOW));
        busy.begin(now);
        assert_eq!(busy.rest(UnixMillis(0)), None);
    }
}
