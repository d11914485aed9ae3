//! Drives and pin sets: the proof types of the core, wrapped so that they stay proofs.

use std::cell::OnceCell;

use pinfold_core::drive::complete::Drive;
use pinfold_core::error::{Code, Error};
use pinfold_core::ids::IdSet;
use pinfold_core::json::canonical;
use pinfold_core::pins::hash::hash_in_order;
use pinfold_core::pins::set::{Additions, CompletePinSet};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::error::to_js;
use crate::report::{self, Timeline};

/// A drive that was loaded, complete or partial.
#[wasm_bindgen]
pub struct RawDrive {
    drive: Drive,
    timeline: Timeline,
    /// Worked out once, when they are asked for first: of a large drive each takes a moment, and the page shall choose when.
    additions: OnceCell<Additions>,
    digest: OnceCell<String>,
    skipped: OnceCell<JsValue>,
}

impl RawDrive {
    pub(crate) fn new(drive: Drive, timeline: Timeline) -> Self {
        Self {
            drive,
            timeline,
            additions: OnceCell::new(),
            digest: OnceCell::new(),
            skipped: OnceCell::new(),
        }
    }

    pub(crate) fn additions(&self) -> Additions {
        self.additions.get_or_init(|| self.drive.additions()).clone()
    }
}

#[wasm_bindgen]
impl RawDrive {
    /// Whether every declared folder was read to its end.
    #[wasm_bindgen(getter)]
    pub fn complete(&self) -> bool {
        matches!(self.drive, Drive::Complete(_))
    }

    /// One report for each declared folder.
    #[wasm_bindgen(unchecked_return_type = "FolderReport[]")]
    pub fn folders(&self) -> JsValue {
        report::folders(&self.drive, &self.timeline)
    }

    /// Entries of the drive and of its folders.
    pub fn documents(&self) -> usize {
        self.drive.documents()
    }

    /// How many ids are known to be kept.
    #[wasm_bindgen(js_name = pinCount)]
    pub fn pin_count(&self) -> usize {
        self.additions().ids().len()
    }

    /// The plain digest of the known ids: base64 of SHA-512, 88 characters.
    #[wasm_bindgen(js_name = pinDigest)]
    pub fn pin_digest(&self) -> String {
        self.digest.get_or_init(|| hash_in_order(self.additions().ids())).clone()
    }

    /// The known ids, sorted as the server sorts them.
    pub fn channels(&self) -> Vec<String> {
        texts(self.additions().ids())
    }

    /// What names no channel although it should.
    #[wasm_bindgen(unchecked_return_type = "SkippedItem[]")]
    pub fn skipped(&self) -> JsValue {
        self.skipped.get_or_init(|| report::skipped(&self.drive)).clone()
    }

    /// The account document as canonical JSON; with an entry's id, the document of that folder.
    pub fn json(&self, folder: Option<String>) -> Option<String> {
        report::document(&self.drive, folder.as_deref()).map(canonical)
    }

    /// The proof that may replace the server's list.
    ///
    /// # Errors
    /// `drive/incomplete` for a partial drive.
    #[wasm_bindgen(js_name = pinSet)]
    pub fn pin_set(&self) -> Result<RawPinSet, JsValue> {
        match &self.drive {
            Drive::Complete(drive) => Ok(RawPinSet { set: drive.pin_set() }),
            Drive::Partial(drive) => Err(to_js(
                &Error::new(Code::DriveIncomplete, "folders are missing, so the set is not complete")
                    .with("missing", drive.missing().count()),
            )),
        }
    }
}

/// A complete pin set.
#[wasm_bindgen]
pub struct RawPinSet {
    set: CompletePinSet,
}

impl RawPinSet {
    pub(crate) fn set(&self) -> CompletePinSet {
        self.set.clone()
    }
}

#[wasm_bindgen]
impl RawPinSet {
    /// How many ids.
    #[wasm_bindgen(getter)]
    pub fn size(&self) -> usize {
        self.set.len()
    }

    /// The plain digest: base64 of SHA-512, 88 characters.
    #[wasm_bindgen(getter)]
    pub fn digest(&self) -> String {
        hash_in_order(self.set.ids())
    }

    /// The ids, sorted as the server sorts them.
    pub fn channels(&self) -> Vec<String> {
        texts(self.set.ids())
    }
}

fn texts(ids: &IdSet) -> Vec<String> {
    ids.iter().map(ToString::to_string).collect()
}
