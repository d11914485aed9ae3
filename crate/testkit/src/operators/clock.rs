//! Clocks that a test sets.

use pinfold_operator::clock::Clock;
use std::cell::Cell;

/// Clocks that stand still until a test moves them. Each look at the wall clock can move both, as if the process were stopped in between.
#[derive(Debug, Default)]
pub struct TrialClock {
    /// The wall clock, in ms.
    pub wall: Cell<i64>,
    /// The clock that only goes forward, in ms.
    pub steady: Cell<i64>,
    /// By how much both move at the look with this number, counted down to zero.
    pub stop: Cell<Option<(u32, i64)>>,
}

impl TrialClock {
    /// Clocks that stand at a time.
    pub fn at(wall: i64) -> Self {
        Self { wall: Cell::new(wall), ..Self::default() }
    }
}

impl Clock for TrialClock {
    fn wall(&self) -> i64 {
        match self.stop.get() {
            Some((0, ms)) => {
                self.stop.set(None);
                self.wall.set(self.wall.get() + ms);
                self.steady.set(self.steady.get() + ms);
            }
            Some((looks, ms)) => self.stop.set(Some((looks - 1, ms))),
            None => {}
        }
        self.wall.get()
    }

    fn steady(&self) -> i64 {
        self.steady.get()
    }

    fn pause(&self, ms: u64) {
        let ms = i64::try_from(ms).unwrap_or(0);
        self.wall.set(self.wall.get() + ms);
        self.steady.set(self.steady.get() + ms);
    }
}
