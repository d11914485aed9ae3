use super::*;
use crate::encoding::encode_link;

#[test]
fn a_document_of_the_drive_may_have_the_drives_channel() {
    let own = "d".repeat(32);
    let named = |document: &str| {
        let listed = Listed { drive_channel: &own, admin: false };
        let document = Value::parse(&document.replace("OWN", &own)).unwrap();
        user_list(AccountDoc::of(&document), &listed, &[]).names_again(&own)
    };
    assert!(!named("{}"));
    for document in [
        r#"{"calendars":{"c":{"channel":"OWN"}}}"#,
        r#"{"drive":{"filesData":{"5":{"channel":"OWN","href":"/pad/#/2/pad/edit/dwp81vGRSpB96Oh-2xXCwfsl/"}}}}"#,
    ] {
        assert!(named(document), "{document}");
    }
}

#[test]
fn administrators_keep_the_broadcast_channel() {
    let channel = "b".repeat(33);
    let document = format!(r#"{{"mailboxes":{{"broadcast":{{"channel":"{channel}"}}}}}}"#);
    let document = Value::parse(&document).unwrap();
    for admin in [true, false] {
        let listed = Listed { drive_channel: "d", admin };
        let found = user_list(AccountDoc::of(&document), &listed, &[]);
        assert_eq!(found.ids.contains(&(Category::Broadcast, PinId::parse(&channel).unwrap())), admin);
    }
}

/// An account of so many documents. Each is named by its link alone, and has a last version that is named so, too.
fn named_by_links(count: usize, link: impl Fn(usize) -> String) -> Value {
    let entry = |number: usize| {
        format!(r#""{}":{{"href":"{}","lastVersion":"{}"}}"#, number + 1, link(number), link(count + number))
    };
    let entries: Vec<String> = (0..count).map(entry).collect();
    Value::parse(&format!(r#"{{"drive":{{"filesData":{{{}}}}}}}"#, entries.join(","))).unwrap()
}

/// The work for the list of such an account.
fn work_of(count: usize, link: impl Fn(usize) -> String) -> (usize, usize) {
    let document = named_by_links(count, link);
    let listed = Listed { drive_channel: "d", admin: false };
    href::counted::take();
    let found = user_list(AccountDoc::of(&document), &listed, &[]);
    assert_eq!(found.ids.len(), 2 * count, "{:?}", found.skipped);
    href::counted::take()
}

#[test]
fn of_a_link_of_version_1_the_key_is_looked_at_once_and_nothing_is_derived() {
    let channel = |number: usize| encode_link(&[[7; 12].as_slice(), &(number as u32).to_be_bytes()].concat());
    for count in [250, 500, 1000] {
        for (mode, key) in [("edit", 24), ("view", 44), ("view", 4000)] {
            let link = |number| format!("/code/#/1/{mode}/{}/{}/", channel(number), "k".repeat(key));
            assert_eq!(work_of(count, link), (2 * count, 2 * count * key), "{mode} {key}");
        }
    }
}

#[test]
fn a_link_of_version_2_costs_two_hashes() {
    for count in [250, 500, 1000] {
        let link = |number| format!("/code/#/2/code/edit/{number:024}/");
        let (steps, bytes) = work_of(count, link);
        assert_eq!((steps, bytes), (2 * count * 3, 2 * count * (24 + 18 + 32)));
    }
}
