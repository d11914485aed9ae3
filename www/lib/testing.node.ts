// Node: `fetch` does not read files, so the module's bytes are read instead.
import { readFile } from "node:fs/promises";
import { useTestingSource } from "./testing.js";

useTestingSource(() => readFile(new URL("./pinfold-testing.wasm", import.meta.url)));

export * from "./testing.js";
