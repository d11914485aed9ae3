//! The units of a document. While nobody writes they are kept as a text where that takes less room: ASCII takes half, and most
//! documents are ASCII.

use crate::json::Text;
use std::borrow::Cow;

/// See the module.
#[derive(Default, Clone)]
pub(super) struct Units {
    /// As they are worked on. Empty while there is a text.
    wide: Vec<u16>,
    /// As a text, of so many units.
    packed: Option<(Text, usize)>,
}

impl Units {
    pub(super) const fn new(wide: Vec<u16>) -> Self {
        Self { wide, packed: None }
    }

    pub(super) fn packed(text: Text) -> Self {
        let len = text.utf16_len();
        Self { wide: Vec::new(), packed: Some((text, len)) }
    }

    pub(super) const fn len(&self) -> usize {
        match self.packed {
            Some((_, len)) => len,
            None => self.wide.len(),
        }
    }

    /// All of them.
    pub(super) fn all(&self) -> Cow<'_, [u16]> {
        match &self.packed {
            Some((text, _)) => text.to_utf16().into(),
            None => (&self.wide).into(),
        }
    }

    /// All of them, to be worked on.
    pub(super) fn unpacked(&mut self) -> &mut Vec<u16> {
        if let Some((text, _)) = self.packed.take() {
            self.wide = text.to_utf16();
        }
        &mut self.wide
    }

    pub(super) fn text(&self) -> Text {
        match &self.packed {
            Some((text, _)) => text.clone(),
            None => Text::from_utf16(&self.wide),
        }
    }

    /// Keeps them as a text, if that takes less room.
    pub(super) fn pack(&mut self) {
        let len = self.wide.len();
        if self.packed.is_none() {
            let text = Text::from_utf16(&self.wide);
            if text.as_wtf8().len() < 2 * len.max(1) {
                *self = Self { wide: Vec::new(), packed: Some((text, len)) };
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_packed_is_what_was_there() {
        let plain: Vec<u16> = (0..128).collect();
        let odd = vec![0x61, 0x62, 0x63, 0x64, 0x65, 0xD83D, 0xDE00, 0xE9, 0xDE00, 0xD83D];
        // Three bytes each, as a text.
        let large = vec![0x4E00; 9];
        for (units, smaller) in [(Vec::new(), true), (plain, true), (odd, true), (large, false)] {
            let mut packed = Units::new(units.clone());
            for _ in 0..2 {
                packed.pack();
                assert_eq!(packed.all(), units);
                assert_eq!((packed.len(), packed.packed.is_some()), (units.len(), smaller));
                assert!(smaller == packed.wide.is_empty());
                assert_eq!(packed.text(), Text::from_utf16(&units));
                assert_eq!(Units::packed(packed.text()).len(), units.len());
            }
            // The second half of a pair whose first was the end.
            packed.unpacked().push(0xDE00);
            assert_eq!(packed.len(), units.len() + 1);
            packed.pack();
            assert_eq!(packed.all(), [units.as_slice(), &[0xDE00]].concat());
        }
    }
}
