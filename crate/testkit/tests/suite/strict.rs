//! The checkers look at everything: a vector with any one expected value or frame changed must not pass.

use std::path::Path;

use pinfold_core::json::{Object, Text, Value, parse, stringify};
use pinfold_testkit::vectors::run_text;

/// The files whose checkers compute every field, and how many of their cases are tried (log-ins are slow).
const FILES: [(&str, usize); 20] = [
    ("blobs", 9),
    ("chat_crypto", 9),
    ("end_to_end", 1),
    ("hash_helpers", 99),
    ("hrefs", 99),
    ("http_challenge", 9),
    ("login", 1),
    ("login_block", 9),
    ("mailbox_crypto", 99),
    ("mailbox_sequences", 99),
    ("pin_hash", 9),
    ("pin_logs", 99),
    ("pin_sets_team", 9),
    ("pin_sets_user", 99),
    ("rpc", 99),
    ("secrets", 99),
    ("sym_decrypt", 99),
    ("sym_encrypt", 9),
    ("sym_string_key", 99),
    ("team_crypto", 99),
];

#[test]
fn no_changed_expectation_passes() {
    for (stem, count) in FILES {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../../tests/vectors/{stem}.json"));
        let file = parse(&std::fs::read_to_string(path).unwrap()).unwrap();
        let cases = file.get("cases").and_then(Value::as_array).unwrap();
        let mut changes = 0;
        for (number, case) in cases.iter().take(count).enumerate() {
            let expected: Vec<String> = case
                .as_object()
                .unwrap()
                .keys()
                .filter_map(|key| key.as_str().filter(|key| !["name", "note", "input"].contains(key)))
                .map(str::to_owned)
                .collect();
            for key in expected {
                let mut leaves = 0;
                let mut whole = case.clone();
                walk(whole.as_object_mut().unwrap().get_mut(&key).unwrap(), &mut |_| leaves += 1);
                for leaf in 0..leaves {
                    let mut changed = case.clone();
                    let (mut at, mut before) = (0, String::new());
                    walk(changed.as_object_mut().unwrap().get_mut(&key).unwrap(), &mut |value| {
                        if at == leaf {
                            before = stringify(value);
                            *value = Value::from("changed");
                        }
                        at += 1;
                    });
                    let mut file = Object::new();
                    // Some cases refer to the first of their file.
                    let first = cases.iter().take(number.min(1)).cloned();
                    file.insert("cases", first.chain([changed]).collect::<Vec<_>>());
                    let report = run_text(stem, &stringify(&file.into()));
                    assert_eq!(
                        report.passed,
                        number.min(1),
                        "{stem}: {:?}, leaf {leaf} of {key}: {before}",
                        case.get("name")
                    );
                    changes += 1;
                }
            }
        }
        assert!(changes >= cases.len().min(count), "{stem}: only {changes} changes");
    }
}

/// Conversations expect nothing beside their frames: there, every changed frame must be noticed.
#[test]
fn no_changed_frame_passes() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/vectors/transcripts.json");
    let file = parse(&std::fs::read_to_string(path).unwrap()).unwrap();
    let judged = |case: Value| {
        let mut file = Object::new();
        file.insert("cases", vec![case]);
        run_text("transcripts", &stringify(&file.into())).passed
    };
    for case in file.get("cases").and_then(Value::as_array).unwrap() {
        assert_eq!(judged(case.clone()), 1, "{:?}", case.get("name"));
        let frames = case.get("frames").and_then(Value::as_array).unwrap();
        for (at, frame) in frames.iter().enumerate() {
            let Some(text) = frame.get("frame").and_then(Value::as_str) else { continue };
            let changes = match frame.get("dir").and_then(Value::as_str) {
                Some("in") => changed_by_the_server(text),
                _ if parse(text).is_ok() => changed_by_the_client(text),
                _ => Vec::new(),
            };
            for changed in changes {
                let mut frames = frames.to_vec();
                frames[at].as_object_mut().unwrap().insert("frame", changed.as_str());
                let mut case = case.clone();
                case.as_object_mut().unwrap().insert("frames", frames);
                let name = case.get("name").cloned();
                assert_eq!(judged(case), 0, "{name:?}, frame {}: {changed}", at + 1);
            }
        }
    }
}

/// Where a text of the history keeper names the request it answers.
const TXID: &str = r#"\"txid\":"#;

/// Another command, another transaction id.
fn changed_by_the_server(text: &str) -> Vec<String> {
    let words = ["IDENT", "ACK", "JACK", "JOIN", "LEAVE", "PING", "MSG", "ERROR"];
    let word = words.iter().find(|word| text.contains(&format!("\"{word}\""))).unwrap();
    let mut changes = vec![text.replacen(word, "NO_SUCH_WORD", 1)];
    if text.contains(TXID) {
        changes.push(text.replacen(TXID, &format!("{TXID}9"), 1));
    }
    changes
}

/// Other white space, another number, another signature.
fn changed_by_the_client(text: &str) -> Vec<String> {
    let mut changes = vec![text.replacen('[', "[ ", 1), text.replacen('[', "[9", 1)];
    if let Some(end) = text.find("==\\\",\\\"").filter(|end| *end > 86) {
        let first = end - 86;
        let other = if &text[first..=first] == "A" { "B" } else { "A" };
        changes.push(format!("{}{other}{}", &text[..first], &text[first + 1..]));
    }
    changes
}

/// Visits every value that is neither object nor array; of exceptions only the fact counts, not the words.
fn walk(value: &mut Value, visit: &mut dyn FnMut(&mut Value)) {
    match value {
        Value::Object(object) => {
            let keys: Vec<Text> = object.keys().filter(|key| **key != "throws").cloned().collect();
            for key in keys {
                walk(object.get_text_mut(&key).unwrap(), visit);
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| walk(item, visit)),
        leaf => visit(leaf),
    }
}
