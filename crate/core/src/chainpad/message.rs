//! ChainPad messages on the wire (PROTOCOL.md section 12.1).

use super::hash::LowBytes;
use super::{Hash, Operation};
use crate::json::{self, Kind, Reader, Text};

/// How many units are hashed at once.
const STEP: usize = 4096;

/// `[type, [operation, …, parentHash], lastMsgHash]`, decrypted and without the `cp|` prefix.
#[derive(Debug, Clone, PartialEq)]
pub struct Message {
    /// Type 4, a checkpoint, and not type 2, a patch.
    pub checkpoint: bool,
    /// Changes to the document before, to be applied from the last to the first.
    pub operations: Vec<Operation>,
    /// `parentHash`: hash of the document before. Any text around 64 hexadecimal digits gets past the
    /// parser, and then fits no document.
    pub document_hash: Text,
    /// `lastMsgHash`: hash of the message before on the same branch. Any text but the empty one.
    pub parent: Text,
}

/// Why a text is no message. Readers skip such texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Malformed {
    /// Not JSON, or not an array of the right shape.
    Shape,
    /// A type other than 2 and 4.
    Type,
    /// An operation whose offset or removal is no number, or whose insertion is no text. The real library does not
    /// take such a message either, where it is the newest of its branch.
    Operation,
    /// An operation that removes fewer than no units. The real library writes a part of the document twice then: a
    /// few of these make more of it than fits anywhere. See [`Doubt`](super::Doubt).
    Removal,
    /// A `parentHash` without 64 hexadecimal digits in a row.
    ParentHash,
}

impl From<json::Error> for Malformed {
    fn from(_: json::Error) -> Self {
        Self::Shape
    }
}

impl Message {
    /// Parses a message.
    ///
    /// # Errors
    /// [`Malformed`] says why the text is to be skipped.
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        let mut reader = Reader::new(text);
        reader.begin_array()?;
        reader.element()?;
        let checkpoint = match reader.f64() {
            Ok(2.0) => false,
            Ok(4.0) => true,
            _ => return Err(Malformed::Type),
        };
        reader.element()?;
        let (operations, document_hash) = parse_patch(&mut reader)?;
        reader.element()?;
        let parent = reader.text()?;
        if parent.is_empty() {
            return Err(Malformed::Shape);
        }
        while reader.next_element()? {
            reader.skip_value()?;
        }
        reader.end()?;
        Ok(Self { checkpoint, operations, document_hash, parent })
    }

    /// The message as `JSON.stringify` writes it.
    pub fn to_json(&self) -> String {
        let mut out = Written::with_capacity(self.len());
        self.write(&mut out);
        String::from_utf16_lossy(&out.units)
    }

    /// The hash of [`Message::to_json`], whatever the received text looked like.
    pub fn hash(&self) -> Hash {
        let mut out = Written::with_capacity(self.len().min(2 * STEP));
        out.hash = Some(LowBytes::default());
        self.write(&mut out);
        let mut hash = out.hash.unwrap_or_default();
        hash.update(&out.units);
        hash.finish()
    }

    /// About how many units it has when it is written.
    fn len(&self) -> usize {
        let inserted: usize = self.operations.iter().map(|operation| operation.insert.len() + 48).sum();
        inserted + inserted / 4 + 160
    }

    fn write(&self, out: &mut Written) {
        out.ascii(if self.checkpoint { "[4,[" } else { "[2,[" });
        for operation in &self.operations {
            let mut numbers = String::from("[");
            json::write_number(operation.offset, &mut numbers);
            numbers.push(',');
            json::write_number(operation.remove, &mut numbers);
            numbers.push(',');
            out.ascii(&numbers);
            out.string(&operation.insert);
            out.ascii("],");
        }
        out.string(&self.document_hash.to_utf16());
        out.ascii("],");
        out.string(&self.parent.to_utf16());
        out.ascii("]");
    }
}

/// A message that is written, or hashed while it is: a checkpoint holds a whole document, and needs no second copy.
struct Written {
    units: Vec<u16>,
    /// Of what was here before the units.
    hash: Option<LowBytes>,
}

impl Written {
    fn with_capacity(units: usize) -> Self {
        Self { units: Vec::with_capacity(units), hash: None }
    }

    fn ascii(&mut self, text: &str) {
        self.units.extend(text.bytes().map(u16::from));
    }

    /// A JSON string. Halves of surrogate pairs become escapes, so that the result is scalar.
    fn string(&mut self, units: &[u16]) {
        self.ascii("\"");
        let mut rest = units;
        loop {
            let (plain, after) = rest.split_at(plain_run(rest));
            for plain in plain.chunks(STEP) {
                self.units.extend_from_slice(plain);
                if self.units.len() >= STEP
                    && let Some(hash) = &mut self.hash
                {
                    hash.update(&self.units);
                    self.units.clear();
                }
            }
            rest = match after {
                [] => break,
                [high @ 0xD800..0xDC00, low @ 0xDC00..0xE000, after @ ..] => {
                    self.units.extend([*high, *low]);
                    after
                }
                [unit @ (0x22 | 0x5C), after @ ..] => {
                    self.units.extend([0x5C, *unit]);
                    after
                }
                [unit, after @ ..] => {
                    let mut escaped = String::new();
                    json::write_string(&Text::from_utf16(&[*unit]), &mut escaped);
                    self.ascii(escaped.trim_matches('"'));
                    after
                }
            };
        }
        self.ascii("\"");
    }
}

fn parse_patch(reader: &mut Reader<'_>) -> Result<(Vec<Operation>, Text), Malformed> {
    let mut operations = Vec::new();
    reader.begin_array()?;
    loop {
        reader.element()?;
        if reader.peek()? == Kind::String {
            break;
        }
        operations.push(parse_operation(reader)?);
    }
    let document_hash = reader.text()?;
    if reader.next_element()? {
        return Err(Malformed::Shape);
    }
    let hexadecimal = |byte: &u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    let mut runs = document_hash.as_wtf8().split(|byte| !hexadecimal(byte));
    if !runs.any(|run| run.len() >= 64) {
        return Err(Malformed::ParentHash);
    }
    Ok((operations, document_hash))
}

fn parse_operation(reader: &mut Reader<'_>) -> Result<Operation, Malformed> {
    reader.begin_array()?;
    reader.element()?;
    let offset = parse_number(reader)?;
    reader.element()?;
    let remove = parse_number(reader)?;
    if remove < 0.0 {
        return Err(Malformed::Removal);
    }
    reader.element()?;
    let mut insert = Vec::new();
    if reader.peek()? == Kind::String {
        reader.utf16(&mut insert)?;
    } else if parse_number(reader)? != 0.0 {
        return Err(Malformed::Operation);
    }
    if reader.next_element()? {
        return Err(Malformed::Shape);
    }
    Ok(Operation { offset, remove, insert })
}

/// A missing number is 0: in JavaScript that is everything a condition takes for false.
fn parse_number(reader: &mut Reader<'_>) -> Result<f64, Malformed> {
    match reader.peek()? {
        Kind::Null => reader.null().map(|()| 0.0).map_err(Malformed::from),
        Kind::Bool if !reader.bool()? => Ok(0.0),
        Kind::Number => reader.f64().map_err(|_| Malformed::Operation),
        Kind::String if reader.text()?.is_empty() => Ok(0.0),
        _ => Err(Malformed::Operation),
    }
}

/// How many units at the start stand for themselves in a JSON string, leaving surrogates aside.
fn plain_run(units: &[u16]) -> usize {
    let special = |unit: &u16| *unit < 0x20 || *unit == 0x22 || *unit == 0x5C || unit & 0xF800 == 0xD800;
    units.iter().position(special).unwrap_or(units.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const HASH: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

    fn parse(text: &str) -> Result<Message, Malformed> {
        Message::parse(&text.replace('H', HASH))
    }

    #[test]
    fn what_is_missing_in_an_operation_is_nothing() {
        let message = parse(r#"[2,[[null,false,0],[0,null,""],"H"],"x",["more"]]"#).unwrap();
        assert_eq!(message.to_json().replace(HASH, "H"), r#"[2,[[0,0,""],[0,0,""],"H"],"x"]"#);
    }

    #[test]
    fn says_why_a_text_is_no_message() {
        for (text, why) in [
            ("garbage", Malformed::Shape),
            ("{}", Malformed::Shape),
            (r#"[3,["H"],"x"]"#, Malformed::Type),
            (r#"["2",["H"],"x"]"#, Malformed::Type),
            (r#"[2,[],"x"]"#, Malformed::Shape),
            (r#"[2,["H"]]"#, Malformed::Shape),
            (r#"[2,["H"],""]"#, Malformed::Shape),
            (r#"[2,["H",[0,0,""]],"x"]"#, Malformed::Shape),
            (r#"[2,["H"],"x"] x"#, Malformed::Shape),
            (r#"[2,[[0,0],"H"],"x"]"#, Malformed::Shape),
            (r#"[2,[[0,0,"",0],"H"],"x"]"#, Malformed::Shape),
            (r#"[2,[[0,-1,""],"H"],"x"]"#, Malformed::Removal),
            (r#"[2,[[0,-0.5,""],"H"],"x"]"#, Malformed::Removal),
            (r#"[2,[["1",0,""],"H"],"x"]"#, Malformed::Operation),
            (r#"[2,[[0,"x",""],"H"],"x"]"#, Malformed::Operation),
            (r#"[2,[[0,0,5],"H"],"x"]"#, Malformed::Operation),
            (r#"[2,[[0,true,""],"H"],"x"]"#, Malformed::Operation),
            (r#"[2,[[0,0,"x"],"abc"],"x"]"#, Malformed::ParentHash),
        ] {
            assert_eq!(parse(text), Err(why), "{text}");
        }
    }

    #[test]
    fn numbers_that_are_no_counts_are_kept_as_javascript_writes_them() {
        for (text, written) in [
            (r#"[2,[[-1,0.50,"x"],"H"],"x"]"#, r#"[2,[[-1,0.5,"x"],"H"],"x"]"#),
            (r#"[2,[[1e300,1e21,"x"],"H"],"x"]"#, r#"[2,[[1e+300,1e+21,"x"],"H"],"x"]"#),
            (r#"[2,[[-0,9007199254740993,"x"],"H"],"x"]"#, r#"[2,[[0,9007199254740992,"x"],"H"],"x"]"#),
        ] {
            assert_eq!(parse(text).unwrap().to_json().replace(HASH, "H"), written);
        }
    }

    #[test]
    fn a_long_message_hashes_as_it_is_written() {
        for len in [STEP - 1, STEP, STEP + 1, 3 * STEP] {
            for at in len - 3..len {
                let mut insert = vec![0x61; len];
                insert.splice(at..at + 1, [0x22, 0xD83D, 0xDE00, 0xD83D]);
                insert.extend([0x62; STEP]);
                let operations = vec![Operation { offset: 0.0, remove: 0.0, insert }; 2];
                let message =
                    Message { checkpoint: true, operations, document_hash: HASH.into(), parent: "x".into() };
                let text = message.to_json();
                assert_eq!(Message::parse(&text), Ok(message.clone()));
                assert!(text.contains(r#"a\"😀\ud83d"#));
                assert_eq!(message.hash(), Hash::of_units(&text.encode_utf16().collect::<Vec<_>>()));
            }
        }
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(
            operations in proptest::collection::vec((0..1u64 << 53, 0..1u64 << 53, proptest::collection::vec(any::<u16>(), 0..8)), 0..4),
            checkpoint in any::<bool>(),
            parent in ".{1,8}",
        ) {
            let operations = operations.into_iter().map(|(offset, remove, insert)| Operation { offset: offset as f64, remove: remove as f64, insert });
            let message = Message {
                checkpoint,
                operations: operations.collect(),
                document_hash: HASH.into(),
                parent: parent.as_str().into(),
            };
            let text = message.to_json();
            prop_assert_eq!(Message::parse(&text), Ok(message.clone()));
            prop_assert_eq!(json::stringify(&json::parse(&text).unwrap()), text.clone());
            prop_assert_eq!(message.hash(), Hash::of_units(&text.encode_utf16().collect::<Vec<_>>()));
        }
    }
}
