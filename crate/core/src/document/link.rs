//! What the links of an entry can do.
//!
//! A key is a channel *and* a link. An entry says itself which channel it is of, and a co-editor may write anything
//! there. A link of version 2 proves it: the channel follows from the key and the password. Older links name their
//! channel, and so can be made up; a link that no key at hand opens says nothing.

use std::borrow::Cow;
use std::fmt;

use super::Entry;
use crate::crypto::hash::sha256;
use crate::encoding::encode_hex;
use crate::href::{Grammar, HrefCipher, channel_of_hash, is_plain, parse_href};
use crate::json::Text;
use crate::names::names;

/// The longest link or password that an entry may have, in UTF-16 units. Links of any version are far shorter.
pub const LONGEST: usize = 1024;

/// How the edit links of a document are stored.
#[derive(Debug, Clone, Copy)]
pub enum Links<'a> {
    /// As they are: the user's own drive.
    Plain,
    /// Encrypted for those who may write.
    Keyed(&'a HrefCipher),
    /// Encrypted, and the key is not at hand: somebody who may only read.
    Sealed,
}

impl<'a> Links<'a> {
    /// Those of a team's drive or of a folder, whose cipher only an editor has.
    pub fn of(cipher: Option<&'a HrefCipher>) -> Self {
        cipher.map_or(Self::Sealed, Self::Keyed)
    }
}

names! {
    /// What links are worth, from nothing to everything.
    #[derive(PartialOrd, Ord, Default)]
    Worth, "Whether a link opens its channel: \"edit\" and \"view\" are certain, \"perhaps\" is a link that proves nothing, \"no\" one that leads elsewhere.":
    /// They lead to another channel than their entry names, or nowhere.
    #[default]
    Nothing = "no",
    /// They may lead there.
    Claim = "perhaps",
    /// They read the channel: that is certain.
    View = "view",
    /// They write to it, or are those of a file: that is certain.
    Edit = "edit",
}

/// The links of one entry.
#[derive(Clone, Default)]
pub struct Link<'e> {
    password: &'e str,
    /// A link that is plain and more than a view link.
    edit: Option<Cow<'e, str>>,
    /// One that no key at hand opens.
    sealed: Option<&'e str>,
    view: Option<Cow<'e, str>>,
    worth: Worth,
    /// Whether a sealed link is to be trusted: only the user's devices write there.
    trusted: bool,
}

impl<'e> Link<'e> {
    /// The links of an entry that is kept under a channel.
    pub fn of(channel: &Text, entry: Entry<'e>, links: Links<'_>) -> Self {
        let bounded = |text: Option<&'e str>| text.filter(|text| text.len() <= 4 * LONGEST);
        let mut link = Link {
            password: bounded(entry.password()).unwrap_or_default(),
            view: bounded(entry.view_href()).map(Cow::Borrowed),
            trusted: matches!(links, Links::Plain),
            ..Self::default()
        };
        let href = match bounded(entry.href()) {
            Some(href) if is_plain(href) => Some(Cow::Borrowed(href)),
            Some(href) => match links {
                // What does not open is no link: there is the view link alone (14.4).
                Links::Keyed(cipher) => cipher.decrypt(href).ok().map(Cow::Owned),
                Links::Plain | Links::Sealed => {
                    link.sealed = Some(href);
                    None
                }
            },
            None => None,
        };
        // Old drives have view links in either field.
        match href {
            Some(href) if link.view.is_none() && is_view(&href) => link.view = Some(href),
            href => link.edit = href,
        }
        let found = [&link.edit, &link.view].into_iter().flatten();
        let worth = found.map(|found| worth(channel, found, link.password)).max().unwrap_or_default();
        link.worth = worth.max(if link.sealed.is_some() { Worth::Claim } else { Worth::Nothing });
        link
    }

    /// What they are worth.
    pub fn worth(&self) -> Worth {
        self.worth
    }

    /// A name for what they can do: the same for two entries of a channel that can do the same. No part of a link.
    pub fn name(&self) -> Text {
        match self.worth {
            Worth::Edit => "edit".into(),
            Worth::View if self.sealed.is_none() => "view".into(),
            _ => {
                let parts = self.texts().chain([self.password]);
                let hash = sha256(parts.collect::<Vec<_>>().join("\n").as_bytes());
                encode_hex(hash.get(..8).unwrap_or_default()).into()
            }
        }
    }

    /// Its password, empty where there is none.
    pub fn password(&self) -> &str {
        self.password
    }

    /// A link that is plain and more than a view link.
    pub fn edit(&self) -> Option<&str> {
        self.edit.as_deref()
    }

    /// A link that no key at hand opens.
    pub fn sealed(&self) -> Option<&str> {
        self.sealed
    }

    /// The view link.
    pub fn view(&self) -> Option<&str> {
        self.view.as_deref()
    }

    /// Whether a sealed link is to be trusted: only the user's devices write there.
    pub fn is_trusted(&self) -> bool {
        self.trusted
    }

    /// Every link of it.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        [self.edit.as_deref(), self.sealed, self.view.as_deref()].into_iter().flatten()
    }
}

/// Shows no link.
impl fmt::Debug for Link<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Link").field("worth", &self.worth).finish_non_exhaustive()
    }
}

fn is_view(link: &str) -> bool {
    parse_href(link).data().is_some_and(|data| data.mode == Some("view"))
}

fn worth(channel: &Text, link: &str, password: &str) -> Worth {
    let parsed = parse_href(link);
    let (Some(kind), Some(hash), Some(data)) = (parsed.kind, parsed.hash.as_deref(), parsed.data()) else {
        return Worth::Nothing;
    };
    let leads = channel_of_hash(kind, hash, Some(password)).ok().flatten();
    if leads.as_deref() != channel.as_str() {
        return Worth::Nothing;
    }
    // A link with the key of an auditor or of an owner can do more than its channel proves.
    let more = data.options.is_some_and(|more| more.auditor_key.is_some() || more.owner_key.is_some());
    match (data.version, data.mode) {
        (2, _) if more => Worth::Claim,
        (2, Some("edit")) => Worth::Edit,
        (2, Some("view")) => Worth::View,
        (2, _) if data.grammar == Some(Grammar::File) => Worth::Edit,
        _ => Worth::Claim,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::Kind;
    use crate::href::entry_links;
    use crate::json::parse;

    #[test]
    fn what_a_link_is_worth_is_what_it_proves() {
        let edit = "/pad/#/2/pad/edit/dwp81vGRSpB96Oh-2xXCwfsl/";
        let links = entry_links(edit, None).unwrap();
        let (view, id) = (links.view.unwrap(), links.channel);
        let worth = |channel: &str, fields: &str, links| {
            let entry = parse(&format!("{{{fields}}}")).unwrap();
            Link::of(&channel.into(), Entry::alone(Kind::File, &entry), links).worth()
        };
        for (channel, fields, expected) in [
            (&*id, format!(r#""href":"{edit}""#), Worth::Edit),
            (&id, format!(r#""href":"https://host{edit}""#), Worth::Edit),
            (&id, format!(r#""href":"{edit}","password":"x""#), Worth::Nothing),
            (&id, format!(r#""roHref":"{view}""#), Worth::View),
            (&id, format!(r#""href":"{view}""#), Worth::View),
            (&id, format!(r#""roHref":"{view}auditor=key/""#), Worth::Claim),
            (&id, r#""href":"sealed""#.to_owned(), Worth::Claim),
            ("c", format!(r#""href":"{edit}","roHref":"{view}""#), Worth::Nothing),
            (&id, r#""href":{},"roHref":[],"password":7"#.to_owned(), Worth::Nothing),
        ] {
            assert_eq!(worth(channel, &fields, Links::Plain), expected, "{fields}");
        }
    }

    #[test]
    fn debug_shows_no_link() {
        let entry = parse(r#"{"href":"/pad/#/2/pad/edit/hidden/","password":"secret"}"#).unwrap();
        let shown = format!("{:?}", Link::of(&"c".into(), Entry::alone(Kind::File, &entry), Links::Plain));
        assert!(!shown.contains("hidden") && !shown.contains("secret"), "{shown}");
    }
}
