//! A team as the account document names it (PROTOCOL.md section 16.1).

use crate::crypto::message::MessageKeys;
use crate::crypto::sign::SigningKey;
use crate::encoding::{decode_base64, encode_base64};
use crate::error::{Code, Error};
use crate::href::{self, HrefCipher};
use crate::ids::{ChannelId, EdPublic};
use crate::json::{Object, Value};
use crate::team::TeamKeys;

/// What an account holds of one team.
#[derive(Debug, Clone)]
pub struct Team {
    /// The entry's key in the account document.
    pub id: String,
    /// The team's name as it was last seen.
    pub name: Option<String>,
    /// The team's document.
    pub channel: ChannelId,
    /// What opens it.
    pub keys: MessageKeys,
    /// Whether the account may only look.
    pub read_only: bool,
    /// What opens the edit links in it; viewers have none.
    pub links: Option<HrefCipher>,
    /// The key that the team's pins are signed with.
    pub ed_public: EdPublic,
    /// What opens the roster.
    pub roster: TeamKeys,
    /// What the pin rules take from the entry: the channels it names, and none of its secrets.
    pub(crate) entry: Value,
}

impl Team {
    /// The teams that an account document names, by their keys there.
    pub fn ids(document: &Value) -> Vec<String> {
        let teams = document.get("teams").and_then(Value::as_object);
        teams.into_iter().flat_map(|t| t.keys()).map(|id| id.to_string_lossy().into_owned()).collect()
    }

    /// The name of a team, whatever else is wrong with its entry.
    pub fn name_of(document: &Value, id: &str) -> Option<String> {
        let metadata = document.get("teams")?.get(id)?.get("metadata")?;
        metadata.get("name").and_then(Value::as_str).map(str::to_owned)
    }

    /// Reads the entry of a team.
    ///
    /// # Errors
    /// `team/absent` when there is none; `team/malformed` when its links and keys do not belong together;
    /// `team/foreign-key` when it names what is the account's or another team's.
    pub fn read(document: &Value, id: &str) -> Result<Self, Error> {
        let entry = document.get("teams").and_then(|teams| teams.get(id));
        let entry = entry.ok_or_else(|| Error::new(Code::TeamAbsent, "the account has no such team"))?;
        let malformed = |why: &'static str| Error::new(Code::TeamMalformed, why);
        let text = |field| entry.get(field).and_then(Value::as_str).filter(|text| !text.is_empty());
        let hash = text("hash").or(text("roHash")).ok_or_else(|| malformed("the team has no link"))?;
        let secrets = href::secrets_from_hash("team", hash, text("password"))
            .map_err(|_| malformed("the team's link cannot be read"))?;
        let channel = secrets
            .channel
            .as_deref()
            .and_then(ChannelId::parse)
            .filter(|channel| text("channel") == Some(channel.as_str()))
            .ok_or_else(|| malformed("the team's link leads to another channel"))?;
        // An older link leads wherever its text says: to the account document, or to somebody's folder.
        if secrets.version != Some(2) {
            return Err(malformed("the team's link is of a version that teams never had"));
        }
        let links = secrets.keys.as_ref().and_then(|keys| keys.secondary_key.as_ref());
        let keys = secrets.message_keys().map_err(|_| malformed("the team's link carries no key"))?;
        let ed_public = key_entry(entry, "drive")
            .and_then(|drive| EdPublic::parse(drive.get("edPublic")?.as_str()?))
            .filter(is_spelled_as_one)
            .ok_or_else(|| malformed("the team names no signing key"))?;
        let roster = roster_keys(entry).ok_or_else(|| malformed("the roster's keys cannot be read"))?;
        if roster.channel == channel {
            return Err(malformed("the roster is the team's document"));
        }
        if document.get("edPublic").and_then(Value::as_str) == Some(ed_public.as_str()) {
            return Err(foreign("the team names the account's own key"));
        }
        // Whoever holds the secret half of a key is the one that it belongs to.
        if signing_key(entry).is_none() && rivals(document, &channel, &ed_public).next().is_some() {
            return Err(foreign("the team names the key of another team"));
        }
        Ok(Self {
            id: id.to_owned(),
            name: Self::name_of(document, id),
            channel,
            read_only: !secrets.can_edit(),
            links: links.and_then(|key| HrefCipher::new(key).ok()),
            keys,
            ed_public,
            roster,
            entry: channels_of(entry),
        })
    }

    /// The documents of other teams that hold this team's key as well, both halves of it. Two entries of one team are
    /// one team.
    pub fn rivals<'d>(&'d self, document: &'d Value) -> impl Iterator<Item = &'d str> {
        rivals(document, &self.channel, &self.ed_public)
    }

    /// Whether one of the account's teams pins under this key.
    pub fn owns(document: &Value, public: &EdPublic) -> bool {
        let teams = document.get("teams").and_then(Value::as_object);
        let key = |entry: &Value| key_entry(entry, "drive")?.get("edPublic")?.as_str().map(str::to_owned);
        teams.into_iter().flat_map(|t| t.values()).any(|entry| key(entry).as_deref() == Some(public.as_str()))
    }

    /// The keys that sign for the teams of an account, where it holds them.
    pub fn signing_keys(document: &Value) -> Vec<(EdPublic, SigningKey)> {
        let teams = document.get("teams").and_then(Value::as_object);
        teams.into_iter().flat_map(|t| t.values()).filter_map(signing_key).collect()
    }
}

fn rivals<'d>(
    document: &'d Value,
    channel: &'d ChannelId,
    ed_public: &'d EdPublic,
) -> impl Iterator<Item = &'d str> {
    let teams = document.get("teams").and_then(Value::as_object);
    let others = teams.into_iter().flat_map(|teams| teams.values());
    others.filter_map(move |entry| {
        let other =
            entry.get("channel").and_then(Value::as_str).filter(|other| *other != channel.as_str())?;
        // Most teams have another key, and that is cheap to see.
        let named = key_entry(entry, "drive")?.get("edPublic")?.as_str()?;
        (named == ed_public.as_str() && signing_key(entry).is_some()).then_some(other)
    })
}

/// The team acts for somebody else.
pub(crate) fn foreign(why: &'static str) -> Error {
    Error::new(Code::TeamForeignKey, why)
}

fn signing_key(entry: &Value) -> Option<(EdPublic, SigningKey)> {
    let drive = key_entry(entry, "drive")?;
    let public = EdPublic::parse(drive.get("edPublic")?.as_str()?)?;
    let key = SigningKey::from_base64(drive.get("edPrivate")?.as_str()?).ok()?;
    // Halves that do not belong together sign nothing that the server would take.
    (key.verifying_key().to_base64() == public.as_str()).then_some((public, key))
}

/// A key has one spelling: in another it would not be seen to be the same.
fn is_spelled_as_one(key: &EdPublic) -> bool {
    decode_base64(key.as_str())
        .is_some_and(|bytes| bytes.len() == 32 && encode_base64(&bytes) == key.as_str())
}

fn roster_keys(entry: &Value) -> Option<TeamKeys> {
    let roster = key_entry(entry, "roster")?;
    let text = |field| roster.get(field).and_then(Value::as_str).filter(|text| !text.is_empty());
    let keys = match text("edit") {
        Some(seed) => TeamKeys::from_seed(seed),
        None => TeamKeys::from_view_key(text("view")?),
    };
    keys.ok().filter(|keys| text("channel") == Some(keys.channel.as_str()))
}

/// The entry without everything but the public key and the channels of chat, roster and mailbox.
fn channels_of(entry: &Value) -> Value {
    let mut keys = Object::new();
    for (part, field) in
        [("drive", "edPublic"), ("chat", "channel"), ("roster", "channel"), ("mailbox", "channel")]
    {
        if let Some(value) = key_entry(entry, part).and_then(|holder| holder.get(field)) {
            let mut holder = Object::new();
            holder.insert(field, value.clone());
            keys.insert(part, holder);
        }
    }
    let mut kept = Object::new();
    if let Some(channel) = entry.get("channel") {
        kept.insert("channel", channel.clone());
    }
    kept.insert("keys", keys);
    kept.into()
}

fn key_entry<'a>(entry: &'a Value, part: &str) -> Option<&'a Value> {
    entry.get("keys")?.get(part)
}
