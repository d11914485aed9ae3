//! A document's text, cut where its states are compared: a drive of thousands of entries changes by one line, and only what
//! the line touched is read.
//!
//! ```text
//! {"drive":{"filesData":{"7":{…},"8":{…}},"root":{"Letters":{"k":7}},"trash":{},…},"teams":{…},…}
//!            └ a table ──┴ rows ──────┘    └ names, to the leaves ┘  └ lists ┘       └ a table
//! ```
//!
//! What is cut is kept with the place where it stands. The next text is read against it: what repeats the text of a piece
//! is that piece, and costs a comparison of memory. Whatever is not as expected (a name twice in one object, an object of
//! the tree that becomes a description) makes [`Outline::follow`] give up; then the whole document is compared.

use std::collections::{HashMap, HashSet};

use pinfold_core::document::{Branch, EntryId, Part, Shape};
use pinfold_core::json::{Text, Value};

use crate::presence::{Spot, What};
use crate::scan::{after_string, after_value, after_white, is_closed_by};
use crate::standing::{ids_in_list, stand_in_trash};

/// Folders of names nest so deep; a document that goes deeper is compared as a whole.
const DEEPEST: usize = 64;

/// What is different between two states.
#[derive(Default)]
pub(crate) struct Delta {
    /// Rows that came, changed or left, and what they say now.
    pub(crate) rows: Vec<(What, Text, Option<Value>)>,
    /// Numbers that no longer stand somewhere.
    pub(crate) left: Vec<(EntryId, Spot)>,
    /// Numbers that stand somewhere now.
    pub(crate) stand: Vec<(EntryId, Spot)>,
    /// Names in the trash under which nothing lies now; perhaps also those under which nothing lay before.
    pub(crate) emptied: Vec<Text>,
}

/// What the children of an object are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    Document(Shape),
    Holder,
    Table(What),
    /// The top of the tree, or a folder of names.
    Names {
        top: bool,
    },
    Trash,
}

/// What a child is that is not cut any further.
#[derive(Clone, Copy)]
enum Leaf {
    Row(What),
    Number,
    Template,
    Thrown,
    Other,
}

impl Role {
    /// The part of the document that stands under this name.
    fn part(self, key: &Text) -> Option<Part> {
        match self {
            Self::Document(shape) => Part::of_document(shape, key.as_str()?),
            Self::Holder => Part::of_holder(key.as_str()?),
            Self::Table(_) | Self::Names { .. } | Self::Trash => None,
        }
    }

    /// What an object under this name is, if it is cut. Below a folder of names every object is one, whatever the name.
    fn inside(self, key: &Text) -> Option<Self> {
        if let Self::Names { .. } = self {
            return Some(Self::Names { top: false });
        }
        Some(match self.part(key)? {
            Part::Holder => Self::Holder,
            Part::Table(kind) => Self::Table(What::of(kind)),
            Part::OldFolders => Self::Table(What::OldFolder),
            Part::Teams => Self::Table(What::Team),
            Part::Calendars => Self::Table(What::Calendar),
            Part::Tree(Branch::Root) => Self::Names { top: true },
            Part::Tree(Branch::Trash) => Self::Trash,
            Part::Tree(Branch::Template) => return None,
        })
    }

    fn leaf(self, key: &Text) -> Leaf {
        match self {
            Self::Table(what) => Leaf::Row(what),
            Self::Names { .. } => Leaf::Number,
            Self::Trash => Leaf::Thrown,
            Self::Holder if self.part(key) == Some(Part::Tree(Branch::Template)) => Leaf::Template,
            Self::Holder | Self::Document(_) => Leaf::Other,
        }
    }

    /// Whether the names of its children are part of a place.
    const fn names(self) -> bool {
        matches!(self, Self::Names { .. } | Self::Trash)
    }
}

/// A name and what stands under it. Places count from the start of the object that it stands in.
struct Child {
    key: Text,
    start: usize,
    len: usize,
    /// Where its value begins, from its own start.
    value: usize,
    inner: Option<Box<Piece>>,
}

/// An object that is cut.
struct Piece {
    role: Role,
    children: Vec<Child>,
    keys: HashSet<Text>,
    /// Whether it describes the folder it stands in, and is no folder itself (PROTOCOL.md 14.2).
    describes: bool,
}

impl Piece {
    fn new(role: Role) -> Self {
        Self { role, children: Vec::new(), keys: HashSet::new(), describes: false }
    }

    fn hides(&self) -> bool {
        self.describes && self.role == Role::Names { top: false }
    }
}

/// The pieces of one state.
pub(crate) struct Outline {
    shape: Shape,
    whole: Option<Piece>,
}

impl Outline {
    pub(crate) const fn new(shape: Shape) -> Self {
        Self { shape, whole: None }
    }

    /// Nothing is known of the present state.
    pub(crate) fn forget(&mut self) {
        self.whole = None;
    }

    /// From one text to the next. `None`: they have to be compared as a whole.
    pub(crate) fn follow(&mut self, old: &[u16], new: &[u16]) -> Option<Delta> {
        let told = self.whole.take().and_then(|was| self.read(old, was, new, false));
        if told.is_none() {
            // What is found in this state is kept for the next.
            self.read(old, Piece::new(self.role()), new, true);
        }
        told
    }

    const fn role(&self) -> Role {
        match self.shape {
            Shape::Folder => Role::Holder,
            shape => Role::Document(shape),
        }
    }

    fn read(&mut self, old: &[u16], was: Piece, new: &[u16], muted: bool) -> Option<Delta> {
        let mut reading = Following { old, new, delta: Delta::default(), path: Vec::new(), muted };
        let (piece, end) = reading.object(0, was, after_white(new, 0))?;
        if after_white(new, end) != new.len() {
            return None;
        }
        self.whole = Some(piece);
        Some(reading.delta)
    }
}

struct Following<'t> {
    old: &'t [u16],
    new: &'t [u16],
    delta: Delta,
    /// The names that lead to what is being read, as far as they are part of a place.
    path: Vec<Text>,
    /// Nothing of what is read is told: it describes a folder, or there is nothing to compare with.
    muted: bool,
}

impl Following<'_> {
    /// Reads the object at a place of the new text; `old_at` is where the piece stands in the old one. The second is where
    /// the object ends.
    fn object(&mut self, old_at: usize, was: Piece, at: usize) -> Option<(Piece, usize)> {
        if self.new.get(at) != Some(&u16::from(b'{')) || self.path.len() > DEEPEST {
            return None;
        }
        let hid = was.hides();
        let muted = self.muted;
        self.muted |= hid;
        let read = self.children(old_at, was, at);
        self.muted = muted;
        // What was hidden and is shown now, or the other way round: rare, and nothing that was told would be true.
        read.filter(|(is, _)| muted || is.hides() == hid)
    }

    fn children(&mut self, old_at: usize, was: Piece, at: usize) -> Option<(Piece, usize)> {
        let role = was.role;
        let mut is = Piece { children: Vec::with_capacity(was.children.len() + 1), ..Piece::new(role) };
        is.keys = was.keys;
        let mut old = was.children.into_iter().peekable();
        let mut passed: HashMap<Text, Child> = HashMap::new();
        let mut place = after_white(self.new, at + 1);
        let empty = self.new.get(place) == Some(&u16::from(b'}'));
        loop {
            if empty {
                break;
            }
            let start = place - at;
            if let Some(child) = old.next_if(|child| self.repeats(old_at, child, place)) {
                place += child.len;
                is.describes |= self.is_description(role, &child, place);
                is.children.push(Child { start, ..child });
            } else {
                let (key, value) = self.name_at(place)?;
                let known = if is.keys.contains(&key) {
                    let mut known = passed.remove(&key);
                    while known.is_none() {
                        let child = old.next()?;
                        if child.key == key {
                            known = Some(child);
                        } else {
                            passed.insert(child.key.clone(), child);
                        }
                    }
                    known
                } else {
                    is.keys.insert(key.clone());
                    None
                };
                let child = Child { key, start, len: 0, value: value - place, inner: None };
                let child = self.child(role, old_at, known, child, place)?;
                place += child.len;
                is.describes |= self.is_description(role, &child, place);
                is.children.push(child);
            }
            place = after_white(self.new, place);
            match self.new.get(place).and_then(|unit| u8::try_from(*unit).ok()) {
                Some(b',') => place = after_white(self.new, place + 1),
                Some(b'}') => break,
                _ => return None,
            }
        }
        for child in passed.into_values().chain(old) {
            is.keys.remove(&child.key);
            self.gone(role, old_at, &child)?;
        }
        Some((is, place + 1))
    }

    /// Whether the new text repeats a child at a place.
    fn repeats(&self, old_at: usize, child: &Child, place: usize) -> bool {
        let was = self.old.get(old_at + child.start..old_at + child.start + child.len);
        let end = place + child.len;
        was.is_some() && self.new.get(place..end) == was && is_closed_by(self.new.get(end))
    }

    /// Whether a child, which ends there, is the mark that makes its object a description.
    fn is_description(&self, role: Role, child: &Child, end: usize) -> bool {
        let is_mark = matches!(role, Role::Names { top: false }) && child.key.as_str() == Some("metadata");
        let value = end - child.len + child.value;
        is_mark && self.new.get(value..end).is_some_and(|text| text.iter().copied().eq("true".encode_utf16()))
    }

    /// The name at a place, and where what it names begins.
    fn name_at(&self, place: usize) -> Option<(Text, usize)> {
        let end = after_string(self.new, place)?;
        let raw = self.new.get(place..end)?;
        let plain = raw.get(1..raw.len() - 1)?;
        let key = if plain.contains(&u16::from(b'\\')) {
            Value::parse_text(&Text::from_utf16(raw)).ok()?.as_text()?.clone()
        } else {
            Text::from_utf16(plain)
        };
        let colon = after_white(self.new, end);
        (self.new.get(colon) == Some(&u16::from(b':'))).then(|| (key, after_white(self.new, colon + 1)))
    }

    /// Reads one child that is new or changed.
    fn child(
        &mut self,
        role: Role,
        old_at: usize,
        known: Option<Child>,
        mut child: Child,
        place: usize,
    ) -> Option<Child> {
        let value = place + child.value;
        let is_object = self.new.get(value) == Some(&u16::from(b'{'));
        let end = if let Some(inside) = role.inside(&child.key).filter(|_| is_object) {
            let (mut was, mut was_at) = (Piece::new(inside), 0);
            match known {
                Some(Child { inner: Some(piece), start, value, .. }) => {
                    (was, was_at) = (*piece, old_at + start + value);
                }
                Some(other) => self.gone(role, old_at, &other)?,
                None => {}
            }
            self.enter(role, &child.key);
            let read = self.object(was_at, was, value);
            self.leave(role);
            let (piece, end) = read?;
            child.inner = Some(Box::new(piece));
            end
        } else {
            let end = after_value(self.new, value)?;
            let text = self.new.get(value..end)?;
            let same = known.as_ref().is_some_and(|known| self.value_of(old_at, known) == Some(text));
            if !same {
                // A row that changed is told once, with what it says now.
                if let Some(known) = known.filter(|_| !matches!(role, Role::Table(_))) {
                    self.gone(role, old_at, &known)?;
                }
                self.tell(role, &child.key, Some(text), text)?;
            }
            end
        };
        child.len = end - place;
        Some(child)
    }

    fn value_of(&self, old_at: usize, child: &Child) -> Option<&[u16]> {
        let start = old_at + child.start;
        self.old.get(start + child.value..start + child.len)
    }

    fn enter(&mut self, role: Role, key: &Text) {
        if role.names() {
            self.path.push(key.clone());
        }
    }

    fn leave(&mut self, role: Role) {
        if role.names() {
            self.path.pop();
        }
    }

    /// A child of the old state that is no longer there.
    fn gone(&mut self, role: Role, old_at: usize, child: &Child) -> Option<()> {
        let Some(piece) = &child.inner else {
            let was = self.old;
            let start = old_at + child.start;
            return self.tell(role, &child.key, None, was.get(start + child.value..start + child.len)?);
        };
        if piece.hides() {
            return Some(());
        }
        self.enter(role, &child.key);
        let inner_at = old_at + child.start + child.value;
        let told = piece.children.iter().try_for_each(|inner| self.gone(piece.role, inner_at, inner));
        self.leave(role);
        told
    }

    /// Tells of something that is not cut any further: as it is now, or as it was when it left.
    fn tell(&mut self, role: Role, key: &Text, is: Option<&[u16]>, text: &[u16]) -> Option<()> {
        let leaf = role.leaf(key);
        if self.muted || matches!(leaf, Leaf::Other) {
            return Some(());
        }
        let read = || Value::parse_text(&Text::from_utf16(text)).ok();
        if let Leaf::Row(what) = leaf {
            let row = if is.is_some() { Some(read()?) } else { None };
            self.delta.rows.push((what, key.clone(), row));
            return Some(());
        }
        let value = read()?;
        if let (Leaf::Thrown, Some(_), Some([])) = (leaf, is, value.as_array()) {
            self.delta.emptied.push(key.clone());
        }
        let places = if is.is_some() { &mut self.delta.stand } else { &mut self.delta.left };
        match leaf {
            Leaf::Number => {
                let names = || self.path.iter().chain([key]).cloned().collect();
                let number = value.as_u64().and_then(EntryId::new);
                places.extend(number.map(|id| (id, Spot { branch: Branch::Root, names: names() })));
            }
            Leaf::Template => {
                let spot = || Spot { branch: Branch::Template, names: Vec::new() };
                places.extend(ids_in_list(&value).map(|id| (id, spot())));
            }
            Leaf::Thrown => stand_in_trash(key, &value, places),
            Leaf::Row(_) | Leaf::Other => {}
        }
        Some(())
    }
}
