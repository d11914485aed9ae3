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
    // The session: what stands below its parts, the parts, what is done with them, operations, calls of the host. What is
    // done with the parts is in the order in which it may be called, too.
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
    "session::guard::records",
    "session::notices",
    "session::parts",
    "session::teams",
    "session::signers::calling",
    "session::wiring::asking",
    "session::cache::logs",
    "session::guard::store",
    "session::reading::trouble",
    "session::reading::following",
    "session::account",
    "session::writing::writers",
    "session::guard::entry",
    "session::guard::deciding",
    "session::guard::samples",
    "session::guard::recording",
    "session::guard::leaving",
    "session::guard::watch",
    "session::guard::edited",
    "session::inbox::serving",
    "session::inbox::wires",
    "session::sending::dismissing",
    "session::sending::letters",
    "session::sending::paging",
    "session::folders",
    "session::keeping::completing",
    "session::keeping::pinned",
    "session::wiring::routing",
    "session::ending",
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

/// The text of the blocks `impl Parts`, and what is around them. A chain of calls stands on one line.
fn of_parts(text: &str) -> (String, String) {
    let (mut blocks, mut rest, mut inside) = (String::new(), String::new(), false);
    for line in text.split("#[cfg(test)]").next().unwrap_or_default().lines() {
        inside |= line == "impl Parts {";
        let to = if inside { &mut blocks } else { &mut rest };
        let code = line.trim();
        if !code.starts_with("//") {
            to.push_str(if code.starts_with('.') { "" } else { "\n" });
            to.push_str(code);
        }
        inside &= line != "}";
    }
    (blocks, rest)
}

fn name_at(text: &str) -> &str {
    let end = text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len());
    &text[..end]
}

/// The methods that are called on one of these names.
fn called(text: &str, on: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for receiver in on {
        let before = format!("{receiver}.");
        for (at, _) in text.match_indices(&before) {
            let inside = text[..at].chars().next_back().is_some_and(|c| c.is_alphanumeric() || c == '_');
            let rest = &text[at + before.len()..];
            let name = name_at(rest);
            if !inside && rest[name.len()..].starts_with('(') {
                found.push(name.to_owned());
            }
        }
    }
    found
}

/// Whoever stands below hands up a notice (`session/notices.rs`) and calls nobody: so that one can read from the ground up.
#[test]
fn what_is_done_with_the_parts_of_a_session_calls_only_what_stands_above_it() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&root.join("session"), &mut files);
    let read = |file: &PathBuf| (module(&root, file), of_parts(&fs::read_to_string(file).unwrap()));
    let texts: Vec<(String, (String, String))> = files.iter().map(read).collect();
    let mut methods: Vec<(&str, &str)> = Vec::new();
    for (module, (blocks, _)) in &texts {
        methods
            .extend(blocks.match_indices("fn ").map(|(at, _)| (name_at(&blocks[at + 3..]), module.as_str())));
    }
    assert!(methods.len() > 100, "the methods were found");
    let mut wrong = Vec::new();
    for (module, (blocks, rest)) in &texts {
        let calls = called(blocks, &["self", "session", "parts"]).into_iter().chain(called(rest, &["parts"]));
        for call in calls {
            let homes: Vec<&str> =
                methods.iter().filter(|(name, _)| *name == call).map(|(_, home)| *home).collect();
            if !homes.is_empty() && !homes.iter().any(|home| layer(home) <= layer(module)) {
                wrong.push(format!("{module} calls {call} of {homes:?}"));
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}
