//! `diagnose` and `compare` as programs, over a live server with faults: what is found, what is signed, that nothing changes.

use crate::cli::{Run, run};
use crate::restoring::{command, remove};
use crate::support::{Stage, account_path, complete};
use pinfold_client::Target;
use pinfold_core::document::{Branch, EntryId, Kind, Tables};
use pinfold_core::drive::complete::{Drive, FolderOutcome};
use pinfold_core::drive::declared::opened_by;
use pinfold_core::drive::edit::{Edit, Put, Restore};
use pinfold_core::error::Error;
use pinfold_core::json::Text;
use pinfold_core::ports::Entropy;
use pinfold_core::report::{Signed, Standing};
use pinfold_server::{DataOption, Options as ServerOptions, Server};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// What was printed, line by line.
pub(crate) fn lines(run: &Run) -> Vec<Value> {
    run.stdout.lines().map(|line| serde_json::from_str(line).expect(line)).collect()
}

/// Problem and id of each finding.
fn found(run: &Run) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let lines = lines(run);
    let findings = lines.iter().filter(|line| line["type"] == "finding");
    findings.map(|line| (text(&line["problem"]), text(&line["id"]))).collect()
}

pub(crate) async fn diagnose(stage: &Stage, more: &[&str]) -> Run {
    let run = command(stage, "diagnose", &[&["--json"], more].concat()).await;
    assert!(!run.stdout.contains("/edit/"), "no key");
    run
}

/// Not random: the same in every run.
struct Counting(u8);

impl Entropy for Counting {
    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), Error> {
        bytes.iter_mut().for_each(|byte| {
            self.0 = self.0.wrapping_mul(5).wrapping_add(13);
            *byte = self.0;
        });
        Ok(())
    }
}

/// The recording has the drive, the team and the folders. Everything that they name gets a message here, sealed with its key.
fn fill(stage: &Stage, drive: &Drive) {
    let team = drive.whose().team().and_then(|team| team.links.as_ref());
    let mut tables = vec![(Tables::of_drive(drive.root().document()), team)];
    for folder in drive.folders() {
        if let FolderOutcome::Loaded(document) = &folder.outcome {
            let links = folder.declared.opens.as_ref().and_then(|opens| opens.links.as_ref());
            tables.push((Tables::of(document.document()), links));
        }
    }
    for (tables, links) in tables {
        for entry in tables.of_kind(Kind::File) {
            let (Some(channel), Some(opens)) =
                (entry.channel().and_then(Text::as_str), opened_by(entry, links))
            else {
                continue;
            };
            let sealed = opens.keys.seal("[4,[],\"\"]", &mut Counting(1));
            write(stage, channel, &sealed.unwrap_or_else(|error| panic!("{channel}: {error}")));
        }
    }
    for id in drive.additions().ids().iter() {
        write(stage, id.as_str(), "something");
    }
}

fn write(stage: &Stage, channel: &str, message: &str) {
    let log = stage.log(channel);
    if !log.exists() && channel.len() == 32 {
        std::fs::create_dir_all(log.parent().unwrap()).unwrap();
        let line = json!([0, "a".repeat(32), "MSG", channel, message, 1_700_000_000_000_u64]);
        std::fs::write(log, format!("{line}\n")).unwrap();
    }
}

/// Carol, with everything there and everything pinned.
pub(crate) async fn pinned() -> Stage {
    let stage = Stage::carol().await;
    let client = stage.open().await;
    let drive = complete(&client).await;
    fill(&stage, &Drive::Complete(drive.clone()));
    for mailbox in client.mailbox_entries().await.unwrap() {
        write(&stage, mailbox.channel.as_str(), "a letter");
    }
    assert!(client.sync_pins(&drive.pin_set()).await.unwrap().confirmed());
    for team in client.teams().await.unwrap() {
        if let pinfold_core::drive::complete::Drive::Complete(drive) =
            client.load_team(&team.id).await.unwrap()
        {
            client.sync_pins(&drive.pin_set()).await.unwrap();
        }
    }
    client.close().await;
    stage
}

/// Every file below a directory, and what is in it.
fn snapshot(data: &Path, of: &mut std::collections::BTreeMap<PathBuf, Vec<u8>>) {
    for entry in std::fs::read_dir(data).unwrap().map(Result::unwrap) {
        if entry.path().is_dir() {
            snapshot(&entry.path(), of);
        } else {
            of.insert(entry.path(), std::fs::read(entry.path()).unwrap());
        }
    }
}

fn report(path: &Path) -> Signed {
    Signed::read(&std::fs::read_to_string(path).unwrap()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_whole_account_has_no_finding_its_report_is_signed_and_nothing_changes() {
    let stage = pinned().await;
    let mut before = std::collections::BTreeMap::new();
    snapshot(&stage.data(), &mut before);
    let kept = tempfile::tempdir().unwrap();
    let path = kept.path().join("report.json");
    let run = diagnose(&stage, &["--report", path.to_str().unwrap()]).await;
    assert_eq!((run.code, found(&run)), (0, vec![]), "{}{}", run.stdout, run.stderr);
    let mut after = std::collections::BTreeMap::new();
    snapshot(&stage.data(), &mut after);
    assert!(before == after, "nothing is written on the server");

    let signed = report(&path);
    let told = signed.report();
    assert!(told.complete && told.findings.is_empty() && told.lists.iter().all(|list| list.confirmed));
    assert_eq!(told.account, stage.manifest["edPublic"].as_str().unwrap());
    assert_eq!(told.origin, stage.server.origin());
    let rows = told.rows.as_ref().unwrap();
    let ids: std::collections::BTreeSet<String> = rows.iter().map(|row| row.id.clone()).collect();
    assert!(stage.expected().is_subset(&ids));
    // The heads are those on the disk.
    for row in rows.iter().filter(|row| row.head.is_some()) {
        let log = std::fs::read_to_string(stage.log(&row.id)).unwrap();
        let last: Value = serde_json::from_str(log.lines().last().unwrap()).unwrap();
        assert!(last[4].as_str().unwrap().starts_with(row.head.as_deref().unwrap()), "{row:?}");
    }
    assert!(rows.iter().filter(|row| row.state == Standing::Read && row.head.is_some()).count() > 5);
    let text = std::fs::read_to_string(&path).unwrap();
    let client = stage.open().await;
    for folder in complete(&client).await.pin_set().ids().iter() {
        assert!(text.contains(folder.as_str()));
    }
    client.close().await;
    // It is not overwritten.
    let again = diagnose(&stage, &["--report", path.to_str().unwrap()]).await;
    assert_eq!(again.code, 1, "{}", again.stderr);

    let quick = diagnose(&stage, &["--quick"]).await;
    assert_eq!((quick.code, found(&quick)), (0, vec![]), "{}", quick.stdout);
}

#[tokio::test(flavor = "multi_thread")]
async fn folders_and_documents_that_the_server_lacks_are_told_each_with_its_reason() {
    let stage = pinned().await;
    let client = stage.open().await;
    let drive = complete(&client).await;
    let drive = Drive::Complete(drive);
    let documents: Vec<String> = Tables::of_drive(drive.root().document())
        .of_kind(Kind::File)
        .filter_map(|entry| Some(entry.channel()?.as_str()?.to_owned()))
        .filter(|channel| channel.len() == 32)
        .collect();
    client.close().await;
    let (folder, document, other) = (stage.a_folder(), &documents[0], &documents[1]);
    for (reason, problem, code) in [
        (None, "folder-missing", "folder/missing"),
        (Some("INACTIVE"), "folder-missing", "folder/archived"),
        (Some("ARCHIVE_OWNED"), "folder-missing", "folder/deleted"),
    ] {
        let mut new = json!({"kind": "new"});
        if let Some(reason) = reason {
            new["reason"] = reason.into();
        }
        let rules = ["JOIN", "IS_NEW_CHANNEL", "GET_HISTORY"];
        let rules = rules.map(|command| json!({"on": {"channel": folder, "command": command}, "do": new}));
        stage.misbehave(rules.into_iter().collect()).await;
        let run = diagnose(&stage, &["--quick"]).await;
        let findings = lines(&run);
        assert_eq!((run.code, &findings[0]["problem"]), (3, &json!(problem)), "{}", run.stdout);
        assert_eq!((&findings[0]["id"], &findings[0]["state"]), (&json!(folder), &json!(code)));
        assert_eq!(lines(&run).last().unwrap()["complete"], false);
    }
    // A document that is gone, one that was put away, one whose newest message does not open.
    let gone = |id: &str, what: Value| json!({"on": {"channel": id}, "do": what});
    stage
        .misbehave(json!([
            gone(document, json!({"kind": "new"})),
            gone(other, json!({"kind": "new", "reason": "INACTIVE"})),
        ]))
        .await;
    let run = diagnose(&stage, &[]).await;
    let mut wanted = vec![
        ("document-missing".to_owned(), document.clone()),
        ("document-missing".to_owned(), other.clone()),
    ];
    wanted.sort();
    assert_eq!((run.code, found(&run)), (3, wanted), "{}", run.stdout);
    assert_eq!(lines(&run).last().unwrap()["complete"], true, "folders and lists are all there");
    let state = |id: &str| lines(&run).iter().find(|line| line["id"] == id).unwrap()["state"].clone();
    assert_eq!((state(document), state(other)), (json!("missing"), json!("archived")));

    stage.misbehave(json!([gone(document, json!({"kind": "tamper"}))])).await;
    let run = diagnose(&stage, &[]).await;
    assert_eq!(found(&run), [("document-unreadable".to_owned(), document.clone())], "{}", run.stdout);
    // One that the server is silent about: nothing is claimed of it.
    let silent = json!({"on": {"channel": document}, "do": {"kind": "silence"}});
    stage.misbehave(json!([silent])).await;
    let run = diagnose(&stage, &[]).await;
    assert_eq!(
        (run.code, found(&run)),
        (4, vec![("unanswered".to_owned(), document.clone())]),
        "{}",
        run.stdout
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_whose_list_is_another_one_is_told_and_so_is_one_that_does_not_say() {
    let stage = pinned().await;
    let key = stage.manifest["edPublic"].as_str().unwrap().to_owned();
    let forget = json!({"on": {"account": key}, "do": {"kind": "forget-pins", "count": 2}});
    stage.misbehave(json!([forget])).await;
    let run = diagnose(&stage, &["--quick"]).await;
    assert_eq!(
        (run.code, found(&run)),
        (3, vec![("list-differs".to_owned(), key.clone())]),
        "{}",
        run.stdout
    );
    assert_eq!(lines(&run).last().unwrap()["complete"], false);
    let refuse = json!({"on": {"account": key, "command": "GET_HASH"}, "do": {"kind": "error", "error": "SERVER_ERROR"}});
    stage.misbehave(json!([refuse])).await;
    let run = diagnose(&stage, &["--quick"]).await;
    // The same connection asks under the team's key, which the fault then meets as well.
    let told = found(&run);
    assert!(run.code == 4 && told.iter().all(|(problem, _)| problem == "list-unanswered"), "{}", run.stdout);
    assert!(told.iter().any(|(_, id)| *id == key), "{}", run.stdout);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_went_between_two_reports_is_told_and_a_changed_report_is_refused() {
    let stage = pinned().await;
    let kept = tempfile::tempdir().unwrap();
    let file = |name: &str| kept.path().join(name).to_str().unwrap().to_owned();
    let (first, second) = (file("first.json"), file("second.json"));
    assert_eq!(diagnose(&stage, &["--report", &first]).await.code, 0);
    let removed = remove(&stage).await;
    let run = diagnose(&stage, &["--report", &second, "--since", &first]).await;
    assert_eq!(run.code, 3, "{}{}", run.stdout, run.stderr);
    let printed = lines(&run);
    let unnamed: Vec<&str> = printed
        .iter()
        .filter(|line| line["fate"] == "unnamed")
        .map(|line| line["id"].as_str().unwrap())
        .collect();
    assert!(
        removed.files.iter().chain([&removed.folder]).all(|id| unnamed.contains(&id.as_str())),
        "{unnamed:?} {}",
        run.stdout
    );
    let sums = &printed.last().unwrap()["difference"];
    let (first_made, second_begun) =
        (report(Path::new(&first)).report().made, report(Path::new(&second)).report().begun);
    assert_eq!((&sums["since"], &sums["until"]), (&json!(first_made), &json!(second_begun)));
    let drive = stage.manifest["driveChannel"].as_str().unwrap();
    assert!(printed.iter().any(|line| line["fate"] == "changed" && line["id"] == drive));

    // The same by itself, whichever way; without a network and without a password.
    let compared = |one: &str, other: &str| {
        crate::cli::run(["compare", one, other, "--json"].map(str::to_owned).to_vec(), None)
    };
    let there = compared(&first, &second).await;
    assert_eq!((there.code, lines(&there).last().unwrap()["unnamed"].clone()), (3, sums["unnamed"].clone()));
    assert_eq!(compared(&second, &first).await.stdout, there.stdout);
    let same = compared(&first, &first).await;
    assert_eq!(same.code, 0, "{}", same.stdout);
    let changed =
        std::fs::read_to_string(&first).unwrap().replacen("\"state\":\"read\"", "\"state\":\"missing\"", 1);
    std::fs::write(file("changed.json"), changed).unwrap();
    let refused = compared(&file("changed.json"), &second).await;
    assert_eq!(refused.code, 1);
    assert!(refused.stderr.contains("crypto/signature"), "{}", refused.stderr);
}

/// A recorded incident on a server of its own.
async fn incident(name: &str, user: &str, more: &[&str]) -> Run {
    let from = account_path("../incidents").join(name);
    let directory = tempfile::tempdir().unwrap();
    crate::support::copy(&from, directory.path());
    let manifest: Value =
        serde_json::from_str(&std::fs::read_to_string(directory.path().join("manifest.json")).unwrap())
            .unwrap();
    let data = DataOption::Directory { path: directory.path().join("data"), fresh: false };
    let server = Server::start(ServerOptions { data, ..ServerOptions::default() }).await.unwrap();
    let user = &manifest["users"][user];
    let (name, password) = (user["username"].as_str().unwrap(), user["password"].as_str().unwrap());
    let origin = server.origin();
    let mut arguments = vec!["diagnose", "--origin", &origin, "--user", name, "--json"];
    arguments.extend(more);
    let run = run(arguments.into_iter().map(str::to_owned).collect(), Some(password)).await;
    drop(server);
    run
}

#[tokio::test(flavor = "multi_thread")]
async fn recorded_accounts_of_the_real_client_have_exactly_what_happened_to_them() {
    for (name, user, wanted) in [
        ("false-alarm", "alice", &[][..]),
        ("june-2019", "alice", &["folder-made-anew f46619ee9487"]),
        ("june-2019", "bob", &[]),
        ("bulk-delete", "alice", &["folder-emptied 4623dffb0b06"]),
        ("conflict-content", "alice", &["folder-made-anew 6d0470de52af", "folder-made-anew d9df0e18bfb3"]),
        ("inactive-notice", "alice", &["folder-emptied dc6d376393e7"]),
        ("team-removed", "alice", &[]),
    ] {
        let run = incident(name, user, &[]).await;
        let told: Vec<String> =
            found(&run).into_iter().map(|(problem, id)| format!("{problem} {}", &id[..12])).collect();
        assert_eq!(told, wanted, "{name} {user}: {}{}", run.stdout, run.stderr);
        assert_eq!(run.code, if wanted.is_empty() { 0 } else { 3 }, "{name} {user}");
    }
}

/// The whole way: a client tells, an unmodified server stores, the operator's program finds it, and nothing is pinned for it.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_client_tells_its_operator_is_found_in_the_data_directory() {
    use pinfold_datadir::paths::Paths;
    use pinfold_datadir::real::RealDisk;
    use pinfold_operator::going::Quietly;
    // Only accounts that let something go are waited for.
    let stage = Stage::carol_who_let_go().await;
    let before = crate::cli::sync(&stage, &["--tell-operator"]).await;
    assert_eq!(before.code, 0, "{}{}", before.stdout, before.stderr);
    let (paths, later) = (Paths::below(&stage.data()), 4_000_000_000_000);
    let reports = || {
        let seen = pinfold_operator::survey::survey(&RealDisk, &paths, later, &mut |_, _| ()).unwrap();
        pinfold_operator::reported::reports(&RealDisk, &paths, &seen, later, &Quietly)
    };
    let key: pinfold_datadir::id::KeyName =
        stage.manifest["edPublic"].as_str().unwrap().replace('/', "-").parse().unwrap();
    let first = reports()[&key];
    assert_eq!(stage.pinned(), stage.expected(), "the channel of the report is not pinned");
    let told = diagnose(&stage, &["--quick", "--tell-operator"]).await;
    // The recording lacks documents; that is no concern of the operator's.
    assert_eq!(lines(&told).last().unwrap()["complete"], true, "{}{}", told.stdout, told.stderr);
    assert!(reports()[&key] > first);
    assert_eq!(stage.pinned(), stage.expected());
}

/// The edit link left with its entry and is in the vault; an entry that was made since has a view link. No history is read for that.
#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_only_the_vault_holds_is_compared() {
    let stage = pinned().await;
    let client = stage.open().await;
    let drive = Drive::Complete(complete(&client).await);
    let tables = Tables::of_drive(drive.root().document());
    let tree = tables.tree();
    let both = tables.of_kind(Kind::File).find(|entry| {
        let shown = |id| tree.places(id).any(|place| place.branch() == Branch::Root);
        entry.href().is_some() && entry.view_href().is_some() && entry.id().is_some_and(shown)
    });
    let entry = both.unwrap();
    let channel = entry.channel().and_then(Text::as_str).unwrap().to_owned();
    let mut seen = entry.fields().unwrap().clone();
    seen.remove("href");
    client.close().await;
    let weaker = ("key-weaker".to_owned(), channel.clone());
    assert!(!found(&diagnose(&stage, &["--quick"]).await).contains(&weaker));
    let gone = ["--id", &channel, "--action", "remove", "--run", "unasked"];
    let run = command(&stage, "delete", &gone).await;
    assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
    let client = stage.open().await;
    complete(&client).await;
    let put = Put::new(Kind::File, EntryId::new(77).unwrap(), seen);
    client.edit(Target::Account, vec![Edit::Restore(Restore::new(put, "T".into()))]).await.unwrap();
    client.close().await;
    assert!(found(&diagnose(&stage, &["--quick"]).await).contains(&weaker));
}

/// Without a ledger nobody knows what a folder that is not read holds: the server's list is not called wrong for having it.
#[tokio::test(flavor = "multi_thread")]
async fn a_list_is_not_wrong_while_a_folder_is_not_read() {
    let stage = pinned().await;
    std::fs::remove_file(stage.log(&stage.a_folder())).unwrap();
    let told = found(&diagnose(&stage, &["--quick"]).await);
    assert!(told.iter().any(|(problem, _)| problem == "folder-missing"), "{told:?}");
    assert!(!told.iter().any(|(problem, _)| problem == "list-differs"), "{told:?}");
}
