// What the site of the documents is made from: every document, and links that lead somewhere from there as well.
import assert from "node:assert/strict";
import { test } from "node:test";
import { documents } from "../../pkg-scripts/snippets.mjs";
import { sources, withLinks } from "../../pkg-scripts/site.mjs";

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
