//! Who sent a message: the key proves one thing, the message may claim another.

use crate::json::Value;
use crate::names::names;

/// What a message says of its sender (`content.user`). Nothing of it is proven; see [`Sender::claim`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Claims {
    /// The name to be shown under.
    pub display_name: Option<String>,
    /// The key that letters to the sender are sealed to.
    pub curve_public: Option<String>,
    /// The key that the sender signs calls with.
    pub ed_public: Option<String>,
    /// The channel of the sender's notifications.
    pub notifications: Option<String>,
    /// The sender's profile: a hash without a type.
    pub profile: Option<String>,
    /// The conversation the sender proposes.
    pub channel: Option<String>,
}

names! {
    /// How a claim stands to the proof.
    Claim, "What a message says of its sender's key: nothing, that it is the key that sealed it, or that it is another one.":
    /// The message says nothing of a key.
    None = "none",
    /// It names the key that sealed it: what else it says is that person's own word.
    Own = "own",
    /// It names another key than the one that sealed it. The real client dismisses such a message unseen
    /// (PROTOCOL.md 18.3); here it is delivered and marked.
    Foreign = "foreign",
}

/// Who sent a message.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sender {
    /// The curve key that sealed it, base64: this is proven. `None` for a broadcast, which anybody who may
    /// write there can have written.
    pub author: Option<String>,
    /// What the message says; not proven.
    pub claims: Claims,
}

impl Sender {
    /// Whether the message's claim agrees with the proof.
    pub fn claim(&self) -> Claim {
        match (&self.claims.curve_public, &self.author) {
            (None, _) => Claim::None,
            (Some(claimed), Some(author)) if claimed == author => Claim::Own,
            _ => Claim::Foreign,
        }
    }
}

impl Claims {
    pub(super) fn read(content: &Value) -> Self {
        let user = content.get("user").unwrap_or(&Value::Null);
        let text = |key| {
            let text = user.get(key).and_then(Value::as_text).filter(|text| !text.is_empty());
            text.map(|text| text.to_string_lossy().into_owned())
        };
        Self {
            display_name: text("displayName"),
            curve_public: text("curvePublic"),
            ed_public: text("edPublic"),
            notifications: text("notifications"),
            profile: text("profile"),
            channel: text("channel"),
        }
    }
}
