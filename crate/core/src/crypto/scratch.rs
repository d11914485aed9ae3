//! Buffers that are used again from message to message.

use zeroize::Zeroizing;

/// Two buffers for opening messages: one per layer of base64.
///
/// They grow to the largest message seen and are wiped when dropped. They hold the plain text of the
/// last message until then.
#[derive(Default)]
pub struct Scratch {
    pub(super) outer: Buffer,
    pub(super) inner: Buffer,
}

/// A buffer whose outgrown memory is wiped.
#[derive(Default)]
pub(super) struct Buffer(Zeroizing<Vec<u8>>);

impl Buffer {
    /// `length` bytes of unspecified content.
    pub(super) fn room(&mut self, length: usize) -> &mut [u8] {
        if self.0.len() < length {
            // Replaced, not resized: growing in place would copy and leave the old memory unwiped.
            self.0 = Zeroizing::new(vec![0; length.next_power_of_two()]);
        }
        self.0.get_mut(..length).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_room_is_as_long_as_asked_and_grows_once() {
        let mut buffer = Buffer::default();
        assert_eq!(buffer.room(100).len(), 100);
        let first = buffer.room(7).as_ptr();
        assert_eq!(buffer.room(128).as_ptr(), first);
        assert_eq!(buffer.room(129).len(), 129);
    }
}
