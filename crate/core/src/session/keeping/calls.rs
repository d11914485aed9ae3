//! Staying current, for the host.

use crate::ports::UnixMillis;
use crate::session::Session;
use crate::session::keeping::Keeping;

impl Session {
    /// From now on, whatever appears in a drive that was loaded (the user's, a team's) is pinned by itself,
    /// new folders are read, and [`Event::Changed`](crate::session::effect::Event::Changed) and [`Event::Kept`](crate::session::effect::Event::Kept) tell of it. Nothing is ever unpinned. Entries of
    /// office documents that lack their real-time channel are given it, where the account may write.
    pub fn keep(&mut self, now: UnixMillis) {
        if !self.closed && self.parts.keeping.is_none() {
            self.parts.keeping = Some(Keeping::default());
            self.parts.keep_soon(now);
            self.parts.note_troubles(now);
        }
    }
}
