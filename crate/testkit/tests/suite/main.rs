//! Whole sessions against the server in memory, one program: it is linked once, and its slow tests share the cores.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops at the first surprise"
)]

mod accounts;
mod anonymous;
mod cache;
mod closing;
mod coeditors;
mod devices;
mod dismissing;
mod exchange;
mod explorer;
mod foreign_team;
mod freshness;
mod giving_up;
mod guard;
mod guide;
mod histories;
mod incidents;
mod interleavings;
mod keeping;
mod late_letters;
mod loader;
mod long_history;
mod long_log;
mod made;
mod made_anew;
mod mailbox;
mod making;
mod model;
mod not_ids;
mod odd;
mod office;
mod on_disk;
mod operators;
mod own_clients;
mod pin_changes;
mod pins;
mod questions;
mod quota;
mod reconnect;
mod reductions;
mod server;
mod slow_machine;
mod store;
mod strangers;
mod strangers_large;
mod strangers_writing;
mod strict;
mod teams;
mod vault;
mod vectors;
mod whole_histories;
mod writing;
