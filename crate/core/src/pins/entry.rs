//! The entries of a drive object that count: a view of all entries, by the cleaning pass, as far as pins are concerned
//! (PROTOCOL.md sections 14.3, 14.4 and 17.2 A1).

use std::borrow::Cow;

use crate::document::{self, Kind as Table, Tables};
use crate::href::{self, HrefCipher};
use crate::json::{Text, read_decimal, write_number};

/// What kind of drive object the entries stand in: it decides how they are cleaned.
#[derive(Debug, Clone, Copy)]
pub enum Kind<'a> {
    /// The user's own drive: links are plain.
    Main,
    /// A folder or team drive whose encrypted links we can open.
    Keyed(&'a HrefCipher),
    /// One we can only read: it is never cleaned.
    ReadOnly,
}

impl<'a> Kind<'a> {
    /// A drive with or without a cipher of links.
    pub fn of(links: Option<&'a HrefCipher>) -> Self {
        links.map_or(Self::Main, Self::Keyed)
    }
}

/// An entry that counts.
#[derive(Debug)]
pub struct Entry<'a> {
    /// The entry as it is stored.
    pub data: document::Entry<'a>,
    /// The channel its link leads to, where the entry itself names none.
    pub derived: Option<String>,
    /// Whether what it names as its channel is a piece of its link.
    pub is_piece: bool,
}

/// The entries from which ids are taken.
///
/// JavaScript turns each key into a number and looks the entry up under that number's text again; keys
/// that are 0 or no number are passed over, and `007` finds entry `7` (17.2, A1).
///
/// Entries of the format before ids (14.2) count as well: CryptPad's own client moves them to `filesData`
/// before anything else, and until then nothing else names their documents.
///
/// From the one at a place on, so many at most: a drive of many thousand entries is looked at in parts. Places are those of
/// the stored rows, which [`count`] counts.
pub fn listed_entries<'a>(
    drive: Tables<'a>,
    kind: Kind<'a>,
    from: usize,
    most: usize,
) -> impl Iterator<Item = Entry<'a>> {
    let numbered = drive.of_kind_from(Table::File, from).map(|stored| (true, stored));
    let before_ids = before_ids(drive, kind, from.saturating_sub(drive.documents()));
    let rows = numbered.chain(before_ids.map(|stored| (false, stored)));
    rows.take(most).filter_map(move |(numbered, stored)| {
        if !numbered {
            return clean(stored, None, true);
        }
        let key = stored.key()?.as_str()?;
        let canonical = canonical_number(key)?;
        if drive.has_link(&canonical) {
            return None;
        }
        let is_canonical = canonical == key;
        let data = if is_canonical { stored } else { drive.find(Table::File, canonical.as_ref())? };
        match kind {
            Kind::ReadOnly => data.fields().map(|_| {
                let plain = [data.view_href(), data.href()].into_iter().flatten();
                let is_piece = plain.into_iter().any(|link| names_piece(data, link));
                Entry { data, derived: None, is_piece }
            }),
            Kind::Main => clean(data, None, is_canonical),
            Kind::Keyed(cipher) => clean(data, Some(cipher), is_canonical),
        }
    })
}

/// How many stored rows there are to look at.
pub fn count(drive: Tables<'_>, kind: Kind<'_>) -> usize {
    drive.documents() + before_ids(drive, kind, 0).len()
}

fn before_ids<'a>(
    drive: Tables<'a>,
    kind: Kind<'a>,
    from: usize,
) -> impl ExactSizeIterator<Item = document::Entry<'a>> {
    let from = if matches!(kind, Kind::Main) { from } else { usize::MAX };
    drive.before_ids(from)
}

/// The keys that survive the cleaning pass (14.4, step 5), in the document's order.
pub fn surviving_keys<'a>(
    drive: Tables<'a>,
    links: Option<&'a HrefCipher>,
) -> impl Iterator<Item = &'a Text> {
    drive.of_kind(Table::File).filter_map(move |data| {
        let key = data.key()?;
        let text = key.as_str()?;
        let canonical = text_of(number_from(text).unwrap_or(f64::NAN));
        clean(data, links, canonical == text).map(|_| key)
    })
}

/// Applies step 5 of the cleaning pass to one entry; `None` if it is removed.
fn clean<'a>(data: document::Entry<'a>, links: Option<&HrefCipher>, canonical: bool) -> Option<Entry<'a>> {
    data.fields().filter(|_| canonical)?;
    let (stored, view) = (data.href(), data.view_href());
    if stored.is_none() && view.is_none() {
        return None;
    }
    let edit: Option<Cow<'_, str>> = match stored {
        // A ciphertext where no key can open it is left alone, and counts (14.4).
        Some(link) if !link.contains('#') && links.is_none() => {
            return Some(Entry { data, derived: None, is_piece: false });
        }
        Some(link) if !link.contains('#') => {
            links.and_then(|cipher| cipher.decrypt(link).ok()).map(Cow::from)
        }
        plain => plain.map(Cow::from),
    };
    let link = edit.as_deref().or(view)?;
    href::parse_href(link).hash?;
    let derived =
        if data.has_channel() { None } else { href::href_to_channel(link, data.password()).ok().flatten() };
    let is_piece = match &derived {
        Some(derived) => href::is_piece_of(link, derived),
        None => names_piece(data, link),
    };
    Some(Entry { data, derived, is_piece })
}

fn names_piece(data: document::Entry<'_>, link: &str) -> bool {
    data.channel().and_then(Text::as_str).is_some_and(|channel| href::is_piece_of(link, channel))
}

/// The key as JavaScript writes the number that it reads in it; `None` for 0 and for no number.
fn canonical_number(key: &str) -> Option<Cow<'_, str>> {
    // Nearly every key. A double holds each integer of so many digits.
    let is_plain = key.len() < 16 && !key.starts_with('0') && key.bytes().all(|byte| byte.is_ascii_digit());
    if is_plain && !key.is_empty() {
        return Some(key.into());
    }
    let number = number_from(key).filter(|number| *number != 0.0 && !number.is_nan())?;
    Some(text_of(number).into())
}

/// JavaScript's `Number(text)`; `None` for NaN.
fn number_from(text: &str) -> Option<f64> {
    let text = text.trim();
    let radix = |prefix: [&str; 2], radix| {
        let digits = prefix.iter().find_map(|p| text.strip_prefix(p))?;
        let mut value = 0.0;
        for digit in digits.chars() {
            value = value * f64::from(radix) + f64::from(digit.to_digit(radix)?);
        }
        (!digits.is_empty()).then_some(value)
    };
    match text {
        "" => Some(0.0),
        "Infinity" | "+Infinity" => Some(f64::INFINITY),
        "-Infinity" => Some(f64::NEG_INFINITY),
        _ => read_decimal(text)
            .or_else(|| radix(["0x", "0X"], 16))
            .or_else(|| radix(["0o", "0O"], 8))
            .or_else(|| radix(["0b", "0B"], 2)),
    }
}

/// JavaScript's `String(number)`.
fn text_of(number: f64) -> String {
    if number.is_nan() {
        return "NaN".to_owned();
    }
    if number.is_infinite() {
        return if number > 0.0 { "Infinity" } else { "-Infinity" }.to_owned();
    }
    let mut text = String::new();
    write_number(number, &mut text);
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::Value;

    #[test]
    fn entries_of_the_format_before_ids_count_in_the_drive_alone() {
        let drive =
            r#"{"CryptPad_RECENTPADS":[{"href":"/pad/#/2/pad/edit/dwp81vGRSpB96Oh-2xXCwfsl/"},7,{}]}"#;
        let drive = Value::parse(drive).unwrap();
        let found: Vec<_> = listed_entries(Tables::of(&drive), Kind::Main, 0, usize::MAX)
            .map(|entry| entry.derived)
            .collect();
        assert_eq!(found, [Some("4f919e08f542b3d817ac196016c3fd87".to_owned())]);
        assert_eq!(listed_entries(Tables::of(&drive), Kind::ReadOnly, 0, usize::MAX).count(), 0);
    }

    /// Whoever can open it counts it by its channel; to us it is no less a document.
    #[test]
    fn a_link_that_no_key_opens_counts() {
        let drive = r#"{"filesData":{"1":{"href":"c2VhbGVk","channel":"4f919e08f542b3d817ac196016c3fd87"}}}"#;
        let drive = Value::parse(drive).unwrap();
        assert_eq!(listed_entries(Tables::of(&drive), Kind::Main, 0, usize::MAX).count(), 1);
    }

    #[test]
    fn a_plain_key_is_taken_as_the_general_way_takes_it() {
        for key in ["1", "42", "999999999999999", "1000000000000000", "9007199254740993", "0", "01", "", "-1"]
        {
            let number = number_from(key).filter(|number| *number != 0.0 && !number.is_nan());
            assert_eq!(canonical_number(key).map(Cow::into_owned), number.map(text_of), "{key}");
        }
    }

    #[test]
    fn keys_are_turned_into_numbers_as_javascript_does_it() {
        for (text, expected) in [
            ("12", "12"),
            ("007", "7"),
            (" 12", "12"),
            ("", "0"),
            ("1e3", "1000"),
            ("-5", "-5"),
            ("1.5", "1.5"),
            ("0x10", "16"),
            ("Infinity", "Infinity"),
            ("+Infinity", "Infinity"),
            ("-Infinity", "-Infinity"),
            ("abc", "NaN"),
            ("inf", "NaN"),
            ("nan", "NaN"),
            ("9007199254740993", "9007199254740992"),
            ("1e21", "1e+21"),
            (".5", "0.5"),
            ("5.", "5"),
        ] {
            assert_eq!(text_of(number_from(text).unwrap_or(f64::NAN)), expected, "{text}");
        }
    }
}
