import { cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { Worker } from "node:worker_threads";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** The built library over the scripted double: a fresh copy, because `init()` happens once per copy. */
export async function libraryOverDouble(t) {
  const directory = await mkdtemp(join(tmpdir(), "pinfold-library-"));
  t.after(() => rm(directory, { recursive: true, force: true }));
  await cp(join(root, "dist"), directory, { recursive: true, filter: (path) => !/\.(wasm|d\.ts)$/.test(path) });
  await cp(join(root, "tests/node/double/pinfold.js"), join(directory, "pinfold.js"));
  await writeFile(join(directory, "package.json"), '{"type":"module"}');
  await cp(join(root, "tests/node/double/worker.mjs"), join(directory, "double-worker.mjs"));
  // Node 20 has none, and the double connects to nothing.
  globalThis.WebSocket ??= class {};
  delete globalThis.pinfoldScript;
  delete globalThis.pinfoldLog;
  const at = (name) => import(pathToFileURL(join(directory, name)).href);
  const double = await at("pinfold.js");
  return { ...(await at("index.js")), double, script: double.script, log: double.log, directory };
}

export const credentials = { origin: "https://drive.example/", username: "alice", password: "secret" };

/** A session over the double, initialised. */
export async function openSession(t, options) {
  const library = await libraryOverDouble(t);
  await library.init({ module: new Uint8Array(8) });
  return { library, session: await library.Session.open(credentials, options) };
}

/** An AbortController whose listeners are counted. */
export function countedSignal() {
  const controller = new AbortController();
  const { signal } = controller;
  let listeners = 0;
  const add = signal.addEventListener.bind(signal);
  const remove = signal.removeEventListener.bind(signal);
  signal.addEventListener = (...args) => { listeners += 1; add(...args); };
  signal.removeEventListener = (...args) => { listeners -= 1; remove(...args); };
  return { controller, signal, get listeners() { return listeners; } };
}

/** A worker thread behind the part of the web's `Worker` that the library uses. */
export async function webWorker(t, directory, data = {}) {
  const thread = new Worker(pathToFileURL(join(directory, "double-worker.mjs")), { workerData: { directory, ...data } });
  t.after(() => thread.terminate());
  const worker = {
    thread,
    postMessage: (message) => thread.postMessage(message),
    addEventListener: (type, listener) =>
      thread.on(type, (value) => {
        listener(type === "message" ? { data: value } : { type, error: value });
      }),
  };
  await new Promise((resolve) => thread.once("message", resolve));
  return worker;
}
