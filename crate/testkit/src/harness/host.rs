//! What a host does: it carries out the session's effects.

use pinfold_core::encoding::decode_base64;
use pinfold_core::error::{Code, Error};
use pinfold_core::json::Value;
use pinfold_core::ports::{UnixMillis, whole_millis};
use pinfold_core::session::effect::{Effect, HttpReply, Input};

use super::Harness;
use crate::server::Outgoing;

impl Harness {
    /// Carries out what the session asks for; answers become pending.
    pub(super) fn settle(&mut self) {
        loop {
            while let Some(effect) = self.session.poll() {
                self.carry_out(effect);
            }
            self.session.rest(self.now);
            if !std::mem::take(&mut self.dialing) {
                return;
            }
            if self.unreachable {
                self.hand_in(Input::Closed);
                continue;
            }
            self.connected = true;
            let ident = self.built.server.connect();
            self.hand_in(Input::Opened);
            self.hand_in(Input::Frame(&ident));
        }
    }

    fn carry_out(&mut self, effect: Effect) {
        match effect {
            Effect::Http(id, request) => {
                let page = match request.post {
                    Some(body) => {
                        self.take_block(&request.url, &body);
                        self.posts.0.push(body);
                        self.posts.1.pop_front()
                    }
                    None => self.pages.get(&request.url).cloned(),
                };
                let reply = if self.pages.is_empty() {
                    Err(Error::new(Code::NetUnreachable, "there is no HTTP in memory"))
                } else if page.as_ref().is_some_and(|page| page.status == 0) {
                    Err(Error::new(Code::NetTimeout, "the answer is lost"))
                } else {
                    Ok(page.unwrap_or(HttpReply { status: 404, body: b"{\"code\":404}".to_vec() }))
                };
                self.hand_in(Input::Http(id, reply));
            }
            Effect::Recall { .. } if self.store_is_silent => {}
            Effect::Recall { key } => {
                let held = self.store.get(&key).cloned();
                let failed = Error::new(Code::HostStorage, "the store of this test fails");
                let result = if self.store_fails { Err(failed) } else { Ok(held.as_deref()) };
                self.hand_in(Input::Recalled { key: &key, result });
            }
            Effect::Store { key, bytes } => {
                let result = if self.store_fails {
                    Err(Error::new(Code::HostStorage, "the store of this test fails"))
                } else {
                    self.store.insert(key.clone(), bytes.into_vec());
                    Ok(())
                };
                if !self.store_is_silent {
                    self.hand_in(Input::Stored { key: &key, result });
                }
            }
            Effect::Forget { key } => {
                self.store.remove(&key);
            }
            Effect::Connect { .. } => self.dialing = true,
            Effect::Disconnect => {
                self.pending.clear();
                self.connected = false;
            }
            Effect::Send(frame) => {
                self.sent.push(frame.clone());
                if self.connected {
                    self.answer(&frame);
                }
            }
            Effect::Event(event) => self.events.push(event),
            Effect::Done(ticket, ended) => self.done.push_back((ticket, ended)),
            Effect::History(ticket, page) => self.history.push((ticket, *page)),
            Effect::Delivery(ticket, delivery) => {
                if self.keeps {
                    self.session.leave_message(self.now, ticket, &delivery.hash);
                }
                self.deliveries.push((ticket, *delivery));
            }
            Effect::MailboxState(ticket, state) => self.states.push((ticket, state)),
            Effect::MailboxNotice(ticket, code) => self.notices.push((ticket, code)),
            Effect::BacklogEnded(_) => {}
            Effect::MailboxEnded(ticket, error) => self.ended.push((ticket, error)),
        }
    }

    /// The first request names a block, the second signs it.
    fn take_block(&mut self, url: &str, body: &str) {
        let Ok(body) = Value::parse(body) else { return };
        if body.get("sig").is_some() {
            if let Some((address, bytes)) = self.block.take().filter(|_| self.stores_blocks) {
                self.pages.insert(address, HttpReply { status: 200, body: bytes });
            }
            return;
        }
        let content = |field: &str| body.get("content")?.get(field)?.as_str();
        let origin = url.strip_suffix("/api/auth/").unwrap_or(url);
        self.block =
            content("publicKey").zip(content("ciphertext").and_then(decode_base64)).map(|(key, bytes)| {
                let id = key.replace('/', "-");
                (format!("{origin}/block/{}/{id}", id.get(..2).unwrap_or_default()), bytes)
            });
    }

    fn answer(&mut self, frame: &str) {
        self.built.server.clock = UnixMillis(self.now.0.saturating_sub(whole_millis(self.server_behind)));
        for outgoing in self.built.server.receive(frame) {
            match outgoing {
                Outgoing::Answer(answer) => self.pending.push(answer),
                Outgoing::Cut => self.cut(),
            }
        }
    }
}
