// The steps of `npm test`, in order of speed. Each is one command that can be run alone: `npm test -- --only NAME`.
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { buildPackage } from "./build.mjs";
import { buildCompanion } from "./companion.mjs";
import { Plain, root } from "./shell.mjs";
import { ensureChromedriver, ensureChromium, ensureNodeModules, ensureRust, ensureWasmBindgen } from "./tools.mjs";

const WASM = "wasm32-unknown-unknown";
const clippy = (...args) => ["cargo", ["clippy", ...args, "--", "-D", "warnings"]];
const node = (...args) => [process.execPath, args];

/** The `*.test.mjs` files of a directory, one after another: they share ports, a browser and two cores. */
function nodeTests(directory) {
  const files = existsSync(join(root, directory)) ? readdirSync(join(root, directory)).filter((name) => name.endsWith(".test.mjs")) : [];
  if (files.length === 0) throw new Plain(`${directory} holds no *.test.mjs`);
  return node("--test", "--test-reporter=tap", "--test-concurrency=1", ...files.sort().map((name) => `${directory}/${name}`));
}

/**
 * `quick` steps are those of `npm run check`. `prepare` makes sure of what the step needs and may return environment
 * variables for it; `run` is its command.
 */
export const STEPS = [
  { name: "fmt", quick: true, about: "the Rust sources are formatted", prepare: ensureRust, run: ["cargo", ["fmt", "--all", "--check"]] },
  { name: "types", quick: true, about: "the TypeScript API compiles, and its misuses do not", prepare: built, run: node("node_modules/typescript/bin/tsc", "-p", "www/types-test") },
  { name: "library", quick: true, about: "the TypeScript layer over a scripted module", prepare: built, run: () => nodeTests("tests/node") },
  { name: "clippy", quick: true, about: "no lint speaks, natively", prepare: ensureRust, run: clippy("--workspace", "--all-targets") },
  { name: "clippy-wasm", quick: true, about: "no lint speaks, for WebAssembly", prepare: ensureRust, run: clippy("--package", "pinfold-wasm", "--target", WASM) },
  { name: "core", quick: true, about: "the protocol: units, properties, what must not compile", prepare: ensureRust, run: ["cargo", ["test", "--package", "pinfold-core"]] },
  { name: "vectors", about: "every recorded vector, natively", prepare: ensureRust, run: ["cargo", ["run", "--quiet", "--package", "pinfold-testkit", "--", "vectors", "tests/vectors"]], count: countVectors },
  { name: "testkit", about: "the scripted server and its interleavings", prepare: ensureRust, run: ["cargo", ["test", "--package", "pinfold-testkit"]] },
  { name: "companion", about: "the server, the command line, the recorded account", prepare: ensureRust, run: ["cargo", ["test", "--package", "pinfold-companion"]] },
  { name: "wasm-node", about: "the bindings in Node, with every vector", prepare: wasmTestRunner, run: ["cargo", ["test", "--package", "pinfold-wasm", "--target", WASM]], env: { WASM_BINDGEN_TEST_ONLY_NODE: "1" } },
  { name: "wasm-browser", about: "the bindings in headless Chromium", prepare: wasmBrowserRunner, run: ["cargo", ["test", "--package", "pinfold-wasm", "--target", WASM]], env: { WASM_BINDGEN_TEST_ONLY_WEB: "1" } },
  { name: "interop", about: "published JavaScript peers against the embedded server", prepare: withCompanion, run: () => nodeTests("tests/interop") },
  { name: "packaging", about: "the packed tarball in Node, in a page, under Vite, in a worker", prepare: withBrowser, run: () => nodeTests("tests/packaging") },
  { name: "browser", about: "the debug page shows the recorded numbers", prepare: withBrowser, run: () => nodeTests("tests/browser") },
];

async function built() {
  await buildPackage();
}

async function wasmTestRunner() {
  await ensureRust();
  const { testRunner } = await ensureWasmBindgen();
  return { CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER: testRunner };
}

async function wasmBrowserRunner() {
  await ensureChromium();
  return { ...(await wasmTestRunner()), CHROMEDRIVER: await ensureChromedriver() };
}

async function withCompanion() {
  await ensureNodeModules();
  return { PINFOLD_COMPANION: await buildCompanion() };
}

async function withBrowser() {
  const { site } = await buildPackage();
  return { ...(await withCompanion()), PINFOLD_SITE: site, PINFOLD_CHROMIUM: await ensureChromium() };
}

/** The last line of `vectors` holds the sums. */
function countVectors(output) {
  const sums = output.trimEnd().split("\n").at(-1) ?? "";
  const number = (word) => Number(sums.match(new RegExp(`(\\d+) ${word}`))?.[1] ?? 0);
  return { passed: number("passed"), failed: number("failed") };
}
