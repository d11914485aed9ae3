//! Edits of many entries at once: the patch is small, however much the entries look alike, and whoever replays it
//! has the document that was meant.

use pinfold_core::chainpad::{Chain, Message, Mode, Step};
use pinfold_core::drive::edit::{Edit, EntryId, Kind, Put, Shape};
use pinfold_core::json::{Object, Text, Value, canonical};
use proptest::prelude::*;

/// What a patch of one edit may weigh beside what it adds: a few operations and their places. UTF-16 units.
const OVERHEAD: usize = 160;

/// An entry like those that one client makes in one minute: all but its keys is what the others have.
fn put(id: u64) -> Put {
    let digits = |salt: u64| format!("{:016x}", (id + 1).wrapping_mul(salt));
    let key = [digits(0x9e37_79b9_7f4a_7c15), digits(0xc2b2_ae3d_27d4_eb4f)].concat();
    let mut entry = Object::new();
    entry.insert("atime", 1_764_000_000_000.0);
    entry.insert("channel", key.as_str());
    entry.insert("ctime", 1_764_000_000_000.0);
    entry.insert("href", format!("/pad/#/2/pad/edit/{}/", &key[4..28]));
    entry.insert("owners", vec![Value::from("zUJ1IGSiEuR8nkyGOsR0Xm2GAwKESt6bmp0dVHbLMT4=")]);
    entry.insert("roHref", format!("/pad/#/2/pad/view/{key}{}/", &key[..11]));
    entry.insert("title", "Rich text - Wednesday, November 25, 2026");
    let mut put = Put::new(Kind::File, EntryId::new(1_000_003 * (id + 1)).unwrap(), entry);
    put.name = digits(0x1656_67b1_9e37_79f9).into();
    put
}

fn entry(id: u64) -> EntryId {
    put(id).id
}

fn drive(entries: u64) -> Value {
    let mut document = Value::parse(r#"{"filesData":{},"metadata":{"title":"Together"},"root":{}}"#).unwrap();
    (0..entries).for_each(|id| assert!(Edit::Put(put(id)).apply(&mut document, Shape::Folder).unwrap()));
    document
}

/// What a new entry weighs in a patch, which is JSON with the texts of a JSON document in it.
fn weight(put: &Put) -> usize {
    let entry = canonical(&Value::Object(put.entry.clone()));
    let shown = canonical(&Value::from(put.name.clone()));
    let text = format!("{entry}{shown}{}{}", put.id.key(), put.id.key());
    canonical(&Value::from(text.as_str())).len()
}

/// What is done to an entry, and what the patch may weigh for it.
#[derive(Debug, Clone, Copy)]
enum Does {
    Put,
    Rename,
    Erase,
}

fn apply(document: &mut Value, does: Does, id: u64, entries: u64) -> usize {
    let (edit, adds) = match does {
        // Beyond those that are there, or none.
        Does::Put => {
            let put = put(entries + id);
            // It may take the place of the entry behind it, which is then written once more.
            let adds = 2 * weight(&put);
            (Edit::Put(put), adds)
        }
        Does::Rename => {
            (Edit::Rename { entry: entry(id), title: format!("Minutes {id}").as_str().into() }, 20)
        }
        Does::Erase => (Edit::Erase { entry: entry(id) }, 0),
    };
    edit.apply(document, Shape::Folder).map_or(0, |_| adds + OVERHEAD)
}

/// The chain of somebody who has read this document, and the messages that made it.
fn after(document: &Value) -> (Chain, Vec<Message>) {
    let mut chain = Chain::new(Mode::ListMap);
    let mut sent = Vec::new();
    while let Some(message) = chain.message_towards(&Text::from(canonical(document))).unwrap() {
        sent.push(message.clone());
        chain.push_message(message);
    }
    (chain, sent)
}

fn check(entries: u64, edits: &[(Does, u64)]) -> Result<(), TestCaseError> {
    let mut document = drive(entries);
    let (writer, sent) = after(&document);
    let allowed: usize =
        edits.iter().map(|(does, id)| apply(&mut document, *does, id % entries, entries)).sum();
    let wanted = Text::from(canonical(&document));
    let Some(message) = writer.message_towards(&wanted).unwrap() else { return Ok(()) };
    let patch = message.to_json();
    prop_assert!(patch.len() <= allowed + 200, "{} units for {edits:?}", patch.len());
    // Somebody else replays it from its text.
    let mut reader = Chain::new(Mode::ListMap);
    for message in sent {
        reader.push_message(message);
    }
    prop_assert_eq!(reader.push(&patch), Step::Applied);
    prop_assert_eq!(reader.document_text(), wanted);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]
    #[test]
    fn the_patch_of_many_edits_is_as_small_as_they_are(
        entries in 1u64..60,
        edits in proptest::collection::vec(
            (prop_oneof![Just(Does::Put), Just(Does::Rename), Just(Does::Erase)], 0u64..60), 1..20),
    ) {
        check(entries, &edits)?;
    }
}

#[test]
fn every_second_entry_of_a_large_drive_is_one_small_patch() {
    let renames: Vec<_> = (0..150).map(|at| (Does::Rename, at * 2)).collect();
    check(300, &renames).unwrap();
    let mixed: Vec<_> =
        (0..99).map(|at| ([Does::Rename, Does::Erase, Does::Put][at as usize % 3], at * 3)).collect();
    check(300, &mixed).unwrap();
}
