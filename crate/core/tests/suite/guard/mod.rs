//! The guard's rules, over made-up sets of ids: no session, no server.

mod clocks;
mod in_the_drive;
mod keeping_keys;
mod made_up;
mod merging;
mod over_time;
mod own;
mod packing;
mod planning;
mod room;
mod scenarios;
mod vault;
