//! The pins of a loaded drive, all at once or part by part.

use super::walk::Walk;
use super::{Additions, CompletePinSet};
use crate::drive::complete::{CompleteDrive, Drive};
use crate::pins::rules::Skipped;

/// The pins of a drive while they are worked out. A drive of 30,000 documents takes a tenth of a second in a browser. So a page
/// takes a step, lets the browser do its other work, and takes the next step.
#[derive(Debug)]
pub struct PinWalk {
    walk: Walk,
    drive: Drive,
}

/// What a drive comes to.
#[derive(Debug, Clone)]
pub enum DrivePins {
    /// Every id the account has to keep.
    Complete(CompletePinSet),
    /// What is known of a partial drive, to be added.
    Partial(Additions),
}

impl PinWalk {
    /// Looks at so many more entries of the drive and its folders. Whether there may be others.
    pub fn step(&mut self, entries: usize) -> bool {
        self.walk.step(entries)
    }

    /// The pins, after whatever is left was looked at; and, as [`Drive::skipped`] gives it, what names no channel.
    pub fn end(self) -> (DrivePins, Vec<Skipped>) {
        let (listing, skipped) = self.walk.end();
        let pins = match self.drive {
            Drive::Complete(_) => DrivePins::Complete(CompletePinSet(listing)),
            Drive::Partial(_) => DrivePins::Partial(Additions::of(listing)),
        };
        (pins, skipped)
    }
}

impl DrivePins {
    /// Everything known so far, to be added. Of a partial drive as well: a PIN never removes.
    pub fn additions(&self) -> Additions {
        match self {
            Self::Complete(set) => set.additions(),
            Self::Partial(additions) => additions.clone(),
        }
    }
}

impl CompleteDrive {
    /// Every id the account has to keep. It and [`PinWalk::end`] are the ways to a [`CompletePinSet`]: the proof carries the data.
    pub fn pin_set(&self) -> CompletePinSet {
        CompletePinSet(Walk::of(self.loaded()).end().0)
    }
}

impl Drive {
    /// Begins to work out its pins.
    pub fn walk_pins(&self) -> PinWalk {
        PinWalk { walk: Walk::of(self.loaded()), drive: self.clone() }
    }

    /// Everything known so far, to be added. Of a partial drive as well: a PIN never removes.
    pub fn additions(&self) -> Additions {
        Additions::of(Walk::of(self.loaded()).end().0)
    }

    /// Items that name no channel although they should (a bad link in the profile, a text that is no id). They are left
    /// out of the list, as no client can tell what they meant; they never stop the rest.
    pub fn skipped(&self) -> Vec<Skipped> {
        Walk::of(self.loaded()).end().1
    }
}
