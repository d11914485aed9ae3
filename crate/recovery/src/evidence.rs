//! What is known beside the histories: logs of pins, the server's or a device's, and what an operator tells. `learn.rs` takes it in.

use std::collections::{HashMap, HashSet};

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct Evidence {
    /// When the account's own clients let go of each id, sorted.
    pub(crate) unpins: HashMap<String, Vec<u64>>,
    /// When a list of pins that names each document was set as a whole, sorted.
    pub(crate) listed: HashMap<String, Vec<u64>>,
    /// What a list of pins lost when it shrank and grew again.
    pub(crate) gaps: HashSet<String>,
    /// What the user removed on a device of this project: from which document, which id, and by when.
    pub(crate) removed_here: Vec<(String, String, u64)>,
    /// When an operator had archived a channel and gave clients a reason: from when to when. Without an end, it is still there; without
    /// times, it was put back, and nobody says since when it was away.
    pub(crate) away: HashMap<String, Vec<(u64, Option<u64>)>>,
}
