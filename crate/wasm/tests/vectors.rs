//! Every recorded vector through the WebAssembly build: what passes natively must pass where it is used.
//!
//! ```sh
//! cargo test -p pinfold-wasm --target wasm32-unknown-unknown --test vectors           # in Node
//! WASM_BINDGEN_USE_BROWSER=1 CHROMEDRIVER=… cargo test …                              # in a browser
//! ```
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops at the first surprise"
)]

#[cfg(target_arch = "wasm32")]
fn run(stem: &str, text: &str) {
    use pinfold_testkit::vectors::{checker, run_text};
    let report = run_text(stem, text);
    assert!(report.cases > 0, "{stem} has no cases");
    assert!(report.is_good(), "{report}");
    // A file that no checker serves is not supported, and says so; one that is, passes wholly.
    assert!(checker(stem).is_none() || report.passed == report.cases, "{report}");
    wasm_bindgen_test::console_log!("{report}");
}

/// One test for each file of a folder, and the list of their names.
macro_rules! vectors {
    ($folder:literal as $name:ident: $($stem:ident)*) => {
        #[cfg(target_arch = "wasm32")]
        mod $name {
            use wasm_bindgen_test::wasm_bindgen_test;

            $(
                #[wasm_bindgen_test]
                fn $stem() {
                    super::run(
                        stringify!($stem),
                        include_str!(concat!("../../../tests/", $folder, "/", stringify!($stem), ".json")),
                    );
                }
            )*
        }

        #[cfg(not(target_arch = "wasm32"))]
        mod $name {
            #[test]
            fn every_file_of_the_folder_is_in_the_list() {
                assert_eq!(super::stems($folder), [$(stringify!($stem)),*]);
            }
        }
    };
}

vectors! {
    "vectors" as vectors:
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

vectors! {
    "vectors-2" as vectors_2:
    chat_crypto
    end_to_end
    hash_helpers
    hrefs
    login_block
    mailbox_sequences
    pin_hash
    pin_sets_user
    roster_logs
    rpc
    secrets
    transcripts
}

/// A browser cannot list a folder, so the lists above are checked natively.
#[cfg(not(target_arch = "wasm32"))]
fn stems(folder: &str) -> Vec<String> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests").join(folder);
    let names = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
    let mut stems: Vec<String> =
        names.filter_map(|name| name.to_str()?.strip_suffix(".json").map(str::to_owned)).collect();
    stems.sort();
    stems
}
