//! Histories, page by page, to whoever asked for one.

use std::cell::Cell;
use std::rc::Rc;

use pinfold_core::error::Error;
use pinfold_core::ids::ChannelId;
use pinfold_core::ports::UnixMillis;
use pinfold_core::session::Session;
use pinfold_core::session::effect::{HistoryEnd, HistoryPage, Outcome, Position, Ticket};
use pinfold_core::session::history::Of;
use wasm_bindgen::JsValue;
use web_sys::AbortSignal;

use super::{Engine, unfitting};
use crate::error::to_js;

/// Takes the pages of one history, in their order.
pub(crate) type Taker = Box<dyn FnMut(HistoryPage)>;

impl Engine {
    /// Reads a history to its end, or what is behind a position. `taker` is called for each page, and does not call back.
    pub(crate) async fn history(
        self: &Rc<Self>,
        signal: Option<AbortSignal>,
        channel: ChannelId,
        after: Option<Position>,
        taker: Taker,
    ) -> Result<HistoryEnd, JsValue> {
        let begun: Rc<Cell<Option<Ticket>>> = Rc::default();
        let (engine, ticket) = (Rc::clone(self), Rc::clone(&begun));
        let start = Box::new(move |session: &mut Session, now: UnixMillis| -> Result<Ticket, Error> {
            let begun = session.history(now, &Of::Channel(channel), after)?;
            engine.histories.borrow_mut().insert(begun, taker);
            ticket.set(Some(begun));
            Ok(begun)
        });
        let ended = self.run(signal, start).await;
        if let Some(ticket) = begun.get() {
            self.histories.borrow_mut().remove(&ticket);
        }
        match ended? {
            Outcome::History(end) => Ok(end),
            _ => Err(to_js(&unfitting())),
        }
    }

    pub(super) fn take_page(&self, ticket: Ticket, page: HistoryPage) {
        if let Some(taker) = self.histories.borrow_mut().get_mut(&ticket) {
            taker(page);
        }
    }
}
