//! Modules use only what stands above them in this list. `ARCHITECTURE.md` explains the rooms.

use std::fs;
use std::path::{Path, PathBuf};

/// From the ground up. A path that is not listed belongs to the nearest listed one above it.
const LAYERS: &[&str] = &[
    "compact", "names", "error", "ports", "secret", "ids", "json", "encoding", "crypto", "href", "document",
    "chainpad", "wire", "channel", "blob", "chat", "team", "roster", "account", "mailbox", "net", "drive",
    "pins", "guard", "rpc", "pin_run", "session",
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
            for used in line.split("crate::").skip(1) {
                let end =
                    used.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':')).unwrap_or(used.len());
                let used = used[..end].trim_end_matches(':');
                if layer(used) > layer(&name) {
                    wrong.push(format!("{name} uses {used}"));
                }
            }
        }
    }
    assert!(files.len() > 30, "the sources were found");
    assert_eq!(wrong, Vec::<String>::new());
}
