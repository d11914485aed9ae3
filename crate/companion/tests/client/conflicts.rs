//! `conflict` as a program: the operator's export is judged with the account's key, and after the operator has put the archived
//! copy back, the difference is written in one message.

use crate::restoring::{command, lines_of};
use crate::support::{Stage, complete};
use pinfold_client::Target;
use pinfold_core::chainpad::{Chain, Mode};
use pinfold_core::crypto::message::MessageKeys;
use pinfold_core::document::{Entry, EntryId, Kind, Tables};
use pinfold_core::drive::complete::Drive;
use pinfold_core::drive::edit::{Edit, Put};
use pinfold_core::error::Error;
use pinfold_core::href::{parse_href, secrets_from_hash};
use pinfold_core::json::{Text, Value, canonical};
use pinfold_core::ports::Entropy;
use serde_json::json;
use std::path::Path;

const TAG: &str = "RESTORED-20190614";
const NEW: &str = "00000000000000000000000000000abc";

/// Not random: the same in every run.
struct Counting(u64);

impl Entropy for Counting {
    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), Error> {
        for byte in bytes {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            *byte = (self.0 >> 33) as u8;
        }
        Ok(())
    }
}

/// The log of a folder that was made anew, and of what somebody put into it.
fn log(channel: &str, keys: &MessageKeys, states: &[&str]) -> String {
    log_in(Mode::ListMap, channel, keys, states)
}

fn log_in(mode: Mode, channel: &str, keys: &MessageKeys, states: &[&str]) -> String {
    let (mut chain, mut entropy, mut lines) = (Chain::new(mode), Counting(7), String::new());
    for state in states {
        let wanted = Text::from(canonical(&Value::parse(state).unwrap()));
        while let Some(message) = chain.message_towards(&wanted).unwrap() {
            let sealed = keys.seal(&message.to_json(), &mut entropy).unwrap();
            let line = json!([0, "a".repeat(32), "MSG", channel, sealed, 1_560_470_400_000_u64]);
            lines.push_str(&format!("{line}\n"));
            chain.push_message(message);
        }
    }
    lines
}

/// A folder of carol's that she may write to.
async fn folder(stage: &Stage) -> (String, MessageKeys) {
    let client = stage.open().await;
    let drive = Drive::Complete(complete(&client).await);
    let mut opens = drive.folders().iter().filter_map(|folder| folder.declared.opens.as_ref());
    let opens = opens.find(|opens| !opens.read_only).unwrap();
    let found = (opens.channel.as_str().to_owned(), opens.keys.clone());
    client.close().await;
    found
}

fn export(place: &Path, id: &str, archived: &str, live: &str) {
    std::fs::create_dir_all(place.join(id)).unwrap();
    std::fs::write(place.join(id).join("archived.body"), archived).unwrap();
    std::fs::write(place.join(id).join("live.body"), live).unwrap();
}

/// A folder of carol's that was made anew and filled; and the export of its conflict.
async fn filled_anew(stage: &Stage) -> (String, tempfile::TempDir) {
    let (id, keys) = folder(stage).await;
    let archived = std::fs::read_to_string(stage.log(&id)).unwrap();
    let filled = format!(
        r#"{{"filesData":{{"5":{{"channel":"{NEW}","roHref":"/pad/#/1/view/x/k/"}}}},"root":{{"new":{{"n":5}}}},"static":{{}}}}"#
    );
    let place = tempfile::tempdir().unwrap();
    export(place.path(), &id, &archived, &log(&id, &keys, &[&filled]));
    (id, place)
}

fn arguments<'a>(id: &'a str, export: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    [&["--id", id, "--export", export, "--json"], more].concat()
}

/// How many entries of that channel the folder has, and whether all of them have the tag.
async fn seen(stage: &Stage, id: &str) -> (usize, bool) {
    let client = stage.open().await;
    let drive = Drive::Complete(complete(&client).await);
    let folder = drive
        .folders()
        .iter()
        .find(|folder| folder.declared.opens.as_ref().is_some_and(|opens| opens.channel.as_str() == id));
    let tables: Tables<'_> = folder.unwrap().outcome.read().unwrap().tables();
    let entries = tables.entries().filter(|entry| entry.channel().is_some_and(|channel| *channel == NEW));
    let entries: Vec<_> = entries.collect();
    let tagged = entries.iter().all(|entry| entry.tags().any(|tag| *tag == TAG));
    client.close().await;
    (entries.len(), tagged)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_holder_of_the_key_decides_and_then_writes_the_difference() {
    let stage = Stage::carol().await;
    let (id, keys) = folder(&stage).await;
    let archived = std::fs::read_to_string(stage.log(&id)).unwrap();
    let anew = r#"{"filesData":{},"root":{},"static":{}}"#;
    let filled = format!(
        r#"{{"filesData":{{"5":{{"channel":"{NEW}","roHref":"/pad/#/1/view/x/k/"}}}},"root":{{"new":{{"n":5}}}},"static":{{}}}}"#
    );
    let place = tempfile::tempdir().unwrap();
    let directory = place.path().to_str().unwrap();
    let told = |more: &[&'static str]| arguments(&id, directory, more);

    export(place.path(), &id, &archived, &log(&id, &keys, &[anew]));
    let run = command(&stage, "conflict", &told(&[])).await;
    assert_eq!(
        (run.code, run.stdout.contains(r#""verdict":"placeholder""#)),
        (0, true),
        "{}{}",
        run.stdout,
        run.stderr
    );

    // A title is all that somebody wrote into it: it is offered, to whoever asks for titles.
    let titled = r#"{"filesData":{},"root":{},"static":{},"metadata":{"title":"Summer"}}"#;
    export(place.path(), &id, &archived, &log(&id, &keys, &[anew, titled, anew]));
    for (more, title) in [(&[][..], json!(null)), (&["--titles"], json!("Summer"))] {
        let run = command(&stage, "conflict", &told(more)).await;
        let result: serde_json::Value = serde_json::from_str(run.stdout.trim()).expect(&run.stderr);
        assert_eq!((&result["verdict"], &result["title"]), (&json!("placeholder-titled"), &title));
    }

    export(place.path(), &id, &archived, &log(&id, &keys, &[anew, &filled]));
    let file = place.path().join("decision.json");
    let decide = arguments(&id, directory, &["--decision", file.to_str().unwrap()]);
    let run = command(&stage, "conflict", &decide).await;
    assert_eq!(
        (run.code, run.stdout.contains(r#""verdict":"merge""#)),
        (0, true),
        "{}{}",
        run.stdout,
        run.stderr
    );
    let decision: serde_json::Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    let decided = &decision["verdicts"][0];
    assert_eq!((&decision["version"], &decided["id"]), (&json!(1), &json!(id)));
    assert_eq!((&decided["right"], decided["live"].as_str().unwrap().len()), (&json!("archived-wins"), 64));
    let again = command(&stage, "conflict", &decide).await;
    assert_eq!(again.code, 0, "a run that was cut after it had written goes on: {}", again.stderr);
    std::fs::write(&file, "{").unwrap();
    let again = command(&stage, "conflict", &decide).await;
    assert_eq!(
        (again.code, std::fs::read_to_string(&file).unwrap().as_str()),
        (1, "{"),
        "never written over"
    );
    assert_eq!(std::fs::read_dir(place.path()).unwrap().count(), 2, "nothing is left beside it");

    // The operator has settled it: the archived copy is live again.
    let before = lines_of(&stage, &id);
    let pinned = stage.pinned();
    let cut = json!([{"on": {"command": "MSG"}, "times": 9, "do": {"kind": "cut", "at": "request"}}]);
    stage.misbehave(cut).await;
    let run = command(&stage, "conflict", &told(&["--merge", "--tag", TAG])).await;
    assert!(matches!(run.code, 0 | 1), "{}{}", run.stdout, run.stderr);
    assert!(
        stage.pinned().is_superset(&pinned) && stage.pinned().contains(NEW),
        "pinned before it is written"
    );
    stage.misbehave(json!([])).await;
    let run = command(&stage, "conflict", &told(&["--merge", "--tag", TAG])).await;
    assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
    assert_eq!(lines_of(&stage, &id), before + 1, "one message");
    assert_eq!(seen(&stage, &id).await, (1, true));
    let run = command(&stage, "conflict", &told(&["--merge", "--tag", TAG])).await;
    assert_eq!((run.code, lines_of(&stage, &id)), (0, before + 1), "it has happened already");

    let undone = command(&stage, "undo", &["--data", stage.data().to_str().unwrap(), "--tag", TAG]).await;
    assert_eq!(undone.code, 0, "{}{}", undone.stdout, undone.stderr);
    assert_eq!(seen(&stage, &id).await, (0, true));
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_merged_into_a_copy_that_will_be_set_aside() {
    let stage = Stage::carol().await;
    let (id, keys) = folder(&stage).await;
    let state = |n: u64| {
        format!(
            r#"{{"filesData":{{"{n}":{{"channel":"{n:032x}","roHref":"/pad/#/1/view/{n}/k/"}}}},"root":{{"k{n}":{n}}}}}"#
        )
    };
    let place = tempfile::tempdir().unwrap();
    export(place.path(), &id, &log(&id, &keys, &[&state(1)]), &log(&id, &keys, &[&state(2)]));
    let directory = place.path().to_str().unwrap();
    let before = lines_of(&stage, &id);
    let told = ["--id", id.as_str(), "--export", directory, "--merge"];
    let run = command(&stage, "conflict", &told).await;
    assert_eq!((run.code, lines_of(&stage, &id)), (1, before));
    assert!(run.stderr.contains("edit/unfit"), "{}", run.stderr);
    // What the exported archived copy holds is in the live folder as well: its log still is the other one.
    let lines = std::fs::read_to_string(stage.log(&id)).unwrap();
    export(place.path(), &id, &log(&id, &keys, &[r#"{"filesData":{},"root":{},"static":{}}"#]), &lines);
    let run = command(&stage, "conflict", &told).await;
    assert_eq!((run.code, lines_of(&stage, &id)), (1, before), "{}", run.stdout);
    assert!(run.stderr.contains("edit/unfit"), "{}", run.stderr);
    // A copy that does not open is never called empty.
    let torn = log(&id, &keys, &[&state(2)]).replace("MSG\",", "MSG\",\"x\",");
    export(place.path(), &id, &log(&id, &keys, &[&state(1)]), &torn);
    let run = command(&stage, "conflict", &told[..4]).await;
    assert_eq!((run.code, run.stdout.contains("unknown")), (3, true), "{}{}", run.stdout, run.stderr);
    let run = command(&stage, "conflict", &["--id", NEW, "--export", directory]).await;
    assert_eq!(run.code, 1);
    assert!(run.stderr.contains("edit/absent"), "{}", run.stderr);
}

/// A client that has the folder open goes on writing into the copy that leaves: nothing is decided and nothing written while there is
/// one, also if it is the same person's.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_exchanged_under_the_hands_of_another_client() {
    let stage = Stage::carol().await;
    let (id, place) = filled_anew(&stage).await;
    let directory = place.path().to_str().unwrap();
    let (before, pinned) = (lines_of(&stage, &id), stage.pinned());
    let file = place.path().join("decision.json");
    let decide = arguments(&id, directory, &["--decision", file.to_str().unwrap()]);
    let merge = arguments(&id, directory, &["--merge", "--tag", TAG]);

    let other = stage.open().await;
    complete(&other).await;
    for told in [&decide, &merge] {
        let run = command(&stage, "conflict", told).await;
        assert_eq!((run.code, lines_of(&stage, &id)), (1, before), "{}{}", run.stdout, run.stderr);
        assert!(run.stderr.contains("edit/in-use") && run.stderr.contains("others: 1"), "{}", run.stderr);
        assert!(!file.exists() && stage.pinned() == pinned, "nothing was done");
    }
    other.close().await;
    for told in [&decide, &merge] {
        let run = command(&stage, "conflict", told).await;
        assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
    }
    assert_eq!((file.exists(), seen(&stage, &id).await), (true, (1, true)));
}

/// The connection is lost at each request in turn, with everything that the device knew: pins are never fewer, the folder has the
/// entry once or not at all, and a run that is not cut finishes.
#[tokio::test(flavor = "multi_thread")]
async fn a_merge_that_is_cut_anywhere_is_finished_by_the_next_run() {
    let stage = Stage::carol().await;
    let (id, place) = filled_anew(&stage).await;
    let told = arguments(&id, place.path().to_str().unwrap(), &["--merge", "--tag", TAG]);
    let before = lines_of(&stage, &id);
    let mut pinned = stage.pinned();
    for (request, answer) in [
        ("JOIN", "request"),
        ("GET_HISTORY_RANGE", "request"),
        ("PIN", "request"),
        ("PIN", "stored"),
        ("MSG", "request"),
        ("MSG", "stored"),
    ] {
        let cut = json!([{"on": {"command": request}, "times": 9, "do": {"kind": "cut", "at": answer}}]);
        stage.misbehave(cut).await;
        let run = command(&stage, "conflict", &told).await;
        assert!(matches!(run.code, 0 | 1), "{request}: {}{}", run.stdout, run.stderr);
        assert!(stage.pinned().is_superset(&pinned), "{request} {answer}: a pin is gone");
        pinned = stage.pinned();
        stage.misbehave(json!([])).await;
        let (count, tagged) = seen(&stage, &id).await;
        assert!(count <= 1 && tagged, "{request} {answer}");
        assert!(count == 0 || pinned.contains(NEW), "{request} {answer}: written before it was pinned");
    }
    let run = command(&stage, "conflict", &told).await;
    assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
    assert_eq!((lines_of(&stage, &id), seen(&stage, &id).await), (before + 1, (1, true)), "one message");
}

/// Whoever may write in a folder may enter any channel with any link. The document is opened by the link that leads to it; and a copy that
/// is not there is no empty one.
#[tokio::test(flavor = "multi_thread")]
async fn a_link_that_leads_elsewhere_opens_no_copy() {
    let stage = Stage::carol().await;
    let client = stage.open().await;
    let drive = Drive::Complete(complete(&client).await);
    let folder = drive.folders().iter().find(|of| of.declared.opens.as_ref().is_some_and(|of| !of.read_only));
    let folder = EntryId::parse(&folder.unwrap().declared.id).unwrap();
    let entries: Vec<_> = Tables::of_drive(drive.root().document())
        .of_kind(Kind::File)
        .filter(|entry| entry.channel().and_then(Text::as_str).is_some_and(|channel| channel.len() == 32))
        .collect();
    let opens = |entry: &Entry<'_>| {
        let link = entry.readable_href(None).unwrap();
        let secrets = secrets_from_hash("pad", &parse_href(&link).hash.unwrap(), entry.password()).unwrap();
        (secrets.channel.clone().unwrap(), secrets.message_keys().unwrap())
    };
    let [first, other] = [entries[0], entries[1]];
    let (id, keys) = opens(&first);
    let mut made_up = other.fields().unwrap().clone();
    made_up.insert("channel", id.as_str());
    let put = Put::new(Kind::File, EntryId::new(78).unwrap(), made_up);
    client.edit(Target::Folder(folder), vec![Edit::Put(put)]).await.unwrap();
    client.close().await;
    let copy = |text: &str| {
        let state = format!(r#"{{"content":"{text}","metadata":{{}}}}"#);
        log_in(Mode::Pad, &id, &keys, &[&state])
    };
    let place = tempfile::tempdir().unwrap();
    export(place.path(), &id, &copy("one"), &copy("another"));
    let told = ["--id", id.as_str(), "--export", place.path().to_str().unwrap(), "--json"];
    let run = command(&stage, "conflict", &told).await;
    assert_eq!(
        (run.code, run.stdout.contains(r#""verdict":"keep-both""#)),
        (3, true),
        "{}{}",
        run.stdout,
        run.stderr
    );
    std::fs::remove_file(place.path().join(&id).join("live.body")).unwrap();
    let run = command(&stage, "conflict", &told).await;
    assert!(run.code == 1 && run.stderr.contains("misuse/bad-argument"), "{}{}", run.stdout, run.stderr);
}
