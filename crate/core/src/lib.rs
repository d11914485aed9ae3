//! The pinfold protocol engine.
//!
//! Everything here is a function of its inputs: no clock, no randomness, no socket, no storage and no
//! platform switch. A host feeds frames, replies and the time in, and carries effects out
//! (see [`session`]). Randomness is the one thing that the engine asks for in the middle of a step: the trait in [`ports`].
//!
//! # Examples
//!
//! A session is fed and asked; what it wants done comes out as a value.
//!
//! ```
//! use pinfold_core::{Credentials, Effect, Entropy, Error, Session, UnixMillis};
//!
//! struct Dice;
//! impl Entropy for Dice {
//!     fn fill(&mut self, out: &mut [u8]) -> Result<(), Error> {
//!         out.fill(4); // a host has a better source
//!         Ok(())
//!     }
//! }
//!
//! let mut session = Session::new(Box::new(Dice));
//! let ticket = session.open(UnixMillis(1_800_000_000_000), Credentials {
//!     origin: "https://pad.example".into(),
//!     username: "alice".into(),
//!     password: "correct horse".into(),
//!     otp: None,
//!     login_salt: String::new(),
//! })?;
//! // It wants to know the instance. The host asks over HTTP and calls `handle` with the answer.
//! let effects: Vec<Effect> = std::iter::from_fn(|| session.poll()).collect();
//! let asks = |effect: &Effect| matches!(effect, Effect::Http(_, request) if request.url.ends_with("/api/config"));
//! assert!(effects.iter().any(asks), "{effects:?}");
//! session.cancel(UnixMillis(1_800_000_000_500), ticket);
//! # Ok::<(), Error>(())
//! ```
//!
//! The hard calls have examples of their own: [`derive_login`], [`href_to_channel`], [`secrets_from_hash`],
//! [`MessageKeys`], [`Chain`], [`list_hash`].
//!
//! # Enums
//!
//! The public enums of this crate can be matched in full, on purpose: a new effect, state or reason to pin something
//! must not compile in a host before the host has an answer to it. So a new case is a new version. Three are
//! `non_exhaustive`, because a host shows them and does not decide by them: [`error::Code`],
//! [`net::unavailable::Unavailable`] and [`mailbox::message::Message`].
//!
//! Read the modules in the order of the table in `ARCHITECTURE.md`: each uses only those above it.

pub mod account;
pub mod blob;
pub mod chainpad;
pub mod channel;
pub mod chat;
pub mod chunks;
pub mod compact;
pub mod crypto;
pub mod document;
pub mod drive;
pub mod encoding;
pub mod error;
pub mod exchange;
pub mod guard;
pub mod href;
pub mod ids;
pub mod json;
pub mod mailbox;
pub mod names;
pub mod net;
pub mod pin_run;
pub mod pins;
pub mod ports;
pub mod report;
pub mod roster;
pub mod rpc;
pub mod secret;
pub mod session;
pub mod team;
pub mod wire;

pub use account::Username;
pub use account::login::derive_login;
pub use chainpad::{Chain, Mode};
pub use crypto::message::MessageKeys;
pub use document::{AccountDoc, FolderDoc, TeamDoc};
pub use drive::complete::{CompleteDrive, Drive};
pub use error::{Blame, Code, Error, Retry};
pub use guard::consent::Consent;
pub use guard::plan::{Plan, Policy};
pub use href::{href_to_channel, parse_href, secrets_from_hash};
pub use ids::{ChannelId, EdPublic, MessageHash};
pub use json::{Text, Value};
pub use mailbox::delivery::Delivery;
pub use pin_run::Receipt;
pub use pins::hash::list_hash;
pub use ports::{Entropy, UnixMillis};
pub use secret::{Password, Secret, SecretText};
pub use session::Session;
pub use session::effect::{Credentials, Effect, Event, HttpReply, HttpRequest, Input, Outcome, Ticket};
