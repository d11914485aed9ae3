// How the time and the memory of a start-up grow with the account: accounts made by the testkit, served by the
// companion over real sockets, opened by the published package in Node and in headless Chromium.
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { chromium } from "playwright-core";
import { buildPackage } from "../../pkg-scripts/build.mjs";
import { buildCompanion, serve } from "../../pkg-scripts/companion.mjs";
import { mustRun } from "../../pkg-scripts/shell.mjs";
import { ensureChromium, targetDirectory } from "../../pkg-scripts/tools.mjs";
import { startUp } from "./start-up.mjs";
import { watched } from "./tasks.mjs";

/** Documents in the drive, and shared folders with 100 each. The third is the account that has to fit into 300 MB. */
const SIZES = [[400, 6], [3_000, 70], [10_000, 200], [30_000, 700]];
const PER_FOLDER = 100;
const NAME = { username: "dora", password: "password-dora" };

/** Calls `each` with what was measured of every size; returns all of it. */
export async function growth(each, sizes = SIZES) {
  const { site } = await buildPackage();
  const companion = await buildCompanion();
  const builder = await accountBuilder();
  const browser = await chromium.launch({
    executablePath: await ensureChromium(),
    args: ["--js-flags=--expose-gc", ...(process.getuid?.() === 0 ? ["--no-sandbox"] : [])],
  });
  const results = [];
  try {
    for (const [documents, folders] of sizes) {
      results.push(await inTemporary((directory) => measured({ site, companion, builder, browser, directory, documents, folders })));
      each(results.at(-1));
    }
  } finally {
    await browser.close();
  }
  return results;
}

/** The program that makes accounts. */
export async function accountBuilder() {
  await mustRun("cargo", ["build", "--package", "pinfold-testkit"], { label: "compiling the account builder" });
  return join(await targetDirectory(), "debug/pinfold-testkit");
}

/** Makes an account with so many documents in the drive, and so many folders, in `directory`; returns what to sign in with. */
export async function makeAccount(builder, directory, documents, folders) {
  await promisify(execFile)(builder, ["account", "--documents", documents, "--folders", folders, "--per-folder", PER_FOLDER,
    "--teams", 0, "--letters", 100, "--user", NAME.username, "--password", NAME.password, directory].map(String));
  return NAME;
}

async function measured({ site, companion, builder, browser, directory, documents, folders }) {
  const account = join(directory, "account");
  await makeAccount(builder, account, documents, folders);
  const { pin } = JSON.parse(await readFile(join(account, "manifest.json"), "utf8"));
  const server = await serve(companion, ["--data", join(account, "data"), "--www", site, "--port", "0"]);
  try {
    const credentials = { origin: server.origin, ...NAME };
    const inNode = await node(credentials);
    const inPage = await page(browser, credentials);
    const tasks = { page: await tasksOf(browser, credentials, false), worker: await tasksOf(browser, credentials, true) };
    const right = ({ answer }) => answer.kind === "complete" && answer.pinDigest === pin.hash;
    return {
      name: `${documents} and ${folders} × ${PER_FOLDER}`,
      documents: inNode.answer.documents,
      pins: inNode.answer.pinCount,
      agrees: [inNode, inPage, tasks.page, tasks.worker].every(right),
      ms: inNode.ms,
      node: { before: inNode.before, peak: inNode.peak },
      page: inPage.bytes,
      longest: { page: tasks.page.longest, worker: tasks.worker.longest },
    };
  } finally {
    await server.stop();
  }
}

async function node(credentials) {
  const script = join(import.meta.dirname, "start-up.mjs");
  const { stdout } = await promisify(execFile)(process.execPath, ["--expose-gc", script, JSON.stringify(credentials)]);
  return JSON.parse(stdout);
}

/**
 * Bytes in the page: the WebAssembly memory (which never shrinks, so it is its own peak), what is live on the JavaScript
 * heap afterwards, and the largest resident set of the page's process beside that of the same process before.
 */
async function page(browser, credentials) {
  const context = await browser.newContext();
  try {
    const page = await context.newPage();
    await page.addInitScript(keepMemory);
    await page.goto(`${credentials.origin}/demo.json`);
    await page.evaluate(`globalThis.startUp = ${startUp}`);
    await page.evaluate(async () => {
      globalThis.library = await import("/dist/index.js");
      await globalThis.library.init();
    });
    const processes = await renderers(browser);
    const before = await largest(processes, "VmRSS");
    const answer = await page.evaluate(async (credentials) => {
      globalThis.opened = await globalThis.startUp(globalThis.library, credentials);
      return globalThis.opened.answer;
    }, credentials);
    const devtools = await context.newCDPSession(page);
    await devtools.send("HeapProfiler.collectGarbage");
    const { usedSize } = await devtools.send("Runtime.getHeapUsage");
    const wasm = await page.evaluate(() => globalThis.wasmMemory.buffer.byteLength);
    return { answer, bytes: { wasm, heap: usedSize, before, peak: await largest(processes, "VmHWM") } };
  } finally {
    await context.close();
  }
}

/** The longest tasks of the page's main thread while the drive is loaded, after the log-in, with the session in the page itself or in a worker. */
async function tasksOf(browser, credentials, inWorker) {
  const context = await browser.newContext();
  try {
    const page = await context.newPage();
    await page.goto(`${credentials.origin}/demo.json`);
    await page.evaluate(async ([credentials, inWorker]) => {
      const library = await import("/dist/index.js");
      await library.init();
      const worker = inWorker ? new Worker("/dist/worker.js", { type: "module" }) : undefined;
      globalThis.session = await library.Session.open(credentials, { store: false, worker });
    }, [credentials, inWorker]);
    return await watched(browser, page, () => page.evaluate(async () => {
      const { kind, pinDigest } = await globalThis.session.loadDrive();
      return { kind, pinDigest };
    }));
  } finally {
    await context.close();
  }
}

/** Runs in the page: keeps the memory of the one module that is made. */
function keepMemory() {
  for (const name of ["instantiate", "instantiateStreaming"]) {
    const original = WebAssembly[name];
    WebAssembly[name] = async (...args) => {
      const made = await original.apply(WebAssembly, args);
      globalThis.wasmMemory = (made.instance ?? made).exports.memory;
      return made;
    };
  }
}

/** The process ids of all pages; one of them is busy, and so the largest. */
async function renderers(browser) {
  const devtools = await browser.newBrowserCDPSession();
  const { processInfo } = await devtools.send("SystemInfo.getProcessInfo");
  await devtools.detach();
  return processInfo.filter(({ type }) => type === "renderer").map(({ id }) => id);
}

/** The largest of a figure of /proc/<id>/status, in bytes; 0 where there is no such file. */
async function largest(processes, figure) {
  const texts = await Promise.all(processes.map((id) => readFile(`/proc/${id}/status`, "utf8").catch(() => "")));
  return Math.max(0, ...texts.map((text) => 1024 * Number(text.match(new RegExp(`${figure}:\\s*(\\d+)`))?.[1] ?? 0)));
}

/** Calls `body` with a directory that is gone afterwards. */
export async function inTemporary(body) {
  const directory = await mkdtemp(join(tmpdir(), "pinfold-growth-"));
  try {
    return await body(directory);
  } finally {
    await rm(directory, { recursive: true, force: true, maxRetries: 3 });
  }
}
