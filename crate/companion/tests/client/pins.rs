//! `pins` as a program: what `sync --state` did, told afterwards; carried from one device to another.

use crate::cli::sync;
use crate::restoring::command;
use crate::support::Stage;
use serde_json::Value;

fn lines(run: &crate::cli::Run, of: &str) -> Vec<Value> {
    let lines = run.stdout.lines().map(|line| serde_json::from_str::<Value>(line).expect(line));
    lines.filter(|line| line["type"] == of).collect()
}

#[tokio::test]
async fn what_sync_pinned_is_told_and_travels_as_a_file() {
    let stage = Stage::carol().await;
    let home = tempfile::tempdir().unwrap();
    let path = |name: &str| home.path().join(name).to_str().unwrap().to_owned();
    let (here, there, file) = (path("here"), path("there"), path("log.json"));
    assert_eq!(sync(&stage, &["--state", &here, "--mailbox", "none"]).await.code, 0);

    let told = command(&stage, "pins", &["--state", &here, "--json", "--export", &file]).await;
    assert_eq!(told.code, 0, "{}", told.stderr);
    let changes = lines(&told, "change");
    let key = &stage.manifest["pin"]["hashedList"];
    let came: Vec<&str> = changes
        .iter()
        .filter(|change| change["step"] == "came" && change["cause"] == "loading")
        .flat_map(|change| change["ids"].as_array().unwrap())
        .filter_map(Value::as_str)
        .collect();
    for id in key.as_array().unwrap() {
        assert!(came.contains(&id.as_str().unwrap()), "{id}");
    }
    assert!(changes.iter().all(|change| change["time"].as_u64().unwrap() > 1_700_000_000_000));
    assert!(changes.iter().any(|change| change["document"].is_string()));

    // Another device knows nothing, then what the file says, and once only.
    let nothing = command(&stage, "pins", &["--state", &there, "--json"]).await;
    assert_eq!((nothing.code, lines(&nothing, "change").len()), (0, 0));
    for _ in 0..2 {
        let both = command(&stage, "pins", &["--state", &there, "--json", "--merge", &file]).await;
        assert_eq!((both.code, lines(&both, "change")), (0, changes.clone()), "{}", both.stderr);
    }
    let kept = command(&stage, "pins", &["--state", &there]).await;
    assert_eq!(kept.code, 0);
    assert!(
        kept.stdout.contains("loading") && kept.stdout.ends_with(&format!("{} changes.\n", changes.len()))
    );
    // Nothing is written over, and what is no log is refused before anything is asked of a server.
    let twice = command(&stage, "pins", &["--state", &here, "--export", &file]).await;
    assert_eq!((twice.code, twice.stderr.contains("host/storage")), (1, true));
    std::fs::write(path("other"), "{}").unwrap();
    let odd = command(&stage, "pins", &["--state", &there, "--merge", &path("other")]).await;
    assert_eq!((odd.code, odd.stderr.contains("misuse/bad-argument")), (1, true));
}
