//! What did I lose, who did it, and where is its key: pure functions over the histories of an account's documents.
//!
//! ```text
//! stored lines ▶ History (the state after each line) ▶ Timeline (every stay of every entry)
//!                                                          │ of the drive, the teams, every folder ever named
//!                                     Investigation ◀──────┘
//!                                          ▼ joined by channel and by author
//!                                        Loss: cause, where the key is, whether it was wanted
//! ```
//!
//! Its enums can be matched in full, on purpose: a new cause must not compile before everybody has words for it.
//!
//! Nothing here reads or writes: a host hands the lines in, from a server or from an operator's files. Results hold ids,
//! times and states; titles and links are only lent.

pub mod affected;
mod content;
pub mod fate;
pub mod history;
pub mod investigation;
mod joined;
pub mod loss;
mod outline;
pub mod presence;
mod scan;
mod standing;
pub mod timeline;
pub mod verdict;

pub use affected::{Affected, By, Harm, Question};
pub use content::App;
pub use fate::{Claim, Fate, Notice};
pub use history::{Author, Beginning, History, Line, Moment};
pub use investigation::{Copy, Document, Investigation, Reading, Said, Session, Told, Whose};
pub use loss::{Cause, Intent, KeyAt, Loss};
pub use presence::{Presence, Spot, What};
pub use timeline::{Did, Event, Timeline};
pub use verdict::{Of, Side, Verdict, judge};

/// The guide's example is compiled.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/recovery.md")]
struct Guide;
