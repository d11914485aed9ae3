use super::*;
use crate::href::entry_links;
use proptest::prelude::*;

/// Links of every version and type that is opened, whole.
const WHOLE: [&str; 20] = [
    "/pad/#/2/pad/edit/dwp81vGRSpB96Oh-2xXCwfsl/",
    "/pad/#/2/pad/edit/dwp81vGRSpB96Oh-2xXCwfsl",
    "/pad/#/2/pad/view/yGMKP783XRYQnI+0FpMOr7AmyRQXvBM-sZ0v4qHxRAY/",
    "/pad/#/2/pad/view/yGMKP783XRYQnI+0FpMOr7AmyRQXvBM-sZ0v4qHxRAY=/",
    "/pad/#/2/pad/edit/+Vrgsv4UQEsSHFMW-QknebCf/p/",
    "https://pad.example.org/pad/#/2/pad/edit/dwp81vGRSpB96Oh-2xXCwfsl/embed/present/",
    "http://localhost:3000/code/?foo=b%20r#/2/code/edit/dwp81vGRSpB96Oh-2xXCwfsl/p/embed/",
    "/file/#/2/file/492T6a1H0Jww5veoQy5XQIEX/p/",
    "/drive/#/2/drive/edit/Y1BNEyFMPO2wmbZ-+gWLXyHv/p/",
    "/drive/#/2/drive/view/IO9gaIvMbsNiXEYmYR70sibwBBDzhSIUIt9YZPAkY+g/p/",
    "/calendar/#/2/calendar/edit/YkU88oAlqerVl9TzNnXxfF1l/",
    "/sheet/#/2/sheet/edit/dwp81vGRSpB96Oh-2xXCwfsl/hash=ab-cd+ef/",
    "/form/#/2/form/view/yGMKP783XRYQnI+0FpMOr7AmyRQXvBM-sZ0v4qHxRAY/auditor=492T6a1H0Jww5veoQy5XQIEX/",
    "/form/#/1/view/d55aaXK7cXzX4-jUzeHcoA/sznr7PFcm9oXSMHe01DBYllLg1jQIPKqsrKtZmNFF6o=/auditor=sznr7PFcm9oXSMHe01DBYllLg1jQIPKqsrKtZmNFF6o=/",
    "/pad/#/1/edit/d55aaXK7cXzX4-jUzeHcoA/anJFdT57H+nE4XuNDRDondK2/",
    "/pad/#/1/view/d55aaXK7cXzX4-jUzeHcoA/sznr7PFcm9oXSMHe01DBYllLg1jQIPKqsrKtZmNFF6o/",
    "/file/#/1/kLOU+JcsQJ9mwgqty6hWbk6hkrb5fO4A/w2AGR42CeLaVWgNswmZkId460rKhdG2Aa-+l1FHrp4g/",
    "/pad/#779e5a6972bb717cd7e3f8d4cde1dca0anJFdT57H+nE4XuNDRDondK2",
    "/pad/#67b8385b07352be53e40746d2be6ccd7XAYSuJYYqa9NfmInyHci7LNy/",
    "/pad/#//2//pad/edit//dwp81vGRSpB96Oh-2xXCwfsl//",
];

fn damage(link: &str) -> Option<String> {
    let error = entry_links(link, None).err()?;
    assert!(error.code().as_str().starts_with("href/"), "{error}");
    let what = error.detail().iter().find(|(name, _)| *name == "damage").map(|(_, what)| what.clone());
    Some(what.unwrap_or_else(|| error.code().as_str().to_owned()))
}

#[test]
fn whole_links_are_added() {
    for link in WHOLE {
        assert_eq!(damage(link), None, "{link}");
        let channel = entry_links(link, Some("a password")).unwrap().channel;
        assert!(matches!(channel.len(), 32 | 48) && channel.bytes().all(|b| b.is_ascii_hexdigit()), "{link}");
    }
}

#[test]
fn damage_is_refused_and_named() {
    let view = "yGMKP783XRYQnI+0FpMOr7AmyRQXvBM-sZ0v4qHxRAY";
    for (link, what) in [
        (format!("https://pad.example/doc/#%2F2%2Fdoc%2Fview%2F{view}%2Fembed%2F"), "percent-escapes"),
        (format!("/doc/%23/2/doc/view/{view}/"), "percent-escapes"),
        (format!("https://pad.example/form/##/2/form/view/{view}/"), "second-hash"),
        (format!("/form/#/2/form/view/{view}/#comment"), "second-hash"),
        (format!("/pad/#/2/pad/view/{}", &view[..42]), "key-length"),
        (format!("/pad/#/2/pad/view/{view}A/"), "key-length"),
        (format!("/pad/#/2/pad/view/{}B/", &view[..42]), "key-end"),
        (format!("/pad/#/2/pad/view/{}\u{200b}{}/", &view[..9], &view[9..]), "invisible"),
        (format!("/pad/#/2/pad/view/{} {}/", &view[..9], &view[9..]), "white-space"),
        (format!("/pad/#/2/pad/view/{}=\r\n{}/", &view[..9], &view[9..]), "white-space"),
        (format!(" /pad/#/2/pad/view/{view}/"), "white-space"),
        (format!("/pad/#/2/pad/view/{view}/&quot;"), "html-entities"),
        (format!("/pad/&#35;/2/pad/view/{view}/"), "html-entities"),
        (format!("/pad/#/2/pad/view/{view}/\">link"), "html-entities"),
        (format!("/pad/#/2/pad/veiw/{view}/"), "mode"),
        (format!("/pad/#2/pad/view/{view}/"), "version"),
        (format!("/pad/#{view}/auditor={view}/"), "version"),
        (format!("/pad/#/9/pad/view/{view}/"), "version"),
        (format!("/pad/#/2/view/{view}/"), "mode"),
        (format!("/pad/#/2/pad/view/{view}."), "alphabet"),
        (format!("/pad/#/2/pad/view/{view}/)"), "unknown-part"),
        ("/pad/#my notes about the meeting of last tuesday, to be typed up".into(), "white-space"),
        ("/pad/#my-notes-about-the-meeting-of-last-tuesday-to-be-typed-up".into(), "version"),
        ("/pad/#/1/edit/d55aaXK7cXzX4-jUzeHco/anJFdT57H+nE4XuNDRDondK2/".into(), "key-length"),
        ("/file/#/2/file/492T6a1H0Jww5veoQy5XQIE/".into(), "key-length"),
        ("/flie/#/2/file/492T6a1H0Jww5veoQy5XQIEX/".into(), "mode"),
        ("https://host/some/pad/#/2/pad/edit/dwp81vGRSpB96Oh-2xXCwfsl/".into(), "type"),
        ("/pad/#779E5a6972bb717cd7e3f8d4cde1dca0anJFdT57H+nE4XuNDRDondK2".into(), "version"),
        ("/pad/#779e5a6972bb717cd7e3f8d4cde1dca0anJFdT57H+nE4XuNDRDondK2xx".into(), "version"),
        // No key in them at all.
        ("/code/#/3/code/edit/f0d8055aa640a97e7fd25020ca4e93b3/".into(), "href/no-keys"),
        ("/user/#/2/user/alice/492T6a1H0Jww5veoQy5XQIEX/".into(), "href/no-keys"),
        ("/pad/".into(), "href/no-keys"),
    ] {
        assert_eq!(damage(&link).as_deref(), Some(what), "{link}");
    }
}

#[derive(Debug, Clone)]
enum Damage {
    Delete,
    Insert(char),
    Replace(char),
    Escape,
    Cut,
}

fn damages() -> impl Strategy<Value = Damage> {
    let character = prop_oneof![
        proptest::char::range(' ', '~'),
        proptest::sample::select(vec!['/', '#', '%', '=', '\u{200b}', 'é', '\n', 'A'])
    ];
    prop_oneof![
        Just(Damage::Delete),
        character.clone().prop_map(Damage::Insert),
        character.prop_map(Damage::Replace),
        Just(Damage::Escape),
        Just(Damage::Cut),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    /// Whatever happens to a link in one place: it is refused, or it is a whole link again, which leads to a channel
    /// that holds nothing of what stands in it.
    #[test]
    fn a_damaged_link_is_refused_or_another_whole_link(
        link in proptest::sample::select(WHOLE.to_vec()), at: prop::sample::Index, damage in damages(),
    ) {
        let mut text: Vec<char> = link.chars().collect();
        let at = at.index(text.len());
        match damage {
            Damage::Delete => drop(text.remove(at)),
            Damage::Insert(c) => text.insert(at, c),
            Damage::Replace(c) => text[at] = c,
            Damage::Escape => drop(text.splice(at..=at, format!("%{:02X}", u32::from(text[at])).chars())),
            Damage::Cut => text.truncate(at),
        }
        let text: String = text.into_iter().collect();
        match entry_links(&text, None) {
            Err(error) => prop_assert!(error.code().as_str().starts_with("href/")),
            Ok(links) => {
                prop_assert!(check_whole(&text).is_ok());
                prop_assert!(matches!(links.channel.len(), 32 | 48), "{text}");
                prop_assert!(links.channel.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')), "{text}");
                // What is stored is whole as well.
                for link in [links.edit, links.view].into_iter().flatten() {
                    prop_assert!(check_whole(&link).is_ok(), "{link}");
                }
            }
        }
    }

    #[test]
    fn no_text_makes_it_panic(link in "(/|https?://h/)?[a-z/?#0-4=é%&-]{0,60}") {
        let _ = check_whole(&link);
    }
}
