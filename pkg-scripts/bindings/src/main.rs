//! `pinfold-bindings WASM DIRECTORY NAME`: as `wasm-bindgen --target web --omit-default-module-path --out-dir DIRECTORY
//! --out-name NAME WASM`.

use std::error::Error;
use wasm_bindgen_cli_support::Bindgen;

fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [wasm, directory, name] = arguments.as_slice() else {
        return Err("pinfold-bindings WASM DIRECTORY NAME".into());
    };
    let mut bindgen = Bindgen::new();
    bindgen.web(true)?.input_path(wasm).typescript(true).omit_default_module_path(true).out_name(name);
    Ok(bindgen.generate(directory)?)
}
