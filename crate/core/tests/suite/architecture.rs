//! Modules use only what stands above them in this list. `ARCHITECTURE.md` explains the rooms.

use crate::sources::{files, module, paths, read, root};

/// From the ground up. A path that is not listed belongs to the nearest listed one above it.
const LAYERS: &[&str] = &[
    "compact",
    "chunks",
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
    "report",
    "exchange",
    // The session: what stands below its parts, the parts, what is done with them, operations, calls of the host. What is
    // done with the parts is in the order in which it may be called, too.
    "session::deadlines",
    "session::effect",
    "session::scope",
    "session::news",
    "session::busy",
    "session::pacing",
    "session::login",
    "session::registering",
    "session::outbox",
    "session::refusals",
    "session::settling",
    "session::account",
    "session::wiring",
    "session::signers::proof",
    "session::signers",
    "session::writing",
    "session::reading",
    "session::folders",
    "session::sending",
    "session::history",
    "session::questions",
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
    "session::account::adopting",
    "session::writing::writers",
    "session::guard::entry",
    "session::guard::deciding",
    "session::guard::samples",
    "session::guard::recording",
    "session::guard::changing",
    "session::guard::leaving",
    "session::guard::watch",
    "session::guard::edited",
    "session::inbox::serving",
    "session::inbox::wires",
    "session::sending::dismissing",
    "session::sending::letters",
    "session::sending::paging",
    "session::history::reading",
    "session::questions::asking",
    "session::folders::outcomes",
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
    "session::destroying",
    "session::making",
    "session::cache::calls",
    "session::guard::calls",
    "session::history::calls",
    "session::questions::calls",
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

#[test]
fn modules_use_only_what_stands_above_them() {
    let root = root().join("crate/core/src");
    let files = files(&root, "rs");
    let mut wrong = Vec::new();
    for file in &files {
        let module = module(&root, file);
        let name = module.join("::");
        if name.is_empty() {
            continue;
        }
        for used in paths(&module, &read(file)).iter().map(|path| path.join("::")) {
            if !used.is_empty() && layer(&used) > layer(&name) {
                wrong.push(format!("{name} uses {used}"));
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
    let root = root().join("crate/core/src");
    let files = files(&root.join("session"), "rs");
    let texts: Vec<(String, (String, String))> =
        files.iter().map(|file| (module(&root, file).join("::"), of_parts(&read(file)))).collect();
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
