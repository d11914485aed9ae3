//! Nor does one of which it is not known yet which it is.
use pinfold_core::drive::complete::Drive;

fn replace_all(drive: &Drive) {
    let _ = drive.pin_set();
}

fn main() {}
