//! Histories over a live server: `history`, `affected`, `lost`, `restore` and `undo` without a data directory tell what they
//! tell with one; and `Client::history` by itself.

use crate::restoring::{command, lines_of, remove};
use crate::support::{Stage, complete};
use pinfold_client::{Of, Target};
use pinfold_core::document::Tables;
use pinfold_core::drive::edit::{Beside, Edit, PutBeside};
use pinfold_core::json::Object;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// The lines of `--json`.
async fn told(stage: &Stage, live: bool, arguments: &[&str]) -> (i32, Vec<Value>) {
    let run = match live {
        true => command(stage, arguments[0], &arguments[1..]).await,
        false => {
            let text = |field: &str| stage.manifest[field].as_str().unwrap().to_owned();
            let data = stage.data().to_str().unwrap().to_owned();
            let mut all =
                vec![arguments[0].to_owned(), "--user".into(), text("username"), "--data".into(), data];
            all.extend(arguments[1..].iter().map(|argument| (*argument).to_owned()));
            crate::cli::run(all, Some(&text("password"))).await
        }
    };
    assert!(run.stderr.is_empty(), "{}", run.stderr);
    assert!(!run.stdout.contains("/edit/"), "no key");
    (run.code, run.stdout.lines().map(|line| serde_json::from_str(line).expect(line)).collect())
}

fn of<'l>(lines: &'l [Value], kind: &'l str) -> impl Iterator<Item = &'l Value> {
    lines.iter().filter(move |line| line["type"] == kind)
}

/// What a line says of a thing, whatever else is known.
fn some(lines: &[Value], kind: &str, fields: &[&str]) -> BTreeSet<String> {
    let one =
        |line: &Value| fields.iter().map(|field| line[*field].to_string()).collect::<Vec<_>>().join(" ");
    of(lines, kind).map(one).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_live_server_tells_what_its_files_tell() {
    let stage = Stage::carol().await;
    let removed = remove(&stage).await;
    let (code, live) = told(&stage, true, &["history", "--json"]).await;
    let (file_code, files) = told(&stage, false, &["history", "--json"]).await;
    assert_eq!((code, file_code), (0, 0));
    let fields = ["in", "line", "time", "author", "did", "kind", "channel"];
    let events = some(&live, "event", &fields);
    let vanished = of(&live, "event").filter(|event| event["did"] == "vanished").count();
    assert!(vanished >= 4 && of(&live, "event").all(|event| event["title"].is_null()), "{vanished}");
    assert_eq!(events, some(&files, "event", &fields));
    assert_eq!(
        some(&live, "document", &["channel", "lines"]),
        some(&files, "document", &["channel", "lines"])
    );
    // One session emptied both: the drive and a folder.
    let sessions: Vec<&Value> = of(&live, "session").collect();
    assert!(
        sessions
            .iter()
            .any(|session| session["own"] == true && session["from"].as_array().unwrap().len() == 2)
    );

    let one = removed.files[0].as_str();
    let (_, only) = told(&stage, true, &["history", "--json", "--id", one]).await;
    assert!(of(&only, "event").count() > 0 && of(&only, "event").all(|event| event["channel"] == one));
    let (_, none) = told(&stage, true, &["history", "--json", "--from", "2100-01-01"]).await;
    assert_eq!(of(&none, "event").count(), 0);

    let (code, live) = told(&stage, true, &["lost", "--json"]).await;
    assert_eq!(code, 3);
    let wanted: BTreeSet<String> = removed.files.iter().chain([&removed.folder]).cloned().collect();
    let lost: BTreeSet<String> =
        of(&live, "loss").map(|loss| loss["channel"].as_str().unwrap().to_owned()).collect();
    assert!(lost.is_superset(&wanted));
    let (_, files) = told(&stage, false, &["lost", "--json"]).await;
    assert_eq!(
        some(&live, "loss", &["channel", "keyAt", "line"]),
        some(&files, "loss", &["channel", "keyAt", "line"])
    );

    let when = ["affected", "--json", "--from", "2000-01-01", "--to", "2100-01-01 00:00:00"];
    let (code, live) = told(&stage, true, &when).await;
    assert_eq!(code, 3);
    let gone = some(&live, "affected", &["channel", "harm"]);
    assert!(wanted.iter().all(|id| gone.contains(&format!("\"{id}\" \"key-gone\""))), "{gone:?}");
    assert_eq!(gone, some(&told(&stage, false, &when).await.1, "affected", &["channel", "harm"]));
    let before = ["affected", "--json", "--from", "2000-01-01", "--to", "2000-01-02"];
    assert_eq!(told(&stage, true, &before).await.0, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_lost_returns_and_leaves_again_without_a_data_directory() {
    let stage = Stage::carol().await;
    let removed = remove(&stage).await;
    let restored = command(&stage, "restore", &["--all", "--json", "--tag", "BACK"]).await;
    assert_eq!(restored.code, 0, "{}{}", restored.stdout, restored.stderr);
    assert!(removed.files.iter().all(|id| restored.stdout.contains(id)));
    stage.assert_nothing_lost();
    let undone = command(&stage, "undo", &["--json", "--tag", "BACK"]).await;
    assert_eq!(undone.code, 0, "{}{}", undone.stdout, undone.stderr);
    let count = removed.files.len() + 1;
    assert!(undone.stdout.contains(&format!("\"undone\":{count}")), "{}", undone.stdout);
}

/// A reading whose connection is lost goes on where it was, once there is another.
#[tokio::test(flavor = "multi_thread")]
async fn a_history_that_is_cut_goes_on_over_another_connection() {
    let stage = Stage::carol().await;
    remove(&stage).await;
    let whole = command(&stage, "history", &["--json"]).await;
    assert_eq!(whole.code, 0, "{}", whole.stderr);
    for (at, skip) in [("request", 0), ("request", 3), ("middle", 1)] {
        let cut = match at {
            "middle" => json!({"kind": "cut", "frames": 4}),
            at => json!({"kind": "cut", "at": at}),
        };
        let on = json!({"command": "GET_HISTORY_RANGE"});
        stage.misbehave(json!([{"on": on, "skip": skip, "times": 1, "do": cut}])).await;
        let run = command(&stage, "history", &["--json"]).await;
        assert_eq!((run.code, run.stdout.as_str()), (0, whole.stdout.as_str()), "{at}: {}", run.stderr);
        assert_eq!(stage.faults_acted().await, [1], "{at}: it was cut");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_history_that_is_cut_again_and_again_is_an_error_and_no_history() {
    let stage = Stage::carol().await;
    let cut = json!({"kind": "cut", "at": "request"});
    let rule = json!({"on": {"command": "GET_HISTORY_RANGE"}, "skip": 3, "times": 99, "do": cut});
    stage.misbehave(json!([rule])).await;
    let run = command(&stage, "lost", &["--json"]).await;
    assert_eq!((run.code, run.stdout.as_str()), (1, ""));
    assert!(run.stderr.contains("net/"), "{}", run.stderr);
}

/// The account names a folder, and the server says that there is none: that is not nothing.
#[tokio::test(flavor = "multi_thread")]
async fn a_folder_that_the_server_does_not_have_is_told() {
    let stage = Stage::carol().await;
    let folder = stage.a_folder();
    std::fs::remove_file(stage.log(&folder)).unwrap();
    for live in [true, false] {
        let (code, lines) = told(&stage, live, &["lost", "--json"]).await;
        assert_eq!(
            (code, some(&lines, "missing", &["channel"])),
            (3, [format!("\"{folder}\"")].into()),
            "{live}"
        );
        assert_eq!(lines.last().unwrap()["missing"], 1);
        let (code, lines) = told(&stage, live, &["history", "--json"]).await;
        let unread = of(&lines, "document").filter(|document| document["read"] == false);
        assert_eq!((code, unread.count()), (3, 1));
    }
    let run = command(&stage, "lost", &[]).await;
    let told = run.stdout.contains(&folder) && !run.stdout.contains("Nothing is lost");
    assert!(run.code == 3 && told, "{}", run.stdout);
}

/// Nothing of a calendar is read. Whether it is there the server says, and its files show.
#[tokio::test(flavor = "multi_thread")]
async fn a_calendar_that_the_server_does_not_have_is_told() {
    let stage = Stage::carol().await;
    let channel = "ca1e0000000000000000000000000001";
    let mut entry = Object::new();
    for (field, value) in
        [("channel", channel), ("title", "Dates"), ("href", "/calendar/#/2/calendar/edit/x/")]
    {
        entry.insert(field, value);
    }
    let put = PutBeside { what: Beside::Calendar, key: channel.into(), entry, tag: "PUT".into() };
    let client = stage.open().await;
    complete(&client).await;
    client.edit(Target::Account, vec![Edit::PutBeside(put)]).await.unwrap();
    client.close().await;
    let calendar = |lines: &[Value], kind: &str| -> Vec<Value> {
        of(lines, kind).filter(|line| line["channel"] == channel).map(|line| line["server"].clone()).collect()
    };
    let asked = ["affected", "--from", "2015-01-01", "--to", "2040-01-01", "--json"];
    for live in [true, false] {
        let (code, lines) = told(&stage, live, &["lost", "--json"]).await;
        assert_eq!((code, calendar(&lines, "missing")), (3, vec![json!("missing")]), "{live}");
        let (_, lines) = told(&stage, live, &["history", "--json"]).await;
        assert_eq!(calendar(&lines, "calendar"), [json!("missing")], "{live}");
        let (code, lines) = told(&stage, live, &asked).await;
        let harm = of(&lines, "affected").find(|line| line["channel"] == channel).unwrap();
        assert_eq!((code, &harm["harm"], &harm["by"]), (3, &json!("missing"), &json!("server")), "{live}");
    }
    let log = stage.log(channel);
    std::fs::create_dir_all(log.parent().unwrap()).unwrap();
    std::fs::write(log, format!("{}\n", json!([0, "a".repeat(32), "MSG", channel, "x", 1]))).unwrap();
    for live in [true, false] {
        let (_, lines) = told(&stage, live, &["history", "--json"]).await;
        assert_eq!(calendar(&lines, "calendar"), [json!("live")], "{live}");
        let (code, lines) = told(&stage, live, &["lost", "--json"]).await;
        assert_eq!((code, calendar(&lines, "missing").len()), (0, 0), "{live}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_reads_a_history_in_pages_and_goes_on_from_its_end() {
    let stage = Stage::carol().await;
    let client = stage.open().await;
    let (mut lines, mut next) = (0, 0);
    let end = client.history(&Of::Account, None, |page| {
        assert_eq!(page.from, next);
        next += page.lines.len() as u64;
        lines += page.lines.len();
    });
    let end = end.await.unwrap();
    let drive = client.load_drive().await.unwrap();
    let channel = drive.root().channel().as_str().to_owned();
    assert_eq!((lines as u64, lines), (end.lines, lines_of(&stage, &channel)));
    assert_eq!((end.shortened, end.cut_off), (Some(false), false));
    let again =
        client.history(&Of::Account, end.position.clone(), |_| panic!("nothing is new")).await.unwrap();
    assert_eq!((again.lines, again.position), (0, end.position));
    client.close().await;
}

/// A lost file that an operator put away is not gone: the server says why it is not there, also of a file.
#[tokio::test(flavor = "multi_thread")]
async fn a_lost_file_in_cold_storage_is_told_with_its_reason() {
    let stage = Stage::fixture().await;
    let client = stage.open().await;
    let drive = client.load_drive().await.unwrap();
    let tables = Tables::of_drive(drive.root().document());
    let is_file = |channel: &&str| channel.len() == 48;
    let (entry, lost) = tables
        .entries()
        .find_map(|entry| Some((entry.id()?, entry.channel()?.as_str().filter(is_file)?.to_owned())))
        .unwrap();
    client.edit(Target::Account, vec![Edit::Erase { entry }]).await.unwrap();
    client.close().await;
    let folder = stage.data().join("blob").join(&lost[..2]);
    std::fs::create_dir_all(&folder).unwrap();
    for part in ["", ".metadata.ndjson", ".activity"] {
        let _ = std::fs::remove_file(folder.join(format!("{lost}{part}")));
    }
    let placeholder = folder.join(format!("{lost}.placeholder"));
    for (reason, said) in [(None, "missing"), (Some("INACTIVE"), "archived")] {
        if let Some(reason) = reason {
            std::fs::write(&placeholder, reason).unwrap();
        }
        for live in [true, false] {
            let (_, lines) = told(&stage, live, &["lost", "--json"]).await;
            let loss = of(&lines, "loss").find(|line| line["channel"] == lost.as_str()).unwrap();
            assert_eq!(loss["server"], said, "{live} {reason:?}");
        }
    }
}
