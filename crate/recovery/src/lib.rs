//! What did I lose, who did it, and where is its key: pure functions over the histories of an account's documents.
//!
//! ```text
//! stored lines ▶ History (the state after each line) ▶ Timeline (every stay of every entry)
//!                                                          │ of the drive, the teams, every folder ever named
//!                                     Investigation ◀──────┘
//!                                          ▼ joined by channel and by author
//!                                        Loss: cause, where the key is, whether it was wanted
//!                                          ▼
//!                  RestorePlan: pins first, then edits with a tag ▶ UndoPlan: what nobody touched since
//! ```
//!
//! Beside the histories: [`pin_log`], what changed the lists of pins, and which of them shrank and grew again.
//!
//! Its enums can be matched in full, on purpose: a new cause must not compile before everybody has words for it.
//!
//! A [`Diagnosis`] looks at the drives as they are now instead, asks the server after each thing they name, and ends with a
//! report that the account signs.
//!
//! Nothing here reads or writes: a host hands the lines in, from a server or from an operator's files. Results hold ids,
//! times and states; titles and links are only lent.

mod acts;
pub mod affected;
mod again;
mod beside;
mod bursts;
pub mod chosen;
pub mod conflict;
mod content;
pub mod delete;
pub mod diagnosis;
pub mod diary;
mod evidence;
pub mod fate;
#[cfg(test)]
#[path = "tests/growth.rs"]
mod growth;
pub mod history;
pub mod investigation;
mod joined;
mod kept;
mod learn;
pub mod log_line;
pub mod loss;
pub mod marks;
pub mod merge;
mod missing;
pub mod notice;
mod outline;
pub mod pin_log;
pub mod place;
pub mod presence;
pub mod reading;
pub mod reason;
pub mod restore;
mod scan;
mod standing;
mod steps;
mod tag;
pub mod timeline;
mod titles;
pub mod undo;
mod undo_beside;
mod undone;
pub mod verdict;
mod weaker;

pub use acts::{Act, Outcome};
pub use affected::{Affected, By, Harm, Question};
pub use chosen::Choice;
pub use conflict::{Conflict, MergeAct, nobody_else};
pub use content::App;
pub use delete::{Action, DeletePlan, Holder, Pick, View};
pub use diagnosis::{Asked, Care, Diagnosis, Found, Problem};
pub use diary::Diary;
pub use fate::{Claim, Fate, Notice};
pub use history::{Author, Beginning, History, Line, Moment};
pub use investigation::{Document, Investigation, Said, Whose};
pub use log_line::LogLine;
pub use loss::{Cause, Intent, KeyAt, Loss};
pub use marks::{Mark, Marks};
pub use merge::{MergePlan, merge_plan};
pub use missing::{Inquiry, Need};
pub use notice::NoticeFile;
pub use pin_log::{PinCause, PinChange, PinLog, PinStep, Regrown, Shrunk};
pub use place::Place;
pub use presence::{Presence, Spot, What};
pub use reading::{Copy, Reading, Session, Told};
pub use reason::{Reason, Signs};
pub use restore::{RestorePlan, Step, Wanted, Why};
pub use tag::tag_of;
pub use timeline::{Did, Event, Timeline};
pub use undo::{Kept, Tagged, UndoPlan, WhyKept};
pub use verdict::{Of, Side, Verdict, judge};
pub use weaker::Noticed;

// The helpers of the tests beside the code name this crate.
#[cfg(test)]
extern crate self as pinfold_recovery;

/// The guide's example is compiled.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/recovery.md")]
struct Guide;
