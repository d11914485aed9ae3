use super::*;
use crate::real::RealDisk;
use std::fs;

fn found(base: &Path) -> Vec<Found> {
    let mut all = Vec::new();
    walk(&RealDisk, &Paths::example(base), &mut |found| all.push(found));
    all
}

fn odd(base: &Path) -> Vec<(String, Odd)> {
    let odd = found(base).into_iter().filter_map(|found| match found {
        Found::Odd(finding) => {
            Some((finding.path.strip_prefix(base).unwrap().display().to_string(), finding.what))
        }
        _ => None,
    });
    odd.collect()
}

fn write(base: &Path, path: &str) {
    let path = base.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, "x\n").unwrap();
}

const ID: &str = "58b4e5d2f30314991026982fb2672e79";
const KEY: &str = "HSFw-mSe13urwJ97HvTzw4QbbxgS3QMYQrcuKGRA8fE=";

#[test]
fn everything_in_its_place_is_found_once() {
    let base = tempfile::tempdir().unwrap();
    let base = base.path();
    for path in ["datastore/58", "data/archive/datastore/58"] {
        write(base, &format!("{path}/{ID}.ndjson"));
        write(base, &format!("{path}/{ID}.metadata.ndjson"));
    }
    write(base, &format!("datastore/58/{ID}.ndjson.offset"));
    write(base, &format!("data/pins/HS/{KEY}.ndjson"));
    write(base, &format!("block/HS/{KEY}"));
    write(base, &format!("block/HS/{KEY}.placeholder"));
    write(base, "block/placeholder.txt");
    write(base, "data/tasks/1779926400000/aGFzaA==.ndjson");
    let kinds: Vec<_> = found(base)
        .iter()
        .map(|found| match found {
            Found::Live(item) => format!("live {}", item.parts().count()),
            Found::Archived(item) => format!("archived {}", item.parts().count()),
            Found::PinLog(..) => "pins".into(),
            Found::Block(..) => "block".into(),
            Found::Task(_) => "task".into(),
            other => format!("{other:?}"),
        })
        .collect();
    assert_eq!(kinds, ["live 2", "archived 2", "pins", "block", "task"]);
}

#[test]
fn everything_else_is_a_finding() {
    let base = tempfile::tempdir().unwrap();
    let base = base.path();
    write(base, "datastore/stray");
    write(base, &format!("datastore/notashard/{ID}.ndjson"));
    write(base, &format!("datastore/99/{ID}.ndjson"));
    write(base, &format!("datastore/58/{ID}.metadata.ndjson"));
    write(base, &format!("datastore/58/{ID}.ndjson.temp"));
    write(base, "data/pins/.DS_Store");
    write(base, "data/pins/HS/.DS_Store");
    fs::create_dir_all(base.join(format!("blob/f4/{}", "f4".repeat(24)))).unwrap();
    std::os::unix::fs::symlink("/nowhere", base.join("datastore/58/link")).unwrap();
    assert_eq!(
        odd(base),
        [
            ("datastore/notashard".to_owned(), Odd::Folder),
            ("datastore/stray".to_owned(), Odd::InRoot),
            (format!("datastore/58/{ID}.ndjson.temp"), Odd::Unfinished),
            ("datastore/58/link".to_owned(), Odd::Name),
            (format!("datastore/58/{ID}"), Odd::Lone),
            (format!("datastore/99/{ID}.ndjson"), Odd::WrongFolder),
            (format!("blob/f4/{}", "f4".repeat(24)), Odd::NotAFile),
            ("data/pins/.DS_Store".to_owned(), Odd::InRoot),
            ("data/pins/HS/.DS_Store".to_owned(), Odd::Name),
        ]
    );
}
