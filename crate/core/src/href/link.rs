//! Links (PROTOCOL.md 5.1).

use std::borrow::Cow;
use std::fmt;

use super::hash::{ParsedHash, parse_hash};
use crate::compact::split_around;
use crate::encoding::encode_base64;

/// A link taken apart.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct ParsedHref<'h> {
    /// The type of the document; `None` for what is no link.
    pub kind: Option<&'h str>,
    /// The host of an absolute link. It is not checked: documents live where the account does.
    pub domain: Option<&'h str>,
    /// The hash, which holds secrets, with its last slash.
    pub hash: Option<Cow<'h, str>>,
}

/// Takes a link apart.
pub fn parse_href(href: &str) -> ParsedHref<'_> {
    let (front, hash) = match href.split_once('#') {
        Some((front, hash)) => (front, Some(hash)),
        None => (href, None),
    };
    // A query string stands between "/?" and "#"; the hash begins behind "/#".
    let front = match (split_around(front, "/?"), hash) {
        (Some((path, _)), Some(_)) => path,
        (_, Some(_)) => match front.strip_suffix('/') {
            Some(path) => path,
            None => return ParsedHref::default(),
        },
        (_, None) => front.strip_suffix('/').unwrap_or(front),
    };
    let absolute = ["https://", "http://"].iter().find_map(|scheme| front.strip_prefix(scheme));
    let (domain, kind) = match absolute {
        Some(rest) => {
            let mut segments = rest.split('/');
            (segments.next(), segments.next())
        }
        None => (None, front.strip_prefix('/').filter(|kind| !kind.starts_with('/'))),
    };
    let Some(kind) = kind.filter(|kind| !kind.is_empty()) else {
        return ParsedHref::default();
    };
    let hash = hash.filter(|hash| !hash.is_empty()).map(|hash| match hash.ends_with('/') {
        true => Cow::Borrowed(hash),
        false => Cow::Owned(format!("{hash}/")),
    });
    ParsedHref { kind: Some(kind), domain, hash }
}

impl ParsedHref<'_> {
    /// The hash taken apart.
    pub fn data(&self) -> Option<ParsedHash<'_>> {
        parse_hash(self.kind?, self.hash.as_deref()?)
    }

    /// The link without host and without options that say how to show the document.
    pub fn clean(&self) -> Option<String> {
        let hash = self.data().map_or_else(String::new, |data| format!("#{}", data.clean()));
        self.kind.map(|kind| format!("/{kind}/{hash}"))
    }
}

/// Shows no key.
impl fmt::Debug for ParsedHref<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ParsedHref")
            .field("kind", &self.kind)
            .field("domain", &self.domain)
            .field("hash", &self.data())
            .finish()
    }
}

/// The link without its host, as it is stored in drives. `None` for what has no hash or is no link.
pub fn relative_href(href: &str) -> Option<String> {
    let parsed = parse_href(href);
    Some(format!("/{}/#{}", parsed.kind?, parsed.hash?))
}

/// The value of `newpad=` and `login=`: base64 of a JSON text, percent-encoded.
pub fn encode_options(json: &str) -> String {
    encode_base64(json.as_bytes()).replace('+', "%2B").replace('/', "%2F").replace('=', "%3D")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn links_have_a_type_between_slashes() {
        for (href, kind, hash) in [
            ("/pad/#/2/pad/edit/x", Some("pad"), Some("/2/pad/edit/x/")),
            ("/pad/?a=b#/2/", Some("pad"), Some("/2/")),
            ("https://host/code/#/2/", Some("code"), Some("/2/")),
            ("https://host/code", Some("code"), None),
            ("/drive", Some("drive"), None),
            ("/pad/#", Some("pad"), None),
            ("/pad#/2/", None, None),
            ("//pad/#/2/", None, None),
            ("https://host/", None, None),
            ("ftp://host/pad/#/2/", None, None),
            ("pad/#/2/", None, None),
            ("/", None, None),
            ("", None, None),
        ] {
            let parsed = parse_href(href);
            assert_eq!((parsed.kind, parsed.hash.as_deref()), (kind, hash), "{href}");
        }
    }

    #[test]
    fn debug_shows_no_key() {
        let shown = format!("{:?}", parse_href("/pad/#/2/pad/edit/secret/"));
        assert!(shown.contains("edit") && !shown.contains("secret"), "{shown}");
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic_and_relative_links_stay(href in "(/|https?://h/)?[a-z/?#1-4=é-]{0,40}") {
            if let Some(relative) = relative_href(&href) {
                prop_assert_eq!(relative_href(&relative), Some(relative.clone()));
            }
            let _ = parse_href(&href).clean();
        }
    }
}
