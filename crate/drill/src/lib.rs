//! The drill: the incidents this project exists for, played on the embedded server with the real programs, and counted.
//!
//! ```text
//! Size (seed, accounts) ─▶ Town (accounts, folders, documents)      Script (who comes when, what is late)
//!                            │ written to a disk, day by day            │
//!                            ▼                                          ▼
//!  Calendar ─────────▶ Stage: one data directory, its server, its times ─▶ a Playing: as it happened │ repaired │ from the first day
//!                            │ after each step                              old::  holder::  operator::
//!                            ▼
//!                      Truth: everybody's documents, looked for with everybody's keys ─▶ Figures
//! ```
//!
//! Every random choice comes from the seed. Time is virtual: [`calendar`].

pub mod calendar;
pub mod disk;
pub mod failed;
pub mod figures;
pub mod holder;
pub mod june;
pub mod old;
pub mod operator;
pub mod safeguard;
pub mod script;
pub mod stage;
pub mod town;
pub mod truth;
