//! Runs of the explorer for the page that shows them.

use crate::support::{get, start};
use pinfold_server::Options;
use serde_json::Value;

#[tokio::test]
async fn a_seed_that_loses_is_found_and_replayed_beside_the_product() {
    let server = start(Options::default()).await;
    let runs = |path: &str| {
        let address = format!("{}/pinfold/replay/{path}", server.origin());
        async move { serde_json::from_slice::<Value>(&get(address).await.bytes().await.unwrap()).unwrap() }
    };
    let found = runs("race-2019/from/0").await;
    let seed = found["runs"][0]["seed"].as_u64().unwrap();
    assert_eq!(runs(&format!("race-2019/{seed}")).await, found);
    let lost = |run: &Value| -> usize {
        run["steps"].as_array().unwrap().iter().map(|step| step["lost"].as_array().unwrap().len()).sum()
    };
    let [mutant, product] = [&found["runs"][0], &found["runs"][1]];
    assert!(lost(mutant) > 0 && mutant["violation"].as_str().unwrap().starts_with("I1"), "{mutant}");
    assert_eq!((lost(product), product["ended"][0].as_str()), (0, Some("complete")), "{product}");
}

#[tokio::test]
async fn only_known_clients_and_exact_seeds_run() {
    let server = start(Options::default()).await;
    for (path, status) in [("nobody/1", 404), ("race-2019/9007199254740993", 404), ("race-2019/x", 400)] {
        let answer = get(format!("{}/pinfold/replay/{path}", server.origin())).await;
        assert_eq!(answer.status(), status, "{path}");
    }
}
