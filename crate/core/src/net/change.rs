//! What is written into a channel: changes of the document, decided anew for each message (`writer.rs`).

use std::any::Any;

use crate::error::Error;
use crate::json::Value;

/// One change of a document. Doing it twice is doing it once, and one that cannot be done changes nothing.
pub trait Change: Any + Send {
    /// Carries it out. `false` when the document already was as it asks.
    ///
    /// # Errors
    /// Why it does not apply to this document, which is then unchanged.
    fn apply(&self, document: &mut Value) -> Result<bool, Error>;

    /// Carries it out together with changes that come directly behind it, where they can be done as one for the price
    /// of one. With how many of them, from the first on.
    fn apply_with(
        &self,
        _behind: &mut dyn Iterator<Item = &dyn Change>,
        document: &mut Value,
    ) -> (usize, Result<bool, Error>) {
        (0, self.apply(document))
    }

    /// Whether it leaves alone everything that a drive is made of: then pins that were computed before still hold.
    fn is_beside_the_drive(&self) -> bool {
        false
    }
}
