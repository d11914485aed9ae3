//! A decimal to the nearest double. The standard library's parser is faster on long fractions and brings 15 KB of
//! tables and code; numbers of real documents are nearly always integers, so exact and small is what is wanted.

use core::cmp::Ordering;

/// Digits that are looked at. A double's midpoints have at most 767, so what comes after only says "more than that".
const DIGITS: usize = 770;
/// Powers of ten that a double holds exactly end here.
const EXACT_POWER: i32 = 22;
/// Integers that a double holds exactly end here.
const EXACT_INTEGER: u64 = 1 << 53;

/// The value of `[-]digits[.digits][e[+-]digits]`, rounded to the nearest double, ties to even. Too large becomes
/// infinite. The grammar was checked before.
pub(super) fn to_double(text: &[u8]) -> f64 {
    if text.len() <= 19 && text.iter().all(u8::is_ascii_digit) {
        return integer(text.iter().map(|byte| byte - b'0')) as f64;
    }
    let (negative, text) = match text {
        [b'-', rest @ ..] => (true, rest),
        _ => (false, text),
    };
    let magnitude = Decimal::read(text).nearest();
    if negative { -magnitude } else { magnitude }
}

/// The number in a text that is one decimal literal of JavaScript, which unlike JSON allows a `+`, leading zeros,
/// and a point without digits on one side.
pub fn read_decimal(text: &str) -> Option<f64> {
    let digits = |text: &[u8]| text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text).as_bytes();
    let whole = digits(unsigned);
    let mut rest = unsigned.get(whole..)?;
    let mut fraction = 0;
    if let [b'.', behind @ ..] = rest {
        fraction = digits(behind);
        rest = behind.get(fraction..)?;
    }
    if let [b'e' | b'E', behind @ ..] = rest {
        let behind = if let [b'+' | b'-', digits @ ..] = behind { digits } else { behind };
        let exponent = digits(behind);
        rest = behind.get(exponent..).filter(|_| exponent > 0)?;
    }
    let text = text.strip_prefix('+').unwrap_or(text);
    (whole + fraction > 0 && rest.is_empty()).then(|| to_double(text.as_bytes()))
}

/// At most 19 digits.
fn integer(digits: impl Iterator<Item = u8>) -> u64 {
    digits.fold(0, |sum, digit| sum * 10 + u64::from(digit))
}

/// `digits · 10^power`, without leading zeros.
struct Decimal {
    digits: Vec<u8>,
    power: i32,
}

impl Decimal {
    fn read(text: &[u8]) -> Self {
        let (mut digits, mut power, mut fraction, mut more) = (Vec::new(), 0i32, false, false);
        let mut rest = text.iter();
        for byte in rest.by_ref() {
            match byte {
                b'0'..=b'9' => {
                    let kept = digits.len() < DIGITS && (*byte != b'0' || !digits.is_empty());
                    if kept {
                        digits.push(byte - b'0');
                    } else if digits.len() == DIGITS {
                        more |= *byte != b'0';
                        power = power.saturating_add(1);
                    }
                    power = power.saturating_sub(i32::from(fraction));
                }
                b'.' => fraction = true,
                _ => break,
            }
        }
        if more {
            // Anything but zero: it tells the number from the midpoint below it.
            digits.push(1);
            power = power.saturating_sub(1);
        }
        let negative = rest.as_slice().first() == Some(&b'-');
        let exponent = rest
            .filter(|byte| byte.is_ascii_digit())
            .fold(0i32, |sum, digit| sum.saturating_mul(10).saturating_add(i32::from(digit - b'0')));
        let power = power.saturating_add(if negative { -exponent } else { exponent });
        Self { digits, power }
    }

    fn nearest(&self) -> f64 {
        let count = i32::try_from(self.digits.len()).unwrap_or(i32::MAX);
        let size = self.power.saturating_add(count);
        if self.digits.is_empty() || size < -330 {
            return 0.0;
        }
        if size > 310 {
            return f64::INFINITY;
        }
        if count <= 19 {
            let integer = integer(self.digits.iter().copied());
            if integer <= EXACT_INTEGER && self.power.abs() <= EXACT_POWER {
                // Both are exact, so that the one rounding of the operation is the right one.
                let power = (0..self.power.abs()).fold(1.0, |power, _| power * 10.0);
                return if self.power > 0 { integer as f64 * power } else { integer as f64 / power };
            }
        }
        let (mut above, mut below) = (Big::default(), Big(vec![1]));
        self.digits.iter().for_each(|digit| above.multiply_add(10, u32::from(*digit)));
        above.multiply_by_ten(self.power);
        below.multiply_by_ten(self.power.saturating_neg());
        divide(above, below)
    }
}

/// The double nearest to the quotient of two positive integers.
fn divide(mut above: Big, mut below: Big) -> f64 {
    // 2^(lead - 1) < above / below < 2^(lead + 1), and the comparison says which half it is in.
    let lead = above.bits() - below.bits();
    let (mut scaled_above, mut scaled_below) = (above.clone(), below.clone());
    scaled_above.shift_left(-lead);
    scaled_below.shift_left(lead);
    let lead = if scaled_above < scaled_below { lead - 1 } else { lead };
    if lead > 1023 {
        return f64::INFINITY;
    }
    // What the last bit of the result is worth: 53 bits, or down to the smallest double.
    let unit = (lead - 52).max(-1074);
    above.shift_left(-unit);
    below.shift_left(unit);
    below.shift_left(53);
    let mut quotient = 0u64;
    for _ in 0..53 {
        above.shift_left(1);
        quotient = quotient << 1 | u64::from(above.take(&below));
    }
    above.shift_left(1);
    if above > below || (above == below && quotient & 1 == 1) {
        quotient += 1;
    }
    // A quotient of 2^52 and more adds its leading bit to the exponent; a smaller one is below the normal range.
    let exponent = u64::try_from(unit + 1074).unwrap_or_default();
    f64::from_bits((exponent << 52) + quotient).min(f64::INFINITY)
}

/// A natural number of any size, lowest limb first, without zeros at the high end.
#[derive(Default, Clone, PartialEq, Eq)]
struct Big(Vec<u32>);

impl Big {
    fn multiply_add(&mut self, factor: u32, summand: u32) {
        let mut carry = u64::from(summand);
        for limb in &mut self.0 {
            carry += u64::from(*limb) * u64::from(factor);
            *limb = carry as u32;
            carry >>= 32;
        }
        if carry > 0 {
            self.0.push(carry as u32);
        }
    }

    /// Nothing for a negative power.
    fn multiply_by_ten(&mut self, mut power: i32) {
        while power > 0 {
            let step = power.min(9);
            self.multiply_add((0..step).fold(1, |factor, _| factor * 10), 0);
            power -= step;
        }
    }

    /// Nothing for a negative distance.
    fn shift_left(&mut self, distance: i32) {
        let Ok(distance) = u32::try_from(distance) else { return };
        let limbs = (distance / 32) as usize;
        self.0.splice(0..0, core::iter::repeat_n(0, limbs));
        self.multiply_add(1 << (distance % 32), 0);
    }

    fn bits(&self) -> i32 {
        let spare = self.0.last().map_or(0, |limb| limb.leading_zeros());
        i32::try_from(self.0.len() * 32).unwrap_or(i32::MAX) - spare as i32
    }

    /// Takes `other` away if it is not larger; says whether it did.
    fn take(&mut self, other: &Self) -> bool {
        if *self < *other {
            return false;
        }
        let mut borrow = 0i64;
        let others = other.0.iter().chain(core::iter::repeat(&0));
        for (limb, other) in self.0.iter_mut().zip(others) {
            borrow += i64::from(*limb) - i64::from(*other);
            *limb = borrow as u32;
            borrow >>= 32;
        }
        while self.0.pop_if(|limb| *limb == 0).is_some() {}
        true
    }
}

impl PartialOrd for Big {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Big {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.len().cmp(&other.0.len()).then_with(|| self.0.iter().rev().cmp(other.0.iter().rev()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Compares with the standard library, bit by bit.
    fn agrees(text: &str) -> Result<(), TestCaseError> {
        let (ours, theirs) = (to_double(text.as_bytes()), text.parse::<f64>().unwrap());
        prop_assert_eq!(ours.to_bits(), theirs.to_bits(), "{}: {:e} and {:e}", text, ours, theirs);
        Ok(())
    }

    #[test]
    fn edges_are_rounded_as_the_standard_says() {
        let long = format!("0.{}1", "0".repeat(5000));
        let midpoint = "9007199254740993";
        let texts = [
            "0",
            "-0",
            "0.0",
            "0e5",
            "-0.0e-5",
            "000",
            "1e400",
            "-1e400",
            "1e-400",
            "1e999999999999",
            "0e999999999999",
            "1e-999999999999",
            "5e-324",
            "2.4703282292062327e-324",
            "2.4703282292062328e-324",
            "2.5e-324",
            "2.2250738585072011e-308",
            "2.2250738585072014e-308",
            "1.7976931348623157e308",
            "1.7976931348623158e308",
            "1.7976931348623159e308",
            "3e308",
            "9e308",
            "999999999999999999999e288",
            "100000000000000000000E289",
            "-9.9e309",
            "123456789012345678901234567890",
            "1E+2",
            "1.5e-7",
            midpoint,
            "9007199254740993.0000000000000000000000000000000000000001",
            "9007199254740995",
            "18446744073709551615",
            "18446744073709551616",
            "0.1",
            "0.3",
            "1e22",
            "1e23",
            "8.5e22",
            "9007199254740992e22",
            &long,
        ];
        for text in texts {
            agrees(text).unwrap();
        }
        // A number of more digits than are kept, whose last one decides.
        let half = format!("{:.1075}", f64::from_bits(1)) + "5";
        for tail in ["", "0000", "1", &"0".repeat(900), &format!("{}1", "0".repeat(900))] {
            agrees(&format!("{half}{tail}")).unwrap();
        }
        let ties = format!("9007199254740993.{}", "0".repeat(1000));
        agrees(&ties).unwrap();
        agrees(&format!("{ties}1")).unwrap();
    }

    proptest! {
        #[test]
        fn any_decimal_is_what_the_standard_library_reads(text in "-?(0|[1-9][0-9]{0,40})(\\.[0-9]{1,40})?([eE][+-]?[0-9]{1,3})?") {
            agrees(&text)?;
        }

        /// The standard library's grammar is the same but for its words.
        #[test]
        fn literals_are_those_of_the_standard_library(text in "[+-]?[0-9]{0,3}\\.?[0-9]{0,3}([eE][+-]?[0-9]{0,2})?|[0-9.eE+-]{0,8}") {
            prop_assert_eq!(read_decimal(&text).map(f64::to_bits), text.parse::<f64>().ok().map(f64::to_bits), "{}", text);
        }

        #[test]
        fn what_is_written_in_any_form_reads_back(bits: u64, digits in 0usize..40) {
            let number = f64::from_bits(bits);
            prop_assume!(number.is_finite());
            agrees(&format!("{number:e}"))?;
            agrees(&format!("{number:.digits$e}"))?;
            agrees(&format!("{number}"))?;
        }

        /// The midpoint between two neighbours and its own neighbours in decimal.
        #[test]
        fn midpoints_go_to_the_even_side(bits in 0u64..0x7FE0_0000_0000_0000) {
            let mut twice = Big::default();
            let (fraction, exponent) = (bits & ((1 << 52) - 1), (bits >> 52) as i32);
            let (significand, exponent) = if exponent == 0 { (fraction, 1) } else { (fraction | 1 << 52, exponent) };
            let odd = 2 * significand + 1;
            twice.multiply_add(0, (odd >> 32) as u32);
            twice.shift_left(32);
            twice.multiply_add(1, odd as u32);
            // odd * 2^(exponent - 1076), written as an integer times a power of ten: 2^-n = 5^n / 10^n.
            let power = exponent - 1076;
            twice.shift_left(power);
            for _ in power..0 {
                twice.multiply_add(5, 0);
            }
            let digits = twice.decimal();
            agrees(&format!("{digits}e{}", power.min(0)))?;
            agrees(&format!("{digits}1e{}", power.min(0) - 1))?;
        }
    }

    impl Big {
        fn decimal(&self) -> String {
            let (mut rest, mut digits) = (self.clone(), Vec::new());
            while !rest.0.is_empty() {
                let mut remainder = 0u64;
                for limb in rest.0.iter_mut().rev() {
                    let value = remainder << 32 | u64::from(*limb);
                    *limb = (value / 10) as u32;
                    remainder = value % 10;
                }
                digits.push(char::from(b'0' + remainder as u8));
                while rest.0.pop_if(|limb| *limb == 0).is_some() {}
            }
            digits.iter().rev().collect()
        }
    }
}
