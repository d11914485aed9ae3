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
