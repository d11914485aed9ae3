//! Teams and calendars that are put back.

use super::*;

fn lost(what: Beside, key: &str, channel: char) -> Edit {
    let entry = format!(r#"{{"channel":"{}","hash":"h"}}"#, channel.to_string().repeat(32));
    let entry = Value::parse(&entry).unwrap().as_object().unwrap().clone();
    Edit::PutBeside(PutBeside { what, key: key.into(), entry, tag: "T".into() })
}

#[test]
fn a_team_and_a_calendar_return_beside_the_drive_and_once() {
    let mut document = Value::parse(r#"{"drive":{}}"#).unwrap();
    for edit in [lost(Beside::Team, "5", 'a'), lost(Beside::Calendar, "c", 'b')] {
        assert_eq!(edit.apply(&mut document, Shape::Account), Ok(true));
        assert_eq!(edit.apply(&mut document, Shape::Account), Ok(false), "it is there");
        assert!(edit.apply(&mut document.clone(), Shape::Folder).is_err(), "a folder has neither");
        assert!(!format!("{edit:?}").contains("hash"));
    }
    let channel =
        |table: &str, key: &str| document.get(table)?.get(key)?.get("channel")?.as_str().map(str::len);
    assert_eq!((channel("teams", "5"), channel("calendars", "c")), (Some(32), Some(32)));
    // A team has calendars, and no teams.
    let mut team = Value::parse(r#"{"drive":{}}"#).unwrap();
    assert!(lost(Beside::Team, "5", 'a').apply(&mut team, Shape::Team).is_err());
    assert_eq!(lost(Beside::Calendar, "c", 'b').apply(&mut team, Shape::Team), Ok(true));
}

/// What an operator has put back gains the tag where it stands, whatever its key is by now.
#[test]
fn what_is_there_gains_the_tag() {
    let standing = format!(r#"{{"teams":{{"9":{{"channel":"{}","hash":"of now"}}}}}}"#, "a".repeat(32));
    let mut document = Value::parse(&standing).unwrap();
    assert_eq!(lost(Beside::Team, "5", 'a').apply(&mut document, Shape::Account), Ok(true));
    let teams = document.get("teams").and_then(Value::as_object).unwrap();
    let held = teams.get("9").unwrap();
    assert_eq!((teams.len(), held.get("hash").unwrap().as_str()), (1, Some("of now")));
    assert_eq!(held.get("tags"), Some(&Value::from(vec![Value::from("T")])));
}

#[test]
fn whose_key_is_taken_returns_under_another() {
    let mut document = Value::parse(r#"{"teams":{"5":{"channel":"x"}}}"#).unwrap();
    assert_eq!(lost(Beside::Team, "5", '2').apply(&mut document, Shape::Account), Ok(true));
    let teams = document.get("teams").and_then(Value::as_object).unwrap();
    assert_eq!((teams.len(), teams.get("5").unwrap().get("channel").unwrap().as_str()), (2, Some("x")));
    let keys: Vec<&Text> = teams.keys().collect();
    assert!(keys.iter().all(|key| key.as_str().and_then(EntryId::parse).is_some()), "{keys:?}");
}

#[test]
fn what_names_no_channel_does_not_return() {
    let mut document = Value::parse(r#"{"teams":[]}"#).unwrap();
    let before = document.clone();
    let none = PutBeside { what: Beside::Team, key: "5".into(), entry: Object::new(), tag: "T".into() };
    assert!(Edit::PutBeside(none).apply(&mut document, Shape::Account).is_err());
    assert!(lost(Beside::Team, "5", 'a').apply(&mut document, Shape::Account).is_err(), "what is no table");
    assert_eq!(document, before);
}

/// It is marked in the same step, leaves again while nobody touched it, and only loses the tag where it was there before.
#[test]
fn what_was_put_back_has_its_tag_and_leaves_again() {
    let empty = Value::parse(r#"{"teams":{},"calendars":{}}"#).unwrap();
    for (what, key) in [(Beside::Team, "5"), (Beside::Calendar, "c")] {
        let mut restored = empty.clone();
        assert_eq!(lost(what, key, 'a').apply(&mut restored, Shape::Account), Ok(true));
        let wrote = restored.get(what.table()).unwrap().get(key).unwrap().as_object().unwrap().clone();
        assert_eq!(wrote.get("tags"), Some(&Value::from(vec![Value::from("T")])));
        let undo = |was_there| {
            let wrote = wrote.clone();
            Edit::TakeBeside(TakeBeside { what, key: key.into(), tag: "T".into(), wrote, was_there })
        };
        let mut document = restored.clone();
        assert_eq!(undo(false).apply(&mut document, Shape::Account), Ok(true));
        assert_eq!(document, empty);
        assert_eq!(undo(false).apply(&mut document, Shape::Account), Ok(false), "it is gone");
        assert_eq!(undo(false).apply(&mut restored.clone(), Shape::Team).is_err(), what == Beside::Team);
        assert!(undo(false).apply(&mut restored.clone(), Shape::Folder).is_err());
        assert!(undo(false).destroys() && !format!("{:?}", undo(false)).contains("hash"));
        let mut document = restored.clone();
        assert_eq!(undo(true).apply(&mut document, Shape::Account), Ok(true));
        let tagless = document.get(what.table()).unwrap().get(key).unwrap();
        assert!(tagless.get("tags").is_none() && tagless.get("hash").is_some());
        // Another hash is a change, a name that the roster tells is none.
        for (field, text, goes) in [("hash", "another", false), ("metadata", "Club", true)] {
            let mut changed = restored.clone();
            let table = changed.as_object_mut().unwrap().get_mut(what.table()).unwrap();
            let entry = table.as_object_mut().unwrap().get_mut(key).unwrap();
            entry.as_object_mut().unwrap().insert(field, text);
            assert_eq!(undo(false).apply(&mut changed, Shape::Account), Ok(goes), "{field}");
        }
    }
}
