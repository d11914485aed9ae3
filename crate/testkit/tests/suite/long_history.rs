//! A log of many lines is read once, and what is held is the document and the stays of its entries, not the log. The long form, beside the
//! published peers: `npm run bench -- --only history`.

use std::path::Path;
use std::process::Command;

use pinfold_core::json::Value;

/// Short here; so many lines weigh 44 MB.
const LINES: u64 = 20_000;

fn testkit(arguments: &[&str], file: &Path) -> String {
    let output =
        Command::new(env!("CARGO_BIN_EXE_pinfold-testkit")).args(arguments).arg(file).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn a_long_history_takes_a_fraction_of_its_length() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("log.ndjson");
    testkit(&["long", &LINES.to_string(), "1"], &file);
    let told = Value::parse(&testkit(&["read-long"], &file)).unwrap();
    let of = |key: &str| told.get(key).and_then(Value::as_u64).unwrap();
    assert!(of("lines") >= LINES && of("events") > LINES / 2, "{told:?}");
    assert!(of("bytes") > 20_000_000, "the log is long: {told:?}");
    // Where the system tells it. The program itself takes some MB.
    assert!(of("peak") < of("bytes") / 2, "{told:?}");
}
