//! Which entries a document had and has no longer.

use super::held::Held;
use crate::compact::sorted;
use crate::document::{Diff, Entry, Kind, Link, Links, Tables};
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

impl Vanished {
    /// An entry that is kept under a channel.
    pub(crate) fn of(channel: Text, entry: Entry<'_>) -> Self {
        let shared_folder = entry.kind() == Kind::SharedFolder;
        Self { channel, entry: entry.fields().cloned().map_or(Value::Null, Value::from), shared_folder }
    }

    /// The entry, to be read.
    pub(crate) fn entry(&self) -> Entry<'_> {
        Entry::alone(kind(self.shared_folder), &self.entry)
    }
}

/// What an entry with a channel is.
pub(super) const fn kind(shared_folder: bool) -> Kind {
    if shared_folder { Kind::SharedFolder } else { Kind::File }
}

/// As [`gone`], of drives whose links are plain.
pub fn vanished(before: &Value, after: &Value) -> Vec<Vanished> {
    gone(before, after, Links::Plain).into_iter().map(|(vanished, _)| vanished).collect()
}

/// The entries that `before` has and `after` has not, by channel, with the links that they had. An entry that moved or
/// changed its title is still there. One whose channel is now named by other entries is not lost where these can do
/// what it could: an edit link that was changed is an edit link that is gone.
///
/// They are looked for where an account's or a team's document has them and where a folder's has: one document may be
/// read as both, and a field `drive` in a folder hides nothing.
pub fn gone<'b>(before: &'b Value, after: &Value, links: Links<'_>) -> Vec<(Vanished, Link<'b>)> {
    let ([outer, drive], now) = (Tables::of_both(before), Tables::of_both(after));
    let [now_outer, now_drive] = now;
    // Most entries stand as they stood: only of the others it is asked where they are and what they could do.
    let changed = [Diff::of(outer, now_outer), Diff::of(drive, now_drive)];
    let changed = changed.into_iter().flat_map(Diff::not_as_before);
    let changed: Vec<Found<'b>> = changed.filter_map(|entry| Found::of(entry, links)).collect();
    if changed.is_empty() {
        return Vec::new();
    }
    let there: Vec<Found<'_>> = entries(now, links).collect();
    let same = sorted(there.iter().map(Found::opening).collect(), &Ord::cmp);
    let mut gone = Vec::new();
    let mut held = Held::new(there.iter().map(|found| (found.channel.clone(), found.entry)).collect(), links);
    for found in sorted(changed, &|a, b| a.channel.cmp(&b.channel)) {
        if same.binary_search(&found.opening()).is_ok() {
            continue;
        }
        let Found { channel, entry } = found;
        let link = Link::of(&channel, entry, links);
        if !held.covers(&channel, &link) {
            gone.push((Vanished::of(channel, entry), link));
        }
    }
    gone
}

/// What the documents in a document can do, by channel.
pub fn held<'d>(document: &'d Value, links: Links<'d>) -> Held<'d> {
    let files = entries(Tables::of_both(document), links).filter(|found| found.entry.kind() == Kind::File);
    Held::new(files.map(|found| (found.channel, found.entry)).collect(), links)
}

/// An entry under its channel.
struct Found<'d> {
    channel: Text,
    entry: Entry<'d>,
}

impl<'d> Found<'d> {
    fn of(entry: Entry<'d>, links: Links<'_>) -> Option<Self> {
        if entry.kind() == Kind::Link {
            return None;
        }
        Some(Self { channel: channel_of(entry, links)?, entry })
    }

    fn opening(&self) -> (&Text, [Option<&Text>; 3]) {
        let [href, view, password, _] = self.entry.opening();
        (&self.channel, [href, view, password])
    }
}

fn entries<'d>(places: [Tables<'d>; 2], links: Links<'_>) -> impl Iterator<Item = Found<'d>> {
    let all = places.into_iter().flat_map(Tables::entries);
    all.filter_map(move |entry| Found::of(entry, links))
}

/// Under which channel an entry is kept: the one that it names, else the one that its link leads to, else the link.
fn channel_of(entry: Entry<'_>, links: Links<'_>) -> Option<Text> {
    if let Some(named) = entry.channel().filter(|text| is_name(text)) {
        return Some(named.clone());
    }
    let cipher = match links {
        Links::Keyed(cipher) => Some(cipher),
        Links::Plain | Links::Sealed => None,
    };
    let leads = entry.leads_to(cipher).map(Text::from);
    leads.or_else(|| entry.links().into_iter().flatten().find(|text| is_name(text)).cloned())
}

/// Whether a text may be the name of a key. What an entry names is anything.
fn is_name(text: &Text) -> bool {
    text.utf16_len() <= NAME && text.units().all(|unit| unit > u16::from(b' '))
}
