// What the tests that cross languages share: a recorded account, the companion, a browser, the expected answers.
import assert from "node:assert/strict";
import { appendFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import { chromium } from "playwright-core";
import { recordedAccounts, seedDirectory } from "../../pkg-scripts/accounts.mjs";
import { buildCompanion, serve } from "../../pkg-scripts/companion.mjs";

export const accounts = await recordedAccounts();
/** The account with a folder that is closed to it. */
export const { manifest } = accounts.find(({ name }) => name === "fixture");
export const credentials = { username: manifest.username, password: manifest.password };

/** A directory that is gone after the test. */
export async function temporary(t) {
  const directory = await mkdtemp(join(tmpdir(), "pinfold-test-"));
  t.after(() => rm(directory, { recursive: true, force: true, maxRetries: 3 }));
  return directory;
}

/**
 * The embedded server on a fresh copy of the recorded accounts, serving `www` at its root. Returns its origin. `surplus`
 * is an id that the server's list of `manifest`'s account holds besides.
 */
export async function serveAccount(t, www, { surplus, allowOrigin } = {}) {
  const program = process.env.PINFOLD_COMPANION ?? (await buildCompanion());
  const data = await seedDirectory(await temporary(t));
  if (surplus) {
    const key = manifest.edPublic.replaceAll("/", "-");
    await appendFile(join(data, "pins", key.slice(0, 2), `${key}.ndjson`), `${JSON.stringify(["PIN", [surplus], Date.now()])}\n`);
  }
  const server = await serve(program, ["--www", www, "--data", data, "--port", "0", ...(allowOrigin ? ["--allow-origin", allowOrigin] : [])]);
  t.after(() => server.stop());
  return server.origin;
}

/** Milliseconds that a test waits for what has to come: a machine may be busy with other things, and a test that is right waits for nothing long. */
export const PATIENCE = 120_000;

let browser;

/** One headless Chromium for all tests of a file. */
function sharedBrowser() {
  browser ??= chromium.launch({
    executablePath: process.env.PINFOLD_CHROMIUM ?? "/usr/bin/chromium",
    args: process.getuid?.() === 0 ? ["--no-sandbox"] : [],
  });
  return browser;
}
after(async () => (await browser)?.close());

export const browserVersion = async () => (await sharedBrowser()).version();

/** A page with storage of its own; `problems` collects its errors and complaints. */
export async function openPage(t, address, options = {}) {
  const page = await (await sharedBrowser()).newPage(options);
  t.after(() => page.close());
  page.setDefaultTimeout(PATIENCE);
  const problems = [];
  page.on("pageerror", (error) => problems.push(String(error)));
  // Refused by the content security policy, absent files, and whatever else the browser complains about.
  page.on("console", (message) => message.type() === "error" && problems.push(message.text()));
  await page.goto(address);
  return { page, problems };
}

/** Checks what `run` of job.js returned against the recording. */
export function checkAnswers(answers) {
  const folders = Object.entries(manifest.folders).map(([id, { channel, restricted, json }]) => ({
    id, channel, state: restricted ? "restricted" : "loaded", documents: restricted ? null : Object.keys(json.filesData).length,
  }));
  const byId = (a, b) => a.id.localeCompare(b.id);
  assert.deepEqual(answers.folders.sort(byId), folders.sort(byId));
  assert.equal(answers.kind, folders.every(({ state }) => state === "loaded") ? "complete" : "partial");
  assert.equal(answers.count, manifest.pin.hashedList.length);
  assert.equal(answers.digest, manifest.pin.hash);
  assert.deepEqual(answers.channels, manifest.pin.hashedList);
  assert.equal(answers.account.edPublic, manifest.edPublic);
  assert.equal(answers.account.driveChannel, manifest.driveChannel);
  assert.equal(answers.receipt.confirmed, true);
  assert.equal(answers.receipt.count, manifest.pin.hashedList.length);
  assert.deepEqual(answers.letters, manifest.mailbox.messages.map(({ hash, author, time, msg }) => ({ hash, author, time, type: msg.type })));
  assert.equal(answers.refused, "login/refused");
}
