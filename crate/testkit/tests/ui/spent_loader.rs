//! A loader gives its verdict once; what happens afterwards needs a new one.
use pinfold_core::drive::loader::FolderLoader;
use pinfold_core::net::document::SyncedDoc;

fn finish_twice(mut loader: FolderLoader, late: SyncedDoc) {
    let _ = loader.finish(0);
    loader.loaded(late);
}

fn main() {}
