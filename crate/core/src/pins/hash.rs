//! The hash by which a server and its clients compare pin lists (PROTOCOL.md 11.3):
//! `base64(SHA-512(JSON.stringify(sorted list without duplicates)))`.

use std::cmp::Ordering;

use crate::crypto::hash::Sha512;
use crate::encoding::encode_base64;
use crate::json;

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
    let mut ids: Vec<&str> = ids.into_iter().collect();
    if ids.iter().all(|id| id.is_ascii()) {
        ids.sort_unstable();
    } else {
        ids.sort_unstable_by(|a, b| by_code_unit(a, b));
    }
    ids.dedup();
    hash_in_order(ids)
}

/// The hash of a list that is sorted already and has no duplicates.
pub fn hash_in_order<'a>(ids: impl IntoIterator<Item = &'a str>) -> String {
    let mut hasher = Sha512::default();
    let mut text = String::with_capacity(2 * FLUSH);
    text.push('[');
    let mut comma = "";
    for id in ids {
        text.push_str(comma);
        comma = ",";
        if is_plain(id) {
            text.push('"');
            text.push_str(id);
            text.push('"');
        } else {
            json::write_string(&id.into(), &mut text);
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

/// JavaScript's default order of texts: by UTF-16 unit.
pub fn by_code_unit(a: &str, b: &str) -> Ordering {
    // Bytes agree with units as long as no character is above the surrogates.
    if a.is_ascii() && b.is_ascii() { a.cmp(b) } else { a.encode_utf16().cmp(b.encode_utf16()) }
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
        fn pieces_make_the_json_of_the_list(ids: Vec<String>) {
            let list = json::Value::Array(ids.iter().map(|id| id.as_str().into()).collect());
            let expected = encode_base64(&crate::crypto::hash::sha512(json::stringify(&list).as_bytes()));
            prop_assert_eq!(hash_in_order(ids.iter().map(String::as_str)), expected);
        }

        #[test]
        fn order_and_repetition_do_not_matter(mut ids: Vec<String>) {
            let hash = list_hash(ids.iter().map(String::as_str));
            ids.extend(ids.clone());
            ids.reverse();
            prop_assert_eq!(list_hash(ids.iter().map(String::as_str)), hash);
        }

        #[test]
        fn the_order_is_that_of_utf16(a: String, b: String) {
            prop_assert_eq!(by_code_unit(&a, &b), json::Text::from(a).cmp(&json::Text::from(b)));
        }
    }
}
