//! `pinfold-companion sync` as a program: what it prints, its exit codes, and what it never prints.
//!
//! Transcripts are in `tests/cmd`; `UPDATE_TRANSCRIPTS=1` writes them anew.

use crate::anonymous::anonymous;
use crate::support::{STALE, Stage};
use serde_json::{Value, json};
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// What a run printed.
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Run {
    /// The lines of `--json`.
    fn lines(&self) -> Vec<Value> {
        self.stdout.lines().map(|line| serde_json::from_str(line).expect(line)).collect()
    }

    pub(crate) fn result(&self) -> Value {
        let result = self.lines().pop().unwrap();
        assert_eq!(result["type"], "result");
        assert_eq!(result["exitCode"], self.code);
        result
    }
}

/// Runs the program without a terminal.
pub(crate) async fn run(arguments: Vec<String>, password: Option<&str>) -> Run {
    run_with(arguments, password, None).await
}

async fn run_with(arguments: Vec<String>, password: Option<&str>, link: Option<&str>) -> Run {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pinfold-companion"));
    command.args(arguments).stdin(Stdio::null()).env_remove("RUST_LOG").env_remove("PINFOLD_OTP");
    match password {
        Some(password) => command.env("PINFOLD_PASSWORD", password),
        None => command.env_remove("PINFOLD_PASSWORD"),
    };
    match link {
        Some(link) => command.env("PINFOLD_LINK", link),
        None => command.env_remove("PINFOLD_LINK"),
    };
    let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    Run {
        code: output.status.code().unwrap(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

pub(crate) async fn sync(stage: &Stage, more: &[&str]) -> Run {
    sync_with(stage, stage.manifest["password"].as_str().unwrap(), more).await
}

async fn sync_with(stage: &Stage, password: &str, more: &[&str]) -> Run {
    let (origin, user) = (stage.server.origin(), stage.manifest["username"].as_str().unwrap());
    let mut arguments = vec!["sync", "--origin", &origin, "--user", user];
    arguments.extend(more);
    run(arguments.into_iter().map(str::to_owned).collect(), Some(password)).await
}

/// Compares with `tests/cmd/NAME.txt`.
fn assert_transcript(name: &str, stage: &Stage, run: &Run) {
    assert_transcript_at(name, &stage.server.origin(), run, &str::to_owned);
}

/// As [`assert_transcript`], of a server anywhere; what is different each time is taken out of the text.
pub(crate) fn assert_transcript_at(name: &str, origin: &str, run: &Run, mask: &dyn Fn(&str) -> String) {
    let mut text = run.stdout.clone();
    if !run.stderr.is_empty() {
        text = format!("{text}--- standard error\n{}", run.stderr);
    }
    let text = format!("{text}--- exit code {}\n", run.code).replace(origin, "[ORIGIN]");
    let text = mask(&text);
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/cmd").join(format!("{name}.txt"));
    if std::env::var_os("UPDATE_TRANSCRIPTS").is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(text == expected, "{name}: run with UPDATE_TRANSCRIPTS=1 if this is right:\n{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_partial_drive() {
    let stage = Stage::fixture().await;
    let run = sync(&stage, &[]).await;
    assert_eq!(run.code, 3);
    assert_transcript("partial", &stage, &run);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_partial_drive_and_a_list_that_holds_more() {
    let stage = Stage::carol_with_surplus().await;
    let folder = stage.a_folder();
    stage
        .misbehave(json!([{"on": {"channel": folder, "command": "GET_HISTORY"}, "do": {"kind": "tamper"}}]))
        .await;
    let run = sync(&stage, &["--titles", "--mailbox", "none"]).await;
    assert_eq!(run.code, 3);
    assert_transcript("partial-surplus", &stage, &run);
    assert!(stage.pinned().contains(STALE));
    stage.assert_nothing_lost();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_complete_drive_is_added_replaced_and_confirmed() {
    let stage = Stage::carol_with_surplus().await;
    let run = sync(&stage, &["--titles", "--give-up-unknown"]).await;
    assert_eq!(run.code, 0);
    assert_transcript("replaced", &stage, &run);
    assert_eq!((stage.resets(), stage.pinned()), (1, stage.expected()));
    let run = sync(&stage, &[]).await;
    assert_eq!(run.code, 0);
    assert_transcript("unchanged", &stage, &run);
    let empty = Stage::carol().await;
    let run = sync(&empty, &["--mailbox", "none"]).await;
    assert_eq!(run.code, 0);
    assert_transcript("added", &empty, &run);
}

/// Whoever names a mailbox wants to read that one.
#[tokio::test(flavor = "multi_thread")]
async fn a_mailbox_that_is_none_is_a_usage_error() {
    let stage = Stage::carol().await;
    for name in ["nonsense", "Notifications", "", "team-"] {
        let run = sync(&stage, &["--json", "--mailbox", name]).await;
        assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{name}");
        assert!(
            run.stderr.contains("notifications, broadcast, supportteam, team-ID or none"),
            "{}",
            run.stderr
        );
        assert!(stage.pin_log().is_empty(), "nothing was begun");
    }
    // Names that an account may have, and this one has not. The pins are settled before it is known.
    for name in ["supportteam", "team-17"] {
        let run = sync(&stage, &["--json", "--mailbox", name]).await;
        let result = run.result();
        assert_eq!(run.code, 2, "{name}");
        assert_eq!(
            (&result["outcome"], &result["error"]["code"]),
            (&json!("usage"), &json!("mailbox/absent"))
        );
        assert_eq!(result["confirmed"], true);
    }
    let run = sync(&stage, &["--mailbox", "notifications"]).await;
    assert_eq!(run.code, 0);
}

/// The surplus may be what another device pinned a moment ago: nobody here recorded it.
#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_recorded_stays() {
    let stage = Stage::carol_with_surplus().await;
    let run = sync(&stage, &["--mailbox", "none"]).await;
    assert_eq!(run.code, 5);
    assert_transcript("kept", &stage, &run);
    assert_eq!((stage.resets(), stage.pinned().contains(STALE)), (0, true));
    stage.assert_nothing_lost();
}

/// Beside the pins only a note of them is written, and not even that for who says so.
#[tokio::test(flavor = "multi_thread")]
async fn a_note_is_left_in_the_account_document_or_not() {
    let stage = Stage::carol().await;
    let before = stage.messages_of_drive();
    assert_eq!(sync(&stage, &["--no-note"]).await.code, 0);
    assert_eq!(stage.messages_of_drive(), before);
    assert_eq!(sync(&stage, &[]).await.code, 0);
    assert!(stage.messages_of_drive() > before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password() {
    let stage = Stage::carol().await;
    let run = sync_with(&stage, "password-karol", &[]).await;
    assert_eq!(run.code, 1);
    assert_transcript("wrong-password", &stage, &run);
    let run = sync_with(&stage, "password-karol", &["--json"]).await;
    let error = &run.result()["error"];
    assert_eq!(
        (&error["code"], &error["blame"], &error["retry"]),
        (&json!("login/refused"), &json!("user"), &json!("after-user"))
    );
}

/// As it is copied from a browser.
#[tokio::test(flavor = "multi_thread")]
async fn the_address_of_a_page_names_its_instance() {
    let stage = Stage::carol().await;
    let typed = format!(" {}/drive/#/x", stage.server.origin().replace("http", "HTTP"));
    let arguments = ["sync", "--origin", &typed, "--user", "carol", "--mailbox", "none"];
    let run = run(arguments.map(str::to_owned).to_vec(), Some("password-carol")).await;
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(run.stdout.starts_with(&format!("Signed in to {} as", stage.server.origin())), "{}", run.stdout);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_state_that_cannot_be_kept_is_told_once() {
    let stage = Stage::carol().await;
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
    let run = sync(&stage, &["--state", file, "--mailbox", "none"]).await;
    assert_eq!(run.code, 0);
    let told: Vec<&str> =
        run.stdout.lines().filter(|line| line.starts_with("Nothing is remembered")).collect();
    assert!(matches!(told[..], [line] if line.contains("reason: ")), "{told:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unconfirmed_reset() {
    let stage = Stage::carol_with_surplus().await;
    stage.misbehave(json!([{"on": {"command": "RESET"}, "do": {"kind": "cut", "at": "stored"}}])).await;
    let run = sync(&stage, &["--give-up-unknown"]).await;
    assert_eq!(run.code, 4);
    assert_transcript("unconfirmed", &stage, &run);
    stage.assert_nothing_lost();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_factor_without_anybody_to_ask() {
    let stage = Stage::carol().await;
    let totp = json!({"kind": "error", "error": "401", "message": "TOTP"});
    stage.misbehave(json!([{"on": {"command": "HTTP_BLOCK"}, "do": totp}])).await;
    let run = sync(&stage, &[]).await;
    assert_eq!(run.code, 1);
    assert_transcript("second-factor", &stage, &run);
    assert_eq!(sync(&stage, &["--otp"]).await.code, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_carried_out() {
    let stage = Stage::carol().await;
    let origin = stage.server.origin();
    let with = |arguments: &[&str], password: Option<&'static str>| {
        let arguments = arguments.iter().map(|a| (*a).to_owned()).collect();
        run(arguments, password)
    };
    let no_password = with(&["sync", "--origin", &origin, "--user", "carol"], None).await;
    assert_eq!(no_password.code, 2);
    assert_transcript("no-password", &stage, &no_password);
    for arguments in [
        &["sync", "--user", "carol"][..],
        &["sync", "--origin", "pad.example.org", "--user", "carol"],
        &["sync", "--origin", &origin, "--user", ""],
        &["sync", "--origin", &origin, "--user", "carol", "--password", "x"],
        &["sync", "--origin", &origin, "--user", "carol", "--patience", "soon"],
        &["sync", "--origin", &origin, "--user", "carol", "--ca", "/does/not/exist"],
        &[
            "sync",
            "--origin",
            &origin,
            "--user",
            "carol",
            "--ca",
            concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"),
        ],
    ] {
        let run = with(arguments, Some("password-carol")).await;
        assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{arguments:?}");
        assert!(!run.stderr.is_empty());
    }
    let gone =
        with(&["sync", "--origin", "http://127.0.0.1:1", "--user", "carol", "--json"], Some("x")).await;
    assert_eq!(gone.code, 1);
    assert_eq!(gone.result()["error"]["code"], "net/unreachable");
}

#[tokio::test(flavor = "multi_thread")]
async fn lines_for_machines() {
    let stage = Stage::carol_with_surplus().await;
    let run = sync(&stage, &["--json", "--give-up-unknown"]).await;
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    let lines = run.lines();
    let known = ["progress", "net", "account", "folder", "pins", "team", "message", "evidence", "result"];
    assert!(lines.iter().all(|line| known.contains(&line["type"].as_str().unwrap())));
    let steps: Vec<&Value> = lines.iter().filter(|l| l["type"] == "pins").map(|l| &l["step"]).collect();
    let (user, team) = steps.split_at(8);
    let replaced = ["compare", "reset", "agrees", "confirmed"];
    assert_eq!(user, [&["compare", "pin", "compare", "compare"][..], &replaced].concat());
    assert!(!team.is_empty(), "the team is compared for itself");
    let result = run.result();
    let manifest = &stage.manifest["pin"];
    assert_eq!(
        (&result["outcome"], &result["complete"], &result["confirmed"], &result["error"]),
        (&json!("complete"), &json!(true), &json!(true), &Value::Null)
    );
    assert_eq!(result["pins"]["digest"], manifest["hash"]);
    assert_eq!(result["pins"]["count"], 18);
    assert_eq!((&result["pins"]["form"], &result["pins"]["reset"]), (&json!("plain"), &json!(true)));
    assert_eq!(result["folders"].as_array().unwrap().len(), 3);
    assert_eq!(result["teams"][0]["confirmed"], json!(true));
    assert!(result["teams"][0].get("name").is_none(), "names of teams are titles");
    assert!(result["folders"].as_array().unwrap().iter().all(|folder| folder.get("title").is_none()));
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_for_machines() {
    let stage = Stage::fixture().await;
    let run = sync(&stage, &["--json"]).await;
    assert_eq!(run.code, 3);
    let recorded = stage.manifest["mailbox"]["messages"].as_array().unwrap();
    let messages: Vec<Value> = run.lines().into_iter().filter(|line| line["type"] == "message").collect();
    // The recording begins at the last letter of the dismissed prefix.
    let from = messages.len() - recorded.len();
    for (at, message) in messages.iter().enumerate() {
        assert_eq!(message["position"], at);
        if let Some(recorded) = at.checked_sub(from).map(|at| &recorded[at]) {
            assert_eq!((&message["hash"], &message["time"]), (&recorded["hash"], &recorded["time"]));
            assert_eq!(message["kind"], recorded["msg"]["type"]);
        }
    }
    let mailbox = &run.result()["mailbox"];
    assert_eq!(mailbox["messages"], messages.len());
    assert_eq!((&mailbox["unreadable"], &mailbox["timesAscend"]), (&json!(0), &json!(true)));
}

/// Every text in a document that opens something, down to entries of folders.
fn secrets(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                let text = value.as_str().filter(|text| !text.is_empty());
                match (key.as_str(), text) {
                    (
                        "edPrivate" | "curvePrivate" | "password" | "userHash" | "blockId" | "blockHash",
                        Some(text),
                    ) => {
                        found.push(text.to_owned());
                    }
                    ("href" | "roHref", Some(link)) => {
                        found.extend(link.split('/').rev().find(|part| part.len() > 20).map(str::to_owned));
                    }
                    _ => secrets(value, found),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| secrets(item, found)),
        _ => {}
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_output_holds_a_secret() {
    for stage in [Stage::fixture().await, Stage::carol_with_surplus().await] {
        let mut forbidden = Vec::new();
        secrets(&stage.manifest, &mut forbidden);
        assert!(forbidden.len() > 15, "{}", forbidden.len());
        let mut runs = Vec::new();
        for more in [&["--titles"][..], &["--json", "--titles"]] {
            runs.push(sync(&stage, more).await);
            runs.push(sync_with(&stage, "another secret", more).await);
            stage.misbehave(json!([{"on": {"command": "HTTP_BLOCK"}, "do": {"kind": "cut"}}])).await;
            runs.push(sync(&stage, more).await);
            stage.misbehave(json!([{"on": {"command": "GET_HASH"}, "do": {"kind": "garbage"}}])).await;
            runs.push(sync(&stage, more).await);
            stage.misbehave(json!([])).await;
        }
        forbidden.push("another secret".to_owned());
        for run in runs {
            let printed = format!("{}{}", run.stdout, run.stderr);
            for secret in &forbidden {
                assert!(!printed.contains(secret.as_str()), "printed {secret}:\n{printed}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_anonymous_drive_is_read_and_said_to_be_unpinnable() {
    let built = anonymous();
    let stage = Stage::made(&built).await;
    let origin = stage.server.origin();
    let arguments = ["sync", "--origin", &origin, "--anonymous", "--json"].map(str::to_owned).to_vec();
    let link = format!("{origin}/drive/#{}", built.user_hash());
    let json = run_with(arguments.clone(), None, Some(&link)).await;
    let result = json.result();
    assert_eq!((json.code, &result["error"]["code"]), (1, &json!("drive/anonymous")));
    assert_eq!((&result["complete"], result["folders"].as_array().map(Vec::len)), (&json!(true), Some(2)));
    let human = run_with(arguments[..4].to_vec(), None, Some(&link)).await;
    assert!(human.stdout.contains("belongs to no account"), "{}", human.stdout);
    for run in [json, human] {
        assert!(!format!("{}{}", run.stdout, run.stderr).contains(built.user_hash()));
    }
    let none = run(arguments, None).await;
    assert_eq!(none.code, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_help_is_what_the_documentation_says() {
    let help = run(vec!["sync".into(), "--help".into()], None).await;
    assert_eq!(help.code, 0);
    let documented = include_str!("../../../../docs/cli.md");
    assert!(documented.contains(&help.stdout), "docs/cli.md should contain:\n{}", help.stdout);
}
