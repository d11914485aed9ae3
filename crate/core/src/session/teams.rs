//! Whether a team may act. Whoever invites writes its entry, and may write anything there.

use crate::drive::team::{Team, foreign};
use crate::error::Error;
use crate::ids::ChannelId;
use crate::json::{Text, Value};
use crate::net::document::Progress;
use crate::session::parts::Parts;

impl Parts {
    /// The team of an account document, which acts under a key and in documents of its own.
    ///
    /// # Errors
    /// `team/*`.
    pub(super) fn team(&self, document: &Value, id: &str) -> Result<Team, Error> {
        let team = Team::read(document, id)?;
        if self.who.ed_public() == Some(&team.ed_public) {
            return Err(foreign("the team names the account's own key"));
        }
        let home = self.who.home();
        if [&team.channel, &team.roster.channel].into_iter().any(|channel| Some(channel) == home) {
            return Err(foreign("the team's document is the account's own"));
        }
        let rivals: Vec<&str> = team.rivals(document).collect();
        if !rivals.is_empty() {
            // Of two teams that hold the same key, it belongs to the one whose pins were known before.
            let book = self.guard.ledger().book(&team.ed_public);
            let known = |channel: &str| book.folder(&Text::from(channel)).is_some();
            if !known(team.channel.as_str()) || rivals.into_iter().any(known) {
                return Err(foreign("the team names the key of another team"));
            }
        }
        Ok(team)
    }

    /// Whether a team's channels hold what the team says they hold. A channel has one reader: if another drive reads it as
    /// something else, that stays so.
    ///
    /// # Errors
    /// `team/foreign-key`.
    pub(super) fn roles_of(&mut self, team: &Team) -> Result<(), Error> {
        self.role_of(&team.channel, false)?;
        self.role_of(&team.roster.channel, true)
    }

    fn role_of(&mut self, channel: &ChannelId, roster: bool) -> Result<(), Error> {
        let Some(reader) = self.readers.of_drive(channel) else {
            return Ok(());
        };
        if reader.reads_roster() == roster {
            return Ok(());
        }
        let opened = match reader.roster() {
            Some(result) => result.is_ok(),
            None => reader.progress() != Progress::Unavailable,
        };
        if opened {
            return Err(foreign("a channel of the team is something else to another drive"));
        }
        self.readers.remove(channel);
        Ok(())
    }
}
