// Builds the npm package into dist/ and the demo page's site into the target directory. Quick when nothing changed.
import { createHash } from "node:crypto";
import { copyFile, cp, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join, relative, resolve } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { incidentsOf, offerOf, recordedAccounts, recordedIncidents } from "./accounts.mjs";
import { shortImports } from "./imports.mjs";
import { forgetPlaces, trapAtOnce } from "./panics.mjs";
import { main, mustRun, Plain, root, say, seconds } from "./shell.mjs";
import { ensureBindings, ensureNodeModules, ensureRust, remapping, targetDirectory } from "./tools.mjs";

/**
 * What the WebAssembly may weigh in brotli on the way to a browser; a heavier one fails `npm run build`, the tests' step of that name and a release. What was measured last,
 * rounded up: lower it when the module gets lighter, raise it only with a reason. (25 bytes more of code once made it
 * 1,300 heavier: how well it compresses depends on where things come to lie.)
 */
const MODULES = [
  { name: "pinfold", crate: "pinfold-wasm", features: [], budget: 299_500 },
  // Loaded by whoever imports `pinfold/recovery`, and by nobody else: docs/adr/0006-recovery-module.md.
  { name: "pinfold-recovery", crate: "pinfold-wasm", features: ["recovery"], budget: 481_400 },
];
/** For tests of other people's programs, which load it from the disk, and for the page that replays seeds: nobody else waits for its bytes, so it has no budget. */
const TESTING = { name: "pinfold-testing", crate: "pinfold-testing", features: [] };
const WASM_TARGET = "wasm32-unknown-unknown";
const WASM_FEATURES = ["simd", "bulk-memory", "sign-ext", "mutable-globals", "nontrapping-float-to-int", "reference-types", "multivalue"];

let building;

/**
 * Builds the package, once in this process; returns the paths that other scripts need. `testing: false` leaves `pinfold/testing` as it
 * is, or out: one page alone needs it, and it takes as long as the other two. {@link addTesting} brings it.
 */
export const buildPackage = ({ testing = true } = {}) => (building ??= build(testing ? [...MODULES, TESTING] : MODULES));

/** As {@link buildPackage}; throws where a module is over its budget. What is built can be tested all the same. */
export async function buildWithinBudget() {
  const built = await buildPackage();
  if (built.heavy.length > 0) throw new Plain(built.heavy.join("; "));
  return built;
}

/** Builds `pinfold/testing` after the others, into the package and into a site that is served already. `how`: of {@link run}. */
export async function addTesting(site, how = {}) {
  const target = await targetDirectory();
  const [stampFile, stamp] = await stampOf(target);
  const wasm = await compileWasm(target, TESTING, how);
  const { [TESTING.name]: kept, ...others } = stamp.glue ?? {};
  const made = await glueDigest(wasm);
  if (kept !== made || !(await exists(`pkg/${TESTING.name}.js`))) {
    // What is cut off in here is made anew.
    await writeFile(stampFile, JSON.stringify({ ...stamp, glue: others }));
    await bind(await ensureBindings(), TESTING.name, wasm, how);
    await writeFile(stampFile, JSON.stringify({ ...stamp, glue: { ...others, [TESTING.name]: made } }));
  }
  for (const to of [join(root, "dist"), join(site, "dist")]) await place(TESTING.name, to);
}

/** What was built last, and where that is noted. */
async function stampOf(target) {
  const stampFile = join(target, "pinfold-build.json");
  return [stampFile, JSON.parse(await readFile(stampFile, "utf8").catch(() => "{}"))];
}

/** What the glue of a module is made from. */
const glueDigest = (wasm) => digest([wasm, "pkg-scripts/build.mjs", "pkg-scripts/imports.mjs", "pkg-scripts/panics.mjs", "Cargo.lock"]);

async function build(modules) {
  const began = performance.now();
  await ensureRust();
  const target = await targetDirectory();
  const [stampFile, stamp] = await stampOf(target);

  // Three things run beside the compiler: npm fetches its packages, the program for the bindings is built, and a finished module is
  // optimised. None of them uses more than one core, so the next module is compiled at the same time. If one fails, the script says so
  // at the end, where it waits for all of them.
  const glue = {};
  const packages = ensureNodeModules();
  const bindings = ensureBindings();
  const others = [packages, bindings];
  const bound = async ({ name }, wasm) => {
    glue[name] = await glueDigest(wasm);
    if (stamp.glue?.[name] === glue[name] && (await exists(`pkg/${name}.js`)) && (await exists(`dist/${name}.wasm`))) return;
    // What is cut off in here is made anew.
    stamp.library = undefined;
    delete stamp.glue?.[name];
    await writeFile(stampFile, JSON.stringify(stamp));
    await packages;
    await bind(await bindings, name, wasm);
  };
  for (const other of others) other.catch(() => {});
  for (const module of modules) {
    const wasm = await compileWasm(target, module);
    const made = bound(module, wasm);
    made.catch(() => {});
    others.push(made);
  }
  await Promise.all(others);
  const library = await digest(["www/lib", "www/demo", "www/worker", "www/types-test", "tsconfig.base.json", "tsconfig.json", "package-lock.json"]);
  if (stamp.library !== library || !(await exists("dist/index.js"))) {
    await publish();
    await mustRun(process.execPath, ["node_modules/typescript/bin/tsc", "-b", "--force", "www/worker"], { label: "compiling the TypeScript API", show: "failure" });
  }
  await writeFile(stampFile, JSON.stringify({ glue: { ...stamp.glue, ...glue }, library }));
  const site = await assembleSite(target);
  const heavy = await reportSize();
  say(`  package ready in dist/ (${seconds(performance.now() - began)})`);
  return { site, target, heavy };
}

async function compileWasm(target, { name, crate, features }, how) {
  // Beside the flags of .cargo/config.toml. Names of files are zeros in the end, and their lengths would still move what lies behind them.
  const remapped = ["--config", `target.${WASM_TARGET}.rustflags=${JSON.stringify(remapping("--remap-path-prefix"))}`];
  await mustRun("cargo", ["build", "--package", crate, "--features", features.join(","), "--release", "--target", WASM_TARGET, ...remapped], {
    ...how,
    label: `compiling the library to WebAssembly (${name})`,
    // The first would replace the flags of .cargo/config.toml; with the second the bytes depend on what was built before.
    env: { RUSTFLAGS: undefined, CARGO_INCREMENTAL: "0" },
  });
  // Cargo links every selection of features to the same file, the next one while this one is still read: each has a copy of its own.
  const own = join(target, "modules", `${name}.wasm`);
  await mkdir(join(target, "modules"), { recursive: true });
  await copyFile(join(target, WASM_TARGET, `release/${crate.replace("-", "_")}.wasm`), own);
  return own;
}

/** The generated glue of one module into pkg/. */
async function bind(bindings, name, wasm, how) {
  // No default path: `new URL` stands in www/lib/init.ts and www/lib/recovery.ts, and nowhere else.
  await mustRun(...bindings(wasm, "pkg", name), { ...how, label: "generating the bindings", show: "failure" });
  const bound = join(root, `pkg/${name}_bg.wasm`);
  await writeFile(bound, await trapAtOnce(await readFile(bound)));
  const optimised = join(root, `pkg/${name}.opt.wasm`);
  // Measured on this module: -O3, -Os and -Oz weigh the same in brotli (within 0.1 %) and decrypt equally fast; with their
  // control flow made anew, -Oz is 1.6 KB lighter, and as fast.
  // Who compiled it with which features stands in two sections that no engine reads.
  // Nothing of ours lies below 1,024: the end of the stack is there, which is not reached before the engine ends the program.
  // So an address and what is added to it can be one instruction: 1.6 to 2.6 KB in brotli.
  const passes = ["--flatten", "--local-cse", "--rereloop", "-Oz", "-Oz", "--low-memory-unused", "--strip-producers", "--strip-target-features"];
  await mustRun(process.execPath, ["node_modules/binaryen/bin/wasm-opt", ...passes, ...WASM_FEATURES.map((feature) => `--enable-${feature}`), bound, "-o", optimised], {
    ...how,
    label: "optimising the WebAssembly",
    show: "failure",
  });
  const smallest = await readFile(optimised);
  forgetPlaces(smallest);
  const glueFile = join(root, `pkg/${name}.js`);
  const { wasm: last, glue } = shortImports(smallest, await readFile(glueFile, "utf8"));
  await writeFile(bound, last);
  await writeFile(glueFile, guardedGlue(glue, name));
  await rm(optimised);
  const declarations = join(root, `pkg/${name}.d.ts`);
  // Those of `pinfold/testing` are written by hand (www/lib), so that the rest compiles without that module.
  if (name === TESTING.name) await rm(declarations);
  else await writeFile(declarations, portable(await readFile(declarations, "utf8")));
}

/** The glue, which gives the functions of its instance to www/lib/trap.ts: there a trap is noticed. */
function guardedGlue(glue, name) {
  const line = "wasm = instance.exports;";
  if (glue.split(line).length !== 2) throw new Plain("the glue has another form than wasm-bindgen gave it so far");
  return `import { guarded } from "./trap.js";\n${glue.replace(line, `wasm = guarded(instance.exports, "${name}");`)}`;
}

/** dist/ anew, with what of the generated glue is published. */
async function publish() {
  await rm(join(root, "dist"), { recursive: true, force: true });
  await mkdir(join(root, "dist"));
  for (const { name } of [...MODULES, TESTING]) {
    if (name === TESTING.name && !(await exists(`pkg/${name}.js`))) continue;
    await place(name, join(root, "dist"));
    if (name !== TESTING.name) await cp(join(root, `pkg/${name}.d.ts`), join(root, `dist/${name}.d.ts`));
  }
  for (const file of ["wasm-file.d.ts", "pinfold-testing.d.ts"]) await cp(join(root, "www/lib", file), join(root, "dist", file));
  // Base64 of the bytes themselves would be twice as long to read, and no shorter on the way.
  const compressed = gzipSync(await readFile(join(root, "dist/pinfold.wasm")), { level: 9 }).toString("base64");
  await writeFile(join(root, "dist/inline-module.js"), `export const compressed = "${compressed}";\n`);
  await publishInspector();
}

/** The WebAssembly and the glue of a module. The glue comes last: a page that finds it finds the other as well. */
async function place(name, to) {
  await cp(join(root, `pkg/${name}_bg.wasm`), join(to, `${name}.wasm`));
  await cp(join(root, `pkg/${name}.js`), join(to, `${name}.js`));
}

/** What `pinfold/inspect` is made of: the files of the debug page that its panel imports, and their style sheets as one text. */
async function publishInspector() {
  const [from, to] = [join(root, "www/demo"), join(root, "dist/inspect")];
  await mkdir(to);
  const names = ["inspector.js"];
  // The list grows while it is gone through.
  for (const name of names) {
    const text = await readFile(join(from, name), "utf8");
    await writeFile(join(to, name), text);
    for (const [, next] of text.matchAll(/^(?:import|export) .* from "\.\/([\w-]+\.js)";$/gm)) if (!names.includes(next)) names.push(next);
  }
  const sheets = ["pieces.css", "frames.css", "mailbox.css", "inspect.css"].map((name) => readFile(join(from, name), "utf8"));
  await writeFile(join(to, "style.js"), `export const css = ${JSON.stringify((await Promise.all(sheets)).join("\n"))};\n`);
}

/** The generated declarations without the names that only some projects' libraries have: see www/lib/host-types.ts. */
function portable(declarations) {
  const start = declarations.indexOf("export type InitInput");
  if (start < 0) throw new Plain("the generated declarations have another form than wasm-bindgen gave them so far");
  const classes = declarations
    .slice(0, start)
    .replaceAll(/^ *\[Symbol\.dispose\]\(\): void;\n/gm, "")
    .replaceAll(/\bAbortSignal\b/g, "Signal");
  return `import type { Fetch, Signal } from "./host-types.js";\n\n${classes}export default function init(source: { module_or_path: unknown }): Promise<unknown>;\n`;
}

/**
 * The demo page and the package as the companion serves them, `/` and `/dist/`; in demo.json the accounts that the
 * page offers, or with `upstream` none.
 */
export async function assembleSite(target, { upstream = false } = {}) {
  const site = join(target, upstream ? "site-upstream" : "site");
  await rm(site, { recursive: true, force: true });
  await cp(join(root, "www/demo"), site, { recursive: true });
  await cp(join(root, "dist"), join(site, "dist"), { recursive: true });
  const offer = upstream
    ? { accounts: [], incidents: [], faults: false }
    : { accounts: offerOf(await recordedAccounts()), incidents: incidentsOf(await recordedIncidents()), faults: true };
  await writeFile(join(site, "demo.json"), JSON.stringify(offer));
  return site;
}

/** Says what each module weighs; returns what is to be said of those over their budgets. */
async function reportSize() {
  const heavy = [];
  for (const { name, budget } of MODULES) {
    const wasm = await readFile(join(root, `dist/${name}.wasm`));
    const glue = await readFile(join(root, `dist/${name}.js`));
    const brotli = brotliCompressSync(wasm, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }).length;
    const kb = (bytes) => `${(bytes / 1000).toFixed(1)} KB`;
    say(`  ${name}.wasm: ${kb(wasm.length)} raw, ${kb(gzipSync(wasm, { level: 9 }).length)} gzip, ${kb(brotli)} brotli (budget ${kb(budget)}); its glue: ${kb(glue.length)} raw, ${kb(gzipSync(glue, { level: 9 }).length)} gzip`);
    if (brotli > budget) heavy.push(`${name}.wasm is ${kb(brotli)} in brotli, over its budget of ${kb(budget)}`);
  }
  return heavy;
}

/** One digest over files and directories: names and contents. */
async function digest(paths) {
  const hash = createHash("sha256");
  for (const path of paths) {
    const full = resolve(root, path);
    const files = (await readdir(full, { recursive: true, withFileTypes: true }).catch(() => undefined))
      ?.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name)).sort() ?? [full];
    for (const file of files) hash.update(relative(root, file)).update("\0").update(await readFile(file)).update("\0");
  }
  return hash.digest("hex");
}

async function exists(path) {
  return (await readFile(join(root, path)).catch(() => undefined)) !== undefined;
}

if (process.argv[1] === import.meta.filename) await main(buildWithinBudget);
