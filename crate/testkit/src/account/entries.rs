//! The entries of a drive, a folder or a team: every kind of document, and what each of them needs pinned.

use pinfold_core::blob::{Blob, seal};
use pinfold_core::encoding::encode_hex;
use pinfold_core::encoding::encode_link;
use pinfold_core::error::Error;
use pinfold_core::href::{HrefCipher, secrets_from_hash};
use pinfold_core::json::{Object, Value};
use pinfold_core::ports::Entropy;

use super::maker::Maker;
use super::parts::{self, EPOCH, entry_id, link_key, number, object, pad, texts};

/// Where an entry is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Root,
    Directory,
    Trash,
    Template,
    Nowhere,
}

/// The kinds of documents, in the order in which a mixed drive repeats them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Pad,
    /// With `rtChannel`, `lastVersion` and `ooImages`.
    Office,
    /// With `answersChannel`.
    Form,
    File,
    Password,
    /// Only the view link is held.
    ReadOnly,
    /// As entries were before migration 6: the channel has to be derived.
    NoChannel,
    Version1,
    Version0,
}

const KINDS: [Kind; 14] = [
    Kind::Pad,
    Kind::Office,
    Kind::Pad,
    Kind::Form,
    Kind::Pad,
    Kind::File,
    Kind::Password,
    Kind::Pad,
    Kind::ReadOnly,
    Kind::NoChannel,
    Kind::Pad,
    Kind::Version1,
    Kind::NoChannel,
    Kind::Version0,
];

const PLACES: [Place; 9] = [
    Place::Root,
    Place::Root,
    Place::Directory,
    Place::Root,
    Place::Trash,
    Place::Directory,
    Place::Template,
    Place::Root,
    Place::Nowhere,
];

/// What kind of drive entries stand in.
#[derive(Clone, Copy)]
pub(super) enum Holder<'a> {
    /// The user's own: links are plain, there are trash and templates.
    Drive,
    /// A team's drive or a folder: edit links are encrypted, except some.
    Keyed(&'a HrefCipher),
    /// A folder from before encrypted links.
    PlainFolder,
}

/// One entry.
pub(super) struct Entry {
    pub(super) id: u64,
    pub(super) data: Value,
    name: String,
    place: Place,
    /// What has to be pinned for it.
    pub(super) pins: Vec<String>,
    /// The same for somebody who holds only the view key of the whole: what is stored, nothing derived.
    pub(super) stored_pins: Vec<String>,
}

/// So many entries; of every kind in a mixed account, plain pads in another.
pub(super) fn entries(count: usize, holder: Holder<'_>, maker: &mut Maker) -> Result<Vec<Entry>, Error> {
    let pick = |at: usize| if maker.mixed { KINDS.get(at % KINDS.len()) } else { None };
    let kinds: Vec<Kind> = (0..count).map(|at| pick(at).copied().unwrap_or(Kind::Pad)).collect();
    kinds.into_iter().enumerate().map(|(at, kind)| entry(at, kind, holder, maker)).collect()
}

fn entry(at: usize, kind: Kind, holder: Holder<'_>, maker: &mut Maker) -> Result<Entry, Error> {
    let mut data =
        object([("atime", number(EPOCH + at as u64)), ("ctime", number(EPOCH)), ("title", title(at).into())]);
    let mut pins = Vec::new();
    match kind {
        Kind::Pad => {
            let app = if at.is_multiple_of(2) { "pad" } else { "code" };
            version_2(app, None, &mut data, &mut pins, maker)?;
        }
        Kind::Password => {
            version_2("kanban", Some("pässword 1"), &mut data, &mut pins, maker)?;
        }
        Kind::ReadOnly => {
            version_2("slide", None, &mut data, &mut pins, maker)?;
            data.remove("href");
        }
        Kind::NoChannel => {
            // With and without a password, which decides where the link leads.
            let password = at.is_multiple_of(4).then_some("old");
            version_2("code", password, &mut data, &mut pins, maker)?;
            data.remove("channel");
        }
        Kind::Office => {
            version_2("sheet", None, &mut data, &mut pins, maker)?;
            let rt_channel = parts::channel(&mut maker.entropy)?;
            let (version, secrets) = parts::file(&mut maker.entropy)?;
            let images = [blob_id(maker)?, blob_id(maker)?];
            data.insert("rtChannel", rt_channel.as_str());
            data.insert("lastVersion", version);
            data.insert("ooImages", texts(&images));
            pins.push(rt_channel);
            pins.extend(secrets.channel);
            pins.extend(images);
        }
        Kind::Form => {
            version_2("form", None, &mut data, &mut pins, maker)?;
            let answers = parts::channel(&mut maker.entropy)?;
            data.insert("answersChannel", answers.as_str());
            pins.push(answers);
        }
        Kind::File => file(at, &mut data, &mut pins, maker)?,
        Kind::Version1 => version_1(&mut data, &mut pins, maker)?,
        Kind::Version0 => version_0(matches!(holder, Holder::Drive), &mut data, &mut pins, maker)?,
    }
    if at.is_multiple_of(3) {
        data.insert("owners", texts(std::slice::from_ref(&maker.ed_public)));
    } else if maker.mixed && at % 3 == 1 {
        let owner = parts::stranger(&mut maker.entropy)?;
        data.insert("owners", texts(&[owner]));
    }
    let derived = data.get("channel").is_none();
    if let Holder::Keyed(cipher) = holder {
        encrypt_link(at, &mut data, cipher, maker)?;
    }
    let place = PLACES.get(at % PLACES.len()).copied().filter(|_| maker.mixed).unwrap_or(Place::Root);
    let in_drive = matches!(holder, Holder::Drive);
    Ok(Entry {
        id: entry_id(&mut maker.entropy),
        data: data.into(),
        name: parts::channel(&mut maker.entropy)?,
        place: if in_drive || !matches!(place, Place::Trash | Place::Template) { place } else { Place::Root },
        stored_pins: if derived { pins.iter().skip(1).cloned().collect() } else { pins.clone() },
        pins,
    })
}

/// The channel is the first of the pins.
fn version_2(
    app: &str,
    password: Option<&str>,
    data: &mut Object,
    pins: &mut Vec<String>,
    maker: &mut Maker,
) -> Result<(), Error> {
    let pad = pad(app, password, &mut maker.entropy)?;
    data.insert("href", format!("/{app}/#{}", pad.edit));
    data.insert("roHref", format!("/{app}/#{}", pad.view));
    data.insert("channel", pad.channel.as_str());
    if let Some(password) = password {
        data.insert("password", password);
    }
    pins.push(pad.channel);
    Ok(())
}

fn version_1(data: &mut Object, pins: &mut Vec<String>, maker: &mut Maker) -> Result<(), Error> {
    let mut id = [0; 16];
    maker.entropy.fill(&mut id)?;
    let hash = format!("/1/edit/{}/{}/", encode_link(&id), link_key(&mut maker.entropy)?);
    let view = secrets_from_hash("pad", &hash, None)?.view_hash("pad");
    data.insert("href", format!("/pad/#{hash}"));
    if let Some(view) = view {
        data.insert("roHref", format!("/pad/#{}", view.expose()));
    }
    data.insert("channel", encode_hex(&id));
    pins.push(encode_hex(&id));
    Ok(())
}

/// The oldest links: channel and key in one text. In a drive, entries of that age name no channel.
fn version_0(
    in_drive: bool,
    data: &mut Object,
    pins: &mut Vec<String>,
    maker: &mut Maker,
) -> Result<(), Error> {
    let channel = parts::channel(&mut maker.entropy)?;
    data.insert("href", format!("/code/#{channel}{}", link_key(&mut maker.entropy)?));
    if !in_drive {
        data.insert("channel", channel.as_str());
    }
    pins.push(channel);
    Ok(())
}

fn file(at: usize, data: &mut Object, pins: &mut Vec<String>, maker: &mut Maker) -> Result<(), Error> {
    let (link, secrets) = parts::file(&mut maker.entropy)?;
    let id = secrets.channel.unwrap_or_default();
    data.insert("href", link);
    data.insert("channel", id.as_str());
    data.insert("fileType", "image/png");
    if let Some(keys) = &secrets.keys {
        let mut metadata = Object::new();
        metadata.insert("name", format!("image {at}.png"));
        metadata.insert("type", "image/png");
        let blob = Blob { metadata: metadata.into(), content: vec![0x89; 16] };
        maker.blobs.push((id.clone(), seal(&blob, &keys.crypt_key.secretbox_key()?)?));
    }
    pins.push(id);
    Ok(())
}

fn blob_id(maker: &mut Maker) -> Result<String, Error> {
    let mut id = [0; 24];
    maker.entropy.fill(&mut id)?;
    Ok(encode_hex(&id))
}

/// Links to files are never encrypted (PROTOCOL.md 6.2); one in eight of the others was left plain.
fn encrypt_link(at: usize, data: &mut Object, cipher: &HrefCipher, maker: &mut Maker) -> Result<(), Error> {
    let link = data.get("href").and_then(Value::as_str).map(str::to_owned);
    if let Some(link) = link.filter(|link| !link.starts_with("/file/#") && at % 8 != 7) {
        data.insert("href", cipher.encrypt(&link, &mut maker.entropy)?);
    }
    Ok(())
}

fn title(at: usize) -> String {
    match at % 5 {
        0 => format!("Document {at}"),
        1 => format!("née naïve {at}"),
        2 => format!("日本語 {at}"),
        3 => format!("😀 list \"{at}\""),
        _ => format!("notes\n{at}"),
    }
}

/// The parts of a drive object that show and hold entries.
pub(super) fn drive_object(entries: &[Entry]) -> Object {
    let (mut root, mut trash, mut files, mut template) =
        (Object::new(), Object::new(), Object::new(), Vec::new());
    let mut directories: [Object; 7] = Default::default();
    for entry in entries {
        let id = number(entry.id);
        files.insert(entry.id.to_string(), entry.data.clone());
        match entry.place {
            Place::Root => drop(root.insert(entry.name.as_str(), id)),
            Place::Directory => {
                let chosen = usize::try_from(entry.id % 7).unwrap_or(0);
                if let Some(directory) = directories.get_mut(chosen) {
                    directory.insert(entry.name.as_str(), id);
                }
            }
            Place::Trash => {
                let place = object([("element", id), ("path", Value::from(vec!["root".into()]))]);
                trash.insert(entry.name.as_str(), vec![Value::from(place)]);
            }
            Place::Template => template.push(id),
            Place::Nowhere => {}
        }
    }
    for (at, directory) in directories.into_iter().enumerate().filter(|(_, d)| !d.is_empty()) {
        root.insert(format!("Directory {at}"), directory);
    }
    object([
        ("filesData", files.into()),
        ("root", root.into()),
        ("static", Object::new().into()),
        ("template", template.into()),
        ("trash", trash.into()),
    ])
}
