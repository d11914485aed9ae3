//! A drive with a folder missing offers no pin set.
use pinfold_core::drive::complete::PartialDrive;

fn replace_all(drive: &PartialDrive) {
    let _ = drive.pin_set();
}

fn main() {}
