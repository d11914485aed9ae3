//! Shared folders: those that open, in every form, and those that do not, with the reason to expect.

use pinfold_core::error::{Code, Error};
use pinfold_core::href::HrefCipher;
use pinfold_core::json::{Object, Value, stringify};

use super::entries::{Entry, Holder, drive_object, entries};
use super::maker::Maker;
use super::parts::{self, EPOCH, Pad, entry_id, impossible, link_key, number, object, pad, texts};
use crate::server::Channel;

/// What becomes of a folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expected {
    /// It is read to its end.
    Loaded {
        /// With the view key alone.
        read_only: bool,
    },
    /// It is not, for this reason.
    Unavailable(Code),
}

/// A shared folder that was built.
#[derive(Debug, Clone)]
pub struct BuiltFolder {
    /// Its entry's key in the drive.
    pub id: String,
    /// Its channel.
    pub channel: String,
    /// What has to be pinned for the documents in it, once it is read.
    pub documents: Vec<String>,
    /// What becomes of it.
    pub expected: Expected,
    /// What it holds, if it can be read.
    pub document: Option<Value>,
    /// Its edit hash; empty where nobody can open it.
    pub hash: String,
}

/// The forms of a folder, in the order in which a mixed drive repeats them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Own,
    Foreign,
    Password,
    ReadOnly,
    Empty,
    /// From before edit links inside were encrypted.
    PlainLinks,
    /// Restricted, and this account is let in.
    Admitted,
    Restricted,
    Deleted,
    PasswordChanged,
    /// The server knows nothing of it.
    Missing,
    /// Its link is of version 0, which no folder opens with.
    NoKeys,
}

pub(super) const OPEN: [Form; 6] =
    [Form::Own, Form::Foreign, Form::Password, Form::ReadOnly, Form::PlainLinks, Form::Admitted];
pub(super) const CLOSED: [Form; 5] =
    [Form::Restricted, Form::Deleted, Form::PasswordChanged, Form::Missing, Form::NoKeys];

/// A folder, and what its entry in some drive is made of.
pub(super) struct Folder {
    pub(super) built: BuiltFolder,
    /// The pins for its contents, as a read-only holder finds them.
    stored_pins: Vec<String>,
    form: Form,
    title: String,
    password: Option<String>,
    owner: String,
    pad: Option<Pad>,
    /// The link of a folder without keys.
    old_link: String,
}

impl Folder {
    pub(super) fn make(at: usize, form: Form, documents: usize, maker: &mut Maker) -> Result<Self, Error> {
        let owner = match form {
            Form::Foreign | Form::ReadOnly | Form::Admitted | Form::Restricted => {
                parts::stranger(&mut maker.entropy)?
            }
            _ => maker.ed_public.clone(),
        };
        let password = (form == Form::Password).then(|| format!("secrèt {at}"));
        let mut folder = Self {
            built: BuiltFolder {
                id: entry_id(&mut maker.entropy).to_string(),
                channel: String::new(),
                documents: Vec::new(),
                expected: expected(form),
                document: None,
                hash: String::new(),
            },
            stored_pins: Vec::new(),
            form,
            title: format!("Folder {at}"),
            password,
            owner,
            pad: None,
            old_link: String::new(),
        };
        if form == Form::NoKeys {
            folder.built.channel = parts::channel(&mut maker.entropy)?;
            folder.old_link = format!("/drive/#{}{}", folder.built.channel, link_key(&mut maker.entropy)?);
            return Ok(folder);
        }
        let pad = pad("drive", folder.password.as_deref(), &mut maker.entropy)?;
        folder.built.channel.clone_from(&pad.channel);
        folder.built.hash.clone_from(&pad.edit);
        let count = if form == Form::Empty { 0 } else { documents };
        folder.fill(&pad, count, maker)?;
        folder.pad = Some(pad);
        Ok(folder)
    }

    fn fill(&mut self, pad: &Pad, documents: usize, maker: &mut Maker) -> Result<(), Error> {
        let cipher = cipher(pad)?;
        let holder = if self.form == Form::PlainLinks { Holder::PlainFolder } else { Holder::Keyed(&cipher) };
        let entries = entries(documents, holder, maker)?;
        let pins = |pins: fn(&Entry) -> &Vec<String>| entries.iter().flat_map(pins).cloned().collect();
        self.built.documents = pins(|entry| &entry.pins);
        self.stored_pins = pins(|entry| &entry.stored_pins);
        let (title, version) = (self.title.clone(), self.form != Form::PlainLinks);
        let content = |entries: &[Entry]| {
            let mut content = drive_object(entries);
            content.remove("trash");
            content.remove("template");
            content.insert("metadata", object([("title", title.as_str().into())]));
            if version {
                content.insert("version", 2.0);
            }
            Value::from(content)
        };
        let owners = std::slice::from_ref(&self.owner);
        let (channel, log, document) = maker.history(&pad.secrets, owners, &entries, &[], content)?;
        let log = match self.form {
            Form::Missing => return Ok(()),
            Form::Deleted => gone("ARCHIVE_OWNED"),
            Form::PasswordChanged => gone("PASSWORD_CHANGE"),
            Form::Restricted => restricted(log, parts::stranger(&mut maker.entropy)?)?,
            Form::Admitted => restricted(log, maker.ed_public.clone())?,
            _ => log,
        };
        if matches!(self.built.expected, Expected::Loaded { .. }) {
            self.built.document = Some(document);
        }
        maker.server.channels.insert(channel, log);
        Ok(())
    }

    /// The same folder as another drive holds it, under a key of its own there.
    pub(super) fn elsewhere(&self, read_only: bool, maker: &mut Maker) -> BuiltFolder {
        let mut built = self.built.clone();
        built.id = entry_id(&mut maker.entropy).to_string();
        if let Expected::Loaded { read_only: already } = built.expected {
            built.expected = Expected::Loaded { read_only: read_only || already };
        }
        built
    }

    /// What has to be pinned for it in a drive that holds it so.
    pub(super) fn pins(&self, expected: Expected) -> impl Iterator<Item = &String> {
        let inside: &[String] = match expected {
            Expected::Loaded { read_only: false } => &self.built.documents,
            Expected::Loaded { read_only: true } => &self.stored_pins,
            Expected::Unavailable(_) => &[],
        };
        std::iter::once(&self.built.channel).chain(inside)
    }

    /// Its entry; a team's cipher closes the edit link.
    pub(super) fn entry(&self, team: Option<&HrefCipher>, maker: &mut Maker) -> Result<Value, Error> {
        let mut entry = object([
            ("atime", number(EPOCH)),
            ("channel", self.built.channel.as_str().into()),
            ("ctime", number(EPOCH)),
            ("lastTitle", self.title.as_str().into()),
            ("owners", texts(std::slice::from_ref(&self.owner))),
        ]);
        if let Some(password) = &self.password {
            entry.insert("password", password.as_str());
        }
        let Some(pad) = &self.pad else {
            entry.insert("href", self.old_link.as_str());
            return Ok(entry.into());
        };
        entry.insert("roHref", format!("/drive/#{}", pad.view));
        if self.form != Form::ReadOnly {
            let link = format!("/drive/#{}", pad.edit);
            let link = match team {
                Some(cipher) => cipher.encrypt(&link, &mut maker.entropy)?,
                None => link,
            };
            entry.insert("href", link);
        }
        Ok(entry.into())
    }
}

/// The entries of `sharedFolders`, and their places in `root`.
pub(super) fn declare(drive: &mut Object, folders: &[(String, Value)]) {
    let mut shared = Object::new();
    for (id, entry) in folders {
        shared.insert(id.as_str(), entry.clone());
        if let Some(root) = drive.get_mut("root").and_then(Value::as_object_mut) {
            root.insert(format!("f{id}"), number(id.parse().unwrap_or(0)));
        }
    }
    drive.insert("sharedFolders", shared);
}

/// What opens the edit links inside a folder or team drive.
pub(super) fn cipher(pad: &Pad) -> Result<HrefCipher, Error> {
    let keys = pad.secrets.keys.as_ref().and_then(|keys| keys.secondary_key.as_ref());
    HrefCipher::new(keys.ok_or_else(|| impossible("a folder without an edit key"))?)
}

fn expected(form: Form) -> Expected {
    match form {
        Form::Restricted => Expected::Unavailable(Code::FolderRestricted),
        Form::Deleted => Expected::Unavailable(Code::FolderDeleted),
        Form::PasswordChanged => Expected::Unavailable(Code::FolderPasswordChanged),
        Form::Missing => Expected::Unavailable(Code::FolderMissing),
        Form::NoKeys => Expected::Unavailable(Code::FolderNoKeys),
        form => Expected::Loaded { read_only: form == Form::ReadOnly },
    }
}

fn gone(reason: &str) -> Channel {
    Channel { placeholder: Some(reason.into()), ..Channel::default() }
}

fn restricted(log: Channel, admitted: String) -> Result<Channel, Error> {
    let metadata = Value::parse(log.metadata.as_deref().unwrap_or_default());
    let mut metadata = metadata.map_err(|_| impossible("metadata that are no JSON"))?;
    let allowed = vec![admitted];
    if let Some(metadata) = metadata.as_object_mut() {
        metadata.insert("restricted", true);
        metadata.insert("allowed", texts(&allowed));
    }
    Ok(Channel { metadata: Some(stringify(&metadata)), allowed: Some(allowed), ..log })
}
