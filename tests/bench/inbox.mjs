// Ten thousand letters arrive in a page: how long its main thread is kept from everything else, with the session in a
// worker and in the page itself. The account is made by the testkit and served by the companion over a real socket.
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { chromium } from "playwright-core";
import { buildPackage } from "../../pkg-scripts/build.mjs";
import { buildCompanion, serve } from "../../pkg-scripts/companion.mjs";
import { mustRun } from "../../pkg-scripts/shell.mjs";
import { ensureChromium, targetDirectory } from "../../pkg-scripts/tools.mjs";
import { inTemporary } from "./growth.mjs";
import { watched } from "./tasks.mjs";

/** Three quarters of them come: reading begins at the end of the dismissed quarter. */
const LETTERS = 13_336;
const COME = LETTERS - LETTERS / 4 + 1;
const NAME = { username: "dora", password: "password-dora" };

/** Calls `each` with what was measured in each place; returns both. */
export async function inbox(each) {
  const { site } = await buildPackage();
  const companion = await buildCompanion();
  await mustRun("cargo", ["build", "--package", "pinfold-testkit"], { label: "compiling the account builder" });
  const builder = join(await targetDirectory(), "debug/pinfold-testkit");
  return inTemporary(async (directory) => {
    await promisify(execFile)(builder, ["account", "--documents", 10, "--folders", 2, "--per-folder", 2, "--teams", 0,
      "--letters", LETTERS, "--user", NAME.username, "--password", NAME.password, join(directory, "account")].map(String));
    const server = await serve(companion, ["--data", join(directory, "account/data"), "--www", site, "--port", "0"]);
    const browser = await chromium.launch({
      executablePath: await ensureChromium(),
      args: process.getuid?.() === 0 ? ["--no-sandbox"] : [],
    });
    try {
      const results = [];
      for (const worker of [true, false]) {
        results.push(await measured(browser, { origin: server.origin, ...NAME }, worker));
        each(results.at(-1));
      }
      return results;
    } finally {
      await browser.close();
      await server.stop();
    }
  });
}

async function measured(browser, credentials, worker) {
  const page = await browser.newPage();
  try {
    await page.goto(`${credentials.origin}/demo.json`);
    await page.evaluate(open, [credentials, worker]);
    const { answer: read, longest } = await watched(browser, page, () => page.evaluate(readAll));
    return {
      name: worker ? "session in a worker" : "session in the page",
      agrees: read.count === COME && read.ordered,
      ...read,
      longest,
    };
  } finally {
    await page.close();
  }
}

/** Runs in the page. */
async function open([credentials, inWorker]) {
  const library = await import("/dist/index.js");
  await library.init();
  const worker = inWorker ? new Worker("/dist/worker.js", { type: "module" }) : undefined;
  globalThis.session = await library.Session.open(credentials, { worker, store: false });
  await globalThis.session.loadDrive();
}

/** Runs in the page: every letter that was there, in its order. */
async function readAll() {
  const began = performance.now();
  let [count, first, last, ordered] = [0, 0, -1, true];
  for await (const letter of globalThis.session.mailbox("notifications", { backlogOnly: true })) {
    first ||= performance.now() - began;
    ordered &&= letter.position === last + 1;
    last = letter.position;
    count += 1;
  }
  return { count, first, ms: performance.now() - began, ordered };
}
