//! `AbortSignal`: already aborted counts, and the listener goes when the call ends.

use futures::channel::oneshot;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::AbortSignal;

/// Listens to a signal for as long as it lives.
pub(crate) struct Abort {
    signal: AbortSignal,
    listener: Closure<dyn FnMut()>,
    fired: Option<oneshot::Receiver<()>>,
}

impl Abort {
    /// # Errors
    /// The signal's reason, when it was aborted before.
    pub(crate) fn listen(signal: AbortSignal) -> Result<Self, JsValue> {
        if signal.aborted() {
            return Err(signal.reason());
        }
        let (tell, fired) = oneshot::channel();
        let mut tell = Some(tell);
        let listener = Closure::<dyn FnMut()>::new(move || {
            if let Some(tell) = tell.take() {
                let _ = tell.send(());
            }
        });
        signal.add_event_listener_with_callback("abort", listener.as_ref().unchecked_ref())?;
        Ok(Self { signal, listener, fired: Some(fired) })
    }

    /// Ends when the signal fires.
    pub(crate) fn fired(&mut self) -> oneshot::Receiver<()> {
        // Asked for once; a second asker would wait for ever, which is what "not aborted" means.
        self.fired.take().unwrap_or_else(|| oneshot::channel().1)
    }

    /// What to reject with.
    pub(crate) fn reason(&self) -> JsValue {
        self.signal.reason()
    }
}

impl Drop for Abort {
    fn drop(&mut self) {
        let listener = self.listener.as_ref().unchecked_ref();
        let _ = self.signal.remove_event_listener_with_callback("abort", listener);
    }
}
