//! Nor can what the guard made be taken apart and put together with less.
use pinfold_core::guard::guarded::GuardedPinSet;

fn forge(guarded: GuardedPinSet) -> GuardedPinSet {
    GuardedPinSet { known: Vec::new(), ..guarded }
}

fn main() {}
