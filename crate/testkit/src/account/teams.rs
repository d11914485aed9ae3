//! Teams: the entry in the account, the team's document, roster, chat and mailbox, and what all of it needs
//! pinned under the team's own key (PROTOCOL.md sections 16 and 17.3).

use pinfold_core::crypto::curve::CurvePair;
use pinfold_core::error::Error;
use pinfold_core::json::{Object, Value};

use super::entries::{Entry, Holder, drive_object, entries};
use super::folders::{BuiltFolder, Folder, Form, cipher, declare};
use super::log::Log;
use super::mail::{BuiltMailbox, Sender, mailbox};
use super::maker::Maker;
use super::parts::{self, Pad, curve, entry_id, object, pad, signing};
use super::roster;

/// What the account may do in a team.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Membership {
    /// Everything.
    Owner,
    /// Read and write.
    Member,
    /// Read.
    Viewer,
}

/// A team that was built.
#[derive(Debug, Clone)]
pub struct BuiltTeam {
    /// Its entry's key in the account document.
    pub id: String,
    /// What the account may do in it.
    pub membership: Membership,
    /// The channel of its document.
    pub channel: String,
    /// The key that signs its calls; a viewer does not hold the secret half.
    pub ed_public: String,
    /// Its folders, with their keys in the team's drive.
    pub folders: Vec<BuiltFolder>,
    /// Its document.
    pub document: Value,
    /// The roster's `{members, metadata}` at its end.
    pub roster: Value,
    /// The mailbox of the team.
    pub mailbox: BuiltMailbox,
    /// Everything that must be pinned under the team's key, unsorted.
    pub pins: Vec<String>,
}

/// How large a team is.
#[derive(Clone, Copy)]
pub(super) struct Size {
    pub(super) documents: usize,
    pub(super) folders: usize,
    pub(super) letters: usize,
}

/// Builds a team and the entry for it. `shared` is a folder of the account's own drive that is in this one as well.
pub(super) fn team(
    at: usize,
    size: Size,
    own: &CurvePair,
    shared: Option<&Folder>,
    maker: &mut Maker,
) -> Result<(BuiltTeam, Value), Error> {
    let membership = match at % 3 {
        0 => Membership::Owner,
        1 => Membership::Member,
        _ => Membership::Viewer,
    };
    let read_only = membership == Membership::Viewer;
    let password = parts::channel(&mut maker.entropy)?;
    let document = pad("team", Some(&password), &mut maker.entropy)?;
    let sign = signing(&mut maker.entropy)?;
    let ed_public = sign.verifying_key().to_base64();
    let chat = chat(&ed_public, maker)?;
    let roster = roster::write(own, membership, &format!("Team {at}"), maker)?;
    let mailbox_pair = curve(&mut maker.entropy)?;
    let sender = Sender::new("Colleague", maker)?;
    let name = format!("team-{at}");
    let mailbox = mailbox(&name, &mailbox_pair, &[sender], size.letters, maker)?;

    let mut pins =
        vec![document.channel.clone(), chat.channel.clone(), roster.channel.clone(), mailbox.channel.clone()];
    pins.extend(roster.invitations.iter().cloned());
    let content = fill(&document, size, shared.filter(|_| !read_only), read_only, maker)?;
    pins.extend(content.pins);

    let mut keys = Object::new();
    let mut drive = object([("edPublic", ed_public.as_str().into())]);
    let mut chat_keys = object([
        ("channel", chat.channel.as_str().into()),
        ("validateKey", validate_key(&chat).into()),
        ("view", chat.view.as_str().into()),
    ]);
    let mut roster_keys = object([
        ("channel", roster.channel.as_str().into()),
        ("lastKnownHash", roster.last_checkpoint.as_str().into()),
        ("view", roster.view.as_str().into()),
    ]);
    if !read_only {
        drive.insert("edPrivate", sign.to_base64().expose());
        chat_keys.insert("edit", chat.edit.as_str());
        roster_keys.insert("edit", roster.edit.as_str());
    }
    keys.insert("drive", drive);
    keys.insert("chat", chat_keys);
    keys.insert("roster", roster_keys);
    keys.insert("mailbox", mailbox.entry(Some(&mailbox_pair)));
    let mut entry = object([
        ("channel", document.channel.as_str().into()),
        ("keys", keys.into()),
        ("metadata", object([("name", format!("Team {at}").into())]).into()),
        ("password", password.into()),
        ("roHash", document.view.as_str().into()),
    ]);
    if !read_only {
        entry.insert("hash", document.edit.as_str());
    }
    if membership == Membership::Owner {
        entry.insert("owner", true);
    }
    let team = BuiltTeam {
        id: entry_id(&mut maker.entropy).to_string(),
        membership,
        channel: document.channel,
        ed_public,
        folders: content.folders,
        document: content.document,
        roster: roster.state,
        mailbox,
        pins,
    };
    Ok((team, entry.into()))
}

struct Content {
    folders: Vec<BuiltFolder>,
    document: Value,
    pins: Vec<String>,
}

/// Writes the team's document and the folders in it.
fn fill(
    team: &Pad,
    size: Size,
    shared: Option<&Folder>,
    read_only: bool,
    maker: &mut Maker,
) -> Result<Content, Error> {
    let cipher = cipher(team)?;
    let forms = [Form::Own, Form::Password, Form::Foreign];
    let own = (0..size.folders)
        .map(|at| {
            let form = forms.get(at % forms.len()).copied().unwrap_or(Form::Own);
            Folder::make(at, form, size.documents, maker)
        })
        .collect::<Result<Vec<_>, _>>()?;
    let (mut folders, mut declared, mut pins) = (Vec::new(), Vec::new(), Vec::new());
    for folder in own.iter().chain(shared) {
        let built = folder.elsewhere(read_only, maker);
        declared.push((built.id.clone(), folder.entry(Some(&cipher), maker)?));
        pins.extend(folder.pins(built.expected).cloned());
        folders.push(built);
    }
    let entries = entries(size.documents, Holder::Keyed(&cipher), maker)?;
    let of = |entry: &Entry| if read_only { entry.stored_pins.clone() } else { entry.pins.clone() };
    pins.extend(entries.iter().flat_map(of));
    let calendar = pad("calendar", None, &mut maker.entropy)?;
    pins.push(calendar.channel.clone());
    let calendars = object([(calendar.channel.as_str(), super::people::calendar(&calendar, 0))]);
    let content = |entries: &[Entry]| {
        let mut drive = drive_object(entries);
        declare(&mut drive, &declared);
        drive.insert("version", 2.0);
        Value::from(object([("calendars", calendars.clone().into()), ("drive", drive.into())]))
    };
    let owner = maker.ed_public.clone();
    let (channel, log, document) = maker.history(&team.secrets, &[owner], &entries, &["drive"], content)?;
    maker.server.channels.insert(channel, log);
    Ok(Content { folders, document, pins })
}

/// A chat of a few messages; nothing but its channel matters to anybody here.
fn chat(owner: &str, maker: &mut Maker) -> Result<Pad, Error> {
    let chat = pad("chat", None, &mut maker.entropy)?;
    let mut log = Log::new(&chat.secrets)?;
    for text in ["[\"MSG\",\"hello\"]", "[\"MSG\",\"good morning\"]"] {
        log.append(text, &mut maker.entropy)?;
    }
    let (channel, log) = log.finish(&[owner.to_owned()]);
    maker.server.channels.insert(channel, log);
    Ok(chat)
}

fn validate_key(pad: &Pad) -> String {
    let sign = pad.secrets.keys.as_ref().and_then(|keys| keys.sign.as_ref());
    sign.map(|key| key.verifying_key().to_base64()).unwrap_or_default()
}
