//! What a diagnosis needs of a client: single questions about what the server has, and a signature.

use pinfold_core::drive::account::MailboxEntry;
use pinfold_core::error::Error;
use pinfold_core::guard::vault::Vault;
use pinfold_core::report::{Report, Signed};
use pinfold_core::session::effect::{Answer, Outcome, Question};

use super::command::{Command, Start};
use super::{Client, ask, run, unfitting};

impl Client {
    /// Asks one question about what the server has. Sixteen may wait at a time; they run beside every operation, and a future
    /// that is dropped gives its question up.
    ///
    /// # Errors
    /// Those of [`Session::question`](pinfold_core::session::Session::question).
    pub async fn question(&self, question: Question) -> Result<Answer, Error> {
        match run(&self.commands, Start::Question(question)).await? {
            Outcome::Answered(answer) => Ok(answer),
            _ => Err(unfitting()),
        }
    }

    /// Writes a signed report without rows where the operator looks for it. When the server stored it, in milliseconds since
    /// the epoch, as far as it says.
    ///
    /// # Errors
    /// Those of [`Session::tell_operator`](pinfold_core::session::Session::tell_operator).
    pub async fn tell_operator(&self, report: Signed) -> Result<Option<u64>, Error> {
        match run(&self.commands, Start::TellOperator(Box::new(report))).await? {
            Outcome::Sent { time } => Ok(time.map(|time| time.0)),
            _ => Err(unfitting()),
        }
    }

    /// Signs a report with the account's key. The key stays in the session.
    ///
    /// # Errors
    /// Those of [`Session::sign_report`](pinfold_core::session::Session::sign_report).
    pub async fn sign_report(&self, report: Report) -> Result<Signed, Error> {
        ask(&self.commands, |tell| Command::SignReport(Box::new(report), tell)).await?
    }

    /// The keys that left the drives and are kept.
    ///
    /// # Errors
    /// `misuse/closed`.
    pub async fn vault(&self) -> Result<Vault, Error> {
        ask(&self.commands, Command::Vault).await
    }

    /// The mailboxes that the account names now, with their channels.
    ///
    /// # Errors
    /// `misuse/closed`.
    pub async fn mailbox_entries(&self) -> Result<Vec<MailboxEntry>, Error> {
        ask(&self.commands, Command::MailboxEntries).await
    }
}
