//! The network in the host's hands: requests, the socket, and what the caller sees of its frames.

use std::rc::{Rc, Weak};

use js_sys::Function;
use pinfold_core::error::{Code, Error};
use pinfold_core::ports::UnixMillis;
use pinfold_core::session::effect::{HttpRequest, Input, RequestId};
use wasm_bindgen::JsValue;

use super::Engine;
use crate::error::set;
use crate::host::{Socket, SocketEvent, fetch};
use crate::promise::spawn;

impl Engine {
    pub(super) fn http(self: &Rc<Self>, id: RequestId, request: HttpRequest) {
        let weak = Rc::downgrade(self);
        let Some(function) = self.fetch.clone() else {
            spawn(async move {
                if let Some(inner) = weak.upgrade() {
                    let none = Error::new(Code::NetUnreachable, "the host has no fetch");
                    inner.input(Input::Http(id, Err(none)));
                }
            });
            return;
        };
        spawn(async move {
            let reply = fetch(function, request).await;
            if let Some(inner) = weak.upgrade() {
                inner.input(Input::Http(id, reply));
            }
        });
    }

    pub(super) fn connect(self: &Rc<Self>, url: &str) {
        self.disconnect();
        let dial = self.dial.get();
        let weak: Weak<Self> = Rc::downgrade(self);
        let opened = self
            .web_socket
            .as_ref()
            .ok_or_else(|| {
                Error::new(Code::NetUnreachable, "the host has no WebSocket; pass one as an option")
            })
            .and_then(|constructor| {
                Socket::open(constructor, url, move |event| {
                    if let Some(inner) = weak.upgrade().filter(|inner| inner.dial.get() == dial) {
                        inner.heard(event);
                    }
                })
            });
        match opened {
            Ok(socket) => *self.socket.borrow_mut() = Some(socket),
            Err(error) => {
                let weak = Rc::downgrade(self);
                spawn(async move {
                    if let Some(inner) = weak.upgrade() {
                        inner.input(Input::Failed(error));
                    }
                });
            }
        }
    }

    pub(super) fn disconnect(&self) {
        self.dial.set(self.dial.get() + 1);
        *self.socket.borrow_mut() = None;
    }

    fn heard(self: &Rc<Self>, event: SocketEvent) {
        match event {
            SocketEvent::Opened => self.input(Input::Opened),
            SocketEvent::Closed => {
                // The socket is inside its own callback: let go of it afterwards.
                self.dial.set(self.dial.get() + 1);
                let old = self.socket.borrow_mut().take();
                spawn(async move { drop(old) });
                self.input(Input::Closed);
            }
            SocketEvent::Frame(data) => {
                let now = self.now();
                if let Some(listener) = &self.on_frame {
                    tell_frame(listener, now, "in", &data);
                }
                let mut incoming = self.incoming.borrow_mut();
                if let Some(text) = incoming.read(&data) {
                    self.session.borrow_mut().handle(now, Input::Frame(text));
                }
                drop(incoming);
                self.room.make();
                self.pump();
            }
        }
    }

    pub(super) fn tell_frame(&self, direction: &str, text: &str) {
        if let Some(listener) = &self.on_frame {
            tell_frame(listener, self.now(), direction, &text.into());
        }
    }
}

fn tell_frame(listener: &Function, now: UnixMillis, direction: &str, text: &JsValue) {
    let frame = js_sys::Object::new();
    set(&frame, "direction", &direction.into());
    set(&frame, "text", text);
    set(&frame, "at", &JsValue::from(now.0 as f64));
    let _ = listener.call1(&JsValue::UNDEFINED, &frame);
}
