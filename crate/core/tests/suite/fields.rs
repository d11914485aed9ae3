//! Only `document` names the fields of a drive. Whoever else wants one asks it: so there is one answer to what an entry is.

use std::fs;

use crate::sources::{files, product, read, root};

/// Fields of account, team and folder documents, and of what stands in them.
const FIELDS: &[&str] = &[
    "filesData",
    "sharedFolders",
    "sharedFoldersTemp",
    "static",
    "CryptPad_RECENTPADS",
    "root",
    "template",
    "trash",
    "drive",
    "teams",
    "mailboxes",
    "friends",
    "calendars",
    "mutedUsers",
    "cryptpad.username",
    "curvePublic",
    "curvePrivate",
    "edPublic",
    "edPrivate",
    "href",
    "roHref",
    "roHash",
    "rtChannel",
    "answersChannel",
    "lastVersion",
    "ooImages",
    "lastTitle",
    "filename",
    "owners",
    "ctime",
    "atime",
    "lastKnownHash",
];

/// Where such a name is another thing: the beginning of a path, the names, and what they are there.
const OTHER: &[(&str, &[&str], &str)] = &[
    ("core/src/mailbox/message/", &["href", "curvePublic", "edPublic", "template"], "fields of a letter"),
    ("wasm/src/mailbox.rs", &["curvePublic", "edPublic"], "a letter, as a page is told of it"),
    ("wasm/src/edits.rs", &["href"], "an argument of a call"),
    ("wasm/src/types.rs", &["drive"], "a phase"),
    ("core/src/session/sending", &["curvePublic"], "an argument of a call"),
    ("core/src/session/effect.rs", &["drive"], "a phase"),
    ("core/src/session/", &["drive"], "the type of a link"),
    ("recovery/src/investigation.rs", &["drive"], "the type of a link"),
    ("core/src/drive/declared.rs", &["drive"], "the type of a link"),
    ("core/src/pins/rules/category.rs", &["drive"], "the name of a reason"),
    ("core/src/pins/log.rs", &["drive"], "a tag of a pin"),
    ("datadir/src/metadata.rs", &["owners"], "the metadata of a channel"),
    ("core/src/account/block.rs", &["edPublic"], "a field of a log-in block"),
    ("core/src/net/document/writing.rs", &["owners"], "the metadata of a channel"),
    ("core/src/chainpad/chain.rs", &["root"], "a word for people"),
    ("server/src/", &["owners", "lastKnownHash"], "metadata and options of a server"),
    ("companion/src/sync/json.rs", &["edPublic", "teams"], "what a run tells"),
    ("recovery/src/delete/", &["trash"], "what shall be done"),
    // The truth of a drill asks nothing of the product, and its clients of 2019 are none of it.
    ("drill/src/truth.rs", &["drive", "filesData", "sharedFolders"], "what a disk holds, read by itself"),
    (
        "drill/src/town.rs",
        &["drive", "sharedFolders", "root", "href", "atime", "ctime"],
        "a drive that is built",
    ),
    (
        "drill/src/old/",
        &["drive", "sharedFolders", "root", "filesData", "roHref", "edPrivate"],
        "what a client of 2019 wrote",
    ),
    (
        "drill/src/absence/",
        &[
            "drive",
            "filesData",
            "sharedFolders",
            "sharedFoldersTemp",
            "root",
            "trash",
            "teams",
            "roster",
            "calendars",
            "notifications",
            "mailboxes",
            "lastKnownHash",
            "channel",
            "keys",
        ],
        "what a client of today writes where something is absent",
    ),
    (
        "drill/src/november/",
        &["drive", "filesData", "sharedFolders", "root", "trash"],
        "rows of 2012, in the terms of a drive",
    ),
    ("testing/src/options.rs", &["teams"], "an option of a test: how many teams the account has"),
];

#[test]
fn only_the_document_names_its_fields() {
    let crates = root().join("crate");
    let mut sources = Vec::new();
    for member in fs::read_dir(&crates).unwrap() {
        let member = member.unwrap().path();
        // The testkit builds documents; that is what it is for.
        if member.join("src").is_dir() && !member.ends_with("testkit") {
            sources.extend(files(&member.join("src"), "rs"));
        }
    }
    // And the parts of a `tests.rs`.
    sources.retain(|path| !path.ends_with("tests.rs") && !path.iter().any(|part| part == "tests"));
    let mut wrong = Vec::new();
    for file in &sources {
        let name = file.strip_prefix(&crates).unwrap().to_str().unwrap().replace('\\', "/");
        if name.starts_with("core/src/document/") {
            continue;
        }
        for line in product(&read(file)) {
            for field in FIELDS.iter().filter(|field| line.contains(&format!("\"{field}\""))) {
                let is_other = |(path, names, _): &(&str, &[&str], &str)| {
                    name.starts_with(path) && names.contains(field)
                };
                if !OTHER.iter().any(is_other) {
                    wrong.push(format!("{name}: {line}"));
                }
            }
        }
    }
    assert!(sources.len() > 200, "the sources were found");
    assert_eq!(wrong, Vec::<String>::new());
}
