//! Running a file.

use std::fmt;

use pinfold_core::json::{Value, parse};

use super::support::FIRST_INPUT;
use super::{Check, Verdict, checker};

/// What is said about a case that did not pass.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remark {
    /// The name of the case.
    pub case: String,
    /// What is wrong, or why it is not supported.
    pub reason: String,
}

/// What became of the cases of a file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// The file's name without `.json`.
    pub stem: String,
    /// How many cases it has.
    pub cases: usize,
    /// How many passed.
    pub passed: usize,
    /// Those that failed.
    pub failed: Vec<Remark>,
    /// Those that are about something this program does not do.
    pub not_supported: Vec<Remark>,
    /// Why the file could not be read at all.
    pub unreadable: Option<String>,
}

impl Report {
    /// A report on a file that could not be read.
    pub fn unreadable(stem: &str, reason: impl fmt::Display) -> Self {
        Self { stem: stem.into(), unreadable: Some(reason.to_string()), ..Self::default() }
    }

    /// Whether nothing failed. What is not supported does not count as a failure.
    pub fn is_good(&self) -> bool {
        self.failed.is_empty() && self.unreadable.is_none()
    }
}

/// A line per file, and one below it per remark.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(reason) = &self.unreadable {
            return write!(f, "{}: cannot be read: {reason}", self.stem);
        }
        let (passed, failed, not_supported) = (self.passed, self.failed.len(), self.not_supported.len());
        let Self { stem, cases, .. } = self;
        write!(f, "{stem}: {cases} cases, {passed} passed, {failed} failed, {not_supported} not supported")?;
        for remark in &self.failed {
            write!(f, "\n  failed: {}: {}", remark.case, remark.reason)?;
        }
        // One reason usually holds for many cases: name the cases only when there are few.
        let mut reasons: Vec<(&str, Vec<&str>)> = Vec::new();
        for remark in &self.not_supported {
            match reasons.iter_mut().find(|(reason, _)| *reason == remark.reason) {
                Some((_, cases)) => cases.push(&remark.case),
                None => reasons.push((&remark.reason, vec![&remark.case])),
            }
        }
        for (reason, cases) in reasons {
            match cases.as_slice() {
                [case] => write!(f, "\n  not supported: {case}: {reason}")?,
                cases => write!(f, "\n  not supported: {} cases: {reason}", cases.len())?,
            }
        }
        Ok(())
    }
}

/// Runs a file: `stem` is its name without `.json`, `text` its content.
pub fn run_text(stem: &str, text: &str) -> Report {
    let file = match parse(text) {
        Ok(file) => file,
        Err(error) => return Report::unreadable(stem, error),
    };
    let Some(cases) = file.get("cases").and_then(Value::as_array) else {
        return Report::unreadable(stem, "there is no list of cases");
    };
    let check: Check =
        checker(stem).unwrap_or(|_| Verdict::NotSupported("no checker has the name of this file"));
    let first_input = cases.first().and_then(|case| case.get("input")).cloned().unwrap_or_default();
    let mut report = Report { stem: stem.into(), cases: cases.len(), ..Report::default() };
    for (number, case) in (1..).zip(cases) {
        let mut case = case.clone();
        if let Some(case) = case.as_object_mut() {
            case.insert(FIRST_INPUT, first_input.clone());
        }
        let remark = |reason: String| {
            let name =
                case.get("name").and_then(Value::as_text).map(|name| name.to_string_lossy().into_owned());
            Remark { case: name.unwrap_or_else(|| format!("case {number}")), reason }
        };
        match check(&case) {
            Verdict::Passed => report.passed += 1,
            Verdict::Failed(reason) => report.failed.push(remark(reason)),
            Verdict::NotSupported(reason) => report.not_supported.push(remark(reason.into())),
        }
    }
    report
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_nobody_knows_is_named_and_not_ignored() {
        let report = run_text("news", r#"{"cases":[{"name":"a"},{"name":"b"}]}"#);
        assert!(report.is_good() && report.not_supported.len() == 2);
        assert!(report.to_string().starts_with("news: 2 cases, 0 passed, 0 failed, 2 not supported\n"));
    }

    #[test]
    fn an_unreadable_file_is_no_good() {
        for text in ["", "[]", r#"{"cases":{}}"#] {
            assert!(!run_text("login", text).is_good(), "{text}");
        }
    }

    #[test]
    fn a_failure_names_its_case_and_reason() {
        let report = run_text(
            "pin_hash",
            r#"{"cases":[{"name":"x","input":{"list":[]},"expect":{"serverHash":"-"}},{}]}"#,
        );
        assert!(!report.is_good() && report.failed.len() == 2);
        assert!(report.to_string().contains("failed: x: .expect.serverHash: expected \"-\""), "{report}");
        assert!(report.to_string().contains("failed: case 2: "), "{report}");
    }
}
