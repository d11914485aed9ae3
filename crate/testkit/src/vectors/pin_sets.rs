//! What `pin_sets_user.json` and `pin_sets_team.json` share: folders as they turned out, and the ways in
//! which a recorded list differs from ours on purpose (PROTOCOL.md 17.5).

use std::collections::BTreeSet;

use pinfold_core::compact::SortedSet;
use pinfold_core::crypto::hash::sha512;
use pinfold_core::document::Tables;
use pinfold_core::drive::declared::{Declared, folders_of};
use pinfold_core::encoding::encode_base64;
use pinfold_core::href::{HrefCipher, href_to_channel, readable_href};
use pinfold_core::ids::{BlockId, ChannelId, IdSet, may_be_pinned};
use pinfold_core::json::{Text, Value, stringify};
use pinfold_core::pins::entry::surviving_keys;
use pinfold_core::pins::hash::{hash_in_order, list_hash};
use pinfold_core::pins::log::PinLog;
use pinfold_core::pins::rules::{Category, FolderView, Found};
use pinfold_core::pins::set::{Form, Forms, tagged};
use pinfold_core::secret::SecretText;

use super::support::{Problem, field, optional, string};

/// A declared folder and what it turned out to be.
pub(super) struct Folder<'c> {
    pub(super) declared: Declared,
    pub(super) outcome: Outcome<'c>,
}

pub(super) enum Outcome<'c> {
    /// Read; without the cipher of its edit links it is read-only.
    Loaded { content: &'c Value, links: Option<HrefCipher> },
    /// Not read, but still in the drive: its channel counts, its contents are unknown.
    Kept,
    /// The real client takes the entry out of the drive, or sets it aside after a change of password.
    Gone { password_changed: bool },
    /// Neither the channel nor the contents count.
    NotLoaded,
}

impl<'c> Folder<'c> {
    /// The folders of a drive, with the states that the input names. `links` opens encrypted links (teams);
    /// where `nothing_goes`, a placeholder removes no entry (read-only teams).
    pub(super) fn all(
        input: &'c Value,
        drive: &Value,
        links: Option<&HrefCipher>,
        nothing_goes: bool,
    ) -> Result<Vec<Self>, Problem> {
        let states = field(input, "sharedFolders")?;
        let folder = |declared: Declared| {
            let outcome = match states.get(&declared.id) {
                None => Outcome::NotLoaded,
                Some(folder) => Outcome::read(folder, nothing_goes)?,
            };
            Ok(Self { declared, outcome })
        };
        folders_of(Tables::of(drive), links, None).into_iter().map(folder).collect()
    }

    /// The folder as the rules see it, if they see it at all.
    pub(super) fn view(&self) -> Option<FolderView<'_>> {
        let pinned = self.declared.pinned.as_ref();
        match &self.outcome {
            Outcome::Loaded { content, links } => Some(FolderView {
                pinned,
                content: Some(Tables::of(content)),
                links: links.as_ref(),
                read_only: links.is_none(),
            }),
            Outcome::Kept => Some(FolderView { pinned, content: None, links: None, read_only: true }),
            Outcome::Gone { .. } | Outcome::NotLoaded => None,
        }
    }
}

impl<'c> Outcome<'c> {
    fn read(folder: &'c Value, nothing_goes: bool) -> Result<Self, Problem> {
        Ok(match string(folder, "state")? {
            "loaded" => {
                Self::Loaded { content: field(folder, "content")?, links: cipher(folder, "secondaryKey")? }
            }
            "restricted" | "isNew" | "invalidKeys" => Self::Kept,
            "notLoaded" => Self::NotLoaded,
            state => match state.strip_prefix("placeholder:") {
                Some(_) if nothing_goes => Self::Kept,
                Some(reason) => Self::Gone { password_changed: reason == "PASSWORD_CHANGE" },
                None => return Err(Problem::NotSupported("unknown state of a folder")),
            },
        })
    }
}

/// The cipher under a secondary key; without the key, the holder can only read.
pub(super) fn cipher(holder: &Value, key: &str) -> Result<Option<HrefCipher>, Problem> {
    let key = optional(holder, key)?.map(|key| HrefCipher::new(&SecretText::new(key.into())));
    Ok(key.transpose()?)
}

/// Our list for a case, and how the recorded one may differ.
pub(super) struct Lists<'c> {
    expect: &'c Value,
    ours: IdSet,
    from_drive: Vec<Text>,
    pub(super) drive: ChannelId,
    pub(super) block: Option<BlockId>,
    /// Values that the real client lists and ours never does; `None` is JavaScript's `undefined`.
    left_out: Vec<Option<Value>>,
    /// Channels that ours derives and the real client may not have: see [`misderived`].
    tolerated: BTreeSet<Text>,
    /// Channels that ours lists and the real client does not, because the account has no key to pin with.
    not_theirs: BTreeSet<Text>,
    /// Something else than the document itself has its channel.
    drive_again: bool,
}

impl<'c> Lists<'c> {
    /// # Errors
    /// Fails when the server would not agree with our own list.
    pub(super) fn new(
        case: &'c Value,
        found: Found,
        drive: ChannelId,
        block: Option<BlockId>,
        unfiltered: Vec<Option<&Value>>,
        tolerated: BTreeSet<Text>,
    ) -> Result<Self, Problem> {
        let drive_again = found.names_again(drive.as_str());
        let from_drive = found.ids.iter().filter(|(category, _)| in_drive(category));
        let from_drive: BTreeSet<Text> = from_drive.map(|(_, id)| id.text().clone()).collect();
        let ours: IdSet = found.ids.into_iter().map(|(_, id)| id).collect();
        let mut left_out: Vec<Option<Value>> = Vec::new();
        for value in unfiltered.into_iter().filter(|value| !value.is_some_and(is_id)) {
            // The real list is a set: what repeats counts once.
            if !left_out.iter().any(|known| known.as_ref() == value) {
                left_out.push(value.cloned());
            }
        }
        let lists = Self {
            expect: field(case, "expect")?,
            ours,
            from_drive: from_drive.into_iter().collect(),
            drive,
            block,
            left_out,
            tolerated,
            not_theirs: BTreeSet::new(),
            drive_again,
        };
        lists.check_own()?;
        Ok(lists)
    }

    /// An account without signing keys: the real client then leaves out what the drive and its folders name
    /// (PROTOCOL.md 17.2, part A). Nothing can be sent for it. Ours says what it would have to keep.
    pub(super) fn without_keys(mut self, elsewhere: &BTreeSet<Text>) -> Self {
        let from_drive = std::mem::take(&mut self.from_drive);
        let own = Text::from(self.drive.as_str());
        self.not_theirs = from_drive.into_iter().filter(|id| *id != own && !elsewhere.contains(id)).collect();
        self.drive_again = elsewhere.contains(&own);
        self
    }

    /// Whatever list the real client has, a server that holds ours agrees with it: read back from
    /// its log, and in the session of the RESET.
    fn check_own(&self) -> Result<(), Problem> {
        let forms = Forms::of(&self.ours, &self.drive, self.block.as_ref());
        let sent: Vec<Value> = self.sent().into_iter().map(Value::from).collect();
        let expected = if self.drive_again { Form::TaggedAndBare } else { Form::Tagged };
        let read_back = forms.agrees(&after_reload(&sent));
        let in_session = forms.agrees(&in_session(&sent));
        if (read_back, in_session) != (Some(Form::Plain), Some(expected)) {
            return Err(Problem::Failed(format!(
                "a server would not agree with our list: {read_back:?}, {in_session:?}"
            )));
        }
        if !self.ours.iter().any(|id| id == self.drive.as_str()) {
            return Err(Problem::Failed("our list lacks the document itself".into()));
        }
        Ok(())
    }

    /// The list that is compared with the server's, as the real client computes it.
    pub(super) fn compare_list(&self) -> Vec<Value> {
        self.recorded(
            "compareList",
            &self.ours.iter().cloned().map(Text::from).collect::<Vec<_>>(),
            &self.left_out,
        )
    }

    /// The list that goes into a RESET, likewise.
    pub(super) fn reset_list(&self) -> Vec<Value> {
        self.recorded("resetList", &self.sent(), &self.left_out)
    }

    /// Our list as a RESET carries it.
    fn sent(&self) -> SortedSet<Text> {
        let mut list = tagged(&self.ours, &self.drive, self.block.as_ref());
        if self.drive_again {
            list.insert(self.drive.as_str().into());
        }
        list
    }

    /// What of it comes from the drive and its folders, likewise.
    pub(super) fn drive_list(&self) -> Vec<Value> {
        self.recorded("channelsFromDriveAndFolders", &self.from_drive, &[])
    }

    fn recorded(&self, key: &str, ours: &[Text], left_out: &[Option<Value>]) -> Vec<Value> {
        let expected = self.expect.get(key).and_then(Value::as_array).unwrap_or_default();
        let lacking =
            |id: &Text| self.tolerated.contains(id) && !expected.iter().any(|e| e.as_text() == Some(id));
        let theirs = |id: &&Text| !lacking(id) && !self.not_theirs.contains(*id);
        let mut list: Vec<Value> = ours.iter().filter(theirs).cloned().map(Value::from).collect();
        list.extend(left_out.iter().flatten().cloned());
        list.sort_by_cached_key(js_string);
        // JavaScript sorts `undefined` behind everything, and JSON writes it as null in a list.
        list.extend(left_out.iter().filter(|value| value.is_none()).map(|_| Value::Null));
        list
    }
}

/// Whether ids of this kind come from the drive and its folders.
pub(super) fn in_drive(category: &Category) -> bool {
    use Category::{Answers, Document, Folder, Image, LastVersion, RealTime};
    matches!(category, Document | Answers | RealTime | LastVersion | Image | Folder)
}

/// The hash that the real client computes of its list.
pub(super) fn local_hash(list: &[Value]) -> String {
    let texts: Option<Vec<Text>> = list.iter().map(|value| value.as_str().map(Text::from)).collect();
    // In order as it is: what repeats would be another list.
    match texts.filter(|texts| texts.is_sorted_by(|a, b| a < b)) {
        Some(texts) => hash_in_order(&texts.into_iter().collect::<SortedSet<Text>>()),
        None => encode_base64(&sha512(stringify(&Value::Array(list.to_vec())).as_bytes())),
    }
}

/// The server's hash once it has read the RESET back from its log.
pub(super) fn after_reload(sent: &[Value]) -> String {
    let line = Value::Array(vec!["RESET".into(), sent.to_vec().into(), 1.0.into()]);
    list_hash(PinLog::read(&stringify(&line)).pins.iter().filter_map(Text::as_str))
}

/// The server's hash in the session of the RESET: it keeps every element as the name of a property.
pub(super) fn in_session(sent: &[Value]) -> String {
    let names: Vec<Text> = sent.iter().map(js_string).collect();
    list_hash(names.iter().filter_map(Text::as_str))
}

/// Channels that the real client gets wrong in one drive object (PROTOCOL.md 14.4): once the keys of an
/// entry were computed while cleaning, every later entry without a channel gets that entry's. Ours derives
/// each from its own link.
pub(super) fn misderived(drive: &Value, links: Option<&HrefCipher>) -> BTreeSet<Text> {
    let mut wrong = BTreeSet::new();
    let mut computed_before = false;
    for key in surviving_keys(Tables::of(drive), links) {
        let Some(entry) =
            drive.get("filesData").and_then(Value::as_object).and_then(|files| files.get_text(key))
        else {
            continue;
        };
        let text = |field| entry.get(field).and_then(Value::as_str).filter(|text| !text.is_empty());
        let named = entry.get("channel").is_some_and(Value::truthy);
        if !named && computed_before {
            let link = readable_href(text("href"), text("roHref"), links);
            let derived = link.and_then(|link| href_to_channel(&link, text("password")).ok().flatten());
            wrong.extend(derived.map(|channel| Text::from(channel.as_str())));
        }
        computed_before |= !named || (text("href").is_some() && text("roHref").is_none());
    }
    wrong
}

/// The keys of an object, as a list of texts.
pub(super) fn keys(object: Option<&Value>) -> Vec<Value> {
    object
        .and_then(Value::as_object)
        .map(|o| o.keys().cloned().map(Value::from).collect())
        .unwrap_or_default()
}

/// A field of every entry of a map. `None` is `undefined`.
pub(super) fn each<'v>(map: Option<&'v Value>, key: &str) -> Vec<Option<&'v Value>> {
    map.and_then(Value::as_object).map(|o| o.values().map(|v| v.get(key)).collect()).unwrap_or_default()
}

/// Whether our rules take it for an id where the real client filters nothing.
fn is_id(value: &Value) -> bool {
    value
        .as_text()
        .is_some_and(|id| matches!(id.utf16_len(), 32 | 33 | 48) && id.as_str().is_some_and(may_be_pinned))
}

/// JavaScript's `String(value)`, for what can stand in a list of channels.
pub(super) fn js_string(value: &Value) -> Text {
    value.as_text().cloned().unwrap_or_else(|| Text::from(stringify(value).as_str()))
}
