//! What a diagnosis comes to: its findings, and the report.

use pinfold_core::error::{Code, Error};
use pinfold_core::report::{Count, List, Report, Row, Standing, Subject};

use super::{Diagnosis, Found, Listed, Problem, Thing};

/// The longest id in a report.
const ID: usize = 400;

impl Diagnosis {
    /// Everything that was found, by what it is, then by id. What was not answered yet counts as unanswered.
    pub fn findings(&self) -> Vec<Found> {
        let of_lists = self.lists.iter().filter(|list| list.is_ours).filter_map(Listed::found);
        let of_things = self.things.iter().filter_map(Thing::found);
        let mut found: Vec<Found> = self.found.iter().cloned().chain(of_lists).chain(of_things).collect();
        for one in &mut found {
            let (Some(id), Some(state)) = (&one.id, &mut one.state) else { continue };
            let Some(since) = self.archived.get(id).filter(|_| one.problem.is_missing()) else { continue };
            one.since = one.since.or(Some(*since));
            // The server need not say why it has nothing.
            if *state == Standing::Missing.as_str() {
                *state = Standing::Archived.as_str();
            } else if *state == Code::FolderMissing.as_str() {
                *state = Code::FolderArchived.as_str();
            }
        }
        found.sort_by(|a, b| (a.problem, &a.id).cmp(&(b.problem, &b.id)));
        found
    }

    /// Whether every drive, team and folder that is declared was read to its end, and the server confirmed every list.
    pub fn is_complete(&self) -> bool {
        self.all_read && self.lists.iter().all(|list| !list.is_ours || list.agreed().is_some())
    }

    /// The report, to be signed.
    ///
    /// # Errors
    /// `drive/anonymous`: nobody can sign it.
    pub fn report(&self, origin: &str, begun: u64, made: u64) -> Result<Report, Error> {
        // The user's own drive is looked at first.
        let account = self.lists.first().map(|list| list.key.as_str().to_owned());
        let anonymous = || Error::new(Code::DriveAnonymous, "an anonymous drive has no key to sign with");
        let mut rows: Vec<Row> =
            self.things.iter().filter(|thing| is_id(&thing.id)).map(Thing::row).collect();
        rows.sort_by(|a, b| a.id.cmp(&b.id));
        let mut findings: Vec<Count> = Vec::new();
        for found in self.findings() {
            match findings.last_mut().filter(|last| last.name == found.problem.as_str()) {
                Some(last) => last.count += 1,
                None => findings.push(Count { name: found.problem.as_str().to_owned(), count: 1 }),
            }
        }
        Ok(Report {
            account: account.ok_or_else(anonymous)?,
            origin: origin.trim_end_matches('/').to_owned(),
            begun,
            made,
            complete: self.is_complete(),
            lists: self.lists.iter().filter(|list| list.is_ours).filter_map(Listed::reported).collect(),
            findings,
            rows: Some(rows),
        })
    }
}

impl Listed {
    fn reported(&self) -> Option<List> {
        let agreed = self.agreed();
        let (count, forms) = agreed.or_else(|| self.right.first())?;
        Some(List {
            key: self.key.as_str().to_owned(),
            count: *count,
            digest: forms.plain().to_owned(),
            server: self.server.clone(),
            confirmed: agreed.is_some(),
        })
    }

    fn found(&self) -> Option<Found> {
        let problem = match (&self.server, self.agreed()) {
            (_, Some(_)) => return None,
            // The folder that was not read is a finding; what it holds is not known, and so which list would be right.
            (Some(_), None) if self.is_partial => return None,
            (Some(_), None) => Problem::ListDiffers,
            (None, None) => Problem::ListUnanswered,
        };
        Some(Found {
            problem,
            id: Some(self.key.as_str().to_owned()),
            inside: None,
            state: None,
            count: self.right.first().map(|(count, _)| *count),
            since: None,
            title: None,
        })
    }
}

impl Thing {
    fn row(&self) -> Row {
        Row {
            id: self.id.clone(),
            kind: self.kind,
            state: self.state.unwrap_or(Standing::Unanswered),
            head: self.head.clone(),
            time: self.time,
        }
    }

    fn found(&self) -> Option<Found> {
        let state = self.state.unwrap_or(Standing::Unanswered);
        let problem = match (self.kind, state) {
            // Found where it is declared.
            (Subject::Folder | Subject::Account | Subject::Team, _) => return None,
            (Subject::Document, Standing::Empty) => Problem::DocumentEmpty,
            (_, state) if state.is_there() => return None,
            (_, Standing::Unanswered) => Problem::Unanswered,
            (Subject::Document, state) if state.is_gone() => Problem::DocumentMissing,
            (Subject::Document, _) => Problem::DocumentUnreadable,
            (Subject::File, _) => Problem::FileMissing,
            (Subject::Roster, _) => Problem::RosterUnreadable,
            (Subject::Mailbox, state) if state.is_gone() => Problem::MailboxMissing,
            (Subject::Mailbox, _) => Problem::MailboxUnreadable,
            // A conversation is pinned before anybody says a word in it: then there is nothing, and never was.
            (Subject::Other, Standing::Missing) if !self.was_stored => return None,
            (Subject::Other, state) if state.is_gone() => Problem::PinMissing,
            // A channel of which the account knows no more than that it is pinned.
            (Subject::Other, _) => return None,
        };
        Some(Found {
            problem,
            id: Some(self.id.clone()),
            inside: self.inside.clone(),
            state: self.code.or(Some(state.as_str())),
            count: None,
            since: None,
            title: self.title.clone(),
        })
    }
}

/// Other texts can be pinned as well, and no document is behind them.
fn is_id(id: &str) -> bool {
    id != "-" && (1..=ID).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_graphic())
}
