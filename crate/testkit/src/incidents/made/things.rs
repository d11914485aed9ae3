//! What people have: documents of every kind, shared folders, teams, calendars; with links of every age.

use pinfold_core::encoding::{encode_hex, encode_link};
use pinfold_core::error::Error;
use pinfold_core::href::{HrefCipher, secrets_from_hash};
use pinfold_core::json::{Object, Value};
use pinfold_core::ports::Entropy;

use crate::entropy::Seeded;

/// Something with a link.
#[derive(Debug, Clone)]
pub(super) struct Thing {
    pub(super) id: u64,
    pub(super) title: String,
    pub(super) channel: String,
    /// The best link that the account ever held.
    pub(super) href: String,
    pub(super) view: String,
    pub(super) password: Option<String>,
    /// What its entry says beside the links.
    pub(super) more: Object,
    /// Entries of the oldest links name no channel in a drive.
    pub(super) unnamed: bool,
}

fn key<const N: usize>(entropy: &mut Seeded) -> Result<[u8; N], Error> {
    let mut bytes = [0; N];
    entropy.fill(&mut bytes)?;
    Ok(bytes)
}

pub(super) fn channel(entropy: &mut Seeded) -> Result<String, Error> {
    Ok(encode_hex(&key::<16>(entropy)?))
}

impl Thing {
    /// Of an application, with links of version 2.
    pub(super) fn of(
        app: &str,
        title: String,
        password: Option<&str>,
        entropy: &mut Seeded,
    ) -> Result<Self, Error> {
        let flag = if password.is_some() { "p/" } else { "" };
        let hash = format!("/2/{app}/edit/{}/{flag}", encode_link(&key::<18>(entropy)?));
        let secrets = secrets_from_hash(app, &hash, password)?;
        let view = secrets.view_hash(app).map(|view| view.expose().to_owned()).unwrap_or_default();
        Ok(Self {
            id: 1 + (entropy.next_u64() >> 12),
            title,
            channel: secrets.channel.clone().unwrap_or_default(),
            href: format!("/{app}/#{hash}"),
            view: format!("/{app}/#{view}"),
            password: password.map(str::to_owned),
            more: Object::new(),
            unnamed: false,
        })
    }

    /// A document of any kind.
    pub(super) fn document(title: String, entropy: &mut Seeded) -> Result<Self, Error> {
        let apps = ["pad", "code", "slide", "kanban", "sheet", "poll", "whiteboard"];
        let app = apps.get(entropy.below(apps.len())).copied().unwrap_or("pad");
        match entropy.below(12) {
            0 => {
                let mut form = Self::of("form", title, None, entropy)?;
                form.more.insert("answersChannel", channel(entropy)?);
                Ok(form)
            }
            1 => {
                let hash = format!("/2/file/{}/", encode_link(&key::<18>(entropy)?));
                let channel = secrets_from_hash("file", &hash, None)?.channel.unwrap_or_default();
                let mut file = Self::of("pad", title, None, entropy)?;
                (file.href, file.view, file.channel) = (format!("/file/#{hash}"), String::new(), channel);
                file.more.insert("fileType", "image/png");
                Ok(file)
            }
            2 => {
                let id = key::<16>(entropy)?;
                let hash = format!("/1/edit/{}/{}/", encode_link(&id), encode_link(&key::<18>(entropy)?));
                let view = secrets_from_hash("pad", &hash, None)?.view_hash("pad");
                let view = view.map(|view| format!("/pad/#{}", view.expose())).unwrap_or_default();
                let old = Self::of("pad", title, None, entropy)?;
                Ok(Self { channel: encode_hex(&id), href: format!("/pad/#{hash}"), view, ..old })
            }
            3 => {
                let channel = channel(entropy)?;
                let href = format!("/code/#{channel}{}", encode_link(&key::<18>(entropy)?));
                let old = Self::of("pad", title, None, entropy)?;
                Ok(Self { channel, href, view: String::new(), unnamed: true, ..old })
            }
            4 => {
                let read = Self::of(app, title, None, entropy)?;
                Ok(Self { href: String::new(), ..read })
            }
            5 => Self::of(app, title, Some("pässword 1"), entropy),
            _ => Self::of(app, title, None, entropy),
        }
    }

    /// What opens the edit links inside, of a folder or a team.
    pub(super) fn cipher(&self) -> Result<Option<HrefCipher>, Error> {
        let keys = self.secrets()?.keys;
        keys.and_then(|keys| keys.secondary_key).map(|key| HrefCipher::new(&key)).transpose()
    }

    pub(super) fn secrets(&self) -> Result<pinfold_core::href::Secrets, Error> {
        let link = if self.href.is_empty() { &self.view } else { &self.href };
        let hash = link.split_once('#').map(|(_, hash)| hash).unwrap_or_default();
        secrets_from_hash("drive", hash, self.password.as_deref())
    }

    /// Its entry, in a document whose links are encrypted under `links`, or in a drive.
    pub(super) fn entry(
        &self,
        links: Option<&HrefCipher>,
        time: u64,
        entropy: &mut Seeded,
    ) -> Result<Object, Error> {
        let mut entry = self.more.clone();
        entry.insert("atime", time as f64);
        entry.insert("ctime", time as f64);
        if !self.unnamed || links.is_some() {
            entry.insert("channel", self.channel.as_str());
        }
        let is_file = self.href.starts_with("/file/");
        match links.filter(|_| !self.href.is_empty() && !is_file) {
            Some(links) => _ = entry.insert("href", links.encrypt(&self.href, entropy)?),
            None if !self.href.is_empty() => _ = entry.insert("href", self.href.as_str()),
            None => {}
        }
        if !self.view.is_empty() {
            entry.insert("roHref", self.view.as_str());
        }
        if let Some(password) = &self.password {
            entry.insert("password", password.as_str());
        }
        let title = if self.href.starts_with("/drive/") || self.view.starts_with("/drive/") {
            "lastTitle"
        } else {
            "title"
        };
        entry.insert(title, self.title.as_str());
        Ok(entry)
    }

    /// The entry of a team beside the drive.
    pub(super) fn seat(&self) -> Object {
        let hash = |link: &str| link.split_once('#').map(|(_, hash)| hash.to_owned()).unwrap_or_default();
        let mut seat = Object::new();
        seat.insert("channel", self.channel.as_str());
        seat.insert("hash", hash(&self.href));
        seat.insert("roHash", hash(&self.view));
        if let Some(password) = &self.password {
            seat.insert("password", password.as_str());
        }
        let mut metadata = Object::new();
        metadata.insert("name", self.title.as_str());
        seat.insert("metadata", metadata);
        seat.insert("owner", true);
        let (mut keys, mut drive) = (Object::new(), Object::new());
        drive.insert("edPublic", self.pin_key());
        keys.insert("drive", drive);
        seat.insert("keys", keys);
        seat
    }

    pub(super) fn number(&self) -> Value {
        Value::from(self.id as f64)
    }

    pub(super) fn key(&self) -> String {
        self.id.to_string()
    }
}
