//! The program from outside: what scripts rely on.

// The lints let tests panic, but do not see that the helpers here are tests too.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, Stdio};

struct Served {
    child: Child,
    origin: String,
}

fn serve(arguments: &[&str]) -> Served {
    let mut child = command(arguments).stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
    let origin = line.trim_end().strip_prefix("listening ").expect(&line).to_owned();
    Served { child, origin }
}

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pinfold-companion"));
    command.args(["serve", "--port", "0"]).args(arguments).stderr(Stdio::piped());
    command
}

/// Exit status and what was said about it.
fn refused(arguments: &[&str]) -> (i32, String) {
    let output = command(arguments).stdout(Stdio::piped()).output().unwrap();
    assert!(output.stdout.is_empty());
    (output.status.code().unwrap(), String::from_utf8_lossy(&output.stderr).into_owned())
}

impl Served {
    fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

fn text(path: &Path) -> String {
    path.to_str().unwrap().to_owned()
}

#[test]
fn one_line_tells_where_it_listens() {
    let mut served = serve(&[]);
    let port = served.origin.strip_prefix("http://127.0.0.1:").expect(&served.origin);
    assert_ne!(port.parse::<u16>().unwrap(), 0);
    served.child.kill().unwrap();
    let mut rest = String::new();
    served.child.stdout.take().unwrap().read_to_string(&mut rest).unwrap();
    assert_eq!(rest, "");
    served.child.wait().unwrap();
}

/// As `| head -1` does it.
#[cfg(feature = "explore")]
#[test]
fn who_has_read_enough_may_leave() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pinfold-companion"));
    let mut explored = command.args(["explore", "--seed", "1"]).stdout(Stdio::piped()).spawn().unwrap();
    drop(explored.stdout.take());
    assert!(explored.wait().unwrap().success());
}

#[test]
fn a_directory_that_is_not_ours_is_never_emptied() {
    let foreign = tempfile::tempdir().unwrap();
    std::fs::create_dir(foreign.path().join("datastore")).unwrap();
    std::fs::write(foreign.path().join("datastore/log"), "x").unwrap();
    let (status, said) = refused(&["--data", &text(foreign.path()), "--fresh"]);
    assert_eq!(status, 1);
    assert!(said.contains("not made by pinfold") && said.contains("misuse/bad-argument"), "{said}");
    assert!(foreign.path().join("datastore/log").exists());
}

#[test]
fn a_killed_server_leaves_a_directory_that_can_be_used_again() {
    let ours = tempfile::tempdir().unwrap();
    let data = text(ours.path());
    serve(&["--data", &data]).kill();
    let second = serve(&["--data", &data]);
    let (status, said) = refused(&["--data", &data]);
    assert_eq!(status, 1);
    assert!(said.contains("misuse/busy"), "{said}");
    second.kill();
    serve(&["--data", &data, "--fresh"]).kill();
}

#[test]
fn nonsense_is_refused_with_a_reason() {
    let directory = tempfile::tempdir().unwrap();
    let faults = directory.path().join("faults.json");
    std::fs::write(&faults, r#"{"faults":[{"do":{"kind":"explode"}}]}"#).unwrap();
    let (status, said) = refused(&["--faults", &text(&faults)]);
    assert_eq!(status, 1);
    assert!(said.contains("explode"), "{said}");
    for arguments in [
        vec!["--faults", "/does/not/exist"],
        vec!["--www", "/does/not/exist"],
        vec!["--seed-account", "/does/not/exist"],
        vec!["--upstream", "not an origin"],
    ] {
        assert_eq!(refused(&arguments).0, 1, "{arguments:?}");
    }
    assert_eq!(refused(&["--upstream", "https://x", "--faults", &text(&faults)]).0, 2);
    assert_eq!(refused(&["--fresh"]).0, 2);
}

#[cfg(unix)]
#[test]
fn it_ends_when_it_is_asked_to() {
    let mut served = serve(&[]);
    let asked = Command::new("kill").arg(served.child.id().to_string()).status().unwrap();
    assert!(asked.success());
    assert!(served.child.wait().unwrap().success());
}

/// The seed that a search ends with shows the same run again.
#[test]
fn a_mutant_is_found_and_its_seed_replays_it() {
    let explore = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_pinfold-companion"));
        let output = command.arg("explore").args(arguments).output().unwrap();
        (output.status.code(), String::from_utf8(output.stdout).unwrap())
    };
    let (code, found) = explore(&["--client", "race-2019", "--seeds", "50"]);
    assert_eq!(code, Some(1), "{found}");
    let replay = found.lines().last().unwrap();
    let seed = replay.rsplit(' ').next().unwrap();
    let (code, again) = explore(&["--client", "race-2019", "--seed", seed]);
    assert_eq!(code, Some(1));
    assert!(found.ends_with(&again), "{found}\n{again}");
    let (code, held) = explore(&["--client", "in-place-of-mutant", "--seed", seed]);
    assert_eq!(code, Some(0), "{held}");
}

#[test]
fn a_run_that_loses_is_shown_and_written_beside_the_product() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("run.json");
    let mut explore = Command::new(env!("CARGO_BIN_EXE_pinfold-companion"));
    let output = explore.args(["explore", "--client", "race-2019", "--json"]).arg(&file).output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("LOST") && said.contains("explore --client race-2019 --seed "), "{said}");
    let runs: serde_json::Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    assert_eq!(runs["runs"][0]["client"], "race-2019");
    assert!(runs["runs"][0]["violation"].is_string());
    assert_eq!(runs["runs"][1]["client"], "in-place-of-mutant");
    assert!(runs["runs"][1]["violation"].is_null());
}
