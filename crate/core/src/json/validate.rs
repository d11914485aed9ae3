//! Whether UTF-16 text is JSON, as a machine that can stop anywhere and go on.
//!
//! ChainPad asks this of the whole document after every patch. The machine's state is small and can be
//! compared, so that a document whose state was noted here and there needs to be looked at again only
//! around the change (`chainpad::document`).

/// Whether JavaScript's `JSON.parse` accepts the text. Any depth is accepted, without recursion.
pub fn validate_utf16(units: &[u16]) -> bool {
    let mut validator = Validator::default();
    validator.feed(units) && validator.is_complete()
}

/// The state after some prefix of a text. Two equal states accept the same continuations.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Validator {
    expect: Expect,
    open: Stack,
}

/// What may come next.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Expect {
    #[default]
    Value,
    ValueOrClose,
    Key,
    KeyOrClose,
    Colon,
    /// A value is complete: a comma or the end of what encloses it.
    Next,
    InString(Role),
    Escape(Role),
    Hex(Role, u8),
    /// `-` was read.
    IntegerPart,
    /// `0` was read: no further digit may follow.
    AfterZero,
    Integer,
    FractionStart,
    Fraction,
    ExponentSign,
    ExponentStart,
    Exponent,
    /// The rest of `null`, `true` or `false`.
    Word(&'static [u8]),
    /// Nothing: the text is no JSON, whatever follows.
    Never,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    Key,
    Value,
}

impl Validator {
    /// Goes on with the next units of the text. `false` if they cannot stand there; it stays `false`.
    pub fn feed(&mut self, units: &[u16]) -> bool {
        let mut expect = self.expect;
        let mut rest = units;
        loop {
            let run = match expect {
                Expect::InString(_) => plain_run(rest),
                Expect::Integer | Expect::Fraction => digit_run(rest),
                _ => 0,
            };
            let (_, after) = rest.split_at(run);
            let Some((unit, after)) = after.split_first() else { break };
            expect = self.step(expect, u8::try_from(*unit).unwrap_or(BEYOND_LATIN));
            rest = after;
        }
        self.expect = expect;
        expect != Expect::Never
    }

    /// How many arrays and objects are open: the state takes a bit for each.
    pub fn depth(&self) -> usize {
        self.open.depth
    }

    /// Whether the text may end here.
    pub fn is_complete(&self) -> bool {
        let value_ends = matches!(
            self.expect,
            Expect::Next | Expect::AfterZero | Expect::Integer | Expect::Fraction | Expect::Exponent
        );
        value_ends && self.open.depth == 0
    }

    #[inline]
    fn step(&mut self, expect: Expect, byte: u8) -> Expect {
        match expect {
            Expect::InString(role) => match byte {
                b'"' if role == Role::Key => Expect::Colon,
                b'"' => Expect::Next,
                b'\\' => Expect::Escape(role),
                0..0x20 => Expect::Never,
                _ => expect,
            },
            Expect::Next => self.after_value(byte),
            Expect::Colon => match byte {
                b':' => Expect::Value,
                _ => space(byte, expect),
            },
            Expect::Value => self.start_value(byte, expect),
            Expect::Key => match byte {
                b'"' => Expect::InString(Role::Key),
                _ => space(byte, expect),
            },
            Expect::KeyOrClose => match byte {
                b'"' => Expect::InString(Role::Key),
                b'}' => self.close(Container::Object),
                _ => space(byte, expect),
            },
            Expect::ValueOrClose => match byte {
                b']' => self.close(Container::Array),
                _ => self.start_value(byte, expect),
            },
            Expect::Escape(role) => match byte {
                b'u' => Expect::Hex(role, 4),
                b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => Expect::InString(role),
                _ => Expect::Never,
            },
            Expect::Hex(role, left) => match left {
                _ if !byte.is_ascii_hexdigit() => Expect::Never,
                1 => Expect::InString(role),
                _ => Expect::Hex(role, left - 1),
            },
            Expect::Word(word) => match word {
                [last] if *last == byte => Expect::Next,
                [first, rest @ ..] if *first == byte => Expect::Word(rest),
                _ => Expect::Never,
            },
            Expect::IntegerPart => match byte {
                b'0' => Expect::AfterZero,
                b'1'..=b'9' => Expect::Integer,
                _ => Expect::Never,
            },
            Expect::AfterZero => self.after_integer(byte),
            Expect::Integer => match byte {
                b'0'..=b'9' => Expect::Integer,
                _ => self.after_integer(byte),
            },
            Expect::FractionStart => match byte {
                b'0'..=b'9' => Expect::Fraction,
                _ => Expect::Never,
            },
            Expect::Fraction => match byte {
                b'0'..=b'9' => Expect::Fraction,
                b'e' | b'E' => Expect::ExponentSign,
                _ => self.after_value(byte),
            },
            Expect::ExponentSign => match byte {
                b'+' | b'-' => Expect::ExponentStart,
                b'0'..=b'9' => Expect::Exponent,
                _ => Expect::Never,
            },
            Expect::ExponentStart => match byte {
                b'0'..=b'9' => Expect::Exponent,
                _ => Expect::Never,
            },
            Expect::Exponent => match byte {
                b'0'..=b'9' => Expect::Exponent,
                _ => self.after_value(byte),
            },
            Expect::Never => Expect::Never,
        }
    }

    fn start_value(&mut self, byte: u8, expect: Expect) -> Expect {
        match byte {
            b'"' => Expect::InString(Role::Value),
            b'{' => {
                self.open.push(Container::Object);
                Expect::KeyOrClose
            }
            b'[' => {
                self.open.push(Container::Array);
                Expect::ValueOrClose
            }
            b'0' => Expect::AfterZero,
            b'1'..=b'9' => Expect::Integer,
            b'-' => Expect::IntegerPart,
            b'n' => Expect::Word(b"ull"),
            b't' => Expect::Word(b"rue"),
            b'f' => Expect::Word(b"alse"),
            _ => space(byte, expect),
        }
    }

    fn after_integer(&mut self, byte: u8) -> Expect {
        match byte {
            b'.' => Expect::FractionStart,
            b'e' | b'E' => Expect::ExponentSign,
            _ => self.after_value(byte),
        }
    }

    fn after_value(&mut self, byte: u8) -> Expect {
        match byte {
            b',' => match self.open.top() {
                Some(Container::Array) => Expect::Value,
                Some(Container::Object) => Expect::Key,
                None => Expect::Never,
            },
            b']' => self.close(Container::Array),
            b'}' => self.close(Container::Object),
            _ => space(byte, Expect::Next),
        }
    }

    fn close(&mut self, container: Container) -> Expect {
        if self.open.top() != Some(container) {
            return Expect::Never;
        }
        self.open.pop();
        Expect::Next
    }
}

/// Stands for every unit that does not fit a byte: like this one, those stand nowhere but in strings.
const BEYOND_LATIN: u8 = 0xFF;

/// Between tokens, white space changes nothing and everything else is wrong.
fn space(byte: u8, expect: Expect) -> Expect {
    if matches!(byte, b' ' | b'\t' | b'\n' | b'\r') { expect } else { Expect::Never }
}

/// How many units at the start belong to a string whatever they are: no quote, backslash or control.
fn plain_run(units: &[u16]) -> usize {
    let special = |unit: &u16| *unit == 0x22 || *unit == 0x5C || *unit < 0x20;
    let (blocks, _) = units.as_chunks::<16>();
    // Asking a whole block without leaving early lets the compiler use vector instructions.
    let clean = |block: &&[u16; 16]| !block.iter().fold(false, |any, unit| any | special(unit));
    let start = 16 * blocks.iter().take_while(clean).count();
    let (_, rest) = units.split_at(start);
    start + rest.iter().position(special).unwrap_or(rest.len())
}

fn digit_run(units: &[u16]) -> usize {
    units.iter().take_while(|unit| (0x30..0x3A).contains(*unit)).count()
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Container {
    Array,
    Object,
}

/// The open containers, one bit each: 1 for an object. Bits from `depth` on are zero, so that equal stacks
/// compare equal.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Stack {
    depth: usize,
    /// The innermost `depth % 64` containers, or 64.
    innermost: u64,
    /// Those around them, 64 at a time.
    outer: Vec<u64>,
}

impl Stack {
    pub(super) fn push(&mut self, container: Container) {
        let bit = self.depth % 64;
        if bit == 0 && self.depth > 0 {
            self.outer.push(self.innermost);
            self.innermost = 0;
        }
        self.innermost |= u64::from(container == Container::Object) << bit;
        self.depth += 1;
    }

    pub(super) fn pop(&mut self) {
        self.depth = self.depth.saturating_sub(1);
        let bit = self.depth % 64;
        self.innermost &= !(1 << bit);
        if bit == 0 {
            self.innermost = self.outer.pop().unwrap_or(0);
        }
    }

    pub(super) fn top(&self) -> Option<Container> {
        let place = self.depth.checked_sub(1)?;
        let object = self.innermost >> (place % 64) & 1 == 1;
        Some(if object { Container::Object } else { Container::Array })
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Text, Value};
    use super::*;
    use proptest::prelude::*;

    fn valid(text: &str) -> bool {
        validate_utf16(&text.encode_utf16().collect::<Vec<_>>())
    }

    #[test]
    fn takes_what_javascript_takes() {
        for text in [
            "{}",
            "[]",
            " [ 1 , 2 ] ",
            "0",
            "-0",
            "1.5e+3",
            "1E3",
            "\"\"",
            "null",
            "true",
            "false ",
            "\t\n\r 1",
            r#"{"a":{"b":[[],{}]},"a":1}"#,
            r#""\u12aF\"\\\/\b\f\n\r\t""#,
            "\"\u{7f}\u{2028}é😀\"",
            "1 ",
        ] {
            assert!(valid(text), "{text}");
        }
        assert!(validate_utf16(&[0x22, 0xD83D, 0x22]));
    }

    #[test]
    fn refuses_what_javascript_refuses() {
        for text in [
            "",
            " ",
            "{",
            "[",
            "]",
            "[1,]",
            "{,}",
            "{\"a\"}",
            "{\"a\":}",
            "{\"a\":1,}",
            "{a:1}",
            "01",
            "-",
            "1.",
            ".5",
            "1e",
            "1e+",
            "+1",
            "nul",
            "nulll",
            "[1}",
            "{\"a\":1]",
            "\"",
            "\"\\x\"",
            "\"\\u12g4\"",
            "\"\n\"",
            "1 2",
            "[1 2]",
            "\u{feff}1",
            "\u{a0}1",
            "NaN",
            "[,1]",
            "{} {}",
            "tru",
            "0x1",
            "\u{130}1",
            "\u{ff11}",
        ] {
            assert!(!valid(text), "{text}");
        }
    }

    #[test]
    fn depth_costs_a_bit() {
        let deep = |n| format!("{}{}", "[{\"a\":".repeat(n), "}]".repeat(n));
        assert!(!valid(&deep(1000)));
        let deep = |n| format!("{}1{}", "[{\"a\":".repeat(n), "}]".repeat(n));
        assert!(valid(&deep(100_000)));
    }

    proptest! {
        #[test]
        fn agrees_with_the_parser(text in "[\\[\\]{}\":,0-9a-fntruls.eE+\\\\ -]{0,24}") {
            prop_assert_eq!(valid(&text), Value::parse(&text).is_ok());
        }

        #[test]
        fn may_stop_and_go_on_anywhere(text in "[\\[\\]{}\":,01a\\\\ -]{0,40}", cut in 0usize..40) {
            let units: Vec<u16> = text.encode_utf16().collect();
            let (head, tail) = units.split_at(cut.min(units.len()));
            let mut validator = Validator::default();
            let parts = validator.feed(head) & validator.feed(tail) && validator.is_complete();
            prop_assert_eq!(parts, validate_utf16(&units));
        }

        #[test]
        fn any_units_between_quotes_agree_with_the_parser(units in proptest::collection::vec(prop_oneof![Just(0x5Cu16), 0x18u16..0x80, any::<u16>()], 0..40)) {
            let quoted = [&[0x22], units.as_slice(), &[0x22]].concat();
            prop_assert_eq!(validate_utf16(&quoted), Value::parse_text(&Text::from_utf16(&quoted)).is_ok());
        }
    }
}
