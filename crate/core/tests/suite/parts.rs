//! The parts of a session own their fields: what a part holds is seen in its own folder, and everybody else asks by a method.

use std::collections::BTreeSet;

use crate::sources::{files, module, product, read, root};

/// Fields that may be seen beyond the folder they are declared in, and why.
const OPEN: &[(&str, &str)] = &[
    (
        "session::Session",
        "the head: `machine.rs`, and the calls of the host in each part's folder, begin at its fields",
    ),
    ("session::Running", "as `Session`, which holds it"),
    ("session::parts::Parts", "the list of parts: an operation and a part name their neighbours"),
    (
        "session::deadlines::Deadlines",
        "settings of the host, never changed: each part waits as long as they say",
    ),
    ("session::inbox::Reading", "settings of the host, taken apart when a mailbox is opened"),
    ("session::login::SignedIn", "what a log-in yields to the host, who may keep it and hand it in again"),
    ("session::login::Config", "what the server says of itself: a log-in reads it, and a registration"),
    ("session::registering::Drawn", "what a registration yields; its operation takes it apart"),
];

/// What host and session hand each other. These values belong to no part.
const MESSAGES: &str = "session::effect";

/// Fields of [`Parts`](OPEN) that are no part: the host lends them.
const LENT: &[&str] = &["entropy", "deadlines"];

struct Field {
    /// The type that has it, by its module.
    of: String,
    text: String,
    /// The module in which, and below which, it can be seen.
    seen_in: Vec<String>,
}

/// The module in which something is seen that is declared so in this one.
fn seen_in(declared: &str, module: &[String]) -> Vec<String> {
    let up = |levels: usize| module[..module.len().saturating_sub(levels)].to_vec();
    match declared.split_once("pub").filter(|(before, _)| before.is_empty()) {
        None => up(0),
        Some((_, rest)) => match rest.strip_prefix('(').and_then(|rest| rest.split_once(')')) {
            Some(("self", _)) => up(0),
            Some(("super", _)) => up(1),
            Some((path, _)) if path.starts_with("in crate::") => {
                path.trim_start_matches("in crate::").split("::").map(str::to_owned).collect()
            }
            _ => Vec::new(),
        },
    }
}

/// What stands in the brackets that a text begins with.
fn in_brackets(text: &str) -> &str {
    let mut depth = 0;
    for (at, char) in text.char_indices() {
        depth += i32::from("({[".contains(char)) - i32::from(")}]".contains(char));
        if depth == 0 {
            return &text[1..at];
        }
    }
    panic!("brackets that do not end: {text}")
}

/// The items of a list, without their attributes.
fn items(list: &str) -> Vec<String> {
    let (mut found, mut depth) = (vec![String::new()], 0);
    for char in list.chars() {
        depth += i32::from("({[<".contains(char)) - i32::from(")}]>".contains(char));
        match char {
            ',' if depth == 0 => found.push(String::new()),
            _ => found.last_mut().unwrap().push(char),
        }
    }
    let plain = |item: &String| {
        let lines = item.lines().map(str::trim).filter(|line| !line.starts_with("#["));
        lines.collect::<Vec<_>>().join(" ").trim().to_owned()
    };
    found.iter().map(plain).filter(|item| !item.is_empty()).collect()
}

/// The fields of the structs that a source declares.
fn fields(module: &[String], text: &str) -> Vec<Field> {
    let text = product(text).collect::<Vec<_>>().join("\n");
    let mut found = Vec::new();
    for (at, word) in text.match_indices("struct ") {
        let line = text[..at].rsplit('\n').next().unwrap();
        if !line.is_empty() && !line.starts_with("pub") {
            continue;
        }
        let rest = &text[at + word.len()..];
        let name: String = rest.chars().take_while(|c| c.is_alphanumeric()).collect();
        let Some(body) = rest.find(['{', '(', ';']).filter(|at| !rest[*at..].starts_with(';')) else {
            continue;
        };
        let type_seen = seen_in(line, module);
        let of = [module.join("::"), name].join("::");
        found.extend(items(in_brackets(&rest[body..])).into_iter().map(|text| {
            // A field is seen no farther than its type.
            let seen = seen_in(&text, module);
            let seen_in = if seen.len() < type_seen.len() { type_seen.clone() } else { seen };
            Field { of: of.clone(), text, seen_in }
        }));
    }
    found
}

/// A folder of the session, or a file that stands for itself, is the second name of a path.
fn is_open(field: &Field) -> bool {
    field.seen_in.len() < 2
}

fn of_the_session() -> Vec<Field> {
    let root = root().join("crate/core/src");
    let files = files(&root.join("session"), "rs");
    files.iter().flat_map(|file| fields(&module(&root, file), &read(file))).collect()
}

#[test]
fn what_a_part_of_a_session_holds_is_seen_in_its_own_folder() {
    let all = of_the_session();
    assert!(all.len() > 200, "the fields were found");
    let open: Vec<&Field> =
        all.iter().filter(|field| is_open(field) && !field.of.starts_with(MESSAGES)).collect();
    let excepted = |field: &Field| OPEN.iter().any(|(name, _)| *name == field.of);
    let wrong: Vec<String> = open
        .iter()
        .filter(|field| !excepted(field))
        .map(|Field { of, text, .. }| format!("{of}: {text}"))
        .collect();
    assert_eq!(wrong, Vec::<String>::new(), "open beyond its folder: give it a method");
    let needed: BTreeSet<&str> = open.iter().map(|field| field.of.as_str()).collect();
    let left: Vec<&str> = OPEN.iter().map(|(name, _)| *name).filter(|name| !needed.contains(name)).collect();
    assert_eq!(left, [""; 0], "exceptions that nothing needs");
}

#[test]
fn a_session_is_a_list_of_parts() {
    let all = of_the_session();
    let structs: BTreeSet<&str> = all.iter().filter_map(|field| field.of.rsplit("::").next()).collect();
    let fields: Vec<(&str, &str)> = all
        .iter()
        .filter(|field| field.of == "session::parts::Parts")
        .filter_map(|field| field.text.trim_start_matches("pub(super) ").split_once(": "))
        .collect();
    assert!((8..=20).contains(&fields.len()), "the parts were found, and are few");
    let wrong: Vec<_> = fields
        .iter()
        .filter(|(name, of)| {
            let plain = of.trim_start_matches("Box<").trim_end_matches('>');
            !LENT.contains(name) && !structs.contains(plain)
        })
        .collect();
    assert_eq!(wrong, Vec::<&(&str, &str)>::new(), "no struct of the session: it belongs into a part");
}

#[test]
fn an_open_field_is_found() {
    let open = |module: &str, text: &str| -> Vec<String> {
        let module: Vec<_> = module.split("::").map(str::to_owned).collect();
        fields(&module, text).into_iter().filter(is_open).map(|field| field.text).collect()
    };
    let declared =
        "pub(super) struct A<T> {\n    /// b\n    #[c]\n    pub(super) d: Vec<(T, T)>,\n    e: u8,\n}";
    assert_eq!(open("session::a", declared), ["pub(super) d: Vec<(T, T)>"]);
    assert_eq!(open("session::a::b", declared), [""; 0]);
    assert_eq!(open("session", "struct A {\n    e: u8,\n}"), ["e: u8"]);
    assert_eq!(open("session::a", "pub struct A(pub(in crate::session) u8, pub u16);").len(), 2);
    assert_eq!(open("session::a", "struct A {\n    pub b: u8,\n}\nstruct C;"), [""; 0]);
}
