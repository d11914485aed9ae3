#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use super::*;

/// What is promised of every store. The same is tried on an S3-compatible service by `tests/elsewhere`.
fn keeps_its_promises(shelf: &ObjectShelf) {
    assert_eq!(shelf.size("a/b").unwrap(), None);
    assert_eq!(shelf.open("a/b").err().map(|error| error.kind()), Some(io::ErrorKind::NotFound));
    let long = vec![7; 300_000];
    shelf.put("a/b", long.clone()).unwrap();
    let again = shelf.put("a/b", b"other".to_vec()).unwrap_err();
    assert_eq!(again.kind(), io::ErrorKind::AlreadyExists, "{again}");
    let mut read = Vec::new();
    shelf.open("a/b").unwrap().read_to_end(&mut read).unwrap();
    assert!(read == long, "what is there is never replaced");
    assert_eq!(shelf.size("a/b").unwrap(), Some(300_000));
    shelf.remove("a/b").unwrap();
    shelf.remove("a/b").unwrap();
    assert_eq!(shelf.size("a/b").unwrap(), None);
}

#[test]
fn memory_keeps_its_promises() {
    keeps_its_promises(&ObjectShelf::open("memory:///below/this").unwrap());
}

#[test]
fn a_folder_keeps_its_promises() {
    let folder = tempfile::tempdir().unwrap();
    let address = format!("file://{}/", folder.path().display());
    let shelf = ObjectShelf::open(&address).unwrap();
    assert_eq!(shelf.address(), address.trim_end_matches('/'));
    keeps_its_promises(&shelf);
    shelf.put("generations/x", b"x".to_vec()).unwrap();
    assert_eq!(std::fs::read(folder.path().join("generations/x")).unwrap(), b"x");
}

#[test]
fn what_is_no_address_or_holds_credentials_is_refused() {
    for address in [
        "",
        "bucket",
        "https://example.org/bucket",
        "s3://me:secret@bucket/x",
        "s3://me@bucket",
        "s3://bucket?key=secret",
        "s3://bucket#secret",
        "file:///no/such/folder/at/all",
    ] {
        let error = ObjectShelf::open(address).unwrap_err();
        assert!(!error.to_string().contains("secret"), "{address}: {error}");
    }
}
