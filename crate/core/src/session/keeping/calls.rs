//! Staying current, for the host.

use crate::ports::UnixMillis;
use crate::session::Session;
use crate::session::keeping::Current;

impl Session {
    /// From now on, whatever appears in a drive that was loaded (the user's, a team's) is pinned by itself,
    /// new folders are read, and [`Event::Changed`](crate::session::effect::Event::Changed) and [`Event::Followed`](crate::session::effect::Event::Followed) tell of it. Nothing is ever unpinned. Entries of
    /// office documents that lack their real-time channel are given it, where the account may write.
    pub fn follow_changes(&mut self, now: UnixMillis) {
        if !self.closed && !self.parts.keeping.is_on() {
            self.parts.keeping.current = Some(Current::default());
            self.parts.keep_soon(now);
            self.parts.note_troubles(now);
        }
    }
}
