//! The parts of an entry that are kept: those that open it, pin it, and let a person recognise it. Nothing else.
//!
//! An entry of a shared folder is written by anybody who may edit there. Every field that is kept has one type and
//! a longest form, so an entry nests nowhere and has a size that is known beforehand.

use crate::document::{Entry, LONGEST as LINK, field};
use crate::json::{Object, Text, Value, stringify};
use zeroize::Zeroizing;

/// The most bytes of an entry, as it is kept.
pub(super) const ENTRY: usize = 8 * 1024;
/// The longest id of a channel, a key or an uploaded file.
const ID: usize = 128;
/// The longest title; what is longer is cut.
const TITLE: usize = 512;
/// The most owners, and the most images of an office document.
const LIST: usize = 32;

/// How a field is kept.
#[derive(Clone, Copy)]
enum Form {
    /// A text of this length at most; a longer one is no such field.
    Text(usize),
    /// As much of a text as there is room for.
    Title,
    /// A time.
    Number,
    /// Ids.
    List,
}

/// The fields (PROTOCOL.md 14.3, 15.1). What stands last is the first to be left out of an entry that is too large.
const FIELDS: [(&str, Form); 16] = [
    (field::HREF, Form::Text(LINK)),
    (field::RO_HREF, Form::Text(LINK)),
    (field::CHANNEL, Form::Text(ID)),
    (field::PASSWORD, Form::Text(LINK)),
    (field::REAL_TIME, Form::Text(ID)),
    (field::ANSWERS, Form::Text(ID)),
    (field::LAST_VERSION, Form::Text(LINK)),
    (field::FILE_TYPE, Form::Text(ID)),
    (field::CREATED, Form::Number),
    (field::OPENED, Form::Number),
    (field::EXPIRES, Form::Number),
    (field::TITLE, Form::Title),
    (field::FILE_NAME, Form::Title),
    (field::LAST_TITLE, Form::Title),
    (field::OWNERS, Form::List),
    (field::IMAGES, Form::List),
];

/// The entry with only the parts that are kept; `null` if it is no entry.
pub(super) fn opening(entry: Entry<'_>) -> Value {
    let Some(entry) = entry.fields() else { return Value::Null };
    let mut left = ENTRY;
    let mut kept = Object::new();
    for (name, form) in FIELDS {
        let Some(value) = entry.get(name).and_then(|value| form.of(value)) else { continue };
        let cost = name.len() + Zeroizing::new(stringify(&value)).len() + 4;
        if let Some(rest) = left.checked_sub(cost) {
            left = rest;
            kept.insert(name, value);
        }
    }
    kept.into()
}

impl Form {
    fn of(self, value: &Value) -> Option<Value> {
        match self {
            Self::Text(longest) => {
                value.as_text().filter(|text| text.utf16_len() <= longest).map(|text| text.clone().into())
            }
            Self::Title => value.as_text().map(|text| cut(text).into()),
            Self::Number => value.as_f64().map(Value::from),
            Self::List => {
                let ids = value.as_array()?.iter().filter(|id| Self::Text(ID).of(id).is_some());
                Some(ids.take(LIST).cloned().collect::<Vec<_>>().into())
            }
        }
    }
}

fn cut(text: &Text) -> Text {
    if text.utf16_len() <= TITLE {
        return text.clone();
    }
    let mut units: Vec<u16> = text.units().take(TITLE).collect();
    // Half a character cannot be written as text.
    units.pop_if(|last| (0xD800..0xDC00).contains(last));
    Text::from_utf16(&units)
}
