//! A document that the server did not deliver to its end cannot pass for one that it did.
use std::sync::Arc;

use pinfold_core::ids::ChannelId;
use pinfold_core::json::Value;
use pinfold_core::net::document::SyncedDoc;
use pinfold_core::net::place::Place;

fn forge(channel: ChannelId, document: Value) -> SyncedDoc {
    SyncedDoc { channel, document: Arc::new(document), read_only: false, place: Place::default(), created: None }
}

fn main() {}
