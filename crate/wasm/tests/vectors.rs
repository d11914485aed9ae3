//! Every recorded vector through the WebAssembly build: what passes natively must pass where it is used.
//!
//! ```sh
//! cargo test -p pinfold-wasm --target wasm32-unknown-unknown --test vectors           # in Node
//! WASM_BINDGEN_USE_BROWSER=1 CHROMEDRIVER=… cargo test …                              # in a browser
//! ```

/// One test for each file, and the list of their names.
macro_rules! vectors {
    ($($stem:ident)*) => {
        #[cfg(target_arch = "wasm32")]
        mod wasm {
            use pinfold_testkit::vectors::{checker, run_text};
            use wasm_bindgen_test::wasm_bindgen_test;

            fn run(stem: &str, text: &str) {
                let report = run_text(stem, text);
                assert!(report.cases > 0, "{stem} has no cases");
                assert!(report.is_good(), "{report}");
                // A file that no checker serves is not supported, and says so; one that is, passes wholly.
                assert!(checker(stem).is_none() || report.passed == report.cases, "{report}");
                wasm_bindgen_test::console_log!("{report}");
            }

            $(
                #[wasm_bindgen_test]
                fn $stem() {
                    run(
                        stringify!($stem),
                        include_str!(concat!("../../../tests/vectors/", stringify!($stem), ".json")),
                    );
                }
            )*
        }

        #[cfg(not(target_arch = "wasm32"))]
        const STEMS: &[&str] = &[$(stringify!($stem)),*];
    };
}

vectors! {
    blobs
    chainpad_logs
    chainpad_parts
    chat_crypto
    checkpoint_prefix
    end_to_end
    hash_helpers
    hrefs
    http_challenge
    login
    login_block
    mailbox_crypto
    mailbox_sequences
    pin_hash
    pin_logs
    pin_sets_team
    pin_sets_user
    roster_logs
    rpc
    secrets
    sym_decrypt
    sym_encrypt
    sym_string_key
    team_crypto
    transcripts
}

/// A browser cannot list the folder, so the list above is checked natively.
#[cfg(not(target_arch = "wasm32"))]
#[test]
fn every_vector_file_is_in_the_list() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/vectors");
    let names = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
    let mut stems: Vec<String> =
        names.filter_map(|name| name.to_str()?.strip_suffix(".json").map(str::to_owned)).collect();
    stems.sort();
    assert_eq!(stems, STEMS);
}
