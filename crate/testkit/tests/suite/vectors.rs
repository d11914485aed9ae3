//! Every recorded vector, against the product. Vector files that no checker serves yet count as not
//! supported; a file that has a checker must pass wholly.

use std::path::Path;

use pinfold_testkit::vectors::{checker, run_text};

#[test]
fn every_recorded_vector_passes() {
    let folders = ["vectors", "vectors-2"];
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests");
    let entries = folders.iter().flat_map(|folder| std::fs::read_dir(root.join(folder)).unwrap());
    let mut files: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let mut problems = Vec::new();
    let mut passed = 0;
    for path in files.iter().filter(|path| path.extension().is_some_and(|extension| extension == "json")) {
        let stem = path.file_stem().unwrap().to_str().unwrap();
        let report = run_text(stem, &std::fs::read_to_string(path).unwrap());
        println!("{report}");
        passed += report.passed;
        if !report.is_good() || (checker(stem).is_some() && report.passed != report.cases) {
            problems.push(report.to_string());
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
    assert!(passed > 0, "no vector was run");
}
