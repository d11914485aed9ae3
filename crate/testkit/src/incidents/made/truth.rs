//! What happened, in the words of a manifest.

use pinfold_core::json::{Object, Value};

use super::things::Thing;
use super::world::{World, is_folder};

/// Everything that the manifest will say is true.
#[derive(Default)]
pub(super) struct Truth {
    pub(super) lost: Vec<Object>,
    /// Channels of documents that were in a folder which lies in the trash, made anew.
    pub(super) in_thrown: Vec<String>,
    pub(super) kept: Vec<Object>,
    pub(super) conflicts: Vec<Object>,
    pub(super) events: Vec<Object>,
    pub(super) claims: Vec<Object>,
    /// Whether a log was shortened: then nothing proves that something was never there.
    pub(super) is_trimmed: bool,
    /// Letters of clients.
    pub(super) letters: Vec<Object>,
    /// Whether something of folders was harmed otherwise than by the user.
    pub(super) is_affected: bool,
    /// The same for the second user.
    pub(super) is_second_affected: bool,
}

impl World {
    /// What the manifest says of something lost.
    pub(super) fn is_lost(&mut self, thing: &Thing, cause: &str, key_at: &str) {
        let mut lost = named(thing);
        lost.insert("href", thing.href.as_str());
        lost.insert("roHref", thing.view.as_str());
        lost.insert("cause", cause);
        lost.insert("keyAt", key_at);
        let intent: Value = match cause {
            "user-trash" | "user-removed" | "password-change" => true.into(),
            "user-after-loss" | "removed-or-erased" => "doubtful".into(),
            "other-member" | "other-member-trash" | "other-member-burst" => "other".into(),
            _ => false.into(),
        };
        lost.insert("intent", intent);
        self.truth.is_affected |= match cause {
            "client-on-server-word" | "folder-made-anew" | "user-after-loss" => true,
            "other-member" | "other-member-trash" | "other-member-burst" | "removed-or-erased" => {
                is_folder(thing) || key_at == "history-folder"
            }
            _ => false,
        };
        self.truth.lost.push(lost);
    }

    pub(super) fn are_lost(&mut self, things: &[Thing], cause: &str, key_at: &str) {
        things.iter().for_each(|thing| self.is_lost(thing, cause, key_at));
    }

    /// The trash is emptied: what lay there is gone as well, and with a folder what was in it before it was made anew.
    pub(super) fn trash_is_gone(&mut self) {
        let in_thrown = std::mem::take(&mut self.truth.in_thrown);
        for lost in &mut self.truth.lost {
            let text = |field: &str| lost.get(field).and_then(Value::as_str);
            if text("channel").is_some_and(|channel| in_thrown.iter().any(|inside| inside == channel)) {
                lost.insert("cause", "folder-lost");
                continue;
            }
            let is_thrown = matches!(text("cause"), Some("user-trash" | "user-after-loss"));
            if is_thrown && text("keyAt") == Some("present") && lost.get("kind").is_none() {
                lost.insert("keyAt", "history-drive");
            }
        }
    }

    pub(super) fn is_kept(&mut self, thing: &Thing, class: &str) {
        let mut kept = named(thing);
        kept.insert("class", class);
        self.truth.kept.push(kept);
    }

    pub(super) fn conflicts(&mut self, thing: &Thing, class: &str) {
        let mut conflict = named(thing);
        conflict.insert("class", class);
        self.truth.conflicts.push(conflict);
    }
}

impl World {
    /// Somebody asks after something by its title.
    pub(super) fn is_claimed(&mut self, title: &str, class: &str) {
        self.claim(format!("title \"{title}\""), None, class);
    }

    /// Somebody asks after something by its link.
    pub(super) fn link_is_claimed(&mut self, link: &str, class: &str) {
        self.claim("link".to_owned(), Some(link), class);
    }

    fn claim(&mut self, claim: String, link: Option<&str>, class: &str) {
        let mut told = Object::new();
        told.insert("claim", claim);
        link.map(|link| told.insert("href", link));
        told.insert("class", class);
        self.truth.claims.push(told);
    }
}

fn named(thing: &Thing) -> Object {
    let mut named = Object::new();
    named.insert("name", thing.title.as_str());
    named.insert("channel", thing.channel.as_str());
    named
}
