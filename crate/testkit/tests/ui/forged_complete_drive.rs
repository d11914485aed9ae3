//! Nor can the proof that it is made of.
use pinfold_core::drive::complete::{CompleteDrive, PartialDrive};

fn forge(drive: PartialDrive) -> CompleteDrive {
    let PartialDrive(loaded) = drive;
    CompleteDrive::proven(loaded)
}

fn main() {}
