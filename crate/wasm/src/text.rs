//! Strings on their way in. The glue's own `&str` conversion copies unit by unit; the host's encoder
//! writes straight into our memory and is several times faster on long frames.

use js_sys::{JsString, Reflect};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};

#[wasm_bindgen]
extern "C" {
    type TextEncoder;

    #[wasm_bindgen(constructor)]
    fn new() -> TextEncoder;

    /// Writes UTF-8 into `destination` and tells how many units were read and bytes written.
    #[wasm_bindgen(method, js_name = encodeInto)]
    fn encode_into(this: &TextEncoder, source: &JsString, destination: &mut [u8]) -> JsValue;
}

/// An encoder and the buffer it writes into, kept between frames.
pub(crate) struct Incoming {
    encoder: TextEncoder,
    buffer: Vec<u8>,
}

impl Incoming {
    pub(crate) fn new() -> Self {
        Self { encoder: TextEncoder::new(), buffer: Vec::new() }
    }

    /// The text of a JavaScript string; `None` if the value is none. Lone surrogates become U+FFFD.
    pub(crate) fn read<'a>(&'a mut self, value: &JsValue) -> Option<&'a str> {
        let text: &JsString = value.dyn_ref()?;
        let units = usize::try_from(text.length()).ok()?;
        // ASCII, nearly always: one byte a unit. Three bytes a unit is the most that UTF-8 needs.
        let written = self.encode(text, units, units).or_else(|| self.encode(text, units, units * 3))?;
        std::str::from_utf8(self.buffer.get(..written)?).ok()
    }

    fn encode(&mut self, text: &JsString, units: usize, room: usize) -> Option<usize> {
        if self.buffer.len() < room {
            self.buffer.resize(room, 0);
        }
        let report = self.encoder.encode_into(text, &mut self.buffer);
        let number = |key| Reflect::get(&report, &JsValue::from_str(key)).ok().and_then(|v| v.as_f64());
        let read = number("read")?;
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a length of our own buffer"
        )]
        let (read, written) = (read as usize, number("written")? as usize);
        (read == units).then_some(written)
    }
}
