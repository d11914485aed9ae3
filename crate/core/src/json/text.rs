//! A JavaScript text: almost always scalar, but half of a surrogate pair may stand alone in it.

use core::cmp::Ordering;
use core::fmt;
use core::hash::{Hash, Hasher};
use std::borrow::Cow;
use std::sync::Arc;

/// An owned text. Inside it is UTF-8, or WTF-8 (UTF-8 plus three-byte forms of lone surrogates) if it has
/// to be; that is invisible except through [`Text::as_str`].
///
/// Copies share one memory: the ids of a large drive are kept in several lists.
///
/// Ordered as JavaScript sorts: by UTF-16 unit, which differs from UTF-8 order above U+FFFF.
#[derive(Clone, PartialEq, Eq)]
pub struct Text(Form);

// Invariant: `Ill` holds at least one lone surrogate, so equal texts have equal forms.
#[derive(Clone, PartialEq, Eq)]
enum Form {
    Scalar(Arc<str>),
    Ill(Arc<[u8]>),
}

impl Text {
    /// The text, if no half of a surrogate pair stands alone in it.
    pub fn as_str(&self) -> Option<&str> {
        match &self.0 {
            Form::Scalar(text) => Some(text),
            Form::Ill(_) => None,
        }
    }

    /// The text with each lone surrogate replaced by U+FFFD. Borrowed if there is none.
    pub fn to_string_lossy(&self) -> Cow<'_, str> {
        match &self.0 {
            Form::Scalar(text) => Cow::Borrowed(text),
            Form::Ill(_) => {
                let units = char::decode_utf16(self.units());
                Cow::Owned(units.map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect())
            }
        }
    }

    /// The text as a `String`.
    ///
    /// # Errors
    /// The text itself, if it holds a lone surrogate.
    pub fn into_string(self) -> Result<String, Self> {
        match self.0 {
            Form::Scalar(text) => Ok(text.as_ref().to_owned()),
            Form::Ill(_) => Err(self),
        }
    }

    /// The text's bytes in WTF-8: plain UTF-8 unless [`Text::as_str`] is `None`.
    pub fn as_wtf8(&self) -> &[u8] {
        match &self.0 {
            Form::Scalar(text) => text.as_bytes(),
            Form::Ill(bytes) => bytes,
        }
    }

    /// Length in UTF-16 units, as JavaScript counts.
    pub fn utf16_len(&self) -> usize {
        utf16_len(self.as_wtf8())
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.as_wtf8().is_empty()
    }

    /// The UTF-16 units.
    pub fn units(&self) -> impl Iterator<Item = u16> + '_ {
        units(self.as_wtf8())
    }

    /// The UTF-16 units, collected.
    pub fn to_utf16(&self) -> Vec<u16> {
        let mut out = Vec::with_capacity(self.utf16_len());
        push_units(self.as_wtf8(), &mut out);
        out
    }

    /// A text of any UTF-16 units.
    pub fn from_utf16(units: &[u16]) -> Self {
        let mut builder = Builder::with_capacity(units.len());
        for run in units.chunk_by(|a, b| (*a < 0x80) == (*b < 0x80)) {
            if run.first().is_some_and(|unit| *unit < 0x80) {
                builder.bytes.extend(run.iter().map(|unit| *unit as u8));
            } else {
                run.iter().for_each(|unit| builder.unit(*unit));
            }
        }
        builder.finish()
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Self(Form::Scalar(text.into()))
    }
}

impl From<String> for Text {
    fn from(text: String) -> Self {
        Self(Form::Scalar(text.into()))
    }
}

impl AsRef<Self> for Text {
    fn as_ref(&self) -> &Self {
        self
    }
}

impl PartialEq<str> for Text {
    fn eq(&self, other: &str) -> bool {
        self.as_str() == Some(other)
    }
}

impl PartialEq<&str> for Text {
    fn eq(&self, other: &&str) -> bool {
        self == *other
    }
}

/// Equal to the hash of the `str`, so that a map of texts can be asked for one.
impl Hash for Text {
    fn hash<H: Hasher>(&self, state: &mut H) {
        match &self.0 {
            Form::Scalar(text) => text.hash(state),
            Form::Ill(bytes) => bytes.hash(state),
        }
    }
}

impl indexmap::Equivalent<Text> for str {
    fn equivalent(&self, key: &Text) -> bool {
        key == self
    }
}

impl Ord for Text {
    fn cmp(&self, other: &Self) -> Ordering {
        let (ours, theirs) = (self.as_wtf8(), other.as_wtf8());
        let common = ours.iter().zip(theirs).take_while(|(a, b)| a == b).count();
        match (ours.get(common), theirs.get(common)) {
            // Surrogates sort below U+E000 although their code points are above: look at the units.
            (Some(a), Some(b)) if a.max(b) >= &0xED => {
                let start = ours.iter().take(common + 1).rposition(|byte| byte & 0xC0 != 0x80).unwrap_or(0);
                let (_, ours) = ours.split_at(start);
                let (_, theirs) = theirs.split_at(start);
                units(ours).cmp(units(theirs))
            }
            (a, b) => a.cmp(&b),
        }
    }
}

impl PartialOrd for Text {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Shows the length alone: a text may be a title or a key, and what is printed reaches logs.
impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Text({} units)", self.utf16_len())
    }
}

/// The UTF-16 units of WTF-8 bytes. Bytes that are not WTF-8 give some units, and no panic.
fn units(bytes: &[u8]) -> impl Iterator<Item = u16> + '_ {
    let mut rest = bytes.iter();
    let mut low = None;
    core::iter::from_fn(move || {
        if let Some(unit) = low.take() {
            return Some(unit);
        }
        let lead = *rest.next()?;
        let mut tail = || u32::from(rest.next().copied().unwrap_or(0x80) & 0x3F);
        let lead = u32::from(lead);
        let point = match lead {
            0..0xC0 => lead,
            0xC0..0xE0 => (lead & 0x1F) << 6 | tail(),
            0xE0..0xF0 => (lead & 0x0F) << 12 | tail() << 6 | tail(),
            _ => (lead & 0x07) << 18 | tail() << 12 | tail() << 6 | tail(),
        };
        if point < 0x1_0000 {
            return Some(point as u16);
        }
        low = Some(0xDC00 | (point & 0x3FF) as u16);
        Some((0xD7C0 + (point >> 10)) as u16)
    })
}

/// How many UTF-16 units WTF-8 bytes have.
pub(super) fn utf16_len(wtf8: &[u8]) -> usize {
    // Every unit or pair has one leading byte; those of four bytes stand for two units.
    let count = |byte: u8| usize::from(byte & 0xC0 != 0x80) + usize::from(byte >= 0xF0);
    wtf8.iter().map(|byte| count(*byte)).sum()
}

/// Appends the UTF-16 units of WTF-8 bytes.
pub(super) fn push_units(bytes: &[u8], out: &mut Vec<u16>) {
    let mut rest = bytes;
    while !rest.is_empty() {
        let (ascii, after) = rest.split_at(ascii_run(rest));
        out.extend(ascii.iter().map(|byte| u16::from(*byte)));
        let other = after.iter().position(u8::is_ascii).unwrap_or(after.len());
        let (other, after) = after.split_at(other);
        out.extend(units(other));
        rest = after;
    }
}

fn ascii_run(bytes: &[u8]) -> usize {
    let (blocks, _) = bytes.as_chunks::<16>();
    let start = 16 * blocks.iter().take_while(|block| block.is_ascii()).count();
    let (_, rest) = bytes.split_at(start);
    start + rest.iter().position(|byte| !byte.is_ascii()).unwrap_or(rest.len())
}

/// Puts a text together from runs of WTF-8 and single units, joining pairs that meet.
#[derive(Default)]
pub(super) struct Builder {
    bytes: Vec<u8>,
    /// Lone surrogates in `bytes`.
    lone: usize,
}

impl Builder {
    pub(super) fn with_capacity(bytes: usize) -> Self {
        Self { bytes: Vec::with_capacity(bytes), lone: 0 }
    }

    /// Appends UTF-8.
    pub(super) fn scalar(&mut self, run: &[u8]) {
        self.bytes.extend_from_slice(run);
    }

    /// Appends WTF-8.
    pub(super) fn wtf8(&mut self, run: &[u8]) {
        if run.contains(&0xED) {
            units(run).for_each(|unit| self.unit(unit));
        } else {
            self.bytes.extend_from_slice(run);
        }
    }

    /// Appends one unit.
    pub(super) fn unit(&mut self, unit: u16) {
        if let Some(high) = self.open_pair().filter(|_| unit & 0xFC00 == 0xDC00) {
            self.bytes.truncate(self.bytes.len() - 3);
            self.lone -= 1;
            let point = 0x1_0000 + (u32::from(high & 0x3FF) << 10 | u32::from(unit & 0x3FF));
            let point = char::from_u32(point).unwrap_or(char::REPLACEMENT_CHARACTER);
            self.bytes.extend_from_slice(point.encode_utf8(&mut [0; 4]).as_bytes());
        } else if let Some(point) = char::from_u32(u32::from(unit)) {
            self.bytes.extend_from_slice(point.encode_utf8(&mut [0; 4]).as_bytes());
        } else {
            self.lone += 1;
            let [high, low] = unit.to_be_bytes();
            self.bytes.extend_from_slice(&[0xED, 0x80 | (high & 0x0F) << 2 | low >> 6, 0x80 | low & 0x3F]);
        }
    }

    pub(super) fn finish(self) -> Text {
        if self.lone > 0 {
            return Text(Form::Ill(self.bytes.into()));
        }
        match String::from_utf8(self.bytes) {
            Ok(text) => text.into(),
            // Only reached by bytes that were no WTF-8 to begin with.
            Err(error) => String::from_utf8_lossy(error.as_bytes()).into_owned().into(),
        }
    }

    /// The high half of a pair at the end, if one waits there.
    fn open_pair(&self) -> Option<u16> {
        let [.., 0xED, second @ 0xA0..=0xAF, third] = self.bytes.as_slice() else { return None };
        Some(0xD000 | u16::from(second & 0x3F) << 6 | u16::from(third & 0x3F))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn unit() -> impl Strategy<Value = u16> {
        prop_oneof![0x20u16..0x7F, any::<u16>(), 0xD800u16..0xE000, 0xDFFEu16..0xE002, 0xFFFEu16..=0xFFFF]
    }

    fn text() -> impl Strategy<Value = Vec<u16>> {
        proptest::collection::vec(unit(), 0..12)
    }

    proptest! {
        #[test]
        fn utf16_survives_the_round_trip(units in text()) {
            let text = Text::from_utf16(&units);
            prop_assert_eq!(text.to_utf16(), units.clone());
            prop_assert_eq!(text.units().collect::<Vec<_>>(), units.clone());
            prop_assert_eq!(text.utf16_len(), units.len());
            prop_assert_eq!(text.as_str().map(str::to_owned), String::from_utf16(&units).ok());
            prop_assert_eq!(text.to_string_lossy(), String::from_utf16_lossy(&units));
        }

        #[test]
        fn order_is_that_of_the_units(a in text(), b in text(), common in text()) {
            let a = [common.clone(), a].concat();
            let b = [common, b].concat();
            prop_assert_eq!(Text::from_utf16(&a).cmp(&Text::from_utf16(&b)), a.cmp(&b));
        }

        #[test]
        fn pairs_are_joined_wherever_the_pieces_meet(a in text(), b in text()) {
            let mut builder = Builder::default();
            builder.wtf8(Text::from_utf16(&a).as_wtf8());
            builder.wtf8(Text::from_utf16(&b).as_wtf8());
            prop_assert_eq!(builder.finish(), Text::from_utf16(&[a, b].concat()));
        }
    }
}
