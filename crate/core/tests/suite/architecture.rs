//! Modules use only what stands above them in this list. `ARCHITECTURE.md` explains the rooms.

use std::fs;
use std::path::{Path, PathBuf};

/// From the ground up. A path that is not listed belongs to the nearest listed one above it.
const LAYERS: &[&str] = &[
    "compact",
    "names",
    "error",
    "ports",
    "secret",
    "json",
    "ids",
    "encoding",
    "crypto",
    "href",
    "document",
    "chainpad",
    "wire",
    "channel",
    "blob",
    "chat",
    "team",
    "roster",
    "account",
    "mailbox",
    "net",
    "drive",
    "pins",
    "guard",
    "rpc",
    "pin_run",
    // The session: what stands below its parts, the parts, what is done with them, operations, calls of the host.
    "session::deadlines",
    "session::effect",
    "session::scope",
    "session::news",
    "session::login",
    "session::registering",
    "session::outbox",
    "session::proof",
    "session::refusals",
    "session::settling",
    "session::wiring",
    "session::signers",
    "session::writing",
    "session::reading",
    "session::sending",
    "session::inbox",
    "session::cache",
    "session::keeping",
    "session::guard::shelf",
    "session::guard",
    "session::parts",
    "session::guard::aside",
    "session::guard::edited",
    "session::guard::entry",
    "session::guard::leaving",
    "session::guard::recording",
    "session::guard::samples",
    "session::guard::store",
    "session::guard::watch",
    "session::cache::logs",
    "session::inbox::serving",
    "session::inbox::wires",
    "session::sending::dismissing",
    "session::sending::letters",
    "session::sending::paging",
    "session::signers::calling",
    "session::reading::following",
    "session::reading::trouble",
    "session::writing::writers",
    "session::account",
    "session::teams",
    "session::folders",
    "session::keeping::completing",
    "session::keeping::pinned",
    "session::wiring::routing",
    "session::operation",
    "session",
    "session::machine",
    "session::opening",
    "session::loading",
    "session::pinning",
    "session::making",
    "session::cache::calls",
    "session::guard::calls",
    "session::inbox::calls",
    "session::keeping::calls",
    "session::reading::calls",
    "session::sending::calls",
    "session::writing::calls",
];

fn layer(path: &str) -> usize {
    let fits = |layer: &str| path == layer || path.starts_with(&format!("{layer}::"));
    let longest = LAYERS.iter().copied().filter(|layer| fits(layer)).max_by_key(|layer| layer.len());
    let found = longest.and_then(|longest| LAYERS.iter().position(|layer| *layer == longest));
    found.unwrap_or_else(|| panic!("{path} has no place in the list of layers"))
}

fn sources(directory: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// The module a file holds: `net/link.rs` is `net::link`, `net/mod.rs` is `net`.
fn module(root: &Path, file: &Path) -> String {
    let relative = file.strip_prefix(root).unwrap().with_extension("");
    let parts: Vec<_> =
        relative.iter().map(|part| part.to_str().unwrap()).filter(|part| *part != "mod").collect();
    parts.join("::")
}

/// The paths that a line of a module names from the root of the crate, or relative to the module itself.
fn paths(module: &str, line: &str) -> Vec<String> {
    let mut found = Vec::new();
    let part_of_word = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
    let mut rest = line;
    while let Some(start) = ["crate::", "super::", "self::"].iter().filter_map(|word| rest.find(word)).min() {
        let inside = rest[..start].chars().next_back().is_some_and(part_of_word);
        let path = &rest[start..];
        let end = path.find(|c: char| !part_of_word(c)).unwrap_or(path.len());
        let mut at: Vec<&str> = module.split("::").collect();
        let mut names = path[..end].trim_end_matches(':').split("::").peekable();
        match names.peek() {
            Some(&"crate") => at.clear(),
            Some(&"super") => {
                while names.next_if_eq(&"super").is_some() {
                    at.pop();
                }
            }
            _ => {}
        }
        at.extend(names.filter(|name| !matches!(*name, "crate" | "self")));
        if !inside {
            found.push(at.join("::"));
        }
        rest = &path[end..];
    }
    found
}

#[test]
fn a_path_is_found_wherever_it_begins() {
    assert_eq!(paths("net::link", "use crate::wire::{frame, keeper};"), ["wire"]);
    assert_eq!(paths("session::guard::watch", "use super::shelf::Kind;"), ["session::guard::shelf::Kind"]);
    assert_eq!(
        paths("session::guard::watch", "super::super::Session, self::x"),
        ["session::Session", "session::guard::watch::x"]
    );
    assert_eq!(paths("a::b", "use super::Inbox; other_crate::x"), ["a::Inbox"]);
}

#[test]
fn modules_use_only_what_stands_above_them() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&root, &mut files);
    let mut wrong = Vec::new();
    for file in &files {
        let name = module(&root, file);
        if name == "lib" {
            continue;
        }
        let text = fs::read_to_string(file).unwrap();
        let product = text.split("#[cfg(test)]").next().unwrap_or_default();
        for line in product.lines().map(str::trim).filter(|line| !line.starts_with("//")) {
            for used in paths(&name, &line.replace("pub(in crate::", "pub(in ")) {
                if !used.is_empty() && layer(&used) > layer(&name) {
                    wrong.push(format!("{name} uses {used}"));
                }
            }
        }
    }
    assert!(files.len() > 30, "the sources were found");
    assert_eq!(wrong, Vec::<String>::new());
}
