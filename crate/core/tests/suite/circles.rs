//! The rooms of a crate, which are the modules below its root, use each other without a circle: each can be read, and taken
//! out, with what stands below it. The core has a list of its layers besides (`architecture.rs`). `npm run graph` draws them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

type Uses = BTreeMap<String, BTreeSet<String>>;

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

/// The modules above a file, from the root of its crate: `rpc/pins.rs` is `rpc`, `pins`.
fn module(root: &Path, file: &Path) -> Vec<String> {
    let relative = file.strip_prefix(root).unwrap().with_extension("");
    let parts = relative.iter().map(|part| part.to_str().unwrap().to_owned());
    parts.filter(|part| !["mod", "lib", "main"].contains(&part.as_str())).collect()
}

/// The rooms that a text names by a path from the root, or by one that leads up to the root: `crate::room::…`, and in a module
/// of the root `super::room::…` or `super::{room, …}`.
fn named(text: &str, depth: usize) -> BTreeSet<String> {
    let product = text.split("#[cfg(test)]").next().unwrap_or_default();
    let up = "super::".repeat(depth);
    let mut found = BTreeSet::new();
    for line in product.lines().filter(|line| !line.trim_start().starts_with("//")) {
        for path in line.split("crate::").skip(1).chain(line.split(&up).skip(1)) {
            let inner = path.strip_prefix('{').map(|inner| inner.split(['{', '}']).next().unwrap_or(inner));
            for path in inner.map_or(vec![path], |inner| inner.split(',').collect()) {
                let path = path.trim();
                let end = path.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(path.len());
                found.insert(path[..end].to_owned());
            }
        }
    }
    found
}

fn uses(root: &Path) -> Uses {
    let mut files = Vec::new();
    sources(root, &mut files);
    let modules: Vec<_> = files.iter().map(|file| (module(root, file), file)).collect();
    let rooms: BTreeSet<String> = modules.iter().filter_map(|(module, _)| module.first().cloned()).collect();
    let mut uses = Uses::new();
    for (module, file) in &modules {
        let Some(room) = module.first() else { continue };
        let text = fs::read_to_string(file).unwrap();
        let named = named(&text, module.len());
        let others = named.into_iter().filter(|name| rooms.contains(name) && name != room);
        uses.entry(room.clone()).or_default().extend(others);
    }
    uses
}

/// What is left when every room that uses no other is taken away, again and again: rooms in circles, and those above them.
fn in_circles(mut uses: Uses) -> Uses {
    loop {
        let free: Vec<String> =
            uses.iter().filter(|(_, used)| used.is_empty()).map(|(room, _)| room.clone()).collect();
        if free.is_empty() {
            return uses;
        }
        for room in free {
            uses.remove(&room);
            for used in uses.values_mut() {
                used.remove(&room);
            }
        }
    }
}

#[test]
fn no_rooms_use_each_other_in_a_circle() {
    for name in ["client", "companion", "datadir", "operator", "recovery", "server", "testkit"] {
        let uses = uses(&Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(name).join("src"));
        let arrows: usize = uses.values().map(BTreeSet::len).sum();
        assert!(arrows > 0 || name == "companion", "{name}: the arrows were found");
        assert_eq!(in_circles(uses), Uses::new(), "{name}");
    }
}

#[test]
fn a_circle_is_found() {
    let text = "use super::{two, three::Four};\n// use crate::five;\nlet x = crate::six::seven();\n";
    let names = named(text, 1);
    assert_eq!(names, ["six", "three", "two"].map(str::to_owned).into());
    let arrow = |from: &str, to: &[&str]| (from.to_owned(), to.iter().map(ToString::to_string).collect());
    let circle = Uses::from([arrow("a", &["b"]), arrow("b", &["c"]), arrow("c", &["b"])]);
    assert_eq!(in_circles(circle).len(), 3);
    assert_eq!(in_circles(Uses::from([arrow("a", &["b"]), arrow("b", &[])])), Uses::new());
}
