use super::*;
use pinfold_core::json::Object;

const KEY: &str = "HSFw-mSe13urwJ97HvTzw4QbbxgS3QMYQrcuKGRA8fE=";

/// A log of rows: time, number, command and what follows, ids.
fn log(rows: &[(u64, u64, &str, &str)]) -> Changes {
    let mut object = Object::new();
    for (time, number, what, ids) in rows {
        let (command, rest) = what.split_once(' ').unwrap();
        let time = 1_560_000_000_000 + time;
        object.insert(format!("{time} laptop/s1 {number} {KEY} {command} {rest}"), *ids);
    }
    let mut record = Object::new();
    record.insert("v", 1.0);
    record.insert("rows", object);
    Changes::read(&record.into()).unwrap()
}

/// The list of `june-2019`, as its client sent it: 17, 13, 14, 13 ids.
fn june() -> Changes {
    log(&[
        (0, 1, "PIN + loading - drive 17 17", "a b c d e f g h i j k l m n o p q"),
        (1, 2, "RESET = replaced - - 17 0", ""),
        (5_000, 3, "RESET - folder-removed agreed choir 13 1", "q"),
        (5_000, 3, "RESET = replaced - - 13 0", ""),
        (9_000, 4, "PIN + followed - drive 1 1", "q"),
        (20_000, 5, "RESET = replaced - - 13 0", ""),
    ])
}

#[test]
fn a_row_is_read_word_by_word() {
    let read = PinLog::of(&june());
    assert_eq!((read.changes().len(), read.unread()), (6, 0));
    let went = &read.changes()[2];
    assert_eq!((went.device.as_str(), went.session.as_str(), went.number), ("laptop", "s1", 3));
    assert_eq!(
        (went.command, went.step, went.cause),
        (Command::Reset, PinStep::Went, PinCause::FolderRemoved)
    );
    assert_eq!((went.agreed, went.document.as_deref(), went.of, went.count), (true, Some("choir"), 13, 1));
    assert_eq!(went.ids.as_deref(), Some(&["q".to_owned()][..]));
    assert_eq!(read.changes()[3].document, None);
    assert!(!format!("{read:?}").contains("choir") && !format!("{read:?}").contains(KEY));
}

/// Several ids left the list in one change, and one of them came back later. Then each of them may have left by accident, but for those
/// that the person removed.
#[test]
fn everything_that_went_with_what_came_back_is_in_the_gap() {
    let read = PinLog::of(&log(&[
        (0, 1, "PIN + loading - drive 6 6", "a b c d e f"),
        (5_000, 2, "RESET - folder-emptied agreed choir 2 3", "a b c"),
        (5_000, 2, "RESET - removed-here agreed drive 2 1", "d"),
        (6_000, 3, "UNPIN - removed-elsewhere agreed drive 1 1", "e"),
        (9_000, 4, "PIN + followed - choir 1 1", "b"),
    ]));
    assert_eq!(read.gaps(), ["a", "b", "c"].map(str::to_owned).into());
    let meant = PinLog::of(&log(&[
        (0, 1, "PIN + loading - drive 1 1", "a"),
        (5_000, 2, "UNPIN - removed-here agreed drive 1 1", "a"),
    ]));
    assert!(meant.gaps().is_empty());
}

#[test]
fn a_list_that_shrinks_and_grows_again_is_found() {
    let read = PinLog::of(&june());
    // One came back; three went that no row names, and later one more.
    assert_eq!(read.regrown(), [Regrown { change: 2, ids: vec!["q".to_owned()] }]);
    let shrunk: Vec<_> = read.shrunk().iter().map(|list| (list.change, list.missing)).collect();
    assert_eq!(shrunk, [(2, 3), (5, 1)]);
    // What was removed and stayed away is no gap, nor is another key's list.
    let other = log(&[(0, 1, "PIN + edit - d 1 1", "a"), (1, 2, "UNPIN - removed-here unasked d 1 1", "a")]);
    let read = PinLog::of(&other);
    assert!(read.regrown().is_empty() && read.shrunk().is_empty());
}

#[test]
fn sums_say_since_when_ids_are_known() {
    let read =
        PinLog::of(&log(&[(0, 1, "PIN + loading - d 5 5", ""), (7, 2, "PIN + followed - d 1 1", "x")]));
    assert_eq!((read.changes()[0].ids.as_ref(), read.changes()[0].count), (None, 5));
    assert_eq!(read.ids_since(), Some(1_560_000_000_007));
    assert_eq!(PinLog::of(&june()).ids_since(), Some(1_560_000_000_000));
    assert_eq!(PinLog::default().ids_since(), None);
}

#[test]
fn what_is_odd_is_counted_and_not_taken_in() {
    let odd = log(&[
        (0, 1, "PIN + loading - d 5 5", "a b"),
        (1, 1, "DROP + loading - d 1 1", "a"),
        (2, 1, "PIN ? loading - d 1 1", "a"),
        (3, 1, "PIN + hunger - d 1 1", "a"),
        (4, 1, "PIN + loading - d 1", "a"),
        (5, 1, "PIN + loading - d 1 1", "a"),
    ]);
    let read = PinLog::of(&odd);
    assert_eq!((read.changes().len(), read.unread()), (1, 5));
    assert_eq!(import(&export(&odd)).unwrap_err().code(), Code::MisuseBadArgument);
    for text in ["", "{}", "[]", r#"{"v":1,"rows":{"a":1}}"#] {
        assert_eq!(import(text).unwrap_err().code(), Code::MisuseBadArgument, "{text}");
    }
}

#[test]
fn what_one_device_exports_another_takes_in_once() {
    let here = log(&[(3, 1, "PIN + edit - d 1 1", "z")]);
    let theirs = import(&export(&june())).unwrap();
    let both = here.clone().merge(theirs.clone());
    assert_eq!(PinLog::of(&both).changes().len(), 7);
    assert_eq!(both.clone().merge(theirs.clone()), both);
    assert_eq!(theirs.merge(here), both);
    assert!(import(&export(&both)).unwrap() == both);
}

/// Every cause of the guard's has its name here.
#[test]
fn the_causes_of_the_guard_are_known() {
    for cause in pinfold_core::guard::cause::Cause::ALL {
        assert!(cause.as_str().parse::<PinCause>().is_ok(), "{cause}");
    }
}
