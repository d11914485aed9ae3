//! The fields of the kinds, and what is named by them.

use std::fmt;

use super::Subject;
use crate::href::href_to_channel;
use crate::ids::{ChannelId, is_valid_channel};
use crate::json::Value;
use crate::secret::SecretText;

/// One field, for those who show it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Fact<'a> {
    /// Text.
    Text(&'a str),
    /// Yes or no.
    Flag(bool),
    /// A number.
    Number(f64),
}

/// What all field sets can do.
pub(super) trait Fields {
    fn subjects(&self, into: &mut Vec<Subject>);
    fn facts(&self, tell: &mut dyn FnMut(&'static str, Fact<'_>));
}

/// A message that says no more than its kind and its sender.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Nothing;

/// A document or shared folder.
#[derive(Clone, PartialEq, Eq)]
pub struct Document {
    /// Its channel: as the message says, or as it follows from the link.
    pub channel: Option<String>,
    /// The link, which holds keys.
    pub href: Option<String>,
    /// Its title.
    pub title: Option<String>,
    /// Whether the message carries a password for it.
    pub password_protected: bool,
    /// Whether it is meant to be copied.
    pub template: bool,
    /// The channel of the team that it is about, where it is about a team.
    pub team: Option<String>,
    /// Whether an offer of ownership waits for an answer.
    pub pending: Option<bool>,
    /// The answer to an offer.
    pub answer: Option<bool>,
}

/// A team.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Team {
    /// The channel of its document.
    pub channel: Option<String>,
    /// Its name.
    pub name: Option<String>,
    /// The answer to an invitation.
    pub answer: Option<bool>,
    /// Whether we may edit.
    pub edit: Option<bool>,
}

/// A ticket of the support team.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ticket {
    /// Where the conversation is.
    pub channel: Option<String>,
    /// Its title.
    pub title: Option<String>,
}

/// A shared folder that is gone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folder {
    /// Its channel, where the message says so.
    pub channel: Option<String>,
    /// Its title.
    pub title: Option<String>,
}

/// Something the operator says to everybody.
#[derive(Debug, Clone, PartialEq)]
pub struct Announcement {
    /// Its name, by which it is taken back.
    pub uid: Option<String>,
    /// Its address.
    pub url: Option<String>,
    /// From when, in milliseconds since the epoch.
    pub start: Option<f64>,
    /// Until when, in milliseconds since the epoch.
    pub end: Option<f64>,
}

impl Nothing {
    pub(super) fn read(_: &Value) -> Self {
        Self
    }
}

impl Document {
    pub(super) fn read(content: &Value) -> Self {
        let href = text(content, "href");
        let password = text(content, "password").map(SecretText::new);
        let linked = || {
            let password = password.as_ref().map(SecretText::expose);
            // What stands in an old link for the channel may be any text.
            href_to_channel(href.as_deref()?, password).ok().flatten().filter(|id| is_valid_channel(id))
        };
        Self {
            channel: channel(content, "channel").or_else(linked),
            title: text(content, "title"),
            password_protected: password.is_some(),
            template: flag(content, "isTemplate").unwrap_or(false),
            team: document_of_team(content, "teamChannel"),
            pending: flag(content, "pending"),
            answer: flag(content, "answer"),
            href,
        }
    }
}

impl Team {
    pub(super) fn read(content: &Value) -> Self {
        // An invitation carries the team's entry with its keys, the other kinds its channel.
        let entry = content.get("team").or_else(|| content.get("teamData")).unwrap_or(&Value::Null);
        let metadata = entry.get("metadata").unwrap_or(&Value::Null);
        Self {
            channel: document_of_team(entry, "channel").or_else(|| document_of_team(content, "teamChannel")),
            name: text(metadata, "name").or_else(|| text(content, "teamName")),
            answer: flag(content, "answer"),
            edit: flag(content, "state"),
        }
    }
}

impl Ticket {
    pub(super) fn read(content: &Value) -> Self {
        Self { channel: channel(content, "channel"), title: text(content, "title") }
    }
}

impl Folder {
    pub(super) fn read(content: &Value) -> Self {
        Self { channel: channel(content, "channel"), title: text(content, "title") }
    }
}

impl Announcement {
    pub(super) fn read(content: &Value) -> Self {
        let number = |key| content.get(key).and_then(Value::as_f64).filter(|number| number.is_finite());
        Self {
            uid: text(content, "uid"),
            url: text(content, "url"),
            start: number("start"),
            end: number("end"),
        }
    }

    /// The name that stands beside the content counts before one in it.
    pub(super) fn named(&mut self, message: &Value) {
        self.uid = text(message, "uid").or(self.uid.take());
    }
}

fn text(object: &Value, key: &str) -> Option<String> {
    let text = object.get(key)?.as_text()?;
    // Half of a surrogate pair is no text that anybody could show.
    (!text.is_empty()).then(|| text.to_string_lossy().into_owned())
}

fn channel(object: &Value, key: &str) -> Option<String> {
    text(object, key).filter(|id| is_valid_channel(id))
}

/// A team's document is a channel with a history, and no file.
fn document_of_team(object: &Value, key: &str) -> Option<String> {
    channel(object, key).filter(|id| ChannelId::parse(id).is_some())
}

fn flag(object: &Value, key: &str) -> Option<bool> {
    object.get(key)?.as_bool()
}

type Tell<'t> = &'t mut dyn FnMut(&'static str, Fact<'_>);

fn tell_text(tell: Tell<'_>, key: &'static str, value: &Option<String>) {
    if let Some(value) = value {
        tell(key, Fact::Text(value));
    }
}

fn tell_flag(tell: Tell<'_>, key: &'static str, value: Option<bool>) {
    if let Some(value) = value {
        tell(key, Fact::Flag(value));
    }
}

fn tell_number(tell: Tell<'_>, key: &'static str, value: Option<f64>) {
    if let Some(value) = value {
        tell(key, Fact::Number(value));
    }
}

impl Fields for Nothing {
    fn subjects(&self, _: &mut Vec<Subject>) {}
    fn facts(&self, _: Tell<'_>) {}
}

impl Fields for Document {
    fn subjects(&self, into: &mut Vec<Subject>) {
        into.extend(self.channel.clone().map(Subject::Channel));
        into.extend(self.team.clone().map(Subject::Team));
    }

    fn facts(&self, tell: Tell<'_>) {
        tell_text(tell, "channel", &self.channel);
        tell_text(tell, "href", &self.href);
        tell_text(tell, "title", &self.title);
        tell_text(tell, "team", &self.team);
        tell("passwordProtected", Fact::Flag(self.password_protected));
        tell("template", Fact::Flag(self.template));
        tell_flag(tell, "pending", self.pending);
        tell_flag(tell, "answer", self.answer);
    }
}

impl Fields for Team {
    fn subjects(&self, into: &mut Vec<Subject>) {
        into.extend(self.channel.clone().map(Subject::Team));
    }

    fn facts(&self, tell: Tell<'_>) {
        tell_text(tell, "team", &self.channel);
        tell_text(tell, "name", &self.name);
        tell_flag(tell, "answer", self.answer);
        tell_flag(tell, "edit", self.edit);
    }
}

impl Fields for Ticket {
    // A ticket is a conversation with the operators and stands in no drive.
    fn subjects(&self, _: &mut Vec<Subject>) {}

    fn facts(&self, tell: Tell<'_>) {
        tell_text(tell, "channel", &self.channel);
        tell_text(tell, "title", &self.title);
    }
}

impl Fields for Folder {
    fn subjects(&self, into: &mut Vec<Subject>) {
        into.extend(self.channel.clone().map(Subject::Channel));
    }

    fn facts(&self, tell: Tell<'_>) {
        tell_text(tell, "channel", &self.channel);
        tell_text(tell, "title", &self.title);
    }
}

impl Fields for Announcement {
    fn subjects(&self, _: &mut Vec<Subject>) {}

    fn facts(&self, tell: Tell<'_>) {
        tell_text(tell, "uid", &self.uid);
        tell_text(tell, "url", &self.url);
        tell_number(tell, "start", self.start);
        tell_number(tell, "end", self.end);
    }
}

/// A link holds keys and a title is private: neither is shown.
impl fmt::Debug for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { channel: _, href, title: _, password_protected, template, team: _, pending, answer } =
            self;
        f.debug_struct("Document")
            .field("href", &href.is_some())
            .field("password_protected", password_protected)
            .field("template", template)
            .field("pending", pending)
            .field("answer", answer)
            .finish_non_exhaustive()
    }
}
