//! A channel's metadata and the commands that change it (PROTOCOL.md 9.6).

use serde_json::{Map, Value, json};

/// The metadata object, in the order its fields were stored.
#[derive(Clone, Debug, PartialEq, Default)]
pub(crate) struct Metadata(Map<String, Value>);

/// Why a command changes nothing. The texts are those of the RPC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum MetadataError {
    #[error("UNSUPPORTED_COMMAND")]
    Unsupported,
    #[error("INVALID_ARGUMENTS")]
    Arguments,
}

impl Metadata {
    pub(crate) fn new(fields: Map<String, Value>) -> Self {
        Self(fields)
    }

    /// What a channel gets when it is created: the fields the client sent, `expire` made absolute, the
    /// channel and the time added.
    pub(crate) fn create(sent: Map<String, Value>, channel: &str, now: u64) -> Self {
        let mut fields = sent;
        fields.shift_remove("forcePlaceholder");
        if let Some(seconds) = fields.get("expire").and_then(Value::as_f64).filter(|s| *s > 0.0) {
            // Seconds from now become milliseconds since the epoch; a saturated cast means "never".
            let expires = now.saturating_add((seconds * 1000.0) as u64);
            fields.insert("expire".into(), json!(expires));
        }
        fields.insert("channel".into(), json!(channel));
        fields.insert("created".into(), json!(now));
        Self(fields)
    }

    /// Replays a metadata log: its first object, then the commands. Lines that are neither are handed to `damaged`, and so is
    /// a last one without a line break, which does not count. `None` when there is no object.
    pub(crate) fn replay(log: &[u8], mut damaged: impl FnMut(usize, &str)) -> Option<Self> {
        const NEITHER: &str = "not a metadata object or command";
        let mut metadata: Option<Self> = None;
        let mut offset = 0;
        for line in log.split_inclusive(|byte| *byte == b'\n') {
            let start = offset;
            offset += line.len();
            let Some(text) = line.strip_suffix(b"\n") else {
                damaged(start, "the last line has no line break");
                continue;
            };
            if text.trim_ascii().is_empty() {
                continue;
            }
            match (serde_json::from_slice(text), &mut metadata) {
                (Ok(Value::Object(fields)), None) => metadata = Some(Self(fields)),
                (Ok(Value::Array(line)), Some(metadata)) => {
                    let (Some(command), Some(value)) = (line.first().and_then(Value::as_str), line.get(1))
                    else {
                        damaged(start, NEITHER);
                        continue;
                    };
                    // A command that this version does not know changes nothing.
                    let _ = metadata.apply(command, value);
                }
                _ => damaged(start, NEITHER),
            }
        }
        metadata
    }

    pub(crate) fn as_value(&self) -> Value {
        Value::Object(self.0.clone())
    }

    pub(crate) fn to_json(&self) -> String {
        Value::Object(self.0.clone()).to_string()
    }

    /// The key that signs the channel's messages, if they must be signed.
    pub(crate) fn validate_key(&self) -> Option<&Value> {
        self.0.get("validateKey").filter(|key| !matches!(key, Value::Null))
    }

    /// The owners, if the field is a list as it should be; texts only.
    pub(crate) fn owners(&self) -> Option<Vec<&str>> {
        self.0.get("owners")?.as_array().map(|list| list.iter().filter_map(Value::as_str).collect())
    }

    pub(crate) fn pending_owners(&self) -> Vec<&str> {
        self.texts("pending_owners")
    }

    /// Owners, then allowed keys: who may read a restricted channel.
    pub(crate) fn admitted(&self) -> Vec<&str> {
        let mut keys = self.owners().unwrap_or_default();
        for key in self.texts("allowed") {
            if !keys.contains(&key) {
                keys.push(key);
            }
        }
        keys
    }

    pub(crate) fn is_restricted(&self) -> bool {
        self.0.get("restricted") == Some(&Value::Bool(true))
    }

    /// When the channel expires, in ms since the epoch.
    pub(crate) fn expires(&self) -> Option<u64> {
        self.0.get("expire").and_then(Value::as_f64).filter(|at| *at > 0.0).map(|at| at as u64)
    }

    /// Applies a command; `Ok(false)` when it changes nothing.
    pub(crate) fn apply(&mut self, command: &str, value: &Value) -> Result<bool, MetadataError> {
        let list = || value.as_array().map(Vec::as_slice).ok_or(MetadataError::Arguments);
        match command {
            "ADD_OWNERS" => {
                let changed = self.add("owners", list()?);
                Ok(self.remove("pending_owners", list()?) | changed)
            }
            "RM_OWNERS" => Ok(self.remove("owners", list()?)),
            "RESET_OWNERS" => Ok(self.reset("owners", list()?)),
            "ADD_PENDING_OWNERS" => Ok(self.add("pending_owners", list()?)),
            "RM_PENDING_OWNERS" => Ok(self.remove("pending_owners", list()?)),
            "ADD_ALLOWED" => Ok(self.add("allowed", list()?)),
            "RM_ALLOWED" => Ok(self.remove("allowed", list()?)),
            "RESET_ALLOWED" => Ok(self.reset("allowed", list()?)),
            "RESTRICT_ACCESS" => {
                let changed = self.flag("restricted", list()?)?;
                self.0.entry("allowed").or_insert_with(|| json!([]));
                Ok(changed)
            }
            "ALLOW_LINE_DELETION" => self.flag("deleteLines", list()?),
            "ADD_MAILBOX" => self.add_mailboxes(value),
            "RM_MAILBOX" => self.remove_mailboxes(list()?),
            _ => Err(MetadataError::Unsupported),
        }
    }

    fn texts(&self, field: &str) -> Vec<&str> {
        let list = self.0.get(field).and_then(Value::as_array);
        list.map(|list| list.iter().filter_map(Value::as_str).collect()).unwrap_or_default()
    }

    fn add(&mut self, field: &str, keys: &[Value]) -> bool {
        let present = self.texts(field);
        let mut fresh: Vec<&Value> = Vec::new();
        for key in keys.iter().filter(|key| is_key(key)) {
            if !present.iter().any(|known| key.as_str() == Some(known)) && !fresh.contains(&key) {
                fresh.push(key);
            }
        }
        if fresh.is_empty() {
            return false;
        }
        let all: Vec<Value> =
            present.into_iter().map(Value::from).chain(fresh.into_iter().cloned()).collect();
        self.0.insert(field.into(), Value::Array(all));
        true
    }

    fn remove(&mut self, field: &str, keys: &[Value]) -> bool {
        let Some(list) = self.0.get_mut(field).and_then(Value::as_array_mut) else { return false };
        let before = list.len();
        list.retain(|known| !keys.contains(known));
        list.len() != before
    }

    fn reset(&mut self, field: &str, keys: &[Value]) -> bool {
        let list: Vec<Value> = keys.iter().filter(|key| is_key(key)).cloned().collect();
        self.0.insert(field.into(), Value::Array(list.clone())) != Some(Value::Array(list))
    }

    fn flag(&mut self, field: &str, value: &[Value]) -> Result<bool, MetadataError> {
        let [Value::Bool(on)] = value else { return Err(MetadataError::Arguments) };
        Ok(self.0.insert(field.into(), json!(on)) != Some(json!(on)))
    }

    fn add_mailboxes(&mut self, value: &Value) -> Result<bool, MetadataError> {
        let added = value.as_object().ok_or(MetadataError::Arguments)?;
        let first_owner = self.owners().and_then(|owners| owners.first().map(ToString::to_string));
        let boxes = self.0.entry("mailbox").or_insert_with(|| json!({}));
        // One text belongs to the first owner; several owners need the map.
        if let Value::String(one) = boxes {
            let mut map = Map::new();
            map.insert(first_owner.unwrap_or_default(), json!(one));
            *boxes = Value::Object(map);
        }
        let map = boxes.as_object_mut().ok_or(MetadataError::Arguments)?;
        let mut changed = false;
        for (owner, address) in added.iter().filter(|(_, address)| address.is_string()) {
            changed |= map.insert(owner.clone(), address.clone()).as_ref() != Some(address);
        }
        Ok(changed)
    }

    fn remove_mailboxes(&mut self, owners: &[Value]) -> Result<bool, MetadataError> {
        let Some(map) = self.0.get_mut("mailbox").and_then(Value::as_object_mut) else { return Ok(false) };
        let before = map.len();
        map.retain(|owner, _| !owners.iter().any(|gone| gone.as_str() == Some(owner)));
        Ok(map.len() != before)
    }
}

/// 44 characters of base64: the shape of a public key.
fn is_key(value: &Value) -> bool {
    value.as_str().is_some_and(|key| {
        key.len() == 44 && key.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'=' | b'+' | b'/'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn key(letter: &str) -> String {
        format!("{}=", letter.repeat(43))
    }

    #[test]
    fn a_log_is_replayed_and_damage_passed_over() {
        let log = format!(
            "{}\n[\"ADD_ALLOWED\",[\"{b}\",\"short\"],1]\nbroken\n[\"RESTRICT_ACCESS\",[true],2]\n[\"FUTURE\",1,3]\n[\"RM_OWN",
            json!({"owners": [key("A")], "channel": "c", "created": 5}),
            b = key("B"),
        );
        let mut damaged = Vec::new();
        let metadata = Metadata::replay(log.as_bytes(), |at, _| damaged.push(at)).unwrap();
        assert_eq!(metadata.admitted(), [key("A"), key("B")]);
        assert!(metadata.is_restricted());
        assert_eq!(damaged.len(), 2);
        assert_eq!(
            metadata.to_json(),
            format!(
                r#"{{"owners":["{}"],"channel":"c","created":5,"allowed":["{}"],"restricted":true}}"#,
                key("A"),
                key("B")
            )
        );
    }

    #[test]
    fn creation_makes_the_expiry_absolute_and_drops_the_request() {
        let sent = json!({"expire": 1, "forcePlaceholder": true, "validateKey": "k"});
        let made = Metadata::create(sent.as_object().unwrap().clone(), "c", 1000);
        assert_eq!(made.to_json(), r#"{"expire":2000,"validateKey":"k","channel":"c","created":1000}"#);
        assert_eq!(made.expires(), Some(2000));
    }

    #[test]
    fn owners_that_are_a_text_are_no_owners_and_crash_nothing() {
        let fields = json!({"owners": key("A"), "allowed": 7, "expire": "x"});
        let mut metadata = Metadata::new(fields.as_object().unwrap().clone());
        assert_eq!(metadata.owners(), None);
        assert!(metadata.admitted().is_empty());
        assert_eq!(metadata.expires(), None);
        assert_eq!(metadata.apply("RM_OWNERS", &json!([key("A")])), Ok(false));
        assert_eq!(metadata.apply("RESTRICT_ACCESS", &json!(true)), Err(MetadataError::Arguments));
    }

    #[test]
    fn an_added_owner_is_no_longer_pending_and_mailboxes_become_a_map() {
        let fields = json!({"owners": [key("A")], "pending_owners": [key("B")], "mailbox": "one"});
        let mut metadata = Metadata::new(fields.as_object().unwrap().clone());
        assert_eq!(metadata.apply("ADD_OWNERS", &json!([key("B")])), Ok(true));
        assert_eq!(metadata.apply("ADD_OWNERS", &json!([key("B")])), Ok(false));
        assert!(metadata.pending_owners().is_empty());
        assert_eq!(metadata.apply("ADD_MAILBOX", &json!({key("B"): "two"})), Ok(true));
        assert_eq!(metadata.as_value()["mailbox"], json!({key("A"): "one", key("B"): "two"}));
        assert_eq!(metadata.apply("RM_MAILBOX", &json!([key("A")])), Ok(true));
    }

    proptest! {
        #[test]
        fn any_log_is_replayed(
            first in r#"(\{\}|\{"owners":("x"|7|\[7,"x"\]),"mailbox":("x"|\[\]|\{\})\}|.{0,20})"#,
            rest in r#"(\["(ADD|RM|RESET)_(OWNERS|ALLOWED|MAILBOX|PENDING_OWNERS)",(7|\{"a":"b"\}|\["x",null\])\]\n|.{0,20}\n){0,8}"#,
        ) {
            if let Some(metadata) = Metadata::replay(format!("{first}\n{rest}").as_bytes(), |_, _| {}) {
                let _ = (metadata.admitted(), metadata.expires(), metadata.is_restricted());
            }
        }
    }
}
