//! The document of an account (PROTOCOL.md 14.1).

use super::{Tables, TeamEntry, field};
use crate::json::{Object, Text, Value};

/// The document of an account: a drive, and beside it everything else that is the user's.
#[derive(Debug, Clone, Copy)]
pub struct AccountDoc<'d>(&'d Value);

impl<'d> AccountDoc<'d> {
    /// The document as it was read.
    pub const fn of(document: &'d Value) -> Self {
        Self(document)
    }

    fn plain(self, field: &str) -> Option<&'d str> {
        self.0.get(field).and_then(Value::as_str)
    }

    /// Its drive.
    pub fn drive(self) -> Tables<'d> {
        Tables::of_drive(self.0)
    }

    /// Whether it is of an account that a newer one replaced.
    pub fn is_deprecated(self) -> bool {
        self.0.get("deprecated").is_some_and(Value::truthy)
    }

    /// The key that signs the account's calls.
    pub fn ed_public(self) -> Option<&'d str> {
        self.plain(field::ED_PUBLIC)
    }

    /// The secret half of that key.
    pub fn ed_private(self) -> Option<&'d str> {
        self.plain(field::ED_PRIVATE)
    }

    /// The key that letters to the account are written for.
    pub fn curve_public(self) -> Option<&'d str> {
        self.plain(field::CURVE_PUBLIC)
    }

    /// The secret half of that key.
    pub fn curve_private(self) -> Option<&'d str> {
        self.plain(field::CURVE_PRIVATE)
    }

    /// The name the user chose to be shown under.
    pub fn display_name(self) -> Option<&'d str> {
        self.plain(field::DISPLAY_NAME)
    }

    /// The account's teams.
    pub fn teams(self) -> impl Iterator<Item = TeamEntry<'d>> {
        rows(self.0, field::TEAMS).map(|(id, entry)| TeamEntry::named(id, entry))
    }

    /// The entries of the teams as they are stored.
    pub fn team_rows(self) -> impl Iterator<Item = (&'d Text, &'d Value)> {
        rows(self.0, field::TEAMS)
    }

    /// The entries of the calendars as they are stored.
    pub fn calendar_rows(self) -> impl Iterator<Item = (&'d Text, &'d Value)> {
        rows(self.0, field::CALENDARS)
    }

    /// One team.
    pub fn team(self, id: &str) -> Option<TeamEntry<'d>> {
        let (id, entry) = self.0.get(field::TEAMS)?.as_object()?.row(id)?;
        Some(TeamEntry::named(id, entry))
    }

    /// The account's own mailboxes, by name.
    pub fn mailboxes(self) -> impl Iterator<Item = (&'d Text, Mailbox<'d>)> {
        rows(self.0, field::MAILBOXES).map(|(name, entry)| (name, Mailbox(entry)))
    }

    /// One mailbox of the account's own.
    pub fn mailbox(self, name: &str) -> Option<Mailbox<'d>> {
        self.0.get(field::MAILBOXES)?.get(name).map(Mailbox)
    }

    /// The contacts by their curve keys, and the channel of the chat with each. `me` is the account itself.
    pub fn friends(self) -> impl Iterator<Item = (&'d Text, Option<&'d Text>)> {
        rows(self.0, field::FRIENDS).map(|(key, friend)| (key, channel_in(friend)))
    }

    /// The people whose letters are not wanted, by their curve keys.
    pub fn muted(self) -> impl Iterator<Item = &'d Text> {
        rows(self.0, "mutedUsers").map(|(key, _)| key)
    }

    /// The channels of the calendars.
    pub fn calendars(self) -> impl Iterator<Item = &'d Text> {
        calendars(self.0)
    }

    /// The hash of the profile's edit link.
    pub fn profile(self) -> Option<&'d str> {
        self.of_profile("edit")
    }

    /// The link of the profile's picture.
    pub fn avatar(self) -> Option<&'d str> {
        self.of_profile(field::AVATAR)
    }

    fn of_profile(self, field: &str) -> Option<&'d str> {
        self.0.get(field::PROFILE)?.get(field)?.as_str().filter(|text| !text.is_empty())
    }

    /// The hash of the link of an old to-do list.
    pub fn todo(self) -> Option<&'d str> {
        self.plain("todo").filter(|hash| !hash.is_empty())
    }

    /// What the account says of itself in a letter, under the names that letters have for it.
    pub fn introduction(self) -> impl Iterator<Item = (&'static str, &'d Text)> {
        let path = move |path: &[&str]| path.iter().try_fold(self.0, |at, key| at.get(key));
        let fields: [(_, &[_]); 7] = [
            ("displayName", &[field::DISPLAY_NAME]),
            ("profile", &[field::PROFILE, "view"]),
            ("edPublic", &[field::ED_PUBLIC]),
            ("curvePublic", &[field::CURVE_PUBLIC]),
            ("notifications", &[field::MAILBOXES, field::NOTIFICATIONS, field::CHANNEL]),
            ("avatar", &[field::PROFILE, field::AVATAR]),
            ("uid", &["uid"]),
        ];
        fields.into_iter().filter_map(move |(name, from)| Some((name, path(from)?.as_text()?)))
    }
}

/// The entry of a mailbox (PROTOCOL.md 18.1): of the account's own, or of a team's.
#[derive(Debug, Clone, Copy)]
pub struct Mailbox<'d>(&'d Value);

impl<'d> Mailbox<'d> {
    pub(super) const fn of(entry: &'d Value) -> Self {
        Self(entry)
    }

    /// Where its letters are.
    pub fn channel(self) -> Option<&'d Text> {
        channel_in(self.0)
    }

    /// The secret key that opens its letters, where the entry has keys of its own.
    pub fn curve_private(self) -> Option<&'d str> {
        self.0.get(field::KEYS)?.get(field::CURVE_PRIVATE)?.as_str()
    }

    /// Up to which letter all are dismissed.
    pub fn last_known(self) -> Option<&'d str> {
        self.0.get(field::LAST_KNOWN)?.as_str()
    }

    /// The letters after that which are dismissed.
    pub fn viewed(self) -> impl Iterator<Item = &'d str> {
        let viewed = self.0.get(field::VIEWED).and_then(Value::as_array).unwrap_or_default();
        viewed.iter().filter_map(Value::as_str)
    }

    /// Another field of the entry.
    pub fn get(self, field: &str) -> Option<&'d Value> {
        self.0.get(field)
    }
}

/// The rows of an object under a field.
pub(super) fn rows<'d>(holder: &'d Value, field: &str) -> impl Iterator<Item = (&'d Text, &'d Value)> {
    holder.get(field).and_then(Value::as_object).into_iter().flat_map(Object::iter)
}

/// The channel that something names, whatever the text is.
pub(super) fn channel_in(holder: &Value) -> Option<&Text> {
    holder.get(field::CHANNEL)?.as_text()
}

pub(super) fn calendars(holder: &Value) -> impl Iterator<Item = &Text> {
    rows(holder, field::CALENDARS).filter_map(|(_, calendar)| channel_in(calendar))
}
