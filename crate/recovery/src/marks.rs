//! Which entries a tag marks, and what each was when the tag came: from the states of a document, line by line.

use std::collections::{BTreeMap, BTreeSet};

use pinfold_core::document::{Branch, Entry, EntryId, Kind, Shape, Tables};
use pinfold_core::drive::edit::{Before, TakeBack};
use pinfold_core::json::{Text, Value};

use crate::beside::{BesideMarks, beside};
use crate::history::Moment;
use crate::presence::{Presence, What};
use crate::tag::{folded, is_tag};

/// One entry that got the tag.
#[derive(Debug, Clone)]
pub struct Mark {
    /// The line that brought the tag.
    pub at: Moment,
    /// The line that took entry or tag away; `None` while both are there.
    pub until: Option<Moment>,
    /// Its channel, as the entry says.
    pub channel: Option<Text>,
    /// What takes it back. `None` where the log begins with it: what was there before cannot be told.
    pub undo: Option<TakeBack>,
    /// Whether nobody touched it since, as the document is now.
    pub untouched: bool,
}

/// Follows one tag through the states of one document.
#[derive(Debug)]
pub struct Marks {
    shape: Shape,
    /// As somebody typed it: CryptPad's search does not mind capitals.
    tag: String,
    marks: Vec<Mark>,
    there: BTreeMap<(Kind, EntryId), usize>,
    /// The teams and calendars that have it, in the account document; of a team's, its calendars.
    pub(crate) beside: BesideMarks,
}

impl Marks {
    /// Of a document of this shape, of which no state was seen. The tag with or without `#`, in any capitals.
    pub fn new(shape: Shape, tag: &str) -> Self {
        Self {
            shape,
            tag: folded(tag),
            marks: Vec::new(),
            there: BTreeMap::new(),
            beside: BesideMarks::default(),
        }
    }

    /// Whether what became of an entry in a line is news of the tag: it came, or entry or tag left. Of all other lines no state has
    /// to be seen.
    pub(crate) fn concerns(&self, presence: &Presence) -> bool {
        if let Some(what) = beside(presence.what) {
            return self.beside.concerns(what, presence, &self.tag);
        }
        let Some(id) = presence.id.as_str().and_then(EntryId::parse) else { return false };
        let kind = match presence.what {
            What::File => Kind::File,
            What::SharedFolder => Kind::SharedFolder,
            What::Link => Kind::Link,
            What::OldFolder | What::Team | What::Calendar => return false,
        };
        let has_tag = presence.is_there() && presence.entry().tags().any(|tag| is_tag(tag, &self.tag));
        has_tag != self.there.contains_key(&(kind, id))
    }

    /// Every entry that got the tag, in the order in which they got it.
    pub fn all(&self) -> &[Mark] {
        &self.marks
    }

    /// Takes the next state in: that after a line. `before` is the state before it, if there was one.
    pub fn see(&mut self, at: Moment, before: Option<&Value>, document: &Value) {
        self.beside.see(at, (&self.tag, self.shape), before, document);
        let tables = Tables::under(document, self.shape);
        let mut tagged: Vec<(Kind, EntryId, Entry<'_>, Text)> = Vec::new();
        for entry in tables.entries() {
            let tag = entry.tags().find(|tag| is_tag(tag, &self.tag)).cloned();
            if let (Some(id), Some(tag)) = (entry.id(), tag) {
                tagged.push((entry.kind(), id, entry, tag));
            }
        }
        let now: BTreeSet<(Kind, EntryId)> = tagged.iter().map(|(kind, id, ..)| (*kind, *id)).collect();
        for (key, mark) in &self.there {
            if let (false, Some(mark)) = (now.contains(key), self.marks.get_mut(*mark)) {
                mark.until = Some(at);
            }
        }
        self.there.retain(|key, _| now.contains(key));
        for (kind, id, entry, tag) in tagged {
            if self.there.contains_key(&(kind, id)) {
                continue;
            }
            let undo = before.map(|before| undo(self.shape, kind, id, entry, tag, (before, document)));
            let channel = entry.channel().cloned();
            self.there.insert((kind, id), self.marks.len());
            self.marks.push(Mark { at, until: None, channel, undo: undo.flatten(), untouched: false });
        }
    }

    /// Compares with the document as it is after the last line.
    pub fn end(&mut self, document: Option<&Value>) {
        let Some(document) = document else { return };
        self.beside.end(document);
        let tables = Tables::under(document, self.shape);
        for mark in &mut self.marks {
            mark.untouched = mark.until.is_none() && mark.undo.as_ref().is_some_and(|undo| undo.fits(tables));
        }
    }
}

/// What takes an entry back that got its tag between two states.
fn undo(
    shape: Shape,
    kind: Kind,
    id: EntryId,
    entry: Entry<'_>,
    tag: Text,
    (before, after): (&Value, &Value),
) -> Option<TakeBack> {
    let was = Tables::under(before, shape);
    let (tree, tree_before) = (Tables::under(after, shape).tree(), was.tree());
    let texts = |names: Vec<&Text>| -> Vec<Text> { names.into_iter().cloned().collect() };
    let places: Vec<(Branch, Vec<Text>)> =
        tree.places(id).map(|place| (place.branch(), texts(place.names()))).collect();
    let was_there = was.entry(kind, id).is_some();
    let was_trashed = tree_before.places(id).any(|place| place.branch() == Branch::Trash);
    let was_shown = tree_before.places(id).any(|place| place.branch() != Branch::Trash);
    let mut made = Vec::new();
    for (_, names) in places.iter().filter(|(branch, _)| *branch == Branch::Root) {
        let above = names.len().saturating_sub(1);
        let folders = (1..=above).rev().filter_map(|count| names.get(..count));
        made.extend(folders.filter(|folder| !was.has_folder(folder)).map(<[Text]>::to_vec));
    }
    Some(TakeBack {
        kind,
        entry: id,
        tag,
        wrote: entry.fields()?.clone(),
        places,
        before: match (was_there, was_trashed && !was_shown) {
            (false, _) => Before::Nothing,
            (true, true) => Before::Trashed,
            // Also what stood nowhere: in the trash it would be destroyed one day.
            (true, false) => Before::Shown,
        },
        made,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What stood nowhere was not in the trash: taking it back does not put it where it would be destroyed one day.
    #[test]
    fn an_entry_that_stood_nowhere_only_loses_the_tag() {
        let document = |root: &str, trash: &str, tags: &str| {
            let entry = format!(r#"{{"channel":"c"{tags}}}"#);
            let text =
                format!(r#"{{"drive":{{"filesData":{{"1":{entry}}},"root":{root},"trash":{trash}}}}}"#);
            Value::parse(&text).unwrap()
        };
        let after = document(r#"{"a":1}"#, "{}", r#","tags":["T"]"#);
        let trash = r#"{"a":[{"element":1,"path":["root"]}]}"#;
        for (root, trash, expected) in [
            ("{}", "{}", Before::Shown),
            ("{}", trash, Before::Trashed),
            (r#"{"a":1}"#, "{}", Before::Shown),
            (r#"{"a":1}"#, trash, Before::Shown),
        ] {
            let mut marks = Marks::new(Shape::Account, "T");
            let at = Moment { line: 1, time: None, author: None };
            marks.see(at, Some(&document(root, trash, "")), &after);
            assert_eq!(marks.all()[0].undo.as_ref().unwrap().before, expected, "{root} {trash}");
        }
    }
}
