//! A team: its entry in the account document (PROTOCOL.md 16.1), and its own document.

use super::account::{calendars, channel_in};
use super::{Mailbox, Tables, field};
use crate::json::{Object, Text, Value};

/// The document of a team.
#[derive(Debug, Clone, Copy)]
pub struct TeamDoc<'d>(&'d Value);

impl<'d> TeamDoc<'d> {
    /// The document as it was read.
    pub const fn of(document: &'d Value) -> Self {
        Self(document)
    }

    /// Its drive.
    pub fn drive(self) -> Tables<'d> {
        Tables::of_drive(self.0)
    }

    /// The channels of the calendars.
    pub fn calendars(self) -> impl Iterator<Item = &'d Text> {
        calendars(self.0)
    }
}

/// What an account document says of a team: links, keys, channels. Whoever invited wrote it.
#[derive(Debug, Clone, Copy)]
pub struct TeamEntry<'d> {
    id: Option<&'d Text>,
    entry: &'d Value,
}

impl<'d> TeamEntry<'d> {
    pub(super) const fn named(id: &'d Text, entry: &'d Value) -> Self {
        Self { id: Some(id), entry }
    }

    /// The entry alone.
    pub const fn of(entry: &'d Value) -> Self {
        Self { id: None, entry }
    }

    /// Its key in the account document; none of one that stands alone.
    pub const fn id(self) -> Option<&'d Text> {
        self.id
    }

    fn plain(self, field: &str) -> Option<&'d str> {
        self.entry.get(field).and_then(Value::as_str).filter(|text| !text.is_empty())
    }

    /// What one of its parts has under a field: the drive, the roster, the chat, the mailbox.
    fn part(self, part: &str) -> Option<&'d Value> {
        self.entry.get(field::KEYS)?.get(part)
    }

    fn in_part(self, part: &str, field: &str) -> Option<&'d str> {
        self.part(part)?.get(field)?.as_str()
    }

    /// The channel of the team's document.
    pub fn channel(self) -> Option<&'d Text> {
        channel_in(self.entry)
    }

    /// The hash of its edit link, else of its view link.
    pub fn hash(self) -> Option<&'d str> {
        self.plain("hash").or(self.plain("roHash"))
    }

    /// The password of the link.
    pub fn password(self) -> Option<&'d str> {
        self.plain(field::PASSWORD)
    }

    /// The name it was last seen under.
    pub fn name(self) -> Option<&'d str> {
        self.entry.get(field::METADATA)?.get(field::NAME)?.as_str()
    }

    /// The key that the team's pins are signed with.
    pub fn ed_public(self) -> Option<&'d str> {
        self.in_part(DRIVE, field::ED_PUBLIC)
    }

    /// Whether anything stands in the place of that key.
    pub(crate) fn has_ed_public(self) -> bool {
        self.part(DRIVE).and_then(|drive| drive.get(field::ED_PUBLIC)).is_some_and(Value::truthy)
    }

    /// The secret half of that key.
    pub fn ed_private(self) -> Option<&'d str> {
        self.in_part(DRIVE, field::ED_PRIVATE)
    }

    /// The channels of chat, roster and mailbox.
    pub fn channels(self) -> [Option<&'d Text>; 3] {
        [CHAT, ROSTER, field::MAILBOX].map(|part| channel_in(self.part(part)?))
    }

    /// The roster: its channel, the seed of its keys if the account may write there, and the key to read it.
    pub fn roster(self) -> [Option<&'d str>; 3] {
        [field::CHANNEL, "edit", "view"]
            .map(|field| self.in_part(ROSTER, field).filter(|text| !text.is_empty()))
    }

    /// The team's mailbox.
    pub fn mailbox(self) -> Option<Mailbox<'d>> {
        self.part(field::MAILBOX).map(Mailbox::of)
    }

    /// The entry without everything but the public key and the channels of team, chat, roster and mailbox.
    pub(crate) fn without_secrets(self) -> Value {
        let mut keys = Object::new();
        for (part, field) in [
            (DRIVE, field::ED_PUBLIC),
            (CHAT, field::CHANNEL),
            (ROSTER, field::CHANNEL),
            (field::MAILBOX, field::CHANNEL),
        ] {
            if let Some(value) = self.part(part).and_then(|holder| holder.get(field)) {
                let mut holder = Object::new();
                holder.insert(field, value.clone());
                keys.insert(part, holder);
            }
        }
        let mut kept = Object::new();
        if let Some(channel) = self.entry.get(field::CHANNEL) {
            kept.insert(field::CHANNEL, channel.clone());
        }
        kept.insert(field::KEYS, keys);
        kept.into()
    }
}

/// The parts of a team that have keys; the fourth is the mailbox.
const DRIVE: &str = "drive";
const CHAT: &str = "chat";
use super::field::ROSTER;
