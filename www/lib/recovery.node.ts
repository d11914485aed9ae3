// Node: `fetch` does not read files, so the module's bytes are read instead.
import { readFile } from "node:fs/promises";
import { useRecoverySource } from "./recovery.js";

useRecoverySource(() => readFile(new URL("./pinfold-recovery.wasm", import.meta.url)));

export * from "./recovery.js";
