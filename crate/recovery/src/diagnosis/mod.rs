//! Is everything there? The drives as they are now, each thing that they name asked after on the server, and what histories
//! and the guard's ledger expect: findings, and at the end a report to be signed.
//!
//! Nothing here asks: a host takes [`Diagnosis::next`] questions, few at a time, and brings the answers. It may stop at any
//! time; what was not answered then counts as unanswered, never as gone.
//!
//! ```text
//! drives, plans ─▶ Diagnosis ─▶ next: Question ──host──▶ answer ─▶ … ─▶ findings, report
//! histories ──────────╯
//! ```

mod asking;
mod findings;
mod things;

use std::collections::HashMap;

use pinfold_core::crypto::message::MessageKeys;
use pinfold_core::ids::EdPublic;
use pinfold_core::json::Text;
use pinfold_core::names::names;
use pinfold_core::pins::set::Forms;
use pinfold_core::report::{Standing, Subject};
use pinfold_core::session::effect::Question;

names! {
    /// What a diagnosis found.
    #[derive(PartialOrd, Ord, Hash)]
    Problem as DiagnosisProblem, "What a diagnosis found.":
    /// The server has no folder behind the entry: it is missing, archived, deleted, or lives on under another password.
    FolderMissing = "folder-missing",
    /// The folder is there, as far as is known, and could not be read.
    FolderUnreadable = "folder-unreadable",
    /// A client made the folder anew, empty: what it held is not in it.
    FolderMadeAnew = "folder-made-anew",
    /// The folder or the team is empty, and had content.
    FolderEmptied = "folder-emptied",
    /// The server shows an older state of the folder than it has shown before.
    FolderRolledBack = "folder-rolled-back",
    /// The server has no document behind the entry.
    DocumentMissing = "document-missing",
    /// The server has the document, and no message in it: it was cleared.
    DocumentEmpty = "document-empty",
    /// The newest message of the document does not open with the key of its entry, or the server lets this account not in.
    DocumentUnreadable = "document-unreadable",
    /// The server has no uploaded file behind the entry.
    FileMissing = "file-missing",
    /// The account could write, and now can only read.
    KeyWeaker = "key-weaker",
    /// Something else that is pinned is not on the server.
    PinMissing = "pin-missing",
    /// The server's list of pins is not the one that should be there.
    ListDiffers = "list-differs",
    /// The server did not say which list of pins it keeps.
    ListUnanswered = "list-unanswered",
    /// The ledger holds it, and nothing that was read names it any longer.
    EntryGone = "entry-gone",
    /// A team could not be read.
    TeamUnreadable = "team-unreadable",
    /// The list of a team's members could not be read: what it names is not known.
    RosterUnreadable = "roster-unreadable",
    /// The server has no mailbox where the account has one.
    MailboxMissing = "mailbox-missing",
    /// The server lets this account not into its mailbox.
    MailboxUnreadable = "mailbox-unreadable",
    /// The server did not answer: nothing is claimed.
    Unanswered = "unanswered",
}

impl Problem {
    /// Whether the server has nothing behind an entry.
    pub(crate) const fn is_missing(self) -> bool {
        matches!(
            self,
            Self::FolderMissing
                | Self::DocumentMissing
                | Self::FileMissing
                | Self::PinMissing
                | Self::MailboxMissing
        )
    }
}

/// One finding: ids, counts, times and states. The title is only lent.
#[derive(Clone, PartialEq, Eq)]
pub struct Found {
    /// What.
    pub problem: Problem,
    /// The channel, the id of a file, or the key of a list.
    pub id: Option<String>,
    /// The channel of the document that names it.
    pub inside: Option<String>,
    /// How the server showed it, or the code of an error.
    pub state: Option<&'static str>,
    /// How much it held, or how many ids a list should have.
    pub count: Option<u64>,
    /// Since when, in milliseconds since the epoch, where a history tells.
    pub since: Option<u64>,
    /// What it was called. A secret: whoever shows it was asked to.
    pub title: Option<Text>,
}

/// Not the title.
impl std::fmt::Debug for Found {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { problem, id, inside, state, count, since, title: _ } = self;
        f.debug_struct("Found")
            .field("problem", problem)
            .field("id", id)
            .field("inside", inside)
            .field("state", state)
            .field("count", count)
            .field("since", since)
            .finish_non_exhaustive()
    }
}

/// How much is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Care {
    /// The newest message of each document is read, and opened.
    #[default]
    Whole,
    /// It is only asked whether the server has it.
    Quick,
}

/// A question, and what it is about. It goes back with the answer ([`Diagnosis::answer`]).
#[derive(Debug)]
pub struct Asked {
    /// What to ask.
    pub question: Question,
    about: About,
}

#[derive(Debug, Clone, Copy)]
enum About {
    List(usize),
    Thing(usize),
}

/// What is named, and how it is.
struct Thing {
    id: String,
    kind: Subject,
    /// `None` until it is known.
    state: Option<Standing>,
    /// The code of why it is so.
    code: Option<&'static str>,
    head: Option<String>,
    time: Option<u64>,
    keys: Option<MessageKeys>,
    inside: Option<String>,
    title: Option<Text>,
    /// Whether the server must have had it once.
    was_stored: bool,
    /// Whether an entry of it gives more than a view link.
    writes: bool,
}

/// A list of pins.
struct Listed {
    key: EdPublic,
    /// The lists that are right: what is named and what the guard keeps beside it; with what is still to leave; and so on.
    right: Vec<(u64, Forms)>,
    server: Option<String>,
    /// Not all folders were read: the server's list may rightly hold what is in them.
    is_partial: bool,
    /// The account cannot ask.
    is_ours: bool,
}

impl Listed {
    /// Which of the right lists the server has.
    fn agreed(&self) -> Option<&(u64, Forms)> {
        let server = self.server.as_deref()?;
        self.right.iter().find(|(_, forms)| forms.agrees(server).is_some())
    }
}

/// See the module.
#[derive(Default)]
pub struct Diagnosis {
    care: Care,
    things: Vec<Thing>,
    by_id: HashMap<String, usize>,
    lists: Vec<Listed>,
    /// What is found without asking.
    found: Vec<Found>,
    noted: HashMap<(Problem, String), usize>,
    /// What an operator says lies in the archive, and since when.
    archived: HashMap<String, u64>,
    /// Whether every drive, team and folder was read to its end.
    all_read: bool,
    /// What has to be asked, the first one last.
    open: Vec<Asked>,
    /// Lists that were asked after and not answered yet.
    open_lists: usize,
    asked: usize,
    answered: usize,
}

impl Diagnosis {
    /// Nothing looked at yet.
    pub fn new(care: Care) -> Self {
        Self { care, all_read: true, ..Self::default() }
    }
}

impl std::fmt::Debug for Diagnosis {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Diagnosis").field("things", &self.things.len()).finish_non_exhaustive()
    }
}
