//! Errors as JavaScript knows them: real `Error` objects with a stable `code`.

use js_sys::{Object, Reflect};
use pinfold_core::error::{Blame, Error, Retry};
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
    set(&js, "blame", &JsValue::from_str(blame(code.blame())));
    set(&js, "retry", &JsValue::from_str(retry(code.retry())));
    set(&js, "detail", &detail);
    js.into()
}

/// Sets a property of an object that we made ourselves, which cannot fail.
pub(crate) fn set(object: &JsValue, key: &str, value: &JsValue) {
    let _ = Reflect::set(object, &JsValue::from_str(key), value);
}

const fn blame(blame: Blame) -> &'static str {
    match blame {
        Blame::User => "user",
        Blame::Server => "server",
        Blame::Host => "host",
        Blame::Caller => "caller",
        Blame::Us => "us",
    }
}

const fn retry(retry: Retry) -> &'static str {
    match retry {
        Retry::Now => "now",
        Retry::Later => "later",
        Retry::AfterUser => "after-user",
        Retry::Never => "never",
    }
}
