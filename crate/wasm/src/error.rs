//! Errors as JavaScript knows them: real `Error` objects with a stable `code`.

use js_sys::{Object, Reflect};
use pinfold_core::error::Error;
use wasm_bindgen::JsValue;

/// Converts an error of the engine. Name, code, blame, retry and detail become properties.
pub(crate) fn to_js(error: &Error) -> JsValue {
    let js = js_sys::Error::new(error.message());
    js.set_name("PinfoldError");
    let detail = Object::new();
    for (key, value) in error.detail() {
        set(&detail, key, &JsValue::from_str(value));
    }
    let code = error.code();
    set(&js, "code", &JsValue::from_str(code.as_str()));
    set(&js, "blame", &JsValue::from_str(code.blame().as_str()));
    set(&js, "retry", &JsValue::from_str(code.retry().as_str()));
    set(&js, "detail", &detail);
    js.into()
}

/// Sets a property of an object that we made ourselves, which cannot fail.
pub(crate) fn set(object: &JsValue, key: &str, value: &JsValue) {
    let _ = Reflect::set(object, &JsValue::from_str(key), value);
}
