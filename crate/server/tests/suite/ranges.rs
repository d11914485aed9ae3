//! Stored messages by range, as a real server was measured to give them.

use crate::support::{Client, channel, start};
use pinfold_server::Options;
use serde_json::{Value, json};

const LINES: usize = 242;
/// The messages that are checkpoints.
const CHECKPOINTS: [usize; 4] = [49, 99, 149, 199];

fn text(n: usize) -> String {
    let body = format!("{n:03}{}", "x".repeat(70));
    if CHECKPOINTS.contains(&n) { format!("cp|{n}|{body}") } else { body }
}

fn hash(n: usize) -> String {
    text(n)[..64].to_owned()
}

/// What a range gives: the first and the last message, by their numbers.
async fn range(client: &mut Client, id: &str, options: Value) -> Option<(usize, usize)> {
    let mut options = options;
    options["txid"] = json!("q1");
    let seq = client.ask(json!(["GET_HISTORY_RANGE", id, options])).await;
    assert_eq!(client.frame().await, json!([seq, "ACK"]));
    let mut found: Vec<usize> = Vec::new();
    loop {
        let said = client.text().await;
        if said[0] == "HISTORY_RANGE_END" {
            assert_eq!(said, json!(["HISTORY_RANGE_END", "q1", id]));
            break;
        }
        assert_eq!((&said[0], &said[1]), (&json!("HISTORY_RANGE"), &json!("q1")));
        let line = said[2][4].as_str().unwrap();
        found.push((0..LINES).find(|n| text(*n) == line).unwrap());
    }
    assert!(found.windows(2).all(|pair| pair[0] + 1 == pair[1]), "{found:?}");
    Some((*found.first()?, *found.last()?))
}

#[tokio::test]
async fn a_range_is_what_a_real_server_gives() {
    let server = start(Options::default()).await;
    let mut client = Client::connect(&server).await;
    let id = channel("e");
    client.create(&id, json!({})).await;
    for n in 0..LINES {
        client.write(&id, &text(n)).await;
    }
    for (options, expected) in [
        (json!({"count": 10}), Some((232, 241))),
        (json!({"count": 10, "from": hash(100)}), Some((91, 100))),
        (json!({"count": 0}), Some((0, 241))),
        (json!({"count": 100_000}), Some((0, 241))),
        (json!({"cpCount": 1}), Some((199, 241))),
        (json!({"cpCount": 2}), Some((149, 241))),
        (json!({"cpCount": 3}), Some((99, 241))),
        (json!({"cpCount": 100}), Some((0, 241))),
        (json!({"cpCount": 2, "from": hash(130)}), Some((49, 130))),
        // The checkpoint that `from` names is not counted.
        (json!({"cpCount": 1, "from": hash(99)}), Some((49, 99))),
        (json!({"to": "NONE"}), Some((0, 241))),
        (json!({"to": hash(50)}), Some((50, 241))),
        (json!({"to": hash(50), "from": hash(60)}), Some((50, 60))),
        // The wrong way round: the last one was passed before the first one was found.
        (json!({"to": hash(60), "from": hash(50)}), Some((60, 241))),
        (json!({"to": "NONE", "from": hash(5)}), Some((0, 5))),
        (json!({"to": "unknown"}), None),
        (json!({"count": 5, "from": "unknown"}), Some((237, 241))),
    ] {
        assert_eq!(range(&mut client, &id, options.clone()).await, expected, "{options}");
    }
    server.shutdown().await;
}

/// What is counted of a channel that is not there is nothing; what is read from a message on is an error.
#[tokio::test]
async fn a_channel_that_is_missing_has_no_range_to_read_from() {
    let server = start(Options::default()).await;
    let mut client = Client::connect(&server).await;
    client.learn_keeper().await;
    let id = channel("f");
    for options in [json!({"count": 3}), json!({"cpCount": 1})] {
        assert_eq!(range(&mut client, &id, options).await, None);
    }
    for to in ["NONE", "unknown"] {
        let seq = client.ask(json!(["GET_HISTORY_RANGE", id, {"txid": 7, "to": to}])).await;
        assert_eq!(client.frame().await, json!([seq, "ACK"]));
        let path = format!("./datastore/{}/{id}.ndjson", &id[..2]);
        let error = json!({"errno": -2, "code": "ENOENT", "syscall": "open", "path": path});
        assert_eq!(client.text().await, json!(["HISTORY_RANGE_ERROR", 7, error]));
    }
    client.assert_silent().await;
    server.shutdown().await;
}
