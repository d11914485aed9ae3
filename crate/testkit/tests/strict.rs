//! The checkers look at everything: a vector with any one expected value changed must not pass.

use std::path::Path;

use pinfold_core::json::{Object, Value, parse, stringify};
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
        for case in cases.iter().take(count) {
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
                    file.insert("cases", vec![cases[0].clone(), changed]);
                    let report = run_text(stem, &stringify(&file.into()));
                    assert_eq!(
                        report.passed,
                        1,
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

/// Visits every value that is neither object nor array; of exceptions only the fact counts, not the words.
fn walk(value: &mut Value, visit: &mut dyn FnMut(&mut Value)) {
    match value {
        Value::Object(object) => {
            for (key, value) in object.iter_mut() {
                if *key == "throws" {
                    continue;
                }
                walk(value, visit);
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| walk(item, visit)),
        leaf => visit(leaf),
    }
}
