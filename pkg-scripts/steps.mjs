// The steps of `npm test`. Each can be run alone: `npm test -- --only NAME`. Those that have a
// kind run two at a time: cargo's leave a core idle while they link, and the browsers' while they wait. The longest stand first.
import { readdirSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { buildPackage, buildWithinBudget } from "./build.mjs";
import { companionProgram } from "./companion.mjs";
import { mustRun, Plain, root } from "./shell.mjs";
import { ensureChromedriver, ensureChromium, ensureEngines, ensureMoto, ensureNodeModules, ensureRust, ensureTestRunner, targetDirectory } from "./tools.mjs";

const WASM = "wasm32-unknown-unknown";
// One selection of packages for everything that is built natively here: another one would unify the features of
// dependencies differently, and most of them would be built a second time.
const FEATURES = ["--features", "pinfold-operator/object-store,pinfold-operator/parquet"];
const NATIVE_TESTS = ["test", "--workspace", ...FEATURES];
// The tests over sockets wait more than they compute (a client that closes waits for its last note): they wait together.
const THREADS = 2 * availableParallelism();
const WASM_TESTS = ["test", "--package", "pinfold-wasm", "--target", WASM];

// Private items are documented as well, so links to them lead somewhere; a command's help shows an address as it is.
const RUSTDOC = "-D warnings -A rustdoc::private_intra_doc_links -A rustdoc::bare_urls";

const clippy = (...args) => ["cargo", ["clippy", ...args, "--", "-D", "warnings"]];
const node = (...args) => [process.execPath, args];

/** The `*.test.mjs` files of a directory, one after another: they share ports, a browser and two cores. */
function nodeTests(directory, { only, without, reporters = [] } = {}) {
  const wanted = (name) => (only ? name === `${only}.test.mjs` : name.endsWith(".test.mjs") && name !== `${without}.test.mjs`);
  const files = readdirSync(join(root, directory)).filter(wanted);
  if (files.length === 0) throw new Plain(`${directory} holds no ${only ?? "*"}.test.mjs`);
  const reporting = ["tap", ...reporters].flatMap((name) => [`--test-reporter=${name}`, "--test-reporter-destination=stdout"]);
  return node("--test", ...reporting, "--test-concurrency=1", ...files.sort().map((name) => `${directory}/${name}`));
}

/** With a table of the cases at the end. `only`: the name of one file. */
export const interopTests = (only) => nodeTests("tests/interop", { only, reporters: ["./tests/interop/table.mjs"] });

/** Of the packed tarball, or of the one that PINFOLD_TARBALL names. */
export const packagingTests = () => nodeTests("tests/packaging");

/**
 * `quick` steps are those of `npm run check`. `early` begins before the first step what only waits for a network. `prepare` makes
 * sure of what the step needs and may return environment variables for it; `run` is its command, if there is one. `tests`: the command runs tests, and at least one has to run;
 * they are counted by `count`, or as `cargo test` and Node print them. `shows`: what of the output is worth reading also
 * when all is well.
 */
export const STEPS = [
  { name: "format", quick: true, about: "the Rust sources are formatted", prepare: ensureRust, run: ["cargo", ["fmt", "--all", "--check"]] },
  { name: "build", kind: "node", quick: true, about: "the package, within its size budget", prepare: buildWithinBudget },
  { name: "types", kind: "node", quick: true, about: "the TypeScript API compiles, and its misuses do not", prepare: built, run: node("node_modules/typescript/bin/tsc", "-p", "www/types-test") },
  { name: "api", kind: "node", quick: true, about: "the public API is the one under version control", prepare: built, run: node("pkg-scripts/api.mjs") },
  { name: "library", kind: "node", quick: true, about: "the TypeScript layer over a scripted module", prepare: built, run: () => nodeTests("tests/node"), tests: true },
  { name: "audit", kind: "node", quick: true, about: "licences and sources of every crate, who reaches randomness, spelling, workflows", prepare: withNodeModules, run: node("pkg-scripts/audit.mjs") },
  { name: "clippy", kind: "cargo", quick: true, about: "no lint speaks, natively", prepare: ensureRust, run: clippy("--workspace", "--all-targets", ...FEATURES) },
  { name: "clippy-wasm", kind: "cargo", quick: true, about: "no lint speaks, for WebAssembly", prepare: ensureRust, run: clippy("--package", "pinfold-wasm", "--all-targets", "--target", WASM) },
  { name: "clippy-recovery", kind: "cargo", quick: true, about: "the same of the module for recovery", prepare: ensureRust, run: clippy("--package", "pinfold-wasm", "--features", "recovery", "--target", WASM) },
  { name: "docs", kind: "cargo", about: "the documentation of every crate, private items too, without a broken link", prepare: ensureRust, run: ["cargo", ["doc", "--workspace", "--no-deps", "--document-private-items", ...FEATURES]], env: { RUSTDOCFLAGS: RUSTDOC } },
  { name: "native", kind: "cargo", quick: true, about: "protocol, server, command line: units, properties, what must not compile", prepare: ensureRust, run: ["cargo", [...NATIVE_TESTS, "--no-fail-fast"]], env: { RUST_TEST_THREADS: String(THREADS) }, tests: true },
  { name: "vectors", kind: "cargo", about: "every recorded vector, natively", prepare: nativeTestsBuilt, run: async () => [join(await targetDirectory(), "debug/pinfold-testkit"), ["vectors", "tests/vectors", "tests/vectors-2"]], tests: true, count: countVectors },
  { name: "snippets", kind: "cargo", about: "every snippet of README and docs compiles, every command in them exists", prepare: builtWithPrograms, run: node("pkg-scripts/snippets.mjs"), tests: true },
  { name: "wasm-node", kind: "cargo", about: "every recorded vector as WebAssembly, in Node", prepare: wasmTestRunner, run: ["cargo", WASM_TESTS], tests: true },
  { name: "wasm-browser", kind: "cargo", about: "every recorded vector as WebAssembly, in Chromium", prepare: wasmBrowserRunner, run: ["cargo", WASM_TESTS], env: { WASM_BINDGEN_USE_BROWSER: "1" }, tests: true },
  { name: "packaging", kind: "node", about: "the packed tarball in Node, in a page, in workers, under bundlers, and in hosts that close and end things", prepare: withBrowser, run: packagingTests, tests: true },
  // Of the runners for tests, the one in Rust compiles crates for a minute: `npm run hosts` has it.
  { name: "hosts", kind: "node", about: "the newest bundlers, frameworks and programs of the table in README, and the examples built with them", prepare: withBrowser, run: () => nodeTests("tests/hosts", { without: "testing" }), tests: true },
  { name: "browser", kind: "node", about: "the debug page: the recorded numbers, and every fault on demand", prepare: withBrowser, run: () => nodeTests("tests/browser"), tests: true },
  { name: "interop", kind: "node", about: "the published JavaScript peers and the package, through the embedded server", prepare: withCompanion, run: () => interopTests(), tests: true, shows: /^\|.*$/gm },
  { name: "engines", kind: "node", about: "Chromium, Firefox and WebKit: the main job, workers, IndexedDB, the debug page", early: ensureEngines, prepare: withEngines, run: () => nodeTests("tests/engines"), tests: true },
  { name: "elsewhere", kind: "node", about: "older copies in an S3-compatible server, and the plan of a store in DuckDB", prepare: withObjectStore, run: () => nodeTests("tests/elsewhere"), tests: true },
];

async function built() {
  await buildPackage();
}

async function withNodeModules() {
  await ensureRust();
  await ensureNodeModules();
}

async function builtWithPrograms() {
  await built();
  await nativeTestsBuilt();
}

/** The programs among them too, because there are tests that run them. */
async function nativeTestsBuilt() {
  await ensureRust();
  await mustRun("cargo", [...NATIVE_TESTS, "--no-run"], { label: "compiling the native programs and their tests" });
}

async function wasmTestRunner() {
  await ensureRust();
  const testRunner = await ensureTestRunner();
  return { CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER: testRunner, RUSTFLAGS: undefined };
}

async function wasmBrowserRunner() {
  await ensureChromium();
  return { ...(await wasmTestRunner()), CHROMEDRIVER: await ensureChromedriver() };
}

export async function withCompanion() {
  await ensureNodeModules();
  await buildPackage();
  await nativeTestsBuilt();
  return { PINFOLD_COMPANION: await companionProgram(), PINFOLD_TESTKIT: join(await targetDirectory(), "debug/pinfold-testkit") };
}

export async function withObjectStore() {
  await ensureNodeModules();
  await nativeTestsBuilt();
  const debug = join(await targetDirectory(), "debug");
  return { PINFOLD_OPERATOR: join(debug, "pinfold-operator"), PINFOLD_COLUMNS: join(debug, "examples/columns"), PINFOLD_MOTO: await ensureMoto() };
}

export async function withBrowser() {
  const { site } = await buildPackage();
  return { ...(await withCompanion()), PINFOLD_SITE: site, PINFOLD_CHROMIUM: await ensureChromium() };
}

export async function withEngines() {
  return { ...(await withBrowser()), ...(await ensureEngines()) };
}

/** The last line of `vectors` holds the sums. */
function countVectors(output) {
  const sums = output.trimEnd().split("\n").at(-1) ?? "";
  return Number(sums.match(/(\d+) passed/)?.[1] ?? 0);
}
