//! The hash by which a server and its clients compare pin lists (PROTOCOL.md 11.3):
//! `base64(SHA-512(JSON.stringify(sorted list without duplicates)))`.

use crate::compact::SortedSet;
use crate::crypto::hash::Sha512;
use crate::encoding::encode_base64;
use crate::json::{self, Text};

/// How much of the JSON is kept before it is hashed. The whole of it is over a megabyte for large accounts.
const FLUSH: usize = 4096;

/// The hash of a pin list, in whatever order it is given.
///
/// # Examples
/// ```
/// use pinfold_core::list_hash;
///
/// let hash = list_hash(["0ead4982325111f87013ddd2c0d800e3", "a3e54699bf8a9598b9f74ae263843cd4"]);
/// let again = ["a3e54699bf8a9598b9f74ae263843cd4", "0ead4982325111f87013ddd2c0d800e3", "0ead4982325111f87013ddd2c0d800e3"];
/// assert_eq!(hash, list_hash(again));
/// ```
pub fn list_hash<'a>(ids: impl IntoIterator<Item = &'a str>) -> String {
    hash_in_order(&ids.into_iter().map(Text::from).collect())
}

/// The hash of a list.
pub fn hash_in_order<T: AsRef<Text>>(ids: &SortedSet<T>) -> String {
    let mut hasher = Sha512::default();
    let mut text = String::with_capacity(2 * FLUSH);
    text.push('[');
    let mut comma = "";
    for id in ids {
        let id = id.as_ref();
        text.push_str(comma);
        comma = ",";
        if let Some(id) = id.as_str().filter(|id| is_plain(id)) {
            text.push('"');
            text.push_str(id);
            text.push('"');
        } else {
            json::write_string(id, &mut text);
        }
        if text.len() >= FLUSH {
            hasher.update(text.as_bytes());
            text.clear();
        }
    }
    text.push(']');
    hasher.update(text.as_bytes());
    encode_base64(&hasher.finish())
}

/// Whether JSON writes the id as it stands. Every byte is looked at, so that the compiler can take many at once:
/// stopping at the first would cost more than all the hashing.
fn is_plain(id: &str) -> bool {
    id.bytes().fold(true, |plain, byte| plain & (byte.is_ascii_alphanumeric() | (byte == b'#')))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_empty_list_has_the_documented_hash() {
        let expected =
            "slspTLTetp6gCkw88xE5BIAbYBXllWvQGahXCx/h1gQOlE7zze4W0KRlA8puZZol8hz5zt3BPzUqPJgTjBXWrw==";
        assert_eq!(list_hash([]), expected);
    }

    proptest! {
        #[test]
        fn pieces_make_the_json_of_the_list(ids: Vec<Vec<u16>>) {
            // Half a character is written as JSON writes it: no id is left out.
            let ids: SortedSet<Text> = ids.iter().map(|units| Text::from_utf16(units)).collect();
            let list = json::Value::Array(ids.iter().cloned().map(json::Value::from).collect());
            let expected = encode_base64(&crate::crypto::hash::sha512(json::stringify(&list).as_bytes()));
            prop_assert_eq!(hash_in_order(&ids), expected);
        }

        #[test]
        fn order_and_repetition_do_not_matter(mut ids: Vec<String>) {
            let hash = list_hash(ids.iter().map(String::as_str));
            ids.extend(ids.clone());
            ids.reverse();
            prop_assert_eq!(list_hash(ids.iter().map(String::as_str)), hash);
        }
    }
}
