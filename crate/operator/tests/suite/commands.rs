//! Commands from end to end, through the program: handing out copies, settling, notices, the look after a run.

use crate::program::{configured, run};
use crate::store::{KEY, Store, id};
use pinfold_datadir::id::KeyName;
use pinfold_datadir::moves::digest;
use pinfold_datadir::real::RealDisk;
use pinfold_operator::journal::{Act, Journal, Step, Target};
use pinfold_operator::notices::{Event, Notice, sent};
use serde_json::{Value, json};
use std::fs;
use std::path::Path;

/// A store in which each of these lies in both places.
fn in_both_places(labels: &[&str]) -> Store {
    let store = configured();
    for label in labels {
        store.old_channel(label);
        store.archived_twin(label);
    }
    store.pin_log("[\"PIN\",[],1779000000000]\n");
    store
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap()
}

fn sha256(path: &Path) -> String {
    digest(&RealDisk, path).unwrap().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn export_hands_out_every_copy_and_touches_none() {
    let store = in_both_places(&["a", "b"]);
    let base = store.folder.path();
    store.write(&store.paths.generations(&id("a")).join("1/log.ndjson"), "oldest\n");
    let before = store.names();
    let out = tempfile::tempdir().unwrap();
    let folder = out.path().to_str().unwrap();
    let (a, b) = (id("a").to_string(), id("b").to_string());
    let (code, said) = run(base, &["--json", "export", &a, &b, "--out", folder]);
    assert_eq!(code, 0, "{said}");
    let told: Value = serde_json::from_str(said.lines().next().unwrap()).unwrap();
    let names: Vec<&str> =
        told[&a].as_array().unwrap().iter().map(|file| file["name"].as_str().unwrap()).collect();
    assert_eq!(
        names,
        [
            "live.body",
            "live.metadata.ndjson",
            "archived.body",
            "archived.metadata.ndjson",
            "generation-1.body"
        ]
    );
    assert_eq!(told[&b].as_array().unwrap().len(), 4);
    for file in told[&a].as_array().unwrap() {
        let copy = out.path().join(&a).join(file["name"].as_str().unwrap());
        assert_eq!(read(&copy), read(Path::new(file["from"].as_str().unwrap())));
        assert_eq!(
            (file["sha256"].as_str().unwrap(), file["bytes"].as_u64()),
            (&*sha256(&copy), Some(fs::metadata(&copy).unwrap().len()))
        );
    }
    let mut files = fs::read_dir(out.path()).unwrap().map(|entry| entry.unwrap().path());
    let manifest = files.find(|path| path.extension().is_some_and(|end| end == "json")).unwrap();
    assert_eq!(serde_json::from_str::<Value>(&read(&manifest)).unwrap(), told);
    assert_eq!(store.names(), before);
    // Once more is fine; other bytes under a name that is taken are refused, and the first copy stays.
    assert_eq!(run(base, &["export", &a, "--out", folder]).0, 0);
    store.write(&store.paths.live(&id("a")).body, "written since\n");
    let (code, said) = run(base, &["export", &a, "--out", folder]);
    assert!(code == 3 && said.contains("holds something else"), "{said}");
    assert!(read(&out.path().join(&a).join("live.body")).contains("MSG"));
    assert_eq!(run(base, &["export", &id("nowhere").to_string(), "--out", folder]).0, 3);
    assert_eq!(run(base, &["export", "no id", "--out", folder]).0, 2);
}

#[test]
fn settle_carries_out_each_verdict_and_loses_no_side() {
    let store = in_both_places(&["archived", "live", "merge", "written since", "once"]);
    let base = store.folder.path();
    let (before, contents) = (store.names(), store.contents());
    let file = base.join("verdicts.json");
    let settle = |verdicts: Value| {
        fs::write(&file, verdicts.to_string()).unwrap();
        let done = run(base, &["settle", file.to_str().unwrap()]);
        fs::remove_file(&file).unwrap();
        done
    };
    for wrong in [
        json!({ "version": 2, "verdicts": [] }),
        json!({ "version": 1, "verdicts": [{ "id": id("live"), "right": "mine" }] }),
        json!({ "version": 1, "verdicts": [{ "id": id("live"), "right": "live-wins", "and": 1 }] }),
    ] {
        assert_eq!(settle(wrong).0, 2);
    }
    let verdict = |label: &str, right: &str, live: Option<&str>| {
        let live = live.map(|label| sha256(&store.paths.live(&id(label)).body));
        json!({ "id": id(label), "right": right, "live": live })
    };
    let verdicts = json!([
        verdict("archived", "archived-wins", Some("archived")),
        verdict("live", "live-wins", None),
        verdict("merge", "merge", None),
        verdict("written since", "archived-wins", Some("merge")),
    ]);
    let (code, said) = settle(json!({ "version": 1, "verdicts": verdicts }));
    assert!(
        code == 1 && said.contains("3 conflicts settled, 1 not") && said.contains("it changed"),
        "{said}"
    );
    let (place, cold) =
        (|label: &str| store.paths.live(&id(label)), |label: &str| store.paths.archived(&id(label)));
    let older = |label: &str| store.paths.generations(&id(label)).join("1/log.ndjson");
    assert_eq!(read(&place("archived").body), "older archived\n");
    assert!(read(&older("archived")).contains("MSG") && !cold("archived").body.exists());
    assert!(read(&place("live").body).contains("MSG") && !cold("live").body.exists());
    assert_eq!(read(&older("live")), "older live\n");
    for label in ["merge", "written since"] {
        for files in [place(label), cold(label)] {
            for path in files.moved() {
                let name = path.strip_prefix(base).unwrap();
                assert_eq!(fs::read(path).ok(), before.get(name).cloned(), "{label}");
            }
        }
    }
    assert!(contents.is_subset(&store.contents()));
    // Every step is in the journal, and each can be taken back from where it lies.
    let journal = Journal::open(&RealDisk, &store.paths.state).unwrap();
    let last = |label| journal.last(&Target::Item(id(label))).map(|last| (last.act, last.step));
    assert_eq!(last("archived"), Some((Act::Restore, Step::Done)));
    assert_eq!(last("live"), Some((Act::ColdAside, Step::Done)));
    assert_eq!((last("merge"), last("written since")), (None, None));
    // What was settled once is no conflict any more: a second time there is nothing to settle, and nothing moves.
    let (code, said) = settle(json!({ "version": 1, "verdicts": [verdict("live", "archived-wins", None)] }));
    assert!(code == 1 && said.contains("nothing to move"), "{said}");
    let (code, said) = run(base, &["--json", "conflicts"]);
    let left: Vec<Value> = serde_json::from_str(said.lines().next().unwrap()).unwrap();
    assert_eq!((code, left.len()), (1, 3), "{said}");
}

/// Each step of a verdict is taken back by the one that undoes it, and then everything lies where it lay.
#[test]
fn a_verdict_is_taken_back_step_by_step() {
    let store = in_both_places(&["archived", "live"]);
    let base = store.folder.path();
    let (names, file) = (store.names(), base.join("verdicts.json"));
    let (archived, live) = (id("archived").to_string(), id("live").to_string());
    let verdicts =
        json!([{ "id": archived, "right": "archived-wins" }, { "id": live, "right": "live-wins" }]);
    fs::write(&file, json!({ "version": 1, "verdicts": verdicts }).to_string()).unwrap();
    let (code, said) = run(base, &["settle", file.to_str().unwrap()]);
    fs::remove_file(&file).unwrap();
    assert!(code == 0 && said.matches("the other side is older copy 1").count() == 2, "{said}");
    assert_ne!(store.names(), names);
    for step in [
        &["promote", &live, "1"][..],
        &["aside", &archived],
        &["promote", &archived, "1"],
        &["restore", &archived],
        &["promote", &archived, "2"],
    ] {
        let (code, said) = run(base, step);
        assert_eq!(code, 0, "{step:?}: {said}");
    }
    assert_eq!(store.names(), names);
    // What lies there is not pushed out, and what is not there is not made.
    for step in [&["promote", &live, "1"][..], &["promote", &live, "7"]] {
        assert_eq!(run(base, step).0, 3, "{step:?}");
    }
    assert_eq!(store.names(), names);
}

/// Whoever restores is told what is taken again, and who can pin it; what could not be read stands in the JSON as well.
#[test]
fn what_is_restored_is_told_with_who_pins_it() {
    let store = configured();
    let base = store.folder.path();
    for label in ["pinned", "once", "never"] {
        store.archived_twin(label);
        store.write(&store.paths.live(&id(label)).placeholder, "INACTIVE");
    }
    let (pinned, once, never) = (id("pinned"), id("once"), id("never"));
    store.pin_log(&format!(
        "[\"PIN\",[\"{pinned}\",\"{once}\"],1779000000000]\n[\"UNPIN\",[\"{once}\"],1779000000001]\n"
    ));
    let placeholder = store.paths.live(&id("unread")).placeholder;
    store.archived_twin("unread");
    fs::create_dir_all(&placeholder).unwrap();
    let (code, said) = run(base, &["--json", "restore", "--reason", "INACTIVE"]);
    let told: Value = serde_json::from_str(said.lines().next().unwrap()).unwrap();
    assert_eq!((code, told["results"].as_array().unwrap().len()), (1, 3), "{said}");
    assert_eq!(told["unread"][0]["path"].as_str(), placeholder.to_str());
    let mut expected = [json!({ "id": once, "namedBy": [KEY] }), json!({ "id": never, "namedBy": [] })];
    expected.sort_by_key(|item| item["id"].as_str().map(str::to_owned));
    assert_eq!(told["unpinned"], json!(expected));
}

/// The report says what went with an account. Without it nobody knows what is left to do, and whoever asks is told what can be done.
#[test]
fn a_report_that_cannot_be_read_is_told_with_its_end() {
    let store = configured();
    let base = store.folder.path();
    let report = store.paths.account_report(&KEY.parse().unwrap());
    store.write(&report, "{\"key\":\"half a rep");
    let line = format!(
        "{{\"at\":1,\"run\":\"cut\",\"act\":\"archive\",\"id\":\"report/{KEY}\",\"step\":\"intent\",\"reason\":\"x\"}}\n"
    );
    store.write(&store.paths.state.join("acts.ndjson"), &line);
    let target = format!("report/{KEY}");
    let (code, said) = run(base, &["finish"]);
    let told = ["is no report on an account", "--give-up", "restore --reason", &*report.to_string_lossy()];
    assert!(code == 1 && told.iter().all(|words| said.contains(words)), "{said}");
    let (code, said) = run(base, &["restore-account", KEY]);
    assert!(code == 3 && said.contains("is no report on an account"), "{said}");
    assert_eq!(run(base, &["finish", "--give-up", &target, "--by", "anna", "--why", "damaged"]).0, 0);
    assert_eq!(run(base, &["finish"]).0, 0);
    assert_eq!(read(&report), "{\"key\":\"half a rep", "nothing is moved");
}

#[test]
fn a_hold_stops_no_settling_but_a_lock_does() {
    let store = in_both_places(&["a"]);
    let base = store.folder.path();
    assert_eq!(run(base, &["hold", "--by", "anna", "--why", "237 conflicts"]).0, 0);
    let file = base.join("verdicts.json");
    fs::write(
        &file,
        json!({ "version": 1, "verdicts": [{ "id": id("a"), "right": "archived-wins" }] }).to_string(),
    )
    .unwrap();
    let lock = fs::File::create(store.paths.state.join("lock")).unwrap();
    lock.lock().unwrap();
    assert_eq!(run(base, &["settle", file.to_str().unwrap()]).0, 3);
    // Not dropped alone: a child that another test is just starting may hold the same file.
    lock.unlock().unwrap();
    assert_eq!(run(base, &["settle", file.to_str().unwrap()]).0, 0);
}

#[test]
fn notices_say_what_happened_to_whom_and_nothing_else() {
    let store = in_both_places(&["back", "both", "of others"]);
    let base = store.folder.path();
    let (back, both) = (id("back"), id("both"));
    store.pin_log(&format!("[\"PIN\",[\"{back}\",\"{both}\"],1779000000000]\n"));
    let file = base.join("verdicts.json");
    fs::write(
        &file,
        json!({ "version": 1, "verdicts": [{ "id": back, "right": "archived-wins" }] }).to_string(),
    )
    .unwrap();
    assert_eq!(run(base, &["settle", file.to_str().unwrap()]).0, 0);
    let out = tempfile::tempdir().unwrap();
    let folder = out.path().join("notices");
    let (code, said) = run(base, &["notices", "--out", folder.to_str().unwrap()]);
    assert!(code == 0 && said.starts_with("1 notices"), "{said}");
    let notice: Notice = serde_json::from_str(&read(&folder.join(format!("{KEY}.json")))).unwrap();
    let mut events: Vec<_> = notice.items.iter().map(|item| (item.id.clone(), item.event)).collect();
    events.sort_by_key(|(_, event)| *event);
    assert_eq!(events, [(back.clone(), Event::Restored), (both.clone(), Event::Conflict)]);
    let day: String = read(&store.paths.state.join("acts.ndjson"));
    assert!(notice.search.len() == 1 && notice.search[0].starts_with("#RESTORED-20") && !day.is_empty());
    for end in ["txt", "html"] {
        let words = read(&folder.join(format!("{KEY}.{end}")));
        for expected in
            [&*back.to_string(), &*both.to_string(), &*notice.search[0], "brought back", "exist twice"]
        {
            assert!(words.contains(expected), "{end}: {expected}");
        }
        // Ids, days, sizes: no contents, and no documents of others.
        for foreign in ["MSG", "older both", "owners", &id("of others").to_string()] {
            assert!(!words.contains(foreign), "{end}: {foreign}");
        }
    }
    // Nobody of this project archived it: since when it was away is not known.
    assert!(notice.items.iter().all(|item| item.away.is_empty()));
    // A notice counts as sent when somebody says so, not before.
    let key: KeyName = KEY.parse().unwrap();
    assert!(sent(&RealDisk, &store.paths.state).unwrap().is_empty());
    assert_eq!(run(base, &["notices", "--sent", KEY]).0, 0);
    assert_eq!(sent(&RealDisk, &store.paths.state).unwrap().keys().collect::<Vec<_>>(), [&key]);
    assert_eq!(run(base, &["notices", "--sent", "no key"]).0, 2);
    assert_eq!(run(base, &["notices"]).0, 2);
}

#[test]
fn a_check_tells_by_its_exit_code() {
    let store = configured();
    let base = store.folder.path();
    let a = store.old_channel("a");
    store.pin_log(&format!("[\"PIN\",[\"{a}\"],1779000000000]\n"));
    let (code, said) = run(base, &["check"]);
    assert_eq!((code, said.trim()), (0, "0 problems"));
    store.pin_log(&format!("[\"PIN\",[\"{a}\",\"{}\"],1779000000000]\n", id("nowhere")));
    let (code, said) = run(base, &["check"]);
    assert!(
        code == 1 && said.contains(&format!("{} is nowhere, and {KEY} pins it", id("nowhere"))),
        "{said}"
    );
    let (code, said) = run(base, &["--json", "check"]);
    let told: Value = serde_json::from_str(said.lines().next().unwrap()).unwrap();
    assert_eq!((code, told[0]["missing"]["account"].as_str()), (1, Some(KEY)));
    assert_eq!(run(base, &["check", "--plan", "no such file"]).0, 2);
    fs::remove_dir_all(&store.paths.channels).unwrap();
    assert_eq!(run(base, &["check"]).0, 3);
}

/// Only a look after which something may be taken counts as complete: one that was refused is none of the two that a mark waits for.
#[test]
fn a_look_that_was_refused_is_not_remembered() {
    let store = configured();
    let base = store.folder.path();
    store.old_channel("a");
    store.pin_log("[\"PIN\",[],1779000000000]\n");
    let (walks, stray) = (store.paths.state.join("walks.ndjson"), store.paths.pins.join(".DS_Store"));
    store.write(&stray, "x");
    let plan = |name: &str| run(base, &["plan", "--out", base.join(name).to_str().unwrap()]).0;
    assert_eq!((plan("refused"), walks.exists()), (1, false));
    fs::remove_file(stray).unwrap();
    assert_eq!((plan("made"), walks.exists()), (0, true));
}
