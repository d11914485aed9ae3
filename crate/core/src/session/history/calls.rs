//! Histories, for the host.

use crate::drive::team::Team;
use crate::error::{Code, Error};
use crate::href::Secrets;
use crate::ports::UnixMillis;
use crate::session::Session;
use crate::session::effect::{Position, Ticket};
use crate::session::history::Of;

impl Session {
    /// Reads a whole history, or what is new of it since a position: every stored line as the server has it, in pages of
    /// 512 lines or one MiB ([`Effect::History`](crate::session::effect::Effect::History)). Ends with
    /// [`Outcome::History`](crate::session::effect::Outcome::History). It runs beside every operation; [`Session::cancel`]
    /// gives it up. Nothing is written, and no other client sees it (PROTOCOL.md 9.3).
    ///
    /// The lines are not opened here: `pinfold-recovery` does that, and says where lines are missing or do not open.
    ///
    /// # Errors
    /// `misuse/closed`, `misuse/busy` when [`AT_ONCE`](crate::session::history::AT_ONCE) are read already, `team/*` of a team that
    /// cannot be told, `net/closed` when there is no connection, at once. `folder/missing`, `folder/deleted`,
    /// `folder/archived`, `folder/password-changed` with the server's word as `reason`, `folder/restricted`,
    /// `folder/unreadable`, `peer/oversized`, `net/*` at the end. The pages that came before an error are no history.
    pub fn history(&mut self, now: UnixMillis, of: &Of, after: Option<Position>) -> Result<Ticket, Error> {
        self.check_open()?;
        let closed = || Error::new(Code::MisuseClosed, "the session is not signed in");
        let channel = match of {
            Of::Account => self.parts.who.home().ok_or_else(closed)?.clone(),
            Of::Team(id) => {
                let root = self.parts.document().ok_or_else(closed)?;
                Team::read(root.document(), id)?.channel
            }
            Of::Channel(channel) => channel.clone(),
        };
        self.parts.read_history(now, channel, after)
    }

    /// Channel and keys of the account document, for whoever reads its history. `None` before the session is signed in.
    pub fn drive_secrets(&self) -> Option<&Secrets> {
        self.parts.who.signed_in().map(|signed_in| &signed_in.secrets)
    }
}
