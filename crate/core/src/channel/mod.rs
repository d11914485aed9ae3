//! Reading one channel: one machine for everything that is stored in channels (PROTOCOL.md sections 8 and 9).
//!
//! ```text
//!  together: JOIN and "is it new?"        in turn: JOIN ──▶ ExpectJoined ──joined──▶ "is it new?"
//!            │                                                                          │
//!            ▼             ┌──────── not in the allow list                              │
//!      ExpectAnswers ◀─────┼────────────────────────────────────────────────────────────┘
//!       │  ▲     │         ▼
//!       │  └── ExpectAdmission                    new: the log says whether it is followed all the same
//!       │ joined, known, and what this machine kept is there
//!       ├── the log has a message to go on from ──▶ ExpectAnchor ──that message──┐
//!       │                                              │ another, or none, or    │
//!       │                                              ▼ EUNKNOWN                ▼
//!       ├── it has none ──────────────────────────▶ ExpectHistory ◀──────────────┘ ──end──▶ Live
//!       └── it was just drawn ────────────────────▶ ExpectCreated ──end─────────────────────▲ │
//!                                                      ▲ the log wants all of it again       │ │
//!                                                      └───────────────────────────────────────┤
//!      Suspended ◀── connection lost, and what was taken in has no gap ────────────────────────┘
//!          └── connected again ──▶ as at first          Ended: a reason, never an empty log
//! ```
//!
//! * [`Machine`] sends the questions and reads the answers. Each of its states is named for the answer it expects, and
//!   carries what that needs: the numbers of the requests, the answers that are there, the message to go on from.
//! * [`Log`] takes the lines in: a document or a roster (`net::document`), letters (`mailbox::reader`). It decides what a
//!   line is worth; the machine decides when it is one of the history, an early one or a live one.
//! * [`Input`] and [`Ask`] are all that passes between a reader and the connection. [`Line`] is a stored message with the
//!   server's time and the author.
//! * [`range`] is for stored messages that are asked for by themselves; [`whole`] reads a history from beginning to end.
//! * [`TxIds`] draws the numbers of requests. A reader has a [`TxPair`] on each connection: it asks from the message that
//!   it knows, and once more for all of it. A state that has used the second number cannot ask a third time.
//!
//! The history is asked for without metadata, and not before the server has said that the channel exists: reading can
//! never create a channel (I2, A18).

mod events;
mod log;
mod machine;
pub mod range;
mod state;
mod txid;
pub mod whole;

pub use crate::wire::keeper::Existence;
pub use events::{Ask, Input, Line, Progress};
pub use log::{At, Log, Next, Trouble};
pub use machine::Machine;
pub use range::{Page, Range, StoredLine};
pub use state::Manner;
pub use txid::{TxIds, TxPair};
