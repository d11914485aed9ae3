//! `lost` as a program, on recorded incidents: what it prints, its exit codes, and that it changes nothing.

// The lints let tests panic, but do not see that the helpers here are tests too.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::SystemTime;

fn incident(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/incidents").join(name)
}

fn lost(incident_name: &str, user: &str, more: &[&str]) -> Output {
    told("lost", incident_name, user, more)
}

fn told(command: &str, incident_name: &str, user: &str, more: &[&str]) -> Output {
    let manifest = std::fs::read_to_string(incident(incident_name).join("manifest.json")).unwrap();
    let manifest: Value = serde_json::from_str(&manifest).unwrap();
    let account = &manifest["users"][user];
    run_as(
        command,
        &incident(incident_name).join("data"),
        account["username"].as_str().unwrap(),
        account["password"].as_str(),
        more,
    )
}

fn run(data: &Path, user: &str, password: Option<&str>, more: &[&str]) -> Output {
    run_as("lost", data, user, password, more)
}

fn run_as(name: &str, data: &Path, user: &str, password: Option<&str>, more: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pinfold-companion"));
    command.args([name, "--user", user, "--data"]).arg(data).args(more);
    command.env_remove("PINFOLD_PASSWORD").stdin(std::process::Stdio::null());
    command.envs(password.map(|password| ("PINFOLD_PASSWORD", password))).output().unwrap()
}

fn said(output: &Output) -> (Option<i32>, String, String) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

fn times(folder: &Path, found: &mut BTreeMap<PathBuf, SystemTime>) {
    for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
        if entry.path().is_dir() {
            times(&entry.path(), found);
        } else {
            found.insert(entry.path(), entry.metadata().unwrap().modified().unwrap());
        }
    }
}

#[test]
fn june_2019_is_told_in_words_and_nothing_changes() {
    let (mut before, mut after) = (BTreeMap::new(), BTreeMap::new());
    times(&incident("june-2019"), &mut before);
    let (code, out, err) = said(&lost("june-2019", "alice", &[]));
    times(&incident("june-2019"), &mut after);
    assert_eq!((code, err.as_str()), (Some(3), ""), "{out}");
    assert_eq!(before, after);
    let wanted = [
        "Lost, and not wanted:",
        "0ead4982325111f87013ddd2c0d800e3",
        "you removed the folder after it had been emptied or was missing; its key is in the history of the drive",
        "its folder was made anew, empty; its key is still in the drive",
        "its folder's key is gone; its key is in the archived copy of the folder: ask the operator",
    ];
    wanted.iter().for_each(|text| assert!(out.contains(text), "{text}\n{out}"));
    assert!(!out.contains("Statutes") && !out.contains("/edit/"), "neither titles nor keys: {out}");
    let (_, out, _) = said(&lost("june-2019", "alice", &["--titles"]));
    assert!(out.contains("Statutes") && !out.contains("/edit/"), "{out}");
    let (code, out, _) = said(&lost("june-2019", "bob", &[]));
    assert_eq!((code, out.contains("Nothing is lost.")), (Some(0), true), "{out}");
}

#[test]
fn machines_get_a_line_for_each_loss_and_a_result() {
    let (code, out, _) = said(&lost("bulk-delete", "alice", &["--json"]));
    assert_eq!(code, Some(3));
    let lines: Vec<Value> = out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let (result, losses) = lines.split_last().unwrap();
    let burst = losses.iter().filter(|loss| loss["cause"] == "user-burst");
    assert!(burst.clone().count() == 5 && burst.clone().all(|loss| loss["reasons"][0] == "burst"));
    let trash = losses.iter().filter(|loss| loss["cause"] == "user-trash");
    assert!(trash.clone().count() == 4 && trash.clone().all(|loss| loss["reasons"] == Value::Array(vec![])));
    assert_eq!(result["broken"], 0);
    assert_eq!(
        (&result["type"], &result["lost"], &result["unwanted"]),
        (&"result".into(), &9.into(), &5.into())
    );
    let bursts: Vec<&Value> = losses.iter().filter(|loss| loss["cause"] == "user-burst").collect();
    assert_eq!(bursts.len(), 5);
    assert!(bursts.iter().all(|loss| loss["keyAt"] == "history-folder" && loss["author"].is_string()));
    assert!(losses.iter().all(|loss| loss["title"].is_null()), "titles end up in logs: only on request");
    let (code, out, _) = said(&lost("false-alarm", "alice", &["--json"]));
    assert_eq!((code, out.lines().count()), (Some(0), 2), "{out}");
}

/// What `restore` would do in each recorded incident: how much returns, into how many documents, and what stays and why.
#[test]
fn what_would_return_of_the_recorded_incidents() {
    for (name, returned, documents, left) in [
        ("june-2019", 6, 3, vec!["made-anew"]),
        ("inactive-notice", 9, 2, vec![]),
        ("false-alarm", 0, 0, vec![]),
        ("bulk-delete", 5, 2, vec![]),
        ("team-removed", 0, 0, vec!["with-its-folder"; 2]),
        ("conflict-content", 4, 2, vec!["made-anew", "made-anew"]),
    ] {
        let origin = "http://127.0.0.1:9";
        let (code, out, err) =
            said(&told("restore", name, "alice", &["--all", "--json", "--dry-run", "--origin", origin]));
        let lines: Vec<Value> = out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let result = lines.last().unwrap_or_else(|| panic!("{name}: {err}"));
        let why: Vec<&str> = lines.iter().filter_map(|line| line["why"].as_str()).collect();
        assert_eq!(code, Some(if left.is_empty() { 0 } else { 3 }), "{name}");
        assert_eq!(
            (&result["restored"], &result["documents"]),
            (&returned.into(), &documents.into()),
            "{name}"
        );
        assert_eq!(why, left, "{name}");
    }
}

#[test]
fn what_cannot_be_carried_out_says_why() {
    let (code, out, err) =
        said(&run(&incident("june-2019").join("data"), "alice-june-2019", Some("wrong"), &[]));
    assert_eq!((code, out.as_str()), (Some(1), ""));
    assert!(err.contains("login/refused"), "{err}");
    let (code, _, err) =
        said(&run(&incident("june-2019"), "alice-june-2019", Some("alice correct horse"), &[]));
    assert_eq!(code, Some(1));
    assert!(err.contains("misuse/bad-argument"), "{err}");
    let (code, _, err) = said(&run(&incident("june-2019").join("data"), "alice-june-2019", None, &[]));
    assert_eq!(code, Some(1));
    assert!(err.contains("PINFOLD_PASSWORD"), "{err}");
    let program = || Command::new(env!("CARGO_BIN_EXE_pinfold-companion"));
    let (_, help, _) = said(&program().args(["lost", "--help"]).output().unwrap());
    assert!(
        include_str!("../../../docs/recovery.md").contains(&help),
        "docs/recovery.md should contain:\n{help}"
    );
    assert_eq!(program().arg("lost").output().unwrap().status.code(), Some(2));
}

/// A diagnosis over files: what is missing is found, the report is signed, and nothing in the directory changes.
#[test]
fn an_account_is_diagnosed_over_a_data_directory() {
    let (mut before, mut after) = (BTreeMap::new(), BTreeMap::new());
    times(&incident("june-2019"), &mut before);
    let reports = tempfile::tempdir().unwrap();
    let report = reports.path().join("report.json");
    let kept = report.to_str().unwrap();
    let (code, out, err) = said(&told("diagnose", "june-2019", "alice", &["--json", "--report", kept]));
    times(&incident("june-2019"), &mut after);
    assert_eq!((code, err.as_str()), (Some(3), ""), "{out}");
    assert_eq!(before, after);
    let lines: Vec<Value> = out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let manifest = std::fs::read_to_string(incident("june-2019").join("manifest.json")).unwrap();
    let manifest: Value = serde_json::from_str(&manifest).unwrap();
    let garden = &manifest["folders"]["Garden"]["channel"];
    let anew = lines.iter().filter(|line| line["problem"] == "folder-made-anew");
    assert_eq!(anew.map(|line| &line["id"]).collect::<Vec<_>>(), [garden], "{out}");
    assert!(!out.contains("Statutes") && !out.contains("/edit/"), "neither titles nor keys: {out}");
    let signed = pinfold_core::report::Signed::read(&std::fs::read_to_string(&report).unwrap()).unwrap();
    assert_eq!(signed.report().origin, "data-directory");
    // Nothing happened since: a second one finds the same.
    let (code, out, _) = said(&told("diagnose", "june-2019", "alice", &["--json", "--since", kept]));
    let result: Value = serde_json::from_str(out.lines().last().unwrap()).unwrap();
    assert_eq!((code, &result["difference"]["lost"]), (Some(3), &Value::from(0)), "{out}");
    let (code, out, err) = said(&told("diagnose", "june-2019", "bob", &["--quick"]));
    assert_eq!((code, err.as_str()), (Some(0), ""), "{out}");
    let data = incident("june-2019").join("data");
    let refused = said(&run_as("diagnose", &data, "alice-june-2019", Some("wrong"), &[]));
    assert!(refused.0 == Some(1) && refused.2.contains("login/refused"), "{}", refused.2);
}

/// A log of pin changes that another run wrote says which losses went with pins that came back.
#[test]
fn pins_that_shrank_and_grew_again_are_a_sign() {
    let found = |more: &[&str]| {
        let out = said(&lost("bulk-delete", "alice", &[&["--json"], more].concat())).1;
        let lines = out.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        let losses = lines.filter(|line| line["type"] == "loss").map(|line| {
            let regrew = line["reasons"].as_array().unwrap().contains(&"pins-regrew".into());
            (line["channel"].as_str().unwrap().to_owned(), regrew)
        });
        losses.collect::<Vec<_>>()
    };
    let plain = found(&[]);
    assert!(plain.len() > 2 && plain.iter().all(|(_, regrew)| !regrew));
    let (a, b) = (&plain[0].0, "0".repeat(32));
    let key = "HSFw-mSe13urwJ97HvTzw4QbbxgS3QMYQrcuKGRA8fE=";
    let row = |time: u32, rest: &str| format!("15600000{time:05} laptop/s1 {time} {key} {rest}");
    let rows = serde_json::json!({
        row(1, "PIN + loading - drive 2 2"): format!("{a} {b}"),
        row(20, "RESET - folder-emptied agreed drive 0 2"): format!("{a} {b}"),
        row(30, "PIN + followed - drive 1 1"): b,
    });
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("pins.json");
    std::fs::write(&log, serde_json::json!({ "v": 1, "rows": rows }).to_string()).unwrap();
    let with = found(&["--pins", log.to_str().unwrap()]);
    assert_eq!(with.iter().filter(|(_, regrew)| *regrew).map(|(of, _)| of).collect::<Vec<_>>(), [a]);
    std::fs::write(&log, "{}").unwrap();
    assert_eq!(said(&lost("bulk-delete", "alice", &["--pins", log.to_str().unwrap()])).0, Some(1));
}

/// An operator's notice says what was away in that time; and what became of one thing is told by its title or its id.
#[test]
fn a_notice_tells_what_was_away_and_one_thing_is_asked_after() {
    let manifest = std::fs::read_to_string(incident("june-2019").join("manifest.json")).unwrap();
    let manifest: Value = serde_json::from_str(&manifest).unwrap();
    let choir = manifest["folders"]["Choir"]["channel"].as_str().unwrap();
    let away = [[1_560_124_800_000_u64, 1_560_211_200_000]];
    let item = serde_json::json!({"id": choir, "event": "restored", "at": away[0][1], "away": away});
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notice.json");
    std::fs::write(&path, serde_json::json!({"version": 1, "items": [item]}).to_string()).unwrap();
    let asked = ["--from", "2019-06-01", "--to", "2019-06-30", "--json", "--id", choir];
    let of = |more: &[&str]| {
        let (code, out, err) = said(&told("affected", "june-2019", "alice", &[&asked, more].concat()));
        assert_eq!((code, err.as_str()), (Some(3), ""), "{out}");
        let lines: Vec<Value> = out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let harm = lines.iter().find(|line| line["channel"] == choir && line["type"] == "affected");
        let harm = harm.map(|line| (line["harm"].clone(), line["by"].clone()));
        let fates = lines.iter().filter(|line| line["type"] == "fate").map(|line| line["fate"].clone());
        (harm, fates.collect::<Vec<_>>())
    };
    assert_eq!(of(&[]), (None, vec!["untouched".into()]));
    let (notice, called) = (["--notice", path.to_str().unwrap()], ["--called", "Nothing of the kind"]);
    let restored = Some(("restored".into(), "operator".into()));
    let fates = vec!["never-existed".into(), "restored".into()];
    assert_eq!(of(&[notice, called].concat()), (restored, fates));
    std::fs::write(&path, "{}").unwrap();
    for command in ["affected", "diagnose"] {
        let more = if command == "affected" { &asked[..4] } else { &[] };
        let (code, _, err) = said(&told(command, "june-2019", "alice", &[&notice, more].concat()));
        assert!(code == Some(1) && err.contains("misuse/bad-argument"), "{command}: {err}");
    }
}

/// A folder that left a team: the lists of pins say that somebody removed it. A notice that it was in the archive then says that a client did,
/// by itself; so it is an accident, which `restore --all` puts back.
#[test]
fn a_notice_judges_a_loss_and_what_is_put_back() {
    let cause = |more: &[&str]| {
        let (code, out, err) = said(&lost("team-removed", "alice", &[&["--json"], more].concat()));
        assert_eq!((code, err.as_str()), (Some(3), ""), "{out}");
        let lines: Vec<Value> = out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let folder = lines.into_iter().find(|line| line["kind"] == "sharedFolder").unwrap();
        (folder["cause"].as_str().unwrap().to_owned(), folder)
    };
    let (plain, folder) = cause(&[]);
    assert_eq!(plain, "other-member");
    let (id, time) = (folder["channel"].as_str().unwrap(), folder["time"].as_u64().unwrap());
    let kept = tempfile::tempdir().unwrap();
    let path = kept.path().join("notice.json");
    let notice = ["--notice", path.to_str().unwrap()];
    for (archived, told) in [(time - 5_000, "client-on-server-word"), (time + 5_000, "other-member")] {
        let items = serde_json::json!([{"id": id, "event": "archived", "at": archived}]);
        std::fs::write(&path, serde_json::json!({"version": 1, "items": items}).to_string()).unwrap();
        assert_eq!(cause(&notice).0, told);
        let origin = ["--origin", "http://127.0.0.1:9", "--all", "--json", "--dry-run"];
        let (_, out, _) = said(&told_of("restore", &[&origin[..], &notice].concat()));
        let returns = out.lines().any(|line| line.contains(r#""restored","#) && line.contains(id));
        assert_eq!(returns, told == "client-on-server-word", "{out}");
    }
}

fn told_of(command: &str, more: &[&str]) -> Output {
    told(command, "team-removed", "alice", more)
}
