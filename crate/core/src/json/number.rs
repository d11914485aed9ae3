//! Numbers as JavaScript reads and writes them.

/// The largest integer below which JavaScript tells every two integers apart (file ids stay below it).
pub const MAX_SAFE_INTEGER: u64 = (1 << 53) - 1;

/// The number as an integer from 0 to 2^53 - 1, if it is one.
pub(super) fn to_u64(number: f64) -> Option<u64> {
    let in_range = (0.0..=MAX_SAFE_INTEGER as f64).contains(&number);
    (in_range && number.fract() == 0.0).then_some(number as u64)
}

/// Appends the number as `JSON.stringify` writes it: shortest digits that read back the same, `-0` as
/// `0`, and what is not finite as `null`.
pub fn write_number(number: f64, out: &mut String) {
    if !number.is_finite() {
        out.push_str("null");
    } else if number.fract() == 0.0 && number.abs() <= MAX_SAFE_INTEGER as f64 {
        write_integer(number as i64, out);
    } else {
        out.push_str(ryu_js::Buffer::new().format_finite(number));
    }
}

fn write_integer(integer: i64, out: &mut String) {
    if integer < 0 {
        out.push('-');
    }
    let mut digits = [0u8; 20];
    let mut rest = integer.unsigned_abs();
    let mut used = 0;
    for slot in digits.iter_mut().rev() {
        *slot = b'0' + (rest % 10) as u8;
        rest /= 10;
        used += 1;
        if rest == 0 {
            break;
        }
    }
    out.extend(digits.iter().skip(digits.len() - used).map(|digit| char::from(*digit)));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(number: f64) -> String {
        let mut out = String::new();
        write_number(number, &mut out);
        out
    }

    #[test]
    fn numbers_are_written_as_javascript_writes_them() {
        // Each right-hand side is what node prints for JSON.stringify of the left one.
        let table = [
            (0.0, "0"),
            (-0.0, "0"),
            (1.0, "1"),
            (-1.0, "-1"),
            (1e21, "1e+21"),
            (1e20, "100000000000000000000"),
            (123456789012345680000.0, "123456789012345680000"),
            (1e-7, "1e-7"),
            (1e-6, "0.000001"),
            (0.1, "0.1"),
            (1.5e300, "1.5e+300"),
            (5e-324, "5e-324"),
            (1.7976931348623157e308, "1.7976931348623157e+308"),
            (9007199254740991.0, "9007199254740991"),
            (9007199254740992.0, "9007199254740992"),
            (-1234567.5, "-1234567.5"),
            (f64::INFINITY, "null"),
            (f64::NAN, "null"),
        ];
        for (number, text) in table {
            assert_eq!(written(number), text);
        }
    }

    #[test]
    fn an_integer_is_what_javascript_calls_a_safe_one() {
        assert_eq!(to_u64(9007199254740991.0), Some(MAX_SAFE_INTEGER));
        for number in [9007199254740992.0, -1.0, 0.5, f64::NAN, f64::INFINITY] {
            assert_eq!(to_u64(number), None);
        }
        assert_eq!(to_u64(-0.0), Some(0));
    }
}
