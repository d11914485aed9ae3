//! A channel that the drive names is never created: only keys that were just drawn lead to a new one.
use pinfold_core::channel::TxPair;
use pinfold_core::drive::declared::Opens;
use pinfold_core::net::document::{Ask, DocumentReader};

fn begin_anew(folder: &Opens, txids: TxPair) -> Vec<Ask> {
    DocumentReader::create(&folder.channel, &[], txids).map(|(_, asks)| asks).unwrap_or_default()
}

fn main() {}
