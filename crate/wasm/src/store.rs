//! The host's store: `{ get(key), put(key, bytes), delete(key) }`, which return promises. The last may be absent.

use std::future::Future;

use js_sys::{Function, Object, Promise, Reflect, Uint8Array};
use pinfold_core::chunks::Chunks;
use pinfold_core::error::{Code, Error};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

/// The functions, and the object that they belong to.
pub(crate) struct Store {
    object: Object,
    get: Function,
    put: Function,
    delete: Option<Function>,
}

impl Store {
    pub(crate) fn of(options: &JsValue) -> Option<Self> {
        let object: Object = Reflect::get(options, &"store".into()).ok()?.dyn_into().ok()?;
        let function = |name: &str| Reflect::get(&object, &name.into()).ok()?.dyn_into().ok();
        let (get, put) = (function("get")?, function("put")?);
        let delete = function("delete");
        Some(Self { object, get, put, delete })
    }

    /// What is there under a key.
    pub(crate) fn get(&self, key: &str) -> impl Future<Output = Result<Option<Vec<u8>>, Error>> + use<> {
        let promise = self.get.call1(&self.object, &key.into());
        async move {
            let found = resolved(promise).await?;
            match found.dyn_ref::<Uint8Array>() {
                Some(bytes) => Ok(Some(bytes.to_vec())),
                None if found.is_null() || found.is_undefined() => Ok(None),
                None => Err(Error::new(Code::HostStorage, "the store returned something else than bytes")),
            }
        }
    }

    /// Takes away what is there. A store without `delete` is given empty bytes instead, where it holds any.
    pub(crate) fn forget(&self, key: &str) -> impl Future<Output = Result<(), Error>> + use<> {
        let deleted = self.delete.as_ref().map(|delete| delete.call1(&self.object, &key.into()));
        let emptied = if deleted.is_none() {
            Some((self.get(key), self.object.clone(), self.put.clone(), JsValue::from(key)))
        } else {
            None
        };
        async move {
            if let Some(promise) = deleted {
                resolved(promise).await?;
            }
            if let Some((found, object, put, key)) = emptied
                && found.await?.is_some_and(|bytes| !bytes.is_empty())
            {
                resolved(put.call2(&object, &key, &Uint8Array::new_with_length(0))).await?;
            }
            Ok(())
        }
    }

    /// Puts bytes there.
    pub(crate) fn put(&self, key: &str, bytes: Chunks) -> impl Future<Output = Result<(), Error>> + use<> {
        let promise = self.put.call2(&self.object, &key.into(), &array(bytes));
        async move { resolved(promise).await.map(|_| ()) }
    }
}

fn array(bytes: Chunks) -> Uint8Array {
    let length = |len| u32::try_from(len).unwrap_or(u32::MAX);
    let array = Uint8Array::new_with_length(length(bytes.len()));
    let mut at = 0;
    for piece in bytes {
        let end = at + length(piece.len());
        array.subarray(at, end).copy_from(&piece);
        at = end;
    }
    array
}

async fn resolved(promise: Result<JsValue, JsValue>) -> Result<JsValue, Error> {
    let failed = |_| Error::new(Code::HostStorage, "the store failed");
    JsFuture::from(Promise::resolve(&promise.map_err(failed)?)).await.map_err(failed)
}
