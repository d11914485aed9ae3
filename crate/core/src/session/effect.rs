//! The inputs and the effects of a session.

mod folder;
mod history;
#[cfg(feature = "recovery")]
mod question;

use std::fmt;

use crate::account::Username;
use crate::chunks::Chunks;
use crate::drive::complete::Drive;
use crate::drive::edit::EntryId;
use crate::error::{Code, Error};
use crate::guard::evidence::Item;
use crate::ids::PinId;
use crate::mailbox::delivery::{Delivery, Held};
use crate::names::names;
use crate::pin_run::{Receipt, Watch};
use crate::ports::UnixMillis;
use crate::secret::{Password, SecretText};
pub use folder::{FolderEvent, FolderState};
pub use history::{HistoryEnd, HistoryPage, Position};
#[cfg(feature = "recovery")]
pub use question::{Answer, Question};

/// Names one started operation or mailbox; its end or its deliveries carry it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Ticket(pub(super) u64);

impl Ticket {
    /// A number for the host's own tables.
    pub const fn number(self) -> u64 {
        self.0
    }
}

/// Names one request over HTTP; its answer carries it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RequestId(pub(super) u64);

/// Who signs in where.
pub struct Credentials {
    /// `https://host[:port]`, without a path.
    pub origin: String,
    /// As typed, and in lower case; never normalised (PROTOCOL.md 4.1).
    pub username: Username,
    /// As typed.
    pub password: Password,
    /// The second factor's current code.
    pub otp: Option<SecretText>,
    /// The instance's own salt, normally absent (PROTOCOL.md section 3).
    pub login_salt: String,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { origin, username: _, password: _, otp: _, login_salt: _ } = self;
        f.debug_struct("Credentials").field("origin", origin).finish_non_exhaustive()
    }
}

/// A request over HTTP.
#[derive(Clone, PartialEq, Eq)]
pub struct HttpRequest {
    /// The absolute address.
    pub url: String,
    /// JSON to POST; `None` for GET.
    pub post: Option<String>,
    /// Sent as `Authorization: Bearer`.
    pub bearer: Option<String>,
}

impl fmt::Debug for HttpRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { url, post, bearer } = self;
        // A block's address is derived from the password, and a body may carry a one-time code.
        f.debug_struct("HttpRequest")
            .field("url_bytes", &url.len())
            .field("post", &post.is_some())
            .field("bearer", &bearer.is_some())
            .finish()
    }
}

/// An answer over HTTP.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpReply {
    /// The status.
    pub status: u16,
    /// The body; hosts stop reading at [`HTTP_LIMIT`].
    pub body: Vec<u8>,
}

/// The longest body that a host should read, in bytes.
pub const HTTP_LIMIT: usize = 4 * 1024 * 1024;

/// What the host reports.
#[derive(Debug)]
pub enum Input<'a> {
    /// The answer to the [`Effect::Http`] of this number, or that there was none. One that comes when it is no longer
    /// awaited changes nothing.
    Http(RequestId, Result<HttpReply, Error>),
    /// The socket asked for by [`Effect::Connect`] is open.
    Opened,
    /// A text frame.
    Frame(&'a str),
    /// Part of a frame came that is not whole yet, for hosts that can tell: on a slow line a large frame takes longer
    /// than anybody waits for an answer. Once a second is often enough.
    Arriving,
    /// The socket is closed, or could not be opened.
    Closed,
    /// As [`Input::Closed`], where the host knows more: what kept the socket from opening (`net/unreachable`),
    /// or that something came over it that is too large or no text (`peer/oversized`, `peer/malformed-frame`).
    Failed(Error),
    /// The answer to [`Effect::Recall`]: the bytes, `None` when nothing was ever stored under the key, or an
    /// error (`host/storage`). A store that fails and one that is empty are not the same.
    Recalled {
        /// Under which key.
        key: &'a str,
        /// What is there.
        result: Result<Option<&'a [u8]>, Error>,
    },
    /// The answer to [`Effect::Store`]. For a record that has to be kept, no answer in time counts as a failure.
    Stored {
        /// Under which key.
        key: &'a str,
        /// Whether it is there, or `host/storage`.
        result: Result<(), Error>,
    },
    /// Time has passed; due when [`Session::deadline`](super::Session::deadline) is.
    Tick,
}

/// What the host has to do, in order.
#[derive(Debug)]
pub enum Effect {
    /// Ask, and hand the answer in under this number. One request is awaited at a time; the host may give up those that
    /// came before it.
    Http(RequestId, HttpRequest),
    /// Open a socket, in place of any other.
    Connect {
        /// `ws://` or `wss://`.
        url: String,
    },
    /// Send a text frame.
    Send(String),
    /// Look for what was stored under a key, and answer with [`Input::Recalled`]: at once where there is no
    /// store. Keys are texts of letters, digits and `-`, values are ciphertext.
    Recall {
        /// The key.
        key: String,
    },
    /// Store bytes under a key, in place of any others, and answer with [`Input::Stored`]. Records whose key begins
    /// with `log-` can be had again from the server: a store that is full may let go of them, and of no others.
    Store {
        /// The key.
        key: String,
        /// The bytes. Those of a large log come in pieces.
        bytes: Chunks,
    },
    /// Take away what is stored under a key, if anything is. No answer is expected.
    Forget {
        /// The key.
        key: String,
    },
    /// Close the socket; no [`Input::Closed`] is expected.
    Disconnect,
    /// Tell who watches.
    Event(Event),
    /// An operation ended.
    Done(Ticket, Result<Outcome, Error>),
    /// Lines of a history that is being read. A host that keeps none of them needs memory for one page.
    History(Ticket, Box<HistoryPage>),
    /// A mailbox has a message.
    Delivery(Ticket, Box<Delivery>),
    /// A mailbox has delivered everything that its log held; what follows is live.
    BacklogEnded(Ticket),
    /// A mailbox is in another state than it was.
    MailboxState(Ticket, MailboxState),
    /// Something was noticed of a mailbox's log: `mailbox/anchor-lost`, `mailbox/gap`,
    /// `mailbox/reordered`, `mailbox/not-loaded`.
    /// Reading goes on.
    MailboxNotice(Ticket, Code),
    /// A mailbox stopped.
    MailboxEnded(Ticket, Error),
}

/// How a mailbox is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MailboxState {
    /// Messages that are not dismissed, as far as the log has arrived.
    pub unread: usize,
    /// How many of those are news: CryptPad's client would show them.
    pub news: usize,
    /// Messages that were delivered, cannot be read and are not dismissed.
    pub quarantined: usize,
    /// The message that waits for the folder, document or team that it names. All messages behind it wait, too.
    pub held: Option<Held>,
}

/// How an operation ended well.
#[derive(Debug)]
pub enum Outcome {
    /// Signed in, and the account document was read.
    Opened,
    /// Every declared folder has its outcome.
    Drive(Box<Drive>),
    /// The server's list is where it should be, as far as the receipt says.
    Pins(Receipt),
    /// The server stored a letter.
    Sent {
        /// When, in milliseconds since the epoch.
        time: Option<UnixMillis>,
    },
    /// Older letters of a mailbox, in the server's order.
    Older {
        /// The letters; their positions count from 0.
        letters: Vec<Delivery>,
        /// Whether there may be still older ones.
        more: bool,
    },
    /// A history was read to its end.
    History(HistoryEnd),
    /// A question was answered.
    #[cfg(feature = "recovery")]
    Answered(Answer),
    /// What was edited is in the document, and the server has it.
    Written,
    /// A shared folder was created, and its entry has this id.
    Created(EntryId),
}

/// A team that the account document names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TeamEntry {
    /// Its key in the account document, for [`Session::load_team`](super::Session::load_team).
    pub id: String,
    /// The name it was last seen under.
    pub name: Option<String>,
}

names! {
    /// The steps that a person can follow.
    Phase, "The steps that a person can follow.":
    /// The instance's configuration.
    Config = "config",
    /// Deriving keys from the password.
    Kdf = "kdf",
    /// The log-in block.
    Block = "block",
    /// The WebSocket.
    Connect = "connect",
    /// The account document.
    Drive = "drive",
    /// The shared folders.
    Folders = "folders",
    /// The pins.
    Pins = "pins",
    /// The messages that a mailbox held when it was opened. Hosts that hand its messages out tell of this step.
    Mailbox = "mailbox",
}

/// Something to show.
#[derive(Debug, Clone)]
pub enum Event {
    /// A step went on.
    Progress {
        /// Which.
        phase: Phase,
        /// Units done.
        done: usize,
        /// Units in all, where that is known.
        total: Option<usize>,
    },
    /// A folder changed its state.
    Folder {
        /// When.
        at: UnixMillis,
        /// Which and how.
        folder: FolderEvent,
    },
    /// The pin run took a step. `ours` is the plain digest it works towards.
    Pins {
        /// The step.
        watch: Watch,
        /// The goal's plain digest.
        ours: String,
    },
    /// A drive whose changes are followed has changed. Load it again to have its new state: the server is not asked again
    /// for what is followed.
    Changed {
        /// The team's key in the account document; `None` for the user's own drive.
        team: Option<String>,
        /// Whether every declared folder is read.
        complete: bool,
        /// How many ids are known to need a pin.
        ids: usize,
    },
    /// Ids that appeared in a followed drive were pinned, or could not be.
    Followed {
        /// How many ids.
        ids: usize,
        /// Why it was not; it is tried again.
        error: Option<Error>,
        /// The ids that the server did not take, if that is why. Others are not held up by them.
        refused: Vec<PinId>,
    },
    /// The server did something that an honest server does not do. Nothing was given up because of it.
    Evidence(Item),
    /// The local store failed: what the guard knows may not outlast this session.
    Storage(Error),
    /// Other clients sent messages that nobody asked for and nobody with a key wrote. They were passed over and changed
    /// nothing. This is told when there have been 1, 10, 100 and so on in this session.
    Ignored {
        /// How many frames and messages there have been.
        messages: u64,
    },
    /// Whether it is safe to close from now on: [`Session::safe_to_close`](super::Session::safe_to_close).
    Safe(bool),
    /// The connection opened or closed, or a try to make it anew failed.
    Net {
        /// Whether it is open now.
        open: bool,
        /// When it will be tried again by itself, where it will.
        retry_at: Option<UnixMillis>,
    },
}
