//! Drives and pin sets: the proof types of the core, wrapped so that they stay proofs.

use core::time::Duration;
use std::cell::{OnceCell, RefCell};

use pinfold_core::drive::complete::Drive;
use pinfold_core::error::{Code, Error};
use pinfold_core::ids::IdSet;
use pinfold_core::json::canonical;
use pinfold_core::pins::hash::hash_in_order;
use pinfold_core::pins::rules::Skipped;
use pinfold_core::pins::set::{Additions, CompletePinSet, DrivePins, PinWalk};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::clock::host_now;
use crate::error::to_js;
use crate::report::{self, Timeline};

/// How many entries are looked at before the clock is.
const FEW: usize = 256;

/// A step of [`RawDrive::work`] ends after the first such look that ends later than this. In milliseconds; a frame of the screen has 16.
const STEP_MS: u64 = 6;

/// A drive that was loaded, complete or partial.
#[wasm_bindgen]
pub struct RawDrive {
    drive: Drive,
    timeline: Timeline,
    /// Its pins while they are worked out: of a large drive that takes a while, and the page shall choose when.
    walk: RefCell<Option<PinWalk>>,
    pins: OnceCell<(DrivePins, Vec<Skipped>)>,
    digest: OnceCell<String>,
}

impl RawDrive {
    pub(crate) fn new(drive: Drive, timeline: Timeline) -> Self {
        let walk = RefCell::new(Some(drive.walk_pins()));
        Self { drive, timeline, walk, pins: OnceCell::new(), digest: OnceCell::new() }
    }

    fn pins(&self) -> &(DrivePins, Vec<Skipped>) {
        self.pins.get_or_init(|| self.walk.take().unwrap_or_else(|| self.drive.walk_pins()).end())
    }

    fn missing(&self) -> usize {
        match &self.drive {
            Drive::Complete(_) => 0,
            Drive::Partial(drive) => drive.missing().count(),
        }
    }

    pub(crate) fn additions(&self) -> Additions {
        self.pins().0.additions()
    }
}

#[wasm_bindgen]
impl RawDrive {
    /// Whether every declared folder was read to its end.
    #[wasm_bindgen(getter)]
    pub fn complete(&self) -> bool {
        matches!(self.drive, Drive::Complete(_))
    }

    /// Works out the pins for some milliseconds. Whether there is more to do: then it is called again, after the page had its turn.
    /// Whoever does not call it waits for all of it where the pins are asked for.
    pub fn work(&self) -> bool {
        let until = host_now() + Duration::from_millis(STEP_MS);
        let mut walk = self.walk.borrow_mut();
        let Some(walk) = walk.as_mut() else { return false };
        while walk.step(FEW) {
            if host_now() >= until {
                return true;
            }
        }
        false
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
        report::skipped(&self.pins().1)
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
        match &self.pins().0 {
            DrivePins::Complete(set) => Ok(RawPinSet { set: set.clone() }),
            DrivePins::Partial(_) => Err(to_js(
                &Error::new(Code::DriveIncomplete, "folders are missing, so the set is not complete")
                    .with("missing", self.missing()),
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
