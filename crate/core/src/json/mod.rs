//! JSON the way JavaScript does it (PROTOCOL.md section 2).
//!
//! Texts of the real client are UTF-16 and may hold half of a surrogate pair; numbers are `f64`; object
//! keys that are array indexes come first. `serde_json` refuses the first and knows nothing of the last,
//! so this module is our own: [`Reader`] (a pull parser, for frames of known shape), [`Value`] (a tree,
//! for documents), [`stringify()`] (`JSON.stringify`), [`canonical`] (`json.sortify`, section 13.2) and
//! [`validate_utf16`] (`JSON.parse` as a yes or no).
//!
//! What comes in is hostile: nothing panics, no depth of nesting takes more stack than [`MAX_DEPTH`], and the only
//! memory taken is in proportion to the text.

mod decimal;
mod error;
mod lexer;
mod number;
mod object;
mod reader;
mod scan;
mod text;
mod validate;
mod value;
mod write;

pub use decimal::read_decimal;
pub use error::{Error, Problem};
pub use number::{MAX_SAFE_INTEGER, write_number};
pub use object::Object;
pub use reader::{Kind, Reader};
pub use text::Text;
pub use validate::{Validator, validate_utf16};
pub use value::Value;
pub use write::{canonical, stringify, write_string};

/// How deep arrays and objects nest in a [`Value`] and can be entered by a [`Reader`]. What nests deeper is valid all the
/// same ([`Value::Deep`]): the real client takes any depth. Its own documents stay below 20.
pub const MAX_DEPTH: usize = 128;

/// Parses a whole text into a tree.
///
/// # Errors
/// As [`Value::parse`].
pub fn parse(text: &str) -> Result<Value, Error> {
    Value::parse(text)
}
