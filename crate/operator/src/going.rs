//! How a run is watched, and how it is told to end.
//!
//! A run asks between any two ids. Whoever wants it to end gets a store in which nothing is half-done, and the journal says how far the
//! run came.

/// What a run tells, and what it asks.
pub trait Going {
    /// So many of so many are done; `of` is zero while nobody knows how many there are. With as many done as there are, this part has ended.
    fn told(&self, doing: &'static str, done: usize, of: usize);

    /// Whether the run should end. What is under way is finished first.
    fn ends(&self) -> bool;
}

/// Says nothing, and goes on to the end.
#[derive(Debug, Clone, Copy, Default)]
pub struct Quietly;

impl Going for Quietly {
    fn told(&self, _: &'static str, _: usize, _: usize) {}

    fn ends(&self) -> bool {
        false
    }
}
