//! A document from anywhere else (a cache, a file) does not settle a folder.
use pinfold_core::drive::loader::FolderLoader;
use pinfold_core::json::Value;

fn settle(loader: &mut FolderLoader, cached: Value) {
    loader.loaded(cached);
}

fn main() {}
