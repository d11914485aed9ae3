// Every code has its page, made from the table, and the page says what the type says.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { PERSON, PROGRAM } from "../../pkg-scripts/advice.mjs";
import { codesOf, page, pages, stale } from "../../pkg-scripts/errors.mjs";

test("the pages in docs/errors are those that the table of codes makes", async () => {
  assert.deepEqual(await stale(), [], "npm run errors -- --write");
});

test("the table is read whole: every code of the package, once", async () => {
  const types = await readFile(new URL("../../dist/pinfold.d.ts", import.meta.url), "utf8");
  const [, union] = types.match(/type ErrorCode =([^;]+);/);
  const read = codesOf(await readFile(new URL("../../crate/core/src/error.rs", import.meta.url), "utf8"));
  assert.deepEqual(read.map(({ code }) => code), [...union.matchAll(/"([^"]+)"/g)].map(([, code]) => code));
  for (const { code, blame, retry, meaning } of read) assert.ok(blame && retry && meaning.endsWith("."), code);
});

test("a page says who acts, whether again, what is safe and what a program does", () => {
  const text = page({ code: "net/closed", blame: "host", retry: "now", meaning: "The connection ended." });
  for (const part of ["# `net/closed`", "`host`: this machine or its network", "## What the person does", "## What the program does", "## What is safe", "README.md#net"]) assert.ok(text.includes(part), part);
});

test("each code has words of its own for the person, and none is left over", async () => {
  const codes = codesOf(await readFile(new URL("../../crate/core/src/error.rs", import.meta.url), "utf8")).map(({ code }) => code);
  assert.deepEqual(codes.filter((code) => !/^[A-Z].{6,}\.$/s.test(PERSON[code] ?? "")), []);
  assert.deepEqual([...Object.keys(PERSON), ...Object.keys(PROGRAM)].filter((code) => !codes.includes(code)), []);
  assert.ok(new Set(Object.values(PERSON)).size > 0.8 * codes.length, "words of their own");
});

test("no page points at what is not on it, and every title is a sentence", async () => {
  for (const [name, text] of await pages()) {
    assert.ok(!/facts below/.test(text), name);
    assert.ok(!/A folder is (no keys|new password|no answer)/.test(text), name);
    assert.ok(!/^## .*\n\n\n/m.test(text), `${name} has an empty section`);
  }
});
