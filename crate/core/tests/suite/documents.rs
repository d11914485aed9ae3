//! What the documents say of the code, and the code of the documents: paths, codes, sections and tests that are named
//! exist. A sentence can still be wrong, but not because something was moved.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use pinfold_core::error::Code;

use crate::sources::{files, read, root};

fn below(directory: &str, extension: &str) -> Vec<PathBuf> {
    files(&root().join(directory), extension)
}

/// README and its like, and everything in `docs`.
fn documents() -> Vec<PathBuf> {
    let top = fs::read_dir(root()).unwrap().map(|entry| entry.unwrap().path());
    let top = top.filter(|path| path.extension().is_some_and(|extension| extension == "md"));
    let found: Vec<_> = top.chain(below("docs", "md")).collect();
    assert!(found.len() > 10, "the documents were found");
    found
}

/// What stands between single backticks, outside blocks of code.
fn quoted(text: &str) -> Vec<String> {
    let prose: String = text.split("```").step_by(2).collect();
    prose.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

/// The targets of links that lead to files.
fn linked(text: &str) -> Vec<String> {
    let targets = text.split("](").skip(1).filter_map(|rest| rest.split([')', '#']).next());
    targets.filter(|target| !target.is_empty() && !target.contains(':')).map(str::to_owned).collect()
}

const FOLDERS: [&str; 8] = ["crate", "docs", "pkg-scripts", "tests", "www", ".ci", ".cargo", "fuzz"];

/// Whether it is written as a path of this repository: below one of its folders, without a placeholder.
fn is_path(text: &str) -> bool {
    let plain = text.chars().all(|c| c.is_ascii_alphanumeric() || "/._-".contains(c));
    plain && text.split_once('/').is_some_and(|(folder, _)| FOLDERS.contains(&folder))
}

#[test]
fn every_path_in_a_document_exists() {
    let mut missing = Vec::new();
    for document in documents() {
        let text = read(&document);
        let below = document.parent().unwrap().to_owned();
        let paths = quoted(&text).into_iter().filter(|path| is_path(path)).map(|path| (root(), path));
        for (from, path) in paths.chain(linked(&text).into_iter().map(|path| (below.clone(), path))) {
            // The fuzzer's files are named from its crate, where its commands run.
            let crates = [from.clone(), root().join("crate/core")];
            if !crates.iter().any(|from| from.join(&path).exists()) && !path.starts_with("fuzz/corpus") {
                missing.push(format!("{}: {path}", document.display()));
            }
        }
    }
    assert_eq!(missing, Vec::<String>::new());
}

/// Each pattern is `'file.rs:LINE:COLUMN: replace this with that in function'`, or names no file.
#[test]
fn what_cargo_mutants_leaves_out_exists() {
    let text = read(&root().join(".cargo/mutants.toml"));
    let patterns = text.lines().filter_map(|line| line.trim().strip_prefix('\'')?.strip_suffix("',"));
    let named: Vec<_> = patterns.filter_map(|pattern| pattern.split_once(".rs:")).collect();
    assert!(named.len() > 4, "the patterns were found");
    for (file, rest) in named {
        let text = read(&root().join("crate/core/src").join(format!("{file}.rs")));
        // `replace + with * in Type::name`, or `replace name -> bool with false`.
        let function = match rest.rsplit_once(" in ") {
            Some((_, function)) => function,
            None => rest.split("replace ").nth(1).and_then(|rest| rest.split(' ').next()).unwrap(),
        };
        let name = function.rsplit("::").next().unwrap();
        assert!(text.contains(&format!("fn {name}")), "{file}.rs has no {name}");
    }
}

#[test]
fn every_code_in_a_document_exists() {
    let families: BTreeSet<_> = Code::ALL.iter().filter_map(|code| code.as_str().split_once('/')).collect();
    let families: BTreeSet<_> = families.into_iter().map(|(family, _)| family).collect();
    let mut unknown = Vec::new();
    for document in documents() {
        for code in quoted(&read(&document)) {
            let Some((family, reason)) = code.split_once('/') else { continue };
            let words = !reason.is_empty() && reason.chars().all(|c| c.is_ascii_lowercase() || c == '-');
            let known = Code::ALL.iter().any(|known| known.as_str() == code);
            // A module or a test of the same name is no code: `mailbox/log` is a file.
            let file = root().join("crate/core/src").join(&code);
            if families.contains(family)
                && words
                && !known
                && !file.exists()
                && !file.with_extension("rs").exists()
            {
                unknown.push(format!("{}: {code}", document.display()));
            }
        }
    }
    assert_eq!(unknown, Vec::<String>::new());
}

/// Numbers like 9 and 9.2 at the front of a text that lists sections, and what is between them.
fn cited(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for word in text.split_whitespace() {
        let plain = word.trim_start_matches(['(', '`']).trim_end_matches(['.', ',', ':', ';', ')', '`', '"']);
        if ["section", "sections", "and", "to", "or", "//!", "///", "//"].contains(&plain) {
            continue;
        }
        let section =
            plain.split('.').all(|part| !part.is_empty() && part.chars().all(|c| c.is_ascii_digit()));
        if !section {
            break;
        }
        found.push(plain.to_owned());
        // The sentence is over, or goes on with something else.
        if word.ends_with([')', '.', ':', ';', '"']) {
            break;
        }
    }
    found
}

#[test]
fn every_section_of_the_protocol_that_the_code_cites_exists() {
    let protocol = read(&root().join("docs/PROTOCOL.md"));
    let headings = protocol.lines().filter(|line| line.starts_with("##"));
    let sections: BTreeSet<String> = headings
        .filter_map(|line| line.trim_start_matches('#').split_whitespace().next())
        .map(|number| number.trim_end_matches('.').to_owned())
        .collect();
    let mut count = 0;
    let mut missing = Vec::new();
    let sources = ["crate", "www", "tests/node", "tests/interop"];
    let sources =
        sources.iter().flat_map(|folder| ["rs", "ts", "js", "mjs"].map(|kind| below(folder, kind))).flatten();
    for file in sources.chain(documents()) {
        let text = read(&file);
        for cites in text.split("PROTOCOL.md").skip(1).map(cited) {
            count += cites.len();
            missing.extend(
                cites
                    .iter()
                    .filter(|section| !sections.contains(*section))
                    .map(|s| format!("{}: {s}", file.display())),
            );
        }
    }
    assert!(count > 100, "{count} citations were found");
    assert_eq!(missing, Vec::<String>::new());
}

/// The rules and traps that there are: `I1`, `A9` was never given, `L10b` came late.
fn numbers() -> BTreeSet<String> {
    let given = |letter: &str, last: u32, never: &[u32]| -> Vec<String> {
        (1..=last)
            .filter(|number| !never.contains(number))
            .map(|number| format!("{letter}{number}"))
            .collect()
    };
    let rules = [
        given("I", 9, &[]),
        given("A", 27, &[9, 24]),
        given("B", 19, &[18]),
        given("D", 15, &[]),
        given("L", 12, &[]),
    ];
    rules.concat().into_iter().chain(["L10b".to_owned()]).chain(given("", 42, &[])).collect()
}

#[test]
fn every_rule_and_trap_has_its_line_and_what_shows_it_is_there() {
    let text = read(&root().join("docs/INVARIANTS.md"));
    let rows: Vec<Vec<&str>> = text
        .lines()
        .filter_map(|line| line.strip_prefix("| "))
        .map(|line| line.split(" | ").collect())
        .filter(|row: &Vec<_>| numbers().contains(row[0]))
        .collect();
    let told: BTreeSet<String> = rows.iter().map(|row| row[0].to_owned()).collect();
    assert_eq!(numbers().difference(&told).collect::<Vec<_>>(), Vec::<&String>::new());
    assert_eq!(rows.len(), numbers().len(), "no number twice");
    for row in rows {
        let [number, _, held, shown] = row[..] else { panic!("a line with four cells: {row:?}") };
        for (cell, names) in [(held, quoted(held)), (shown, quoted(shown))] {
            assert!(cell.contains("not yet") || !names.is_empty(), "{number} says nothing in: {cell}");
            for name in names.iter().filter(|name| name.contains('/')) {
                let (path, test) = name.split_once("::").unwrap_or((name, ""));
                let file = root().join(path);
                assert!(file.exists(), "{number}: {path} is not there");
                let defined = test.is_empty() || read(&file).contains(&format!("fn {test}("));
                assert!(defined, "{number}: {path} has no {test}");
            }
        }
    }
}

#[test]
fn every_rule_that_the_code_names_is_explained() {
    let known = numbers();
    let mut unknown = Vec::new();
    for file in below("crate", "rs") {
        let text = read(&file);
        for line in text.lines().filter(|line| line.trim_start().starts_with("//")) {
            for inside in line.split('(').skip(1).filter_map(|rest| rest.split(')').next()) {
                for word in inside.split([' ', ',']).filter(|word| word.len() > 1) {
                    let (letter, number) = word.split_at(word.chars().next().map_or(0, char::len_utf8));
                    let rule = "IABL".contains(letter) && number.chars().all(|c| c.is_ascii_digit());
                    if rule && !inside.contains('.') && !known.contains(word) {
                        unknown.push(format!("{}: {word}", file.display()));
                    }
                }
            }
        }
    }
    assert_eq!(unknown, Vec::<String>::new());
}
