// The site of the documents, built and served below a path, and its live examples as a reader uses them.
import assert from "node:assert/strict";
import { createReadStream, existsSync, readFileSync } from "node:fs";
import { mkdir, readdir, readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { extname, join } from "node:path";
import { after, test } from "node:test";
import { root } from "../../pkg-scripts/shell.mjs";
import { makeSite } from "../../pkg-scripts/site.mjs";
import { openPage, PATIENCE } from "../packaging/support.mjs";

const BASE = "/some/where/";
const TYPES = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".wasm": "application/wasm", ".png": "image/png", ".svg": "image/svg+xml" };
const artefacts = join(root, "tests/artefacts");
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

const made = await makeSite({ base: BASE, name: "docs-site-tested" });
await mkdir(artefacts, { recursive: true });
/** Paths that browsers asked for. */
const asked = [];
const server = createServer((request, response) => {
  const path = decodeURIComponent(new URL(request.url, "http://site.test").pathname);
  asked.push(path);
  const file = join(made, path.slice(BASE.length));
  if (!path.startsWith(BASE) || !extname(file) || !existsSync(file)) return response.writeHead(404).end();
  response.writeHead(200, { "content-type": TYPES[extname(file)] ?? "application/octet-stream" });
  createReadStream(file).pipe(response);
});
await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
after(() => server.close());
const origin = `http://127.0.0.1:${server.address().port}`;

/** A page of the site, and its live examples. */
async function opened(t, name, options) {
  const { page, problems } = await openPage(t, `${origin}${BASE}${name}.html`, options);
  const examples = page.locator("live-example");
  await examples.first().getByRole("button", { name: "Run" }).waitFor();
  return { page, problems, examples };
}

const status = (example) => example.getByRole("status");
const lines = (example) => example.getByRole("log").locator("div").allTextContents();
const press = (example, name) => example.getByRole("button", { name, exact: true }).click();

async function runs(example, ended = "done") {
  await press(example, "Run");
  await example.locator(`[data-ended=${ended}]`).waitFor();
}

/** The browser tells of a worker a moment after it began or ended. */
async function hasWorkers(page, count) {
  for (const until = Date.now() + PATIENCE; page.workers().length !== count && Date.now() < until; ) await page.waitForTimeout(50);
  assert.equal(page.workers().length, count);
}

/** What the documents promise, in the order of their blocks. */
async function promised(file) {
  const text = await readFile(join(root, file), "utf8");
  return [...text.matchAll(/<!-- live -->\n```js\n[\s\S]*?\n```\n\n<!-- prints -->\n```text\n([\s\S]*?)\n```/g)].map(([, prints]) => prints.split("\n"));
}

async function liveDocuments() {
  const names = (await readdir(join(root, "docs"))).filter((name) => name.endsWith(".md")).map((name) => `docs/${name}`);
  const found = [];
  for (const file of names) {
    const all = await promised(file);
    if (all.length > 0) found.push({ file, all });
  }
  return found;
}

test("every live example prints in the reader's browser what its document says; the package comes when somebody presses Run", async (t) => {
  const documents = await liveDocuments();
  assert.ok(documents.length >= 3);
  for (const { file, all } of documents) {
    asked.length = 0;
    const { page, problems, examples } = await opened(t, file.replace(/\.md$/, ""));
    assert.equal(await examples.count(), all.length, file);
    await page.waitForLoadState("networkidle");
    assert.deepEqual(asked.filter((path) => /\.wasm$|\/package\/|\/worker\.js$/.test(path)), [], file);
    for (const [at, expected] of all.entries()) {
      const example = examples.nth(at);
      assert.equal(await example.getByText("It prints", { exact: true }).isVisible(), true);
      await runs(example);
      assert.deepEqual(await lines(example), expected, file);
      assert.match(await status(example).textContent(), /^Done in .* The same lines as in the text\.$/);
    }
    assert.equal(asked.filter((path) => path.endsWith(".wasm")).length >= 2, true);
    assert.ok(asked.every((path) => path.startsWith(BASE)), "everything is below the path of the site");
    assert.deepEqual(problems, []);
    await page.close();
  }
});

test("a reader changes the code, runs it with the keyboard, meets an error, stops what never ends, and gets the text back", async (t) => {
  const { page, problems, examples } = await opened(t, "docs/first-pin");
  const example = examples.first();
  await example.getByRole("button", { name: "Edit" }).focus();
  await page.keyboard.press("Enter");
  const editor = example.getByRole("textbox");
  assert.equal(await editor.evaluate((field) => field === field.getRootNode().activeElement), true);
  const original = await editor.inputValue();
  assert.match(original, /^import \{ init, Session \} from "pinfold";\n/);

  await editor.fill(original.replace("folders: 2", "folders: 5"));
  await page.keyboard.press("Control+Enter");
  await example.locator("[data-ended=done]").waitFor();
  assert.deepEqual(await lines(example), ["not pinned yet: 31", "a complete drive: 25 documents, 5 shared folders", "31 pins, confirmed", "not pinned: 0"]);
  assert.match(await status(example).textContent(), /^Done in [\d.]+ m?s\.$/);

  await editor.fill(original.replace("folders: 2", "folder: 2"));
  await runs(example, "failed");
  assert.match((await lines(example)).at(-1), /^misuse\/bad-argument: .*folder/);
  await editor.fill('import fs from "node:fs";');
  await runs(example, "failed");
  assert.match((await lines(example)).at(-1), /^Error: here is no "node:fs" to import/);

  await editor.fill('console.log({ pins: [1, 2] }, new Map([["a", 1n]]));\nfor (;;);');
  await press(example, "Run");
  await example.getByRole("log").locator("div").first().waitFor();
  assert.deepEqual(await lines(example), ['{\n  "pins": [\n    1,\n    2\n  ]\n} {\n  "a": "1n"\n}']);
  await press(example, "Stop");
  assert.equal(await status(example).textContent(), "Stopped.");
  await editor.fill("for (let n = 0; ; n += 1) console.log(n);");
  await runs(example, "long");
  assert.equal((await lines(example)).length, 1000);

  await press(example, "Reset");
  assert.equal(await editor.isVisible(), false);
  assert.equal(await example.getByText("It prints", { exact: true }).isVisible(), true);
  assert.equal(await example.getByRole("button", { name: "Edit" }).evaluate((button) => button === button.getRootNode().activeElement), true);
  await runs(example);
  assert.match(await status(example).textContent(), /The same lines as in the text\.$/);
  assert.deepEqual(problems, []);
});

test("an example that is reached by a link of the site runs as well, and ends with its page", async (t) => {
  const { page, problems } = await openPage(t, `${origin}${BASE}docs/session.html`);
  await page.locator("#VPSidebarNav a", { hasText: "What arrives in a mailbox" }).click();
  const example = page.locator("live-example");
  await runs(example);
  assert.match(await status(example).textContent(), /The same lines as in the text\.$/);
  await press(example, "Edit");
  await example.getByRole("textbox").fill("await new Promise(() => setInterval(() => {}, 1000));");
  await press(example, "Run");
  await hasWorkers(page, 1);
  await page.locator("#VPSidebarNav a", { hasText: "Living with a session" }).click();
  await example.waitFor({ state: "detached" });
  await hasWorkers(page, 0);
  assert.deepEqual(problems, []);
});

test("where a file of the example does not come, it says so, and a later run works", async (t) => {
  const { page, examples } = await opened(t, "docs/mailbox");
  await page.route("**/worker.js", (route) => route.abort());
  await runs(examples.first(), "absent");
  assert.match(await status(examples.first()).textContent(), /^The package could not be loaded\./);
  await page.unroute("**/worker.js");
  await runs(examples.first());
});

for (const [name, options] of Object.entries({
  light: { viewport: { width: 1440, height: 1000 } },
  dark: { viewport: { width: 1440, height: 1000 }, colorScheme: "dark" },
  phone: { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true },
  "phone-dark": { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true, colorScheme: "dark" },
})) {
  test(`an example fits and can be read: ${name}`, async (t) => {
    const { page, examples } = await opened(t, "docs/unreadable-folders", options);
    const example = examples.first();
    await page.evaluate(axe);
    const fits = async (state) => {
      // Before a colour that changes slowly has arrived, axe reads one in between.
      await page.waitForTimeout(400);
      const found = await page.evaluate(async () => (await globalThis.axe.run("live-example", { preload: false })).violations.flatMap(({ id, nodes }) => nodes.map(({ failureSummary }) => `${id}: ${failureSummary}`)));
      assert.deepEqual([...new Set(found)], [], state);
      assert.equal(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), true, `${state}: the page is as wide as the window`);
      await example.screenshot({ path: join(artefacts, `live-${name}-${state}.png`) });
    };
    await fits("first");
    await runs(example);
    await fits("done");
    await press(example, "Edit");
    await example.getByRole("textbox").fill('console.warn("a warning");\nawait Promise.reject(new TypeError("no, and that in many words, so many that a phone has to break the line"));');
    await runs(example, "failed");
    await fits("failed");
  });
}
