// What every example with a password has to be: a form that never puts it into an address, and a page that a strict policy lets run.
import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { test } from "node:test";

const examples = new URL("../../examples/", import.meta.url);
const names = (await readdir(examples, { recursive: true })).filter((name) => /\.(html|jsx|svelte|js)$/.test(name) && !/node_modules|target/.test(name));
const files = await Promise.all(names.map(async (name) => ({ name, text: await readFile(new URL(name, examples), "utf8") })));

test("a form with a password is sent by POST, if a browser sends it at all", () => {
  const forms = files.flatMap(({ name, text }) => [...text.matchAll(/<form\b[^]*?<\/form>/g)].map(([form]) => ({ name, form })));
  const asking = forms.filter(({ form }) => /type="password"/.test(form));
  assert.deepEqual(asking.map(({ name }) => name).sort(), ["page/index.html", "react/main.jsx", "svelte/App.svelte", "worker/index.html"]);
  for (const { name, form } of asking) assert.match(form, /^<form\b[^]*?\bmethod="post"/, name);
  // Those that are there before their script is: nothing sends them until it runs.
  for (const { name, form } of asking.filter((one) => one.name.endsWith(".html"))) assert.match(form, /<button disabled>/, name);
});

test("no page has an inline script, which `script-src 'self'` refuses", () => {
  for (const { name, text } of files.filter((file) => file.name.endsWith(".html"))) {
    for (const [script] of text.matchAll(/<script\b[^>]*>/g)) assert.match(script, / src="/, `${name}: ${script}`);
    assert.doesNotMatch(text, /\son\w+=/, name);
  }
});

test("the development servers hand on what docs/hosts.md names", async () => {
  const hosts = await readFile(new URL("../../docs/hosts.md", import.meta.url), "utf8");
  const [proxy] = hosts.match(/Object\.fromEntries\(\[.*?\]\.map\(.*\)\)/);
  for (const name of ["react", "svelte"]) assert.ok(files.find((file) => file.name === `${name}/vite.config.js`).text.includes(proxy), name);
});
