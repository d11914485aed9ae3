//! The program itself on a real disk: exit codes, the lock, the hold, the page, kill -9, another user.

use crate::store::{KEY, Store, id};
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Output};
use std::time::Duration;

const CONFIG: &str = "module.exports = { filePath: './datastore', archivePath: './data/archive', pinPath: './data/pins', taskPath: './data/tasks', blockPath: './block', blobPath: './blob', decreePath: './data/decrees' };\n";

pub fn configured() -> Store {
    let store = Store::new();
    store.write(&store.folder.path().join("config/config.js"), CONFIG);
    store
}

pub fn command(base: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pinfold-operator"));
    command.arg("--base").arg(base).args(arguments);
    command
}

pub fn run(base: &Path, arguments: &[&str]) -> (i32, String) {
    let Output { status, stdout, stderr } = command(base, arguments).output().unwrap();
    let text = String::from_utf8_lossy(&stdout).into_owned() + &String::from_utf8_lossy(&stderr);
    (status.code().unwrap(), text)
}

#[test]
fn what_is_no_store_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let base = folder.path();
    for command in
        [&["audit"][..], &["preflight"], &["plan", "--out", "/dev/null"], &["check"], &["conflicts"]]
    {
        assert_eq!(run(base, command).0, 3, "no configuration: {command:?}");
    }
    fs::create_dir(base.join("config")).unwrap();
    for text in
        ["", "module.exports = { filePath: './datastore' };", "module.exports = { pinPath: '' };", CONFIG]
    {
        fs::write(base.join("config/config.js"), text).unwrap();
        let (code, said) = run(base, &["audit"]);
        assert_eq!(code, 3, "{text}: {said}");
    }
    assert_eq!(fs::read_dir(base).unwrap().count(), 1, "nothing was made");
    assert_eq!(run(base, &["no-such-command"]).0, 2);
}

/// An option replaces what the configuration says; what the server goes by, its decrees, wins over both.
#[test]
fn a_setting_on_the_command_line_replaces_the_one_of_the_configuration() {
    let store = configured();
    let base = store.folder.path();
    store.pin_log("[\"PIN\",[],1779000000000]\n");
    let plan = base.join("plan");
    let set = |setting: &str| {
        let (code, said) = run(base, &["--json", "--set", setting, "plan", "--out", plan.to_str().unwrap()]);
        let _ = fs::remove_file(&plan);
        let head = said.lines().next().and_then(|line| serde_json::from_str::<serde_json::Value>(line).ok());
        (code, head.map(|told| told["head"]["policy"]["inactive_days"].as_i64()))
    };
    assert_eq!(set("inactiveTime=120"), (0, Some(Some(120))));
    for (wrong, code) in [
        ("inactiveTime=0", 3),
        ("inactiveTime=many", 3),
        ("pinPath=", 3),
        ("pinPath=./nowhere", 1),
        ("port=3", 2),
        ("x", 2),
    ] {
        assert_eq!(set(wrong).0, code, "{wrong}");
    }
    store.write(&store.paths.decree_log(), "[\"SET_INACTIVE_TIME\",[150],\"k\",1]\n");
    assert_eq!(set("inactiveTime=120"), (0, Some(Some(150))));
}

#[test]
fn a_second_run_is_refused() {
    let store = configured();
    fs::create_dir_all(&store.paths.state).unwrap();
    let lock = File::create(store.paths.state.join("lock")).unwrap();
    lock.lock().unwrap();
    for command in [
        &["plan", "--no-pin-logs", "--out", "plan"][..],
        &["restore", "--reason", "INACTIVE"],
        &["finish"],
        &["expire"],
    ] {
        let (code, said) = run(store.folder.path(), command);
        assert_eq!((code, said.contains("another run")), (3, true), "{said}");
    }
    // Not dropped alone: a child that another test is just starting may hold the same file.
    lock.unlock().unwrap();
    assert_eq!(run(store.folder.path(), &["finish"]).0, 0);
}

#[test]
fn a_hold_stops_the_other_scripts_too_and_its_end_lets_them_go_on() {
    let store = configured();
    let base = store.folder.path();
    store.write(&store.paths.decree_log(), "[\"SET_INACTIVE_TIME\",[120],\"k\",1]");
    assert_eq!(run(base, &["hold", "--by", "anna", "--why", "237 conflicts"]).0, 0);
    let decrees = fs::read_to_string(store.paths.decree_log()).unwrap();
    let lines: Vec<&str> = decrees.lines().collect();
    assert_eq!(lines.len(), 3, "{decrees}");
    assert!(
        lines[1].starts_with("[\"SET_INACTIVE_TIME\",[0],")
            && lines[2].starts_with("[\"SET_ARCHIVE_RETENTION_TIME\",[36500],")
    );
    // Commands that rescue work under a hold; commands that remove do not.
    assert_eq!(run(base, &["conflicts"]).0, 0);
    assert_eq!(run(base, &["restore", "--reason", "INACTIVE"]).0, 0);
    for command in [&["expire"][..], &["archive-account", KEY, "--reason", "x"]] {
        let (code, said) = run(base, command);
        assert!(
            code == 3 && said.contains("237 conflicts (by anna, since 20"),
            "who, why, since when: {said}"
        );
    }
    // A second hold changes nothing of the first.
    assert_eq!(run(base, &["hold", "--by", "ben", "--why", "also"]).0, 0);
    assert!(fs::read_to_string(store.paths.state.join("HOLD")).unwrap().contains("anna"));
    assert_eq!(run(base, &["release"]).0, 0);
    let decrees = fs::read_to_string(store.paths.decree_log()).unwrap();
    let lines: Vec<&str> = decrees.lines().collect();
    assert_eq!(lines.len(), 5, "{decrees}");
    assert!(lines[3].contains("[120]") && lines[4].contains("[90]"));
}

/// A conflict is solved under the hold that it was the reason for: nothing is lost, and each id is named.
#[test]
fn what_rescues_works_under_a_hold() {
    let store = configured();
    let base = store.folder.path();
    let a = store.old_channel("a");
    store.archived_twin("a");
    assert_eq!(run(base, &["hold", "--by", "anna", "--why", "237 conflicts"]).0, 0);
    let (code, said) = run(base, &["aside", &a.to_string()]);
    assert_eq!(code, 0, "{said}");
    let (code, said) = run(base, &["restore", &a.to_string()]);
    assert_eq!(code, 0, "{said}");
    assert!(fs::read_to_string(store.paths.live(&a).body).unwrap().contains("older"));
}

#[test]
fn a_spoiled_line_is_told_until_somebody_looked_at_it() {
    let store = configured();
    let base = store.folder.path();
    store.pin_log("[\"PIN\",[],1779000000000]\n");
    assert_eq!(run(base, &["check"]).0, 0);
    let journal = store.paths.state.join("acts.ndjson");
    store.write(&journal, "{\"at\":1,\"spoiled\u{0}\n");
    let before = fs::read(&journal).unwrap();
    let (code, said) = run(base, &["check"]);
    assert!(code == 1 && said.contains("line 1 of the journal is damaged"), "{said}");
    let digest = said.split("--digest ").nth(1).unwrap().trim().trim_end_matches('`').to_owned();
    assert_eq!(run(base, &["journal", "damage"]).0, 1);
    let who = ["--by", "anna", "--why", "the disk was changed"];
    let acknowledge = |line: &str, digest: &str| {
        run(base, &[&["journal", "acknowledge", line, "--digest", digest], &who[..]].concat()).0
    };
    assert_eq!((acknowledge("1", "another"), acknowledge("2", &digest)), (3, 3));
    assert_eq!(run(base, &["check"]).0, 1);
    assert_eq!(acknowledge("1", &digest), 0);
    let (code, said) = run(base, &["check"]);
    assert_eq!(code, 0, "{said}");
    let (code, said) = run(base, &["journal", "damage"]);
    assert!(
        code == 0 && said.contains("acknowledged by anna") && said.contains("the disk was changed"),
        "{said}"
    );
    assert_eq!(fs::read(&journal).unwrap(), before, "nothing of it is deleted");
    // Other bytes are another damage.
    store.write(&journal, "{\"at\":1,\"spoiled more\u{0}\n");
    assert_eq!(run(base, &["check"]).0, 1);
}

/// It was refused, and something was changed all the same: what an earlier run had left.
#[test]
fn a_refusal_does_not_say_that_nothing_was_changed_when_something_was() {
    let store = configured();
    let base = store.folder.path();
    let a = store.old_channel("a");
    store.archived_twin("a");
    let line = format!(
        "{{\"at\":1,\"run\":\"cut\",\"act\":\"cold-aside\",\"id\":\"{a}\",\"step\":\"intent\",\"generation\":1}}\n"
    );
    store.write(&store.paths.state.join("acts.ndjson"), &line);
    let (code, said) = run(base, &["restore-account", KEY]);
    assert!(code == 3 && said.contains("nothing was changed but what an earlier run"), "{said}");
    assert!(!store.paths.archived(&a).body.exists());
    let (code, said) = run(base, &["restore-account", KEY]);
    assert!(code == 3 && said.contains("refused, and nothing was changed: "), "{said}");
    assert_eq!(run(base, &["finish", "--give-up", &a.to_string()]).0, 2);
    assert_eq!(run(base, &["finish", "--give-up", &a.to_string(), "--by", "anna", "--why", "x"]).0, 3);
}

#[test]
fn cold_storage_is_emptied_at_the_quiet_hour() {
    let store = configured();
    let base = store.folder.path();
    store.pin_log("[\"PIN\",[],1779000000000]\n");
    store.archived_twin("a");
    let plan = base.join("plan");
    let plan = plan.to_str().unwrap();
    assert_eq!(run(base, &["plan", "--purge", "--out", plan]).0, 0);
    let hour = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap().as_secs() % 86_400 / 3_600;
    // Two hours from three hours after this one on: not now, also when the hour ends while this runs.
    let later = format!("{}-{}", (hour + 3) % 24, (hour + 5) % 24);
    let (code, said) = run(base, &["purge", plan, "--hours", &later]);
    assert!(code == 3 && said.contains("cold storage is emptied from"), "{said}");
    for wrong in ["5", "1-25", "a-b", "-1-5"] {
        assert_eq!(run(base, &["purge", plan, &format!("--hours={wrong}")]).0, 2, "{wrong}");
    }
    let (code, said) = run(base, &["purge", plan, "--hours", "0-24"]);
    assert_eq!(code, 0, "{said}");
    assert!(store.paths.archived(&id("a")).body.exists(), "its time is not over");
}

#[test]
fn the_preflight_page_stands_by_itself() {
    let store = configured();
    let base = store.folder.path();
    let a = store.old_channel("a");
    store.pin_log(&format!("[\"PIN\",[\"{a}\"],1779000000000]\n[\"PIN\",[\"<b>\"]]\n"));
    let page = base.join("page.html");
    let (code, said) = run(base, &["preflight", "--html", page.to_str().unwrap()]);
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("doubtful"), "{said}");
    let html = fs::read_to_string(&page).unwrap();
    assert!(html.contains("<svg") && html.contains("width=device-width") && html.contains("@media print"));
    for foreign in ["http://", "https://", "<script", "<b></b>", "src="] {
        assert!(!html.contains(foreign), "{foreign}");
    }
    let (code, json) = run(base, &["--json", "preflight"]);
    let value: serde_json::Value = serde_json::from_str(json.lines().next().unwrap()).unwrap();
    assert_eq!((code, value["doubts"][0]["key"].as_str()), (0, Some(KEY)));
    assert!(!store.paths.archive.exists());
}

/// Every finding has its line, its time and its ids.
#[test]
fn an_audit_says_when_the_last_pin_went_and_whose_it_was() {
    let store = configured();
    let a = store.old_channel("a");
    store.pin_log(&format!("[\"PIN\",[\"{a}\"],1779000000000]\n[\"UNPIN\",[\"{a}\"],1779000000001]\n"));
    let (code, said) = run(store.folder.path(), &["--json", "audit"]);
    let told: serde_json::Value = serde_json::from_str(said.lines().next().unwrap()).unwrap();
    let expected = serde_json::json!([{ "id": a, "account": KEY, "line": 2, "time": 1_779_000_000_001_i64 }]);
    assert_eq!((code, &told["audit"]["unpinned"]), (1, &expected));
    let (_, said) = run(store.folder.path(), &["audit"]);
    assert!(said.contains(&format!("{a}: last by {KEY}, line 2")), "{said}");
}

/// What an operator says of a store holds for its tables as well, as for a plan: they are written, and the same.
#[cfg(feature = "parquet")]
#[test]
fn a_store_without_pin_logs_is_written_as_tables() {
    let store = configured();
    let base = store.folder.path();
    store.old_channel("a");
    let rows = |arguments: &[&str], folder: &str| {
        let folder = base.join(folder);
        let to = ["--json", "export", "--parquet", folder.to_str().unwrap()];
        let (code, said) = run(base, &[arguments, &to].concat());
        assert!(code == 0 && folder.join("plan.sql").exists(), "{said}");
        said.lines().next().unwrap().to_owned()
    };
    let told = rows(&[], "tables");
    assert!(told.contains("\"channels\":1") && told.contains("\"accounts\":0"), "{told}");
    assert_eq!(rows(&["--no-pin-logs"], "declared"), told);
    // Nothing is written over.
    let there = base.join("tables");
    assert_eq!(run(base, &["export", "--parquet", there.to_str().unwrap()]).0, 3);
}

/// A process that is killed at any moment, again and again: the next one goes on, and at the end everything is where it should be.
#[test]
fn killed_at_any_moment_and_going_on() {
    let store = configured();
    let base = store.folder.path().to_path_buf();
    let key = KEY.replace('-', "/");
    let mut pins = Vec::new();
    for n in 0..40 {
        let id = id(&format!("{n}"));
        let live = store.paths.live(&id);
        store.write(&live.body, &format!("[0,\"s\",\"MSG\",\"c\",\"{n}\",1]\n"));
        store.write(&live.metadata, &format!("{{\"channel\":\"{id}\",\"owners\":[\"{key}\"]}}\n"));
        pins.push(format!("\"{id}\""));
    }
    store.pin_log(&format!("[\"PIN\",[{}],1779000000000]\n", pins.join(",")));
    let before = store.contents();
    let lost = |when: &str| {
        let lost: BTreeSet<_> = before.difference(&store.contents()).cloned().collect();
        assert!(lost.is_empty(), "{when}: {} files are nowhere", lost.len());
    };
    let mut killed = 0;
    for (arguments, live) in
        [(&["archive-account", KEY, "--reason", "x"][..], 0), (&["restore-account", KEY], 40)]
    {
        for n in 0_u64.. {
            let mut child = command(&base, arguments)
                .stdout(std::process::Stdio::null())
                .stderr(std::process::Stdio::null())
                .spawn()
                .unwrap();
            std::thread::sleep(Duration::from_millis(3 + n * 7 % 23 + n));
            let ended = child.try_wait().unwrap().is_some();
            if !ended {
                child.kill().unwrap();
                killed += 1;
            }
            child.wait().unwrap();
            lost(&format!("{arguments:?} killed for the {n}th time"));
            if ended || n > 60 {
                break;
            }
        }
        let _ = run(&base, arguments);
        assert_eq!(run(&base, &["finish"]).0, 0);
        let there = (0..40).filter(|n| store.paths.live(&id(&n.to_string())).body.exists()).count();
        assert_eq!(there, live, "{arguments:?}");
        lost("at the end");
    }
    assert!(killed > 3, "{killed} kills");
    assert!(store.paths.pin_log(&KEY.parse().unwrap()).exists());
}

#[test]
fn what_another_user_may_not_read_stops_the_run() {
    let store = configured();
    let base = store.folder.path();
    if fs::metadata(base).unwrap().uid() != 0 {
        // Only root can become somebody else.
        return;
    }
    store.old_channel("a");
    store.pin_log("[\"PIN\",[],1779000000000]\n");
    let shard = store.paths.pin_log(&KEY.parse().unwrap()).parent().unwrap().to_path_buf();
    let open = |path: &Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    open(base, 0o755);
    fs::create_dir_all(&store.paths.state).unwrap();
    std::os::unix::fs::chown(&store.paths.state, Some(65_534), Some(65_534)).unwrap();
    let program = base.join("program");
    fs::copy(env!("CARGO_BIN_EXE_pinfold-operator"), &program).unwrap();
    open(&program, 0o755);
    for (path, mode) in [(shard.clone(), 0o700), (store.paths.pin_log(&KEY.parse().unwrap()), 0o600)] {
        let before = fs::metadata(&path).unwrap().permissions();
        open(&path, mode);
        let plan = store.paths.state.join("plan");
        let output = Command::new(&program)
            .arg("--base")
            .arg(base)
            .args(["plan", "--out"])
            .arg(&plan)
            .current_dir("/")
            .uid(65_534)
            .gid(65_534)
            .output()
            .unwrap();
        let said =
            String::from_utf8_lossy(&output.stderr).into_owned() + &String::from_utf8_lossy(&output.stdout);
        assert!(matches!(output.status.code(), Some(1 | 3)) && said.contains("could not be read"), "{said}");
        let _ = fs::remove_file(plan);
        fs::set_permissions(&path, before).unwrap();
    }
}
