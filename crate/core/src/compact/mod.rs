//! Collections, and what is done with them, whose code is small: the package travels to browsers, and the standard library's trees, tables
//! and sorts are compiled again for every type that is kept in one.

mod find;
mod map;
mod set;
mod sort;

pub use find::{find, split_around};
pub use map::SortedMap;
pub use set::SortedSet;
pub use sort::sorted;
