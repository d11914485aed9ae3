//! Where things end in a JSON text of UTF-16 units. The text is JSON: who holds it has checked that.

const fn is(unit: u16, byte: u8) -> bool {
    unit == byte as u16
}

const fn is_white(unit: u16) -> bool {
    matches!(unit, 0x20 | 0x09 | 0x0A | 0x0D)
}

/// The first place from here on that is no white space.
pub(crate) fn after_white(text: &[u16], at: usize) -> usize {
    let rest = text.get(at..).unwrap_or_default();
    at + rest.iter().take_while(|unit| is_white(**unit)).count()
}

/// Whether a value ends before this unit.
pub(crate) fn is_closed_by(unit: Option<&u16>) -> bool {
    unit.is_none_or(|unit| is_white(*unit) || is(*unit, b',') || is(*unit, b'}') || is(*unit, b']'))
}

/// Where the string that begins here ends.
pub(crate) fn after_string(text: &[u16], at: usize) -> Option<usize> {
    let mut place = at.checked_add(1).filter(|_| text.get(at).is_some_and(|unit| is(*unit, b'"')))?;
    loop {
        let rest = text.get(place..)?;
        place += rest.iter().position(|unit| is(*unit, b'"') || is(*unit, b'\\'))?;
        if is(*text.get(place)?, b'"') {
            return Some(place + 1);
        }
        place += 2;
    }
}

/// Where the value that begins here ends.
pub(crate) fn after_value(text: &[u16], at: usize) -> Option<usize> {
    let (mut place, mut open) = (at, 0_usize);
    loop {
        let unit = *text.get(place)?;
        if is(unit, b'"') {
            place = after_string(text, place)?;
        } else if is(unit, b'{') || is(unit, b'[') {
            open += 1;
            place += 1;
        } else if is(unit, b'}') || is(unit, b']') {
            open = open.checked_sub(1)?;
            place += 1;
        } else if open == 0 {
            let rest = text.get(place..)?;
            let len = rest.iter().position(|unit| is_closed_by(Some(unit))).unwrap_or(rest.len());
            return (len > 0).then_some(place + len);
        } else {
            place += 1;
        }
        if open == 0 {
            return Some(place);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_ends_where_it_is_complete() {
        for (text, end) in [
            (r#""a\"b\\",1"#, 8),
            (r#"{"a":[1,{"}":"]"}]} "#, 19),
            ("12.5e3}", 6),
            ("true", 4),
            ("null ]", 4),
            ("[]", 2),
        ] {
            let units: Vec<u16> = text.encode_utf16().collect();
            assert_eq!(after_value(&units, 0), Some(end), "{text}");
        }
        for text in ["", "\"a", "[1", "\"\\", "}", ",", "{\"a\":1]]"] {
            let units: Vec<u16> = text.encode_utf16().collect();
            assert!(after_value(&units, 0).is_none_or(|end| end <= units.len()), "{text}");
        }
    }
}
