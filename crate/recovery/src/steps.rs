//! Counts what is looked at, in the tests of this crate alone: work that grows with the square of an account is seen by
//! counting, never by a clock.

#[cfg(test)]
thread_local! {
    static STEPS: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

/// One thing more was looked at.
#[inline]
pub(crate) fn step() {
    #[cfg(test)]
    STEPS.with(|steps| steps.set(steps.get() + 1));
}

/// How many things this looks at.
#[cfg(test)]
pub(crate) fn counted(run: impl FnOnce()) -> usize {
    let before = STEPS.with(std::cell::Cell::get);
    run();
    STEPS.with(std::cell::Cell::get) - before
}
