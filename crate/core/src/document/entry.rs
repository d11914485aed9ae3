//! One entry of a drive or folder, as it is stored (PROTOCOL.md 14.3, 15.1).

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use super::field;
use crate::error::{Code, Error};
use crate::href::{HrefCipher, href_to_channel, readable_href};
use crate::json::{MAX_SAFE_INTEGER, Object, Text, Value};
use crate::ports::{Entropy, UnixMillis};

/// The number of an entry, unique within its drive or folder: below 2^53 (PROTOCOL.md 13.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EntryId(u64);

impl EntryId {
    /// Reads the key of an entry: a number in decimal, without leading zeros.
    pub fn parse(text: &str) -> Option<Self> {
        let number: u64 = text.parse().ok()?;
        (number.to_string() == text).then(|| Self::new(number))?
    }

    /// The id of a number below 2^53.
    pub fn new(number: u64) -> Option<Self> {
        (number < MAX_SAFE_INTEGER).then_some(Self(number))
    }

    /// A number nobody has drawn before.
    ///
    /// # Errors
    /// `host/no-entropy`.
    pub fn draw(entropy: &mut impl Entropy) -> Result<Self, Error> {
        let mut bytes = [0; 8];
        entropy.fill(&mut bytes)?;
        // 0 is no entry: the real client skips it.
        Ok(Self(1 + u64::from_le_bytes(bytes) % (MAX_SAFE_INTEGER - 1)))
    }

    /// As it stands for a key; `Display` writes the same.
    pub fn key(self) -> String {
        self.0.to_string()
    }

    /// As it stands in the tree.
    pub(crate) fn number(self) -> f64 {
        self.0 as f64
    }

    /// The entry that an element of the tree is.
    pub(crate) fn of(element: &Value) -> Option<Self> {
        element.as_u64().and_then(Self::new)
    }

    pub(crate) fn is(self, element: &Value) -> bool {
        Self::of(element) == Some(self)
    }

    pub(crate) fn next(self) -> Self {
        Self(self.0 % (MAX_SAFE_INTEGER - 1) + 1)
    }
}

impl fmt::Display for EntryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for EntryId {
    type Err = Error;

    /// As [`Self::parse`], with a reason.
    ///
    /// # Errors
    /// `misuse/bad-argument`: the text is not the number of an entry.
    fn from_str(text: &str) -> Result<Self, Error> {
        Self::parse(text).ok_or_else(|| Error::new(Code::MisuseBadArgument, "not the number of an entry"))
    }
}

impl TryFrom<u64> for EntryId {
    type Error = Error;

    /// As [`Self::new`], with a reason.
    fn try_from(number: u64) -> Result<Self, Error> {
        Self::new(number).ok_or_else(|| Error::new(Code::MisuseBadArgument, "not the number of an entry"))
    }
}

/// What an entry is, and so which table holds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A document or file: `filesData`.
    File,
    /// A shared folder: `sharedFolders`.
    SharedFolder,
    /// An external link: `static`. It has no channel.
    Link,
}

impl Kind {
    /// All tables, in the order in which entries are listed.
    pub const ALL: [Self; 3] = [Self::File, Self::SharedFolder, Self::Link];

    /// The field that holds the table.
    pub(crate) const fn table(self) -> &'static str {
        match self {
            Self::File => field::FILES,
            Self::Link => field::STATICS,
            Self::SharedFolder => field::SHARED_FOLDERS,
        }
    }

    /// The field of an entry that holds its title.
    pub(crate) const fn title(self) -> &'static str {
        match self {
            Self::File => field::TITLE,
            Self::Link => field::NAME,
            Self::SharedFolder => field::LAST_TITLE,
        }
    }
}

/// An entry: which it is, and what it says. Whoever may write in the document may have written anything.
///
/// Links and passwords are lent and never copied: they are secrets.
#[derive(Clone, Copy)]
pub struct Entry<'d> {
    kind: Kind,
    key: Option<&'d Text>,
    fields: Option<&'d Object>,
}

impl<'d> Entry<'d> {
    /// An entry that stands in no table: one that is kept elsewhere, or is about to be put somewhere.
    pub fn alone(kind: Kind, fields: &'d Value) -> Self {
        Self { kind, key: None, fields: fields.as_object() }
    }

    /// As [`Self::alone`], of an object.
    pub(crate) const fn with_fields(kind: Kind, fields: &'d Object) -> Self {
        Self { kind, key: None, fields: Some(fields) }
    }

    pub(super) fn in_table(kind: Kind, key: &'d Text, fields: &'d Value) -> Self {
        Self { kind, key: Some(key), fields: fields.as_object() }
    }

    /// The table it is in.
    pub const fn kind(self) -> Kind {
        self.kind
    }

    /// Its number in the table, as it is spelled there. `None` of one that stands in no table, and of one in the
    /// format before numbers.
    pub const fn key(self) -> Option<&'d Text> {
        self.key
    }

    /// Its number in the table, if the key is one.
    pub fn id(self) -> Option<EntryId> {
        EntryId::parse(self.key?.as_str()?)
    }

    /// Its fields. `None` where something else than an object is stored.
    pub const fn fields(self) -> Option<&'d Object> {
        self.fields
    }

    fn get(self, field: &str) -> Option<&'d Value> {
        self.fields?.get(field)
    }

    /// A text that may hold lone surrogates; an empty one is not there.
    fn text(self, field: &str) -> Option<&'d Text> {
        self.get(field).and_then(Value::as_text).filter(|text| !text.is_empty())
    }

    fn plain(self, field: &str) -> Option<&'d str> {
        self.text(field).and_then(Text::as_str)
    }

    fn is_set(self, field: &str) -> bool {
        self.get(field).is_some_and(Value::truthy)
    }

    /// The channel that it names.
    pub fn channel(self) -> Option<&'d Text> {
        self.text(field::CHANNEL)
    }

    /// Whether CryptPad's client takes it for an entry that names its channel, whatever stands there.
    pub(crate) fn has_channel(self) -> bool {
        self.is_set(field::CHANNEL)
    }

    /// Its link: plain, or the ciphertext of one. Old drives have view links here as well.
    pub fn href(self) -> Option<&'d str> {
        self.plain(field::HREF)
    }

    /// Its view link.
    pub fn view_href(self) -> Option<&'d str> {
        self.plain(field::RO_HREF)
    }

    /// Its password.
    pub fn password(self) -> Option<&'d str> {
        self.plain(field::PASSWORD)
    }

    /// The best link that can be read: `links` opens encrypted ones.
    pub fn readable_href(self, links: Option<&HrefCipher>) -> Option<Cow<'d, str>> {
        readable_href(self.href(), self.view_href(), links)
    }

    /// The channel that the best link leads to.
    pub fn leads_to(self, links: Option<&HrefCipher>) -> Option<String> {
        href_to_channel(&self.readable_href(links)?, self.password()).ok().flatten()
    }

    /// The texts of both links, whatever they are worth.
    pub(crate) fn links(self) -> [Option<&'d Text>; 2] {
        [field::HREF, field::RO_HREF].map(|field| self.text(field))
    }

    /// What opens it, as it is stored: both links, the password, the channel. Two states of an entry with the same have
    /// the same link.
    pub(crate) fn opening(self) -> [Option<&'d Text>; 4] {
        [field::HREF, field::RO_HREF, field::PASSWORD, field::CHANNEL]
            .map(|field| self.get(field).and_then(Value::as_text))
    }

    /// Its title, in the field where an entry of its kind has one.
    pub fn title(self) -> Option<&'d Text> {
        self.text(self.kind.title())
    }

    /// Its title, in whichever field an entry of any kind has one.
    pub(crate) fn any_title(self) -> Option<&'d str> {
        [field::LAST_TITLE, field::TITLE].into_iter().find_map(|field| self.get(field)?.as_str())
    }

    /// The name that somebody gave it in the drive.
    pub fn given_name(self) -> Option<&'d Text> {
        self.text(field::FILE_NAME)
    }

    /// The tags that somebody gave it.
    pub fn tags(self) -> impl Iterator<Item = &'d Text> {
        let tags = self.get(field::TAGS).and_then(Value::as_array).unwrap_or_default();
        tags.iter().filter_map(Value::as_text)
    }

    /// The real-time channel of an office document.
    pub fn real_time(self) -> Option<&'d Text> {
        self.text(field::REAL_TIME)
    }

    /// Whether anything stands in the place of the real-time channel.
    pub(crate) fn has_real_time(self) -> bool {
        self.is_set(field::REAL_TIME)
    }

    /// The channel of a form's answers.
    pub fn answers(self) -> Option<&'d Text> {
        self.text(field::ANSWERS)
    }

    /// The link of the last saved version of an office document.
    pub fn last_version(self) -> Option<&'d str> {
        self.plain(field::LAST_VERSION)
    }

    /// The images inside an office document.
    pub fn images(self) -> impl Iterator<Item = &'d Text> {
        let images = self.get(field::IMAGES).and_then(Value::as_array).unwrap_or_default();
        images.iter().filter_map(Value::as_text)
    }

    /// Whether it names a key among its owners; a single one may stand as a text.
    pub fn is_owned_by(self, key: &str) -> bool {
        let Some(owners) = self.get(field::OWNERS) else { return false };
        let is_key = |owner: &Value| owner.as_str() == Some(key);
        is_key(owners) || owners.as_array().unwrap_or_default().iter().any(is_key)
    }

    /// Whether it names any owners.
    pub fn has_owners(self) -> bool {
        self.is_set(field::OWNERS)
    }

    /// Whether its document expires.
    pub fn expires(self) -> bool {
        self.is_set(field::EXPIRES)
    }

    /// When it was entered, by the clock of the client that did it.
    pub fn created(self) -> Option<UnixMillis> {
        self.get(field::CREATED).and_then(Value::as_u64).map(UnixMillis)
    }

    /// When its document was last opened.
    pub fn opened(self) -> Option<UnixMillis> {
        self.get(field::OPENED).and_then(Value::as_u64).map(UnixMillis)
    }
}

/// Shows which entry, and none of what it says: there are keys in it.
impl fmt::Debug for Entry<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Entry").field("kind", &self.kind).field("id", &self.id()).finish_non_exhaustive()
    }
}
