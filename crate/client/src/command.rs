//! Messages between the handles and the task that owns the session, both ways.

use pinfold_core::drive::account::{Account, MailboxEntry};
use pinfold_core::drive::edit::Edit;
use pinfold_core::error::Error;
use pinfold_core::guard::changes::Changes;
use pinfold_core::guard::consent::Consent;
use pinfold_core::guard::plan::Plan;
use pinfold_core::guard::vault::Vault;
use pinfold_core::href::Secrets;
use pinfold_core::ids::{MessageHash, PinId};
use pinfold_core::json::Text;
use pinfold_core::mailbox::delivery::Delivery;
use pinfold_core::pins::set::{Additions, CompletePinSet};
use pinfold_core::report::{Report, Signed};
use pinfold_core::secret::SecretText;
use pinfold_core::session::effect::{
    Credentials, HistoryPage, Outcome, Position, Question, TeamEntry, Ticket,
};
use pinfold_core::session::history::Of;
use pinfold_core::session::login::SignedIn;
use pinfold_core::session::writing::Target;
use tokio::sync::{mpsc, oneshot};

/// An operation to start.
pub(super) enum Start {
    Open(Credentials),
    OpenAnonymous { origin: String, link: SecretText },
    Resume(Box<SignedIn>),
    Register(Credentials),
    CreateFolder { title: Text, within: Vec<Text>, password: Option<SecretText> },
    Edit(Target, Vec<Edit>),
    Load,
    LoadTeam(String),
    Sync(CompletePinSet, Option<Consent>),
    Add(Additions),
    Destroy(PinId),
    PutBack(Text),
    History(Of, Option<Position>, mpsc::Sender<HistoryPage>),
    Question(Question),
    TellOperator(Box<Signed>),
}

/// What the handles ask of the task.
pub(super) enum Command {
    Run {
        start: Start,
        ended: oneshot::Sender<Result<Outcome, Error>>,
    },
    /// Somebody who waited does so no longer.
    Abandoned,
    Account(oneshot::Sender<Option<Account>>),
    Mailboxes(oneshot::Sender<Vec<String>>),
    MailboxEntries(oneshot::Sender<Vec<MailboxEntry>>),
    Teams(oneshot::Sender<Vec<TeamEntry>>),
    Vault(oneshot::Sender<Vault>),
    DriveSecrets(oneshot::Sender<Option<Secrets>>),
    PinChanges(oneshot::Sender<Changes>),
    LearnPinChanges(Changes, oneshot::Sender<()>),
    SignReport(Box<Report>, oneshot::Sender<Result<Signed, Error>>),
    Plan(Additions, oneshot::Sender<Plan>),
    OpenMailbox {
        name: String,
        whole: bool,
        opened: oneshot::Sender<Result<OpenedMailbox, Error>>,
    },
    CloseMailbox(Ticket),
    Leave(Ticket, MessageHash),
    Close,
}

pub(super) type OpenedMailbox = (Ticket, mpsc::UnboundedReceiver<Mail>);

/// What the engine tells of a mailbox, in its order.
pub(super) enum Mail {
    Delivery(Box<Delivery>),
    BacklogEnded,
    Ended(Error),
}
