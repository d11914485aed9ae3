//! What recovery needs of a client: whole histories, keys, the log of pin changes, and taking a document away from everybody.

use pinfold_core::error::Error;
use pinfold_core::guard::changes::Changes;
use pinfold_core::href::Secrets;
use pinfold_core::ids::PinId;
use pinfold_core::json::Text;
use pinfold_core::session::effect::{HistoryEnd, HistoryPage, Outcome, Position};
use pinfold_core::session::history::Of;
use std::pin::pin;
use tokio::sync::mpsc;

use super::command::{Command, Start};
use super::{Client, ask, closed, run, unfitting};

impl Client {
    /// Reads the stored lines of a channel, all of them or those behind a position, and hands them on page by page. The
    /// socket is read no faster than the pages are taken, so that a log is never held whole. It runs beside every other
    /// operation. Only once this has ended well were the pages a history.
    ///
    /// # Errors
    /// Those of [`Session::history`](pinfold_core::session::Session::history). Whoever needs longer for a page than
    /// [`Deadlines::progress`](super::Deadlines::progress) may end with `net/timeout`.
    pub async fn history(
        &self,
        of: &Of,
        after: Option<Position>,
        mut page: impl FnMut(HistoryPage),
    ) -> Result<HistoryEnd, Error> {
        let (tell, mut pages) = mpsc::channel(1);
        let mut end = pin!(run(&self.commands, Start::History(of.clone(), after, tell)));
        let mut ended = None;
        loop {
            tokio::select! {
                biased;
                next = pages.recv() => match next {
                    Some(next) => page(next),
                    None => break,
                },
                result = &mut end, if ended.is_none() => ended = Some(result),
            }
        }
        let ended = match ended {
            Some(ended) => ended,
            None => end.await,
        };
        match ended? {
            Outcome::History(end) => Ok(end),
            _ => Err(unfitting()),
        }
    }

    /// Channel and keys of the account document: what an investigation of its history begins with.
    ///
    /// # Errors
    /// `misuse/closed`.
    pub async fn drive_secrets(&self) -> Result<Secrets, Error> {
        ask(&self.commands, Command::DriveSecrets).await?.ok_or_else(closed)
    }

    /// The log of what changed the account's lists of pins: in this session, and with [`Options::pin_changes`](super::Options::pin_changes) in all that
    /// used the store.
    ///
    /// # Errors
    /// `misuse/closed`.
    pub async fn pin_changes(&self) -> Result<Changes, Error> {
        ask(&self.commands, Command::PinChanges).await
    }

    /// Adds what another device has in its log.
    ///
    /// # Errors
    /// `misuse/closed`.
    pub async fn learn_pin_changes(&self, other: Changes) -> Result<(), Error> {
        ask(&self.commands, |tell| Command::LearnPinChanges(other, tell)).await
    }

    /// Puts an entry that the vault keeps back into the document that it left.
    ///
    /// # Errors
    /// Those of [`Session::put_back`](pinfold_core::session::Session::put_back).
    pub async fn put_back(&self, channel: &Text) -> Result<(), Error> {
        match run(&self.commands, Start::PutBack(channel.clone())).await? {
            Outcome::Written => Ok(()),
            _ => Err(unfitting()),
        }
    }

    /// Takes a channel or file that the account owns away from everybody. The entries that lead to it stay.
    ///
    /// # Errors
    /// Those of [`Session::destroy`](pinfold_core::session::Session::destroy).
    pub async fn destroy(&self, id: &PinId) -> Result<(), Error> {
        match run(&self.commands, Start::Destroy(id.clone())).await? {
            Outcome::Written => Ok(()),
            _ => Err(unfitting()),
        }
    }
}
