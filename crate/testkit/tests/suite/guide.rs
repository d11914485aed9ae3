//! The example of `docs/recovery.md`, run on a recorded incident.

use std::collections::BTreeSet;
use std::path::Path;

use pinfold_core::json::Value;

include!("guide/lost.rs");

#[test]
fn the_guide_finds_what_was_lost_in_june_2019() {
    let guide = include_str!("../../../../docs/recovery.md");
    assert!(
        guide.contains(&format!("```rust\n{}```", include_str!("guide/lost.rs"))),
        "the guide has another example"
    );

    let incident = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/incidents/june-2019");
    let manifest = Value::parse(&std::fs::read_to_string(incident.join("manifest.json")).unwrap()).unwrap();
    let user_hash =
        manifest.get("users").and_then(|users| users.get("alice")?.get("userHash")?.as_str()).unwrap();
    let log = |channel: &str, copy| {
        let data = incident.join(if copy == Copy::Live { "data" } else { "data/archive" });
        let path = data.join("datastore").join(&channel[..2]).join(format!("{channel}.ndjson"));
        std::fs::read(path).unwrap_or_default()
    };
    let losses = lost(user_hash, log).unwrap();
    let found: BTreeSet<_> = losses
        .iter()
        .map(|loss| (loss.channel.as_str(), loss.cause.as_str(), loss.key_at.as_str()))
        .collect();
    let truth = manifest.get("truth").and_then(|truth| truth.get("lost")?.as_array()).unwrap();
    let field = |of: &Value, name| of.get(name).and_then(Value::as_str).unwrap().to_owned();
    assert!(truth.len() > 4);
    for of in truth {
        let (channel, cause, key_at) = (field(of, "channel"), field(of, "cause"), field(of, "keyAt"));
        assert!(found.contains(&(channel.as_str(), cause.as_str(), key_at.as_str())), "{channel}: {found:?}");
    }
}
