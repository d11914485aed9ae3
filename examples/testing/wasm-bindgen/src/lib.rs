//! As much of a front end as a test needs: it opens the drive, pins what it may, and says how it stands.

use wasm_bindgen::JsCast as _;
use wasm_bindgen::prelude::*;

#[wasm_bindgen(module = "pinfold")]
extern "C" {
    #[wasm_bindgen(catch)]
    async fn init() -> Result<JsValue, JsValue>;

    /// A session of the package.
    pub type Session;
    #[wasm_bindgen(catch, static_method_of = Session)]
    async fn open(credentials: &JsValue, options: &JsValue) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(catch, method, js_name = loadDrive)]
    async fn load_drive(this: &Session) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(catch, method, js_name = syncPins)]
    async fn sync_pins(this: &Session, pins: &JsValue) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(catch, method, js_name = addPins)]
    async fn add_pins(this: &Session, drive: &JsValue) -> Result<JsValue, JsValue>;
    /// Wipes the keys.
    #[wasm_bindgen(catch, method)]
    pub async fn close(this: &Session) -> Result<JsValue, JsValue>;
}

#[wasm_bindgen]
extern "C" {
    type Drive;
    #[wasm_bindgen(method, getter)]
    fn kind(this: &Drive) -> String;
    #[wasm_bindgen(method, js_name = pinSet)]
    fn pin_set(this: &Drive) -> JsValue;
}

/// Opens a drive and pins it. Returns the session, and whether all of the drive was read.
///
/// # Errors
/// What the package rejects with: a `PinfoldError`.
pub async fn open(credentials: &JsValue, options: &JsValue) -> Result<(Session, bool), JsValue> {
    init().await?;
    let session: Session = Session::open(credentials, options).await?.unchecked_into();
    let loaded = session.load_drive().await?;
    let drive: &Drive = loaded.unchecked_ref();
    let complete = drive.kind() == "complete";
    if complete {
        session.sync_pins(&drive.pin_set()).await?;
    } else {
        session.add_pins(&loaded).await?;
    }
    Ok((session, complete))
}
