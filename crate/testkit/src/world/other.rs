//! The other device: a person who holds the edit keys and speaks to the server without our listening.

use pinfold_core::error::{Code, Error};
use pinfold_core::href::href_to_channel;
use pinfold_core::json::{Object, Value};

use crate::account::Built;
use crate::device::Device;

/// A step of the other device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OtherStep {
    /// It adds a document to this folder.
    Adds(usize),
    /// It pins what it added last.
    Pins,
    /// The server ends the sessions: the pins are read back from their logs.
    Idles,
}

/// Adds a document to a folder. Returns the frames that its members get, and the document's channel. `number` tells
/// it from others.
///
/// # Errors
/// `misuse/bad-argument` for a folder that there is not; those of the formats.
pub fn add_document(built: &mut Built, folder: usize, number: usize) -> Result<(Vec<String>, String), Error> {
    let folder = built.folders.get(folder);
    let folder = folder.ok_or_else(|| Error::new(Code::MisuseBadArgument, "there is no such folder"))?;
    let href = format!("/pad/#/2/pad/edit/{number:024}/");
    let channel = href_to_channel(&href, None)?.unwrap_or_default();
    let seed = u64::try_from(number).unwrap_or_default();
    let frames = Device::new(&folder.hash, seed)?.edit(&mut built.server, |content| {
        let mut entry = Object::new();
        entry.insert("channel", channel.as_str());
        entry.insert("href", href.as_str());
        entry.insert("title", format!("Document {number}"));
        let mut put = |part: &str, key: String, value: Value| {
            let part = content.as_object_mut().and_then(|content| content.get_mut(part));
            part.and_then(Value::as_object_mut).map(|part| part.insert(key, value));
        };
        put("filesData", number.to_string(), Value::Object(entry));
        put("root", format!("other{number}"), Value::from(number as f64));
    })?;
    Ok((frames, channel))
}
