// What cold.mjs opens: a page that can sign in as soon as the library is there.
import { init, Session } from "../../dist/index.js";

await init({ module: fetch("/pinfold.wasm") });
globalThis.open = Session.open;
globalThis.readyAt = performance.now();
