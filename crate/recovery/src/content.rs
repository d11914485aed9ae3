//! What a person wrote in a document, apart from what the client writes by itself.

use pinfold_core::document::FolderDoc;
use pinfold_core::json::{Object, Value};

/// The application of a document: the first part of its link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum App {
    /// Code, and markdown slides' source.
    Code,
    /// Rich text.
    Pad,
    /// Slides.
    Slide,
    /// A board of cards.
    Kanban,
    /// A form, and the polls that forms replaced.
    Form,
    /// A whiteboard.
    Whiteboard,
    /// Another: what its client writes by itself is not known, so everything counts as a person's.
    Other,
}

impl App {
    /// The application that a link is of: `/code/#/2/…`.
    pub fn of_link(link: &str) -> Self {
        match link.split('/').find(|part| !part.is_empty()) {
            Some("code") => Self::Code,
            Some("pad") => Self::Pad,
            Some("slide") => Self::Slide,
            Some("kanban") => Self::Kanban,
            Some("form" | "poll") => Self::Form,
            Some("whiteboard") => Self::Whiteboard,
            _ => Self::Other,
        }
    }
}

/// A state of a document without what the client writes by itself.
#[derive(Clone, PartialEq)]
pub struct Body {
    content: Value,
    /// A title that a person typed: content of the lowest kind.
    title: Option<Value>,
    is_start: bool,
    most_changes: usize,
}

impl Body {
    /// Of a shared folder.
    pub fn of_folder(document: &Value) -> Self {
        let tables = FolderDoc::of(document).tables();
        let holds = tables.entries().next().is_some() || tables.shows_anything();
        let content = if holds { document.clone() } else { Value::Null };
        let title = FolderDoc::of(document).title().map(Value::from);
        Self { content, title, is_start: !holds, most_changes: usize::MAX }
    }

    /// Of a document.
    pub fn of_document(app: App, document: &Value) -> Self {
        let mut content = without_volatile(document);
        let title = take_title(&mut content);
        let is_start = is_start(app, &content);
        let most_changes = match app {
            // Their start documents look like content: they must not have changed after they were made.
            App::Kanban => 1,
            App::Form => 2,
            _ => usize::MAX,
        };
        Self { content, title, is_start, most_changes }
    }

    /// Whether it says the same as another, but for the title.
    pub fn has_content_of(&self, other: &Self) -> bool {
        self.content == other.content
    }

    /// The title that a person gave it.
    pub const fn title(&self) -> Option<&Value> {
        self.title.as_ref()
    }

    /// Whether a client writes it by itself.
    pub const fn is_start(&self) -> bool {
        self.is_start
    }

    /// How often a document that a client makes by itself becomes another.
    pub const fn most_changes(&self) -> usize {
        self.most_changes
    }
}

/// The title that a person typed; that of a client was taken out before.
fn take_title(content: &mut Value) -> Option<Value> {
    let description = match content {
        Value::Object(object) => Some(object),
        Value::Array(parts) => {
            parts.iter_mut().filter_map(Value::as_object_mut).find(|part| part.contains_key("metadata"))
        }
        _ => None,
    }?;
    let metadata = description.get_mut("metadata")?.as_object_mut()?;
    let title = metadata.remove("title");
    if metadata.is_empty() {
        description.remove("metadata");
    }
    title
}

const NAMES_OF_PEOPLE: [&str; 5] = ["chat2", "cursor", "users", "type", "defaultTitle"];

fn without_volatile(document: &Value) -> Value {
    match document {
        Value::Object(object) => Value::Object(object_without_volatile(object)),
        // Rich text: the description stands in the last element.
        Value::Array(parts) => Value::Array(parts.iter().map(without_volatile_in_part).collect()),
        other => other.clone(),
    }
}

fn without_volatile_in_part(part: &Value) -> Value {
    match part {
        Value::Object(object) if object.contains_key("metadata") => {
            Value::Object(object_without_volatile(object))
        }
        other => other.clone(),
    }
}

fn object_without_volatile(object: &Object) -> Object {
    let mut kept = object.clone();
    if let Some(Value::Object(metadata)) = object.get("metadata") {
        let mut metadata = metadata.clone();
        let default = metadata.get("defaultTitle").cloned();
        let title = metadata.get("title");
        if title.is_some_and(|title| Some(title) == default.as_ref() || title.as_str() == Some("")) {
            metadata.remove("title");
        }
        for field in NAMES_OF_PEOPLE {
            metadata.remove(field);
        }
        if let Some(Value::Object(comments)) = metadata.get_mut("comments") {
            comments.remove("authors");
            let none = comments.get("data").and_then(Value::as_object).is_some_and(Object::is_empty);
            if none && comments.len() == 1 {
                metadata.remove("comments");
            }
        }
        kept.remove("metadata");
        if !metadata.is_empty() {
            kept.insert("metadata", metadata);
        }
    }
    if let Some(Value::Object(answers)) = kept.get_mut("answers") {
        for key in ["channel", "publicKey", "validateKey"] {
            answers.remove(key);
        }
    }
    kept
}

/// Whether a document without its volatile parts is the one that its client begins with.
fn is_start(app: App, content: &Value) -> bool {
    if app != App::Other && content.as_object().is_some_and(Object::is_empty) {
        return true;
    }
    let text_is_empty = |value: &Value| value.get("content").and_then(Value::as_str) == Some("");
    match app {
        App::Code => {
            text_is_empty(content)
                && has_only(content, &["authormarks", "content", "highlightMode"])
                && no_marks(content)
        }
        App::Slide => {
            text_is_empty(content)
                && has_only(content, &["authormarks", "content", "highlightMode", "metadata"])
                && no_marks(content)
                && only_colours(content)
        }
        App::Pad => is_empty_page(content),
        App::Kanban => is_first_board(content),
        App::Form => is_first_form(content),
        App::Whiteboard => is_empty_board(content),
        App::Other => false,
    }
}

fn has_only(content: &Value, fields: &[&str]) -> bool {
    let Some(object) = content.as_object() else { return false };
    object.keys().all(|key| key.as_str().is_some_and(|key| fields.contains(&key)))
}

fn no_marks(content: &Value) -> bool {
    content.get("authormarks").and_then(Value::as_object).is_none_or(Object::is_empty)
}

fn only_colours(content: &Value) -> bool {
    content.get("metadata").is_none_or(|metadata| has_only(metadata, &["backColor", "color"]))
}

/// `["BODY", attributes, [["P", {}, []]], …]`
fn is_empty_page(content: &Value) -> bool {
    let paragraphs = content.at(2).and_then(Value::as_array);
    let is_empty = |paragraph: &Value| {
        let inner = paragraph.at(2).and_then(Value::as_array);
        let line_break = |child: &Value| child.at(0).and_then(Value::as_str) == Some("BR");
        paragraph.at(0).and_then(Value::as_str) == Some("P")
            && inner.is_some_and(|inner| inner.is_empty() || inner.len() == 1 && inner.iter().all(line_break))
    };
    let description = content.at(3).and_then(Value::as_object);
    content.at(0).and_then(Value::as_str) == Some("BODY")
        && paragraphs.is_some_and(|paragraphs| paragraphs.len() <= 1 && paragraphs.iter().all(is_empty))
        && description.is_none_or(Object::is_empty)
}

fn numbers(value: Option<&Value>) -> Option<Vec<u64>> {
    value?.as_array()?.iter().map(Value::as_u64).collect()
}

fn keys_of(value: Option<&Value>) -> Option<Vec<&str>> {
    let mut keys: Vec<&str> = value?.as_object()?.keys().map(|key| key.as_str()).collect::<Option<_>>()?;
    keys.sort_unstable();
    Some(keys)
}

/// Three lists, of which the first has two cards. Their titles are in the language of who made it.
fn is_first_board(content: &Value) -> bool {
    let Some(board) = content.get("content") else { return false };
    let cards = |list: &str| numbers(board.get("data").and_then(|data| data.get(list)?.get("item")));
    has_only(content, &["content"])
        && numbers(board.get("list")) == Some(vec![11, 12, 13])
        && keys_of(board.get("data")) == Some(vec!["11", "12", "13"])
        && keys_of(board.get("items")) == Some(vec!["1", "2"])
        && [cards("11"), cards("12"), cards("13")] == [Some(vec![1, 2]), Some(vec![]), Some(vec![])]
}

/// A text and a question with two options. Before its second patch, a form has its keys and nothing else.
fn is_first_form(content: &Value) -> bool {
    if has_only(content, &["answers", "version"]) {
        return true;
    }
    let kind = |number: &str| content.get("form")?.get(number)?.get("type")?.as_str();
    let options = || content.get("form")?.get("2")?.get("opts")?.get("values")?.as_array();
    has_only(content, &["answers", "form", "order", "version"])
        && keys_of(content.get("form")) == Some(vec!["1", "2"])
        && kind("1") == Some("md")
        && kind("2") == Some("radio")
        && options().is_some_and(|options| options.len() == 2)
}

fn is_empty_board(content: &Value) -> bool {
    let drawn = content.get("content").and_then(|board| board.get("objects")?.as_array());
    drawn.is_some_and(<[Value]>::is_empty)
        && has_only(content, &["content", "metadata"])
        && content.get("metadata").is_none_or(|metadata| has_only(metadata, &["palette"]))
}
