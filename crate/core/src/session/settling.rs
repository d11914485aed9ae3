//! What became of folders and teams, as far as letters that name one have to wait for it.
//!
//! They wait for what the host asked for: the drive once it was asked for, the teams once one of them was. Without
//! that nothing would ever settle, and a wait would be for nothing.

use crate::document::{AccountDoc, Entry, Kind};
use crate::json::{Text, Value};
use crate::mailbox::delivery::Known;
use crate::mailbox::message::Subject;
use crate::session::scope::Scope;

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Settling {
    drive_asked: bool,
    teams_asked: bool,
    /// The folders that the user's drive declared when it was loaded last: each has its outcome.
    folders: Option<Vec<String>>,
    /// The teams of which loading ended, well or not, by their keys in the account document.
    teams: Vec<String>,
    /// Whether every folder that is declared now has its outcome.
    drive_settled: bool,
    /// The teams that are declared now and have no outcome, by their channels.
    open_teams: Vec<String>,
}

impl Settling {
    pub(super) fn asked(&mut self, scope: &Scope) {
        match scope {
            Scope::User => self.drive_asked = true,
            Scope::Team(_) => self.teams_asked = true,
        }
    }

    /// Every folder that the user's drive declares now has its outcome.
    pub(super) fn drive_settled(&mut self, document: &Value) {
        self.folders = Some(declared(document));
    }

    /// A team has its outcome.
    pub(super) fn team_settled(&mut self, id: &str) {
        self.teams.push(id.to_owned());
    }

    /// Looks at what the account document declares now.
    pub(super) fn look(&mut self, document: &Value) {
        let settled = self.folders.as_deref();
        self.drive_settled =
            settled.is_some_and(|known| declared(document).iter().all(|id| known.contains(id)));
        let is_open = |id: &Text| !self.teams.iter().any(|known| *id == known.as_str());
        let open = AccountDoc::of(document).teams().filter(|team| team.id().is_some_and(is_open));
        self.open_teams = open.filter_map(|team| team.channel()?.as_str().map(str::to_owned)).collect();
    }

    /// A document may stand in any folder of the drive and of each team, so all of them count.
    pub(super) fn known(&self, subject: &Subject) -> Known {
        let (asked, settled) = match subject {
            Subject::Channel(_) => {
                let teams = self.open_teams.is_empty() || !self.teams_asked;
                (self.drive_asked, self.drive_settled && teams)
            }
            Subject::Team(channel) => (self.teams_asked, !self.open_teams.contains(channel)),
        };
        match (settled, asked) {
            (true, _) => Known::Settled,
            (false, true) => Known::Awaited,
            (false, false) => Known::NeverAsked,
        }
    }
}

/// The keys of the folder entries.
fn declared(document: &Value) -> Vec<String> {
    let folders = AccountDoc::of(document).drive().of_kind(Kind::SharedFolder);
    folders.filter_map(Entry::key).map(|id| id.to_string_lossy().into_owned()).collect()
}
