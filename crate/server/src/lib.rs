//! A server that speaks CryptPad's protocol and keeps its data layout, misbehaves on demand, or passes
//! everything through to a real instance.
//!
//! ```no_run
//! # async fn example() -> Result<(), pinfold_core::error::Error> {
//! use pinfold_server::{Options, Server};
//! let running = Server::start(Options::default()).await?;
//! println!("listening {}", running.origin());
//! running.shutdown().await;
//! # Ok(())
//! # }
//! ```
//!
//! What it leaves out of CryptPad's server: uploads, the administration panel, second factors, form answers,
//! self-destruction, and lone surrogates (a text with one counts as no text).

mod access;
mod answer;
mod challenge;
mod channels;
mod clock;
mod connection;
mod context;
mod control;
mod define;
mod dispatch;
pub mod faults;
mod history;
mod host;
mod http;
mod hub;
mod javascript;
mod membership;
mod options;
mod pages;
mod range;
mod raw;
mod request;
mod rpc;
mod running;
mod sessions;
mod signature;
mod socket;
mod store;
mod stream;
mod upstream;
mod writes;

pub use clock::Clock;
pub use options::{DataOption, Limits, Options, Timing, Upstream};
pub use running::{Running, Server};
