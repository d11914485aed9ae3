//! The rooms of a crate, which are the modules below its root, use each other without a circle: each can be read, and taken
//! out, with what stands below it. The core has a list of its layers besides (`architecture.rs`). `npm run graph` draws them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::sources::{files, module, paths, read, root};

type Uses = BTreeMap<String, BTreeSet<String>>;

/// Which rooms the files of each room name.
fn uses(root: &Path) -> Uses {
    let files = files(root, "rs");
    let modules: Vec<_> = files.iter().map(|file| (module(root, file), file)).collect();
    let rooms: BTreeSet<String> = modules.iter().filter_map(|(module, _)| module.first().cloned()).collect();
    let mut uses = Uses::new();
    for (module, file) in &modules {
        let Some(room) = module.first() else { continue };
        // The tests of a room may use whatever uses it.
        if module.last().is_some_and(|last| last == "tests") {
            continue;
        }
        let named = paths(module, &read(file)).into_iter().filter_map(|path| path.into_iter().next());
        let others = named.filter(|name| rooms.contains(name) && name != room);
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
    for name in ["client", "companion", "datadir", "operator", "recovery", "server", "testkit", "wasm"] {
        let uses = uses(&root().join("crate").join(name).join("src"));
        let arrows: usize = uses.values().map(BTreeSet::len).sum();
        assert!(arrows > 0 || name == "companion", "{name}: the arrows were found");
        assert_eq!(in_circles(uses), Uses::new(), "{name}");
    }
}

#[test]
fn a_circle_is_found() {
    let arrow = |from: &str, to: &[&str]| (from.to_owned(), to.iter().map(ToString::to_string).collect());
    let circle = Uses::from([arrow("a", &["b"]), arrow("b", &["c"]), arrow("c", &["b"])]);
    assert_eq!(in_circles(circle).len(), 3);
    assert_eq!(in_circles(Uses::from([arrow("a", &["b"]), arrow("b", &[])])), Uses::new());
}
