//! The front end on a world of `pinfold/testing`, in Node: `NODE_PATH=… cargo test --target wasm32-unknown-unknown`.
#![cfg(target_arch = "wasm32")]

use front_end_in_rust::open;
use js_sys::{Array, JSON, Reflect};
use wasm_bindgen::JsCast as _;
use wasm_bindgen::prelude::*;
use wasm_bindgen_test::wasm_bindgen_test;

#[wasm_bindgen(module = "pinfold/testing")]
extern "C" {
    #[wasm_bindgen(catch, js_name = testWorld)]
    async fn test_world(options: &JsValue) -> Result<JsValue, JsValue>;

    type TestWorld;
    #[wasm_bindgen(method, getter)]
    fn credentials(this: &TestWorld) -> JsValue;
    #[wasm_bindgen(method, getter)]
    fn options(this: &TestWorld) -> JsValue;
    #[wasm_bindgen(method)]
    fn unpinned(this: &TestWorld) -> Array;
    #[wasm_bindgen(method)]
    fn holds(this: &TestWorld) -> JsValue;
    #[wasm_bindgen(method)]
    fn close(this: &TestWorld);
    #[wasm_bindgen(method, setter)]
    fn set_online(this: &TestWorld, online: bool);
}

async fn world(options: &str) -> TestWorld {
    test_world(&JSON::parse(options).unwrap()).await.unwrap().unchecked_into()
}

#[wasm_bindgen_test]
async fn everything_is_pinned_and_the_server_agrees() {
    let world = world(r#"{ "seed": 1, "folders": 4 }"#).await;
    let (session, complete) = open(&world.credentials(), &world.options()).await.unwrap();
    assert!(complete);
    assert_eq!(world.unpinned().length(), 0);
    session.close().await.unwrap();
    world.close();
}

#[wasm_bindgen_test]
async fn a_folder_that_the_server_says_is_empty_takes_nothing_from_the_list() {
    let world = world(r#"{ "seed": 2, "folders": 3, "faults": [{ "command": "GET_HISTORY", "folder": 1, "fault": "empty" }] }"#).await;
    let (session, complete) = open(&world.credentials(), &world.options()).await.unwrap();
    assert!(!complete);
    let commands = Reflect::get(&world.holds(), &"commands".into()).unwrap().unchecked_into::<Array>();
    let names: Vec<_> = commands.iter().map(|one| one.unchecked_into::<Array>().get(0)).collect();
    assert!(names.contains(&"PIN".into()) && !names.contains(&"RESET".into()));
    session.close().await.unwrap();
    world.close();
}

#[wasm_bindgen_test]
async fn a_server_that_is_not_there_is_said() {
    let world = world(r#"{ "seed": 3 }"#).await;
    world.set_online(false);
    let error = open(&world.credentials(), &world.options()).await.err().unwrap();
    assert_eq!(Reflect::get(&error, &"code".into()).unwrap(), "net/unreachable");
    world.close();
}
