//! Opening single messages, for front ends that bring their own channels.

use std::cell::RefCell;

use pinfold_core::crypto::Scratch;
use pinfold_core::crypto::message::MessageKeys;
use pinfold_core::error::{Code, Error};
use pinfold_core::href;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::error::to_js;
use crate::text::Incoming;
use crate::wipe::wipe_stack;

/// What opens the messages of one channel (PROTOCOL.md 6.1).
#[wasm_bindgen]
pub struct RawMessageKeys {
    keys: MessageKeys,
    incoming: RefCell<Incoming>,
    scratch: RefCell<Scratch>,
}

#[wasm_bindgen]
impl RawMessageKeys {
    /// The keys of a link's hash, with its password if it has one.
    ///
    /// # Errors
    /// `href/malformed`, `href/no-keys`.
    #[wasm_bindgen(js_name = fromHash)]
    pub fn from_hash(hash: &str, password: Option<String>) -> Result<RawMessageKeys, JsValue> {
        let keys = href::secrets_from_hash("pad", hash, password.as_deref())
            .and_then(|secrets| secrets.message_keys())
            .map_err(|error| to_js(&error))?;
        Ok(Self { keys, incoming: RefCell::new(Incoming::new()), scratch: RefCell::new(Scratch::default()) })
    }

    /// Opens one message, `cp|` prefix removed. The keys of an edit link check the signature as well.
    ///
    /// # Errors
    /// `crypto/signature`, `crypto/open`, `crypto/malformed`, `misuse/bad-argument`.
    pub fn open(&self, message: &JsValue) -> Result<String, JsValue> {
        let mut incoming = self.incoming.borrow_mut();
        let text = incoming
            .read(message)
            .ok_or_else(|| to_js(&Error::new(Code::MisuseBadArgument, "a message is text")))?;
        let mut scratch = self.scratch.borrow_mut();
        self.keys.open_with(text, &mut scratch).map(str::to_owned).map_err(|error| to_js(&error))
    }
}

impl Drop for RawMessageKeys {
    fn drop(&mut self) {
        wipe_stack();
    }
}
