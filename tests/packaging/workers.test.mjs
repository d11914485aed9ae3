// The files of docs/workers.md as they stand, from the packed tarball: built with Vite and in its development server, and a thread of Node.
import assert from "node:assert/strict";
import { readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { build, createServer } from "vite";
import { mustRun, root } from "../../pkg-scripts/shell.mjs";
import { snippetsOf } from "../../pkg-scripts/snippets.mjs";
import { html, project } from "./project.mjs";
import { credentials, manifest, openPage, serveAccount } from "./support.mjs";

/** Each block is a file, whose name stands in its first line. */
const files = Object.fromEntries(snippetsOf("workers.md", await readFile(join(root, "docs/workers.md"), "utf8")).map(({ lines }) => [lines[0].slice(3), lines.join("\n")]));
const pins = manifest.pin.hashedList.length;
const PAGES = {
  page: [`${pins} pins, the drive is partial`],
  "own-page": ["the answer is 9", "a partial drive"],
  "job-page": [`${pins} pins of a partial drive`],
  "shared-page": [`${pins} pins, the drive is partial`],
  "service-page": [`${pins} pins`],
};

/** A project with these files, and a page for each script that is one. */
async function made(t) {
  const pages = Object.keys(PAGES).map((name) => [`${name}.html`, html(`/${name}.js`)]);
  return project(t, { ...files, ...Object.fromEntries(pages) });
}

/** What the script of a page shows, in a browser that has the account at hand. */
async function shown(t, origin, name) {
  const { page, problems } = await openPage(t, "about:blank");
  await page.addInitScript((account) => {
    const texts = [];
    Object.assign(globalThis, account, { texts, show: (text) => texts.push(text) });
  }, credentials);
  await page.goto(`${origin}/${name}.html`);
  const wanted = PAGES[name].length;
  await page.waitForFunction((count) => globalThis.texts.length >= count, wanted).catch((error) => {
    throw new Error(`${name} shows too little: ${problems.join("\n") || error.message}`);
  });
  return page.evaluate(() => globalThis.texts);
}

test("every page of docs/workers.md has its script there, and every script is one of these", () => {
  const workers = ["own-worker", "job-worker", "shared-worker", "service-worker", "thread", "threads"];
  assert.deepEqual(Object.keys(files).sort(), [...Object.keys(PAGES), ...workers].map((name) => `${name}.js`).sort());
});

test("built with Vite: a worker of the package, one's own, one with the session, a shared worker, a service worker", async (t) => {
  const directory = await made(t);
  const entries = [...Object.keys(PAGES).map((name) => [name, join(directory, `${name}.html`)]), ["service-worker", join(directory, "service-worker.js")]];
  await build({
    root: directory, configFile: false, logLevel: "warn",
    build: { target: "esnext", rollupOptions: { input: Object.fromEntries(entries), output: { entryFileNames: "[name].js" } } },
  });
  const origin = await serveAccount(t, join(directory, "dist"));
  for (const [name, texts] of Object.entries(PAGES)) assert.deepEqual((await shown(t, origin, name)).sort(), [...texts].sort(), name);
});

test("Vite's development server finds `pinfold/worker` by its name", async (t) => {
  const directory = await made(t);
  const target = await serveAccount(t, directory);
  const proxy = Object.fromEntries(["/api", "/block", "/blob", "/cryptpad_websocket"].map((path) => [path, { target, changeOrigin: true, ws: true }]));
  const server = await createServer({ root: directory, configFile: false, logLevel: "silent", server: { port: 0, host: "127.0.0.1", proxy } });
  await server.listen();
  t.after(() => server.close());
  assert.deepEqual(await shown(t, `http://127.0.0.1:${server.httpServer.address().port}`, "page"), PAGES.page);
});

test("a thread of Node has the session, and the program ends", async (t) => {
  const directory = await made(t);
  // What the blocks take as given; Node 20 has no WebSocket. A thread begins with the same `--import`.
  await symlink(join(root, "node_modules/ws"), join(directory, "node_modules/ws"));
  await writeFile(join(directory, "given.mjs"), `
    import { WebSocket } from "ws";
    Object.assign(globalThis, JSON.parse(process.env.GIVEN), { show: (text) => console.log(text) });
    globalThis.WebSocket ??= WebSocket;
  `);
  const origin = await serveAccount(t, directory);
  const { output } = await mustRun("timeout", ["60", process.execPath, "--import", "./given.mjs", "threads.js"], {
    cwd: directory, show: "failure", env: { GIVEN: JSON.stringify({ ...credentials, origin }), NODE_NO_WARNINGS: "1" },
  });
  assert.equal(output.trim(), `${pins} pins, the drive is partial`);
});
