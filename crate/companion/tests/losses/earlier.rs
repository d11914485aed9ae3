//! Devices of the account that were here before this one, and left nothing but what they wrote into the drive.

use crate::other::Other;
use crate::scenarios::{folder, load_and_pin};
use crate::stage::Stage;
use pinfold_client::Client;
use pinfold_core::drive::complete::Drive;
use pinfold_core::pins::set::Additions;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::time::Duration;

#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Earlier {
    /// This is the first.
    Nobody,
    /// One that read and pinned everything.
    One,
    /// Two that pinned at the same moment, and of which each could not read a folder that the other could.
    Two,
}

/// The server calls a folder new.
fn calls_new(channel: &str) -> Value {
    folder(channel, &["IS_NEW_CHANNEL", "GET_HISTORY"], &json!({"kind": "new"}))
}

/// It calls every folder new.
pub(crate) fn no_folder(stage: &Stage) -> Value {
    let rules = stage.built.folders.iter().map(|folder| calls_new(&folder.channel));
    rules.flat_map(|rules| rules.as_array().cloned().unwrap_or_default()).collect()
}

/// They come and go; then somebody's client unpins whatever is in folders. The list before that.
pub(crate) async fn were_here(stage: &Stage, who: Earlier) -> BTreeSet<String> {
    match who {
        Earlier::Nobody => return stage.pinned(),
        Earlier::One => {
            let client = stage.open().await.unwrap();
            load_and_pin(&client, &mut Vec::new()).await.unwrap();
            client.close().await;
        }
        Earlier::Two => {
            let (mut devices, mut drives) = (Vec::new(), Vec::new());
            for missing in [0, 1] {
                stage.misbehave(&calls_new(&stage.built.folders[missing].channel)).await;
                let client = stage.open().await.unwrap();
                let drive = client.load_drive().await.unwrap();
                assert!(matches!(drive, Drive::Partial(_)));
                devices.push(client);
                drives.push(drive.additions());
            }
            let [one, two] = <[Client; 2]>::try_from(devices).ok().unwrap();
            let (first, second) = tokio::join!(one.add_pins(&drives[0]), two.add_pins(&drives[1]));
            first.unwrap();
            second.unwrap();
            // Of two who wrote at once one writes again, once it has heard of the other. Then the other hears of that.
            for (client, pins, missing) in [(&one, &drives[0], 0), (&two, &drives[1], 1)] {
                until_known(client, pins, &stage.built.folders[missing].documents).await;
            }
            tokio::join!(one.close(), two.close());
            stage.misbehave(&json!([])).await;
        }
    }
    let before = stage.pinned();
    let inside: Vec<&String> = stage.built.folders.iter().flat_map(|folder| &folder.documents).collect();
    Other::connect(stage, 0).await.call("UNPIN", json!(inside)).await;
    assert_eq!(stage.pinned().len() + inside.len(), before.len());
    before
}

/// A device read in the account document that another pinned these, which it could not see itself.
async fn until_known(client: &Client, pins: &Additions, documents: &[String]) {
    let known = async {
        loop {
            // What others left in the drive is learnt whenever an operation looks at it.
            client.load_drive().await.unwrap();
            let plan = client.plan(pins).await.unwrap();
            let kept: BTreeSet<String> =
                plan.retained.iter().map(|kept| kept.id.to_string_lossy().into_owned()).collect();
            if documents.iter().all(|document| kept.contains(document)) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), known).await.expect("the other device's ledger arrives");
}
