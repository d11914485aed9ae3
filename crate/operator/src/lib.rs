//! What an operator does to the data directory of a CryptPad server, without losing anything: look, judge, move to cold storage,
//! move back, settle. It needs no running server, and none is part of it.
//!
//! Its public enums can be matched in full, on purpose: a new verdict, wait or act must have words and an exit code before it
//! compiles. So a new case is a new version.

pub mod account;
pub mod archive;
pub mod audit;
mod by_name;
pub mod check;
pub mod clock;
pub mod cold;
#[cfg(feature = "parquet")]
pub mod columns;
pub mod conflicts;
pub mod cooling;
mod copies;
pub mod documents;
pub mod elsewhere;
pub mod finish;
pub mod foreign;
pub mod going;
mod hex;
pub mod hold;
pub mod journal;
mod last_named;
mod named;
pub mod notices;
pub mod owner;
pub mod page;
pub mod plan;
pub mod policy;
pub mod preflight;
pub mod purge;
mod refusal;
pub mod reported;
pub mod restore;
pub mod run;
pub mod settle;
mod single;
pub mod state;
pub mod stop;
pub mod survey;
pub mod target;
pub mod tasks;
mod trim;
pub mod verdict;
pub mod waits;
pub mod wanted;
mod warming;
pub mod when;
pub mod whose;
pub mod words;
