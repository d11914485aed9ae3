use super::*;

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
