//! What the server holds, for a test that asks at its end.

use pinfold_core::json::{Object, Value};
use pinfold_testkit::server::MemoryServer;

/// `{ channels: { ID: LINES }, pins: { KEY: [ID, …] }, commands: [[COMMAND, [ID, …]], …] }`.
pub fn of(server: &MemoryServer) -> Value {
    let (mut channels, mut pins, mut all) = (Object::new(), Object::new(), Object::new());
    let mut ids: Vec<_> = server.channels.iter().collect();
    ids.sort_by_key(|(id, _)| id.as_str());
    for (id, log) in ids {
        channels.insert(id.as_str(), Value::from(log.messages.len() as f64));
    }
    for (key, state) in &server.pins {
        pins.insert(key.as_str(), texts(state.pinned().iter()));
    }
    let commands = server.commands.iter();
    let commands = commands.map(|(name, ids)| Value::Array(vec![name.as_str().into(), texts(ids.iter())]));
    all.insert("channels", channels);
    all.insert("pins", pins);
    all.insert("commands", commands.collect::<Vec<_>>());
    all.into()
}

fn texts<'a>(ids: impl Iterator<Item = &'a String>) -> Value {
    Value::Array(ids.map(|id| Value::from(id.as_str())).collect())
}
