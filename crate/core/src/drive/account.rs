//! The parts of the account document that are not its drive (PROTOCOL.md section 14.1).

use crate::crypto::curve::CurvePair;
use crate::crypto::sign::SigningKey;
use crate::ids::{BlockId, ChannelId, EdPublic, MessageHash};
use crate::json::Value;
use crate::mailbox::letter::MailboxKeys;

/// Who signed in, and under which keys. The document may change; these do not during a session.
#[derive(Debug, Clone)]
pub struct Account {
    drive_channel: ChannelId,
    block_id: Option<BlockId>,
    ed_public: Option<EdPublic>,
    display_name: Option<String>,
    admin: bool,
}

/// What the rules need to know beyond the documents.
#[derive(Debug, Clone, Copy)]
pub struct Listed<'a> {
    /// The channel of the account document.
    pub drive_channel: &'a str,
    /// Whether the instance lists this account among its administrators.
    pub admin: bool,
}

/// A mailbox that the account names.
#[derive(Debug, Clone)]
pub struct MailboxEntry {
    /// `notifications`, `broadcast`, `supportteam`.
    pub name: String,
    /// Where its letters are.
    pub channel: ChannelId,
    /// Everything up to and including this is dismissed.
    pub last_known: Option<MessageHash>,
    /// Letters after it that are dismissed.
    pub viewed: Vec<MessageHash>,
    /// What opens the letters; `None` where they are plain text (broadcast).
    pub keys: Option<MailboxKeys>,
}

impl Account {
    /// Reads what a session needs from the document.
    pub fn read(
        document: &Value,
        drive_channel: ChannelId,
        block_id: Option<BlockId>,
        admin_keys: &[String],
    ) -> Self {
        let ed_public = document.get("edPublic").and_then(Value::as_str).and_then(EdPublic::parse);
        let admin = ed_public.as_ref().is_some_and(|own| admin_keys.iter().any(|key| key == own.as_str()));
        let display_name = document.get("cryptpad.username").and_then(Value::as_str).map(str::to_owned);
        Self { drive_channel, block_id, ed_public, display_name, admin }
    }

    /// The channel of the account document.
    pub fn drive_channel(&self) -> &ChannelId {
        &self.drive_channel
    }

    /// The log-in block, if the account has one (legacy accounts do not).
    pub fn block_id(&self) -> Option<&BlockId> {
        self.block_id.as_ref()
    }

    /// The key that signs the account's calls.
    pub fn ed_public(&self) -> Option<&EdPublic> {
        self.ed_public.as_ref()
    }

    /// The name the user chose to be shown under.
    pub fn display_name(&self) -> Option<&str> {
        self.display_name.as_deref()
    }

    /// What the pin rules need to know beyond the documents.
    pub fn listed(&self) -> Listed<'_> {
        Listed { drive_channel: self.drive_channel.as_str(), admin: self.admin }
    }

    /// The signing key in the document, if it is there and fits the public one.
    pub fn signing_key(&self, document: &Value) -> Option<SigningKey> {
        let key = document
            .get("edPrivate")
            .and_then(Value::as_str)
            .and_then(|text| SigningKey::from_base64(text).ok())?;
        (self.ed_public.as_ref().map(EdPublic::as_str) == Some(key.verifying_key().to_base64().as_str()))
            .then_some(key)
    }

    /// The mailboxes that can be read (PROTOCOL.md 18.1).
    pub fn mailboxes(document: &Value) -> Vec<MailboxEntry> {
        let Some(boxes) = document.get("mailboxes").and_then(Value::as_object) else { return Vec::new() };
        boxes.iter().filter_map(|(name, entry)| mailbox(document, name.as_str()?, entry)).collect()
    }
}

fn mailbox(document: &Value, name: &str, entry: &Value) -> Option<MailboxEntry> {
    let keys_in = match name {
        "notifications" => Some(document),
        "supportteam" => Some(entry.get("keys")?),
        "broadcast" => None,
        // An old `support` box and whatever a later client may add are not for us to guess at.
        _ => return None,
    };
    let keys = match keys_in {
        Some(holder) => Some(MailboxKeys::new(
            CurvePair::from_base64(holder.get("curvePrivate").and_then(Value::as_str)?).ok()?,
        )),
        None => None,
    };
    let hash = |value: &Value| value.as_str().and_then(MessageHash::parse);
    Some(MailboxEntry {
        name: name.to_owned(),
        channel: ChannelId::parse(entry.get("channel").and_then(Value::as_str)?)?,
        last_known: entry.get("lastKnownHash").and_then(hash),
        viewed: entry
            .get("viewed")
            .and_then(Value::as_array)
            .map(|v| v.iter().filter_map(hash).collect())
            .unwrap_or_default(),
        keys,
    })
}
