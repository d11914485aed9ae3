//! The ports of the engine over web APIs: WebSocket, fetch, `crypto.getRandomValues`.
//!
//! Works wherever those exist: a window, a worker, Node (where the caller may pass a `WebSocket`).

use js_sys::{Array, Function, Object, Promise, Reflect, Uint8Array};
use pinfold_core::compact::find;
use pinfold_core::error::{Code, Error};
use pinfold_core::ports::Entropy;
use pinfold_core::session::effect::{HTTP_LIMIT, HttpReply, HttpRequest};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{MessageEvent, WebSocket};

use crate::error::set;

/// The host's source of randomness.
pub(crate) struct HostEntropy;

impl Entropy for HostEntropy {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), Error> {
        getrandom::fill(out)
            .map_err(|_| Error::new(Code::HostNoEntropy, "the host has no source of randomness"))
    }
}

/// A function of the options, or else of the global object.
pub(crate) fn option_or_global(options: &JsValue, option: &str, global: &str) -> Option<Function> {
    let named =
        |object: &JsValue, key: &str| Reflect::get(object, &JsValue::from_str(key)).ok()?.dyn_into().ok();
    let chosen = if options.is_object() { named(options, option) } else { None };
    chosen.or_else(|| named(&js_sys::global(), global))
}

/// What a socket reports.
pub(crate) enum SocketEvent {
    Opened,
    Frame(JsValue),
    Closed,
}

/// An open or opening socket. Dropping it closes it and hears nothing more of it.
pub(crate) struct Socket {
    socket: WebSocket,
    _on_open: Closure<dyn Fn()>,
    _on_message: Closure<dyn Fn(MessageEvent)>,
    _on_close: Closure<dyn Fn()>,
}

impl Socket {
    /// # Errors
    /// `net/unreachable` when the constructor refuses the address.
    pub(crate) fn open(
        constructor: &Function,
        url: &str,
        report: impl Fn(SocketEvent) + Clone + 'static,
    ) -> Result<Self, Error> {
        let socket: WebSocket = Reflect::construct(constructor, &Array::of1(&JsValue::from_str(url)))
            .map_err(|_| Error::new(Code::NetUnreachable, "the host refuses the WebSocket's address"))?
            .unchecked_into();
        let opened = report.clone();
        let on_open = Closure::<dyn Fn()>::new(move || opened(SocketEvent::Opened));
        let heard = report.clone();
        let on_message = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
            heard(SocketEvent::Frame(event.data()))
        });
        let on_close = Closure::<dyn Fn()>::new(move || report(SocketEvent::Closed));
        socket.set_onopen(Some(on_open.as_ref().unchecked_ref()));
        socket.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        socket.set_onclose(Some(on_close.as_ref().unchecked_ref()));
        // An error is always followed by a close; without a handler Node would report it as uncaught.
        socket.set_onerror(Some(on_close.as_ref().unchecked_ref()));
        Ok(Self { socket, _on_open: on_open, _on_message: on_message, _on_close: on_close })
    }

    /// What is sent through.
    pub(crate) fn line(&self) -> Line {
        Line(self.socket.clone())
    }
}

/// The sending end of a socket, which outlives the socket and does nothing then.
pub(crate) struct Line(WebSocket);

impl Line {
    pub(crate) fn send(&self, text: &str) {
        // A socket that is closing throws here and reports the close right after.
        let _ = self.0.send_with_str(text);
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        self.socket.set_onopen(None);
        self.socket.set_onmessage(None);
        self.socket.set_onclose(None);
        // Closing before it opened is an error to Node's `ws`, and an unheard error ends the process.
        QUIET.with(|quiet| self.socket.set_onerror(Some(quiet.as_ref().unchecked_ref())));
        let _ = self.socket.close();
    }
}

thread_local! {
    static QUIET: Closure<dyn Fn()> = Closure::new(|| {});
}

/// The server gave no answer. A browser says no more than that to a page of another origin which the server has not
/// named, so that is said as a possibility.
fn unreachable(url: &str) -> Error {
    // A block's address is derived from the password.
    let url = find(url, "/block/").and_then(|at| url.get(..at + "/block/".len())).unwrap_or(url);
    let property = |object: &JsValue, key: &str| Reflect::get(object, &key.into()).ok();
    let own = property(&js_sys::global(), "location").and_then(|location| property(&location, "origin"));
    let own = own.and_then(|origin| origin.as_string());
    let crosses = own.is_some_and(|own| !url.strip_prefix(&own).is_some_and(|path| path.starts_with('/')));
    let message = if crosses {
        "the server could not be reached over HTTP, or does not let pages of this origin (CORS)"
    } else {
        "the server could not be reached over HTTP"
    };
    let error = Error::new(Code::NetUnreachable, message).with("url", url);
    if crosses { error.with("crossOrigin", true) } else { error }
}

/// Asks over HTTP.
pub(crate) async fn fetch(function: Function, request: HttpRequest) -> Result<HttpReply, Error> {
    let why = unreachable(&request.url);
    let unreachable = |_| why.clone();
    let init = Object::new();
    let headers = Object::new();
    set(&init, "cache", &"no-store".into());
    if let Some(body) = &request.post {
        set(&init, "method", &"POST".into());
        set(&init, "body", &body.into());
        set(&headers, "content-type", &"application/json".into());
    }
    if let Some(bearer) = &request.bearer {
        set(&headers, "authorization", &format!("Bearer {bearer}").into());
    }
    set(&init, "headers", &headers);
    let promise: Promise = function
        .call2(&JsValue::UNDEFINED, &request.url.into(), &init)
        .map_err(unreachable)?
        .unchecked_into();
    let response = JsFuture::from(promise).await.map_err(unreachable)?;
    let status = Reflect::get(&response, &"status".into()).map_err(unreachable)?.as_f64().unwrap_or(0.0);
    let read: Function =
        Reflect::get(&response, &"arrayBuffer".into()).map_err(unreachable)?.unchecked_into();
    let promise: Promise = read.call0(&response).map_err(unreachable)?.unchecked_into();
    let body = Uint8Array::new(&JsFuture::from(promise).await.map_err(unreachable)?);
    if usize::try_from(body.length()).is_ok_and(|length| length > HTTP_LIMIT) {
        return Err(Error::new(Code::PeerOversized, "the server's answer is larger than any real one"));
    }
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a status is three digits")]
    Ok(HttpReply { status: status as u16, body: body.to_vec() })
}
