//! What a co-editor writes decides nothing about anybody's keys: bounds of entry, channel and folder, and which link is
//! the genuine one (I3).

use super::made_up::text;
use pinfold_core::document::{Links, Worth};
use pinfold_core::guard::entry::{EntryKeys, FIELD, add_ledger, add_vault, ledger, vault};
use pinfold_core::guard::ledger::{Book, Ledger, Record, State};
use pinfold_core::guard::vault::{Decision, Vanished, Vault, gone};
use pinfold_core::href::entry_links;
use pinfold_core::ids::EdPublic;
use pinfold_core::json::{MAX_DEPTH, Object, Text, Value, parse, stringify};
use pinfold_core::ports::UnixMillis;
use proptest::prelude::*;

/// The edit link of a number.
fn link(number: u64) -> String {
    format!("/pad/#/2/pad/edit/{number:0>24}/")
}

/// An entry as a client writes it: its channel follows from its link.
fn genuine(number: u64) -> Object {
    let links = entry_links(&link(number), None).unwrap();
    let mut entry = Object::new();
    entry.insert("channel", links.channel);
    entry.insert("href", links.edit.unwrap());
    entry.insert("roHref", links.view.unwrap());
    entry.insert("title", "Minutes");
    entry
}

fn channel(number: u64) -> Text {
    genuine(number).get("channel").and_then(Value::as_text).unwrap().clone()
}

fn lost(entry: Object) -> Vanished {
    let channel = entry.get("channel").and_then(Value::as_text).unwrap().clone();
    Vanished { channel, entry: entry.into(), shared_folder: false }
}

fn folder(entries: &[Object]) -> Value {
    let mut files = Object::new();
    for (at, entry) in entries.iter().enumerate() {
        files.insert(at.to_string(), entry.clone());
    }
    let mut folder = Object::new();
    folder.insert("filesData", files);
    folder.into()
}

fn again(vault: &Vault) -> Vault {
    Vault::read(&parse(&stringify(&vault.write())).unwrap()).unwrap()
}

/// Anything that JSON can be, with the fields of an entry among it.
fn anything() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<f64>().prop_filter("JSON has no others", |n| n.is_finite()).prop_map(Value::from),
        "\\PC{0,40}".prop_map(Value::from),
        (0usize..40_000).prop_map(|n| "x".repeat(n).into()),
        (1usize..MAX_DEPTH - 8).prop_map(|n| parse(&format!("{}{}", "[".repeat(n), "]".repeat(n))).unwrap()),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::vec(("[a-z]{1,9}", inner), 0..4).prop_map(|fields| {
                let mut object = Object::new();
                fields.into_iter().for_each(|(name, value)| drop(object.insert(name, value)));
                object.into()
            }),
        ]
    })
}

fn odd_entry() -> impl Strategy<Value = Value> {
    let names = ["href", "roHref", "channel", "password", "title", "owners", "ooImages", "ctime", "x"];
    let field = (proptest::sample::select(names.to_vec()), anything());
    proptest::collection::vec(field, 0..8).prop_map(|fields| {
        let mut object = Object::new();
        fields.into_iter().for_each(|(name, value)| drop(object.insert(name, value)));
        object.into()
    })
}

proptest! {
    /// Whatever stood in a folder and was taken out: the vault reads back, on the device and from the drive, with the
    /// keys that were there.
    #[test]
    fn no_entry_harms_the_others(odd in proptest::collection::vec(odd_entry(), 1..6)) {
        let mut vault = Vault::default();
        vault.keep(&lost(genuine(1)), &text("drive"), UnixMillis(5));
        let mut files = Object::new();
        odd.into_iter().enumerate().for_each(|(at, entry)| drop(files.insert(at.to_string(), entry)));
        let mut folder = Object::new();
        folder.insert("filesData", files);
        let folder = Value::from(folder);
        vault.keep_all(&gone(&folder, &Value::Null, Links::Sealed), &text("f"), UnixMillis(6));
        let back = again(&vault);
        prop_assert_eq!(stringify(&back.write()), stringify(&vault.write()));
        prop_assert_eq!(back.key(&channel(1)).unwrap().entry(), Value::from(genuine(1)));
        for (_, key) in vault.keys() {
            prop_assert!(stringify(&key.entry()).len() < 9_000);
        }
        let (keys, mut document) = (EntryKeys::derive(b"k"), parse("{}").unwrap());
        add_vault(&mut document, &keys, &vault).unwrap();
        prop_assert!(self::vault(&document, &keys).key(&channel(1)).is_some());
        prop_assert!(stringify(document.get(FIELD).unwrap()).len() < 24_000);
    }

    /// An entry can be followed by another of its channel only where that one can do as much.
    #[test]
    fn a_link_that_changed_is_a_key_that_is_gone(
        number in 0u64..1000, other in 0u64..1000, view: bool, password in "[a-z]{0,3}"
    ) {
        let before = genuine(number);
        let mut after = genuine(other);
        after.insert("channel", channel(number));
        if view {
            after.remove("href");
        }
        if !password.is_empty() {
            after.insert("password", password.as_str());
        }
        let same = number == other && !view && password.is_empty();
        let (had, has) = (folder(core::slice::from_ref(&before)), folder(&[after]));
        let gone = gone(&had, &has, Links::Plain);
        prop_assert_eq!(gone.len(), usize::from(!same));
        if let [(vanished, link)] = &gone[..] {
            prop_assert_eq!(&vanished.entry, &Value::from(before));
            prop_assert_eq!(link.worth(), Worth::Edit);
        }
    }
}

#[test]
fn what_opens_an_entry_is_kept_and_nothing_else() {
    let entry = r#"{"channel":"c","href":"h","roHref":"r","password":"p","title":"t","rtChannel":"x","answersChannel":"y",
        "lastVersion":"/file/#/2/file/k/","owners":["o",[1]],"ooImages":["i"],"tags":["a"],"more":{"a":1},"atime":7}"#;
    let kept = r#"{"channel":"c","href":"h","roHref":"r","password":"p","title":"t","rtChannel":"x","answersChannel":"y",
        "lastVersion":"/file/#/2/file/k/","owners":["o"],"ooImages":["i"],"atime":7}"#;
    let mut vault = Vault::default();
    let entry = Vanished { channel: text("c"), entry: parse(entry).unwrap(), shared_folder: false };
    vault.keep(&entry, &text("f"), UnixMillis(1));
    assert_eq!(vault.key(&text("c")).unwrap().entry(), parse(kept).unwrap());
}

/// Somebody puts as much as he likes into his folder and takes it out, whenever he likes.
#[test]
fn a_folder_that_is_filled_pushes_out_no_key_of_another() {
    let (home, mine, other, theirs) = (text("home"), text("mine"), text("other"), text("theirs"));
    let mut vault = Vault::default();
    vault.at_home(&home);
    vault.keep(&lost(genuine(1)), &mine, UnixMillis(10));
    vault.keep(&lost(genuine(2)), &home, UnixMillis(11));
    vault.keep(&lost(genuine(3)), &other, UnixMillis(12));
    vault.keep(&lost(genuine(4)), &theirs, UnixMillis(13));
    let many = folder(&(1_000..14_000).map(genuine).collect::<Vec<_>>());
    vault.keep_all(&gone(&many, &Value::Null, Links::Plain), &theirs, UnixMillis(20));
    for at in 0..30 {
        let some = folder(&(30_000 + 100 * at..30_100 + 100 * at).map(genuine).collect::<Vec<_>>());
        vault.keep_all(&gone(&some, &Value::Null, Links::Plain), &theirs, UnixMillis(30 + at));
    }
    let size = stringify(&vault.write()).len();
    assert!(size < 9 << 20 && vault.keys().count() > 5_000, "{} keys, {size} bytes", vault.keys().count());
    let (keys, mut document) = (EntryKeys::derive(b"k"), parse("{}").unwrap());
    add_vault(&mut document, &keys, &vault).unwrap();
    let there = self::vault(&document, &keys);
    // Also the one that vanished from that folder another time.
    for number in 1..=4 {
        let key = again(&vault).key(&channel(number)).map(|key| key.entry());
        assert_eq!(key, Some(genuine(number).into()), "on the device: {number}");
        assert!(there.key(&channel(number)).is_some(), "in the drive: {number}");
    }
    assert!(there.keys().count() > 30, "and there is room for more: {}", there.keys().count());
}

#[test]
fn junk_of_a_channel_is_bounded_and_the_genuine_link_is_the_best() {
    let (mut vault, folder) = (Vault::default(), text("folder"));
    let channel = channel(1);
    let junk = |number: u64| {
        let mut entry = genuine(number);
        entry.insert("channel", channel.clone());
        lost(entry)
    };
    (100..400).for_each(|number| {
        vault.keep(&junk(number), &folder, UnixMillis(number));
    });
    assert!(vault.keys().count() <= 32);
    vault.keep(&lost(genuine(1)), &folder, UnixMillis(900));
    (1_000..1_300).for_each(|number| {
        vault.keep(&junk(number), &folder, UnixMillis(number));
    });
    assert!(vault.keys().count() <= 33);
    let best = again(&vault);
    let best = best.key(&channel).unwrap();
    assert_eq!((best.entry(), best.worth()), (genuine(1).into(), Worth::Edit));
    // Giving up one that somebody made up gives up nothing else.
    let made_up = vault.keys().map(|(_, key)| key).find(|key| key.worth() == Worth::Nothing).unwrap().id();
    vault.decide_on(&channel, Some(&made_up), Decision::Discarded, UnixMillis(2_000)).unwrap();
    assert_eq!(vault.key(&channel).unwrap().entry(), genuine(1).into());
    assert!(vault.key_of(&channel, Some(&made_up)).unwrap().entry().is_null());
}

/// A link of the first version names its channel, and proves nothing: the first and the last stay.
#[test]
fn the_first_link_that_only_claims_its_channel_stays() {
    let id = "4f919e08f542b3d817ac196016c3fd87";
    let entry = |key: u64| {
        let link = format!("/pad/#/1/edit/T5GeCPVCs9gXrBlgFsP9hw/{key:0>24}/");
        let mut entry = Object::new();
        entry.insert("channel", id);
        entry.insert("href", link.as_str());
        lost(entry)
    };
    let mut vault = Vault::default();
    (0..200).for_each(|key| {
        vault.keep(&entry(key), &text("f"), UnixMillis(10 + key));
    });
    let links: Vec<Value> = vault.keys().map(|(_, key)| key.entry().get("href").unwrap().clone()).collect();
    assert_eq!(links.len(), 32);
    assert!(links.contains(entry(0).entry.get("href").unwrap()));
    assert!(links.contains(entry(199).entry.get("href").unwrap()));
    assert_eq!(vault.key(&text(id)).unwrap().entry(), entry(0).entry);
}

#[test]
fn what_stands_in_a_drive_again_is_closed_and_nothing_less_closes_it() {
    let (mut vault, home) = (Vault::default(), text("home"));
    vault.keep(&lost(genuine(1)), &home, UnixMillis(5));
    let mut junk = genuine(2);
    junk.insert("channel", channel(1));
    let mut view = genuine(1);
    view.remove("href");
    for (entry, closes) in [(junk, false), (view, false), (genuine(1), true)] {
        let document = folder(&[entry]);
        let mut held = pinfold_core::guard::vault::held(&document, Links::Plain);
        assert_eq!(vault.found(&mut held, &home, Links::Plain, UnixMillis(9)), closes);
    }
    assert_eq!(vault.key(&channel(1)).unwrap().decision, Decision::Restored);
    // A notice is taken back in the same way, for every device.
    let server = text("server");
    vault.bury(&text("f"), UnixMillis(5), "EXPIRED", &server);
    let elsewhere = again(&vault);
    assert!(
        vault.unbury(&text("f"), UnixMillis(5), &server) && !vault.unbury(&text("f"), UnixMillis(9), &server)
    );
    let both = elsewhere.merge(again(&vault));
    assert_eq!(both.tombstones().count(), 0);
    assert!(vault.bury(&text("f"), UnixMillis(3), "EXPIRED", &server), "said again, it is news again");
    assert_eq!(both.merge(vault).tombstones().count(), 1);
}

/// A later version may write what this one does not know.
#[test]
fn a_row_that_is_not_known_is_written_back_as_it_came() {
    let mut vault = Vault::default();
    vault.keep(&lost(genuine(1)), &text("home"), UnixMillis(5));
    let row = r#"["c",1,"lent","f",false,{"href":"/pad/#/secret/"}]"#;
    let mut written = vault.write();
    let mut keys = written.get("keys").unwrap().as_array().unwrap().to_vec();
    keys.push(parse(row).unwrap());
    written.as_object_mut().unwrap().insert("keys", keys);
    let read = Vault::read(&written).unwrap();
    assert_eq!(read.keys().count(), 1);
    let merged = read.clone().merge(vault).merge(read);
    assert!(stringify(&merged.write()).contains(row));
    assert!(!format!("{merged:?}").contains("secret"));
}

#[test]
fn what_cannot_be_read_is_set_aside_and_where_it_cannot_nothing_is_written() {
    let (keys, other) = (EntryKeys::derive(b"a"), EntryKeys::derive(b"b"));
    let mut document = parse("{}").unwrap();
    let mut theirs = Vault::default();
    theirs.keep(&lost(genuine(1)), &text("home"), UnixMillis(5));
    add_vault(&mut document, &other, &theirs).unwrap();
    let unreadable = document.get(FIELD).unwrap().get("vault").unwrap().clone();
    let mut ours = Vault::default();
    ours.keep(&lost(genuine(2)), &text("home"), UnixMillis(6));
    assert!(add_vault(&mut document, &keys, &ours).unwrap());
    assert!(vault(&document, &keys).key(&channel(2)).is_some());
    let aside = document.get(FIELD).unwrap().get("unread").unwrap().clone();
    assert_eq!(aside, Value::from(vec![unreadable]));
    assert!(!add_vault(&mut document, &keys, &ours).unwrap(), "once is enough");
    // No room is left for another one.
    let entry = document.as_object_mut().unwrap().get_mut(FIELD).unwrap().as_object_mut().unwrap();
    entry.insert("vault", "y".repeat(200_000));
    entry.insert("ledger", "z".repeat(200_000));
    assert!(add_vault(&mut document, &keys, &ours).unwrap());
    let before = stringify(&document);
    assert!(add_ledger(&mut document, &keys, &known(&[("f", 0..5, 1)]), UnixMillis(5)).is_err());
    assert_eq!(stringify(&document), before);
    assert_eq!(ledger(&document, &keys), Ledger::default());
}

/// A ledger of documents: each with these ids, last seen then.
fn known(folders: &[(&str, core::ops::Range<u64>, u64)]) -> Ledger {
    let owner = EdPublic::parse(&"A".repeat(44)).unwrap();
    let record = |folder: &str, at| Record {
        at,
        state: State::Held,
        by: text("d/1"),
        folder: text(folder),
        since: None,
    };
    let ids = folders.iter().flat_map(|(folder, ids, at)| {
        ids.clone().map(move |id| (text(format!("{id:032x}")), record(folder, UnixMillis(*at))))
    });
    let mut ledger = Ledger::default();
    ledger.learn(&owner, Book::of(ids.collect(), Vec::new(), None));
    ledger
}

/// A folder full of ids that then cannot be read leaves room for what others held that cannot be read.
#[test]
fn a_folder_that_is_filled_pushes_out_no_ids_of_another() {
    let ours = known(&[("theirs", 0..20_000, 5), ("mine", 30_000..30_500, 9), ("read", 40_000..40_010, 90)]);
    let (keys, mut document) = (EntryKeys::derive(b"k"), parse("{}").unwrap());
    add_ledger(&mut document, &keys, &ours, UnixMillis(100)).unwrap();
    let there = ledger(&document, &keys);
    let book = there.book(&EdPublic::parse(&"A".repeat(44)).unwrap());
    let count = |folder: &str| book.records().filter(|(_, record)| record.folder == text(folder)).count();
    assert_eq!(count("mine"), 500);
    assert!(count("theirs") > 1_000, "what is left is theirs: {}", count("theirs"));
}

/// An id is what an entry says: of any length.
#[test]
fn an_id_without_room_keeps_no_other_out() {
    let mut ours = known(&[("f", 0..10, 5), ("read", 100..110, 90)]);
    let owner = EdPublic::parse(&"A".repeat(44)).unwrap();
    let record =
        Record { at: UnixMillis(5), state: State::Held, by: text("d/1"), folder: text("f"), since: None };
    ours.learn(&owner, Book::of(vec![(text("0".repeat(60_000)), record)], Vec::new(), None));
    let (keys, mut document) = (EntryKeys::derive(b"k"), parse("{}").unwrap());
    add_ledger(&mut document, &keys, &ours, UnixMillis(100)).unwrap();
    assert_eq!(ledger(&document, &keys).book(&owner).records().count(), 20);
}
