//! A pin set cannot be put together by hand.
use pinfold_core::pins::set::{Additions, CompletePinSet};

fn forge(additions: Additions) -> CompletePinSet {
    let Additions(listing) = additions;
    CompletePinSet(listing)
}

fn main() {}
