//! What one loading saw of the documents of one owner: plain facts, from which the guard plans.
//!
//! Nothing here is a proof. A planner may be asked "what if" with any of these; only the set that a
//! complete drive makes can be guarded and sent.

use crate::error::Code;
use crate::ids::IdSet;
use crate::json::Text;
pub use crate::net::place::Place;

/// What was seen. The ids include everything the folders hold.
#[derive(Debug, Clone, Copy)]
pub struct Seen<'a> {
    /// Every id that is named.
    pub ids: &'a IdSet,
    /// The document that declares the folders, then each declared folder.
    pub folders: &'a [SeenFolder],
}

/// One document that names ids: the account's or team's own, or a shared folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenFolder {
    /// Its channel.
    pub channel: Text,
    /// How it was seen.
    pub sight: Sight,
    /// The ids it names itself; none where it was not read.
    pub ids: IdSet,
    /// Whether it looks as if a client had made it anew, empty: then it says nothing about what it held.
    pub made_anew: bool,
}

/// How a document was seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sight {
    /// To the end that the server showed.
    Read(Place),
    /// Not; the code says why. It may hold anything.
    Unread(Code),
}
