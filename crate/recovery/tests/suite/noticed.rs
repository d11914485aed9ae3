//! What histories tell of things as they are now: view links where there were edit links, folders made anew, folders emptied.

use crate::support::{ACCOUNT, FOLDER, Log, OTHER_FOLDER, channel, drive, folder, id, investigate};
use pinfold_recovery::Noticed;

/// The same document, where the entry of a channel has this link in this field.
fn linked(document: &str, channel: &str, field: &str) -> String {
    let mut read = pinfold_core::json::Value::parse(document).unwrap();
    let files =
        ["drive", "filesData"].iter().try_fold(&mut read, |at, name| at.as_object_mut()?.get_mut(name));
    let files = files.unwrap().as_object_mut().unwrap();
    let key = files.iter().find(|(_, entry)| entry.get("channel").unwrap().as_str() == Some(channel));
    let key = key.map(|(key, _)| key.clone()).unwrap();
    let entry = files.get_text_mut(&key).unwrap().as_object_mut().unwrap();
    let kind = if field == "href" { "edit" } else { "view" };
    entry.insert(field, format!("/pad/#/2/pad/{kind}/Sj7ljzksMSjyPpaZ6aDnces/"));
    pinfold_core::json::canonical(&read)
}

fn may_write(document: &str) -> String {
    linked(document, &id(1), "href")
}

fn only_read(document: &str) -> String {
    linked(document, &id(1), "roHref")
}

fn channels(noticed: Vec<Noticed>) -> Vec<(String, Option<u64>)> {
    noticed.into_iter().map(|one| (one.channel, one.since)).collect()
}

#[test]
fn a_link_that_became_a_view_link_is_told_until_it_can_write_again() {
    let mut log = Log::new(ACCOUNT);
    let whole = may_write(&drive(&[1, 2], &[], &[]));
    log.write(&whole, 1, 'a');
    assert_eq!(investigate(&[&log]).weaker_keys(), []);
    log.write(&only_read(&drive(&[1, 2], &[], &[])), 50, 'b');
    assert_eq!(channels(investigate(&[&log]).weaker_keys()), [(id(1), Some(50_000))]);
    log.write(&whole, 60, 'b');
    assert_eq!(investigate(&[&log]).weaker_keys(), []);
}

#[test]
fn an_edit_link_that_left_with_another_entry_of_the_channel_is_told_as_well() {
    let mut log = Log::new(ACCOUNT);
    log.write(&may_write(&drive(&[1, 2], &[], &[])), 1, 'a');
    log.write(&drive(&[2], &[], &[]), 20, 'a');
    log.write(&only_read(&drive(&[1, 2], &[], &[])), 30, 'a');
    assert_eq!(channels(investigate(&[&log]).weaker_keys()), [(id(1), Some(20_000))]);
}

#[test]
fn who_never_could_write_has_no_weaker_key() {
    let mut log = Log::new(ACCOUNT);
    log.write(&only_read(&drive(&[1, 2], &[], &[])), 1, 'a');
    assert_eq!(investigate(&[&log]).weaker_keys(), []);
}

#[test]
fn a_folder_made_anew_and_one_that_others_emptied_are_told_and_a_tidy_one_is_not() {
    let mut log = Log::new(ACCOUNT);
    log.write(&drive(&[1], &[(8, OTHER_FOLDER), (9, FOLDER)], &[]), 1, 'a');
    let mut choir = Log::new(OTHER_FOLDER);
    choir.write(&folder(&[3, 4]), 2, 'a');
    choir.write(&folder(&[]), 5_000, 'd');
    let mut anew = Log::new(FOLDER);
    anew.write(r#"{"filesData":{},"root":{},"static":{}}"#, 9_000, 'b');
    let investigation = investigate(&[&log, &choir, &anew]);
    assert_eq!(channels(investigation.made_anew()), [(channel(FOLDER), Some(9_000_000))]);
    let emptied = investigation.emptied();
    assert_eq!(emptied.len(), 1, "{emptied:?}");
    assert_eq!((emptied[0].channel.as_str(), emptied[0].count), (channel(OTHER_FOLDER).as_str(), Some(2)));

    // The user took one thing out, on purpose; something else is left.
    let mut tidy = Log::new(OTHER_FOLDER);
    tidy.write(&folder(&[3, 4]), 2, 'a');
    tidy.write(&folder(&[4]), 100, 'a');
    assert_eq!(investigate(&[&log, &tidy]).emptied(), []);
}
