//! When a target was away: for the notices that its users get.

use super::known::Known;
use super::{Journal, Target};

impl Journal<'_> {
    /// From when to when, in ms, a target lay in cold storage, each time that this project moved it there and back: the last ones.
    pub fn away(&self, id: &Target) -> &[(i64, i64)] {
        self.known.get(id).map(Known::away).unwrap_or_default()
    }
}
