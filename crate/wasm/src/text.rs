//! Strings on their way in. The glue's own `&str` conversion copies unit by unit; the host's encoder
//! writes straight into our memory and is several times faster on long frames.

use js_sys::{JsString, Uint8Array, WebAssembly};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};

#[wasm_bindgen]
extern "C" {
    type TextEncoder;

    #[wasm_bindgen(constructor)]
    fn new() -> TextEncoder;

    /// Writes UTF-8 into `destination`, as much as fits.
    #[wasm_bindgen(method, js_name = encodeInto)]
    fn encode_into(this: &TextEncoder, source: &JsString, destination: &Uint8Array) -> Encoded;

    type Encoded;

    /// Units of the source that fitted.
    #[wasm_bindgen(method, getter, structural)]
    fn read(this: &Encoded) -> u32;

    /// Bytes of the destination that they took.
    #[wasm_bindgen(method, getter, structural)]
    fn written(this: &Encoded) -> u32;
}

/// An encoder and the buffer it writes into, kept between frames.
pub(crate) struct Incoming {
    encoder: TextEncoder,
    buffer: Vec<u8>,
    /// The buffer as the host sees it. Making one costs more than encoding a short text.
    view: Uint8Array,
}

impl Incoming {
    pub(crate) fn new() -> Self {
        Self { encoder: TextEncoder::new(), buffer: Vec::new(), view: Uint8Array::new_with_length(0) }
    }

    /// The text of a JavaScript string; `None` for another value. Lone surrogates become U+FFFD.
    pub(crate) fn read<'a>(&'a mut self, value: &JsValue) -> Option<&'a str> {
        let text: &JsString = value.dyn_ref()?;
        let units = text.length();
        // ASCII, nearly always: one byte a unit. Three bytes a unit is the most that UTF-8 needs.
        let written = self.encode(text, units, units).or_else(|| self.encode(text, units, units * 3))?;
        std::str::from_utf8(self.buffer.get(..written)?).ok()
    }

    fn encode(&mut self, text: &JsString, units: u32, room: u32) -> Option<usize> {
        self.reserve(room)?;
        let encoded = self.encoder.encode_into(text, &self.view);
        if encoded.read() != units {
            return None;
        }
        usize::try_from(encoded.written()).ok()
    }

    /// Makes room, and sees to it that the host looks at it.
    fn reserve(&mut self, room: u32) -> Option<()> {
        let length = usize::try_from(room).ok()?;
        let grows = self.buffer.len() < length;
        if grows {
            // The old content is of no use: nothing of it is copied.
            self.buffer = vec![0; length.next_power_of_two()];
        }
        // Our memory grew, and what the host saw of it is gone.
        let detached = self.view.length() == 0;
        if grows || detached {
            let memory: WebAssembly::Memory = wasm_bindgen::memory().unchecked_into();
            let at = u32::try_from(self.buffer.as_ptr().addr()).ok()?;
            let length = u32::try_from(self.buffer.len()).ok()?;
            self.view = Uint8Array::new_with_byte_offset_and_length(&memory.buffer(), at, length);
        }
        Some(())
    }
}
