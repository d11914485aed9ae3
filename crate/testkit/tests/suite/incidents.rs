//! The recorded incidents: everything that their manifests tell is found, and nothing else.

use pinfold_testkit::incidents::run_all;
use std::path::Path;

#[test]
fn every_recorded_incident_is_found_out_and_nothing_else() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/incidents");
    let reports = run_all(&folder).unwrap();
    assert_eq!(reports.len(), 6);
    let bad: Vec<String> =
        reports.iter().filter(|report| !report.is_good()).map(ToString::to_string).collect();
    assert!(bad.is_empty(), "{}", bad.join("\n"));
}
