// What the site of the documents is made from: every document, links that lead somewhere from there as well, and live examples.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { loadedBy, withLive } from "../../pkg-scripts/live.mjs";
import { root } from "../../pkg-scripts/shell.mjs";
import { documents, snippetsOf } from "../../pkg-scripts/snippets.mjs";
import { sources, withLinks } from "../../pkg-scripts/site.mjs";
import { shown, withAddresses } from "../../www/live/text.js";

test("every document is in the site", async () => {
  const files = await sources();
  for (const name of documents()) assert.ok(files.includes(name), name);
});

test("a link to a page stays, one to anything else leads to the repository, and addresses are left alone", () => {
  const pages = ["README.md", "docs/hosts.md"];
  const isPage = (path) => pages.includes(path);
  const text = "[a](../README.md#hosts) [b](../www/demo/guard.js) [c](hosts.md) [d](https://x.example/y) [e](#here) ![f](images/a.png)";
  assert.equal(withLinks("docs/cli.md", text, isPage),
    "[a](../README.md#hosts) [b](https://github.com/pinfold/pinfold/blob/main/www/demo/guard.js) [c](hosts.md) [d](https://x.example/y) [e](#here) ![f](images/a.png)");
});

test("a live example is one block and what it prints; a mark on anything else is told", () => {
  const text = ["Words.", "<!-- live -->", "```js", "console.log(1);", "```", "", "<!-- prints -->", "```text", "1", "```", "", "More."];
  const made = withLive("a.md", text.join("\n"));
  assert.equal(made, ["Words.", "<live-example>", "", "```js", "console.log(1);", "```", "", '<div slot="prints">', "", "```text", "1", "```", "", "</div>", "</live-example>", "", "More."].join("\n"));
  assert.equal(withLive("a.md", text.filter((line) => line !== "<!-- live -->").join("\n")).includes("live-example"), false);
  for (const wrong of [text.toSpliced(6, 4), text.toSpliced(2, 1, "```sh"), text.toSpliced(5, 0, "Between.")]) {
    assert.throws(() => withLive("docs/a.md", wrong.join("\n")), /^Error: docs\/a\.md: below each "<!-- live -->" stands a block of js/);
  }
});

test("the live examples of the documents stand where they help most, take nothing as given and import what the site has", () => {
  const found = {};
  for (const file of documents()) {
    const text = readFileSync(join(root, file), "utf8");
    assert.doesNotThrow(() => withLive(file, text));
    const lines = text.split("\n");
    for (const { line, lines: code, given } of snippetsOf(file, text)) {
      if (lines[line - 3] !== "<!-- live -->") continue;
      found[file] = (found[file] ?? 0) + 1;
      assert.equal(given, "");
      const run = withAddresses(code.join("\n"), "https://site.test/docs/live-1/worker.js");
      assert.match(run, /from "https:\/\/site\.test\/docs\/live-1\/package\/testing\.js"/, `${file}:${line}`);
    }
  }
  for (const file of ["docs/first-pin.md", "docs/mailbox.md", "docs/unreadable-folders.md"]) assert.ok(found[file] >= 1, file);
});

test("names of entries become addresses, wherever an import stands; another name is told", () => {
  const base = "https://site.test/live/worker.js";
  assert.equal(withAddresses('import { a } from "pinfold";\nconst b = await import(\'pinfold/testing\');\nimport "pinfold";', base),
    'import { a } from "https://site.test/live/package/index.js";\nconst b = await import(\'https://site.test/live/package/testing.js\');\nimport "https://site.test/live/package/index.js";');
  assert.throws(() => withAddresses('import "pinfold/recovery";', base), /here is no "pinfold\/recovery" to import: an example has "pinfold" and "pinfold\/testing"/);
});

test("the site takes what the two entries load, and not more", async () => {
  const files = await loadedBy(["index.js", "testing.js"]);
  for (const name of ["index.js", "testing.js", "session.js", "pinfold.js", "pinfold.wasm", "pinfold-testing.wasm"]) assert.ok(files.includes(name), name);
  assert.deepEqual(files.filter((name) => /recovery|inline|node|inspect|\.d\.ts$/.test(name)), []);
});

test("values are printed much as Node prints them", () => {
  const itself = {};
  itself.itself = itself;
  assert.equal(shown(["a", 1, undefined, null, 2n, [], Symbol("s")]), "a 1 undefined null 2 [] Symbol(s)");
  assert.equal(shown([Object.assign(new Error("no"), { code: "misuse/closed" }), new RangeError("far")]), "misuse/closed: no RangeError: far");
  assert.equal(shown([new Set([1n]), itself]), '[\n  "1n"\n] [object Object]');
  assert.equal(shown([function named() {}]), "[Function: named]");
});
