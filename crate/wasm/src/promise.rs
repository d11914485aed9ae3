//! Promises. Every type of future that is handed to JavaScript brings its own copy of the code that drives
//! it; boxed here, all share one.

use std::future::Future;
use std::pin::Pin;

use js_sys::Promise;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::future_to_promise;

use crate::error::to_js;
use pinfold_core::error::Error;

/// What a promise of ours ends with.
pub(crate) type Answer = Result<JsValue, JsValue>;

/// Runs the future from the next microtask on.
pub(crate) fn promise(future: impl Future<Output = Answer> + 'static) -> Promise {
    let boxed: Pin<Box<dyn Future<Output = Answer>>> = Box::pin(future);
    future_to_promise(boxed)
}

/// Runs the future from the next microtask on, for what it does and not for its end.
pub(crate) fn spawn(future: impl Future<Output = ()> + 'static) {
    let _ = promise(async move {
        future.await;
        Ok(JsValue::UNDEFINED)
    });
}

/// A promise that is broken already.
pub(crate) fn rejected(error: &Error) -> Promise {
    Promise::reject(&to_js(error))
}
