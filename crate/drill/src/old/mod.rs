//! What 2019 had: a client that pins beside its loading, a person who edits with it, an archival script, and the script that moves
//! back and never overwrites.

pub mod caller;
pub mod line;
pub mod pen;
pub mod scripts;
pub mod visitor;
