//! `pinfold/testing`: whoever builds on pinfold tests it without a server.
//!
//! An account made from a seed, a CryptPad server in memory that holds it, and what goes wrong with its answers. [`stage`] is all of it
//! in plain Rust; this file is what `www/lib/testing.ts` calls. Answers are handed out and delivered there, so that a test can choose when.
//! What crosses is JSON text.

pub mod holdings;
pub mod http;
pub mod options;
pub mod runs;
pub mod stage;

use options::Unfit;
use pinfold_core::error::Code;
use pinfold_core::json::{Object, Value, stringify};
use stage::{Delivery, Stage};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

/// An account, its server, and what goes wrong.
#[wasm_bindgen]
#[derive(Debug)]
pub struct RawWorld(Stage);

/// What the server answers over HTTP.
#[wasm_bindgen]
#[derive(Debug)]
pub struct RawReply(http::Reply);

#[wasm_bindgen]
impl RawReply {
    /// The status.
    #[wasm_bindgen(getter)]
    pub fn status(&self) -> u16 {
        self.0.status
    }

    /// The body.
    #[wasm_bindgen(getter)]
    pub fn body(&self) -> Vec<u8> {
        self.0.body.clone()
    }
}

#[wasm_bindgen]
impl RawWorld {
    /// Builds the account and its server. `options`: JSON as [`options`] reads it.
    ///
    /// # Errors
    /// As [`Stage::build`], as JSON text.
    #[wasm_bindgen(constructor)]
    pub fn new(options: &str) -> Result<RawWorld, JsValue> {
        Stage::build(options).map(Self).map_err(|unfit| refused(&unfit))
    }

    /// A new connection: its number, and what is delivered to it first.
    #[wasm_bindgen(js_name = connect)]
    pub fn connect(&mut self) -> String {
        let (number, greeting) = self.0.connect();
        let mut answer = Object::new();
        answer.insert("number", Value::from(number as f64));
        answer.insert("greeting", greeting.as_str());
        stringify(&answer.into())
    }

    /// That connection ended.
    pub fn disconnect(&mut self, number: usize) {
        self.0.disconnect(number);
    }

    /// What comes of a frame of that connection, in order. `now`: milliseconds since the epoch.
    pub fn receive(&mut self, number: usize, frame: &str, now: f64) -> String {
        deliveries(&self.0.receive(number, frame, millis(now)))
    }

    /// A request over HTTP. `path` begins with a slash.
    pub fn http(&mut self, path: &str, post: Option<String>) -> RawReply {
        RawReply(self.0.http(path, post.as_deref()))
    }

    /// Another device adds a document to a folder: its channel, and what members of the folder get.
    ///
    /// # Errors
    /// `misuse/bad-argument` when there is no such folder, as JSON text.
    #[wasm_bindgen(js_name = addDocument)]
    pub fn add_document(&mut self, folder: usize, now: f64) -> Result<String, JsValue> {
        let added = self.0.add_document(folder, millis(now));
        let (channel, heard) = added.map_err(|error| thrown(error.code(), error.message()))?;
        let mut answer = Object::new();
        answer.insert("channel", channel.as_str());
        answer.insert("deliveries", deliveries(&heard).as_str());
        Ok(stringify(&answer.into()))
    }

    /// The server forgets its sessions, as after a restart or five idle minutes.
    #[wasm_bindgen(js_name = expireSessions)]
    pub fn expire_sessions(&mut self) {
        self.0.expire_sessions();
    }

    /// What the server holds now.
    pub fn holds(&self) -> String {
        stringify(&holdings::of(self.0.server()))
    }

    /// The account as it was made: how to sign in, its documents, pins and letters.
    pub fn expected(&self) -> String {
        stringify(&self.0.expected())
    }

    /// The faults that have struck, by their place in the options.
    pub fn struck(&self) -> Vec<usize> {
        self.0.struck()
    }
}

/// The run of a seed, as the page that replays it reads it.
///
/// # Errors
/// As [`runs::of_seed`], as JSON text.
#[wasm_bindgen(js_name = replay)]
pub fn replay(client: &str, seed: f64) -> Result<String, JsValue> {
    runs::of_seed(client, seed).map_err(|unfit| refused(&unfit))
}

/// The first of so many seeds that loses something.
///
/// # Errors
/// As [`runs::first_loss`], as JSON text.
#[wasm_bindgen(js_name = firstLoss)]
pub fn first_loss(client: &str, from: f64, seeds: u32) -> Result<Option<String>, JsValue> {
    runs::first_loss(client, from, seeds).map_err(|unfit| refused(&unfit))
}

fn refused(unfit: &Unfit) -> JsValue {
    let (code, message) = unfit.told();
    thrown(code, message)
}

fn thrown(code: Code, message: &str) -> JsValue {
    JsValue::from_str(&told(code, message))
}

/// An error as `www/lib/testing.ts` reads it.
fn told(code: Code, message: &str) -> String {
    let mut error = Object::new();
    for (name, value) in [
        ("code", code.as_str()),
        ("blame", code.blame().as_str()),
        ("retry", code.retry().as_str()),
        ("message", message),
    ] {
        error.insert(name, value);
    }
    stringify(&error.into())
}

fn deliveries(all: &[Delivery]) -> String {
    stringify(&Value::Array(all.iter().map(Delivery::to_json).collect()))
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a moment is positive and whole")]
fn millis(now: f64) -> u64 {
    now as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use pinfold_core::error::Error;

    #[test]
    fn what_could_not_be_built_keeps_its_code() {
        let (code, message) = (Code::HostNoMemory, "there is no memory for deriving keys");
        let unfit = Unfit::Build(Error::new(code, message));
        assert_eq!(unfit.told(), (code, message));
        let told = Value::parse(&told(code, message)).unwrap();
        let says = |name: &str| told.get(name).and_then(Value::as_str).unwrap();
        assert_eq!([says("code"), says("blame"), says("retry")], ["host/no-memory", "host", "later"]);
        let unfit = Stage::build(r#"{"username":"","password":"long enough"}"#).unwrap_err();
        assert_eq!(unfit.told().0, Code::MisuseBadArgument);
    }
}
