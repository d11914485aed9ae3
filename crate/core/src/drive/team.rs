//! A team as the account document names it (PROTOCOL.md section 16.1).

use crate::crypto::message::MessageKeys;
use crate::crypto::sign::SigningKey;
use crate::document::{AccountDoc, TeamEntry};
use crate::encoding::{decode_base64, encode_base64};
use crate::error::{Code, Error};
use crate::href::{self, HrefCipher};
use crate::ids::{ChannelId, EdPublic};
use crate::json::{Text, Value};
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
        let ids = AccountDoc::of(document).teams().filter_map(TeamEntry::id);
        ids.map(|id| id.to_string_lossy().into_owned()).collect()
    }

    /// The name of a team, whatever else is wrong with its entry.
    pub fn name_of(document: &Value, id: &str) -> Option<String> {
        AccountDoc::of(document).team(id)?.name().map(str::to_owned)
    }

    /// Reads the entry of a team.
    ///
    /// # Errors
    /// `team/absent` when there is none; `team/malformed` when its links and keys do not belong together;
    /// `team/foreign-key` when it names what is the account's or another team's.
    pub fn read(document: &Value, id: &str) -> Result<Self, Error> {
        let entry = AccountDoc::of(document).team(id);
        let entry = entry.ok_or_else(|| Error::new(Code::TeamAbsent, "the account has no such team"))?;
        let malformed = |why: &'static str| Error::new(Code::TeamMalformed, why);
        let hash = entry.hash().ok_or_else(|| malformed("the team has no link"))?;
        let secrets = href::secrets_from_hash("team", hash, entry.password())
            .map_err(|_| malformed("the team's link cannot be read"))?;
        let channel = secrets
            .channel
            .as_deref()
            .and_then(ChannelId::parse)
            .filter(|channel| entry.channel().is_some_and(|named| *named == channel.as_str()))
            .ok_or_else(|| malformed("the team's link leads to another channel"))?;
        // An older link leads wherever its text says: to the account document, or to somebody's folder.
        if secrets.version != Some(2) {
            return Err(malformed("the team's link is of a version that teams never had"));
        }
        let links = secrets.keys.as_ref().and_then(|keys| keys.secondary_key.as_ref());
        let keys = secrets.message_keys().map_err(|_| malformed("the team's link carries no key"))?;
        let ed_public = entry
            .ed_public()
            .and_then(EdPublic::parse)
            .filter(is_spelled_as_one)
            .ok_or_else(|| malformed("the team names no signing key"))?;
        let roster = roster_keys(entry).ok_or_else(|| malformed("the roster's keys cannot be read"))?;
        if roster.channel == channel {
            return Err(malformed("the roster is the team's document"));
        }
        if AccountDoc::of(document).ed_public() == Some(ed_public.as_str()) {
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
            entry: entry.without_secrets(),
        })
    }

    /// The documents of other teams that hold this team's key as well, both halves of it. Two entries of one team are
    /// one team.
    pub fn rivals<'d>(&'d self, document: &'d Value) -> impl Iterator<Item = &'d str> {
        rivals(document, &self.channel, &self.ed_public)
    }

    /// Whether one of the account's teams pins under this key.
    pub fn owns(document: &Value, public: &EdPublic) -> bool {
        AccountDoc::of(document).teams().any(|entry| entry.ed_public() == Some(public.as_str()))
    }

    /// The keys that sign for the teams of an account, where it holds them.
    pub fn signing_keys(document: &Value) -> Vec<(EdPublic, SigningKey)> {
        AccountDoc::of(document).teams().filter_map(signing_key).collect()
    }
}

fn rivals<'d>(
    document: &'d Value,
    channel: &'d ChannelId,
    ed_public: &'d EdPublic,
) -> impl Iterator<Item = &'d str> {
    AccountDoc::of(document).teams().filter_map(move |entry| {
        let other = entry.channel().and_then(Text::as_str).filter(|other| *other != channel.as_str())?;
        // Most teams have another key, and that is cheap to see.
        (entry.ed_public()? == ed_public.as_str() && signing_key(entry).is_some()).then_some(other)
    })
}

/// The team acts for somebody else.
pub(crate) fn foreign(why: &'static str) -> Error {
    Error::new(Code::TeamForeignKey, why)
}

fn signing_key(entry: TeamEntry<'_>) -> Option<(EdPublic, SigningKey)> {
    let public = EdPublic::parse(entry.ed_public()?)?;
    let key = SigningKey::from_base64(entry.ed_private()?).ok()?;
    // Halves that do not belong together sign nothing that the server would take.
    (key.verifying_key().to_base64() == public.as_str()).then_some((public, key))
}

/// A key has one spelling: in another it would not be seen to be the same.
fn is_spelled_as_one(key: &EdPublic) -> bool {
    decode_base64(key.as_str())
        .is_some_and(|bytes| bytes.len() == 32 && encode_base64(&bytes) == key.as_str())
}

fn roster_keys(entry: TeamEntry<'_>) -> Option<TeamKeys> {
    let [channel, edit, view] = entry.roster();
    let keys = match edit {
        Some(seed) => TeamKeys::from_seed(seed),
        None => TeamKeys::from_view_key(view?),
    };
    keys.ok().filter(|keys| channel == Some(keys.channel.as_str()))
}
