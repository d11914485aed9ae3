// What `import file from "pinfold/pinfold.wasm"` gives: each tool makes something else of the file (its address, the compiled module).
// `init({ module: file })` takes all of it.
import type { ModuleSource } from "./module-file.js";

declare const file: ModuleSource;
export default file;
