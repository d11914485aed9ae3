//! What a session has for its host, in order, and the numbers it gives out: each names one thing, and no two are alike.

use std::collections::VecDeque;

use core::time::Duration;

use crate::channel::{TxIds, TxPair};
use crate::ports::UnixMillis;
use crate::session::effect::{Effect, Event, HttpRequest, Phase, RequestId, Ticket};

/// See the module.
#[derive(Debug)]
pub(super) struct Outbox {
    effects: VecDeque<Effect>,
    next_ticket: u64,
    txids: TxIds,
    /// The request over HTTP whose answer is awaited, and until when.
    asked: Option<(RequestId, UnixMillis)>,
}

impl Default for Outbox {
    fn default() -> Self {
        Self { effects: VecDeque::new(), next_ticket: 1, txids: TxIds::default(), asked: None }
    }
}

impl Outbox {
    pub(super) fn push(&mut self, effect: Effect) {
        self.effects.push_back(effect);
    }

    pub(super) fn extend(&mut self, effects: impl IntoIterator<Item = Effect>) {
        self.effects.extend(effects);
    }

    pub(super) fn pop(&mut self) -> Option<Effect> {
        self.effects.pop_front()
    }

    pub(super) fn event(&mut self, event: Event) {
        self.push(Effect::Event(event));
    }

    pub(super) fn progress(&mut self, phase: Phase, done: usize, total: Option<usize>) {
        self.event(Event::Progress { phase, done, total });
    }

    /// How many bytes of frames and of letters wait for the host to take them.
    pub(super) fn waiting_bytes(&self) -> usize {
        let bytes = |effect: &Effect| match effect {
            Effect::Send(text) => text.len(),
            Effect::History(_, page) => page.lines.iter().map(|line| line.text.len()).sum(),
            Effect::Delivery(_, delivery) => delivery.letter.as_ref().map_or(0, |opened| opened.text.len()),
            _ => 0,
        };
        self.effects.iter().map(bytes).sum()
    }

    pub(super) fn ticket(&mut self) -> Ticket {
        let ticket = Ticket(self.next_ticket);
        self.next_ticket += 1;
        ticket
    }

    /// The numbers for the requests of one reader.
    pub(super) fn txids(&mut self) -> TxPair {
        self.txids.pair()
    }

    /// The number for one request.
    pub(super) fn txid(&mut self) -> u64 {
        self.txids.one()
    }

    /// Asks over HTTP, in place of whatever was asked before. Past the deadline the operation is late.
    pub(super) fn ask(&mut self, request: HttpRequest, deadline: UnixMillis) {
        let id = RequestId(self.ticket().0);
        self.asked = Some((id, deadline));
        self.push(Effect::Http(id, request));
    }

    /// When the answer over HTTP is due.
    pub(super) fn deadline(&self) -> Option<UnixMillis> {
        self.asked.map(|(_, deadline)| deadline)
    }

    /// For so long no answer was taken in.
    pub(super) fn put_off(&mut self, work: Duration) {
        if let Some((_, deadline)) = &mut self.asked {
            *deadline += work;
        }
    }

    /// Whether this is the answer that is awaited. It comes once.
    pub(super) fn is_answer(&mut self, id: RequestId) -> bool {
        self.asked.take_if(|(asked, _)| *asked == id).is_some()
    }

    /// Nobody wants the answer any longer.
    pub(super) fn ask_no_more(&mut self) {
        self.asked = None;
    }
}
