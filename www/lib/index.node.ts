// Node: `fetch` does not read files, so the module's bytes are read instead.
import { readFile } from "node:fs/promises";
import { useDefaultSource } from "./init.js";

useDefaultSource(() => readFile(new URL("./pinfold.wasm", import.meta.url)));

export * from "./index.js";
