//! Uploaded files (PROTOCOL.md 6.4).
//!
//! ```text
//! length(2, big-endian) | secretbox(metadata as JSON, nonce 0) | chunk 1 | chunk 2 | ...
//! ```
//!
//! Chunk n is a secretbox of up to 128 KiB under the nonce whose 24 bytes are the number n; an empty file has
//! one, of nothing. Nothing tells a file from one that was cut after a whole chunk: that is the format's.

use crate::crypto::secretbox::{self, NONCE, TAG};
use crate::error::{Code, Error};
use crate::json::{self, Value};
use crate::secret::Secret;

/// Plain bytes of every chunk but the last.
pub const CHUNK: usize = 128 * 1024;
/// Bytes of every sealed chunk but the last.
pub const SEALED_CHUNK: usize = CHUNK + TAG;

/// An opened file.
#[derive(Debug, Clone, PartialEq)]
pub struct Blob {
    /// `{name, type, owners?, ...}`
    pub metadata: Value,
    /// The file.
    pub content: Vec<u8>,
}

/// Opens a file. Needs as much memory again as the file is long.
///
/// # Errors
/// `crypto/open` when a part does not open under the key, `crypto/malformed` for another format.
pub fn open(bytes: &[u8], key: &Secret<32>) -> Result<Blob, Error> {
    let (metadata, chunks) = split(bytes)?;
    let metadata = metadata_json(metadata, key)?;
    let mut content = Vec::with_capacity(chunks.len());
    for (number, sealed) in (1..).zip(chunks.chunks(SEALED_CHUNK)) {
        open_chunk(number, sealed, key, &mut content)?;
    }
    Ok(Blob { metadata, content })
}

/// Opens the metadata alone; `bytes` may be just the beginning of the file (66 kB are always enough).
///
/// # Errors
/// As [`open`].
pub fn open_metadata(bytes: &[u8], key: &Secret<32>) -> Result<Value, Error> {
    metadata_json(split(bytes)?.0, key)
}

/// Opens chunk `number` (the first is 1) and appends its content.
///
/// # Errors
/// `crypto/open`.
pub fn open_chunk(number: u64, sealed: &[u8], key: &Secret<32>, content: &mut Vec<u8>) -> Result<(), Error> {
    content.extend_from_slice(&secretbox::open(key, &nonce(number), sealed)?);
    Ok(())
}

/// Makes the bytes of a file. A key must never seal two files: the nonces are the same every time.
///
/// # Errors
/// `misuse/bad-argument` when the metadata do not fit into 64 kB.
pub fn seal(blob: &Blob, key: &Secret<32>) -> Result<Vec<u8>, Error> {
    let metadata = secretbox::seal(key, &nonce(0), json::stringify(&blob.metadata).as_bytes())?;
    let length = u16::try_from(metadata.len())
        .map_err(|_| Error::new(Code::MisuseBadArgument, "the metadata of a file are too long"))?;
    let mut bytes = length.to_be_bytes().to_vec();
    bytes.extend(metadata);
    // There is always a first chunk, even when there is nothing to put into it.
    let (first, rest) = blob.content.split_at_checked(CHUNK).unwrap_or((&blob.content, &[]));
    for (number, chunk) in (1..).zip(std::iter::once(first).chain(rest.chunks(CHUNK))) {
        bytes.extend(secretbox::seal(key, &nonce(number), chunk)?);
    }
    Ok(bytes)
}

fn split(bytes: &[u8]) -> Result<(&[u8], &[u8]), Error> {
    let (length, rest) = bytes.split_first_chunk::<2>().ok_or_else(malformed)?;
    rest.split_at_checked(u16::from_be_bytes(*length).into()).ok_or_else(malformed)
}

fn metadata_json(sealed: &[u8], key: &Secret<32>) -> Result<Value, Error> {
    let plain = secretbox::open(key, &nonce(0), sealed)?;
    std::str::from_utf8(&plain).ok().and_then(|text| json::parse(text).ok()).ok_or_else(malformed)
}

fn nonce(number: u64) -> [u8; NONCE] {
    let mut nonce = [0; NONCE];
    if let Some(low) = nonce.last_chunk_mut::<8>() {
        *low = number.to_be_bytes();
    }
    nonce
}

fn malformed() -> Error {
    Error::new(Code::CryptoMalformed, "a file does not have the form of an encrypted one")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn key() -> Secret<32> {
        Secret::derive_with(|out| out.fill(6))
    }

    fn blob(content: Vec<u8>) -> Blob {
        Blob { metadata: json::parse(r#"{"name":"a","type":"b"}"#).unwrap(), content }
    }

    #[test]
    fn files_of_every_interesting_length_read_back() {
        for length in [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK] {
            let blob = blob((0..length).map(|n| (n % 251) as u8).collect());
            let bytes = seal(&blob, &key()).unwrap();
            let metadata_end = 2 + TAG + json::stringify(&blob.metadata).len();
            assert_eq!(bytes.len(), metadata_end + length + TAG * length.div_ceil(CHUNK).max(1));
            assert_eq!(open(&bytes, &key()).unwrap(), blob);
            assert_eq!(open_metadata(&bytes[..metadata_end], &key()).unwrap(), blob.metadata);
        }
    }

    #[test]
    fn chunks_cannot_change_places() {
        let mut bytes = seal(&blob(vec![1; 2 * CHUNK]), &key()).unwrap();
        let start = bytes.len() - 2 * SEALED_CHUNK;
        bytes[start..].rotate_left(SEALED_CHUNK);
        assert_eq!(open(&bytes, &key()).unwrap_err().code(), Code::CryptoOpen);
    }

    proptest! {
        #[test]
        fn hostile_bytes_give_errors_and_no_panic(bytes: Vec<u8>) {
            prop_assert!(open(&bytes, &key()).is_err());
        }
    }
}
