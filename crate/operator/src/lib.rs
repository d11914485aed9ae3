//! What an operator does to the data directory of a CryptPad server, without losing anything: look, judge, move to cold storage,
//! move back, settle. It needs no running server, and none is part of it.

pub mod archive;
pub mod audit;
pub mod check;
pub mod conflicts;
pub mod hold;
pub mod journal;
pub mod plan;
pub mod policy;
pub mod run;
pub mod survey;
pub mod verdict;
pub mod waits;
