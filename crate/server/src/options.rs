//! How to run a server.

use super::clock::Clock;
use super::faults::Fault;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

/// Everything a server can be told. The default is a temporary embedded server on a free port of 127.0.0.1.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where to listen; port 0 picks a free one.
    pub bind: SocketAddr,
    /// Where the data lives.
    pub data: DataOption,
    /// A recorded account to copy in when nothing is stored yet: a data directory, or one that holds it as `data`.
    pub seed_account: Option<PathBuf>,
    /// A directory of static files to serve.
    pub www: Option<PathBuf>,
    /// Origins besides this one whose pages may read, as CryptPad's `permittedEmbedders` allows them. They may not change faults.
    pub allow_origins: Vec<String>,
    /// Misbehaviour from the start.
    pub faults: Vec<Fault>,
    /// Instead of the embedded server: the instance to pass everything through to.
    pub upstream: Option<Upstream>,
    /// Time limits.
    pub timing: Timing,
    /// Size limits.
    pub limits: Limits,
    /// Keys that may write the broadcast channel, base64; shown in `/api/config`.
    pub admin_keys: Vec<String>,
    /// Where its time comes from.
    pub clock: Clock,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            bind: SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0),
            data: DataOption::Temporary,
            seed_account: None,
            www: None,
            allow_origins: Vec::new(),
            faults: Vec::new(),
            upstream: None,
            timing: Timing::default(),
            limits: Limits::default(),
            admin_keys: Vec::new(),
            clock: Clock::default(),
        }
    }
}

/// The instance to pass everything through to.
#[derive(Clone, Debug)]
pub struct Upstream {
    /// Its main origin, e.g. `https://pad.example.org`. Nothing goes anywhere else.
    pub origin: String,
    /// Other origins of the same instance to which its configuration may send: for files, for the WebSocket.
    pub also: Vec<String>,
    /// Certificates (DER) trusted besides those of the operating system.
    pub extra_roots: Vec<Vec<u8>>,
}

/// Where the data lives.
#[derive(Clone, Debug)]
pub enum DataOption {
    /// In a directory that is removed at the end.
    Temporary,
    /// In a directory that stays.
    Directory {
        /// Made when it does not exist.
        path: PathBuf,
        /// Emptied first; refused for a directory that pinfold did not make.
        fresh: bool,
    },
}

/// Time limits; the defaults are CryptPad's (PROTOCOL.md 8.2, 11.2).
#[derive(Clone, Debug)]
pub struct Timing {
    /// An RPC session without a call ends after this; its pins are then read back from the log.
    pub session_idle: Duration,
    /// A client that is silent this long is sent a PING.
    pub ping_after: Duration,
    /// A client that is silent this long is dropped.
    pub close_after: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            session_idle: Duration::from_secs(300),
            ping_after: Duration::from_secs(15),
            close_after: Duration::from_secs(60),
        }
    }
}

/// Size limits.
#[derive(Clone, Debug)]
pub struct Limits {
    /// The largest frame a client may send, in bytes; a larger one ends the connection.
    pub frame_bytes: usize,
    /// The storage quota of each account, in bytes.
    pub storage_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { frame_bytes: 100 * 1024 * 1024, storage_bytes: 50 * 1024 * 1024 }
    }
}
