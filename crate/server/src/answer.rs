//! The way back for one request. Everything the request's client gets because of it goes through here, so
//! that a fault can withhold it or cut the connection in the middle.

use super::connection::Connection;
use super::faults::{Moment, Verdict};
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// The answer to one client frame. Dropping it ends the request: a cut that waits for that happens then.
pub(crate) struct Answer {
    connection: Arc<Connection>,
    keeper: String,
    seq: Value,
    withheld: bool,
    cut_at_end: bool,
    cut_after: Option<u64>,
    sent: AtomicU64,
}

impl Answer {
    pub(crate) fn new(connection: &Arc<Connection>, keeper: &str, seq: Value, verdict: &Verdict) -> Self {
        let at_end = |moment| matches!(moment, Some(Moment::Stored | Moment::Answered));
        let withheld = |moment| moment == Some(Moment::Stored);
        Self {
            connection: connection.clone(),
            keeper: keeper.into(),
            seq,
            withheld: withheld(verdict.silence) || withheld(verdict.cut),
            cut_at_end: at_end(verdict.cut),
            cut_after: verdict.cut_after_frames,
            sent: AtomicU64::new(0),
        }
    }

    /// The client's number for its frame.
    pub(crate) fn seq(&self) -> &Value {
        &self.seq
    }

    pub(crate) fn connection(&self) -> &Arc<Connection> {
        &self.connection
    }

    /// Says that the frame arrived, before the answer proper. Faults leave it alone.
    pub(crate) fn acknowledge(&self) {
        self.connection.send(json!([self.seq, "ACK"]).to_string());
    }

    /// A frame of the answer.
    pub(crate) fn frame(&self, frame: String) {
        if self.withheld {
            return;
        }
        if self.cut_after.is_some_and(|limit| self.sent.fetch_add(1, Ordering::Relaxed) >= limit) {
            self.connection.cut();
            return;
        }
        self.connection.send(frame);
    }

    /// The ACK that is itself the answer.
    pub(crate) fn done(&self) {
        self.frame(json!([self.seq, "ACK"]).to_string());
    }

    /// `[seq, "ERROR", ...parts]`.
    pub(crate) fn refuse(&self, parts: &[Value]) {
        let mut frame = vec![self.seq.clone(), json!("ERROR")];
        frame.extend_from_slice(parts);
        self.frame(Value::Array(frame).to_string());
    }

    /// A direct message of the history keeper.
    pub(crate) fn direct(&self, text: &str) {
        self.frame(json!([0, self.keeper, "MSG", self.connection.uid(), text]).to_string());
    }

    /// A direct message with the priority the client asked for, `null` if none.
    pub(crate) fn direct_with_priority(&self, text: &str, priority: &Value) {
        self.frame(json!([0, self.keeper, "MSG", self.connection.uid(), text, priority]).to_string());
    }
}

impl Drop for Answer {
    fn drop(&mut self) {
        let all_sent = self.cut_after.is_some_and(|limit| *self.sent.get_mut() >= limit);
        if self.cut_at_end || all_sent {
            self.connection.cut();
        }
    }
}
