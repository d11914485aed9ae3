//! Who stands on whom among the crates, as the picture in `ARCHITECTURE.md` shows it. `cargo tree` is asked, so that what
//! a dependency brings along counts as well; dependencies of tests do not.

use std::collections::BTreeSet;
use std::process::Command;

/// What is built for a crate, as names of packages. `depth`: how far down.
fn tree(name: &str, arguments: &[&str]) -> BTreeSet<String> {
    let mut command = Command::new(env!("CARGO"));
    command.current_dir(env!("CARGO_MANIFEST_DIR"));
    command.args(["tree", "--offline", "--edges", "normal", "--prefix", "none", "--format", "{p}"]);
    let output = command.args(["--package", &format!("pinfold-{name}")]).args(arguments).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let lines = String::from_utf8(output.stdout).unwrap();
    let names = lines.lines().filter_map(|line| line.split(' ').next()).filter(|word| !word.is_empty());
    names.map(str::to_owned).collect()
}

/// The crates of this workspace that it uses directly.
fn own(name: &str) -> Vec<String> {
    let direct = tree(name, &["--depth", "1"]);
    let ours = direct.iter().filter_map(|used| used.strip_prefix("pinfold-"));
    ours.filter(|used| *used != name).map(str::to_owned).collect()
}

#[track_caller]
fn assert_without(name: &str, arguments: &[&str], walls: &[&str]) {
    let tree = tree(name, arguments);
    assert!(tree.contains(&format!("pinfold-{name}")), "{tree:?}");
    let found: Vec<_> = walls.iter().filter(|wall| tree.contains(**wall)).collect();
    assert!(found.is_empty(), "{name} {arguments:?} is built with {found:?}");
}

#[test]
fn each_crate_uses_the_crates_of_the_picture() {
    for (name, uses) in [
        ("primitives", &[][..]),
        ("core", &["primitives"]),
        ("recovery", &["core"]),
        ("datadir", &["core"]),
        ("operator", &["core", "datadir"]),
        ("cold", &["datadir"]),
        ("client", &["core"]),
        ("server", &["client", "core", "datadir"]),
        ("wasm", &["core"]),
        ("testkit", &["core", "datadir", "operator", "recovery"]),
        ("testing", &["core", "testkit"]),
        ("companion", &["client", "core", "datadir", "recovery", "server", "testkit"]),
        ("drill", &["client", "core", "datadir", "operator", "recovery", "server", "testkit"]),
    ] {
        assert_eq!(own(name), uses, "{name}");
    }
}

/// Histories are handed in: it reads and writes nothing.
#[test]
fn recovery_has_no_randomness_and_no_network() {
    assert_without("recovery", &[], &["getrandom", "tokio", "rustls", "reqwest", "rustix"]);
}

/// The main module does not carry it: it is in a second file, built with a feature.
#[test]
fn recovery_is_in_a_module_of_its_own() {
    assert_without("wasm", &[], &["pinfold-recovery"]);
}

/// The host decides where randomness, time and connections come from.
#[test]
fn the_core_reaches_neither_randomness_nor_a_runtime() {
    assert_without("core", &[], &["getrandom", "tokio", "rustls", "reqwest", "rustix"]);
}

/// Whoever reviews what deletes documents has no web server to review.
#[test]
fn an_operators_program_has_no_network() {
    let network =
        ["tokio", "axum", "hyper", "reqwest", "rustls", "tungstenite", "pinfold-client", "pinfold-server"];
    assert_without("operator", &[], &network);
    assert_without("datadir", &[], &network);
}

/// Older copies can go to an object store, in a program that is built for it. Then there is a client of such stores in it, and still no
/// server, and none of this project's own connections.
#[test]
fn an_operators_program_has_a_client_of_object_stores_with_its_feature_alone() {
    let with = tree("operator", &["--features", "object-store"]);
    assert!(with.contains("pinfold-cold") && with.contains("reqwest"), "the feature is not what it was");
    assert_without(
        "operator",
        &["--features", "object-store"],
        &["axum", "tungstenite", "pinfold-client", "pinfold-server"],
    );
    assert_without("operator", &["--features", "parquet"], &["tokio", "reqwest", "rustls", "pinfold-cold"]);
    // What the feature brings in comes from that one crate, and the testkit, the server and the companion do without.
    for name in ["testkit", "server", "companion"] {
        assert_without(name, &[], &["pinfold-cold", "object_store", "parquet"]);
    }
}

#[test]
fn a_client_has_no_server() {
    assert_without("client", &[], &["axum", "pinfold-server", "pinfold-datadir", "pinfold-testkit"]);
    let alone = ["--no-default-features"];
    assert_without("companion", &alone, &["axum", "pinfold-server", "pinfold-datadir", "pinfold-testkit"]);
}

#[test]
fn a_server_has_no_testkit() {
    assert_without("server", &[], &["pinfold-testkit"]);
    assert_without("companion", &["--no-default-features", "--features", "serve"], &["pinfold-testkit"]);
}
