//! How the tests that read this repository's files read them.

use std::fs;
use std::iter::Peekable;
use std::path::{Path, PathBuf};
use std::str::CharIndices;

/// Where the repository begins.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The files below a folder that end so, in no order.
pub(crate) fn files(directory: &Path, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut waiting = vec![directory.to_owned()];
    while let Some(directory) = waiting.pop() {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                waiting.push(path);
            } else if path.extension().is_some_and(|found| found == extension) {
                found.push(path);
            }
        }
    }
    found
}

pub(crate) fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap()
}

/// The lines of a source that are the product: neither tests nor comments.
pub(crate) fn product(text: &str) -> impl Iterator<Item = &str> {
    let before_tests = text.split("#[cfg(test)]").next().unwrap_or_default();
    before_tests.lines().map(str::trim).filter(|line| !line.starts_with("//"))
}

/// The module that a file holds, from the root of its crate: `net/link.rs` is `net`, `link`, `net/mod.rs` is `net`.
pub(crate) fn module(root: &Path, file: &Path) -> Vec<String> {
    let relative = file.strip_prefix(root).unwrap().with_extension("");
    let parts = relative.iter().map(|part| part.to_str().unwrap().to_owned());
    parts.filter(|part| !["mod", "lib", "main"].contains(&part.as_str())).collect()
}

/// What the product of a module names by a path from the root of its crate, or relative to itself: whole paths, each part
/// for itself, those in braces too.
pub(crate) fn paths(module: &[String], text: &str) -> Vec<Vec<String>> {
    // Who may see an item is no use of it.
    let text = product(text).collect::<Vec<_>>().join("\n").replace("pub(in crate::", "pub(in ");
    let mut found = Vec::new();
    let mut before = ' ';
    let mut rest = text.char_indices().peekable();
    while let Some(&(at, char)) = rest.peek() {
        let begins =
            ["crate::", "super::", "self::"].iter().any(|word| text.get(at..).unwrap().starts_with(word));
        if begins && !is_part_of_word(before) && before != ':' {
            tree(&mut rest, &mut Vec::new(), &mut found);
            before = ' ';
        } else {
            before = char;
            rest.next();
        }
    }
    found.into_iter().map(|names| resolved(module, &names)).collect()
}

fn is_part_of_word(char: char) -> bool {
    char.is_alphanumeric() || char == '_'
}

/// Reads `a::b` or `a::{b, c::d}`, and adds what it names.
fn tree(rest: &mut Peekable<CharIndices>, names: &mut Vec<String>, found: &mut Vec<Vec<String>>) {
    let outer = names.len();
    loop {
        let mut name = String::new();
        while let Some((_, char)) = rest.next_if(|(_, char)| is_part_of_word(*char)) {
            name.push(char);
        }
        if !name.is_empty() {
            names.push(name);
        }
        let mut colons = 0;
        while rest.next_if(|(_, char)| *char == ':').is_some() {
            colons += 1;
        }
        if colons == 2 && rest.peek().is_some_and(|(_, char)| is_part_of_word(*char)) {
            continue;
        }
        if colons == 2 && rest.next_if(|(_, char)| *char == '{').is_some() {
            // A new item begins behind a comma; `as another` behind one is no part of it.
            let mut begins = true;
            while let Some((_, char)) = rest.peek() {
                match *char {
                    '}' => break,
                    char if begins && is_part_of_word(char) => {
                        tree(rest, names, found);
                        begins = false;
                    }
                    char => {
                        begins |= char == ',';
                        rest.next();
                    }
                }
            }
            rest.next();
        } else {
            found.push(names.clone());
        }
        names.truncate(outer);
        return;
    }
}

fn resolved(module: &[String], names: &[String]) -> Vec<String> {
    let ups = names.iter().take_while(|name| *name == "super").count();
    let from_root = names.first().is_some_and(|name| name == "crate");
    let kept = if from_root { 0 } else { module.len().saturating_sub(ups) };
    let own = names.iter().filter(|name| !["crate", "self", "super"].contains(&name.as_str()));
    module.iter().take(kept).chain(own).cloned().collect()
}

#[test]
fn a_path_is_found_wherever_it_begins() {
    let found = |module: &str, text: &str| -> Vec<String> {
        let module: Vec<_> = module.split("::").map(str::to_owned).collect();
        paths(&module, text).iter().map(|path| path.join("::")).collect()
    };
    assert_eq!(found("net::link", "use crate::wire::{frame, keeper};"), ["wire::frame", "wire::keeper"]);
    assert_eq!(found("a::b", "use crate::{\n    c::{d, self},\n    e as f,\n};"), ["c::d", "c", "e"]);
    assert_eq!(found("session::guard::watch", "use super::shelf::Kind;"), ["session::guard::shelf::Kind"]);
    assert_eq!(
        found("session::guard::watch", "super::super::Session, self::x"),
        ["session::Session", "session::guard::watch::x"]
    );
    assert_eq!(found("a::b", "use super::Inbox; other_crate::x"), ["a::Inbox"]);
    assert_eq!(
        found("a", "pub(in crate::b) c: d::e // not a use\n// crate::f\n#[cfg(test)] crate::g"),
        [""; 0]
    );
}
