//! The operator's actions on small stores: whole, cut before every write, and against each rule.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod beside;
mod bounds;
mod check;
mod cold;
mod commands;
mod cut;
mod devices;
mod elsewhere;
mod elsewhere_cut;
mod ending;
mod ends;
mod explored;
mod killed;
mod let_go;
mod logs_seen;
mod mounted;
mod moved_back;
mod odd;
mod program;
mod recorded;
mod reported;
mod rules;
mod shelf;
mod since;
mod stopped;
mod store;
mod trims;
mod two_phases;
