//! The program, on a report that the product made, and on changed ones. The JavaScript program is tested on the same file by
//! `tests/node/report.test.mjs`.

// The lints let tests panic, but do not see that the helpers here are tests too.
#![allow(clippy::unwrap_used)]

use pinfold_core::crypto::sign::SigningKey;
use pinfold_core::report::{Count, List, Report, Row, Signed, Standing, Subject};
use pinfold_core::secret::Secret;
use std::path::Path;
use std::process::Command;

const HASH: &str = "slspTLTetp6gCkw88xE5BIAbYBXllWvQGahXCx/h1gQOlE7zze4W0KRlA8puZZol8hz5zt3BPzUqPJgTjBXWrw==";

/// Signatures of Ed25519 are the same each time: so is the report.
fn signed() -> Signed {
    let key = SigningKey::from_seed(&Secret::derive_with(|out| out.fill(7)));
    let account = key.verifying_key().to_base64();
    let row = |id: &str, kind, state, head: Option<&str>| Row {
        id: id.repeat(32),
        kind,
        state,
        head: head.map(|start| start.repeat(32)),
        time: head.map(|_| 1_795_311_582_012),
    };
    let report = Report {
        account: account.clone(),
        origin: "https://pad.example.org".into(),
        begun: 1_795_311_580_000,
        made: 1_795_311_590_000,
        complete: true,
        lists: vec![List {
            key: account,
            count: 3,
            digest: HASH.into(),
            server: Some(HASH.into()),
            confirmed: true,
        }],
        findings: vec![Count { name: "document-missing".into(), count: 1 }],
        rows: Some(vec![
            row("a", Subject::Account, Standing::Read, Some("h+")),
            row("b", Subject::Document, Standing::Missing, None),
            row("c", Subject::Folder, Standing::Read, Some("c|")),
        ]),
    };
    report.sign(&key).unwrap()
}

fn check(json: &str, account: Option<&str>) -> (bool, String) {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("report.json");
    std::fs::write(&file, json).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_check-report"));
    let output = command.arg(&file).args(account).output().unwrap();
    let text = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8(text).unwrap())
}

#[test]
fn the_kept_report_is_what_the_product_writes_and_is_valid() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../report.json");
    if std::env::var_os("PINFOLD_REPORT").is_some_and(|renew| renew == "renew") {
        std::fs::write(&path, signed().to_json()).unwrap();
    }
    let kept = std::fs::read_to_string(path).unwrap();
    assert_eq!(kept, signed().to_json(), "PINFOLD_REPORT=renew writes it anew");
    let account = &signed().report().account.clone();
    let (valid, told) = check(&kept, Some(account));
    assert!(valid, "{told}");
    assert!(told.contains("complete, 3 rows") && told.contains(account.as_str()), "{told}");
    assert!(!check(&kept, Some("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")).0, "another account");
}

#[test]
fn a_changed_report_is_refused() {
    let json = signed().to_json();
    for (old, new) in [
        ("\"complete\":true", "\"complete\":false"),
        ("\"made\":1795311590000", "\"made\":1795311590001"),
        ("\"state\":\"missing\"", "\"state\":\"read\""),
        ("\"head\":null", "\"head\":\"x\""),
        ("pad.example.org", "pad.example.com"),
        ("\"count\":1", "\"count\":0"),
        ("\"kind\":\"folder\"", "\"kind\":\"document\""),
        ("\"version\":1", "\"version\":2"),
        ("\"confirmed\":true", "\"confirmed\":false"),
        ("h+h+", "h+h-"),
    ] {
        assert!(json.contains(old), "{old}");
        let (valid, told) = check(&json.replacen(old, new, 1), None);
        assert!(!valid && told.starts_with("not a valid report"), "{new}: {told}");
    }
    let kept = json.lines().filter(|line| !line.contains("bbbb"));
    let without: String = kept.map(|line| format!("{line}\n")).collect();
    assert!(!check(&without, None).0, "a row is left out");
    for text in ["", "{}", "null", "[]", "not json"] {
        assert!(!check(text, None).0, "{text}");
    }
}
