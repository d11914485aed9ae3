//! Whether a link that is given can do more than those that an entry has, and giving it to the entry.

use crate::document::{Entry, Kind, Link, Links, Worth, field};
use crate::json::{Object, Text, Value};

/// What the entries are does not matter here: their links are in the same fields.
const KIND: Kind = Kind::File;

/// How an entry and what is given fit together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fit {
    /// The entry can do what is given.
    Enough,
    /// What is given can do more, and all that the entry can.
    Lacks,
    /// Each may do what the other cannot.
    Other,
}

/// Whether a field is one that opens a document.
pub(super) fn is_key(field: &Text) -> bool {
    [field::HREF, field::RO_HREF, field::PASSWORD, field::CHANNEL].into_iter().any(|key| *field == key)
}

/// How an entry fits what is given.
pub(super) fn compare(held: Entry<'_>, given: Entry<'_>, links: Links<'_>) -> Fit {
    let channel = given.channel().or(held.channel()).cloned().unwrap_or_else(|| "".into());
    fit(&Link::of(&channel, held, links), &Link::of(&channel, given, links))
}

fn fit(held: &Link<'_>, given: &Link<'_>) -> Fit {
    let reads_only = |link: &Link<'_>| link.edit().or(link.sealed()).is_none();
    // Whoever may edit may do all that a view link can, also that of an auditor.
    if held.worth() >= given.worth().max(Worth::View)
        && (given.worth() >= Worth::View || (held.worth() == Worth::Edit && reads_only(given)))
    {
        return Fit::Enough;
    }
    let same_password = given.password().is_empty() || given.password() == held.password();
    if given.texts().all(|text| held.texts().any(|held| held == text)) {
        return if same_password { Fit::Enough } else { Fit::Lacks };
    }
    let lacks = match given.worth() {
        Worth::Edit => true,
        // What only claims to read may be the link of an auditor.
        Worth::View => held.worth() != Worth::Claim,
        // Neither is certain: a link to edit replaces a link to view.
        Worth::Claim | Worth::Nothing => {
            reads_only(held) && (held.password().is_empty() || given.password() == held.password())
        }
    };
    if lacks { Fit::Lacks } else { Fit::Other }
}

/// Gives an entry the links that can do more than its own. Whether that changed it.
pub(super) fn improve(held: &mut Object, given: &Object, links: Links<'_>) -> bool {
    let new = Entry::with_fields(KIND, given);
    if compare(Entry::with_fields(KIND, held), new, links) != Fit::Lacks {
        return false;
    }
    let before = held.clone();
    let old = Entry::with_fields(KIND, &before);
    let channel = new.channel().cloned().unwrap_or_else(|| "".into());
    let (could, can) = (Link::of(&channel, old, links), Link::of(&channel, new, links));
    // An old drive may have its view link in the place of the edit link.
    if let Some(view) = could.view().filter(|_| old.links().last() == Some(&None)) {
        held.remove(field::HREF);
        held.insert(field::RO_HREF, view);
    }
    for field in [field::HREF, field::RO_HREF, field::PASSWORD] {
        if let Some(value) = given.get(field).and_then(Value::as_text).filter(|text| !text.is_empty()) {
            held.insert(field, value.clone());
        }
    }
    // With another password, links that are certain without one would lead elsewhere.
    if can.worth() >= Worth::View && can.password().is_empty() {
        held.remove(field::PASSWORD);
    }
    before != *held
}

#[cfg(test)]
mod tests {
    use crate::drive::edit::{Edit, EntryId, Put, Shape};
    use crate::href::{HrefCipher, entry_links, secrets_from_hash};
    use crate::json::{Value, canonical, parse};
    use crate::ports::UnixMillis;

    fn json(text: &str) -> Value {
        parse(text).unwrap()
    }

    /// The links of the document whose edit key is this digit, and its channel.
    fn links_of(digit: char) -> (String, String, String) {
        let edit = format!("/pad/#/2/pad/edit/{}/", String::from(digit).repeat(24));
        let links = entry_links(&edit, None).unwrap();
        (edit, links.view.unwrap(), links.channel)
    }

    fn added(held: &str, link: &str, password: Option<&str>, links: Option<&HrefCipher>) -> Value {
        let put =
            Put::document(EntryId::new(5).unwrap(), link, password, &"t".into(), UnixMillis(1)).unwrap();
        let edit = Edit::Put(put).sealed(links, &mut Drawn(3)).unwrap();
        let mut document = json(&format!(r#"{{"filesData":{held},"root":{{"n":9}}}}"#));
        edit.apply_with(&mut document, Shape::Folder, links).unwrap();
        let once = canonical(&document);
        assert!(!edit.apply_with(&mut document, Shape::Folder, links).unwrap(), "it has happened already");
        assert_eq!(canonical(&document), once);
        document.get("filesData").unwrap().clone()
    }

    struct Drawn(u8);

    impl crate::ports::Entropy for Drawn {
        fn fill(&mut self, out: &mut [u8]) -> Result<(), crate::error::Error> {
            out.fill_with(|| {
                self.0 = self.0.wrapping_add(7);
                self.0
            });
            Ok(())
        }
    }

    fn entry_at(files: &Value, id: &str, field: &str) -> Option<String> {
        files.get(id)?.get(field)?.as_str().map(str::to_owned)
    }

    #[test]
    fn a_better_link_is_stored_and_a_lesser_one_takes_nothing_away() {
        let ((edit, view, channel), (other, ..)) = (links_of('a'), links_of('b'));
        let held = |fields: &str| format!(r#"{{"9":{{"channel":"{channel}",{fields}}}}}"#);
        for fields in [
            // As old drives have it, as a viewer has it, as nobody should.
            format!(r#""href":"{view}""#),
            format!(r#""roHref":"{view}""#),
            format!(r#""href":"","roHref":"{view}""#),
            format!(r#""href":7,"roHref":"{view}""#),
            format!(r#""href":"{view}","roHref":"{view}""#),
            format!(r#""href":"{other}","roHref":"{view}""#),
            format!(r#""href":"{other}""#),
            format!(r#""href":"{edit}","password":"wrong""#),
            r#""href":"sealed""#.to_owned(),
        ] {
            let files = added(&held(&fields), &edit, None, None);
            assert_eq!(files.as_object().unwrap().len(), 1, "{fields}");
            assert_eq!(entry_at(&files, "9", "href"), Some(edit.clone()), "{fields}");
            assert_eq!(entry_at(&files, "9", "roHref"), Some(view.clone()), "{fields}");
            assert_eq!(entry_at(&files, "9", "password"), None, "{fields}");
        }
        let both = held(&format!(r#""href":"{edit}","roHref":"{view}""#));
        for lesser in [&view, &edit] {
            let files = added(&both, lesser, None, None);
            assert_eq!(files.as_object().unwrap().len(), 1);
            assert_eq!(entry_at(&files, "9", "href"), Some(edit.clone()));
            assert_eq!(entry_at(&files, "9", "roHref"), Some(view.clone()));
        }
    }

    #[test]
    fn a_password_that_opens_is_stored() {
        let (edit, ..) = links_of('a');
        let channel = entry_links(&edit, Some("right")).unwrap().channel;
        let held = format!(r#"{{"9":{{"channel":"{channel}","href":"{edit}","password":"wrong"}}}}"#);
        let files = added(&held, &edit, Some("right"), None);
        assert_eq!(entry_at(&files, "9", "password").as_deref(), Some("right"));
    }

    /// In a folder the edit link is encrypted: a link that no key opens does not count.
    #[test]
    fn in_a_folder_a_better_link_is_told_by_its_key() {
        let (edit, view, channel) = links_of('a');
        let secrets = secrets_from_hash("drive", "/2/drive/edit/Y1BNEyFMPO2wmbZ-+gWLXyHv/", None).unwrap();
        let cipher = HrefCipher::new(&secrets.keys.unwrap().secondary_key.unwrap()).unwrap();
        let sealed = |link: &str| cipher.encrypt(link, &mut Drawn(9)).unwrap();
        let junk = [sealed(&view), sealed("/pad/"), "c2VhbGVk".to_owned()];
        for href in junk {
            let held = format!(r#"{{"9":{{"channel":"{channel}","href":"{href}","roHref":"{view}"}}}}"#);
            let files = added(&held, &edit, None, Some(&cipher));
            let href = entry_at(&files, "9", "href").unwrap();
            assert_eq!(cipher.decrypt(&href).unwrap(), edit);
        }
        let held =
            format!(r#"{{"9":{{"channel":"{channel}","href":"{}","roHref":"{view}"}}}}"#, sealed(&edit));
        let files = added(&held, &edit, None, Some(&cipher));
        assert_eq!(entry_at(&files, "9", "href"), Some(sealed(&edit)), "it stays as it was");
    }

    /// An auditor reads the answers of a form; an older link proves nothing, and stands beside the other.
    #[test]
    fn a_link_that_may_do_something_else_is_not_dropped() {
        let id = "4f919e08f542b3d817ac196016c3fd87";
        let old = |mode: &str, key: char, more: &str| {
            let key = String::from(key).repeat(24);
            // A key to view has 43 characters, and ends with one that an encoder writes there.
            let rest = if mode == "view" { "AAAAAAAAAAAAAAAAAAA" } else { "" };
            format!("/form/#/1/{mode}/T5GeCPVCs9gXrBlgFsP9hw/{key}{rest}/{more}")
        };
        let auditor_key = "auditor=sznr7PFcm9oXSMHe01DBYllLg1jQIPKqsrKtZmNFF6o=/";
        let (view, auditor) = (old("view", 'v', ""), old("view", 'v', auditor_key));
        let held = |field: &str, link: &str| format!(r#"{{"9":{{"channel":"{id}","{field}":"{link}"}}}}"#);
        assert_eq!(
            entry_at(&added(&held("roHref", &view), &auditor, None, None), "9", "roHref"),
            Some(auditor.clone())
        );
        let files = added(&held("href", &old("edit", 'a', "")), &old("edit", 'b', ""), None, None);
        assert_eq!(files.as_object().unwrap().len(), 2);
        let links: Vec<_> = ["9", "5"].map(|id| entry_at(&files, id, "href").unwrap()).into();
        assert_eq!(links, [old("edit", 'a', ""), old("edit", 'b', "")]);
    }
}
