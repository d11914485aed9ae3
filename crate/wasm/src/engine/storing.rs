//! What the session keeps in the host's store.

use std::rc::Rc;

use futures::channel::oneshot;
use js_sys::Promise;
use pinfold_core::chunks::Chunks;
use pinfold_core::session::effect::Input;
use wasm_bindgen::JsValue;

use super::Engine;
use crate::promise::{promise, spawn};

impl Engine {
    pub(super) fn recall(self: &Rc<Self>, key: String) {
        let Some(found) = self.store.as_ref().map(|store| store.get(&key)) else {
            // Without a store every session is the first.
            let now = self.now();
            self.session.borrow_mut().handle(now, Input::Recalled { key: &key, result: Ok(None) });
            return;
        };
        let weak = Rc::downgrade(self);
        spawn(async move {
            let found = found.await;
            if let Some(inner) = weak.upgrade() {
                let result = found.as_ref().map(Option::as_deref).map_err(Clone::clone);
                inner.input(Input::Recalled { key: &key, result });
            }
        });
    }

    pub(super) fn store(self: &Rc<Self>, key: String, bytes: Chunks) {
        let Some(stored) = self.store.as_ref().map(|store| store.put(&key, bytes)) else {
            let now = self.now();
            self.session.borrow_mut().handle(now, Input::Stored { key: &key, result: Ok(()) });
            return;
        };
        let weak = Rc::downgrade(self);
        spawn(async move {
            let result = stored.await;
            if let Some(inner) = weak.upgrade() {
                inner.input(Input::Stored { key: &key, result });
            }
        });
    }

    pub(super) fn forget(&self, key: &str) {
        if let Some(forgotten) = self.store.as_ref().map(|store| store.forget(key)) {
            // What could not be taken away is tried again when it is next of no use.
            spawn(async move { drop(forgotten.await) });
        }
    }

    /// A promise for the moment when the store has what was learnt. A store that never answers never resolves it.
    pub(crate) fn saved(self: Rc<Self>) -> Promise {
        promise(async move {
            if self.session.borrow().unsaved() {
                let (tell, saved) = oneshot::channel();
                self.saving.borrow_mut().push(tell);
                let _ = saved.await;
            }
            Ok(JsValue::UNDEFINED)
        })
    }
}
