//! A client for programs: the engine with sockets, HTTP, timers and randomness of a tokio program.
//!
//! ```no_run
//! # async fn example() -> Result<(), pinfold_core::error::Error> {
//! use pinfold_client::{Client, Credentials, Options};
//! use pinfold_core::drive::complete::Drive;
//!
//! let credentials = Credentials {
//!     origin: "https://pad.example.org".into(),
//!     username: "alice".into(),
//!     password: "correct horse battery staple".into(),
//!     otp: None,
//!     login_salt: String::new(),
//! };
//! let client = Client::open(credentials, Options::default()).await?;
//! let receipt = match client.load_drive().await? {
//!     Drive::Complete(drive) => client.sync_pins(&drive.pin_set()).await?,
//!     partial => client.add_pins(&partial.additions()).await?,
//! };
//! println!("{} ids, confirmed: {}", receipt.count, receipt.confirmed());
//! client.close().await;
//! # Ok(())
//! # }
//! ```
//!
//! Every future may be dropped at any time. The operation is then given up: what it had sent stands, the
//! connection is made anew by the next call, and that begins by comparing. One operation runs at a time, a
//! second one is `misuse/busy`; mailboxes run beside it.

mod command;
mod counted;
mod diagnosing;
mod driver;
mod files;
mod host;
mod http;
mod mailbox;
mod recovering;
mod socket;
pub mod trust;

pub use mailbox::Mailbox;
pub use pinfold_core::guard::changes::Changes;
pub use pinfold_core::guard::consent::Consent;
pub use pinfold_core::guard::plan::{Plan, Policy};
pub use pinfold_core::session::deadlines::Deadlines;
pub use pinfold_core::session::effect::{Credentials, Event, HistoryEnd, HistoryPage, Position, TeamEntry};
pub use pinfold_core::session::history::Of;
pub use pinfold_core::session::login::SignedIn;
pub use pinfold_core::session::writing::Target;

use command::{Command, Start};
use driver::Driver;
use pinfold_core::drive::account::Account;
use pinfold_core::drive::complete::Drive;
use pinfold_core::drive::edit::{Edit, EntryId};
use pinfold_core::error::{Code, Error};
use pinfold_core::json::Text;
use pinfold_core::pin_run::Receipt;
use pinfold_core::pins::set::{Additions, CompletePinSet};
use pinfold_core::secret::SecretText;
use pinfold_core::session::effect::Outcome;
use pinfold_core::wire::frame::HANDED_ON_LIMIT;
use std::path::PathBuf;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

/// How a client behaves.
pub struct Options {
    /// How long it waits for the server.
    pub deadlines: Deadlines,
    /// Certificates (DER) believed besides those of the operating system.
    pub extra_roots: Vec<Vec<u8>>,
    /// The longest frame that is read, in bytes. A longer one ends the connection (`peer/oversized`), whoever wrote it: a
    /// limit below what a server hands on lets other clients do that.
    pub frame_bytes: usize,
    /// How careful the guard is with ids that are no longer named, or that nobody recorded.
    pub policy: Policy,
    /// A directory for what has to outlast a session: the ledger of pins and the vault of keys, encrypted. Without
    /// one every session is the first.
    pub store: Option<PathBuf>,
    /// Whether [`Client::pin_changes`] is to tell what earlier sessions of that store changed, too.
    pub pin_changes: bool,
    /// Told of every step, in order, from the client's own task: it should return soon. For a channel, pass
    /// `Some(Box::new(move |event| drop(sender.send(event))))`.
    pub on_event: Option<Box<dyn FnMut(Event) + Send>>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            deadlines: Deadlines::default(),
            extra_roots: Vec::new(),
            frame_bytes: HANDED_ON_LIMIT,
            policy: Policy::default(),
            store: None,
            pin_changes: false,
            on_event: None,
        }
    }
}

impl std::fmt::Debug for Options {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { deadlines, extra_roots, frame_bytes, policy, store, pin_changes, on_event } = self;
        f.debug_struct("Options")
            .field("deadlines", deadlines)
            .field("extra_roots", &extra_roots.len())
            .field("frame_bytes", frame_bytes)
            .field("policy", policy)
            .field("store", store)
            .field("pin_changes", pin_changes)
            .field("on_event", &on_event.is_some())
            .finish()
    }
}

/// A signed-in session. Dropping it ends the session in the background; [`Client::close`] waits for that.
pub struct Client {
    commands: mpsc::UnboundedSender<Command>,
    driver: JoinHandle<()>,
    account: Account,
}

impl Client {
    /// Signs in and reads the account document. Must be called within a tokio runtime, on which the client
    /// goes on to run.
    ///
    /// # Errors
    /// `login/*`, `block/*`, `drive/unreadable`, `net/*`, `peer/*`, `misuse/bad-argument`,
    /// `host/no-entropy`.
    pub async fn open(credentials: Credentials, options: Options) -> Result<Self, Error> {
        Self::start(Start::Open(credentials), options).await
    }

    /// As [`Client::open`], for a drive that belongs to no account, by its link or the hash in it. Nothing can be
    /// pinned for it: `drive/anonymous`.
    ///
    /// # Errors
    /// `href/malformed`, `href/no-keys`, `drive/unreadable`, `net/*`, `peer/*`, `misuse/bad-argument`.
    pub async fn open_anonymous(origin: String, link: SecretText, options: Options) -> Result<Self, Error> {
        Self::start(Start::OpenAnonymous { origin, link }, options).await
    }

    /// Goes on with what an earlier log-in yielded, without the password, as a browser does that stays signed in.
    ///
    /// # Errors
    /// `drive/unreadable`, `net/*`, `peer/*`, `misuse/bad-argument`.
    pub async fn resume(signed_in: SignedIn, options: Options) -> Result<Self, Error> {
        Self::start(Start::Resume(Box::new(signed_in)), options).await
    }

    /// Registers an account and signs in to it: as [`Client::open`], from a name and a password that nobody has.
    ///
    /// # Errors
    /// `login/taken`, `login/closed`, `edit/*`, `net/*`, `peer/*`, `misuse/bad-argument`, `host/no-entropy`.
    pub async fn register(credentials: Credentials, options: Options) -> Result<Self, Error> {
        Self::start(Start::Register(credentials), options).await
    }

    async fn start(start: Start, options: Options) -> Result<Self, Error> {
        let driver = Driver::new(options)?;
        let (commands, queue) = mpsc::unbounded_channel();
        let driver = tokio::spawn(driver.run(queue));
        run(&commands, start).await?;
        let account = ask(&commands, Command::Account).await?.ok_or_else(unfitting)?;
        Ok(Self { commands, driver, account })
    }

    /// Who signed in; of an anonymous drive, nobody.
    pub fn account(&self) -> &Account {
        &self.account
    }

    /// The names of the mailboxes that the account has now.
    ///
    /// # Errors
    /// `misuse/closed`.
    pub async fn mailboxes(&self) -> Result<Vec<String>, Error> {
        ask(&self.commands, Command::Mailboxes).await
    }

    /// Loads every declared folder. A second call reads again only what is missing.
    ///
    /// # Errors
    /// `drive/unreadable`, `net/*`, `peer/*`, `misuse/*`. A folder that cannot be read is none: see
    /// [`Drive::Partial`].
    pub async fn load_drive(&self) -> Result<Drive, Error> {
        match run(&self.commands, Start::Load).await? {
            Outcome::Drive(drive) => Ok(*drive),
            _ => Err(unfitting()),
        }
    }

    /// Creates a shared folder that the account owns, in folders of the drive's tree. Its entry's id; it can be
    /// edited once the drive was loaded again.
    ///
    /// # Errors
    /// `drive/anonymous`, `edit/*`, `net/*`, `peer/*`, `misuse/*`.
    pub async fn create_folder(
        &self,
        title: Text,
        within: Vec<Text>,
        password: Option<SecretText>,
    ) -> Result<EntryId, Error> {
        match run(&self.commands, Start::CreateFolder { title, within, password }).await? {
            Outcome::Created(id) => Ok(id),
            _ => Err(unfitting()),
        }
    }

    /// Edits a drive or a shared folder: all of the edits, or none.
    ///
    /// # Errors
    /// Those of [`Session::edit`](pinfold_core::session::Session::edit).
    pub async fn edit(&self, target: Target, edits: Vec<Edit>) -> Result<(), Error> {
        match run(&self.commands, Start::Edit(target, edits)).await? {
            Outcome::Written => Ok(()),
            _ => Err(unfitting()),
        }
    }

    /// The teams that the account names.
    ///
    /// # Errors
    /// `misuse/closed`.
    pub async fn teams(&self) -> Result<Vec<TeamEntry>, Error> {
        ask(&self.commands, Command::Teams).await
    }

    /// Loads a team's document, its roster and its folders. It touches neither the user's drive nor another
    /// team's.
    ///
    /// # Errors
    /// `team/*`, `drive/unreadable`, `net/*`, `peer/*`, `misuse/*`.
    pub async fn load_team(&self, id: &str) -> Result<Drive, Error> {
        match run(&self.commands, Start::LoadTeam(id.to_owned())).await? {
            Outcome::Drive(drive) => Ok(*drive),
            _ => Err(unfitting()),
        }
    }

    /// What sending the pins of a drive would change, and which other ids stay pinned.
    ///
    /// # Errors
    /// `misuse/closed`.
    pub async fn plan(&self, pins: &Additions) -> Result<Plan, Error> {
        ask(&self.commands, |tell| Command::Plan(pins.clone(), tell)).await
    }

    /// Brings the server's list to this set, and what the guard keeps beside it.
    ///
    /// # Errors
    /// `pins/*`, `rpc/*`, `net/*`, `peer/*`, `misuse/*`. Nothing is lost by any of them.
    pub async fn sync_pins(&self, pins: &CompletePinSet) -> Result<Receipt, Error> {
        self.pins(Start::Sync(pins.clone(), None)).await
    }

    /// As [`Client::sync_pins`], with the user's consent to the [`Client::plan`] they were shown.
    ///
    /// # Errors
    /// `pins/stale-consent` when the difference is another one by now; as [`Client::sync_pins`].
    pub async fn sync_pins_with(&self, pins: &CompletePinSet, consent: Consent) -> Result<Receipt, Error> {
        self.pins(Start::Sync(pins.clone(), Some(consent))).await
    }

    /// Adds ids to the server's list and removes none.
    ///
    /// # Errors
    /// As [`Client::sync_pins`].
    pub async fn add_pins(&self, additions: &Additions) -> Result<Receipt, Error> {
        self.pins(Start::Add(additions.clone())).await
    }

    async fn pins(&self, start: Start) -> Result<Receipt, Error> {
        match run(&self.commands, start).await? {
            Outcome::Pins(receipt) => Ok(receipt),
            _ => Err(unfitting()),
        }
    }

    /// Reads a mailbox: `notifications`, `broadcast` or `supportteam`. `whole` reads its log from the
    /// beginning, with what was dismissed long ago.
    ///
    /// # Errors
    /// `mailbox/absent`, `misuse/busy` when it is being read already, `misuse/closed`, `net/closed` when there
    /// is no connection (loading the drive makes one).
    pub async fn mailbox(&self, name: &str, whole: bool) -> Result<Mailbox, Error> {
        let name = name.to_owned();
        let (ticket, mail) =
            ask(&self.commands, |opened| Command::OpenMailbox { name, whole, opened }).await??;
        Ok(Mailbox::new(ticket, mail, self.commands.downgrade()))
    }

    /// Waits for what is being written, about two seconds at most, then ends the session, wipes its keys and waits as
    /// long again until the connection is closed.
    pub async fn close(self) {
        let _ = self.commands.send(Command::Close);
        let _ = self.driver.await;
    }
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client").field("ended", &self.driver.is_finished()).finish_non_exhaustive()
    }
}

/// Tells the task when whoever waits stops waiting.
struct Waiting<'a>(Option<&'a mpsc::UnboundedSender<Command>>);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        if let Some(commands) = self.0 {
            let _ = commands.send(Command::Abandoned);
        }
    }
}

async fn run(commands: &mpsc::UnboundedSender<Command>, start: Start) -> Result<Outcome, Error> {
    let (ended, end) = oneshot::channel();
    commands.send(Command::Run { start, ended }).map_err(|_| closed())?;
    // Dropped after the channel's end, which `await` takes: the task looks for channels without one.
    let mut waiting = Waiting(Some(commands));
    let end = end.await;
    waiting.0 = None;
    end.unwrap_or_else(|_| Err(closed()))
}

async fn ask<T>(
    commands: &mpsc::UnboundedSender<Command>,
    command: impl FnOnce(oneshot::Sender<T>) -> Command,
) -> Result<T, Error> {
    let (tell, told) = oneshot::channel();
    commands.send(command(tell)).map_err(|_| closed())?;
    told.await.map_err(|_| closed())
}

fn closed() -> Error {
    Error::new(Code::MisuseClosed, "the session is closed")
}

fn unfitting() -> Error {
    Error::new(Code::Internal, "an operation ended as another one")
}
