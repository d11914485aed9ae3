//! The account's other device: it speaks frames, with the account's own keys.

use crate::device::Client;
use crate::stage::Stage;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::SigningKey;
use pinfold_testkit::account::Built;
use pinfold_testkit::world::other::add_document;
use serde_json::{Value, json};
use tokio::sync::Notify;

/// What another device of the account does.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Meanwhile {
    Nothing,
    /// Adds a document to a folder and pins it, while this one loads.
    Adds,
    /// Pins a document while this one loads, and writes it into the folder only afterwards.
    Pins,
}

/// Does it, and returns the channels of what was added. The host has ended once `ended` says so.
pub(crate) async fn meanwhile(stage: &Stage, what: Meanwhile, ended: &Notify) -> Vec<String> {
    if what == Meanwhile::Nothing {
        return Vec::new();
    }
    // The server answers in order: the history of the first folder was sent when that of the second is held.
    stage.until_held().await;
    let mut other = Other::connect(stage, 0).await;
    let added = other.make(7_777_777);
    if what == Meanwhile::Adds {
        other.write().await;
    }
    other.pin(&added).await;
    stage.misbehave(&json!([])).await;
    if what == Meanwhile::Pins {
        ended.notified().await;
        other.write().await;
    }
    vec![added]
}

pub(crate) struct Other {
    client: Client,
    key: SigningKey,
    built: Built,
    folder: usize,
}

impl Other {
    pub(crate) async fn connect(stage: &Stage, folder: usize) -> Self {
        let secret = stage.built.document.get("edPrivate").and_then(|key| key.as_str()).unwrap();
        let secret = STANDARD.decode(secret).unwrap();
        let key = SigningKey::from_bytes(&secret[..32].try_into().unwrap());
        let client = Client::connect(&stage.server).await;
        Self { client, key, built: stage.built.clone(), folder }
    }

    /// Makes a document in the folder, ready to be written; its channel. `number` tells it from others.
    pub(crate) fn make(&mut self, number: usize) -> String {
        add_document(&mut self.built, self.folder, number).unwrap().1
    }

    /// Writes what was made into the folder's log.
    pub(crate) async fn write(&mut self) {
        let channel = self.built.folders[self.folder].channel.clone();
        let message = self.built.server.channels[&channel].messages.last().unwrap().message.clone();
        self.client.join(&channel).await;
        let answer = self.client.write(&channel, &message).await;
        assert_eq!(answer[1], json!("ACK"), "{answer}");
    }

    pub(crate) async fn pin(&mut self, id: &str) {
        self.call("PIN", json!([id])).await;
    }

    /// A signed call that changes pins.
    pub(crate) async fn call(&mut self, command: &str, ids: Value) {
        self.client.learn_keeper().await;
        self.client.log_in(&self.key).await;
        let answer = self.client.call(&self.key, command, ids).await;
        assert_eq!(answer.len(), 1, "{answer:?}");
    }
}
