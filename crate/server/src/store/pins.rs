//! Pin logs (PROTOCOL.md 11.3): one line per command, replayed into the set of pinned ids.

use super::append::{append_line, move_if_there, whole_lines};
use super::id::KeyName;
use super::layout::Layout;
use super::reports::Reports;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::{fs, io};

/// What a pin log comes to.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct PinState {
    /// The pinned ids, without suffixes.
    pub(crate) pins: BTreeSet<String>,
    /// The id that was sent as `ID#block`.
    pub(crate) block: Option<String>,
    /// The id that was sent as `ID#drive`.
    pub(crate) drive: Option<String>,
    /// Whether the log is a user's rather than a team's: it begins with PIN, or has a block.
    pub(crate) looks_like_user: bool,
    /// When the newest line was written, in ms since the epoch; 0 when no line says.
    pub(crate) latest: u64,
}

/// Why a line of a pin log was skipped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum PinLineError {
    #[error("PIN_LINE_PARSE_ERROR")]
    NotJson,
    #[error("PIN_LINE_NOT_FORMAT_ERROR")]
    Shape,
    #[error("PIN_LINE_UNSUPPORTED_COMMAND")]
    Command,
}

impl PinState {
    /// Replays a log; broken lines are handed to `damaged` with their offset.
    pub(crate) fn replay(log: &str, mut damaged: impl FnMut(usize, PinLineError)) -> Self {
        let mut state = Self::default();
        let mut offset = 0;
        for (at, text) in log.split('\n').enumerate() {
            if !text.trim().is_empty()
                && let Err(error) = state.line(at == 0, text)
            {
                damaged(offset, error);
            }
            offset += text.len() + 1;
        }
        state.looks_like_user |= state.block.is_some();
        state
    }

    fn line(&mut self, first: bool, text: &str) -> Result<(), PinLineError> {
        let line: Value = serde_json::from_str(text).map_err(|_| PinLineError::NotJson)?;
        let line = line.as_array().ok_or(PinLineError::Shape)?;
        let (command, ids) = (line.first().and_then(Value::as_str), line.get(1).and_then(Value::as_array));
        let command = command.ok_or(PinLineError::Shape)?;
        if !matches!(command, "PIN" | "UNPIN" | "RESET") {
            return Err(PinLineError::Command);
        }
        let ids = ids.ok_or(PinLineError::Shape)?;
        self.looks_like_user |= first && command == "PIN";
        if let Some(time) = line.get(2).and_then(Value::as_u64) {
            self.latest = self.latest.max(time);
        }
        if command == "RESET" {
            self.pins.clear();
        }
        for id in ids.iter().filter_map(Value::as_str).filter(|id| !id.is_empty()) {
            self.id(command, id);
        }
        Ok(())
    }

    fn id(&mut self, command: &str, id: &str) {
        let (bare, suffix) = id.split_once('#').unwrap_or((id, ""));
        match suffix {
            "block" => {
                self.block = Some(bare.into());
                return;
            }
            "drive" => self.drive = Some(bare.into()),
            _ => {}
        }
        if command == "UNPIN" {
            self.pins.remove(bare);
        } else if !bare.is_empty() {
            self.pins.insert(bare.into());
        }
    }
}

/// All pin logs.
#[derive(Clone)]
pub(crate) struct PinFiles {
    layout: Layout,
    reports: Reports,
}

impl PinFiles {
    pub(super) fn new(layout: Layout, reports: Reports) -> Self {
        Self { layout, reports }
    }

    /// The state of one log; an empty one when there is no log. A last line that was torn does not count.
    pub(crate) fn state(&self, key: &KeyName) -> io::Result<PinState> {
        let path = self.layout.pins(key);
        let log = match fs::read(&path) {
            Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
            Err(error) => return Err(error),
        };
        Ok(PinState::replay(whole_lines(&log), |at, error| {
            self.reports.damaged(&path, at as u64, &error.to_string())
        }))
    }

    /// Notes a command.
    pub(crate) fn append(&self, key: &KeyName, command: &str, ids: &[Value], now: u64) -> io::Result<()> {
        append_line(&self.layout.pins(key), &json!([command, ids, now]).to_string())?;
        Ok(())
    }

    /// Moves a log into the archive.
    pub(crate) fn archive(&self, key: &KeyName) -> io::Result<()> {
        move_if_there(&self.layout.pins(key), &self.layout.archive().pins(key))
    }

    /// The keys that have a log.
    pub(crate) fn keys(&self) -> io::Result<Vec<KeyName>> {
        let mut keys = Vec::new();
        let shelves = match fs::read_dir(self.layout.all_pins()) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(keys),
            shelves => shelves?,
        };
        for shelf in shelves {
            let Ok(files) = fs::read_dir(shelf?.path()) else { continue };
            for file in files {
                let name = file?.file_name();
                let name = name.to_str().and_then(|name| name.strip_suffix(".ndjson"));
                keys.extend(name.and_then(KeyName::parse));
            }
        }
        keys.sort_by(|a, b| a.as_str().cmp(b.as_str()));
        Ok(keys)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_recorded_logs_come_to_what_the_real_reader_made_of_them() {
        let vectors: Value =
            serde_json::from_str(include_str!("../../../../tests/vectors/pin_logs.json")).unwrap();
        let cases = vectors["cases"].as_array().unwrap();
        assert_eq!(cases.len(), 11);
        for case in cases {
            let mut errors = Vec::new();
            let log = case["input"]["log"].as_str().unwrap();
            let state = PinState::replay(log, |_, error| errors.push(error.to_string()));
            let expect = &case["expect"];
            assert_eq!(json!(state.pins), expect["pins"], "{}", case["name"]);
            assert_eq!(state.block.as_deref(), expect["block"].as_str(), "{}", case["name"]);
            assert_eq!(state.drive.as_deref(), expect["drive"].as_str(), "{}", case["name"]);
            assert_eq!(state.latest, expect["latest"].as_u64().unwrap(), "{}", case["name"]);
            assert_eq!(json!(state.looks_like_user), expect["looksLikeUser"], "{}", case["name"]);
            assert_eq!(json!(errors), expect["errors"], "{}", case["name"]);
        }
    }

    proptest! {
        #[test]
        fn any_log_is_replayed_and_pins_carry_no_suffix(log in r#"(\["(PIN|UNPIN|RESET)",\["[a-d#]{0,9}","[a-c]#(drive|block)"\],[0-9]{1,3}\]\n|.{0,20}\n){0,12}"#) {
            let state = PinState::replay(&log, |_, _| {});
            prop_assert!(state.pins.iter().all(|id| !id.is_empty() && !id.contains('#')));
        }
    }
}
