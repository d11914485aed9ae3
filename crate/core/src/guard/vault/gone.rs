//! Which entries a document had and has no longer.

use super::held::Held;
use crate::compact::sorted;
use crate::href::{Link, Links, href_to_channel, readable_href};
use crate::json::{Text, Value};

/// The longest name that a key is kept under, in UTF-16 units: ids have 32 to 48.
const NAME: usize = 64;

/// An entry of a drive, with the channel it is kept under.
#[derive(Debug, Clone)]
pub struct Vanished {
    /// The channel that it is of.
    pub channel: Text,
    /// The entry.
    pub entry: Value,
    /// Whether it is that of a shared folder.
    pub shared_folder: bool,
}

/// As [`gone`], of drives whose links are plain.
pub fn vanished(before: &Value, after: &Value) -> Vec<Vanished> {
    gone(before, after, Links::Plain).into_iter().map(|(vanished, _)| vanished).collect()
}

/// The entries that `before` has and `after` has not, by channel, with the links that they had. An entry that moved or
/// changed its title is still there. One whose channel is now named by other entries is not lost where these can do
/// what it could: an edit link that was changed is an edit link that is gone.
pub fn gone<'b>(before: &'b Value, after: &Value, links: Links<'_>) -> Vec<(Vanished, Link<'b>)> {
    let there = entries(after, links);
    let texts = |entry: &'_ Found<'_>| {
        ["href", "roHref", "password"].map(|field| entry.entry.get(field).and_then(Value::as_text).cloned())
    };
    let mut same: Vec<(Text, [Option<Text>; 3])> = Vec::with_capacity(there.len());
    same.extend(there.iter().map(|entry| (entry.channel.clone(), texts(entry))));
    let same = sorted(same, &Ord::cmp);
    let mut held = Held::new(there.into_iter().map(|found| (found.channel, found.entry)).collect(), links);
    // Most entries stand as they stood: only of the others it is asked what they could do.
    let mut changed = entries(before, links);
    changed.retain(|entry| same.binary_search(&(entry.channel.clone(), texts(entry))).is_err());
    let mut gone = Vec::new();
    for Found { channel, entry, shared_folder } in sorted(changed, &|a, b| a.channel.cmp(&b.channel)) {
        let link = Link::of(&channel, entry, links);
        if !held.covers(&channel, &link) {
            gone.push((Vanished { channel, entry: entry.clone(), shared_folder }, link));
        }
    }
    gone
}

/// What the entries of a document can do, by channel.
pub fn held<'d>(document: &'d Value, links: Links<'d>) -> Held<'d> {
    let files = entries(document, links).into_iter().filter(|found| !found.shared_folder);
    Held::new(files.map(|found| (found.channel, found.entry)).collect(), links)
}

struct Found<'d> {
    channel: Text,
    entry: &'d Value,
    shared_folder: bool,
}

/// The entries of a document, each under its channel. They are looked for where an account's or a team's document has
/// them and where a folder's has: one document may be read as both, and a field `drive` in a folder hides nothing.
fn entries<'d>(document: &'d Value, links: Links<'_>) -> Vec<Found<'d>> {
    let mut found = Vec::new();
    for holder in [Some(document), document.get("drive")].into_iter().flatten() {
        for (map, shared_folder) in [("filesData", false), ("sharedFolders", true)] {
            let entries = holder.get(map).and_then(Value::as_object);
            let entries = entries.into_iter().flat_map(|entries| entries.values());
            found.extend(entries.filter_map(|entry| {
                let channel = channel_of(entry, links)?;
                Some(Found { channel, entry, shared_folder })
            }));
        }
    }
    found
}

/// Under which channel an entry is kept: the one that it names, else the one that its link leads to, else the link.
fn channel_of(entry: &Value, links: Links<'_>) -> Option<Text> {
    let text = |field| entry.get(field).and_then(Value::as_text).filter(|text| !text.is_empty());
    if let Some(named) = text("channel").filter(|text| is_name(text)) {
        return Some(named.clone());
    }
    let plain = |field| text(field).and_then(Text::as_str);
    let cipher = match links {
        Links::Keyed(cipher) => Some(cipher),
        Links::Plain | Links::Sealed => None,
    };
    let link = readable_href(plain("href"), plain("roHref"), cipher);
    let leads = link.and_then(|link| href_to_channel(&link, plain("password")).ok().flatten());
    leads
        .map(Text::from)
        .or_else(|| ["href", "roHref"].into_iter().filter_map(text).find(|text| is_name(text)).cloned())
}

/// Whether a text may be the name of a key. What an entry names is anything.
fn is_name(text: &Text) -> bool {
    text.utf16_len() <= NAME && text.units().all(|unit| unit > u16::from(b' '))
}
