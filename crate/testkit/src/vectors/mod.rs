//! Checks of pinfold-core against the recorded vectors.

pub mod chainpad_logs;
pub mod chainpad_parts;
pub mod checkpoint_prefix;
pub mod roster_logs;

/// What became of one case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// As recorded.
    Passed,
    /// Not as recorded.
    Failed(String),
    /// Nothing in the core answers for it.
    NotSupported(&'static str),
}

/// Checks one case of a vector file.
pub type Check = fn(&pinfold_core::json::Value) -> Verdict;

#[cfg(test)]
mod tests {
    use super::*;
    use pinfold_core::json::Value;

    #[test]
    fn every_case_passes() {
        let files: [(&str, Check); 4] = [
            ("chainpad_logs", chainpad_logs::check),
            ("chainpad_parts", chainpad_parts::check),
            ("checkpoint_prefix", checkpoint_prefix::check),
            ("roster_logs", roster_logs::check),
        ];
        let mut failed = Vec::new();
        for (name, check) in files {
            let path = format!("{}/../../tests/vectors/{name}.json", env!("CARGO_MANIFEST_DIR"));
            let file = Value::parse(&std::fs::read_to_string(path).unwrap()).unwrap();
            let cases = file.get("cases").and_then(Value::as_array).unwrap();
            assert!(!cases.is_empty());
            for case in cases {
                let verdict = check(case);
                if verdict != Verdict::Passed {
                    failed.push(format!("{name}: {:?}: {verdict:?}", case.get("name")));
                }
            }
        }
        assert!(failed.is_empty(), "{}", failed.join("\n"));
    }
}
