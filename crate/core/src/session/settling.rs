//! What became of folders and teams, as far as letters that name one have to wait for it.

use crate::json::{Object, Value};
use crate::mailbox::message::Subject;

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Settling {
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
        let teams = document.get("teams").and_then(Value::as_object).into_iter().flat_map(Object::iter);
        let open = teams.filter(|(id, _)| !self.teams.iter().any(|known| **id == known.as_str()));
        let channel = |team: &Value| team.get("channel").and_then(Value::as_str).map(str::to_owned);
        self.open_teams = open.filter_map(|(_, team)| channel(team)).collect();
    }

    /// A document may stand in any folder of the drive, so all of them count.
    pub(super) fn settled(&self, subject: &Subject) -> bool {
        match subject {
            Subject::Channel(_) => self.drive_settled,
            Subject::Team(channel) => !self.open_teams.contains(channel),
        }
    }
}

/// The keys of the folder entries.
fn declared(document: &Value) -> Vec<String> {
    let folders =
        document.get("drive").and_then(|drive| drive.get("sharedFolders")).and_then(Value::as_object);
    folders.into_iter().flat_map(Object::keys).map(|id| id.to_string_lossy().into_owned()).collect()
}
