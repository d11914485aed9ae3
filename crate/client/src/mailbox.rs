//! A mailbox as a stream.

use super::command::{Command, Mail};
use futures_util::Stream;
use pinfold_core::error::Error;
use pinfold_core::ids::MessageHash;
use pinfold_core::mailbox::delivery::Delivery;
use pinfold_core::session::effect::Ticket;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use tokio::sync::mpsc;

/// Messages in the order of the server's log, each once: first what the log holds, then, as they are
/// written, new ones.
///
/// One message is out at a time: asking for the next one leaves the last one in the mailbox, unread as it was. A
/// lost connection is waited out. Ends with the error that stopped it, or without one once the client is closed.
/// Dropping it stops reading.
pub struct Mailbox {
    ticket: Ticket,
    mail: mpsc::UnboundedReceiver<Mail>,
    // Weak: a mailbox that is kept does not keep a client alive.
    commands: mpsc::WeakUnboundedSender<Command>,
    backlog_ended: bool,
    /// What was taken last; the engine hands out the next one once it was kept.
    open: Option<MessageHash>,
}

impl Mailbox {
    pub(super) fn new(
        ticket: Ticket,
        mail: mpsc::UnboundedReceiver<Mail>,
        commands: mpsc::WeakUnboundedSender<Command>,
    ) -> Self {
        Self { ticket, mail, commands, backlog_ended: false, open: None }
    }

    /// Whether everything that the log held at the start has been taken: what follows is live.
    pub fn backlog_ended(&self) -> bool {
        self.backlog_ended
    }

    /// The next message of the log as it was at the start; `None` when all were taken. May be dropped and
    /// asked again.
    ///
    /// # Errors
    /// What stopped the mailbox: `net/*`, `mailbox/anchor-lost`, `rpc/refused`, `peer/*`.
    pub async fn next_of_backlog(&mut self) -> Option<Result<Delivery, Error>> {
        std::future::poll_fn(|context| {
            if self.backlog_ended { Poll::Ready(None) } else { self.poll_mail(context, true) }
        })
        .await
    }

    fn poll_mail(
        &mut self,
        context: &mut Context<'_>,
        stop_at_backlog: bool,
    ) -> Poll<Option<Result<Delivery, Error>>> {
        if let Some(message) = self.open.take()
            && let Some(commands) = self.commands.upgrade()
        {
            let _ = commands.send(Command::Leave(self.ticket, message));
        }
        loop {
            return Poll::Ready(match ready!(self.mail.poll_recv(context)) {
                Some(Mail::Delivery(delivery)) => {
                    self.open = Some(delivery.hash.clone());
                    Some(Ok(*delivery))
                }
                Some(Mail::Ended(error)) => Some(Err(error)),
                Some(Mail::BacklogEnded) => {
                    self.backlog_ended = true;
                    if stop_at_backlog {
                        return Poll::Ready(None);
                    }
                    continue;
                }
                None => None,
            });
        }
    }
}

impl Stream for Mailbox {
    type Item = Result<Delivery, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.poll_mail(context, false)
    }
}

impl Drop for Mailbox {
    fn drop(&mut self) {
        if let Some(commands) = self.commands.upgrade() {
            let _ = commands.send(Command::CloseMailbox(self.ticket));
        }
    }
}

impl std::fmt::Debug for Mailbox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Mailbox").field("backlog_ended", &self.backlog_ended).finish_non_exhaustive()
    }
}
